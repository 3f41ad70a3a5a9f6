"""Score tables."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from ragtui.model import Problem
from ragtui.sources.format import ANY_TOOL, Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek


def sniff(peek: Peek) -> bool:
    """Text by its ending; of a .txt file, first lines that a tab, semicolon, comma or bar cuts into as many cells."""
    if peek.suffix != ".txt":
        return peek.kind in ("table", "binary")
    lines = [line for line in peek.start.decode("utf-8", "replace").splitlines()[:6] if line.strip()]
    lines = lines[: max(3, len(lines) - 1)]  # the last one may be cut
    return peek.kind == "table" and len(lines) > 2 and any(_cuts(sign, lines) for sign in "\t;,|")


def _cuts(sign: str, lines: list[str]) -> bool:
    """Whether a separator makes as many cells of each line, and at least two; quoted text may hold it as well."""
    try:
        counts = {len(row) for row in csv.reader(lines, delimiter=sign)}
    except csv.Error:
        return False
    return len(counts) == 1 and counts != {1}


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """The runs in the table."""
    from ragtui.sources.recognise import read_as_table

    yield from read_as_table(peek, request)


FORMAT = Format(
    name="table",
    tool=ANY_TOOL,
    files="score tables: CSV and TSV in any common dialect, also called .txt, .tab or .psv",
    told_by="a header line with a column that names an item and one that holds scores",
    item="a column such as `id`, `case` or `question_id`; else made from the question",
    repeat="a column such as `repeat`, `epoch` or `trial`",
    configuration="a column that tells rows of one item apart; `K` or --columns changes it",
    error="a column such as `error`",
    endings=(".csv", ".tsv", ".tab", ".psv", ".txt"),
    sniff=sniff,
    read=read,
)
