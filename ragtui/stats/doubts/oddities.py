"""What is odd about the scores of one metric: gaps that follow the scores, levels far away, one shift for all."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ragtui.model import About
from ragtui.stats.arrays import Bools, Floats, Ints
from ragtui.stats.comparison import Cells, MetricComparison
from ragtui.stats.two_sides import row_means
from ragtui.stats.verdict import PROVEN

_LEAST_GAPS = 5
_GAP_ERRORS = 3.0
"""Standard errors between the items a side lost and those it kept: a chance of .3 %."""
_FAR = 1.0
"""A level is far away when it lies further from its neighbour than all others span."""
_RARE = 0.1
_LEAST_PROVEN = 8
_LEAST_MOVED = 0.5
_LEAST_EXPLAINED = 0.9
"""One shift explains the cells when so many of them are within noise around it, and not half of them around zero."""


class Gap(NamedTuple):
    """Items that only the other side scored, and how they scored there.

    Attributes:
        items: how many.
        mean: their mean on the other side.
        others: the mean of the items both sides scored, there.
    """

    items: int
    mean: float
    others: float


def telling_gap(kept: Floats, lost: Floats) -> Gap | None:
    """Whether one side lost the items that score otherwise on the other side; None when it did not.

    Args:
        kept: scores of the side that has them, (items, repeats).
        lost: scores of the side that misses some of them.
    """
    means = row_means(kept)
    gone = np.isfinite(means) & ~np.isfinite(lost).any(axis=1)
    there = np.isfinite(means) & ~gone
    if gone.sum() < _LEAST_GAPS or there.sum() < _LEAST_GAPS:
        return None
    first, second = means[gone], means[there]
    error = math.sqrt(first.var(ddof=1) / len(first) + second.var(ddof=1) / len(second))
    apart = float(first.mean() - second.mean())
    if abs(apart) <= _GAP_ERRORS * error or apart == 0:
        return None
    return Gap(int(gone.sum()), float(first.mean()), float(second.mean()))


class FarLevel(NamedTuple):
    """A score far from all others, as often as it occurs, and the range of the others."""

    score: float
    times: int
    lowest: float
    highest: float


def far_level(scores: Floats) -> FarLevel | None:
    """A rare lowest or highest score that lies further from the next one than all others span."""
    values = scores[np.isfinite(scores)]
    if not len(values):
        return None
    lowest, highest = float(values.min()), float(values.max())
    inner = values[(values > lowest) & (values < highest)]
    if not len(inner):
        return None
    after, before = float(inner.min()), float(inner.max())
    for level, following, rest in ((lowest, after, (after, highest)), (highest, before, (lowest, before))):
        apart, span, times = abs(level - following), rest[1] - rest[0], int((values == level).sum())
        if span > 0 and apart > _FAR * span and times <= _RARE * len(values):
            return FarLevel(level, times, *rest)
    return None


def one_shift(cells: Cells) -> float | None:
    """The shift that explains most cells better than as many changes would, in score units; None without one.

    A judge or a scale that changed moves all items alike. A factor on a logarithmic grid.
    """
    grid = cells.grid
    compared = np.isfinite(cells.delta) & np.isfinite(cells.band)
    if grid is None or compared.sum() < _LEAST_PROVEN or int(np.isin(cells.verdict, PROVEN).sum()) < _LEAST_PROVEN:
        return None
    delta, band = cells.delta[compared], cells.band[compared]
    if grid.log:
        positive = (cells.mean_a[compared] > 0) & (cells.mean_b[compared] > 0)
        if not positive.all():
            return None
        delta, band = np.log(cells.mean_b[compared] / cells.mean_a[compared]), np.log(band)
    shift = float(np.median(delta))
    around = np.abs(delta - shift) <= np.maximum(band, grid.step * (0.5 if grid.exact else 1.0)) + 1e-9
    if (np.abs(delta) > band).mean() < _LEAST_MOVED or around.mean() < _LEAST_EXPLAINED:
        return None
    return math.exp(shift) if grid.log else shift


def moved_alike(cells: Cells, shift: float) -> Bools:
    """Cells whose delta is that shift, as far as their noise allows to tell, (rows,)."""
    grid = cells.grid
    assert grid is not None
    least = grid.step * (0.5 if grid.exact else 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        delta = np.log(cells.mean_b / cells.mean_a) if grid.log else cells.delta
        band = np.log(cells.band) if grid.log else cells.band
        apart = np.abs(delta - (math.log(shift) if grid.log else shift))
    return np.asarray(np.isfinite(apart) & (apart <= np.maximum(np.nan_to_num(band), least) + 1e-9))


def rows_moved_alike(entry: MetricComparison) -> Ints:
    """Rows of a metric that one shift of all explains, as its note says; none without such a note."""
    shift = next((note.sizes[0] for note in entry.notes if note.about is About.ONE_SHIFT), None)
    return np.zeros(0, np.int64) if shift is None else np.flatnonzero(moved_alike(entry.cells, shift))
