"""Metrics that must not be compared, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ragtui.model import Kind, Metric, Repeat, Role, Scores
from ragtui.stats.noise.grid import resource_kind


def agreed_metric(a: Metric | None, b: Metric | None) -> Metric:
    """One definition for both sides: what one side leaves open, the other fills in.

    Raises:
        ValueError: neither side has the metric.
    """
    if a is None or b is None:
        only = a or b
        if only is None:
            raise ValueError("no side has this metric")
        return only
    informed = a.better_informed(b)
    return replace(informed, kind=a.kind or b.kind, scale=a.scale or b.scale, unit=a.unit or b.unit)


@dataclass(frozen=True, slots=True)
class KindsDiffer:
    """A metric is of one kind in the baseline and of another in the candidate."""

    baseline: Kind
    candidate: Kind


@dataclass(frozen=True, slots=True)
class ScalesDiffer:
    """A metric has one scale in the baseline and another in the candidate."""

    baseline: tuple[float, float]
    candidate: tuple[float, float]


@dataclass(frozen=True, slots=True)
class DirectionsDiffer:
    """More is better on one side and worse on the other."""


@dataclass(frozen=True, slots=True)
class ScoreNotAllowed:
    """A score that the metric's definition does not allow.

    Attributes:
        side, item, repeat: where the first of them is.
        score: what it is.
        scale: what it is outside of; None where it is neither 0 nor 1, as it had to be.
        count: how many such scores the side has.
    """

    side: str
    item: str
    repeat: Repeat
    score: float
    scale: tuple[float, float] | None
    count: int


Refusal = KindsDiffer | ScalesDiffer | DirectionsDiffer | ScoreNotAllowed
"""Why a metric is not compared. `ragtui.present.sentences.refusals` words it."""


def why_refused(a: Metric | None, b: Metric | None, sides: tuple[tuple[str, Scores], ...]) -> Refusal | None:
    """Why a metric cannot be compared, naming the first offender; None when it can.

    Args:
        a, b: definitions on both sides; None where a side lacks the metric.
        sides: a name and the scores of each side.
    """
    return _contradiction(a, b) or _offender(agreed_metric(a, b), sides)


def _contradiction(a: Metric | None, b: Metric | None) -> Refusal | None:
    if a is None or b is None:
        return None
    if a.kind and b.kind and a.kind != b.kind:
        return KindsDiffer(a.kind, b.kind)
    if a.scale and b.scale and a.scale != b.scale:
        return ScalesDiffer(a.scale, b.scale)
    if a.direction_known and b.direction_known and a.higher_is_better != b.higher_is_better:
        return DirectionsDiffer()
    return None


def _offender(metric: Metric, sides: tuple[tuple[str, Scores], ...]) -> Refusal | None:
    """The first score the definition does not allow."""
    scale = metric.scale or ((0.0, 1.0) if metric.kind is Kind.UNIT else None)
    for name, scores in sides:
        if metric.name not in scores.column_of:
            continue
        values = scores.of(metric.name)
        wrong, broken = np.zeros(values.shape, bool), scale
        if scale is not None:
            wrong = (values < scale[0]) | (values > scale[1])
        if metric.kind is Kind.BINARY and not wrong.any():
            wrong, broken = np.isfinite(values) & (values != 0) & (values != 1), None
        if wrong.any():
            row, repeat = (int(index) for index in np.argwhere(wrong)[0])
            score = float(values[row, repeat])
            return ScoreNotAllowed(name, scores.items[row], scores.repeats[repeat], score, broken, int(wrong.sum()))
    return None


def kind_of(metric: Metric, values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Kind | None:
    """The kind to grid a metric with: a resource never has levels, whatever its numbers look like."""
    if metric.kind is None and metric.role is Role.RESOURCE:
        return resource_kind(values)
    return metric.kind
