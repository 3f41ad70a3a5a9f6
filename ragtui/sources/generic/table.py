"""Score tables."""

from __future__ import annotations

from collections.abc import Iterator

from ragtui.model import Problem
from ragtui.sources.format import ANY_TOOL, Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek


def sniff(peek: Peek) -> bool:
    """Text by its ending; of a .txt file, first lines that hold the same number of tabs, semicolons or commas."""
    if peek.suffix != ".txt":
        return peek.kind in ("table", "binary")
    lines = [line for line in peek.start.splitlines()[:5] if line.strip()]
    counts = [{line.count(sign) for line in lines} for sign in (b"\t", b";", b",")]
    return peek.kind == "table" and len(lines) > 2 and any(len(count) == 1 and count != {0} for count in counts)


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """The runs in the table."""
    from ragtui.sources.recognise import read_as_table

    yield from read_as_table(peek, request)


FORMAT = Format(
    name="table",
    tool=ANY_TOOL,
    files="score tables: CSV and TSV in any common dialect, also called .txt",
    told_by="a header line with a column that names an item and one that holds scores",
    item="a column such as `id`, `case` or `question_id`; else made from the question",
    repeat="a column such as `repeat`, `epoch` or `trial`",
    configuration="a column that tells rows of one item apart; `K` or --columns changes it",
    error="a column such as `error`",
    endings=(".csv", ".tsv", ".txt"),
    sniff=sniff,
    read=read,
)
