"""Weighing the shapes once more, on whole cells and with two-point items among them.

An unchanged cell is all its runs under one behaviour, a changed one each side under its own; which it is, is learned
along. Where both sides have many repeats each of them shows by itself how its items behave, and this teaches nothing
more.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ragtui.stats.arrays import Floats, Ints
from ragtui.stats.noise.behaviours import JUMP_CHANCES, Behaviours
from ragtui.stats.noise.chance import changed_shares, noise_posterior
from ragtui.stats.noise.levels import distinct_rows
from ragtui.stats.noise.noise_model import DEFAULT_PRIOR_UNITS, NoiseModel
from ragtui.stats.noise.two_points import TwoPoints, two_point_likelihood

MOST_RUNS = 5
"""With more repeats on the side that has fewer, single sides tell enough."""
MOST_CELLS = 400
"""More cells than this teach nothing new; evenly spaced ones are taken."""
TWO_POINT_PRIOR = 0.004
"""Share of items with each chance of a jump before anything is seen."""
_STEPS = 40
_TINY = 1e-300
_NEGLIGIBLE = 1e-9
"""A behaviour with less weight than this is no cell's."""


def chosen_cells(rows: Ints) -> Ints:
    """At most `MOST_CELLS` of some rows, evenly spaced."""
    if len(rows) <= MOST_CELLS:
        return rows
    spaced: Ints = rows[np.linspace(0, len(rows) - 1, MOST_CELLS).round().astype(np.int64)]
    return spaced


def with_two_points(model: NoiseModel, a: Floats, b: Floats, shift: Floats) -> NoiseModel:
    """The model with its shapes weighed anew, two-point items among them.

    Where an item scores within its shape, and the band, stay as they were learned.

    Args:
        a, b: level counts of cells with scores on both sides, (cells, levels).
        shift: difference of mean positions, 0 where the means are equal.
    """
    behaviours, sign = model.behaviours, np.sign(shift)
    of_shape = np.maximum(behaviours.by_shape(model.weights), _TINY)
    shown = np.flatnonzero(model.weights > _NEGLIGIBLE)
    member = np.zeros((len(shown), len(of_shape)))
    member[np.arange(len(shown)), behaviours.shape[shown]] = (model.weights / of_shape[behaviours.shape])[shown]
    usual, landing = _usual(model), behaviours.landing
    (like_a, scale_a, of_a), (like_b, scale_b, of_b) = (_likelihoods(behaviours, side, shown) for side in (a, b))
    cells = len(a)
    one = np.vstack(
        [
            np.hstack([like, two_point_likelihood(counts, scale, usual, landing)])
            for like, counts, scale in (
                ((like_a @ member)[of_a], a, scale_a),
                ((like_b @ member)[of_b], b, scale_b),
                ((like_a[of_a] * like_b[of_b]) @ member, a + b, scale_a + scale_b),
            )
        ]
    )
    repeated, telling = np.stack([side.sum(axis=1) >= 2 for side in (a, b)]), np.empty((3, cells))
    start = np.append(of_shape, np.full(len(JUMP_CHANCES), TWO_POINT_PRIOR))
    weights = start = start / start.sum()
    shares = None
    for _ in range(_STEPS):
        whole = np.maximum(one @ weights, _TINY)
        log_a, log_b, log_both = np.log(whole).reshape(3, cells)
        log_bf = log_a + log_b - log_both
        log_bf = np.where(sign == 0, np.minimum(log_bf, 0.0), log_bf)
        shares = changed_shares(log_bf, sign, shares)
        unchanged = noise_posterior(log_bf, sign, shares)
        np.multiply(repeated, 1 - unchanged, out=telling[:2])
        telling[2] = unchanged
        weights = weights * ((telling.ravel() / whole) @ one) + DEFAULT_PRIOR_UNITS * start
        weights /= weights.sum()
    shapes = len(of_shape)
    beside = model.weights * (weights[:shapes] / of_shape)[behaviours.shape]
    return replace(model, two_points=TwoPoints(weights[shapes:], usual, landing, beside))


def _likelihoods(behaviours: Behaviours, counts: Floats, shown: Ints) -> tuple[Floats, Floats, Ints]:
    """Likelihoods of the rows that differ, the logs that every row's were divided by, and which of them each row is."""
    first, place = distinct_rows(counts)
    likelihood, scale = behaviours.scaled_likelihood(counts[first], shown)
    return likelihood, scale[place], place


def _usual(model: NoiseModel) -> Floats:
    """Where items usually score, (levels,); half levels count half for each neighbour."""
    location, levels = model.behaviours.location, model.behaviours.levels
    below, above = (edge(location).clip(0, levels - 1).astype(np.int64) for edge in (np.floor, np.ceil))
    usual = np.bincount(below, model.weights, levels) + np.bincount(above, model.weights, levels)
    share: Floats = usual / usual.sum()
    return share
