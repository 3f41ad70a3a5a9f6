"""Tables of HTML pages, as pandas' `to_html`, notebooks and reports write them. Nothing of a page is run or fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from ragtui.errors import InputError
from ragtui.files.jsonlines import open_binary
from ragtui.model import Problem
from ragtui.sources.columns import confirmed
from ragtui.sources.format import ANY_TOOL, Format
from ragtui.sources.found import Found, Request
from ragtui.sources.generic.printed import MAX_BYTES, PrintedTable, is_sure, read_tables
from ragtui.sources.peek import Peek
from ragtui.sources.table.header import names_of
from ragtui.sources.table.meaning.guess import guess_columns

UNASKED = 2 * 1024 * 1024
"""Bytes of the largest page that is looked through unasked: a page is parsed in Python, some 5 MB a second."""
_PIECE = 256 * 1024
"""Bytes of a large page that are looked at: of what stands before its first table piece by piece, of the table once."""
_MARGIN = 16
_BEGINS = re.compile(
    rb"\s*(?:<!--.{0,2000}?-->\s*)*<(?:!doctype html|html|head|body|meta|style|script|div|h\d|p)\b", re.S
)
_MOST_SPANNED = 1000
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "caption"})
_BREAKS = frozenset({"br", "p", "div", "li"})
_HIDDEN = frozenset({"script", "style", "head"})


class _Page(HTMLParser):
    """The tables of a page: rows of texts, and the heading above each."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[tuple[str, list[list[str]]]] = []
        self._open: list[list[list[str]]] = []
        self._below: list[dict[int, tuple[int, str]]] = []
        self._title = ""
        self._said: list[str] | None = None
        self._spans = (1, 1)
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A table, a row, a cell or a heading begins; a cell that is never closed ends here."""
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag == "table":
            self._open.append([])
            self._below.append({})
            self.tables.append((self._title, self._open[-1]))
            self._said = None
        elif self._open and tag in ("tr", "td", "th"):
            self._end_cell()
            if tag == "tr" or not self._open[-1]:
                self._fill()
                self._open[-1].append([])
                self._fill()
            if tag != "tr":
                given = dict(attrs)
                self._spans = (_span(given.get("colspan")), _span(given.get("rowspan")))
                self._said = []
        elif self._said is not None and tag in _BREAKS:
            self._said.append(" ")
        elif tag in _HEADINGS and not (self._open and self._said is not None):
            self._said = []

    def handle_endtag(self, tag: str) -> None:
        """A table, a row, a cell or a heading ends."""
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag in _HEADINGS and self._said is not None:
            self._title, self._said = " ".join("".join(self._said).split())[:80], None
        elif self._open and tag in ("td", "th", "tr", "table"):
            self._end_cell()
            if tag == "table":
                self._open.pop()
                self._below.pop()

    def handle_data(self, data: str) -> None:
        """Text of a cell or of a heading."""
        if self._said is not None and not self._hidden:
            self._said.append(data)

    def _end_cell(self) -> None:
        if self._said is None or not self._open or not self._open[-1]:
            return
        row, text = self._open[-1][-1], " ".join("".join(self._said).split())
        wide, high = self._spans
        for _ in range(wide):
            if high > 1:
                # a name over two lines of names is told once, a value beside several rows holds for each
                self._below[-1][len(row)] = (high - 1, text if len(self._open[-1]) > 1 else "")
            row.append(text)
        self._said = None
        self._fill()

    def _fill(self) -> None:
        """Cells of rows above that reach down into this one."""
        if not self._open[-1]:
            return
        row, below = self._open[-1][-1], self._below[-1]
        while (held := below.get(len(row))) is not None and len(self._open[-1]) > 1 and held[0] > 0:
            below[len(row)] = (held[0] - 1, held[1])
            row.append(held[1])


def _span(said: str | None) -> int:
    return min(_MOST_SPANNED, int(said)) if said and said.isascii() and said.isdecimal() and int(said) else 1


def tables_in_page(source: str) -> list[PrintedTable]:
    """Every table of a page that has names and rows."""
    page = _Page()
    page.feed(source)
    page.close()
    return [table for title, rows in page.tables if (table := _table(title, [row for row in rows if any(row)]))]


def _table(title: str, rows: list[list[str]]) -> PrintedTable | None:
    if len(rows) < 2:
        return None
    if rows[0][0] == "" and len(rows) > 2 and rows[1][0] and not any(rows[1][1:]):
        rows = [[rows[1][0], *rows[0][1:]], *rows[2:]]  # pandas names the index on a line of its own
    told = names_of(rows[:24])
    names, others = [*told.names], rows[told.lines :]
    if names[0] == "" and all(row[0] == str(place) for place, row in enumerate(others)):
        names, others = names[1:], [row[1:] for row in others]  # and numbers the rows
    names = [names[0] or "id", *names[1:]] if names else names
    if len(names) < 2 or len(set(names)) < len(names) or not all(names):
        return None
    even = [dict(zip(names, row, strict=True)) for row in others if len(row) == len(names)]
    return PrintedTable(title, even, len(others) - len(even)) if even else None


def tables_of(peek: Peek, most: int = MAX_BYTES) -> list[PrintedTable]:
    """The tables of a page.

    Raises:
        InputError: it cannot be read, or is too large.
    """
    with open_binary(peek.path) as file:
        raw = file.read(most + 1)
    if len(raw) > most:
        raise InputError(f"{peek.path}: larger than {most // 2**20} MB", "write the table as CSV")
    return tables_in_page(raw.decode("utf-8", "replace"))


def sniff(peek: Peek) -> bool:
    """A page with a table; behind scripts and styles it may stand far from the beginning."""
    if peek.kind != "table":
        return False
    start = peek.start.lower()
    return b"<table" in start or (_BEGINS.match(start) is not None and not peek.whole and bool(_first_table(peek.path)))


def _first_table(path: Path) -> bytes:
    """The beginning of the first table of a page, however far behind; empty where there is none."""
    with open_binary(path) as file:
        held, left = b"", MAX_BYTES
        while left > 0 and (piece := file.read(_PIECE)):
            left -= len(piece)
            held = held[-_MARGIN:] + piece
            if (place := held.lower().find(b"<table")) >= 0:
                return (held[place:] + file.read(_PIECE))[:_PIECE]
    return b""


def _named(peek: Peek, size: int) -> Iterator[Problem]:
    """That a page is too large to be looked through unasked, where its first table may hold scores."""
    for table in tables_in_page(_first_table(peek.path).decode("utf-8", "replace")):
        guess = guess_columns(tuple(table.rows[0]), table.rows[:256])
        if is_sure(guess, table.rows[0]):
            called = (
                [guess.metric] if guess.is_long else [guess.name_of(c) for c in (*guess.metrics, *guess.categories)]
            )
            yield Problem(
                str(peek.path),
                f"a page of {size // 2**20} MB with a table that may hold scores ({', '.join(called[:3])}): not read"
                f" unasked, because it is larger than {UNASKED // 2**20} MB",
                "name the file itself, or write the table as CSV",
            )
            return


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """The runs of each table that names items and holds scores.

    Raises:
        InputError: it was named directly and holds none.
    """
    size = peek.path.stat().st_size
    told = request.roles or confirmed(request.columns, peek.path, ()) is not None
    if request.direct or told or size <= UNASKED:
        yield from read_tables(peek, request, tables_of(peek))
    else:
        yield from _named(peek, size)


FORMAT = Format(
    name="html",
    tool=ANY_TOOL,
    files="tables of HTML pages, as pandas' to_html writes them",
    told_by="a table with a column that names an item and one that holds scores",
    item="a column such as `id`, `case` or `question_id`; else made from the question",
    repeat="a column such as `repeat`, `epoch` or `trial`",
    configuration="a column that tells rows of one item apart; the heading above each of several tables",
    error="a column such as `error`",
    endings=(".html", ".htm"),
    sniff=sniff,
    read=read,
)
