"""Whether two sets of runs show one behaviour or two."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ragtui.stats.arrays import Floats, Ints
from ragtui.stats.noise.band import predictive_tails
from ragtui.stats.noise.behaviours import jump_chances
from ragtui.stats.noise.grid import Grid
from ragtui.stats.noise.levels import distinct_rows
from ragtui.stats.noise.noise_model import NoiseModel

_TINY = 1e-300
_NO_SHIFT = 1e-9
_NEGLIGIBLE = 1e-15
"""A behaviour that no item shows with more than this chance moves no digit."""
_TABLE_PAYS = 32
"""Up to so many entries an item a product of matrices is quicker than a sum for each item."""
_ITEMS_AT_ONCE = 128
"""Rows of behaviours that stay in a processor's cache."""


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
    runs_a, runs_b = int(a[0].sum()), int(b[0].sum())
    log_bf, below = weigh(model, a, b, profile, model.behaviours.below_sum(runs_b))
    if grid.log:
        log_bf = -np.logaddexp(-log_bf, np.log(_all_jumped(model, runs_a, runs_b)))
    total_a = (a @ np.arange(grid.levels)).astype(np.int64)
    tails = predictive_tails(below, total_a, runs_a, runs_b)
    distance = np.maximum(np.abs(shift) - grid.slack, 0.0)
    p_band = np.where(distance < _NO_SHIFT, 1.0, np.minimum(tails.chance(distance), 1.0))
    return Evidence(log_bf, p_band, tails.half_width(alpha) + grid.slack)


def _all_jumped(model: NoiseModel, runs_a: int, runs_b: int) -> float:
    """Chance that an unchanged item is slow in every run of one side and in none of the other.

    What makes a clock jump (a retry, a cold start) makes it jump about as far each time, so two such runs agree as a
    changed item's would. The dictionary lets every jump land anew and takes their agreement for a change.
    """
    chance = jump_chances(model.behaviours.levels)
    share = model.behaviours.by_shape(model.weights)
    whole: Floats = chance**runs_a * (1 - chance) ** runs_b + chance**runs_b * (1 - chance) ** runs_a
    return float(share @ whole)


def weigh(model: NoiseModel, a: Floats, b: Floats, profile: Floats | None, sums: Floats) -> tuple[Floats, Floats]:
    """Compare level counts of both sides, item by item. What only one side tells is worked out once for equal rows.

    Args:
        a, b: level counts, (items, levels), at least one score a row.
        profile: level counts of another configuration's repeats; an empty row means no profile for that item.
        sums: for every behaviour the chances of some sums of new runs, (behaviours, sums).

    Returns:
        The log Bayes factor of two behaviours against one, (items,); and the chances of the sums under the behaviours
        that the baseline shows, given its runs and how much the candidate's own runs spread, (items, sums).
    """
    (first_a, of_a), (first_b, of_b) = distinct_rows(a), distinct_rows(b)
    (like_a, scale_a), (like_b, scale_b) = (
        model.behaviours.scaled_likelihood(side) for side in (a[first_a], b[first_b])
    )
    two, weights = model.two_points, model.weights
    if profile is not None and profile.any():
        like_a, like_b, two, weights = like_a[of_a], like_b[of_b], None, _profiled_weights(model, profile)
        of_a = of_b = np.arange(len(a))
    weighed = like_a * weights
    if two is None:
        marginal_a, marginal_b = weighed.sum(axis=1), _total(like_b, weights)
        joint = _joint(weighed, like_b, of_a, of_b)
    else:
        beside, both_scales = like_a * two.beside, scale_a[of_a] + scale_b[of_b]
        marginal_a = beside.sum(axis=1) + two.likelihood(a[first_a], scale_a)
        marginal_b = like_b @ two.beside + two.likelihood(b[first_b], scale_b)
        joint = _joint(beside, like_b, of_a, of_b) + two.likelihood(a + b, both_scales)
    log_bf = np.log(marginal_a)[of_a] + np.log(marginal_b)[of_b] - np.log(np.maximum(joint, _TINY))
    return log_bf, _predicted(model, weighed, of_a, model.shape_likelihood(like_b)[of_b], sums)


def _joint(one: Floats, other: Floats, of_one: Ints, of_other: Ints) -> Floats:
    """Sums over the behaviours of one row's times another's numbers, for pairs of rows."""
    if len(one) * len(other) <= _TABLE_PAYS * len(of_one):
        table: Floats = one @ other.T
        return table[of_one, of_other]
    joint = np.empty(len(of_one))
    for start in range(0, len(joint), _ITEMS_AT_ONCE):
        part = slice(start, start + _ITEMS_AT_ONCE)
        joint[part] = np.einsum("nk,nk->n", one[of_one[part]], other[of_other[part]])
    return joint


def _predicted(model: NoiseModel, weighed: Floats, row: Ints, shapes: Floats, sums: Floats) -> Floats:
    """Chances of the sums, by the baseline's behaviours under the shapes that the candidate shows.

    A few items near each other at a time, and of the behaviours only those that any of them can have.

    Args:
        weighed: likelihood times weight, one row for each sort of baseline, (sorts, behaviours).
        row: which sort each item is, (items,).
        shapes: likelihood of each shape by the candidate's runs, (items, shapes).
        sums: see `weigh`.
    """
    shape = model.behaviours.shape
    total = np.einsum("ns,ns->n", (weighed @ model.behaviours.of_shape)[row], shapes)
    factor = shapes / total[:, None]
    predicted = np.empty((len(row), sums.shape[1]))
    for start in range(0, len(row), _ITEMS_AT_ONCE):
        part = slice(start, start + _ITEMS_AT_ONCE)
        near, by_shape = weighed[row[part]], factor[part]
        shown = np.flatnonzero(near.max(axis=0) * by_shape.max(axis=0)[shape] > _NEGLIGIBLE)
        posterior = near.take(shown, axis=1)
        posterior *= by_shape.take(shape[shown], axis=1)
        np.matmul(posterior, sums[shown], out=predicted[part])
    return predicted


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
