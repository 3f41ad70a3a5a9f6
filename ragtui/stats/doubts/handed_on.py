"""Whether a candidate holds what the baseline holds: a file that was copied, or the wrong artefact that was handed on.

Names and dates of runs say it where there are some. A table of scores has neither, under another name it is another
run, and being the same is then no finding but the same numbers twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from ragtui.model import Scores
from ragtui.stats.doubts.copies import Circumstances, Tie, pace_of, ties, times_of
from ragtui.stats.doubts.freshness import TWIN_CHANCE, least_chance_of_twin

_FIRST_LOOK = 64
"""Items looked at before all are: repeats that are not the same differ here already. Looking at all of 10,000 x 5 x 10
took half as long as comparing them."""
_LEAST_TIMES = 5
"""Different times that say something; whole seconds, or one time for all, are equal in any two runs."""


def hands_on(baseline: Scores, candidate: Scores, *, claimed: bool = False) -> bool:
    """Whether some repeat of the candidate is one of the baseline's once more.

    It is where all scores are equal, and all times to the last digit. It is, too, where all scores are equal and both
    sides together vary so much that this has a chance below `TWIN_CHANCE`; a pipeline that always answers alike is
    not taken for a copy. A candidate that is faster is another one, whatever its scores.

    Args:
        baseline, candidate: scores of the sides.
        claimed: a person vouches that the repeats were run again; equal times say otherwise all the same.
    """
    own = len(baseline.repeats)  # places of the baseline's repeats come first
    items = [item for item in baseline.items if item in candidate.row_of]
    first = _beside(baseline, candidate, items[:_FIRST_LOOK])
    if first is None or not (ties(first, Circumstances(), pace_of([first]))[:own, own:] >= Tie.ALIKE).any():
        return False
    both = first if len(items) <= _FIRST_LOOK else _beside(baseline, candidate, items)
    assert both is not None
    tied = ties(both, Circumstances(), pace_of([both]))
    across = tied[:own, own:]
    as_long = [pair for pair in np.argwhere(across == Tie.COPY).tolist() if _as_long(both, pair[0], own + pair[1])]
    if any(_times_tell(both, one) for one, _ in as_long):
        return True
    if claimed or not (tied == Tie.APART).any():
        return False
    alike = [*np.argwhere(across == Tie.ALIKE).tolist(), *as_long]  # equal times that say nothing are no excuse
    chances = (least_chance_of_twin(both, one, own + other) for one, other in alike)
    return any(chance is not None and chance < TWIN_CHANCE for chance in chances)


def some_repeat_agrees(baseline: Scores, candidate: Scores) -> bool:
    """Whether some repeat of each has the same score wherever both have one, of all that is measured."""
    both = _beside(baseline, candidate, [item for item in baseline.items if item in candidate.row_of])
    if both is None:
        return False
    own = len(baseline.repeats)
    for one, other in product(range(own), range(own, len(both.repeats))):
        pair = both.values[:, :, [one, other]]
        pair = pair[np.isfinite(pair).all(axis=2)]
        if len(pair) and (pair[:, 0] == pair[:, 1]).all():
            return True
    return False


def _beside(baseline: Scores, candidate: Scores, items: Sequence[str]) -> Scores | None:
    """The repeats of both on some items, those of the baseline first; None without an item or a metric in common."""
    shared = [metric for metric in baseline.metrics if metric.name in candidate.column_of]
    if not items or not shared:
        return None
    return Scores.pooled([side.aligned(items, shared) for side in (baseline, candidate)])


def _as_long(both: Scores, one: int, other: int) -> bool:
    """Whether two repeats took equally long on every item."""
    times = times_of(both)
    if times is None:
        return False
    pair = times[:, [one, other]]
    pair = pair[np.isfinite(pair).all(axis=1)]
    return bool((pair[:, 0] == pair[:, 1]).all())


def _times_tell(both: Scores, one: int) -> bool:
    """Whether the times of a repeat are fine enough for the same times to mean something."""
    times = times_of(both)
    assert times is not None
    known = times[np.isfinite(times[:, one]), one]
    return len(np.unique(known)) >= max(_LEAST_TIMES, len(known) / 2)
