"""Trend: the means of all runs of a dataset over time, with changes beyond noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from ragtui.errors import RagtuiError
from ragtui.model import RunHeader
from ragtui.present.clean import one_line
from ragtui.present.gauge import spark
from ragtui.present.numbers import count, mean_decimals, number
from ragtui.present.sentences.trend import described, stillness
from ragtui.present.span import span
from ragtui.stats.history import History, Series
from ragtui.tui.loading import in_background
from ragtui.tui.screens.base import RagtuiScreen
from ragtui.tui.session import Session
from ragtui.tui.widgets.table.column_table import Column, ColumnTable
from ragtui.workbench.history import histories

SPAN = 41
"""Cells of the plot of means."""


class TrendScreen(RagtuiScreen):
    """Runs over time.

    Args:
        session: the shared session.
        headers: runs of one dataset; those measured with the same judges as the most runs are shown.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m", "metric(1)", "metric", id="trend.metric", tooltip="next metric"),
        Binding("M", "metric(-1)", "previous metric", id="trend.metric_back", show=False),
        Binding("f", "by", "one configuration", id="trend.by", tooltip="one configuration, or the whole dataset"),
        Binding("n", "next_change(1)", "next change", id="trend.next", tooltip="next marked change"),
        Binding("N", "next_change(-1)", "previous change", id="trend.previous", show=False),
    ]

    def __init__(self, session: Session, headers: Sequence[RunHeader]) -> None:
        super().__init__(session)
        self.headers = tuple(headers)
        self.one_configuration = False
        self.history: History | None = None
        self.metric = session.state.view.get("compare.metric", "")

    def body(self) -> ComposeResult:
        """Metrics above, runs of one metric below."""
        with VerticalScroll(classes="pane", can_focus=False) as pane:
            pane.border_title = "Metrics · over time"
            pane.styles.height = "auto"
            pane.styles.max_height = 10
            strip = ColumnTable(id="metrics")
            strip.styles.height = "auto"
            yield strip
        note = Static(id="trend-text", markup=False)
        note.styles.height = "auto"
        note.styles.padding = (0, 1)
        yield note
        with VerticalScroll(classes="pane", can_focus=False) as pane:
            pane.border_title = "Runs · oldest first"
            yield ColumnTable(id="points")

    def on_mount(self) -> None:
        """Load in the background."""
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self.paint())
        self.query_one("#points", ColumnTable).focus()
        self.collect()

    def collect(self) -> None:
        """Load the runs and measure."""
        self.crumbs("runs", "trend", status="measuring …")
        session, headers, alone = self.session, self.headers, self.one_configuration

        def job() -> History:
            return histories(session.library, headers, one_configuration=alone)[0]

        in_background(self, job, self._collected, self._failed, group="trend")

    def _failed(self, error: RagtuiError) -> None:
        self.app.pop_screen()
        self.shell.failed(error)

    def _collected(self, history: History) -> None:
        self.history = history
        names = [series.metric.name for series in history.series]
        if self.metric not in names:
            self.metric = names[0] if names else ""
        self.paint()

    @property
    def series(self) -> Series | None:
        """The chosen metric's series."""
        found = self.history.series if self.history is not None else ()
        return next((series for series in found if series.metric.name == self.metric), None)

    # ---------------------------------------------------------------- painting

    def paint(self) -> None:
        """Paint everything for the chosen metric."""
        history, series = self.history, self.series
        if history is None or not self.is_mounted:
            return
        configurations = count(history.configurations, "configuration")
        status = f"{count(history.items, 'common item')} · {configurations}"
        self.crumbs("runs", one_line(history.label), "trend", status=status, origins=history.origins)
        strip = self.query_one("#metrics", ColumnTable)
        strip.set_data(self._metric_columns(history), len(history.series))
        if series is None:
            return
        strip.move_to([one.metric.name for one in history.series].index(self.metric))
        self.query_one("#trend-text", Static).update(self._sentences(history, series))
        self.query_one("#points", ColumnTable).set_data(self._point_columns(series), len(series.points))

    def _sentences(self, history: History, series: Series) -> Text:
        styles, sign = self.cell_styles(), self._sign
        out = Text()
        most = 3 if self.app.size.height < 30 else 8  # the runs below need the room; each is marked there
        for change in series.changes[:most]:
            out.append(f"{sign} {one_line(described(change, series))}\n")
        if len(series.changes) > most:
            out.append(f"and {len(series.changes) - most} more: n goes to the next\n", styles["muted"])
        if not series.changes:
            out.append(f"{stillness(series)}\n", styles["muted" if series.looked_for else "warning"])
        for reason in history.left_out:
            out.append(f"left out: {one_line(reason)}\n", styles["muted"])
        out.rstrip()
        return out

    @property
    def _sign(self) -> str:
        return "◆"

    def _metric_columns(self, history: History) -> list[Column]:
        lines = history.series

        def latest(line: int) -> Text:
            return Text(number(lines[line].points[-1].mean, mean_decimals(lines[line].metric)))

        def strip(line: int) -> Text:
            means = [point.mean for point in lines[line].points]
            return Text(spark(means[-40:], lines[line].scale))

        return [
            Column(
                "metric",
                "metric",
                20,
                0,
                names=lambda: (one_line(line.metric.name) for line in lines),
                render=lambda line: Text(one_line(lines[line].metric.name)),
            ),
            Column("latest", "latest", 8, 0, align="right", render=latest),
            Column("changes", "changes", 7, 0, align="right", render=lambda line: Text(str(len(lines[line].changes)))),
            Column("noise", "noise from", 12, 2, render=lambda line: Text(lines[line].noise)),
            Column("means", "means, oldest first", 20, 1, flexible=True, render=strip),
        ]

    def _point_columns(self, series: Series) -> list[Column]:
        points, digits = series.points, mean_decimals(series.metric)
        marks = {change.place for change in series.changes}
        scale = series.reach
        styles = self.cell_styles()

        def day(line: int) -> Text:
            created = points[line].run.created
            return Text(created.date().isoformat() if created else "undated")

        def interval(line: int) -> Text:
            point = points[line]
            return Text(f"{number(point.low, digits)} … {number(point.high, digits)}")

        def plot(line: int) -> Text:
            point = points[line]
            return Text(span(point.mean, point.low, point.high, scale, SPAN))

        def mark(line: int) -> Text:
            return Text(self._sign if line in marks else "", styles["accent"])

        ends = f"{number(scale[0], digits)} … {number(scale[1], digits)}"
        return [
            Column("mark", "", 1, 0, render=mark),
            Column("day", "day", 10, 1, render=day),
            Column(
                "run",
                "run",
                14,
                0,
                flexible=True,
                cut="middle",
                render=lambda line: Text(one_line(points[line].run.name)),
            ),
            Column("repeats", "rep", 3, 3, align="right", render=lambda line: Text(str(points[line].repeats))),
            Column("mean", "mean", 8, 0, align="right", render=lambda line: Text(number(points[line].mean, digits))),
            Column("interval", "95 % interval", 17, 2, render=interval),
            Column("plot", ends, SPAN, 1, render=plot),
        ]

    # ---------------------------------------------------------------- actions

    @on(ColumnTable.RowHighlighted, "#metrics")
    def _metric_chosen(self, event: ColumnTable.RowHighlighted) -> None:
        if self.history is not None and not event.stale and self.query_one("#metrics").has_focus:
            name = self.history.series[event.row].metric.name
            if name != self.metric:
                self.metric = name
                self.paint()

    def action_metric(self, step: int) -> None:
        """Look at another metric."""
        if self.history is not None and self.metric:
            names = [series.metric.name for series in self.history.series]
            self.metric = names[(names.index(self.metric) + step) % len(names)]
            self.paint()

    def action_by(self) -> None:
        """Every run of the dataset, or the configuration with the most runs alone: drift of what should not change."""
        self.one_configuration = not self.one_configuration
        self.collect()

    def action_next_change(self, step: int) -> None:
        """Move to the next marked change."""
        series = self.series
        if series is None or not series.changes:
            self.say("no change is marked")
            return
        table = self.query_one("#points", ColumnTable)
        places = sorted(change.place for change in series.changes)
        beyond = [place for place in places if (place - (table.cursor_row or 0)) * step > 0]
        table.move_to((beyond[0] if step > 0 else beyond[-1]) if beyond else places[0 if step > 0 else -1])
