"""Items whose repeats are copies, in a side that was run again otherwise: half of the answers came from a cache.

Such items show no noise, so whatever moves in them looks proven, and they make all others look steadier than they are.
Times and answers show copies item by item. Scores alone never tell a copied item from a steady one, but copies leave
traces in all of them together:

* One repeat equals another on more items than it would by chance: repeats of a side are exchangeable.
* Where scores are fine, items that vary on one side never vary on the other, more often than as noisy ones would.
* Items that never vary on either side move more than the others do, and both ways, as single runs of noisy items would.

Yes and no leave only the first: two models are sure of different questions, and that looks the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations

import numpy as np

from ragtui.model import Metric, Role, Scores
from ragtui.stats.arrays import Bools, Floats, Ints
from ragtui.stats.doubts.copies import CACHE_FACTOR, Circumstances, negligible, times_of
from ragtui.stats.doubts.sameness import chances_of_no_variation
from ragtui.stats.means.student import chance_of_at_least
from ragtui.stats.noise.grid import MAX_LEVELS
from ragtui.stats.two_sides import finite

_LEAST_ITEMS, _LEAST_SHARE = 3, 0.1
"""Fewer copied items than this may be accidents of a clock: of 40 in five repeats one has two equal times in ms."""
_LEAST_OWN = 1.001
"""Factor between the longest and the shortest time of an item that was run again."""
_COINCIDENCE = 0.02
"""Share of equal times of different items from which on equal times of one item tell nothing: whole seconds."""
_LEAST_CHANCE = 1e-4
"""Two repeats that agree less likely than this hold copies: of every pair of both sides it is asked."""
_LEAST_APART = 0.5
"""Where they do not agree, such repeats lie as far apart as others do; the two that a wild one leaves lie nearer."""
_LEAST_SHOWN = 0.1
"""Share of varying items in which the two do not agree, from which on that can be seen."""
_ERRORS, _SYMMETRIC = 3.0, 0.05
_FARTHEST = math.sqrt(8)
"""Spreads of a run, twice those of a difference of two: farther moves count as no more, for some items did change."""
_LIKE_NOISE = 0.6
"""Share of that up to which the mean move is like that of noise, which is at .4."""
_MEAN_SIZE = math.sqrt(2 / math.pi)
"""Mean size of a normal number, in standard deviations."""
_LEAST_FROZEN = 5
_LEAST_EXCESS = 1.5
_MOST_READ = 400
"""Items whose answers are read."""


@dataclass(frozen=True, eq=False)
class SomeCopies:
    """Results of one side that do not count because they are copies of another repeat of their item.

    Attributes:
        left_out: which, (items, repeats).
        certain: whether times or answers show all of them, not only the scores together.
    """

    left_out: Bools
    certain: bool

    @property
    def items(self) -> int:
        """Items that lose a repeat or more."""
        return int(self.left_out.any(axis=1).sum())


@dataclass(frozen=True, eq=False)
class _Items:
    """One side item by item.

    Attributes:
        scores: of quality, (items, metrics, repeats).
        slack: how far scores of a metric may lie apart and be equal, (metrics,).
        runs: repeats with any score, (items,).
        again: items that times or answers show to have been run again, (items,).
        copies: results that times or answers show to be copies, (items, repeats).
    """

    side: Scores
    scores: Floats
    slack: Floats
    runs: Ints
    again: Bools
    copies: Bools

    @classmethod
    def of(cls, side: Scores) -> _Items:
        scores = finite(side.values[:, [metric.role is Role.QUALITY for metric in side.metrics], :])
        rows, repeats = len(scores), scores.shape[2]
        return cls(
            side=side,
            scores=scores,
            slack=negligible(scores),
            runs=np.isfinite(scores).any(axis=1).sum(axis=1),
            again=np.zeros(rows, bool),
            copies=np.zeros((rows, repeats), bool),
        )

    def equal(self, one: int, other: int) -> Bools:
        """Items whose scores two repeats have in common and agree in, (items,)."""
        x, y = self.scores[:, :, one], self.scores[:, :, other]
        both = np.isfinite(x) & np.isfinite(y)
        return np.asarray(both.any(axis=1) & ((np.abs(x - y) <= self.slack) | ~both).all(axis=1))

    @cached_property
    def frozen(self) -> Bools:
        """Items with two runs or more that never vary, (items,)."""
        known = np.isfinite(self.scores)
        low, high = (np.where(known, self.scores, edge) for edge in (np.inf, -np.inf))
        with np.errstate(invalid="ignore"):
            apart = high.max(axis=2, initial=-np.inf) - low.min(axis=2, initial=np.inf) > self.slack
        return np.asarray((self.runs >= 2) & ~apart.any(axis=1))

    def without(self, copies: Bools) -> _Items:
        """The same without some results."""
        scores = np.where(copies[:, None, :], np.nan, self.scores)
        runs = np.isfinite(scores).any(axis=1).sum(axis=1)
        return replace(self, scores=scores, runs=runs, copies=self.copies | copies)

    def counted_once(self, items: Bools) -> Bools:
        """All results of some items but the first, (items, repeats)."""
        known = np.isfinite(self.scores).any(axis=1)
        return items[:, None] & known & (np.cumsum(known, axis=1) > 1)


def some_copies(
    sides: tuple[Scores, Scores],
    beside: tuple[Circumstances, Circumstances],
    asked: tuple[bool, bool],
    *,
    claimed: bool,
) -> tuple[SomeCopies | None, SomeCopies | None]:
    """What does not count on each side.

    Args:
        sides: baseline and candidate, on the same rows.
        beside: what is known of each beside its scores.
        asked: whether a side was run again as a whole; of others nothing is asked.
        claimed: a person vouches that repeats which look alike were run again; only times say otherwise.
    """
    if not any(asked):
        return None, None
    shown = [
        _read(_timed(_Items.of(side)), around, read=not claimed) if ask else _Items.of(side)
        for side, around, ask in zip(sides, beside, asked, strict=True)
    ]
    certain = [one.copies.copy() for one in shown]
    if not claimed:
        shown = [_without_twins(one) if ask else one for one, ask in zip(shown, asked, strict=True)]
        shown = _without_suspects(shown[0], shown[1], asked)
    a, b = (
        SomeCopies(one.copies, not (one.copies & ~sure).any()) if ask and one.copies.any() else None
        for one, sure, ask in zip(shown, certain, asked, strict=True)
    )
    return a, b


def _timed(side: _Items) -> _Items:
    """What times tell: an item that took as long to the last digit, or a fifth of the time, with equal scores."""
    times = times_of(side.side)
    if times is None:
        return side
    repeats = times.shape[1]
    copies = np.zeros(times.shape, bool)
    known = np.where(times > 0, times, np.nan)
    coarse = _coincidences(known) > _COINCIDENCE
    usual = known[np.isfinite(known)]
    pace = float(np.median(usual)) if len(usual) else np.nan  # a busy machine makes a result slow, not the others fast
    for one, other in combinations(range(repeats), 2):
        equal = side.equal(one, other)
        if not coarse:
            copies[equal & (known[:, one] == known[:, other]), other] = True
        copies[equal & (known[:, other] * CACHE_FACTOR <= np.minimum(known[:, one], pace)), other] = True
        copies[equal & (known[:, one] * CACHE_FACTOR <= np.minimum(known[:, other], pace)), one] = True
    if copies.any(axis=1).sum() < max(_LEAST_ITEMS, _LEAST_SHARE * len(times)):
        copies[:] = False
    with np.errstate(invalid="ignore"):
        ratio = np.where(np.isfinite(known), known, -np.inf).max(axis=1) / np.where(
            np.isfinite(known), known, np.inf
        ).min(axis=1)
    own = (np.isfinite(known).sum(axis=1) >= 2) & (ratio >= _LEAST_OWN)
    return replace(side.without(copies), again=side.again | (own & ~copies.any(axis=1)))


def _coincidences(times: Floats) -> float:
    """Share of equal times among results of different items."""
    if len(times) < 2 or times.shape[1] < 2:
        return 0.0
    first, second = times[:-1, 0], times[1:, 1]
    both = np.isfinite(first) & np.isfinite(second)
    return float((first == second)[both].mean()) if both.any() else 0.0


def _read(side: _Items, beside: Circumstances, *, read: bool) -> _Items:
    """What long answers tell where times tell nothing: word for word the same is rare where a model was told to sample.

    Rare, not impossible: the sample runs hold such answers in times of their own, and times outrank them.
    """
    rows = np.flatnonzero(side.frozen & ~side.again)
    if beside.answers_of is None or not read or not len(rows):
        return side
    rows = rows[np.linspace(0, len(rows) - 1, min(len(rows), _MOST_READ)).round().astype(np.int64)]
    codes = beside.answers_of([side.side.items[row] for row in rows])
    known = codes >= 0
    differ, copies, again = np.zeros(len(rows), bool), np.zeros(side.copies.shape, bool), side.again.copy()
    for one, other in combinations(range(codes.shape[1]), 2):
        both = known[:, one] & known[:, other]
        same = both & (codes[:, one] == codes[:, other])
        differ |= both & ~same
        if beside.sampled:
            copies[rows[same], other] = True
    again[rows[differ]] = True
    return replace(side.without(copies), again=again & ~copies.any(axis=1))


def _without_twins(side: _Items) -> _Items:
    """Repeats that equal another one on too many items to be chance."""
    repeats = side.scores.shape[2]
    whole = (side.runs == repeats) & ~side.frozen & ~side.again
    pairs = list(combinations(range(repeats), 2))
    if repeats < 3 or not whole.any():
        return side
    equal = np.array([side.equal(one, other) & whole for one, other in pairs])
    told = equal[:, ~equal.all(axis=0)].sum(axis=1)
    copies = np.zeros(side.copies.shape, bool)
    for place, (one, other) in enumerate(pairs):
        chance = chance_of_at_least(int(told[place]), int(told.sum()), 1 / len(pairs))
        if len(pairs) * chance < _LEAST_CHANCE and _apart_elsewhere(side, whole & ~equal[place], whole, (one, other)):
            copies[side.equal(one, other), other] = True
    return side.without(copies)


def _apart_elsewhere(side: _Items, rows: Bools, whole: Bools, pair: tuple[int, int]) -> bool:
    """Whether two repeats lie as far apart as others where they are not equal, and do so often enough to tell."""
    if rows.sum() < _LEAST_SHOWN * whole.sum() or rows.sum() < _LEAST_FROZEN:
        return False
    scale = np.maximum(np.nanstd(side.scores, axis=(0, 2)), 1e-300)[:, None]
    scores = side.scores[rows] / scale

    def apart(one: int, other: int) -> float:
        return float(np.nanmean(np.abs(scores[:, :, one] - scores[:, :, other])))

    rest = [apart(*other) for other in combinations(range(scores.shape[2]), 2) if other != pair]
    return apart(*pair) >= _LEAST_APART * float(np.mean(rest))


def _without_suspects(a: _Items, b: _Items, asked: tuple[bool, bool]) -> list[_Items]:
    """Both sides without items that never vary where all of them together say that they are copies."""
    frozen_a, frozen_b = a.frozen & ~a.again & asked[0], b.frozen & ~b.again & asked[1]
    live_a, live_b = (a.runs >= 2) & ~a.frozen, (b.runs >= 2) & ~b.frozen
    excess = (
        _excess(a, b, frozen_a, live_b) if asked[0] else 0.0,
        _excess(b, a, frozen_b, live_a) if asked[1] else 0.0,
    )
    both = min(excess) >= _ERRORS / 2 and sum(excess) >= math.sqrt(2) * _ERRORS
    stiff_a, stiff_b = (both or one >= _ERRORS for one in excess)
    suspect_a = frozen_a & (stiff_b | live_b) & stiff_a
    suspect_b = frozen_b & (stiff_a | live_a) & stiff_b
    if not (stiff_a and stiff_b):
        still = (a.frozen | b.frozen) & ~live_a & ~live_b
        if any(_moves_like_noise(a, b, still, live_a | live_b, metric) for metric in range(a.scores.shape[1])):
            suspect_a, suspect_b = suspect_a | (frozen_a & still), suspect_b | (frozen_b & still)
    return [a.without(a.counted_once(suspect_a)), b.without(b.counted_once(suspect_b))]


def _excess(one: _Items, other: _Items, frozen: Bools, live: Bools) -> float:
    """By how many standard errors more items that vary on the other side never vary here than items as noisy would."""
    rows = live & (one.runs >= 2)
    if (frozen & rows).sum() < max(_LEAST_FROZEN, _LEAST_SHARE * rows.sum()):
        return 0.0  # noise is learned below, which costs as much as a comparison
    quality = [metric for metric in one.side.metrics if metric.role is Role.QUALITY]
    fine = [metric for place, metric in enumerate(quality) if _levels(one, other, place) > MAX_LEVELS]
    return max((_excess_of(one, other, frozen, rows, metric) for metric in fine), default=0.0)


def _levels(a: _Items, b: _Items, metric: int) -> int:
    """How many scores of a metric differ, as far as a glance tells."""
    seen = np.concatenate([one.scores[:_MOST_READ, metric].ravel() for one in (a, b)])
    return len(np.unique(seen[np.isfinite(seen)]))


def _excess_of(one: _Items, other: _Items, frozen: Bools, rows: Bools, metric: Metric) -> float:
    chances = chances_of_no_variation(one.side, other.side, metric, np.flatnonzero(rows))
    if chances is None:
        return 0.0
    places, chance = chances
    expected, spread = float(chance.sum()), math.sqrt(float((chance * (1 - chance)).sum()))
    found = int(frozen[places].sum())
    return 0.0 if found < _LEAST_EXCESS * expected else (found - expected) / max(spread, 0.5)


def _moves_like_noise(a: _Items, b: _Items, still: Bools, live: Bools, metric: int) -> bool:
    """Whether items that never vary move as single runs of the varying ones would, which themselves did not change."""
    n_a, n_b = (np.isfinite(one.scores[:, metric]).sum(axis=1) for one in (a, b))
    both = (n_a > 0) & (n_b > 0)
    still, live = still & both, live & both & (n_a + n_b > 2)
    if still.sum() < _LEAST_FROZEN or live.sum() < _LEAST_FROZEN or _levels(a, b, metric) <= 2:
        return False
    x, y = (np.where(np.isfinite(one.scores[:, metric]), one.scores[:, metric], 0.0) for one in (a, b))
    mean_a, mean_b = x.sum(axis=1) / np.maximum(n_a, 1), y.sum(axis=1) / np.maximum(n_b, 1)
    within = sum(
        (np.where(np.isfinite(one.scores[:, metric]), one.scores[:, metric] - mean[:, None], 0.0) ** 2).sum(axis=1)
        for one, mean in ((a, mean_a), (b, mean_b))
    )
    delta = mean_b - mean_a
    ups, downs = int((delta[still] > a.slack[metric]).sum()), int((delta[still] < -a.slack[metric]).sum())
    if min(ups, downs) < 1 or 2 * chance_of_at_least(max(ups, downs), ups + downs, 0.5) < _SYMMETRIC:
        return False
    variance = within[live] / (n_a + n_b - 2)[live]
    most = _FARTHEST * math.sqrt(float(variance.mean()))
    moved = np.minimum(np.abs(delta[still]), most)
    beyond = np.minimum(np.abs(delta[live]), most) - _MEAN_SIZE * np.sqrt(variance * (1 / n_a[live] + 1 / n_b[live]))
    error = math.sqrt(float(moved.var(ddof=1)) / len(moved) + float(beyond.var(ddof=1)) / len(beyond))
    like_noise = float(moved.mean()) <= _LIKE_NOISE * most
    changed = max(0.0, float(beyond.mean()))  # items that happened to vary look noisier than they are
    return like_noise and float(moved.mean()) - changed >= _ERRORS * error
