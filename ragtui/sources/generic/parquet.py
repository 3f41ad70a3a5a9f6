"""Score tables in Parquet files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ragtui.errors import InputError
from ragtui.files.packed import bound
from ragtui.files.regular import open_regular
from ragtui.model import Problem
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import MAX_DOCUMENT, Peek

MAX_ROWS = 2_000_000
_AT_ONCE, _FEWEST = 10_000, 64
"""Rows that are unpacked together: at most, and where a value may be long."""


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """The runs in the table.

    Raises:
        InputError: it cannot be read, or pyarrow is not there.
    """
    from ragtui.sources.table.documents import read_records
    from ragtui.sources.table.rows import ListRows

    yield from read_records(peek.path, request, ListRows(peek.path, records(peek)))


def records(peek: Peek) -> list[dict[str, Any]]:
    """All rows.

    Raises:
        InputError: it cannot be read, or pyarrow is not there.
    """
    try:
        import pyarrow.parquet as parquet
    except ImportError as error:
        raise InputError(f"{peek.path}: is a Parquet file", "pip install 'ragtui[tables]' to read it") from error
    if peek.path.stat().st_size > MAX_DOCUMENT:
        raise InputError(f"{peek.path}: larger than {MAX_DOCUMENT // 2**20} MB", "cut it into parts, one file a run")
    try:
        with open_regular(peek.path) as file:
            source = parquet.ParquetFile(file)
            if source.metadata.num_rows > MAX_ROWS:
                raise InputError(f"{peek.path}: more than {MAX_ROWS:,} rows", "cut it into parts, one file a run")
            return _unpacked(peek, source)
    except InputError:
        raise
    except Exception as error:  # pyarrow has its own errors, and plain ones for damaged pages
        said = " ".join(str(error).split())[:200]
        raise InputError(f"{peek.path}: cannot be read as Parquet ({said})", "write the file again") from error


def _unpacked(peek: Peek, source: Any) -> list[dict[str, Any]]:
    """All rows, batch by batch: one long text that every row names is a few kilobytes in the file."""
    size, meta = peek.path.stat().st_size, source.metadata
    groups = [meta.row_group(group) for group in range(meta.num_row_groups)]
    chunks = [group.column(place).total_uncompressed_size for group in groups for place in range(group.num_columns)]
    most = left = bound(size)
    rows: list[dict[str, Any]] = []
    # No value is longer than its column's chunk; so many of the longest still fit.
    for batch in source.iter_batches(batch_size=max(_FEWEST, min(_AT_ONCE, most // max([1, *chunks])))):
        left -= batch.nbytes
        if left < 0:
            raise InputError(
                f"{peek.path}: {size // 2**10} KB would unpack to more than {most // 2**20} MB: not read",
                "write the table as CSV or JSON Lines",
            )
        rows += batch.to_pylist()
    return rows


FORMAT = Format(
    name="parquet",
    tool="any harness",
    files="score tables as Parquet; needs ragtui[tables]",
    told_by="a column that names an item and one that holds scores",
    item="a column such as `id`, `case` or `question_id`; else made from the question",
    repeat="a column such as `repeat`, `epoch` or `trial`",
    configuration="a column that tells rows of one item apart; `K` or --columns changes it",
    error="a column such as `error`",
    endings=(".parquet",),
    sniff=lambda peek: peek.start.startswith(b"PAR1"),
    read=read,
)
