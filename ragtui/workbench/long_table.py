"""The long table as CSV, JSON Lines or Parquet, written beside and renamed when it is whole."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from ragtui.errors import InputError, UsageError
from ragtui.files.atomic import dump_json, replacing
from ragtui.files.fields import text
from ragtui.sources.frameworks.converted import ALWAYS, COLUMNS, RUN_BY_A_SPREADSHEET
from ragtui.workbench.converting import NUMBERS

Row = Mapping[str, Any]

_BATCH = 10_000


def write_table(path: Path, rows: Iterable[Row]) -> int:
    """Write rows of the long table in the form that the file's ending names; how many.

    Raises:
        UsageError: the ending names no form, or Parquet needs a library that is not there.
        InputError: the file exists or cannot be written.
    """
    write = WRITERS.get(path.suffix.lower())
    if write is None:
        raise UsageError(f"{path}: no such kind of table", f"endings: {', '.join(WRITERS)}; anything else is a folder")
    if path.exists():
        raise InputError(f"{path}: exists already", "choose another name, or remove it first")
    with contextlib.ExitStack() as stack:
        return write(stack.enter_context(replacing(path)), rows)


def _csv(file: io.BufferedWriter, rows: Iterable[Row]) -> int:
    """Texts that a spreadsheet would run get an apostrophe in front."""
    out = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    count = 0
    for row in rows:
        writer.writerow([_cell(name, row.get(name)) for name in COLUMNS])
        count += 1
    out.detach()
    return count


def _cell(name: str, value: Any) -> Any:
    if name in NUMBERS or isinstance(value, bool):
        return value if not isinstance(value, bool) else str(value).lower()
    said = _plain(value)
    return f"'{said}" if RUN_BY_A_SPREADSHEET.match(said) else said


def _plain(value: Any) -> str:
    return "" if value in (None, "", {}, [], ()) else text(value)


def _lines(file: io.BufferedWriter, rows: Iterable[Row]) -> int:
    count = 0
    for row in rows:
        said = {name: row[name] for name in COLUMNS if row.get(name) not in (None, "", {}, [], ())}
        file.write(dump_json(dict.fromkeys(ALWAYS, "") | said))
        count += 1
    return count


def _parquet(file: io.BufferedWriter, rows: Iterable[Row]) -> int:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise UsageError("Parquet needs pyarrow", "pip install 'ragtui[tables]', or write .csv or .jsonl") from error
    kinds = {name: pyarrow.float64() if name in NUMBERS else pyarrow.string() for name in COLUMNS}
    schema = pyarrow.schema(list(kinds.items()))
    count = 0
    with pyarrow.parquet.ParquetWriter(file, schema) as writer:
        for batch in _batches(rows):
            count += len(batch)
            columns = {name: [_typed(name, row.get(name)) for row in batch] for name in COLUMNS}
            writer.write_table(pyarrow.table(columns, schema=schema))
    return count


def _typed(name: str, value: Any) -> Any:
    if name in NUMBERS:
        return None if value is None else float(value)
    return (str(value).lower() if isinstance(value, bool) else _plain(value)) or None


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    left = iter(rows)
    while batch := list(islice(left, _BATCH)):
        yield batch


WRITERS: dict[str, Callable[[io.BufferedWriter, Iterable[Row]], int]] = {
    ".csv": _csv,
    ".jsonl": _lines,
    ".parquet": _parquet,
}
"""Forms of the table by the ending of the file's name."""
