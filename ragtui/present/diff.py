"""Word diff of two answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")

LONGEST = 20_000
"""Characters diffed word by word; the rest of a longer answer is shown as replaced."""


class TextChange(StrEnum):
    """What happened to a piece of text."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text with one fate."""

    change: TextChange
    text: str


@dataclass(frozen=True, slots=True)
class _Edit:
    """What became of a stretch, and the text both sides share before it."""

    same: str
    removed: str
    added: str

    @property
    def size(self) -> int:
        return max(len(self.removed), len(self.added))


def word_diff(before: str, after: str) -> list[Piece]:
    """Pieces whose SAME and REMOVED texts join to `before`, and whose SAME and ADDED texts join to `after`."""
    left, right = _WORDS.findall(before[:LONGEST]), _WORDS.findall(after[:LONGEST])
    edits: list[_Edit] = []
    same = ""
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        gone, new = "".join(left[i1:i2]), "".join(right[j1:j2])
        if tag == "equal":
            same = gone
        else:
            edits.append(_Edit(same, gone, new))
            same = ""
    if len(before) > LONGEST or len(after) > LONGEST:
        edits.append(_Edit(same, before[LONGEST:], after[LONGEST:]))
        same = ""
    pieces: list[Piece] = []
    for edit in _joined(edits):
        pieces += [
            Piece(TextChange.SAME, edit.same),
            Piece(TextChange.REMOVED, edit.removed),
            Piece(TextChange.ADDED, edit.added),
        ]
    pieces.append(Piece(TextChange.SAME, same))
    return [piece for piece in pieces if piece.text]


def _joined(edits: list[_Edit]) -> list[_Edit]:
    """Edits without the accidental words between them: two sentences that share "the" are two sentences.

    What lies between two edits and is no longer than either is part of the edit (semantic cleanup, Fraser 2006).
    """
    out: list[_Edit] = []
    for edit in edits:
        while out and len(edit.same) <= min(out[-1].size, edit.size):
            last = out.pop()
            edit = _Edit(last.same, last.removed + edit.same + edit.removed, last.added + edit.same + edit.added)
        out.append(edit)
    return out


def setting_diff(before: dict[str, str], after: dict[str, str]) -> list[tuple[str, str | None, str | None]]:
    """Settings that differ: (name, baseline's text, candidate's text); None where a side has no such setting."""
    names = dict.fromkeys((*before, *after))
    return [(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)]
