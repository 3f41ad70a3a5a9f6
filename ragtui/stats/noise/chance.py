"""From how far runs speak for a change to the chance that it is noise."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

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
UNSURE = (1.45, 1.25)
"""Factor on the odds of noise with fewer runs than that on a side, and with as many."""
HUMBLE = 0.8
"""Power of the odds of noise: the surer the posterior is, the more of its surety is the model's own."""
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


def calibrated(p_noise: Floats, fewest: Floats | Ints) -> Floats:
    """Chances of noise that come true, from those of the posterior.

    The posterior takes the learned noise for known, so it is too sure of itself, and more so the surer it is: log odds
    are a straight line in its own (Platt 1999). Fitted over four kinds of scores and five designs, by logistic
    regression of what was noise among cells outside their bands; `tests/bench/oracle.py` prints what was stated beside
    what was true.

    Args:
        p_noise: posterior chances.
        fewest: runs of the side that has fewer.
    """
    few, full = UNSURE
    factor = np.where(fewest < FULL_RUNS, few, full)
    odds = factor * (p_noise / np.maximum(1 - p_noise, _TINY)) ** HUMBLE
    stated: Floats = odds / (1 + odds)
    return np.where(p_noise >= 1, 1.0, stated)


def _by_direction(log_bf: Floats, sign: Floats) -> tuple[Floats, Floats]:
    """Bayes factors of a fall and of a rise against no change."""
    factor = np.exp(np.clip(log_bf, -_LOG_BF_LIMIT, _LOG_BF_LIMIT))
    return factor * (1 - sign), factor * (1 + sign)
