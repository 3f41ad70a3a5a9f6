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
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            pieces.append(Piece(Change.SAME, "".join(left[i1:i2])))
            continue
        if i2 > i1:
            pieces.append(Piece(Change.REMOVED, "".join(left[i1:i2])))
        if j2 > j1:
            pieces.append(Piece(Change.ADDED, "".join(right[j1:j2])))
    if len(before) > LONGEST:
        pieces.append(Piece(Change.REMOVED, before[LONGEST:]))
    if len(after) > LONGEST:
        pieces.append(Piece(Change.ADDED, after[LONGEST:]))
    return pieces


def setting_diff(before: dict[str, str], after: dict[str, str]) -> list[tuple[str, str | None, str | None]]:
    """Settings that differ: (name, baseline's text, candidate's text); None where a side has no such setting."""
    names = dict.fromkeys((*before, *after))
    return [(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)]
