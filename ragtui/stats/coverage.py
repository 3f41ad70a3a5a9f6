"""What was scored, what failed and what is not there: the part of a comparison that comes before any number."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ragtui.model import Scores, State, States
from ragtui.stats.arrays import Bools, Floats, Ints
from ragtui.stats.comparison import Coverage
from ragtui.stats.verdict import Verdict


def coverage(scores: Scores, metric: str) -> Coverage:
    """How much of a metric one side scored; a metric the side does not have counts as nothing expected."""
    if metric not in scores.column_of:
        return Coverage(0, 0, 0, 0, 0, 0)
    return coverage_of(scores.states_of(metric))


def coverage_of(states: States) -> Coverage:
    """Counts by state."""
    counts = np.bincount(states.ravel(), minlength=len(State))
    return Coverage(
        expected=states.size,
        scored=int(counts[State.SCORED]),
        missing=int(counts[State.MISSING]),
        item_errors=int(counts[State.ITEM_ERROR]),
        metric_errors=int(counts[State.METRIC_ERROR]),
        non_finite=int(counts[State.NON_FINITE]),
    )


def failures(states: States) -> Ints:
    """Runs of each item that were recorded without a usable score, (items,)."""
    return np.asarray(((states != State.MISSING) & (states != State.SCORED)).sum(axis=1), np.int64)


def gap_verdicts(verdict: NDArray[np.uint8], states_a: States, states_b: States) -> NDArray[np.uint8]:
    """Verdicts for the rows that cannot be compared.

    A row recorded on one side only is ONLY_A or ONLY_B. A row recorded on both without a score on both failed in every
    run of at least one side: ERROR. What is recorded nowhere stays ABSENT.
    """
    recorded_a, recorded_b = _recorded(states_a), _recorded(states_b)
    gap = verdict == Verdict.ABSENT
    out = verdict.copy()
    out[gap & recorded_a & ~recorded_b] = Verdict.ONLY_A
    out[gap & recorded_b & ~recorded_a] = Verdict.ONLY_B
    out[gap & recorded_a & recorded_b] = Verdict.ERROR
    return out


def _recorded(states: States) -> Bools:
    return np.asarray((states != State.MISSING).any(axis=1))


def item_errors(scores: Scores) -> Floats:
    """1 where the pipeline failed, 0 where it answered, NaN where nothing was recorded; (items, repeats)."""
    failed = (scores.states == State.ITEM_ERROR).any(axis=1)
    recorded = (scores.states != State.MISSING).any(axis=1)
    return np.where(recorded, failed.astype(float), np.nan)


def scored_or_missing(values: Floats) -> States:
    """States of values that are either there or not."""
    return np.where(np.isfinite(values), State.SCORED, State.MISSING).astype(np.uint8)


def fragments(scores: Scores, common: Bools, share: float) -> Bools:
    """Repeats with a record of fewer than this share of the common items, (repeats,); none without a common item."""
    recorded = (scores.states[common] != State.MISSING).any(axis=1)
    return np.asarray(recorded.sum(axis=0) < share * len(recorded))
