"""SQLite databases with tables of scores, opened without the right to change anything."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from ragtui.errors import InputError
from ragtui.model import Problem
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import MAX_DOCUMENT, Peek

MAX_ROWS = 1_000_000
MAX_TABLES = 200
_AT_ONCE = 10_000
_STEPS = 50_000_000
"""Steps of SQLite's machine for reading one table: a damaged index could make it turn in a circle."""


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """The runs in each table that holds scores of items.

    Raises:
        InputError: it cannot be read, or was named and holds no scores.
    """
    from ragtui.sources.table.about import NOTHING
    from ragtui.sources.table.documents import read_records
    from ragtui.sources.table.flat import FlatRows
    from ragtui.sources.table.meaning.guess import FITTING, guess_columns
    from ragtui.sources.table.rows import ListRows

    if peek.path.stat().st_size > MAX_DOCUMENT:
        raise InputError(f"{peek.path}: larger than {MAX_DOCUMENT // 2**20} MB", "export the table of scores as CSV")
    found = {}
    for name, rows in tables_of(peek.path):
        table = FlatRows(ListRows(peek.path, rows))
        if rows and guess_columns(table.columns, table.probe()).confidence >= FITTING:
            found[name] = rows
    if not found and request.direct:
        raise InputError(f"{peek.path}: no table with items and scores", "export the table you mean as CSV")
    for name, rows in found.items():
        about = NOTHING if len(found) == 1 else replace(NOTHING, key=name)
        yield from read_records(peek.path, replace(request, direct=False), ListRows(peek.path, rows), about)


def tables_of(path: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Plain tables with their rows; views and virtual tables could run anything, and are passed over.

    Raises:
        InputError: it is no database, or damaged.
    """
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
            database.text_factory = lambda raw: raw.decode("utf-8", "replace")
            database.row_factory = sqlite3.Row
            for name in _names(database):
                database.set_progress_handler(_Budget(_STEPS // _AT_ONCE), _AT_ONCE)
                cursor = database.execute(f"SELECT * FROM {_quoted(name)} LIMIT {MAX_ROWS}")
                yield name, [{key: _plain(row[key]) for key in row.keys()} for row in cursor]  # noqa: SIM118 - of a Row
    except (sqlite3.Error, OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as SQLite ({error})", "copy the database again") from error


class _Budget:
    """Asked by SQLite every so many steps; a true answer ends the query."""

    def __init__(self, times: int) -> None:
        self._left = times

    def __call__(self) -> int:
        self._left -= 1
        return self._left < 0


def _names(database: sqlite3.Connection) -> list[str]:
    rows = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name LIMIT 1000")
    return [
        row["name"]
        for row in rows
        if not row["name"].startswith("sqlite_") and "VIRTUAL" not in str(row["sql"] or "").upper()[:40]
    ][:MAX_TABLES]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _plain(cell: Any) -> Any:
    return None if isinstance(cell, bytes) else cell


FORMAT = Format(
    name="sqlite",
    tool="any harness",
    files="SQLite databases with tables of scores",
    told_by="a table with a column that names an item and one that holds scores",
    item="a column such as `id`, `case` or `question_id`; else made from the question",
    repeat="a column such as `repeat`, `epoch` or `trial`",
    configuration="a column that tells rows of one item apart; `K` or --columns changes it",
    error="a column such as `error`",
    endings=(".sqlite", ".sqlite3", ".db"),
    sniff=lambda peek: peek.kind == "sqlite",
    read=read,
)
