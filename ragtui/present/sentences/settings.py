"""Settings that differ between two sides, and what changed in a text among them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ragtui.present.clean import clean, one_line
from ragtui.present.diff import TextChange, word_diff
from ragtui.present.numbers import count

NAMED = 12
"""Settings that a report names; JSON has all."""

_LONG, _AROUND = 60, 24
"""Characters: longer settings are shown by what changed in them, with so much of what did not."""


@dataclass(frozen=True, slots=True)
class SettingChange:
    """One setting.

    Attributes:
        name: dotted, such as "answer.model".
        before, after: as text; None where a side has no such setting.
        diff: what changed in the text of a managed prompt, or why it cannot be told; "" where nothing was read.
    """

    name: str
    before: str | None
    after: str | None
    diff: str = ""


def version_of(text: str | None) -> tuple[str, str] | None:
    """Name and version of a managed prompt, "answer@3"; None for other settings."""
    name, at, version = (text or "").rpartition("@")
    return (name, version) if at and name and version.isdigit() else None


def say_change(change: SettingChange) -> str:
    """ "answer.prompt answer@3 → 4: Be brief.{+ Cite sources.+}"; long texts by what changed in them."""
    before, after = change.before, change.after
    old, new = version_of(before), version_of(after)
    name = one_line(change.name)
    if old is not None and new is not None and old[0] == new[0]:
        said = f"{name} {one_line(before or '')} → {new[1]}"
    elif before is not None and after is not None and max(len(before), len(after)) > _LONG:
        said = f"{name}: {text_change(before, after)}"
    else:
        said = f"{name} {_short(before)} → {_short(after)}"
    return f"{said}: {one_line(change.diff)}" if change.diff else said


def say_changes(changes: Iterable[SettingChange]) -> list[str]:
    """The first of them, and how many more there are."""
    said = [say_change(change) for change in changes]
    rest = len(said) - NAMED
    return said if rest <= 1 else [*said[:NAMED], f"and {count(rest, 'more setting')}; JSON has all"]


def text_change(before: str, after: str) -> str:
    """What changed in a text, word by word: "Be brief.{+ Cite sources.+}"; "the same text" where nothing did."""
    if before == after:
        return "the same text"
    pieces = word_diff(clean(before), clean(after))
    signs = {TextChange.REMOVED: "[-{}-]", TextChange.ADDED: "{{+{}+}}"}
    out = []
    for place, piece in enumerate(pieces):
        if piece.change is not TextChange.SAME:
            out.append(signs[piece.change].format(piece.text))
            continue
        first, last = place == 0, place == len(pieces) - 1
        room = _AROUND if first or last else 2 * _AROUND
        if len(piece.text) <= room + 1:
            out.append(piece.text)
        else:
            head = "" if first else piece.text[:_AROUND]
            tail = "" if last else piece.text[-_AROUND:]
            out.append(f"{head}…{tail}")
    return one_line("".join(out))


def _short(text: str | None) -> str:
    if text is None:
        return "not set"
    line = one_line(text)
    return line if len(line) <= 2 * _LONG else f"{line[: 2 * _LONG]}…"
