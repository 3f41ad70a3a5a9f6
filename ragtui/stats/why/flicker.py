"""Where the flicker of an unchanged pipeline comes from: failures, retrieval, generation or the judge.

Pairs of repeats of one item are compared by what they have in common. Two repeats with the same passages and the same
answer differ by the judge alone; those with the same passages by the judge and the generation; and so on. Half of the
mean squared difference of such pairs estimates the variance of those stages together (a U-statistic), so the steps
between the estimates are the stages' own parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from ragtui.stats.arrays import Floats
from ragtui.stats.means.share import Z_90, share_interval
from ragtui.stats.why.trail import Trail

FEWEST_PAIRS = 10
"""Coincidences from which a part can be told."""
_RESAMPLES = 400
_SEED = 20240229


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a metric's flicker with its 90 % interval over items, each from 0 to 1; never of width zero."""

    part: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Flicker:
    """One metric's flicker by stage; a part is None where too few repeats coincide to tell it.

    Attributes:
        variance: of one score around its item, in squared score units.
        errors: answers that are none (refused, empty, cut off) where others are some.
        retrieval: other passages; None when the same passages hardly ever came twice.
        generation: another answer to the same passages; None when retrieval or judge is.
        judge: another score for the same answer; None when no answer ever came twice.
        same_passages, same_answers: pairs of repeats that coincide in them.
        failed: share of item-repeats without a score because something failed; they are not in the variance.
        passages_recorded, answers_recorded: whether any repeat recorded them.
    """

    variance: float
    errors: Share
    retrieval: Share | None
    generation: Share | None
    judge: Share | None
    same_passages: int
    same_answers: int
    failed: float
    passages_recorded: bool = True
    answers_recorded: bool = True

    @property
    def untold(self) -> float:
        """Share of the flicker that cannot be given to one stage."""
        told = (self.errors, self.retrieval, self.generation, self.judge)
        return max(0.0, 1.0 - sum(part.part for part in told if part is not None))


_ALL, _SAME_STATE, _SAME_PASSAGES, _SAME_ANSWER = range(4)


def flicker(trails: Sequence[Trail], scores: Floats) -> Flicker | None:
    """Split one metric's flicker.

    Args:
        trails: one side's records, an item each.
        scores: of the same items and repeats, (items, repeats), NaN where there is none.

    Returns:
        None where nothing was repeated, nothing ever varied, or neither passages nor answers were recorded.
    """
    passages_recorded = any((trail.order >= 0).any() for trail in trails)
    answers_recorded = any((trail.answer >= 0).any() for trail in trails)
    if not passages_recorded and not answers_recorded:
        return None
    sums, counts = np.zeros((len(trails), 4)), np.zeros((len(trails), 4))
    for row, trail in enumerate(trails):
        _add_pairs(trail, scores[row], sums[row], counts[row])
    repeated = counts[:, _ALL] > 0
    sums, counts = sums[repeated], counts[repeated]
    total = _levels(sums, counts)
    if not len(sums) or total is None or total[_ALL] <= 0:
        return None
    rng = np.random.default_rng(_SEED)
    drawn = [_levels(sums[pick], counts[pick]) for pick in rng.integers(0, len(sums), (_RESAMPLES, len(sums)))]
    parts = np.array([_parts(levels) for levels in drawn if levels is not None and levels[_ALL] > 0])
    at = _parts(total)
    low, high = np.quantile(parts, 0.05, axis=0), np.quantile(parts, 0.95, axis=0)
    varying = int((sums[:, _ALL] > 0).sum())
    errors, retrieval, generation, judge = (
        _share(float(at[column]), float(low[column]), float(high[column]), varying) for column in range(4)
    )
    same_passages, same_answers = (int(counts[:, level].sum()) for level in (_SAME_PASSAGES, _SAME_ANSWER))
    failed = np.array([trail.failed for trail in trails])
    by_passages, by_answers = same_passages >= FEWEST_PAIRS, same_answers >= FEWEST_PAIRS
    return Flicker(
        variance=float(total[_ALL]),
        errors=errors,
        retrieval=retrieval if by_passages else None,
        generation=generation if by_passages and by_answers else None,
        judge=judge if by_answers else None,
        same_passages=same_passages,
        same_answers=same_answers,
        failed=float(failed.mean()) if failed.size else 0.0,
        passages_recorded=passages_recorded,
        answers_recorded=answers_recorded,
    )


def _share(part: float, low: float, high: float, varying: int) -> Share:
    """A part, known no better than so many varying items can tell a share.

    Items drawn anew from two that vary by one stage vary by that stage again, every time: the interval over such draws
    has no width, and would say of two items what a thousand could not show.
    """
    least, most = share_interval(min(max(part, 0.0), 1.0), varying, Z_90)
    return Share(part, min(low, least), max(high, most))


def _add_pairs(trail: Trail, scores: Floats, sums: Floats, counts: Floats) -> None:
    """Half squared differences and numbers of pairs by what the two repeats have in common."""
    sets, order, answer = trail.sets, trail.order, trail.answer
    for r, s in combinations(np.flatnonzero(np.isfinite(scores)).tolist(), 2):
        levels = [_ALL]
        if trail.poor[r] == trail.poor[s]:
            levels.append(_SAME_STATE)
            if sets[r] == sets[s] and order[r] == order[s] and order[r] >= 0:
                levels.append(_SAME_PASSAGES)
            if answer[r] == answer[s] and answer[r] >= 0:
                levels.append(_SAME_ANSWER)
        sums[levels] += 0.5 * float(scores[r] - scores[s]) ** 2
        counts[levels] += 1


def _levels(sums: Floats, counts: Floats) -> Floats | None:
    """Variance within pairs by what they have in common; an item without such pairs counts as the others do.

    Of those others the variance itself is taken, not their ratio to what they vary in all: items that lose a passage
    now and then have fewer pairs in common, and the ratio left their retrieval out (.26 of .31 where a pipeline
    always reshuffles).
    """
    if not len(sums):
        return None
    seen = counts > 0
    means = np.divide(sums, counts, out=np.zeros_like(sums), where=seen)
    levels = np.full(4, means[:, _ALL].mean())
    for level, outer in ((_SAME_STATE, _ALL), (_SAME_PASSAGES, _SAME_STATE), (_SAME_ANSWER, _SAME_STATE)):
        having = seen[:, level]
        if having.any():
            levels[level] = min(levels[outer], means[having, level].mean())
        else:
            levels[level] = levels[outer]
    levels[_SAME_ANSWER] = min(levels[_SAME_ANSWER], levels[_SAME_PASSAGES])
    return levels


def _parts(levels: Floats) -> Floats:
    """Shares of errors, retrieval, generation and judge."""
    every, state, passages, answer = levels
    return np.asarray(np.array([every - state, state - passages, passages - answer, answer]) / every)
