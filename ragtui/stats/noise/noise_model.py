"""Learning how a metric is noisy: an empirical-Bayes mixture of item behaviours, fitted by EM.

After Efron (2010, "Large-Scale Inference") and Ignatiadis & Sen (2025, "Empirical partially Bayes multiple testing"):
only the nuisance (the noise) gets a learned prior; whether an item changed is judged given that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from ragtui.stats.arrays import Floats, Ints
from ragtui.stats.noise.behaviours import Behaviours, shapes_for
from ragtui.stats.noise.levels import distinct_rows
from ragtui.stats.noise.two_points import TwoPoints

DEFAULT_PRIOR_UNITS = 4.0
"""The default prior weighs as much as this many repeated item-sides."""
DETERMINISTIC_SHARE = 0.5
"""Share of items the default prior takes for exactly repeatable."""
ZONE_SHRINKAGE = 10.0
"""Item-sides' worth of weight that pull a zone's shapes towards the metric's."""
LOCATION_PSEUDO_COUNT = 0.5
STEPS = 60
_UNITS_AT_ONCE = 128
_IMPOSSIBLE = 1e-24
"""Likelihood of a behaviour beside the best one's below which no weight makes it count."""
MAX_UNITS = 1500
"""More repeated item-sides than this teach nothing new; evenly spaced ones are taken."""


@dataclass(frozen=True, eq=False)
class NoiseModel:
    """What was learned about one metric.

    Attributes:
        behaviours: the dictionary.
        weights: share of each behaviour, (behaviours,).
        shape_weights: share of each shape over all zones, (shapes,).
        units: repeated item-sides it was learned from, before thinning.
        zone_shapes: learned weight of each shape at the bottom, in the middle and at the top, (3, shapes).
        two_points: behaviours that jump between two scores of their own; None where they were not looked for.
    """

    behaviours: Behaviours
    weights: Floats
    shape_weights: Floats
    units: int
    zone_shapes: Floats
    two_points: TwoPoints | None = None

    def shape_likelihood(self, likelihood: Floats) -> Floats:
        """Likelihood of each shape with the level integrated out, rows scaled to a maximum of 1.

        Args:
            likelihood: relative likelihoods, (rows, behaviours).
        """
        by_shape = (likelihood @ self._weighed_shapes) / np.maximum(self.behaviours.by_shape(self.weights), 1e-300)
        scaled: Floats = by_shape / by_shape.max(axis=1, keepdims=True)
        return scaled

    @cached_property
    def _weighed_shapes(self) -> Floats:
        return self.behaviours.of_shape * self.weights[:, None]


def default_shape_prior(levels: int) -> Floats:
    """Half on "never varies", the rest spread evenly."""
    shapes = len(shapes_for(levels))
    prior = np.full(shapes, (1 - DETERMINISTIC_SHARE) / (shapes - 1))
    prior[0] = DETERMINISTIC_SHARE
    return prior


def spaced(units: int) -> Ints:
    """Places of at most `MAX_UNITS` of so many units, evenly spaced."""
    if units <= MAX_UNITS:
        return np.arange(units)
    places: Ints = np.linspace(0, units - 1, MAX_UNITS).round().astype(np.int64)
    return places


def fit_noise(
    units: ArrayLike, levels: int, frequencies: ArrayLike | None = None, seen: int | None = None
) -> NoiseModel:
    """Learn the weights of the behaviours from repeated item-sides.

    Args:
        units: level counts of item-sides with at least two repeats, (units, levels); any number, even none.
        levels: how many levels the grid has.
        frequencies: how often each level is seen overall, (levels,).
        seen: how many item-sides there were, where `units` are a selection of them.
    """
    repeated = np.asarray(units, float).reshape(-1, levels)
    behaviours = Behaviours(levels, frequencies)
    distinct, multiplicity = _distinct(repeated[spaced(len(repeated))])
    blocks = list(_blocks(behaviours, distinct, multiplicity))
    prior = _Prior(behaviours)
    for _ in range(STEPS):
        weights = prior.weights()
        expected = np.zeros(len(behaviours))
        for likelihood, times, shown in blocks:
            expected[shown] += likelihood.T @ (times / (likelihood @ weights[shown]))
        prior.update(weights * expected)
    count = len(repeated) if seen is None else seen
    return NoiseModel(behaviours, prior.weights(), prior.shape, count, prior.zone_shapes)


def located_weights(behaviours: Behaviours, zone_shapes: Floats, scores: Floats) -> Floats:
    """Weights of the behaviours when how items are noisy is known, and where they score is learned from single scores.

    Args:
        zone_shapes: share of each shape at the bottom, in the middle and at the top, (3, shapes).
        scores: how often each level is seen, (levels,).
    """
    prior = _Prior(behaviours, zone_shapes)
    seen = np.flatnonzero(scores)
    likelihood = behaviours.pmf[:, seen].T
    for _ in range(STEPS):
        weights = prior.weights()
        prior.locate(weights * (likelihood.T @ (scores[seen] / (likelihood @ weights))))
    return prior.weights()


def _distinct(units: Floats) -> tuple[Floats, Ints]:
    """Units that differ, and how many there are of each."""
    if not len(units):
        return units, np.zeros(0, np.int64)
    first, place = distinct_rows(units)
    return units[first], np.bincount(place)


def _blocks(behaviours: Behaviours, units: Floats, times: Ints) -> Iterator[tuple[Floats, Ints, Ints]]:
    """Likelihoods of units near each other under the behaviours that any of them can have, with numbers of units.

    What the others would add is less than rounding does, and they are most of all where units have many repeats.
    """
    order = np.argsort(units @ np.arange(units.shape[1]) / np.maximum(units.sum(axis=1), 1), kind="stable")
    for start in range(0, len(order), _UNITS_AT_ONCE):
        near = order[start : start + _UNITS_AT_ONCE]
        likelihood = behaviours.relative_likelihood(units[near])
        shown = np.flatnonzero(likelihood.max(axis=0) > _IMPOSSIBLE)
        yield np.ascontiguousarray(likelihood[:, shown]), times[near], shown


class _Prior:
    """Weights in their factors: shape (overall and by zone) times location within the shape."""

    def __init__(self, behaviours: Behaviours, zone_shapes: Floats | None = None) -> None:
        self._behaviours = behaviours
        self._default = default_shape_prior(behaviours.levels)
        locations, self._location_index = np.unique(behaviours.location, return_inverse=True)
        self.shape = self._default
        self.zone_shapes = np.tile(self._default, (3, 1)) if zone_shapes is None else zone_shapes
        self._zone_and_shape = behaviours.zone * len(behaviours.shapes) + behaviours.shape
        self._location = np.full(len(locations), 1.0 / len(locations))

    def weights(self) -> Floats:
        """One weight a behaviour, summing to 1."""
        b = self._behaviours
        location = self._location[self._location_index]
        weights = location / b.by_shape(location)[b.shape] * self.zone_shapes.ravel()[self._zone_and_shape]
        normalised: Floats = weights / weights.sum()
        return normalised

    def update(self, expected: Floats) -> None:
        """M step: expected numbers of item-sides a behaviour become new, shrunken factors."""
        b = self._behaviours
        by_shape = b.by_shape(expected)
        total = DEFAULT_PRIOR_UNITS * self._default
        self.shape = (by_shape + total) / (by_shape.sum() + DEFAULT_PRIOR_UNITS)
        by_zone = np.bincount(self._zone_and_shape, expected, self.zone_shapes.size).reshape(self.zone_shapes.shape)
        shrunken = by_zone + ZONE_SHRINKAGE * self.shape
        self.zone_shapes = shrunken / (by_zone.sum(axis=1, keepdims=True) + ZONE_SHRINKAGE)
        self.locate(expected)

    def locate(self, expected: Floats) -> None:
        """The part of the M step that says where items score."""
        by_location = np.bincount(self._location_index, expected, len(self._location)) + LOCATION_PSEUDO_COUNT
        self._location = by_location / by_location.sum()
