"""Scores in tools' own files that are suspected to be failures: a judge's −1 is none because a tool stored it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from ragtui.files.fields import mapping, score
from ragtui.sources.drafts.draft import Draft
from ragtui.sources.table.meaning.suspects import Scale

HINT = "if they are scores, say so with --columns missing_values="


def set_aside(drafts: Sequence[Draft], said: Collection[float] | None = None) -> None:
    """Make errors of scores that are suspected failures, and say so; the runs of one file share their scales.

    Args:
        drafts: the runs of a file.
        said: numbers of which a person said that they mean "no score": only these are then; None when nobody did.
    """
    scales: dict[str, Scale] = {}
    for draft in drafts:
        _look_at(_scores_of(draft), scales)
    for draft in drafts:
        for message in _made_errors(_scores_of(draft), scales, said):
            draft.note(message, HINT)


def set_scores_aside(records: Sequence[dict[str, Any]], said: Collection[float] | None = None) -> list[str]:
    """The same for scores by name, record by record; answers what there is to say."""
    scales: dict[str, Scale] = {}
    _look_at(records, scales)
    return _made_errors(records, scales, said)


def _scores_of(draft: Draft) -> list[dict[str, Any]]:
    return [scores for record in draft.records if isinstance(scores := record.get("scores"), dict)]


def _look_at(records: Iterable[Mapping[str, Any]], scales: dict[str, Scale]) -> None:
    for name, written in (pair for record in records for pair in record.items()):
        scale = scales.setdefault(name, Scale(name))
        if (value := _value(written)) is not None:
            scale.see(value)


def _made_errors(
    records: Iterable[dict[str, Any]], scales: Mapping[str, Scale], said: Collection[float] | None
) -> list[str]:
    doubted = {name: set(scale.suspected() if said is None else said) for name, scale in scales.items()}
    doubted = {name: values for name, values in doubted.items() if values}
    if not doubted:
        return []
    counts: Counter[tuple[str, float]] = Counter()
    for scores in records:
        for name in doubted.keys() & scores.keys():
            written = scores[name]
            value = _value(written)
            if value is not None and value in doubted[name]:
                counts[name, value] += 1
                scores[name] = {
                    **mapping(written), "value": None, "raw": f"{value:g}", "error": f"{value:g}: a suspected failure",
                }  # fmt: skip
    if said is not None:
        return []
    return [
        f"`{name}` is {value:g} on {count} of {scales[name].count} rows: suspected failures, in no mean"
        for (name, value), count in sorted(counts.items())
    ]


def _value(written: Any) -> float | None:
    if isinstance(written, dict):
        return None if written.get("error") else score(written.get("value"))
    return score(written)
