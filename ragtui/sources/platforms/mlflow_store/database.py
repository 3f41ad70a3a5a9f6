"""MLflow's SQLite store as tables: opened read-only, and nothing but fixed queries is run on it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from ragtui.errors import InputError
from ragtui.files.problems import ProblemLog
from ragtui.sources.peek import Peek
from ragtui.sources.platforms.mlflow_store.assessed import Store

_TABLES = ("runs", "trace_info", "assessments", "trace_request_metadata", "trace_tags", "params", "experiments")
_QUERIES = {
    "runs": "SELECT run_uuid, name, status, start_time, experiment_id FROM runs ORDER BY start_time, run_uuid",
    "params": "SELECT run_uuid, key, value FROM params",
    "experiments": "SELECT experiment_id, name FROM experiments",
    "trace_info": "SELECT * FROM trace_info ORDER BY timestamp_ms, request_id",
    "trace_request_metadata": "SELECT request_id, key, value FROM trace_request_metadata",
    "trace_tags": "SELECT request_id, key, value FROM trace_tags",
    "assessments": "SELECT * FROM assessments ORDER BY created_timestamp, assessment_id",
}
_AT_MOST = 2_000_000
"""Rows of a table that are read; a store that is larger is a server's, not a laptop's."""
_BUSY_S = 2.0


def is_store(peek: Peek) -> bool:
    """A SQLite file with MLflow's tables; a small one says so in its first bytes, where the schema is."""
    if peek.kind != "sqlite" or (peek.whole and b"latest_metrics" not in peek.start):
        return False
    try:
        with closing(_opened(peek.path)) as database:
            names = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except (sqlite3.Error, InputError, UnicodeError):
        return False
    return {"runs", "experiments", "params", "latest_metrics"} <= names


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=_BUSY_S)


def load_database(path: Path, problems: ProblemLog) -> Store:
    """All tables that are looked at.

    Raises:
        InputError: it cannot be read.
    """
    try:
        with closing(_opened(path)) as database:
            database.row_factory = sqlite3.Row
            database.text_factory = lambda raw: raw.decode("utf-8", "replace")
            found = {}
            for table in _TABLES:
                try:
                    rows = database.execute(_QUERIES[table]).fetchmany(_AT_MOST)
                except sqlite3.OperationalError as error:  # a store of an older version lacks the table
                    if "no such" not in str(error):
                        raise
                    rows = []
                if len(rows) == _AT_MOST:
                    problems.add(f"has more than {_AT_MOST} rows in {table}: the first ones are read")
                found[table] = [dict(row) for row in rows]
            return found
    except (sqlite3.Error, OverflowError, UnicodeError) as error:
        raise InputError(f"{path}: cannot be read as SQLite ({error})", "copy it while nothing writes to it") from error
