"""SQLite databases with tables of scores, opened without the right to change anything."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from ragtui.errors import InputError
from ragtui.files.database import open_database, plain_tables, rows_of
from ragtui.model import Problem
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import MAX_DOCUMENT, Peek

MAX_ROWS = 1_000_000
MAX_TABLES = 200


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
    from ragtui.sources.table.table import is_told

    if peek.path.stat().st_size > MAX_DOCUMENT:
        raise InputError(f"{peek.path}: larger than {MAX_DOCUMENT // 2**20} MB", "export the table of scores as CSV")
    found = {}
    for name, rows in tables_of(peek.path):
        table = FlatRows(ListRows(peek.path, rows))
        told = is_told(request, peek.path, table.columns)
        if rows and (told or guess_columns(table.columns, table.probe()).confidence >= FITTING):
            found[name] = rows
    if not found and request.direct:
        raise InputError(f"{peek.path}: no table with items and scores", "export the table you mean as CSV")
    for name, rows in found.items():
        about = NOTHING if len(found) == 1 else replace(NOTHING, key=name)
        yield from read_records(peek.path, replace(request, direct=False), ListRows(peek.path, rows), about)


def tables_of(path: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Plain tables with their rows; views and virtual tables could run anything, and are passed over.

    Raises:
        InputError: it is no database, damaged, or holds more than fits.
    """
    try:
        with closing(open_database(path)) as database:
            for name in plain_tables(database, MAX_TABLES):
                rows = rows_of(database, path, name, MAX_ROWS)
                yield name, [{key: _plain(cell) for key, cell in row.items()} for row in rows]
    except (sqlite3.Error, OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as SQLite ({error})", "copy the database again") from error


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
