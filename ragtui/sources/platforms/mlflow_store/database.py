"""MLflow's SQLite store as tables: opened read-only, and nothing but plain columns of plain tables is looked at."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from ragtui.errors import InputError
from ragtui.files.database import open_database, plain_tables, rows_of
from ragtui.files.problems import ProblemLog
from ragtui.sources.peek import Peek
from ragtui.sources.platforms.mlflow_store.assessed import Store

_TABLES: Mapping[str, tuple[Sequence[str], str]] = {
    "runs": (("run_uuid", "name", "status", "start_time", "experiment_id"), "start_time, run_uuid"),
    "params": (("run_uuid", "key", "value"), ""),
    "experiments": (("experiment_id", "name"), ""),
    "trace_info": ((), "timestamp_ms, request_id"),
    "trace_request_metadata": (("request_id", "key", "value"), ""),
    "trace_tags": (("request_id", "key", "value"), ""),
    "assessments": ((), "created_timestamp, assessment_id"),
}
"""Columns that are read, all where none are named, and their order."""
_AT_MOST = 2_000_000
"""Rows of a table that are read; a store that is larger is a server's, not a laptop's."""
_MOST_TABLES = 1_000


def is_store(peek: Peek) -> bool:
    """A SQLite file with MLflow's tables; a small one says so in its first bytes, where the schema is."""
    if peek.kind != "sqlite" or (peek.whole and b"latest_metrics" not in peek.start):
        return False
    try:
        with closing(open_database(peek.path, live=True)) as database:
            names = set(plain_tables(database, _MOST_TABLES))
    except (sqlite3.Error, InputError, UnicodeError):
        return False
    return {"runs", "experiments", "params", "latest_metrics"} <= names


def load_database(path: Path, problems: ProblemLog) -> Store:
    """All tables that are looked at.

    Raises:
        InputError: it cannot be read.
    """
    try:
        with closing(open_database(path, live=True)) as database:
            there = set(plain_tables(database, _MOST_TABLES))
            found: Store = {}
            for table, (columns, order) in _TABLES.items():
                try:
                    # A store of an older version lacks the table.
                    asked = rows_of(database, path, table, _AT_MOST, columns=columns, order=order)
                    rows = list(asked) if table in there else []
                except sqlite3.OperationalError as error:
                    if "no such" not in str(error):
                        raise
                    rows = []
                if len(rows) == _AT_MOST:
                    problems.add(f"has more than {_AT_MOST} rows in {table}: the first ones are read")
                found[table] = rows
            return found
    except (sqlite3.Error, OverflowError, UnicodeError) as error:
        raise InputError(f"{path}: cannot be read as SQLite ({error})", "copy it while nothing writes to it") from error
