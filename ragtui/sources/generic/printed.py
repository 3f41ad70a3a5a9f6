"""Tables printed for people: Markdown, the frames of databases and terminals, and columns set apart by spaces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

from ragtui.errors import InputError
from ragtui.files.jsonlines import open_binary
from ragtui.model import Problem, guess_metric
from ragtui.sources.columns import ColumnMap
from ragtui.sources.format import ANY_TOOL, Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek
from ragtui.sources.table.meaning.guess import BY_SHAPE, guess_columns
from ragtui.sources.table.meaning.perhaps import perhaps_scores

MAX_BYTES = 16 * 1024 * 1024
_ENDINGS = (".md", ".markdown", ".txt")
_BARS = str.maketrans(dict.fromkeys("│┃║", "|"))
_RULE = re.compile(r"[ \t]*[|+:=\-─━═┄┅┈┉┌┬┐├┼┤└┴┘╔╦╗╠╬╣╚╩╝╞╪╡╭╮╯╰┏┳┓┡╇┩┢╈┪┠╂┨┣╋┫┗┻┛╟╫╢ \t]+")
_DRAWN = re.compile("[=\\-─━═┄┅┈┉]{2}|:-|-:")
_CELL = re.compile(r"(?<!\\)\|")
_GAP = re.compile(r"[ \t]{2,}|\t")
_MARKS = re.compile(r"(?P<mark>\*\*|__|`)(?P<said>[^*_`]+)(?P=mark)")
_HEADING = re.compile(r"[#*_=\s]*(?P<said>.*?)[#*_=:\s]*")


_COMPARED = re.compile(r"Δ|→|->|\b(?:delta|change|difference|diff|band)\b", re.IGNORECASE)
_FEWEST = 3
"""Rows from which a table in a text is listed unasked."""


class PrintedTable(NamedTuple):
    """One table of a text.

    Attributes:
        title: the line above it; empty where there is none.
        rows: cells by the names of its columns.
        odd: rows that have more or fewer cells than it has names: they are not among the others.
    """

    title: str
    rows: list[dict[str, Any]]
    odd: int


def tables_in_text(source: str, *, spaced: bool) -> list[PrintedTable]:
    """Every table of a text with at least one row.

    Args:
        source: the text.
        spaced: whether columns may be set apart by spaces alone.
    """
    found: list[PrintedTable] = []
    block: list[str] = []
    title = ""
    for raw in [*source.splitlines(), ""]:
        line = raw.translate(_BARS)
        if _is_rule(line) or _CELL.search(line) or (spaced and block and line.strip()):
            block.append(line)
            continue
        if not block and spaced and _GAP.search(line.strip()):
            block.append(line)
            continue
        if block and (table := _table(title, block, spaced=spaced)):
            found.append(table)
        if line.strip():
            title = _HEADING.fullmatch(line)["said"].strip()[:80]  # type: ignore[index]
        block = []
    return found


def _is_rule(line: str) -> bool:
    return bool(_RULE.fullmatch(line) and _DRAWN.search(line))


def _table(title: str, block: Sequence[str], *, spaced: bool) -> PrintedTable | None:
    rules = [line for line in block if _is_rule(line)]
    filled = [line for line in block if line not in rules]
    if rules and sum(bool(_CELL.search(line)) for line in filled) > 1:
        rows = [_cells(line) for line in filled if _CELL.search(line)]
    elif spaced and len(filled) > 1:
        rows = [_GAP.split(line.strip()) for line in filled]
        if rows[1:] and len(rows[1]) == len(rows[0]) + 1 and all(row[0] == str(n) for n, row in enumerate(rows[1:])):
            rows = [rows[0], *(row[1:] for row in rows[1:])]  # the index that a data frame is printed with
        if any(len(row) != len(rows[0]) for row in rows):
            return None
    else:
        return None
    names, *others = rows
    if len(names) < 2 or len(set(names)) < len(names) or not others:
        return None
    even = [dict(zip(names, row, strict=True)) for row in others if len(row) == len(names)]
    return PrintedTable(title, even, len(others) - len(even)) if even else None


def _cells(line: str) -> list[str]:
    said = line.strip()
    inner = said.removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return [_MARKS.sub(r"\g<said>", cell.strip()).replace("\\|", "|") for cell in _CELL.split(inner)]


def tables_of(peek: Peek) -> list[PrintedTable]:
    """The tables of a file.

    Raises:
        InputError: it cannot be read, or is too large.
    """
    with open_binary(peek.path) as file:
        raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise InputError(f"{peek.path}: larger than {MAX_BYTES // 2**20} MB", "write the table as CSV")
    return tables_in_text(raw.decode("utf-8", "replace"), spaced=peek.suffix == ".txt")


def sniff(peek: Peek) -> bool:
    """A rule with a row of cells before or behind it; in a .txt file also lines with equal gaps."""
    if peek.kind in ("zip", "sqlite", "binary", "empty"):
        return False
    lines = [line.translate(_BARS) for line in peek.start.decode("utf-8", "replace").splitlines()]
    for place, line in enumerate(lines):
        beside = (*lines[max(0, place - 1) : place], *lines[place + 1 : place + 2])
        if _is_rule(line) and any(_CELL.search(other) and not _is_rule(other) for other in beside):
            return True
    if peek.suffix != ".txt":
        return False
    return any(
        len(_GAP.split(first.strip())) > 1 and _GAP.search(second.strip()) and "\t" not in first
        for first, second in pairwise(lines)
    )


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """The runs of each table that names items and holds scores.

    Raises:
        InputError: it was named directly and holds none.
    """
    yield from read_tables(peek, request, tables_of(peek))


def read_tables(peek: Peek, request: Request, found: Sequence[PrintedTable]) -> Iterator[Found | Problem]:
    """The runs of tables that were found in a text.

    Raises:
        InputError: it was named directly and holds none.
    """
    from ragtui.sources.table.about import NOTHING
    from ragtui.sources.table.documents import read_records
    from ragtui.sources.table.rows import ListRows
    from ragtui.sources.table.table import is_told

    if not found and request.direct:
        raise InputError(f"{peek.path}: holds no table of scores", "see `ragtui formats table`")
    titles: set[str] = set()
    for number, table in enumerate(found, start=1):
        guess = guess_columns(tuple(table.rows[0]), table.rows[:256])
        told = request.direct or is_told(request, peek.path, tuple(table.rows[0]))
        if not told and not is_sure(guess, table.rows[0]):
            if called := _perhaps(peek, guess, table):
                yield Problem(str(peek.path), called, "name the file itself")
            continue  # most tables in a project's texts are about something else
        if not told and len(table.rows) < _FEWEST:
            called = ", ".join(guess.name_of(name) for name in (*guess.metrics, *guess.categories)[:3])
            few = f"the table under {table.title!r}" if table.title else "a table"
            rows = "one row" if len(table.rows) == 1 else f"{len(table.rows)} rows"
            message = f"{few} may hold scores ({called or guess.metric}), but has only {rows}: not read"
            yield Problem(str(peek.path), message, "name the file itself")
            continue
        title = table.title if table.title and table.title not in titles else f"table {number}"
        titles.add(title)
        one = len(found) == 1
        beside = NOTHING if one else replace(NOTHING, key=title)
        asked = request if one else replace(request, direct=False)
        yield from read_records(peek.path, asked, ListRows(peek.path, table.rows), beside)
        if table.odd:
            message = f"{table.odd} rows of {title!r} have another number of cells than the names above them: left out"
            yield Problem(str(peek.path), message, "write a | in a text as \\|")


def _perhaps(peek: Peek, guess: ColumnMap, table: PrintedTable) -> str:
    """That a table may hold scores, by what is in it; empty where the names of its columns tell of no items."""
    if not guess.item or BY_SHAPE in guess.reasons["item"] or _is_compared(table.rows[0]):
        return ""
    if not (called := perhaps_scores(peek.path.name, guess, tuple(table.rows[0]), table.rows)):
        return ""
    where = f"the table under {table.title!r}" if table.title else "a table"
    return f"{where} may hold scores ({called}), but no name says that they are: not read"


def _is_compared(columns: Iterable[str]) -> bool:
    """Whether a table is a report of a comparison, such as ragtui's own."""
    return any(_COMPARED.search(column) for column in columns)


def is_sure(guess: ColumnMap, columns: Iterable[str]) -> bool:
    """Whether names alone say that a table holds scores of items, as a person's notes about runs do not."""
    named = guess.question or (guess.item and BY_SHAPE not in guess.reasons.get("item", ""))
    if _is_compared(columns):
        return False
    called = [guess.name_of(column) for column in (*guess.metrics, *guess.categories)]
    return bool(named) and (guess.is_long or any(guess_metric(name).sign for name in called))


FORMAT = Format(
    name="printed",
    tool=ANY_TOOL,
    files="tables in texts: Markdown, frames as databases and terminals print them, columns set apart by spaces (.txt)",
    told_by="a ruled table, or lines with equal gaps, with a column that names an item and one that holds scores",
    item="a column such as `id`, `case` or `question_id`; else made from the question",
    repeat="a column such as `repeat`, `epoch` or `trial`",
    configuration="a column that tells rows of one item apart; the heading above each of several tables",
    error="a column such as `error`",
    endings=_ENDINGS,
    sniff=sniff,
    read=read,
)
