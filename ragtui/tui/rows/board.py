"""The board's cells as arrays: items against metrics, or items against candidates; their order, counts and views.

`n`, the counts, `f`, folding and the list all ask this one object, so they speak of the same cells.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ragtui.model import Role
from ragtui.present.numbers import count
from ragtui.present.order import sizes, verdict_ranks
from ragtui.stats import FLAGGED, NOISE_UNKNOWN, MetricComparison, Verdict
from ragtui.stats.doubts.oddities import rows_moved_alike
from ragtui.workbench import SideComparison

VIEWS = ("all", "flagged", "regressed", "improved", "unproven")
KEPT = {
    "flagged": tuple(FLAGGED),
    "regressed": (Verdict.REGRESSED, Verdict.ERROR),
    "improved": (Verdict.IMPROVED,),
    "unproven": (Verdict.UNPROVEN, *NOISE_UNKNOWN),
}
QUIET = (Verdict.WITHIN, Verdict.SAME, Verdict.ABSENT)


@dataclass(frozen=True, eq=False)
class BoardColumn:
    """One column of cells.

    Attributes:
        key: unique on the board.
        title: what the header says.
        result: the comparison it belongs to.
        entry: the metric.
        counted: whether its cells are walked, counted and decide a row's place; costs and latencies are shown only.
    """

    key: str
    title: str
    result: SideComparison
    entry: MetricComparison
    counted: bool


class Board:
    """Rows are items, columns are cells of one metric of one comparison each.

    Args:
        columns: from left to right; at least one.
    """

    def __init__(self, columns: Sequence[BoardColumn]) -> None:
        self.columns = tuple(columns)
        found = dict.fromkeys(item for column in columns for item in column.result.comparison.items)
        self.items = tuple(found)
        self.row_of = {item: row for row, item in enumerate(self.items)}
        shape = (len(self.items), len(self.columns))
        self.places = np.full(shape, -1, np.int64)
        """Row of each item in each column's own comparison; -1 where it does not have the item."""
        self.verdicts: NDArray[np.uint8] = np.full(shape, int(Verdict.ABSENT), np.uint8)
        self.sizes = np.zeros(shape)
        self.alike = np.zeros(shape, bool)
        """Cells that one shift of their metric explains."""
        for number, column in enumerate(self.columns):
            own = column.result.comparison.items
            rows = np.array([self.row_of[item] for item in own], np.int64)
            self.places[rows, number] = np.arange(len(own))
            self.verdicts[rows, number] = column.entry.cells.verdict
            self.sizes[rows, number] = sizes(column.entry)
            self.alike[rows[rows_moved_alike(column.entry)], number] = True

    @cached_property
    def counted(self) -> NDArray[np.int64]:
        """Columns that count; all of them where none does, as when latency alone is looked at."""
        counted = [number for number, column in enumerate(self.columns) if column.counted]
        return np.array(counted or range(len(self.columns)), np.int64)

    @cached_property
    def rank(self) -> NDArray[np.int64]:
        """Rows in the one order: by their worst cell, then by how far it moved, then by how far all moved."""
        ranks = verdict_ranks(self.verdicts[:, self.counted])
        moved = self.sizes[:, self.counted]
        worst = ranks.min(axis=1)
        largest = np.where(ranks == worst[:, None], moved, -1.0).max(axis=1)
        flagged = np.isin(self.verdicts[:, self.counted], [int(verdict) for verdict in FLAGGED])
        return np.asarray(np.lexsort((-(moved * flagged).sum(axis=1), -largest, worst)))

    def worst(self, row: int) -> int:
        """The counted column whose cell decides a row's place."""
        ranks = verdict_ranks(self.verdicts[row, self.counted])
        return int(self.counted[np.lexsort((-self.sizes[row, self.counted], ranks))[0]])

    def verdict(self, row: int, column: int) -> Verdict:
        """Verdict of one cell."""
        return Verdict(int(self.verdicts[row, column]))

    def flagged(self, row: int, column: int) -> bool:
        """Whether a person should look at this cell."""
        return self.verdict(row, column) in FLAGGED

    @cached_property
    def flagged_cells(self) -> NDArray[np.bool_]:
        """Counted cells that a person should look at, (items, columns)."""
        out = np.zeros(self.verdicts.shape, bool)
        out[:, self.counted] = np.isin(self.verdicts[:, self.counted], [int(verdict) for verdict in FLAGGED])
        return out

    def kept(self, view: str, *, folded: bool) -> NDArray[np.bool_]:
        """Rows of a view: those with a cell of it; folded hides rows whose every cell is within noise or the same."""
        cells = self.verdicts[:, self.counted]
        keep = np.ones(len(self.items), bool)
        if view != "all":
            keep &= np.isin(cells, [int(verdict) for verdict in KEPT[view]]).any(axis=1)
        if folded:
            keep &= ~np.isin(cells, [int(verdict) for verdict in QUIET]).all(axis=1)
        return keep

    @cached_property
    def by_one_shift(self) -> NDArray[np.bool_]:
        """Rows in which whatever moved moved alike, by one shift."""
        alike = self.alike[:, self.counted]
        quiet = np.isin(self.verdicts[:, self.counted], [int(verdict) for verdict in QUIET])
        return np.asarray(alike.any(axis=1) & ~quiet.all(axis=1) & (alike | quiet).all(axis=1))

    def told_by_one(self, view: str) -> NDArray[np.int64]:
        """Rows of a view that moved alike, beside the first of them, which stands for all."""
        rows = self.by_one_shift & self.kept(view, folded=False)
        return np.asarray(self.rank[rows[self.rank]][1:])

    def next_flagged(self, shown: Sequence[int], row: int | None, column: int, step: int) -> tuple[int, int] | None:
        """The next row with a flagged cell among those shown, and which cell: that of the same column, else the worst.

        Wraps round; None when no row shown has one.
        """
        places = [place for place, other in enumerate(shown) if self.flagged_cells[other].any()]
        if not places:
            return None
        here = next((place for place, other in enumerate(shown) if other == row), -1)
        beyond = [place for place in places if (place - here) * step > 0]
        place = (beyond[0] if step > 0 else beyond[-1]) if beyond else places[0 if step > 0 else -1]
        found = int(shown[place])
        return found, column if self.flagged_cells[found, column] else self.worst(found)

    def headline(self, rows: Sequence[int]) -> str:
        """ "7 items flagged, 17 cells" of the rows shown."""
        cells = self.flagged_cells[np.asarray(rows, np.int64)] if len(rows) else np.zeros((0, len(self.columns)), bool)
        items, amount = int(cells.any(axis=1).sum()), int(cells.sum())
        return f"{count(items, 'item')} flagged" + (f", {count(amount, 'cell')}" if amount > items else "")


def metric_board(result: SideComparison) -> Board:
    """Items against all metrics of one comparison, quality first."""
    return Board([_column(result, entry) for entry in result.comparison.metrics])


def every_cell(results: Sequence[SideComparison], metrics: Collection[str]) -> Board:
    """Items against these metrics of several comparisons."""
    found = [(result, entry) for result in results for entry in result.comparison.metrics]
    return Board([_column(result, entry) for result, entry in found if entry.metric.name in metrics])


def one_metric_board(result: SideComparison, metric: str) -> Board:
    """Items against one metric; its cells count whatever it measures."""
    entry = result.comparison.metric(metric)
    return Board([BoardColumn(metric, metric, result, entry, True)])


def candidate_board(results: Sequence[SideComparison], metric: str) -> Board:
    """Items against candidates on one metric."""
    columns = []
    for number, result in enumerate(results):
        entry = next((entry for entry in result.comparison.metrics if entry.metric.name == metric), None)
        if entry is not None:
            columns.append(BoardColumn(str(number), result.b.label, result, entry, True))
    return Board(columns)


def _column(result: SideComparison, entry: MetricComparison) -> BoardColumn:
    counted = entry.metric.role is Role.QUALITY and not entry.refused
    title = f"{entry.metric.name}{'' if entry.metric.direction_known else ' ?'}"
    return BoardColumn(entry.metric.name, title, result, entry, counted)
