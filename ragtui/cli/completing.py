"""What a shell offers while a line is typed: names of runs, metrics and items at the places the line speaks of."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragtui.workbench import Library

WHAT = ("runs", "metrics", "items")
MOST = 2_000
"""Names offered: beyond that nobody reads them, and shells grow slow."""


def names(what: str, line: str) -> list[str]:
    """Names that may stand at the end of a half-typed line; none where nothing can be read there.

    Only files are read: a key press asks no server.

    Args:
        what: one of `WHAT`.
        line: as typed so far, the program's name first.
    """
    from ragtui.errors import RagtuiError
    from ragtui.workbench import open_library

    try:
        library = open_library(_places(_words(line)))
        try:
            found = {"runs": _runs, "metrics": _metrics, "items": _items}[what](library)
            return list(dict.fromkeys(islice((name for name in found if _typed(name)), MOST)))
        finally:
            library.close()
    except (RagtuiError, OSError):
        return []


def _words(line: str) -> list[str]:
    """Words of a line whose last quote may still be open."""
    try:
        return shlex.split(line)[1:]
    except ValueError:
        return line.split()[1:]


def _places(words: list[str]) -> list[str]:
    """Paths after --in, else those among the words, else here."""
    said = [after for before, after in pairwise(words) if before in ("--in", "-i") and Path(after).exists()]
    paths = [word for word in words[1:] if not word.startswith("-") and ":" not in word and Path(word).exists()]
    return said or paths or ["."]


def _typed(name: str) -> bool:
    """Whether a name can be put on a line as it is: one word without what a shell reads."""
    return bool(name) and shlex.quote(name) == name


def _runs(library: Library) -> Iterator[str]:
    for header in library.headers.values():
        yield header.name


def _metrics(library: Library) -> Iterator[str]:
    for header in library.headers.values():
        yield from (summary.name for summary in header.metrics)


def _items(library: Library) -> Iterator[str]:
    for uid in library.headers:
        yield from library.load(uid).scores.items
        return
