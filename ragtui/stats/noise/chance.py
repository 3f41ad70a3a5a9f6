"""From how far runs speak for a change to the chance that it is noise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ragtui.model import Kind
from ragtui.stats.arrays import Bools, Floats, Ints
from ragtui.stats.noise.sizes import Sizes

CHANGED_PRIOR = (0.1, 4.9)
"""Beta prior of the share of changed cells: mean 2 %, worth five cells.

A weak prior tells a lone cell from one among several: with as many false flags in unchanged comparisons, more is found
where much changed.
"""
CHANGED_MAX = 0.9
"""Half of it each way. Nearly all cells may have changed; a share of one would leave no chance of noise."""
FULL_RUNS = 3
"""Runs a side from which on the learned noise is better known."""


class Stated(NamedTuple):
    """How odds of noise are stated that the posterior takes for `odds`: factor * odds ** power."""

    factor: float
    power: float


STATED: Mapping[Kind | None, tuple[Stated, Stated, Stated]] = {
    Kind.BINARY: (Stated(1.0, 1.0), Stated(1.45, 0.8), Stated(3.2, 1.1)),
    Kind.ORDINAL: (Stated(1.45, 0.8), Stated(1.5, 0.85), Stated(0.96, 0.72)),
    Kind.UNIT: (Stated(1.45, 0.8), Stated(1.45, 0.8), Stated(0.8, 0.65)),
    Kind.LINEAR: (Stated(1.45, 0.8), Stated(1.45, 0.8), Stated(0.8, 0.65)),
    Kind.LOGPOS: (Stated(1.0, 0.8), Stated(1.0, 0.75), Stated(1.25, 0.8)),
    None: (Stated(1.45, 0.8), Stated(1.45, 0.8), Stated(1.25, 0.8)),
}
"""By the kind of the grid, None for labels; with one run on the side that has fewer, with two, and with more.

Fitted on simulated comparisons of 40 items, small changes and large ones together, held to at most 1 of 1,000
unchanged cells proven, and measured on others (`tests/bench/oracle.py`).
"""
_LEARNED_FROM = 60.0
_PIVOT = -1.0
"""Of yes or no with a single run on a side, all that speaks is how seldom items flip, which few items tell badly: of 40
simulated ones what the posterior takes for 1 % is noise in 15 of 100 cells, and so is what it takes for 10 %; of 1,000
it is right. So log odds keep their distance from the pivot as far as there were items to learn from, half at 60.
"""
_LOG_BF_LIMIT = 50.0
_TINY = 1e-300
_STEPS = 50
_ROUNDS = 6
"""So often what is known of sizes and which cells changed are told from each other."""
_SETTLED = 1e-11
"""Shares that move by no more of themselves than this move no further."""


class Shares(NamedTuple):
    """Shares of cells that really changed, by direction of the shift."""

    down: float
    up: float

    @property
    def total(self) -> float:
        """Share of changed cells, whichever way."""
        return self.down + self.up


class Changes(NamedTuple):
    """What the changed cells of a metric are like: how many there are each way, and how far they moved."""

    shares: Shares
    sizes: Sizes | None


def chance_of_noise(log_bf: Floats, shift: Floats, usable: Bools, sizes: Sizes | None = None) -> tuple[Floats, Changes]:
    """Two-group posterior: P(noise) of every cell, and what it takes changed cells to be like.

    After Efron (2010), local false discovery rate: the shares are learned from the usable cells, which is what keeps
    the expected share of noise among all proven cells below the largest P(noise) accepted. There is one share for each
    direction, because changes of a pipeline tend to go one way: where most proven cells fall, another fall is likelier
    than a rise as large. How far changed cells move is learned along, for the same reason.

    Args:
        log_bf: log Bayes factors.
        shift: difference of mean positions.
        usable: cells with scores on both sides.
        sizes: of changes, nothing known of them yet; None where a shift has no size.
    """
    evidence, moved = log_bf[usable], shift[usable]
    sign = np.sign(moved)
    shares = changed_shares(evidence, sign)
    if sizes is None:
        return noise_posterior(log_bf, np.sign(shift), shares), Changes(shares, None)
    changed = 1 - noise_posterior(evidence, sign, shares)
    for _ in range(_ROUNDS):
        sizes = sizes.learned(moved, changed)
        sized = evidence + sizes.log_factor(moved, changed)
        shares = changed_shares(sized, sign, shares)
        changed = 1 - noise_posterior(sized, sign, shares)
    p_noise = np.full(len(log_bf), np.nan)
    p_noise[usable] = 1 - changed
    return p_noise, Changes(shares, sizes)


def changed_shares(log_bf: Floats, sign: Floats, start: Shares | None = None) -> Shares:
    """Shares of really changed cells, by EM under a prior of 1 % each way worth five cells.

    A change of known direction has the one sign it has, an unchanged cell either with equal chance: the sign counts as
    a factor of two.

    Args:
        start: shares found for nearly the same cells, from which the steps are few.
    """
    factors = np.stack(_by_direction(log_bf, sign))
    cells = factors.shape[1]
    changed, unchanged = CHANGED_PRIOR
    pseudo, weight = changed / 2, changed + unchanged
    down, up = start or (pseudo / weight, pseudo / weight)
    for _ in range(_STEPS):
        total = np.dot((down, up), factors)
        total += 1 - down - up
        falls, rises = np.dot(factors, np.reciprocal(total, out=total)).tolist()
        before = down, up
        down = min((falls * down + pseudo) / (cells + weight), CHANGED_MAX / 2)
        up = min((rises * up + pseudo) / (cells + weight), CHANGED_MAX / 2)
        if abs(down - before[0]) <= _SETTLED * down and abs(up - before[1]) <= _SETTLED * up:
            break
    return Shares(down, up)


def noise_posterior(log_bf: Floats, sign: Floats, shares: Shares) -> Floats:
    """P(noise) of cells under given shares of changed cells."""
    falls, rises = _by_direction(log_bf, sign)
    unchanged = 1 - shares.total
    posterior: Floats = unchanged / (falls * shares.down + rises * shares.up + unchanged)
    return posterior


def calibrated(p_noise: Floats, fewest: Floats | Ints, kind: Kind | None, units: int) -> Floats:
    """Chances of noise that come true, from those of the posterior.

    The posterior takes the learned noise for known, so it is too sure of itself: log odds are a straight line in its
    own (Platt 1999), another one for each kind of scores and number of runs.

    Args:
        p_noise: posterior chances.
        fewest: runs of the side that has fewer, one entry a chance.
        kind: of the grid; None for labels.
        units: repeated item-sides that the noise was learned from.
    """
    lines = np.array(STATED[kind])
    if kind is Kind.BINARY:
        power = units / (units + _LEARNED_FROM)
        lines[0] = np.exp(_PIVOT * (1 - power)), power
    factor, power = lines.T[:, np.clip(fewest, 1, FULL_RUNS).astype(np.int64) - 1]
    odds = factor * (p_noise / np.maximum(1 - p_noise, _TINY)) ** power
    stated: Floats = odds / (1 + odds)
    return np.where(p_noise >= 1, 1.0, stated)


def _by_direction(log_bf: Floats, sign: Floats) -> tuple[Floats, Floats]:
    """Bayes factors of a fall and of a rise against no change."""
    factor = np.exp(np.minimum(np.maximum(log_bf, -_LOG_BF_LIMIT), _LOG_BF_LIMIT))
    return factor * (1 - sign), factor * (1 + sign)
