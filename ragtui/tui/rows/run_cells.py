"""Columns of the runs screen, and what its filter sees."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from ragtui.present.clean import one_line
from ragtui.present.filters import Filter
from ragtui.present.numbers import MISSING, age, mean_of_name, number
from ragtui.tui.rows.run_rows import RunRow, mean_of, name_cell, state_mark
from ragtui.tui.widgets.table.column_table import Column
from ragtui.tui.widgets.table.short_names import headings
from ragtui.workbench.run_fields import run_fields

if TYPE_CHECKING:
    import numpy as np

    from ragtui.model import Floats
    from ragtui.workbench import SideComparison

Painted = str | tuple[str, str]
"""Text of a cell, or text with the name of its style."""


def matches(row: RunRow, wanted: Filter, now: datetime) -> bool:
    """Whether a line passes the filter."""
    first = row.first
    return wanted.matches(fields_of(row, now), f"{row.label} {first.dataset} {first.location} {first.description}")


def fields_of(row: RunRow, now: datetime) -> dict[str, object]:
    """What a filter may ask of a line: columns, status, means of metrics, what a platform wrote beside the runs."""
    return run_fields(row.headers, row.label, row.repeats, now)


MEAN = 12
"""Cells of the column of means: as many as `faithfulness` has; longer names take two lines."""
LOOKED_AT = 500
"""Lines whose names say how wide their column must be: of thousands, some are longer than the screen in any case."""


@dataclass(frozen=True, eq=False)
class RunCells:
    """Cells of the list.

    Attributes:
        rows: lines in order.
        metric: metric whose mean is shown.
        unfolded, marked: keys of unfolded configurations and of candidates.
        baselines: baseline's line by dataset.
        figures: comparison with the baseline by line, as far as computed.
        unlike: keys of lines that have no item in common with their baseline.
        styles: style names as colours.
        now: moment that ages count from.
        reading: whether the list is still being read.
    """

    rows: Sequence[RunRow]
    metric: str
    unfolded: Collection[str]
    marked: Collection[str]
    baselines: Mapping[str, RunRow | None]
    figures: Mapping[str, SideComparison | None]
    unlike: Collection[str]
    styles: Mapping[str, Style]
    now: datetime
    reading: bool

    def columns(self) -> list[Column]:
        """Columns for the table."""
        cell, by, words = self._cell, self._by, self._words
        longest = max((cell_len(self._name(row)) for row in self.rows[:LOOKED_AT]), default=0)
        partly = any(self._share(row) < 1 for row in self.rows)
        several = len({row.first.dataset_named for row in self.rows}) > 1
        return [
            Column("mark", "", 1, 0, render=cell(self._mark)),
            Column("state", "", 1, 0, render=cell(lambda row: state_mark(row))),
            Column("run", "run", max(14, min(26, longest)), 0, flexible=True, render=cell(self._name),
                   names=lambda: map(self._name, self.rows), sort_key=words(lambda row: row.label)),
            *([Column("dataset", "dataset", 14, 4,
                      render=cell(lambda row: (one_line(row.first.dataset_named), "muted")),
                      sort_key=words(lambda row: row.first.dataset_named))] if several else []),
            Column("age", "age", 4, 3, align="right", render=cell(lambda row: age(row.first.created, self.now)),
                   sort_key=by(self._seconds_old)),
            Column("items", "items", 6, 6, align="right", render=cell(self._items),
                   sort_key=by(lambda row: row.first.items or math.nan)),
            Column("repeats", "rep", 4, 2, align="right", render=cell(self._repeats_told),
                   sort_key=by(lambda row: self._repeats(row) or math.nan)),
            Column("mean", headings([one_line(self.metric) or "mean"], [MEAN])[0], MEAN, 1, align="right",
                   render=cell(self._mean), sort_key=by(self._mean_value)),
            Column("scored", "scored", 6, 1 if partly else 7, align="right", render=cell(self._scored),
                   sort_key=by(self._share)),
            Column("delta", "Δ vs base", 10, 1, render=cell(self._delta), sort_key=by(self._delta_value)),
            Column("worse", "▼", 3, 3, align="right", render=cell(self._worse), sort_key=by(self._worse_cells)),
            Column("spark", "repeats", 10, 8, render=cell(self._spark)),
        ]  # fmt: skip

    def _cell(self, paint: Callable[[RunRow], Painted]) -> Callable[[int], Text]:
        def render(place: int) -> Text:
            found = paint(self.rows[place])
            text, style = found if isinstance(found, tuple) else (found, "")
            return Text(text, self.styles.get(style, ""))

        return render

    def _by(self, value: Callable[[RunRow], float]) -> Callable[[], Floats]:
        def numbers() -> Floats:
            import numpy as np

            return np.array([value(row) for row in self.rows], float)

        return numbers

    def _words(self, value: Callable[[RunRow], str]) -> Callable[[], np.ndarray]:
        def words() -> np.ndarray:
            import numpy as np

            return np.array([value(row).lower() for row in self.rows])

        return words

    def _is_baseline(self, row: RunRow) -> bool:
        baseline = self.baselines.get(row.first.dataset)
        return baseline is not None and baseline.key == row.key

    def _mark(self, row: RunRow) -> Painted:
        if self._is_baseline(row):
            return "B", "accent"
        return ("C", "accent") if row.key in self.marked else ""

    def _name(self, row: RunRow) -> str:
        return name_cell(row, self.unfolded)

    def _items(self, row: RunRow) -> str:
        return MISSING if row.first.items is None else str(row.first.items)

    def _seconds_old(self, row: RunRow) -> float:
        newest = row.group.newest
        return (self.now - newest).total_seconds() if newest.year > 1 else float("nan")

    def _repeats_told(self, row: RunRow) -> str:
        repeats = self._repeats(row)
        return MISSING if repeats is None else str(repeats)

    def _repeats(self, row: RunRow) -> int | None:
        """Those of the headers; where a header does not know, those that were compared, and None before that."""
        if any(header.repeats is None for header in row.headers):
            for key, result in self.figures.items():
                if result is not None and key == row.key:
                    return len(result.b.scores.repeats)
                if result is not None and {header.uid for header in result.a.headers} == row.uids:
                    return len(result.a.scores.repeats)
        return row.repeats

    def _worse_cells(self, row: RunRow) -> float:
        result = self.figures.get(row.key)
        if result is None:
            return float("nan")
        from ragtui.tui.rows.run_figures import worse_cells

        return worse_cells(result)

    def _worse(self, row: RunRow) -> Painted:
        amount = self._worse_cells(row)
        return (number(amount, 0), "regressed" if amount else "muted") if amount == amount else ""

    def _compared_mean(self, row: RunRow) -> float:
        """Of files whose header knows no means: what the comparison with the baseline found."""
        for key, result in self.figures.items():
            side = None if result is None else "b" if key == row.key else "a"
            if side == "a" and {header.uid for header in result.a.headers} != row.uids:  # type: ignore[union-attr]
                continue
            for entry in () if result is None else result.comparison.metrics:
                if entry.metric.name == self.metric and entry.aggregate is not None:
                    return float(getattr(entry.aggregate, f"mean_{side}"))
        return float("nan")

    def _mean_value(self, row: RunRow) -> float:
        mean, _, expected = mean_of(row, self.metric)
        return mean if expected else self._compared_mean(row)

    def _mean(self, row: RunRow) -> Painted:
        mean, scored, expected = mean_of(row, self.metric)
        if not expected:
            return mean_of_name(self.metric, self._compared_mean(row))
        return mean_of_name(self.metric, mean), "warning" if scored < expected else ""

    def _share(self, row: RunRow) -> float:
        _, scored, expected = mean_of(row, self.metric)
        return scored / expected if expected else float("nan")

    def _scored(self, row: RunRow) -> Painted:
        found = self._share(row)
        return (f"{int(100 * found)} %", "warning" if found < 1 else "muted") if found == found else (MISSING, "muted")

    def _delta(self, row: RunRow) -> Painted:
        if self._is_baseline(row):
            return "· base", "muted"
        result = self.figures.get(row.key)
        if result is None:
            waiting = row.key not in self.figures and not self.reading
            if row.key in self.unlike and not waiting:
                return "no overlap", "muted"
            return ("…" if waiting else MISSING), "muted"
        if result.blockers:
            return "x differs", "failed"
        from ragtui.tui.rows.run_figures import delta_cell

        try:
            return delta_cell(result.comparison.metric(self.metric))
        except KeyError:
            return MISSING, "muted"

    def _delta_value(self, row: RunRow) -> float:
        result = self.figures.get(row.key)
        for entry in result.comparison.metrics if result is not None else ():
            if entry.metric.name == self.metric and entry.aggregate is not None:
                return entry.aggregate.delta
        return float("nan")

    def _spark(self, row: RunRow) -> Painted:
        result = self.figures.get(row.key)
        if result is None:
            return ""
        from ragtui.tui.rows.run_figures import spark_cell

        return spark_cell(result, self.metric), "muted"
