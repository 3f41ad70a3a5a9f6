"""Words for scores: a judge that answers "left" or "right" gives a category, compared as one and never averaged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ragtui.files.fields import mapping, written_number
from ragtui.sources.drafts.draft import Draft

MOST = 8
"""Different texts from which words are free text rather than a category, as in `ragtui.sources.cube.cube`."""
_LONGEST = 40
_NOTHING = frozenset({"none", "null", "na", "n/a", "-", "—", "#n/a", "error", "failed", "unknown", "timeout"})
"""Words that say that there is no score: a judge that never answered is no category."""


def are_labels(said: Iterable[Any]) -> bool:
    """Whether values are a few words, of which at least one occurs again."""
    values = list(said)
    words = {value.strip() for value in values if _is_word(value)}
    few = 0 < len(words) <= MOST and len(words) < len(values)
    return few and all(map(_is_word, values)) and not {word.casefold() for word in words} <= _NOTHING


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= _LONGEST and written_number(value) is None


def words_as_labels(drafts: Sequence[Draft]) -> None:
    """Make labels of the values of metrics that hold nothing but a few words; the runs of a file share their words."""
    said: dict[str, list[dict[str, Any]]] = {}
    for draft in drafts:
        for record in draft.records:
            scores = record.get("scores")
            for name, written in scores.items() if isinstance(scores, dict) else ():
                entry = written if isinstance(written, dict) else {"value": written}
                if entry.get("value") not in (None, "") and not entry.get("error"):
                    said.setdefault(name, []).append({"scores": scores, "entry": entry})
    for name, cells in said.items():
        if are_labels(cell["entry"]["value"] for cell in cells):
            for cell in cells:
                word = cell["entry"]["value"].strip()
                cell["scores"][name] = {**mapping(cell["entry"]), "value": None, "label": word}
