"""The one order of cells: worst verdict first, then the largest move on the metric's own scale.

Screens, the command line and every report list cells this way.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ragtui.present.numbers import SIGNIFICANT
from ragtui.present.verdicts import VERDICTS
from ragtui.stats import Comparison, MetricComparison, Verdict

_RANK = np.zeros(max(Verdict) + 1, np.int64)
for _place, _verdict in enumerate(VERDICTS):
    _RANK[_verdict] = _place


def verdict_ranks(verdicts: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Place of each verdict in the order, 0 for the worst."""
    return np.asarray(_RANK[verdicts])


def _stable(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rounded as reports round, so that cells which move equally far do not swap places between processors."""
    usable = np.isfinite(values) & (values != 0)
    magnitude = np.floor(np.log10(np.abs(values), out=np.zeros_like(values), where=usable))
    scale = 10.0 ** np.clip(SIGNIFICANT - 1 - magnitude, -300, 300)
    return np.asarray(np.where(usable, np.rint(values * scale) / scale, values))


def sizes(entry: MetricComparison) -> NDArray[np.float64]:
    """How far each cell moved, as a share of the metric's own scale; 0 where nothing can be compared.

    The scale is that of the levels the scores live on; of a metric compared by ratio it is logarithmic.
    """
    cells, grid = entry.cells, entry.cells.grid
    if entry.labels is not None:  # shares, which have a scale of their own
        return _stable(np.nan_to_num(np.abs(cells.delta)))
    if grid is None:
        return np.zeros(len(cells.delta))
    span = grid.step * (grid.levels - 1) or 1.0
    if not grid.log:
        return _stable(np.nan_to_num(np.abs(cells.delta)) / span)
    both = (cells.mean_a > 0) & (cells.mean_b > 0)
    ratio = np.divide(cells.mean_b, cells.mean_a, out=np.ones(len(cells.delta)), where=both)
    return _stable(np.abs(np.log(ratio)) / span)


def ranked_rows(entry: MetricComparison) -> NDArray[np.int64]:
    """Rows of one metric in the order; of equals, the less likely to be noise first."""
    noise = _stable(np.nan_to_num(entry.cells.p_noise, nan=2.0))
    return np.asarray(np.lexsort((noise, -sizes(entry), verdict_ranks(entry.cells.verdict))))


def ranked_places(comparison: Comparison) -> NDArray[np.int64]:
    """Places of every cell of the quality metrics in the order, counted row by row through one metric after another."""
    entries = comparison.quality
    if not entries:
        return np.zeros(0, np.int64)
    ranks = np.concatenate([verdict_ranks(entry.cells.verdict) for entry in entries])
    size = np.concatenate([sizes(entry) for entry in entries])
    noise = _stable(np.concatenate([np.nan_to_num(entry.cells.p_noise, nan=2.0) for entry in entries]))
    return np.asarray(np.lexsort((noise, -size, ranks)))


def cell_at(comparison: Comparison, place: int) -> tuple[MetricComparison, int]:
    """The metric and row of a place."""
    metric, row = divmod(int(place), len(comparison.items))
    return comparison.quality[metric], row


def ranked_cells(comparison: Comparison, *verdicts: Verdict) -> list[tuple[MetricComparison, int]]:
    """Cells of the quality metrics in the order, as metric and row: those with one of these verdicts, or all."""
    entries, rows = comparison.quality, len(comparison.items)
    places = ranked_places(comparison)
    if verdicts and len(places):
        places = places[np.isin(np.concatenate([entry.cells.verdict for entry in entries])[places], verdicts)]
    return [(entries[place // rows], place % rows) for place in places.tolist()]
