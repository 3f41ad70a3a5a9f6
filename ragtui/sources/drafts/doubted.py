"""Scores in tools' own files that are suspected to be failures: a judge's −1 is none because a tool stored it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ragtui.files.fields import mapping, score
from ragtui.sources.drafts.draft import Draft
from ragtui.sources.table.meaning.suspects import Scale

if TYPE_CHECKING:
    from ragtui.model import Scores

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


def without_suspects(scores: Scores, said: Collection[float] | None = None) -> tuple[Scores, list[str]]:
    """The same for scores that are arrays already, as run folders and hosted runs have them, where a number is a score.

    A number within the scale that a metric states is one of its scores, whatever it looks like.

    Returns:
        the scores, suspected failures as failed judgements, and what there is to say.
    """
    import numpy as np  # a listing looks at files of tools, and needs no arrays

    from ragtui.model import State

    values, states = scores.values, scores.states
    messages: list[str] = []
    for column, metric in enumerate(scores.metrics):
        scored = states[:, column, :] == State.SCORED
        scale = Scale(metric.name)
        for value, count in zip(*np.unique(values[:, column, :][scored], return_counts=True), strict=True):
            scale.see(float(value), int(count))
        doubted = {} if metric.label_of else scale.suspected_of_own() if said is None else dict.fromkeys(said, 0)
        for value in sorted(doubted):
            found = scored & (values[:, column, :] == value)
            if not found.any() or (metric.scale and metric.scale[0] <= value <= metric.scale[1]):
                continue
            if values is scores.values:
                values, states = values.copy(), states.copy()
            values[:, column, :][found], states[:, column, :][found] = np.nan, State.METRIC_ERROR
            if said is None:
                messages.append(_said(metric.name, value, int(found.sum()), int(scored.sum())))
    return (scores if values is scores.values else replace(scores, values=values, states=states)), messages


def _said(name: str, value: float, count: int, total: int) -> str:
    return f"`{name}` is {value:g} on {count} of {total} rows: suspected failures, in no mean"


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
    votes = [scale.assumed for _, scale in sorted(scales.items()) if scale.votes and said is None]
    if not doubted:
        return votes
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
    return votes + [_said(name, value, count, scales[name].count) for (name, value), count in sorted(counts.items())]


def _value(written: Any) -> float | None:
    if isinstance(written, dict):
        return None if written.get("error") else score(written.get("value"))
    return score(written)
