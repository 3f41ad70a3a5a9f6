"""What may be said about a mean, given its interval."""

from __future__ import annotations

from dataclasses import dataclass

from ragtui.stats.comparison import Interval
from ragtui.stats.means.student import t_quantile
from ragtui.stats.verdict import Outcome


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of one metric.

    Attributes:
        higher_is_better: direction of "improved"; None when nobody told: then a change is only "changed".
        confidence: of a proven change; bounds against the margin are one-sided at the same level.
        margin: largest harmless change for the worse, in score units, positive; None asks only for proof of change.
        min_effect: smallest change worth a verdict, in score units.
    """

    higher_is_better: bool | None = True
    confidence: float = 0.95
    margin: float | None = None
    min_effect: float = 0.0


def decide(delta: float, interval: Interval, question: Question, p_flip: float) -> Outcome:
    """The first of these that holds: regressed, improved, equivalent, not worse, inconclusive.

    "Not worse" needs a margin: that nothing was proven never means that nothing got worse.
    An interval without width comes from scores that never vary, of which there may be only two; there the exact
    flip test has to agree before a change counts as proven.

    Args:
        delta: candidate minus baseline.
        interval: the deciding interval.
        question: direction, margin and smallest effect.
        p_flip: sign-flip mid-p of the same deltas.
    """
    provable = abs(delta) >= question.min_effect and (interval.se > 0 or p_flip <= 1 - question.confidence)
    if question.higher_is_better is None:
        return _without_direction(delta, interval, question, provable=provable)
    lo, hi = _towards_better(interval.lo, interval.hi, question)
    if provable and hi < 0:
        return Outcome.REGRESSED
    if provable and lo > 0:
        return Outcome.IMPROVED
    if question.margin is not None:
        half = t_quantile(2 * question.confidence - 1, interval.df) * interval.se
        worst, best = _towards_better(delta - half, delta + half, question)
        if worst > -question.margin:
            return Outcome.EQUIVALENT if best < question.margin else Outcome.NOT_WORSE
    return Outcome.INCONCLUSIVE


def _without_direction(delta: float, interval: Interval, question: Question, *, provable: bool) -> Outcome:
    """A change of either sign might be for the worse, so only "changed" and "equivalent" can be said."""
    if provable and (interval.lo > 0 or interval.hi < 0):
        return Outcome.CHANGED_UP if interval.lo > 0 else Outcome.CHANGED_DOWN
    if question.margin is not None:
        half = t_quantile(2 * question.confidence - 1, interval.df) * interval.se
        if abs(delta) + half < question.margin:
            return Outcome.EQUIVALENT
    return Outcome.INCONCLUSIVE


def _towards_better(lo: float, hi: float, question: Question) -> tuple[float, float]:
    """Bounds with "better" pointing up."""
    return (lo, hi) if question.higher_is_better else (-hi, -lo)
