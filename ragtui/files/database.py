"""SQLite files that somebody else made: never changed, and with bounds on what 45 KB may become.

A database is a program as well: a view may never end, a generated column is worked out for every row (a kilobyte of
schema made 3 GB), and damaged pages may share one long text. So only plain columns of plain tables are read, in a
bounded number of steps, and no more text than the file's size accounts for.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ragtui.errors import InputError
from ragtui.files.packed import bound
from ragtui.places import real_path

STEPS = 200_000_000
"""Steps of SQLite's machine for reading one table; two million rows take a quarter of them."""
LONGEST = 64 * 1024 * 1024
"""Bytes of the longest value."""
_AT_ONCE = 10_000
_BUSY_S = 2.0


def open_database(path: Path, *, live: bool = False) -> sqlite3.Connection:
    """A database, opened for reading; rows are `sqlite3.Row`, text that is not UTF-8 is mended.

    Args:
        live: somebody may be writing to it: their locks and their write-ahead log count.

    Raises:
        sqlite3.Error: it cannot be opened.
    """
    address = f"{real_path(path).as_uri()}?mode=ro{'' if live else '&immutable=1'}"
    database = sqlite3.connect(address, uri=True, timeout=_BUSY_S)
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST)
    database.execute("PRAGMA trusted_schema = OFF")
    database.text_factory = lambda raw: raw.decode("utf-8", "replace")
    database.row_factory = sqlite3.Row
    return database


def plain_tables(database: sqlite3.Connection, most: int) -> list[str]:
    """Names of the tables that hold rows of their own, neither views nor virtual ones; at most so many.

    Raises:
        sqlite3.Error: it is damaged.
    """
    query = f"SELECT name, sql FROM sqlite_master WHERE type = 'table' AND rootpage > 0 ORDER BY name LIMIT {5 * most}"
    names = [row["name"] for row in database.execute(query) if "VIRTUAL" not in _head(str(row["sql"] or ""))]
    return [name for name in names if not name.startswith("sqlite_")][:most]


def rows_of(
    database: sqlite3.Connection, path: Path, table: str, most: int, *, columns: Sequence[str] = (), order: str = ""
) -> Iterator[dict[str, Any]]:
    """Rows of a plain table, at most so many.

    Args:
        path: of the database.
        columns: those wanted; empty for all that hold values of their own.
        order: columns to sort by, in SQL.

    Raises:
        InputError: they hold far more text than the file.
        sqlite3.Error: there is no such table or column, or it is damaged or turns in a circle.
    """
    told = list(database.execute(f"PRAGMA table_info({_quoted(table)})"))  # names no generated columns
    chosen = [row["name"] for row in told if not columns or row["name"] in columns]
    if not chosen or len(chosen) < len(columns):
        raise sqlite3.OperationalError(f"no such table or column: {table}")
    database.set_progress_handler(_Budget(STEPS // _AT_ONCE), _AT_ONCE)
    asked = f"SELECT {', '.join(map(_quoted, chosen))} FROM {_quoted(table)}"
    left = bound(path.stat().st_size)
    for row in database.execute(f"{asked}{f' ORDER BY {order}' if order else ''} LIMIT {most}"):
        left -= sum(len(cell) for cell in row if isinstance(cell, str | bytes))
        if left < 0:
            raise InputError(f"{path}: {table} holds far more text than the file: not read", "export it as CSV")
        yield dict(zip(chosen, row, strict=True))


class _Budget:
    """Asked by SQLite every so many steps; a true answer ends the query."""

    def __init__(self, times: int) -> None:
        self._left = times

    def __call__(self) -> int:
        self._left -= 1
        return self._left < 0


def _head(schema: str) -> str:
    return schema.partition("(")[0].upper()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
