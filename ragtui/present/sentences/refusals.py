"""Why a metric is not compared, in words."""

from __future__ import annotations

from ragtui.stats.refusal import DirectionsDiffer, KindsDiffer, Refusal, ScalesDiffer, ScoreNotAllowed


def say_refusal(refusal: Refusal) -> str:
    """The reason, without a capital and without a full stop."""
    match refusal:
        case KindsDiffer(baseline, candidate):
            return f"{baseline} in the baseline, {candidate} in the candidate"
        case ScalesDiffer(low, high):
            return f"scale {_span(low)} in the baseline, {_span(high)} in the candidate"
        case DirectionsDiffer():
            return "higher is better on one side, lower on the other"
        case ScoreNotAllowed():
            rule = "neither 0 nor 1" if refusal.scale is None else f"outside {_span(refusal.scale)}"
            place = f"item {refusal.item}, repeat {refusal.repeat}"
            return f"{refusal.side}: {place} scored {refusal.score:g}, {rule} ({refusal.count} such)"


def _span(scale: tuple[float, float]) -> str:
    return f"{scale[0]:g}..{scale[1]:g}"
