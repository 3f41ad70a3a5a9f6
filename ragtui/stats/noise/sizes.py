"""How large the changes of a comparison are, learned from its own cells.

The Bayes factor lets a changed item go anywhere that items score. But what breaks several items often breaks them
alike: a level less, a hundred milliseconds more. Where some cells have surely fallen by two levels, one more fall by
about two is likelier a change than one by any other size, as a fall is likelier than a rise where most fell (`chance`).

So a changed item has the size that the other changed items show, with a share that any size has. How common a size is
among changes is held against how common it is among pairs of items drawn at random, which is what the Bayes factor
takes a change to be. A cell never speaks for itself: a lone one is judged as before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ragtui.stats.arrays import Floats, Ints
from ragtui.stats.noise.grid import MAX_LEVELS

ANY_SIZE = 4.0
"""Changes of any size that are believed in before any is seen, in cells."""
_REACH = (0.5, 1.5)
"""How near two sizes are alike, as a standard deviation in levels: on few levels, and on many."""
_POINTS_A_REACH = 4
_MOST_ROWS = 128
"""So many items show well enough how far apart any two are."""
_RARE = 1e-9


class Moves(NamedTuple):
    """Where the cells of one metric stand and how far they moved, in levels; one entry a cell."""

    before: Floats
    shift: Floats


@dataclass(frozen=True, eq=False)
class Sizes:
    """Sizes on a lattice; the first row of each pair of rows is of falls, the second of rises.

    Attributes:
        point: distance of two lattice points, in levels.
        near: how much each size counts for every other, 1 for itself, (points, points).
        anyhow: density of each size between two items drawn at random, (2, points).
        seen: sum of the chances of being changed of the cells near each size, (2, points).
        total: of all cells, (2,).
    """

    point: float
    near: Floats
    anyhow: Floats
    seen: Floats
    total: Floats

    @classmethod
    def of(cls, moves: Moves, levels: int) -> Sizes:
        """Sizes of which no change is known yet."""
        reach = _REACH[levels > MAX_LEVELS]
        point = reach / _POINTS_A_REACH
        points = int(np.ceil(levels / point)) + 1
        apart = np.arange(points) - np.arange(points)[:, None]
        near = np.exp(-0.5 * (apart * point / reach) ** 2)
        chosen = _spread(len(moves.before))
        starts, ends = moves.before[chosen], (moves.before + moves.shift)[chosen]
        between = (ends - starts[:, None]).ravel()
        side, size = _direction(between), _place(between, point, points)
        counts = np.zeros((2, points))
        np.add.at(counts, (side[side >= 0], size[side >= 0]), 1.0)
        anyhow = counts @ near / np.maximum(counts.sum(axis=1, keepdims=True), 1.0)
        anyhow = np.where(counts.sum(axis=1, keepdims=True) > 0, anyhow + _RARE, 1.0)
        if len(chosen) < len(moves.before):  # one item among so many may have the size that none of them shows
            anyhow = np.maximum(anyhow, 1 / len(chosen))
        return cls(point, near, anyhow, np.zeros((2, points)), np.zeros(2))

    def learned(self, shift: Floats, changed: Floats) -> Sizes:
        """The same, with the sizes that cells show by their chances of being changed."""
        side, size = _direction(shift), _place(shift, self.point, len(self.near))
        mass = np.zeros(self.seen.shape)
        moved = side >= 0
        np.add.at(mass, (side[moved], size[moved]), changed[moved])
        return Sizes(self.point, self.near, self.anyhow, mass @ self.near, mass.sum(axis=1))

    def without(self, shift: Floats, changed: Floats) -> Sizes:
        """The same, not knowing of some cells."""
        known = self.learned(shift, changed)
        seen, total = np.maximum(self.seen - known.seen, 0.0), np.maximum(self.total - known.total, 0.0)
        return Sizes(self.point, self.near, self.anyhow, seen, total)

    def log_factor(self, shift: Floats, own: Floats) -> Floats:
        """Log of how much likelier a change has this size than any change would have it; 0 for a shift of 0.

        Args:
            shift: in levels, (cells,).
            own: how much each cell has itself added to what is known, at this shift: its chance of being changed.
        """
        side, size = _direction(shift), _place(shift, self.point, len(self.near))
        others = np.maximum(self.seen[side, size] - own, 0.0) / self.anyhow[side, size]
        total = np.maximum(self.total[side] - own, 0.0)
        factor: Floats = np.log((ANY_SIZE + others) / (ANY_SIZE + total))
        return np.where(side < 0, 0.0, factor)


def _spread(rows: int) -> Ints:
    chosen: Ints = np.linspace(0, rows - 1, min(rows, _MOST_ROWS)).round().astype(np.int64)
    return chosen


def _direction(shift: Floats) -> Ints:
    """0 for a fall, 1 for a rise, -1 for neither."""
    return np.where(np.abs(shift) < _RARE, -1, (shift > 0).astype(np.int64))


def _place(shift: Floats, point: float, points: int) -> Ints:
    return np.minimum(np.rint(np.abs(shift) / point), points - 1).astype(np.int64)
