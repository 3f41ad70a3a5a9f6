"""Slices: how each value of a field moved, and what the items that moved have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

import numpy as np
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from ragtui.errors import RagtuiError
from ragtui.present.clean import one_line
from ragtui.present.numbers import MISSING, count, interval, mean_decimals, signed
from ragtui.present.slices import say_common, say_search
from ragtui.present.verdicts import outcome_sign
from ragtui.stats.why.slices import Searched, Slice
from ragtui.tui.dialogs.picker import Choice, Picker
from ragtui.tui.loading import in_background
from ragtui.tui.looks.titles import title
from ragtui.tui.screens.base import RagtuiScreen
from ragtui.tui.session import Session
from ragtui.tui.widgets.table.column_table import Column, ColumnTable
from ragtui.workbench import SideComparison
from ragtui.workbench.why.columns import OUTCOMES, Columns

NO_FIELDS = "nothing tells these items apart: give them metadata in the dataset, such as topic or language"


class SlicesScreen(RagtuiScreen):
    """Values of one field on one metric, worst first; Enter shows the items of a value.

    Args:
        session: the shared session.
        result: the comparison.
        metric: where to begin.
        chosen: told the filter of the value that was chosen.
    """

    SORTED = "#slices"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "show", "show these items", id="slices.show", tooltip="the board, filtered by this value"),
        Binding("F", "field(1)", "slices by", id="slices.field", tooltip="slice by another field"),
        Binding("f", "choose", "field", id="slices.choose", tooltip="choose the field by name"),
        Binding("m", "metric(1)", "metric", id="slices.metric", tooltip="next metric"),
        Binding("M", "metric(-1)", "previous metric", id="slices.metric_back", show=False),
        Binding("s", "sort", "sort", id="slices.sort", show=False, tooltip="sort by the next column"),
        Binding("S", "reverse", "reverse", id="slices.reverse", show=False, tooltip="reverse the order"),
        Binding("y", "copy", "copy", id="slices.copy", show=False, tooltip="copy what they have in common"),
    ]

    def __init__(self, session: Session, result: SideComparison, metric: str, chosen: Callable[[str], None]) -> None:
        super().__init__(session)
        self.result = result
        self.metric = metric
        self._chosen = chosen
        self.fields: Columns = {}
        self.parts: dict[str, list[Slice]] = {}
        self.field = ""
        self.shown: list[Slice] = []
        self.searched: Searched | None = None

    def body(self) -> ComposeResult:
        """The values, and below them the outcome of the search."""
        with VerticalScroll(id="slices-pane", classes="pane", can_focus=False):
            yield ColumnTable(id="slices", empty="looking for fields …")
        with VerticalScroll(id="common-pane", classes="pane") as pane:
            pane.border_title = "What the items that moved have in common"
            yield Static("searching …", id="common", markup=False)

    def on_mount(self) -> None:
        """Slice, then search, in the background."""
        self.crumbs("runs", "slices", status="slicing …")
        self.query_one("#slices", ColumnTable).focus()
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self.paint())
        result = self.result

        session = self.session

        def columns() -> Columns:
            return session.find_columns(result)

        def look() -> Searched:
            from ragtui.workbench.why.slices import what_they_share

            return what_they_share(result)

        in_background(self, columns, self._known, self._failed, group="slices")
        in_background(self, look, self._found, self._failed, group="common")

    def _failed(self, error: RagtuiError) -> None:
        self.query_one("#common", Static).update(Text(one_line(error.message)))

    def _known(self, known: Columns) -> None:
        self.fields = known
        self.query_one("#slices", ColumnTable).empty = NO_FIELDS
        self.field = self.field if self.field in known else next(iter(known), "")
        self._cut()
        self.paint()

    def _cut(self) -> None:
        """Slice by the field at hand, once."""
        result, known, field = self.result, self.fields, self.field
        if not field or field in self.parts:
            return

        def job() -> list[Slice]:
            from ragtui.workbench.why.slices import slices

            return slices(result, field, known)

        def came(found: list[Slice]) -> None:
            self.parts[field] = found
            self.paint()

        in_background(self, job, came, self._failed, group="slices")

    def _found(self, searched: Searched) -> None:
        self.searched = searched
        self.paint()

    def paint(self) -> None:
        """Paint the values of the field at hand on the metric at hand."""
        if self.query_one_optional("#slices") is None:
            return
        result = self.result
        self.crumbs(
            "runs", f"{one_line(result.a.label)} ⇄ {one_line(result.b.label)}", "slices",
            status=f"{count(len(self.fields), 'field')} · {one_line(self.metric)}", origins=result.origins,
        )  # fmt: skip
        self.shown = [part for part in self.parts.get(self.field, ()) if part.metric == self.metric]
        pane = self.query_one("#slices-pane")
        pane.border_title = title(f"{self.field or 'Slices'} · {self.metric}")
        several = f"F next of {len(self.fields)} fields, f by name · " if len(self.fields) > 1 else ""
        alone = "these values were chosen by their scores" if self.field in OUTCOMES else "each line is judged alone"
        pane.border_subtitle = f"{several}{alone}"
        table = self.query_one("#slices", ColumnTable)
        table.set_data(self._columns(), len(self.shown), self._order())
        if self.searched is not None:
            found = [self.words(say_common(one)) for one in self.searched.common]
            self.query_one("#common", Static).update(Text("\n".join(found) or "nothing beyond chance"))
            features = count(self.searched.features, "feature")
            unread = "" if self.searched.answers_read else " · answers were not read, as the suite is large"
            self.query_one("#common-pane").border_subtitle = f"one error rate over {features} searched{unread}"

    def _deltas(self) -> np.ndarray:
        return np.array([np.nan if part.aggregate is None else part.aggregate.delta for part in self.shown], float)

    def _order(self) -> np.ndarray:
        """Worst first, on this metric's own sense of worse."""
        sign = self.result.comparison.metric(self.metric).metric.sign or 1
        return np.argsort(np.nan_to_num(sign * self._deltas(), nan=np.inf), kind="stable")

    def _columns(self) -> list[Column]:
        metric, styles = self.result.comparison.metric(self.metric).metric, self.cell_styles()
        digits, shown = mean_decimals(metric), self.shown

        def verdict(row: int) -> Text:
            mean = shown[row].aggregate
            if mean is None:
                return Text("no common score", styles["muted"])
            sign = outcome_sign(mean.outcome)
            return Text(f"{sign.glyph} {sign.word}", styles[sign.style])

        def delta(row: int) -> Text:
            mean = shown[row].aggregate
            style = styles[outcome_sign(mean.outcome).style] if mean is not None else ""
            return Text(MISSING if mean is None else signed(mean.delta, digits), style)

        def bounds(row: int) -> Text:
            mean = shown[row].aggregate
            if mean is None:
                return Text("")
            found = mean.interval
            return Text(MISSING if found is None else interval(found.lo, found.hi, digits), styles["muted"])

        names = np.array([part.value.lower() for part in shown])
        return [
            Column("value", one_line(self.field) or "value", 18, 0, flexible=True, cut="middle",
                   render=lambda row: Text(one_line(shown[row].value)), sort_key=lambda: names),
            Column("items", "items", 6, 0, align="right", render=lambda row: Text(str(shown[row].items)),
                   sort_key=lambda: np.array([part.items for part in shown], float)),
            Column("delta", "mean Δ", 9, 0, align="right", render=delta, sort_key=self._deltas),
            Column("bounds", "95 % interval", 20, 1, render=bounds),
            Column("verdict", "verdict", 17, 0, render=verdict),
        ]  # fmt: skip

    # ---------------------------------------------------------------- actions

    @on(ColumnTable.RowSelected)
    def _selected(self) -> None:
        self.action_show()

    def action_show(self) -> None:
        """Back to the board, with the items of the value under the cursor."""
        row = self.query_one("#slices", ColumnTable).cursor_row
        if row is None:
            self.say("no value to filter by")
            return
        wanted = f'{self.field}:="{self.shown[row].value}"'
        self.app.pop_screen()
        self._chosen(wanted)

    def action_field(self, step: int) -> None:
        """Slice by another field."""
        names: Sequence[str] = list(self.fields)
        if len(names) < 2:
            self.say("one field only" if names else "nothing tells these items apart")
            return
        self._slice_by(names[(names.index(self.field) + step) % len(names)])

    def _slice_by(self, field: str) -> None:
        self.field = field
        self._cut()
        self.paint()

    def action_choose(self) -> None:
        """Choose the field by name."""
        choices = [Choice(name, name, count(len(values), "value")) for name, values in self.fields.items()]
        if not choices:
            self.say("nothing tells these items apart")
            return

        def chosen(name: str | None) -> None:
            if name is not None:
                self._slice_by(name)

        self.app.push_screen(Picker("Slice by", choices, self.field), chosen)

    def action_metric(self, step: int) -> None:
        """Look at another metric."""
        names = [entry.metric.name for entry in self.result.comparison.quality]
        if names:
            here = names.index(self.metric) if self.metric in names else -step
            self.metric = names[(here + step) % len(names)]
            self.paint()

    def action_copy(self) -> None:
        """Copy what the items have in common."""
        if self.searched is not None:
            self.app.copy_to_clipboard("\n".join(say_search(self.searched)))
            self.say("copied what they have in common")
