"""Whether two sets of runs show one behaviour or two."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ragtui.stats.arrays import Floats, Ints
from ragtui.stats.noise.band import predictive_tails
from ragtui.stats.noise.grid import Grid
from ragtui.stats.noise.noise_model import NoiseModel

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
    (likelihood_a, scale_a), (likelihood_b, scale_b) = (behaviours.scaled_likelihood(side, shown) for side in (a, b))
    weights = model.weights if profile is None or not profile.any() else _profiled_weights(model, profile)
    weights = weights[..., shown]
    marginal_b = _total(likelihood_b, weights)
    posterior = likelihood_a * weights
    marginal_a = posterior.sum(axis=1)
    joint = np.einsum("nk,nk->n", posterior, likelihood_b)
    if (two := model.two_points) is not None and weights.ndim == 1:
        beside = two.beside[shown]
        marginal_a = likelihood_a @ beside + two.likelihood(a, scale_a)
        marginal_b = likelihood_b @ beside + two.likelihood(b, scale_b)
        joint = np.einsum("nk,nk->n", likelihood_a * beside, likelihood_b) + two.likelihood(a + b, scale_a + scale_b)
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
