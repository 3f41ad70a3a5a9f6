"""Whether two repeats of one side are two runs, or one run twice.

Scores alone cannot say it: a deterministic pipeline repeats itself, and so does a cache. Times can: a run that was
made again takes about as long, never exactly as long, and a cache answers an order of magnitude faster. Answers can
where a model samples: then they differ.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum
from itertools import combinations

import numpy as np

from ragtui.model import Repeat, Role, Scores
from ragtui.stats.arrays import Floats, Ints
from ragtui.stats.two_sides import finite

CACHE_FACTOR = 5.0
"""A repeat this many times faster than another was answered by a cache rather than by the pipeline."""
_LEAST_ITEMS = 3
"""Times of fewer items than this say nothing."""
_LEAST_SPREAD = 0.005
"""Relative times of two runs scatter more than this; a copy whose times were rescaled does not."""
_LEAST_DIFFERING = 0.2
_NEGLIGIBLE = 0.005
"""Scores that differ by less than this share of what items differ by (from the tenth to the ninth of ten) are equal:
the noise of arithmetic tells nothing of whether a run was made again."""
_DIGITS = (1, 2, 3, 4)
"""Digits after the point that one writer may keep of what another wrote in full."""
_LAST_DIGIT = 1e-9
_MOST_ITEMS = 2_000
_FIRST_LOOK = 64
"""Rows looked at before all are: two runs of a noisy metric differ here already."""


@dataclass(frozen=True, eq=False)
class Circumstances:
    """What is known of the repeats of one side beside their scores.

    Attributes:
        answers: equal numbers for equal answer texts, (any items, repeats), -1 where there is none; only asked for when
            scores and times leave it open. None: no texts at hand.
        sampled: the pipeline was told to sample (a temperature above 0), so equal answers are no accident.
        span: when the first repeat began and the last one ended, seconds since 1970; None where not recorded.
    """

    answers: Callable[[], Ints] | None = None
    sampled: bool = False
    span: tuple[float, float] | None = None


class Pace(Enum):
    """How the times of two repeats compare."""

    UNKNOWN = "unknown"
    EQUAL = "equal"
    """To the last digit on every item."""
    FASTER = "faster"
    """One of them by an order of magnitude."""
    OWN = "own"
    """Each has its own times of the same order."""


class Tie(IntEnum):
    """What binds two repeats, from loose to tight."""

    NONE = 0
    """No item in common."""
    APART = 1
    """Shown to be two runs: they differ."""
    ALIKE = 2
    """All scores are equal, and nothing shows two runs."""
    JUDGED = 3
    """Verdicts of two judgings of the same answers."""
    COPY = 4
    """One run twice: equal scores, and equal times or those of a cache."""


def ties(side: Scores, beside: Circumstances, pace_of_side: float) -> Ints:
    """The tie of every two repeats of a side, (repeats, repeats) of `Tie`, symmetric.

    Args:
        side: scores of one configuration.
        beside: what else is known.
        pace_of_side: median time of the slowest repeat of both sides, in the unit of the times; NaN when unknown.
    """
    repeats = len(side.repeats)
    found = np.zeros((repeats, repeats), np.int64)
    quality = finite(side.values[:, [m.role is Role.QUALITY for m in side.metrics], :])
    times = times_of(side)
    answers = _Answers(beside)
    slack = negligible(quality)
    for one, other in combinations(range(repeats), 2):
        equal = _all_equal(quality[:, :, one], quality[:, :, other], slack)
        if equal is None:
            continue
        pace = _pace(times, one, other, pace_of_side)
        tie = _tie(equal, pace, _same_answers(side.repeats, one, other), answers, (one, other))
        found[one, other] = found[other, one] = tie
    return found


def _tie(equal: bool, pace: Pace, judged: bool, answers: _Answers, pair: tuple[int, int]) -> Tie:
    if judged:
        return Tie.JUDGED
    if pace is Pace.EQUAL:
        return Tie.COPY if equal else Tie.JUDGED
    if pace is Pace.OWN and not (equal and answers.sampled):
        return Tie.APART
    same = answers.equal(*pair)
    if same is False:
        return Tie.APART
    if not equal:
        return Tie.JUDGED if same else Tie.APART
    if pace is Pace.FASTER:
        return Tie.COPY
    return Tie.APART if pace is Pace.OWN and not same else Tie.ALIKE


class _Answers:
    """Answer codes, read when first needed."""

    def __init__(self, beside: Circumstances) -> None:
        self.sampled = beside.sampled
        self._read = beside.answers
        self._codes: Ints | None = None

    def equal(self, one: int, other: int) -> bool | None:
        """Whether all answers of two repeats are equal; None when no item has both."""
        if self._read is None:
            return None
        if self._codes is None:
            self._codes = self._read()
        codes = self._codes[:, [one, other]]
        codes = codes[(codes >= 0).all(axis=1)]
        return bool((codes[:, 0] == codes[:, 1]).all()) if len(codes) else None


def times_of(side: Scores) -> Floats | None:
    """How long each result took, (items, repeats); None when no metric says it."""
    spent = [
        (column, metric.name.lower()) for column, metric in enumerate(side.metrics) if metric.role is Role.RESOURCE
    ]
    for words in _TIMES:  # the time of a whole result goes before that of a part, such as of the first token
        for column, name in spent:
            if any(word in name for word in words):
                return side.values[:, column, :]
    return None


_TIMES = (("latency", "duration"), ("wall", "elapsed", "runtime", "total_time", "response_time"), ("time", "seconds"))
"""Words in the names of times, the surest first."""


def pace_of(sides: Sequence[Scores]) -> float:
    """Median time of the slowest repeat of all sides; NaN without times."""
    medians = []
    for side in sides:
        times = times_of(side)
        if times is not None:
            medians += [float(np.median(column)) for layer in times.T if len(column := layer[np.isfinite(layer)])]
    return max(medians, default=float("nan"))


def _pace(times: Floats | None, one: int, other: int, slowest: float) -> Pace:
    if times is None:
        return Pace.UNKNOWN
    pair = times[:, [one, other]]
    pair = pair[(pair > 0).all(axis=1)]  # NaN is not above 0
    if len(pair) < _LEAST_ITEMS:
        return Pace.UNKNOWN
    if (pair[:, 0] == pair[:, 1]).all():
        return Pace.EQUAL
    if len(pair) > _MOST_ITEMS:
        pair = pair[np.linspace(0, len(pair) - 1, _MOST_ITEMS).round().astype(int)]
    ratio = np.log(pair[:, 0] / pair[:, 1])
    if abs(np.median(ratio)) >= np.log(CACHE_FACTOR) or slowest >= CACHE_FACTOR * np.median(pair):
        return Pace.FASTER
    own = (np.abs(ratio) > _LEAST_SPREAD / 5).mean() >= _LEAST_DIFFERING and ratio.std() >= _LEAST_SPREAD
    return Pace.OWN if own else Pace.UNKNOWN


def negligible(scores: Floats) -> Floats:
    """How far scores of each metric may lie apart and count as equal, (metrics,).

    Args:
        scores: (items, metrics, repeats).
    """
    known = np.isfinite(scores)
    runs = known.sum(axis=2)
    means = np.where(known, scores, 0.0).sum(axis=2) / np.maximum(runs, 1)
    slack = np.zeros(scores.shape[1])
    for metric, seen in enumerate((runs > 0).T):
        levels = means[seen, metric]
        if len(levels) > 1:
            slack[metric] = _NEGLIGIBLE * np.subtract(*np.quantile(levels, [0.9, 0.1]))
    return slack


def _all_equal(one: Floats, other: Floats, slack: Floats) -> bool | None:
    """Whether all scores that both have are equal but for rounding; None when they have none in common."""
    for rows in (slice(0, _FIRST_LOOK), slice(None)):
        x, y = one[rows], other[rows]
        both = np.isfinite(x) & np.isfinite(y)
        apart = both & (np.abs(x - y) > slack)
        if not all(_rounded(x[both[:, m], m], y[both[:, m], m]) for m in np.flatnonzero(apart.any(axis=0))):
            return False
    return True if both.any() else None


def _rounded(one: Floats, other: Floats) -> bool:
    """Whether scores of one metric are those of another repeat with fewer digits."""
    least = _LAST_DIGIT * min(1.0, float(np.abs(one).max(initial=0.0)))  # digits of scores of 1e-9 are not rounding
    return any(
        (np.abs(short - full.round(digits)) <= least).all()
        for digits in _DIGITS
        for full, short in ((one, other), (other, one))
    )


def _same_answers(repeats: Sequence[Repeat], one: int, other: int) -> bool:
    """Labels "r.1" and "r.2" are two judgings of the answers of repeat r."""
    first, second = repeats[one], repeats[other]
    run, dot, _ = first.label.partition(".")
    return bool(dot) and first.run_uid == second.run_uid and second.label.partition(".")[:2] == (run, dot)
