"""Whether two sets of runs show one behaviour or two."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ragtui.stats.arrays import Bools, Floats, Ints
from ragtui.stats.noise.band import predictive_tails
from ragtui.stats.noise.grid import Grid
from ragtui.stats.noise.noise_model import NoiseModel

CHANGED_PRIOR = (1.0, 9.0)
"""Beta prior of the share of changed cells: mean 10 %, worth ten cells."""
CHANGED_MAX = 0.9
"""Half of it each way. Nearly all cells may have changed; a share of one would leave no chance of noise."""
FULL_RUNS = 3
"""Runs a side from which on the chance of noise is nearly what the posterior says."""
_LINE_FEW, _LINE_FULL = (0.2, 0.75), (0.1, 0.9)
"""Offset and slope of the log odds with fewer runs than that, and with as many."""
_ODDS_LIMIT = 700.0
_LOG_BF_LIMIT = 50.0
_STEPS = 50
_TINY = 1e-300
_NO_SHIFT = 1e-9
_MANY_BEHAVIOURS = 200
"""From so many on it pays to ask first which of them are possible at all."""
_IMPOSSIBLE = -32.0
"""Log chance of a behaviour beside the best one's below which it moves no digit."""


class Evidence(NamedTuple):
    """What the runs of some items say, one entry an item; widths in levels."""

    log_bf: Floats
    p_band: Floats
    half_width: Floats


def judge_counts(
    model: NoiseModel, grid: Grid, a: Floats, b: Floats, profile: Floats | None, shift: Floats, alpha: float
) -> Evidence:
    """Evidence and band of items that all have the same numbers of runs.

    Args:
        a, b, profile: level counts, (items, levels); see `weigh`.
        shift: difference of mean positions, in levels, (items,).
        alpha: level of the band.
    """
    log_bf, posterior, shown = weigh(model, a, b, profile)
    runs_a, runs_b = int(a[0].sum()), int(b[0].sum())
    total_a = (a @ np.arange(grid.levels)).astype(np.int64)
    tails = predictive_tails(posterior, model.behaviours.below_sum(runs_b)[shown], total_a, runs_a, runs_b)
    distance = np.maximum(np.abs(shift) - grid.slack, 0.0)
    p_band = np.where(distance < _NO_SHIFT, 1.0, np.minimum(tails.chance(distance), 1.0))
    return Evidence(log_bf, p_band, tails.half_width(alpha) + grid.slack)


def weigh(model: NoiseModel, a: Floats, b: Floats, profile: Floats | None) -> tuple[Floats, Floats, Ints]:
    """Compare level counts of both sides, item by item.

    Args:
        a, b: level counts, (items, levels), at least one score a row.
        profile: level counts of another configuration's repeats; an empty row means no profile for that item.

    Returns:
        The log Bayes factor of two behaviours against one, (items,); the band posterior: which behaviour the baseline
        shows, given its runs and how much the candidate's own runs spread, (items, shown); and which behaviours those
        are, (shown,): all that any of the items can have.
    """
    behaviours = model.behaviours
    shown = np.arange(len(behaviours))
    if len(behaviours) > _MANY_BEHAVIOURS and (profile is None or not profile.any()):
        shown = _possible(model, a, b)
    likelihood_a, likelihood_b = (behaviours.relative_likelihood(counts, shown) for counts in (a, b))
    weights = model.weights if profile is None or not profile.any() else _profiled_weights(model, profile)
    weights = weights[..., shown]
    marginal_b = _total(likelihood_b, weights)
    posterior = likelihood_a * weights
    marginal_a = posterior.sum(axis=1)
    joint = np.einsum("nk,nk->n", posterior, likelihood_b)
    log_bf = np.log(marginal_a) + np.log(marginal_b) - np.log(np.maximum(joint, _TINY))
    posterior *= model.shape_likelihood(likelihood_b, shown)[:, behaviours.shape[shown]]
    posterior /= posterior.sum(axis=1, keepdims=True)
    return log_bf, posterior, shown


def _possible(model: NoiseModel, a: Floats, b: Floats) -> Ints:
    """Behaviours that are not out of the question for every item: as one side's, or as that of both.

    Half the usual precision is plenty for that, and twice as fast.
    """
    rough, weights = model.behaviours.log_pmf.astype(np.float32), model.log_weights.astype(np.float32)
    seen_a, seen_b = np.flatnonzero(a.any(axis=0)), np.flatnonzero(b.any(axis=0))
    first = a[:, seen_a].astype(np.float32) @ rough[seen_a]
    first += weights
    second = b[:, seen_b].astype(np.float32) @ rough[seen_b]
    both = first + second
    second += weights
    best = np.full(len(weights), -np.inf)
    for log in (first, second, both):
        log -= log.max(axis=1, keepdims=True)
        np.maximum(best, log.max(axis=0), out=best)
    return np.flatnonzero(best > _IMPOSSIBLE)


def _total(likelihood: Floats, weights: Floats) -> Floats:
    total: Floats = likelihood @ weights if weights.ndim == 1 else np.einsum("nk,nk->n", likelihood, weights)
    return total


def _profiled_weights(model: NoiseModel, profile: Floats) -> Floats:
    """Weights of one item each: the shape an item showed under another configuration carries over, its level not."""
    behaviours = model.behaviours
    shape = model.shape_likelihood(behaviours.relative_likelihood(profile), np.arange(len(behaviours)))
    shape[profile.sum(axis=1) == 0] = 1.0
    weights = shape[:, behaviours.shape] * model.weights
    normalised: Floats = weights / weights.sum(axis=1, keepdims=True)
    return normalised


class Shares(NamedTuple):
    """Shares of cells that really changed, by direction of the shift."""

    down: float
    up: float

    @property
    def total(self) -> float:
        """Share of changed cells, whichever way."""
        return self.down + self.up


def chance_of_noise(log_bf: Floats, shift: Floats, usable: Bools) -> tuple[Floats, Shares]:
    """Two-group posterior: P(noise) of every cell, and the shares of changed cells it was found with.

    After Efron (2010), local false discovery rate: the shares are learned from the usable cells, which is what keeps
    the expected share of noise among all proven cells below the largest P(noise) accepted. There is one share for each
    direction, because changes of a pipeline tend to go one way: where most proven cells fall, another fall is likelier
    than a rise as large.

    Args:
        log_bf: log Bayes factors.
        shift: difference of mean positions; only its sign counts.
        usable: cells with scores on both sides.
    """
    sign = np.sign(shift)
    shares = changed_shares(log_bf[usable], sign[usable])
    return noise_posterior(log_bf, sign, shares), shares


def changed_shares(log_bf: Floats, sign: Floats) -> Shares:
    """Shares of really changed cells, by EM under a prior of 5 % each way worth ten cells.

    A change of known direction has the one sign it has, an unchanged cell either with equal chance: the sign counts as
    a factor of two.
    """
    falls, rises = _by_direction(log_bf, sign)
    changed, unchanged = CHANGED_PRIOR
    weight = changed + unchanged
    down = up = changed / weight / 2
    for _ in range(_STEPS):
        total = falls * down + rises * up + (1 - down - up)
        down, up = (
            min((float((part / total).sum()) * share + changed / 2) / (len(falls) + weight), CHANGED_MAX / 2)
            for part, share in ((falls, down), (rises, up))
        )
    return Shares(down, up)


def noise_posterior(log_bf: Floats, sign: Floats, shares: Shares) -> Floats:
    """P(noise) of cells under given shares of changed cells."""
    falls, rises = _by_direction(log_bf, sign)
    unchanged = 1 - shares.total
    posterior: Floats = unchanged / (falls * shares.down + rises * shares.up + unchanged)
    return posterior


def calibrated(p_noise: Floats, fewest: Floats | Ints) -> Floats:
    """Chances of noise that come true, from those of the posterior.

    The posterior takes the learned noise for known, so it is too sure of itself: of simulated cells at .06 some 14 %
    were noise, at .02 some 5 %. A line through the log odds mends that (Platt 1999); its slope was fitted over four
    kinds of scores and six designs, where the fewest runs of a side are below three and where they are not
    (`tests/bench/calibration.py` prints what was stated beside what was true).

    Args:
        p_noise: posterior chances.
        fewest: runs of the side that has fewer.
    """
    odds = np.log(np.clip(p_noise, _TINY, 1.0)) - np.log(np.maximum(1 - p_noise, 1e-16))
    offset, slope = (np.where(fewest < FULL_RUNS, few, full) for few, full in zip(_LINE_FEW, _LINE_FULL, strict=True))
    stated: Floats = 1 / (1 + np.exp(-np.clip(offset + slope * odds, -_ODDS_LIMIT, _ODDS_LIMIT)))
    return stated


def _by_direction(log_bf: Floats, sign: Floats) -> tuple[Floats, Floats]:
    """Bayes factors of a fall and of a rise against no change."""
    factor = np.exp(np.clip(log_bf, -_LOG_BF_LIMIT, _LOG_BF_LIMIT))
    return factor * (1 - sign), factor * (1 + sign)
