"""Whether two sets of runs show one behaviour or two."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ragtui.stats.arrays import Bools, Floats
from ragtui.stats.noise.band import predictive_tails
from ragtui.stats.noise.grid import Grid
from ragtui.stats.noise.noise_model import NoiseModel

CHANGED_PRIOR = (1.0, 9.0)
"""Beta prior of the share of changed cells: mean 10 %, worth ten cells."""
CHANGED_MAX = 0.5
_LOG_BF_LIMIT = 50.0
_STEPS = 50
_TINY = 1e-300
_NO_SHIFT = 1e-9


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
    log_bf, posterior = weigh(model, a, b, profile)
    runs_a, runs_b = int(a[0].sum()), int(b[0].sum())
    total_a = (a @ np.arange(grid.levels)).astype(np.int64)
    tails = predictive_tails(posterior @ model.behaviours.sum_pmf(runs_b), total_a, runs_a, runs_b)
    distance = np.maximum(np.abs(shift) - grid.slack, 0.0)
    p_band = np.where(distance < _NO_SHIFT, 1.0, np.minimum(tails.chance(distance), 1.0))
    return Evidence(log_bf, p_band, tails.half_width(alpha) + grid.slack)


def weigh(model: NoiseModel, a: Floats, b: Floats, profile: Floats | None) -> tuple[Floats, Floats]:
    """Compare level counts of both sides, item by item.

    Args:
        a, b: level counts, (items, levels), at least one score a row.
        profile: level counts of another configuration's repeats; an empty row means no profile for that item.

    Returns:
        The log Bayes factor of two behaviours against one, (items,), and the band posterior: which behaviour the
        baseline shows, given its runs and how much the candidate's own runs spread, (items, behaviours).
    """
    behaviours = model.behaviours
    likelihood_a, likelihood_b = behaviours.relative_likelihood(a), behaviours.relative_likelihood(b)
    weights = model.weights if profile is None or not profile.any() else _profiled_weights(model, profile)
    marginal_b = _total(likelihood_b, weights)
    posterior = likelihood_a * weights
    marginal_a = posterior.sum(axis=1)
    joint = np.einsum("nk,nk->n", posterior, likelihood_b)
    log_bf = np.log(marginal_a) + np.log(marginal_b) - np.log(np.maximum(joint, _TINY))
    posterior *= model.shape_likelihood(likelihood_b)[:, behaviours.shape]
    posterior /= posterior.sum(axis=1, keepdims=True)
    return log_bf, posterior


def _total(likelihood: Floats, weights: Floats) -> Floats:
    total: Floats = likelihood @ weights if weights.ndim == 1 else np.einsum("nk,nk->n", likelihood, weights)
    return total


def _profiled_weights(model: NoiseModel, profile: Floats) -> Floats:
    """Weights of one item each: the shape an item showed under another configuration carries over, its level not."""
    behaviours = model.behaviours
    shape = model.shape_likelihood(behaviours.relative_likelihood(profile))
    shape[profile.sum(axis=1) == 0] = 1.0
    weights = shape[:, behaviours.shape] * model.weights
    normalised: Floats = weights / weights.sum(axis=1, keepdims=True)
    return normalised


def chance_of_noise(log_bf: Floats, usable: Bools) -> tuple[Floats, float]:
    """Two-group posterior: P(noise) of every cell, and the share of changed cells it was found with.

    After Efron (2010), local false discovery rate: the share is learned from the usable cells, which is what keeps
    the expected share of noise among all proven cells below the largest P(noise) accepted.
    """
    share = changed_share(log_bf[usable])
    return noise_posterior(log_bf, share), share


def changed_share(log_bf: Floats) -> float:
    """Share of really changed cells, by EM under a prior of 10 % worth ten cells; never above one half."""
    factor = np.exp(np.clip(log_bf, -_LOG_BF_LIMIT, _LOG_BF_LIMIT))
    changed, unchanged = CHANGED_PRIOR
    share = changed / (changed + unchanged)
    for _ in range(_STEPS):
        posterior = share * factor / (share * factor + 1 - share)
        share = min((float(posterior.sum()) + changed) / (len(factor) + changed + unchanged), CHANGED_MAX)
    return share


def noise_posterior(log_bf: Floats, share: float) -> Floats:
    """P(noise) of cells under a given share of changed cells."""
    factor = np.exp(np.clip(log_bf, -_LOG_BF_LIMIT, _LOG_BF_LIMIT))
    posterior: Floats = (1 - share) / (share * factor + 1 - share)
    return posterior
