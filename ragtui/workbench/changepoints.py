"""Where a series of means changed beyond noise.

Method. For every split of a series the difference of the weighted means after and before it is divided by its
standard error; the largest of these is the statistic (CUSUM: Page 1954, Hinkley 1970). Its p-value is the share of
simulated series without a change, with the same weights and with the noise estimated in the same way, that reach as
much. A split is marked when p <= alpha; the two parts are then searched alike (binary segmentation, Scott and Knott
1974).

Noise. From repeats within the runs, or from the scatter of neighbours in time, whichever is larger: runs of different
days scatter more than repeats of one afternoon when the endpoint behind them drifts. The scatter is the median of
the standardised steps between neighbours, so that one large step does not hide itself.

Error rate. A series without a change shows a mark with chance alpha, from six points on also where its runs drift
independently of each other (measured .01-.07 at alpha .05, 250 series a design); callers divide alpha by the number of
metrics. Below six points drift between days cannot be told from a change. Marks beyond the first are tested at the
same alpha each.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ragtui.model import Floats

SIMULATIONS = 4000
SEED = 20240229

ENOUGH_NEIGHBOURS = 6
"""Points from which the scatter of neighbours is a noise estimate."""

_NORMAL_QUARTILE = 0.6744897501960817


@dataclass(frozen=True, slots=True)
class Change:
    """A change of level.

    Attributes:
        place: number of the first point after it, counted from 0.
        before, after: weighted means of the stretches on either side.
        p: chance of so large a difference at any split without a change.
    """

    place: int
    before: float
    after: float
    p: float


@dataclass(frozen=True, slots=True)
class Noise:
    """Noise of the points of a series.

    Attributes:
        variance: of one mean, one a point.
        df: degrees of freedom of the estimate; None where it is the scatter of neighbours.
    """

    variance: Floats
    df: float | None


def series_noise(means: Floats, repeats: Floats, within: Noise | None, floor: float) -> Noise | None:
    """The noise to judge a series by; None when nothing was repeated and the series is short.

    Args:
        means: one a run, oldest first.
        repeats: repeats behind each mean.
        within: noise from repeats; None without repeats.
        floor: smallest variance of a mean of one repeat, where every step between neighbours is zero.
    """
    if len(means) < ENOUGH_NEIGHBOURS:
        return within
    shape = within.variance / within.variance.mean() if within is not None else repeats.mean() / repeats
    level = float(_scatter(means[None, :], shape)[0]) ** 2
    if within is not None and level <= float(within.variance.mean()):
        return within
    return Noise(shape * max(level, floor), None)


def change_points(means: Floats, noise: Noise, alpha: float) -> tuple[Change, ...]:
    """Changes in a series, oldest first.

    Args:
        means: one a run, oldest first.
        noise: see `series_noise`.
        alpha: chance of any mark in a series without a change.
    """
    variance = np.maximum(noise.variance, 1e-18)
    rng = np.random.default_rng(SEED)
    null = rng.standard_normal((SIMULATIONS, len(means))) * np.sqrt(variance)
    df = noise.df
    scale = _scatter(null, variance) if df is None else np.sqrt(rng.chisquare(df, SIMULATIONS) / df)
    p_of = dict(_search(means, 1.0 / variance, null, np.maximum(scale, 1e-12), alpha, 0))
    edges = [0, *sorted(p_of), len(means)]
    level = [float(np.average(means[start:end], weights=1.0 / variance[start:end])) for start, end in pairwise(edges)]
    return tuple(Change(place, level[at], level[at + 1], p_of[place]) for at, place in enumerate(edges[1:-1]))


def _search(
    means: Floats, weights: Floats, null: Floats, scale: Floats, alpha: float, offset: int
) -> list[tuple[int, float]]:
    if len(means) < 2:
        return []
    splits = _splits(means[None, :], weights)[0]
    place = int(np.argmax(splits)) + 1
    reached = int((_splits(null, weights).max(axis=1) / scale >= float(splits.max())).sum())
    p = (reached + 1) / (SIMULATIONS + 1)
    if p > alpha:
        return []
    return [
        (offset + place, p),
        *_search(means[:place], weights[:place], null[:, :place], scale, alpha, offset),
        *_search(means[place:], weights[place:], null[:, place:], scale, alpha, offset + place),
    ]


def _splits(series: Floats, weights: Floats) -> Floats:
    """|after - before| in standard errors at every split, (series, splits)."""
    before = np.cumsum(weights)[:-1]
    after = weights.sum() - before
    left = np.cumsum(series * weights, axis=1)[:, :-1]
    right = (series * weights).sum(axis=1, keepdims=True) - left
    return np.asarray(np.abs(right / after - left / before) / np.sqrt(1.0 / before + 1.0 / after))


def _scatter(series: Floats, variance: Floats) -> Floats:
    """Standard deviation of a point of unit variance, from the median standardised step between neighbours."""
    steps = np.abs(np.diff(series, axis=1)) / np.sqrt(variance[1:] + variance[:-1])
    return np.asarray(np.median(steps, axis=1) / _NORMAL_QUARTILE)
