"""How far the mean of an unchanged item's new runs may land from its old runs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ragtui.stats.arrays import Floats, Ints

_TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class Tails:
    """Chance of every distance between the mean of the new runs and the mean of the old ones.

    Distances are whole multiples of 1/lattice levels, lattice = the least common multiple of both numbers of runs,
    so that equal distances to the left and to the right are exactly equal.

    Attributes:
        reach: chance of at least so many lattice steps, (items, steps); falls from left to right.
        lattice: lattice steps a level.
    """

    reach: Floats
    lattice: int

    def chance(self, distance: Floats) -> Floats:
        """Chance of a distance (in levels, one an item) or more; 1 at distance 0."""
        steps = np.ceil(distance * self.lattice - _TOLERANCE * self.lattice).astype(np.int64)
        beyond = steps >= self.reach.shape[1]
        rows = np.arange(len(steps))
        return np.where(beyond, 0.0, self.reach[rows, np.where(beyond, 0, np.maximum(steps, 0))])

    def half_width(self, alpha: float) -> Floats:
        """The largest distance (in levels) that an unchanged item still reaches with a chance above alpha."""
        inside: Floats = ((self.reach > alpha + 1e-12).sum(axis=1) - 1) / self.lattice
        return inside


def predictive_tails(sums: Floats, old_total: Ints, old_runs: int, new_runs: int) -> Tails:
    """Tails of the predictive distribution around the baseline.

    Args:
        sums: chance of every sum of the new runs' levels, (items, new_runs * (levels - 1) + 1).
        old_total: sum of the baseline's levels, (items,).
        old_runs, new_runs: how many runs the two sides have.
    """
    lattice = math.lcm(old_runs, new_runs)
    new_position = np.arange(sums.shape[1]) * (lattice // new_runs)
    old_position = old_total * (lattice // old_runs)
    steps = np.abs(new_position[None, :] - old_position[:, None])
    width = int(new_position[-1]) + 1
    flat = steps + np.arange(len(sums))[:, None] * width
    chance: Floats = np.bincount(flat.ravel(), sums.ravel(), len(sums) * width).astype(float).reshape(len(sums), width)
    reach: Floats = np.cumsum(chance[:, ::-1], axis=1)[:, ::-1]
    return Tails(reach, lattice)
