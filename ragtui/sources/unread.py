"""Files that cannot be read: they are named, so that nobody takes a folder for empty.

Beside runs, files that are called like results; where nothing was listed, every table and every JSON that is broken: a
folder that holds nothing else was meant to hold runs.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from ragtui.errors import InputError
from ragtui.files.jsonlines import open_binary
from ragtui.files.packed import inner_name, is_packed
from ragtui.model import Problem
from ragtui.sources.peek import LINES, Peek, load_as_written

_CALLED = re.compile(r"(?<![a-z])(results?|scores?|evals?|evaluations?|metrics|judg[e]?ments?|ratings)(?![a-z])", re.I)
_PROGRAMS = (".pkl", ".pickle", ".pt", ".joblib", ".rds")
_OTHERS = (
    ".xls", ".xlsb", ".ods", ".feather", ".arrow", ".npy", ".npz", ".h5", ".hdf5", ".orc", ".avro", ".sav", ".dta",
)  # fmt: skip
_BEGINNINGS = {"binary": (), "zip": (".zip", ".xlsx", ".eval"), "sqlite": (".db", ".sqlite", ".sqlite3")}
"""Endings of files that begin as archives and databases do; what is no text otherwise was not recognised."""
TEXT_ENDINGS = (".csv", ".tsv", ".psv", ".yaml", ".yml")
"""Endings whose formats take any file: what is no text is found when its rows are read."""
UNREAD_ENDINGS = (*_PROGRAMS, *_OTHERS)
"""Endings of tables that no format here reads."""
_DATA = frozenset({".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".parquet"})
"""Endings of files that are meant to be read; others lie in many folders (Thumbs.db) and mean nothing there."""
_TAIL = 4096


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
        return Problem(str(peek.path), _begins_otherwise(ending), "it is damaged, or has another ending")
    return None


def damage(path: Path) -> str:
    """What is wrong with a table or a JSON that no reader took; empty where nothing is, or nobody can say.

    Costs a parse of files of up to 64 KB, and a look at both ends of longer ones.
    """
    try:
        peek = Peek(path)
        if peek.suffix not in _DATA:
            return ""
        return "is empty" if peek.kind == "empty" else _broken(peek)
    except InputError as error:
        return error.message.removeprefix(f"{path}: ")


def _begins_otherwise(ending: str) -> str:
    return f"is no {ending} file by its first bytes"


def _broken(peek: Peek) -> str:
    parquet = peek.start.startswith(b"PAR1")
    if (peek.suffix == ".parquet") != parquet or (peek.kind == "binary" and not parquet):
        return _begins_otherwise(peek.suffix)
    if peek.suffix in LINES:
        return "" if peek.record or peek.kind == "json" else "holds no JSON object"
    if peek.suffix != ".json":
        return ""
    if peek.whole:
        load_as_written(peek)
        return ""
    return "" if is_packed(peek.path) or _tail(peek.path).endswith((b"}", b"]")) else "is cut short: a bracket is open"


def _tail(path: Path) -> bytes:
    with open_binary(path) as file:
        try:
            file.seek(-_TAIL, os.SEEK_END)
            return file.read(_TAIL).rstrip()
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror or error})", "check its rights") from error
