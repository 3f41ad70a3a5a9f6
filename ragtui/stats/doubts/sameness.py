"""How likely repeats agree in everything, given the noise that others show."""

from __future__ import annotations

import numpy as np

from ragtui.model import Metric, Scores
from ragtui.stats.arrays import Floats, Ints
from ragtui.stats.noise.grid import Grid, make_grid
from ragtui.stats.noise.levels import count_levels
from ragtui.stats.noise.noise_model import NoiseModel, fit_noise
from ragtui.stats.refusal import kind_of

_MOST_ITEMS = 500
"""Enough to tell; evenly spaced ones are taken of more."""
_LEAST_LIVE = 10
"""Repeated items that the noise must be known from."""


def chance_of_no_variation(frozen: Scores, live: Scores, metric: Metric) -> float | None:
    """Chance that no item of a side varies, if it is as noisy as another side is.

    Each item's behaviour is taken from the other side's scores of it, or from the other side as a whole where that
    does not have the item.

    Returns:
        None when the other side shows too little, or there is no score.
    """
    rows = _spaced([row for row, item in enumerate(frozen.items) if item in live.row_of])
    values = frozen.of(metric.name)[rows]
    known = live.of(metric.name)[[live.row_of[frozen.items[row]] for row in rows]]
    learned = _learn(np.concatenate([live.of(metric.name).ravel(), values.ravel()]), live.of(metric.name), metric)
    if learned is None or not len(rows):
        return None
    grid, model = learned
    pmf = model.behaviours.pmf
    runs = np.isfinite(values).sum(axis=1)
    equal = np.array([(pmf**n).sum(axis=1) for n in range(int(runs.max(initial=0)) + 1)])
    return _product((_posterior(model, grid.indices(known), grid) * equal[runs]).sum(axis=1)[runs >= 2])


def chance_of_twin(side: Scores, one: int, other: int, metric: Metric) -> float | None:
    """Chance that repeat `other` equals repeat `one` on every item, given all repeats but `other`."""
    rest = [layer for layer in range(len(side.repeats)) if layer != other]
    values = side.of(metric.name)
    learned = _learn(values.ravel(), values[:, rest], metric)
    if learned is None:
        return None
    grid, model = learned
    rows = _spaced(np.flatnonzero(np.isfinite(values[:, [one, other]]).all(axis=1)).tolist())
    levels = grid.indices(values[rows])
    posterior = _posterior(model, levels[:, rest], grid)
    agree = np.einsum("ik,ki->i", posterior, model.behaviours.pmf[:, levels[:, one]])
    return _product(agree)


def _learn(scale: Floats, repeated: Floats, metric: Metric) -> tuple[Grid, NoiseModel] | None:
    grid = make_grid(scale, kind_of(metric, scale), metric.scale)
    if grid is None:
        return None
    counts = count_levels(grid.indices(repeated), grid.levels)
    units = counts[counts.sum(axis=1) >= 2]
    if len(units) < _LEAST_LIVE:
        return None
    return grid, fit_noise(units, grid.levels, counts.sum(axis=0))


def _posterior(model: NoiseModel, levels: Ints, grid: Grid) -> Floats:
    weighed = model.behaviours.relative_likelihood(count_levels(levels, grid.levels)) * model.weights
    posterior: Floats = weighed / weighed.sum(axis=1, keepdims=True)
    return posterior


def _product(chances: Floats) -> float | None:
    return float(np.exp(np.log(np.maximum(chances, 1e-12)).sum())) if len(chances) else None


def _spaced(rows: list[int]) -> list[int]:
    if len(rows) <= _MOST_ITEMS:
        return rows
    return [rows[place] for place in np.linspace(0, len(rows) - 1, _MOST_ITEMS).round().astype(int)]
