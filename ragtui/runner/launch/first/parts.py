"""A repository of several projects: which of them answers. Each has its own place that its imports start from."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from ragtui.places import real_path

_PROJECT = ("pyproject.toml", "setup.py", "setup.cfg")
_DEEPEST, _MOST = 3, 40
_ENVIRONMENTS = (".venv", "venv", "env")
_INTERPRETERS = ("bin/python", "Scripts/python.exe")
_HIGHEST = 4


def parts_of(folder: Path, is_skipped: Callable[[Path], bool]) -> list[Path]:
    """Folders below this one that are projects of their own, those near the top first."""
    found: list[Path] = []
    level = [folder]
    for _ in range(_DEEPEST):
        below: list[Path] = []
        for place in level:
            with contextlib.suppress(OSError):
                below += [one for one in sorted(place.iterdir()) if one.is_dir() and not is_skipped(one)]
        found += [one for one in below if _is_project(one)]
        level = [one for one in below if not _is_project(one)]
    return found[:_MOST]


def interpreter(folder: Path, running: str) -> str:
    """The interpreter of a virtual environment in the folder or in the repository around it, unless it runs this.

    Args:
        running: the prefix of the environment that runs this.
    """
    for place in _around(folder):
        for name in _ENVIRONMENTS:
            for inner in _INTERPRETERS:
                if (place / name / inner).is_file() and real_path(running) != real_path(place / name):
                    return Path(os.path.relpath(real_path(place) / name / inner, real_path(folder))).as_posix()
    return ""


def _around(folder: Path) -> Iterator[Path]:
    """The folder; then those above it that are projects, up to the repository's own."""
    yield folder
    place = real_path(folder)
    for _ in range(_HIGHEST):
        if (place / ".git").exists() or place.parent == place:
            return
        place = place.parent
        if _is_project(place) or (place / ".git").exists():
            yield place


def _is_project(folder: Path) -> bool:
    return any((folder / name).is_file() for name in _PROJECT)
