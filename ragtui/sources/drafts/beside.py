"""Small files beside the one that is read: settings that a tool keeps apart from its results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ragtui.errors import InputError
from ragtui.files.problems import ProblemLog
from ragtui.sources.peek import load_json

_AT_MOST = 64 * 1024 * 1024


def json_beside(path: Path, name: str, problems: ProblemLog) -> Any:
    """A JSON document in the same folder; None when there is none, or, with a problem, when it cannot be read."""
    return json_at(path.parent / name, problems)


def json_at(path: Path, problems: ProblemLog) -> Any:
    """A JSON document; None when there is none, or, with a problem, when it cannot be read."""
    try:
        if not path.is_file() or path.stat().st_size > _AT_MOST:
            return None
        return load_json(path)
    except InputError as error:
        problems.add(f"{path.name}: {error.message.removeprefix(f'{path}: ')}", error.hint, kind=path.name)
    except OSError:
        return None
    return None
