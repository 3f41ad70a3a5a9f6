"""Word diff of two answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")

LONGEST = 20_000
"""Characters diffed word by word; the rest of a longer answer is shown as replaced."""


class Change(StrEnum):
    """What happened to a piece of text."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text with one fate."""

    change: Change
    text: str


def word_diff(before: str, after: str) -> list[Piece]:
    """Pieces whose SAME and REMOVED texts join to `before`, and whose SAME and ADDED texts join to `after`."""
    left, right = _WORDS.findall(before[:LONGEST]), _WORDS.findall(after[:LONGEST])
    pieces: list[Piece] = []
    removed = added = ""

    def flush() -> None:
        nonlocal removed, added
        if removed:
            pieces.append(Piece(Change.REMOVED, removed))
        if added:
            pieces.append(Piece(Change.ADDED, added))
        removed = added = ""

    for tag, i1, i2, j1, j2 in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        gone, new = "".join(left[i1:i2]), "".join(right[j1:j2])
        # A space between two changed words belongs to the change: "[-one two-]" reads better than "[-one-] [-two-]".
        if tag == "equal" and not (gone.isspace() and (removed or added)):
            flush()
            pieces.append(Piece(Change.SAME, gone))
        else:
            removed, added = removed + gone, added + new
    removed, added = removed + before[LONGEST:], added + after[LONGEST:]
    flush()
    return pieces


def setting_diff(before: dict[str, str], after: dict[str, str]) -> list[tuple[str, str | None, str | None]]:
    """Settings that differ: (name, baseline's text, candidate's text); None where a side has no such setting."""
    names = dict.fromkeys((*before, *after))
    return [(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)]
