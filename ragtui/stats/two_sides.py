"""Both sides of one metric on its grid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from ragtui.model import LARGEST
from ragtui.stats.arrays import Bools, Floats, Ints
from ragtui.stats.noise.grid import Grid
from ragtui.stats.noise.levels import combined_codes, count_levels, row_codes
from ragtui.stats.noise.noise_model import spaced

_EQUAL = 1e-9
_ROUNDING = 1e-14
"""Share of a score that sums and means in another order may differ by: some 45 units in the last place."""


def finite(scores: ArrayLike) -> Floats:
    """Scores with every non-finite entry as NaN, and those beyond `LARGEST`, whose squares would not be finite."""
    values = np.asarray(scores, float)
    return np.where(np.abs(values) <= LARGEST, values, np.nan)


def moves(scores: Floats) -> Floats:
    """Scores less the first one of their row, and 0 where only rounding tells them apart, so that it is no noise."""
    if not scores.size:
        return scores
    first = np.take_along_axis(scores, np.isfinite(scores).argmax(axis=1)[:, None], axis=1)
    moved = scores - first
    return np.where(np.abs(moved) <= _ROUNDING * np.abs(first), 0.0, moved)


def row_means(scores: Floats) -> Floats:
    """Mean over the repeats that have a score; NaN without any."""
    present = np.isfinite(scores)
    runs = present.sum(axis=1)
    total = np.where(present, scores, 0.0).sum(axis=1)
    means: Floats = np.divide(total, runs, out=np.full(len(scores), np.nan), where=runs > 0)
    return means


@dataclass(frozen=True, eq=False)
class Sides:
    """Both sides on the metric's grid."""

    grid: Grid
    n_a: Ints
    n_b: Ints
    mean_a: Floats
    mean_b: Floats
    position_a: Floats
    """Mean position of the baseline, in levels."""
    shift: Floats
    """Difference of mean positions, in levels."""
    levels_a: Ints
    levels_b: Ints
    levels_profile: Ints | None
    levels_others: Ints | None = None
    """Levels of repeats that only teach the noise; rows of their own."""

    @classmethod
    def of(cls, a: Floats, b: Floats, profile: Floats | None, grid: Grid, others: Floats | None = None) -> Sides:
        position_a = row_means(grid.positions(a))
        return cls(
            grid=grid,
            n_a=np.isfinite(a).sum(axis=1),
            n_b=np.isfinite(b).sum(axis=1),
            mean_a=row_means(a),
            mean_b=row_means(b),
            position_a=position_a,
            shift=row_means(grid.positions(b)) - position_a,
            levels_a=grid.indices(a),
            levels_b=grid.indices(b),
            levels_profile=None if profile is None else grid.indices(profile),
            levels_others=None if others is None else grid.indices(others),
        )

    @property
    def both(self) -> Bools:
        return (self.n_a > 0) & (self.n_b > 0)

    @property
    def same(self) -> Bools:
        return self.both & (np.abs(self.shift) < _EQUAL)

    @cached_property
    def counts_a(self) -> Floats:
        return count_levels(self.levels_a, self.grid.levels)

    @cached_property
    def counts_b(self) -> Floats:
        return count_levels(self.levels_b, self.grid.levels)

    @cached_property
    def counts_profile(self) -> Floats | None:
        return None if self.levels_profile is None else count_levels(self.levels_profile, self.grid.levels)

    @cached_property
    def counts_others(self) -> Floats | None:
        return None if self.levels_others is None else count_levels(self.levels_others, self.grid.levels)

    def repeated_units(self) -> tuple[Floats, int]:
        """Level counts of item-sides with at least two scores: baseline, candidate, profile, others; and their number.

        No more of them than noise is learned from, evenly spaced: of 100,000 items all would be 50 MB.
        """
        counts = (self.counts_a, self.counts_b, self.counts_profile, self.counts_others)
        sides = [(c, np.flatnonzero(c.sum(axis=1) >= 2)) for c in counts if c is not None]
        ends = np.cumsum([len(rows) for _, rows in sides])
        places = spaced(int(ends[-1]))
        chosen, starts = np.split(places, np.searchsorted(places, ends[:-1])), (0, *ends[:-1])
        picked = [c[rows[part - start]] for (c, rows), part, start in zip(sides, chosen, starts, strict=True)]
        return np.vstack(picked), int(ends[-1])

    def level_frequencies(self) -> Floats:
        """How often each level is seen; every item-side weighs the same."""
        frequencies = np.zeros(self.grid.levels)
        for counts in (self.counts_a, self.counts_b, self.counts_others):
            if counts is None:
                continue
            frequencies += (counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)).sum(axis=0)
        return frequencies

    def alike(self) -> tuple[Ints, Ints]:
        """Rows to work out (one of each sort) and, for every compared row, which of those it equals."""
        rows = np.nonzero(self.both)[0]
        sides = (self.levels_a, self.levels_b, self.levels_profile)
        columns = [row_codes(levels[rows]) for levels in sides if levels is not None]
        compact = [np.unique(column, return_inverse=True)[1] for column in columns]
        if not self.grid.exact:  # the shift is then not settled by the counts
            compact.append(np.unique(self.shift[rows], return_inverse=True)[1])
        _, first, inverse = np.unique(combined_codes(compact), return_index=True, return_inverse=True)
        return rows[first], inverse
