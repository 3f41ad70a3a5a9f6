"""Rows of the compare screen: what each item's cell shows on the chosen metric."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from functools import cached_property

import numpy as np
from rich.style import Style
from rich.text import Text

from ragtui.model import State, category_parts, given_labels
from ragtui.present.clean import one_line
from ragtui.present.confirming import standings
from ragtui.present.gauge import GAUGE_AXIS, GAUGE_WIDTH, gauge
from ragtui.present.numbers import decimals, share
from ragtui.present.order import ranked_rows
from ragtui.present.sentences.labels import moved_text, side_text
from ragtui.present.verdicts import verdict_sign
from ragtui.stats import MetricComparison, Verdict
from ragtui.tui.rows.board_cells import MARK, item_column
from ragtui.tui.rows.repeats import strip
from ragtui.tui.rows.run_figures import scale_of
from ragtui.tui.widgets.table.column_table import Column
from ragtui.workbench import SideComparison

REPEATS_SHOWN = 8


class CellRows:
    """Cells of one metric as table columns.

    Args:
        result: the comparison.
        metric: name of the metric shown.
        styles: style names as colours.
        notes: item id to the person's note.
        narrow: fewer digits.
    """

    def __init__(
        self,
        result: SideComparison,
        metric: str,
        styles: Mapping[str, Style],
        notes: Mapping[str, str],
        *,
        question: Callable[[str], str] = lambda _item: "",
        narrow: bool = False,
        ascii_only: bool = False,
        marked: Collection[str] = (),
    ) -> None:
        self.result = result
        self.entry: MetricComparison = result.comparison.metric(metric)
        self.cells = self.entry.cells
        self.items = result.comparison.items
        self.styles = styles
        self.notes = notes
        self.question = question
        self.ascii_only = ascii_only
        self.marked = marked
        self.digits = decimals(self.entry.metric, narrow=narrow)
        self.scale = scale_of(result, metric)
        fresh = result.fresh.comparison if result.fresh is not None else None
        self.standings = {} if fresh is None else standings(result.comparison, fresh)

    def standing(self, row: int) -> str:
        """What the row's fresh repeats make of its verdict; "" without any."""
        return self.standings.get((self.items[row], self.entry.metric.name), "")

    def verdict(self, row: int) -> Verdict:
        """Verdict of the row's cell."""
        return Verdict(int(self.cells.verdict[row]))

    @cached_property
    def rank(self) -> np.ndarray:
        """The order of cells: worst verdict first, then the largest move."""
        return ranked_rows(self.entry)

    @cached_property
    def signed_ratio(self) -> np.ndarray:
        """Delta in bands with its arithmetic sign."""
        return np.asarray(np.sign(self.cells.delta) * self.cells.ratio)

    def flags(self, row: int) -> str:
        """Short words about the row: few runs, missing or failed repeats, flaky repeats, a note."""
        item, words = self.items[row], []
        if self.notes.get(item):
            words.append("note")
        verdict = self.verdict(row)
        if verdict is Verdict.ONLY_A:
            return " ".join([*words, "only in baseline"])
        if verdict is Verdict.ONLY_B:
            return " ".join([*words, "only in candidate"])
        failed = self._failed(row)
        if failed:
            words.append(f"{failed} failed")
        missing = self._missing(row)
        if missing:
            words.append(f"{missing} missing")
        if self._flaky(row):
            words.append("flaky")
        return " ".join(words)

    def _layers(self, row: int, side: str) -> tuple[np.ndarray, np.ndarray]:
        scores = (self.result.a if side == "a" else self.result.b).scores
        place, name = scores.row_of.get(self.items[row]), self.entry.metric.name
        if place is None:
            return np.zeros(0), np.zeros(0, np.uint8)
        if self.entry.labels is not None:  # of all its labels the states are the same
            name = next((part.name for part in category_parts(scores, name)), name)
        if name not in scores.column_of:
            return np.zeros(0), np.zeros(0, np.uint8)
        return scores.of(name)[place], scores.states_of(name)[place]

    def _failed(self, row: int) -> int:
        states = np.concatenate([self._layers(row, side)[1] for side in "ab"])
        return int(np.isin(states, (State.ITEM_ERROR, State.METRIC_ERROR, State.NON_FINITE)).sum())

    def _missing(self, row: int) -> int:
        states = np.concatenate([self._layers(row, side)[1] for side in "ab"])
        return int((states == State.MISSING).sum())

    def _flaky(self, row: int) -> bool:
        """Whether one side's own repeats span half of the metric's scale or more."""
        low, high = (0.0, 0.0) if self.entry.labels is not None else self.scale
        for side in "ab":
            values = self._layers(row, side)[0]
            finite = values[np.isfinite(values)]
            if finite.size > 1 and high > low and float(finite.max() - finite.min()) >= 0.5 * (high - low):
                return True
        return False

    def repeats(self, row: int) -> str:
        """Both sides' repeats on the metric's fixed scale; dots where nothing changed, scores in ASCII."""
        quiet = self.verdict(row) in (Verdict.SAME, Verdict.ABSENT)
        if self.entry.labels is not None:
            given = (
                given_labels(side.scores, self.entry.metric.name, self.items[row])
                for side in (self.result.a, self.result.b)
            )
            return " → ".join("".join(label[:1] or "×" for label in labels[:REPEATS_SHOWN]) for labels in given)
        sides = [
            strip(self._layers(row, side)[0], self.scale, REPEATS_SHOWN, ascii_only=self.ascii_only, quiet=quiet)
            for side in "ab"
        ]
        return " → ".join(sides)

    def columns(self) -> list[Column]:
        """Columns for the table, the least needed with the highest priority number."""
        cells = self.cells

        def text(paint: Callable[[int], str], style: Callable[[int], str] | None = None) -> Callable[[int], Text]:
            def render(row: int) -> Text:
                return Text(paint(row), self.styles.get(style(row), "") if style else "")

            return render

        def sign(row: int) -> Text:
            found = verdict_sign(
                self.verdict(row), float(cells.delta[row]), higher_is_better=self.entry.metric.higher_is_better
            )
            return Text(found.glyph, self.styles.get(found.style, ""))

        def style_of(row: int) -> str:
            return verdict_sign(
                self.verdict(row), float(cells.delta[row]), higher_is_better=self.entry.metric.higher_is_better
            ).style

        def fixed(values: np.ndarray) -> Callable[[], np.ndarray]:
            return lambda: values

        wide = 7 if self.digits > 2 else 6
        wide = wide if self.entry.labels is None else 12
        shown = min(len(self.result.a.scores.repeats), REPEATS_SHOWN) + min(
            len(self.result.b.scores.repeats), REPEATS_SHOWN
        )
        repeats_width = max(8, shown * (2 if self.ascii_only else 1) + 3)
        unit = f" ({self.entry.metric.unit})" if self.entry.metric.unit else ""
        return [
            Column("mark", "", 1, 0, render=text(lambda row: MARK if self.items[row] in self.marked else "",
                                                 lambda _row: "accent")),
            Column("verdict", "", 1, 0, render=sign, sort_key=fixed(self._position())),
            item_column(self.items),
            Column("question", "question", 16, 6, flexible=True,
                   render=text(lambda row: one_line(self.question(self.items[row])))),
            Column("base", f"base{unit}", wide + len(unit), 1, align="right", sort_key=fixed(cells.mean_a),
                   render=text(lambda row: side_text(self.entry, row, "a", self.digits))),
            Column("cand", f"cand{unit}", wide + len(unit), 1, align="right", sort_key=fixed(cells.mean_b),
                   render=text(lambda row: side_text(self.entry, row, "b", self.digits))),
            Column("delta", "Δ", wide + 1, 0, align="right", sort_key=fixed(cells.delta),
                   render=text(lambda row: moved_text(self.entry, row, self.digits), style_of)),
            Column("gauge", GAUGE_AXIS, GAUGE_WIDTH, 3, sort_key=fixed(cells.ratio),
                   render=text(lambda row: gauge(self._bands(row)), style_of)),
            Column("noise", "P(noise)", 8, 2, align="right", sort_key=fixed(cells.p_noise),
                   render=text(lambda row: self._chance(row))),
            Column("repeats", "repeats", repeats_width, 4, render=text(self.repeats, lambda _row: "muted")),
            *([Column("fresh", "fresh", 13, 3, render=text(self.standing, self._standing_style))] if self.standings
              else []),
            Column("flags", "flags", 12, 7, render=text(self.flags, lambda _row: "warning")),
        ]  # fmt: skip

    def _standing_style(self, row: int) -> str:
        return {"confirmed": "title", "proven": "title", "reversed": "title"}.get(self.standing(row), "muted")

    def _position(self) -> np.ndarray:
        position = np.empty(len(self.items))
        position[self.rank] = np.arange(len(self.items))
        return position

    def _bands(self, row: int) -> float:
        verdict = self.verdict(row)
        if verdict is Verdict.SAME:
            return 0.0
        return float(self.signed_ratio[row])

    def _chance(self, row: int) -> str:
        chance = float(self.cells.p_noise[row])
        return share(chance) if math.isfinite(chance) else ""
