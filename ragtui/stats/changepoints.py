"""Where a series of means changed beyond noise.

Method. For every split of a series the difference of the weighted means after and before it is divided by its
standard error; the largest of these is the statistic (CUSUM: Page 1954, Hinkley 1970). Its p-value is the share of
simulated series without a change, with the same weights and with the noise estimated in the same way, that reach as
much. A split is marked when p <= alpha; the two parts are then searched alike (binary segmentation, Scott and Knott
1974).

Noise. From repeats within the runs, or from the scatter of the runs in time, whichever is larger: runs of different
days scatter more than repeats of one afternoon when the endpoint behind them drifts. The scatter is the median of the
standardised steps from one run to the next of the same configuration, so that one large step does not hide itself, nor
two configurations in turn look like noise. Where hardly any configuration ran twice, steps between neighbours serve.

Error rate. A series without a change shows a mark with chance alpha, from six points on also where its runs drift
independently of each other (measured .01-.07 at alpha .05, 250 series a design); callers divide alpha by the number of
metrics. Below six points drift between days cannot be told from a change. Marks beyond the first are tested at the
same alpha each.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ragtui.model import Floats

Places = npt.NDArray[np.int_]

SIMULATIONS = 4000
SEED = 20240229

ENOUGH_POINTS = 6
"""Points from which their scatter is a noise estimate."""

ENOUGH_STEPS = 3
"""Steps within a configuration from which they alone are the scatter."""

_NORMAL_QUARTILE = 0.6744897501960817


@dataclass(frozen=True, slots=True)
class LevelChange:
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
        df: degrees of freedom of the estimate.
        steps: the pairs of points whose scatter it is, (pairs, 2) places; None where it is from repeats.
    """

    variance: Floats
    df: float
    steps: Places | None = None


def series_noise(
    means: Floats, repeats: Floats, within: Noise | None, floor: float, labels: Sequence[Hashable] | None = None
) -> Noise | None:
    """The noise to judge a series by; None when nothing was repeated and the series is short.

    Args:
        means: one a run, oldest first.
        repeats: repeats behind each mean.
        within: noise from repeats; None without repeats.
        floor: smallest variance of a mean of one repeat, where every step is zero.
        labels: configuration of each run; runs of one label are repeats of each other. None: all are.
    """
    if len(means) < ENOUGH_POINTS:
        return within
    steps = _steps(labels if labels is not None else [0] * len(means))
    shape = within.variance / within.variance.mean() if within is not None else repeats.mean() / repeats
    level = float(_scatter(means[None, :], shape, steps)[0]) ** 2
    if within is not None and level <= float(within.variance.mean()):
        return within
    return Noise(shape * max(level, floor), max(1.0, len(steps) / 3), steps)


def change_points(means: Floats, noise: Noise, alpha: float) -> tuple[LevelChange, ...]:
    """Changes in a series, oldest first.

    Args:
        means: one a run, oldest first.
        noise: see `series_noise`.
        alpha: chance of any mark in a series without a change.
    """
    variance = np.maximum(noise.variance, 1e-18)
    rng = np.random.default_rng(SEED)
    null = rng.standard_normal((SIMULATIONS, len(means))) * np.sqrt(variance)
    if noise.steps is not None:
        scale = _scatter(null, variance, noise.steps)
    else:
        scale = np.sqrt(rng.chisquare(noise.df, SIMULATIONS) / noise.df)
    p_of = dict(_search(means, 1.0 / variance, null, np.maximum(scale, 1e-12), alpha, 0))
    edges = [0, *sorted(p_of), len(means)]
    level = [float(np.average(means[start:end], weights=1.0 / variance[start:end])) for start, end in pairwise(edges)]
    return tuple(LevelChange(place, level[at], level[at + 1], p_of[place]) for at, place in enumerate(edges[1:-1]))


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


def _steps(labels: Sequence[Hashable]) -> Places:
    """Each run with the one before it of the same label; with its neighbour where such steps are too few."""
    before: dict[Hashable, int] = {}
    steps = []
    for place, label in enumerate(labels):
        if label in before:
            steps.append((before[label], place))
        before[label] = place
    return np.array(steps if len(steps) >= ENOUGH_STEPS else list(pairwise(range(len(labels)))))


def _scatter(series: Floats, variance: Floats, steps: Places) -> Floats:
    """Standard deviation of a point of unit variance, from the median standardised step; one a series."""
    start, end = steps.T
    sizes = np.abs(series[:, end] - series[:, start]) / np.sqrt(variance[end] + variance[start])
    return np.asarray(np.median(sizes, axis=1) / _NORMAL_QUARTILE)
