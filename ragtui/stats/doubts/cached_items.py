"""Items whose repeats look cached where no times tell: nothing varies in either side, and the sides differ like noise.

An item that is steady by itself looks the same in both sides unless it was changed, and what changes many steady items
changes noisy ones too. Copies of a noisy item differ between the sides in nearly every item, up as often as down and as
far as single runs of a noisy item do, while the items that were run again show no change at all. All of that together
is what is asked for here; equal scores alone are not, nor which items are steady: a fall of some steady items, however
many, is no cache.

On levels whole items agree by chance, so only scores that hardly ever agree are looked at. Simulated pairs of 40 items
at 3 v 3, half of them cached on both sides: found in 14 of 15, and in 9 of 15 where each side cached other items; of
100 items in all.

It is no proof. A change that moves the steady items alone, both ways and as far as noise, is the very same numbers, and
where all items move both ways, as they do with another model, up to 11 of 100 pairs look cached too. So nothing is
judged by it: it is said, and a gate cannot tell what would be another answer without these repeats.
"""

from __future__ import annotations

import math

import numpy as np

from ragtui.model import Role, Scores
from ragtui.stats.arrays import Bools, Floats
from ragtui.stats.doubts.copies import negligible
from ragtui.stats.two_sides import finite, row_means

_LEAST_ITEMS = 5
"""Of either sort: fewer show nothing."""
_LEAST_MOVED = 0.5
"""Share of the unvarying items that differ between the sides."""
_CHANCE = 0.01
"""Of noisy items moving so little if they had changed as the unvarying ones did."""
_SIZES = (0.1, 4.0)
"""What unvarying items differ by, in variances of the difference of two noisy runs."""
_MOST_AGREEING = 0.05
"""Share of pairs of scores, one of each side, that agree where items vary: with more, repeats agree by chance."""
_ONE_WAY = 2.6
"""Standard errors from which on changes go one way, as a pipeline's do and a cache's do not."""


def cached_items(a: Scores, b: Scores) -> tuple[Bools, Bools] | None:
    """Items of each side whose repeats are likely copies, (items,); None where nothing of the kind shows.

    Args:
        a, b: both sides, the same items in the same order.
    """
    metrics = [m.name for m in a.metrics if m.role is Role.QUALITY and m.name in b.column_of]
    if not metrics:
        return None
    x, y = (finite(np.stack([side.of(name) for name in metrics], axis=1)) for side in (a, b))
    slack = np.minimum(negligible(x), negligible(y))
    frozen_a, frozen_b = (_never_varies(_spread(scores), slack) for scores in (x, y))
    found = [
        _chance(x[:, metric], y[:, metric], frozen_a & frozen_b, float(slack[metric])) for metric in range(len(metrics))
    ]
    chances = [chance for chance in found if chance is not None]
    if not chances or min(chances) * len(metrics) >= _CHANCE:
        return None
    return frozen_a, frozen_b


def _spread(scores: Floats) -> Floats:
    """Range of an item's repeats, (items, metrics); NaN with fewer than two."""
    return np.where(np.isfinite(scores).sum(axis=2) >= 2, _range(scores), np.nan)


def _range(scores: Floats) -> Floats:
    """Highest less lowest score along the last axis; minus infinity without any."""
    known = np.isfinite(scores)
    highest, lowest = np.where(known, scores, -np.inf).max(axis=-1), np.where(known, scores, np.inf).min(axis=-1)
    between: Floats = highest - lowest
    return between


def _never_varies(spread: Floats, slack: Floats) -> Bools:
    """Whether no metric of an item varies and one of them was repeated."""
    repeated = np.isfinite(spread)
    return np.asarray(repeated.any(axis=1) & (~repeated | (spread <= slack)).all(axis=1))


def _chance(a: Floats, b: Floats, frozen: Bools, slack: float) -> float | None:
    """Chance that the noisy items of one metric moved so little, had they changed as the unvarying ones differ.

    Args:
        a, b: scores, (items, repeats).
        frozen: items that vary in neither side.

    Returns:
        None where the unvarying items do not differ as copies of noisy runs would.
    """
    runs_a, runs_b = (np.isfinite(side).sum(axis=1) for side in (a, b))
    shift = row_means(b) - row_means(a)
    still = shift[frozen & (runs_a > 0) & (runs_b > 0)]
    noisy = ~frozen & (runs_a >= 2) & (runs_b >= 2)
    squares_a, squares_b = (_squares(side[noisy]) for side in (a, b))
    varied = (_range(a[noisy]) > slack) & (_range(b[noisy]) > slack)
    noisy[noisy] = varied
    if _agreeing(a[noisy], b[noisy], slack) > _MOST_AGREEING:
        return None
    runs_a, runs_b = runs_a[noisy], runs_b[noisy]
    if min(len(still), len(runs_a)) < _LEAST_ITEMS or (np.abs(still) > slack).mean() < _LEAST_MOVED:
        return None
    noise = (squares_a + squares_b)[varied] / (runs_a + runs_b - 2)
    size = float((still**2).mean())
    alike = _SIZES[0] <= size / (2 * float(noise.mean())) <= _SIZES[1]
    if not alike or abs(float(still.sum())) > _ONE_WAY * math.sqrt(float((still**2).sum())):
        return None
    expected = noise * (1 / runs_a + 1 / runs_b) + size
    freedom = float(expected.sum() ** 2 / (expected**2).sum())  # Satterthwaite 1946
    return _chi_square_below(float((shift[noisy] ** 2).sum() / expected.sum()), freedom)


def _agreeing(a: Floats, b: Floats, slack: float) -> float:
    """Share of pairs of an item's scores, one of each side, that agree: those of one side were chosen to differ."""
    apart = np.abs(a[:, :, None] - b[:, None, :])
    return float((apart <= slack).sum() / max(1, np.isfinite(apart).sum()))


def _squares(scores: Floats) -> Floats:
    """Sum of squares around the mean of each row."""
    squares: Floats = np.nansum((scores - row_means(scores)[:, None]) ** 2, axis=1)
    return squares


def _chi_square_below(ratio: float, freedom: float) -> float:
    """Chance that a mean square on so many degrees of freedom is below this share of its expectation.

    The cube root of chi square is nearly normal (Wilson & Hilferty 1931).
    """
    spread = 2 / (9 * freedom)
    return math.erfc(-(ratio ** (1 / 3) - (1 - spread)) / math.sqrt(2 * spread)) / 2
