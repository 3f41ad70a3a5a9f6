"""Files that are called like results and cannot be read: they are named, so that nobody takes a folder for empty."""

from __future__ import annotations

import re
from pathlib import Path

from ragtui.files.packed import inner_name
from ragtui.model import Problem
from ragtui.sources.peek import Peek

_CALLED = re.compile(r"(?<![a-z])(results?|scores?|evals?|evaluations?|metrics|judg[e]?ments?|ratings)(?![a-z])", re.I)
_PROGRAMS = (".pkl", ".pickle", ".pt", ".joblib", ".rds")
_OTHERS = (
    ".xls",
    ".xlsb",
    ".ods",
    ".feather",
    ".arrow",
    ".npy",
    ".npz",
    ".h5",
    ".hdf5",
    ".orc",
    ".avro",
    ".sav",
    ".dta",
)
_BEGINNINGS = {"binary": (), "zip": (".zip", ".xlsx", ".eval"), "sqlite": (".db", ".sqlite", ".sqlite3")}
"""Endings of files that begin as archives and databases do; what is no text otherwise was not recognised."""
TEXT_ENDINGS = (".csv", ".tsv", ".psv", ".yaml", ".yml")
"""Endings whose formats take any file: what is no text is found when its rows are read."""
UNREAD_ENDINGS = (*_PROGRAMS, *_OTHERS)
"""Endings of tables that no format here reads."""


def of_an_unread_kind(path: Path) -> Problem | None:
    """What to say of a file with one of `UNREAD_ENDINGS`; None where its name is not one of results."""
    if not _CALLED.search(path.name):
        return None
    ending = path.suffix.lower()
    why = "may hold a program: never opened" if ending in _PROGRAMS else "is of a kind that is not read"
    return Problem(str(path), f"{ending} {why}", "write the table as CSV, JSON Lines or Parquet")


def unlike_its_ending(peek: Peek) -> Problem | None:
    """What to say of a file that is empty, or that holds something else than its ending says."""
    if not _CALLED.search(peek.path.name):
        return None
    if peek.kind == "empty":
        return Problem(str(peek.path), "is empty", "write it again, or remove it")
    ending = Path(inner_name(peek.path.name)).suffix.lower()
    if ending not in _BEGINNINGS.get(peek.kind, (ending,)):
        return Problem(
            str(peek.path), f"is no {ending} file by its first bytes", "it is damaged, or has another ending"
        )
    return None
