"""How far the mean of an unchanged item's new runs may land from its old runs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ragtui.stats.arrays import Floats, Ints
from ragtui.stats.noise.grid import Grid

_TOLERANCE = 1e-9
_LARGEST_EXPONENT = 700.0
"""Of a band that still is a number."""


@dataclass(frozen=True, eq=False)
class Tails:
    """Chance of every distance between the mean of the new runs and the mean of the old ones.

    Distances are whole multiples of 1/lattice levels, lattice = the least common multiple of both numbers of runs,
    so that equal distances to the left and to the right are exactly equal.

    Attributes:
        below: chance that the new runs' levels sum to less than 0, 1, 2 ..., (items, sums + 1).
        old: sum of the old runs' levels, in lattice steps, (items,).
        lattice: lattice steps a level.
        step: lattice steps between two sums of the new runs.
    """

    below: Floats
    old: Ints
    lattice: int
    step: int

    def reach(self, steps: Ints) -> Floats:
        """Chance of at least so many lattice steps, one number an item; 1 at 0 steps."""
        rows, last = np.arange(len(self.below)), self.below.shape[1] - 1
        right = np.clip(-(-(self.old + steps) // self.step), 0, last)  # the first sum at least as far to the right
        left = np.clip((self.old - steps) // self.step + 1, 0, last)
        beyond = 1.0 - self.below[rows, right] + self.below[rows, left]
        chance: Floats = np.where(steps <= 0, 1.0, np.clip(beyond, 0.0, 1.0))
        return chance

    def chance(self, distance: Floats) -> Floats:
        """Chance of a distance (in levels, one an item) or more; 1 at distance 0."""
        most = self.below.shape[1] * self.step  # no run lands farther, and an outlier of 1e150 is no integer
        steps = np.minimum(np.ceil((distance - _TOLERANCE) * self.lattice), most + self.old.max(initial=0))
        return self.reach(steps.astype(np.int64))

    def half_width(self, alpha: float) -> Floats:
        """The largest distance (in levels) that an unchanged item still reaches with a chance above alpha."""
        inside = np.zeros(len(self.below), np.int64)
        outside = np.full(len(self.below), (self.below.shape[1] - 1) * self.step)
        while (outside - inside > 1).any():
            middle = (inside + outside) // 2
            reached = self.reach(middle) > alpha + 1e-12
            inside, outside = np.where(reached, middle, inside), np.where(reached, outside, middle)
        width: Floats = inside / self.lattice
        return width


def predictive_tails(below: Floats, old_total: Ints, old_runs: int, new_runs: int) -> Tails:
    """Tails of the predictive distribution around the baseline.

    Args:
        below: see `Tails`.
        old_total: sum of the baseline's levels, (items,).
        old_runs, new_runs: how many runs the two sides have.
    """
    lattice = math.lcm(old_runs, new_runs)
    return Tails(
        below=below,
        old=old_total * (lattice // old_runs),
        lattice=lattice,
        step=lattice // new_runs,
    )


def band_in_scores(half_width: Floats, grid: Grid) -> Floats:
    """A half-width in levels as score units; as a factor where levels are logarithmic."""
    if not grid.log:
        return half_width * grid.step
    band: Floats = np.exp(np.minimum(half_width * grid.step, _LARGEST_EXPONENT))
    return band
