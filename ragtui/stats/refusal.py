"""Metrics that must not be compared, and why."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ragtui.model import Kind, Metric, Role, Scores
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


def why_refused(a: Metric | None, b: Metric | None, sides: tuple[tuple[str, Scores], ...]) -> str:
    """Why a metric cannot be compared, naming the first offender; empty when it can.

    Args:
        a, b: definitions on both sides; None where a side lacks the metric.
        sides: a name and the scores of each side.
    """
    return _contradiction(a, b) or _offender(agreed_metric(a, b), sides)


def _contradiction(a: Metric | None, b: Metric | None) -> str:
    if a is None or b is None:
        return ""
    if a.kind and b.kind and a.kind != b.kind:
        return f"{a.kind} in the baseline, {b.kind} in the candidate"
    if a.scale and b.scale and a.scale != b.scale:
        return f"scale {_span(a.scale)} in the baseline, {_span(b.scale)} in the candidate"
    if a.direction_known and b.direction_known and a.higher_is_better != b.higher_is_better:
        return "higher is better on one side, lower on the other"
    return ""


def _offender(metric: Metric, sides: tuple[tuple[str, Scores], ...]) -> str:
    """The first score the definition does not allow."""
    scale = metric.scale or ((0.0, 1.0) if metric.kind is Kind.UNIT else None)
    for name, scores in sides:
        if metric.name not in scores.column_of:
            continue
        values = scores.of(metric.name)
        wrong = np.zeros(values.shape, bool)
        rule = ""
        if scale is not None:
            wrong, rule = (values < scale[0]) | (values > scale[1]), f"outside {_span(scale)}"
        if metric.kind is Kind.BINARY and not wrong.any():
            wrong, rule = np.isfinite(values) & (values != 0) & (values != 1), "neither 0 nor 1"
        if wrong.any():
            row, repeat = (int(index) for index in np.argwhere(wrong)[0])
            place = f"item {scores.items[row]}, repeat {scores.repeats[repeat]}"
            return f"{name}: {place} scored {values[row, repeat]:g}, {rule} ({int(wrong.sum())} such)"
    return ""


def _span(scale: tuple[float, float]) -> str:
    return f"{scale[0]:g}..{scale[1]:g}"


def kind_of(metric: Metric, values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Kind | None:
    """The kind to grid a metric with: a resource never has levels, whatever its numbers look like."""
    if metric.kind is None and metric.role is Role.RESOURCE:
        return resource_kind(values)
    return metric.kind
