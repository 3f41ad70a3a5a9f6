"""Noise: how much do repeats of one configuration differ, where, and what could they show?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import ClassVar

import numpy as np
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static

from ragtui.errors import RagtuiError
from ragtui.model import Role, RunHeader
from ragtui.present.clean import one_line
from ragtui.present.gauge import bar, dots
from ragtui.present.noise import HEAD, check_sentence, flicker_stages, row, split_sentence
from ragtui.present.numbers import MISSING, count, decimals, mean_decimals, number, percent, share
from ragtui.stats import MetricNoise, NoiseReport, noise_report
from ragtui.stats.why.flicker import Flicker
from ragtui.tui.loading import in_background
from ragtui.tui.rows.board_cells import item_column
from ragtui.tui.screens.base import RagtuiScreen
from ragtui.tui.session import Session
from ragtui.tui.widgets.table.column_table import Column, ColumnTable
from ragtui.workbench import Side, side_of
from ragtui.workbench.judge_noise import JudgeSplit, judge_split
from ragtui.workbench.why.causes import split_flicker

HISTOGRAM_STEPS = (0.0, 0.02, 0.05, 0.10, 0.20)
"""Upper ends of the histogram's classes, as shares of the metric's range."""
_WIDTHS = (18, 6, 8, 8, 12, 15, 34)


class NoiseScreen(RagtuiScreen):
    """What nothing changes by.

    Args:
        session: the shared session.
        headers: runs of one configuration.
        label: its name.
    """

    SORTED = "#items"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m", "metric(1)", "metric", id="noise.metric", tooltip="next metric"),
        Binding("M", "metric(-1)", "previous metric", id="noise.metric_back", show=False),
        Binding("s", "sort", "sort", id="noise.sort", tooltip="sort by the next column"),
        Binding("S", "reverse", "reverse", id="noise.reverse", show=False),
        Binding("y", "copy", "copy", id="noise.copy", show=False, tooltip="copy the whole report as text"),
    ]

    def __init__(self, session: Session, headers: Sequence[RunHeader], label: str) -> None:
        super().__init__(session)
        self.headers = tuple(headers)
        self.label = label
        self.side: Side | None = None
        self.report: NoiseReport | None = None
        self.splits: dict[str, JudgeSplit] = {}
        self.flickers: dict[str, Flicker] | None = None
        self.metric = session.state.view.get("compare.metric", "")

    def body(self) -> ComposeResult:
        """Run level above, items below."""
        with VerticalScroll(id="noise-metrics", classes="pane", can_focus=False) as pane:
            pane.border_title = "Metrics · how much does nothing change?"
            yield ColumnTable(id="metrics")
        yield Static(id="noise-text")
        with Horizontal(id="noise-body"):
            with VerticalScroll(id="noise-left", classes="pane") as left:
                left.border_title = "Spread of items"
                yield Static(id="histogram")
            with VerticalScroll(id="noise-right", classes="pane", can_focus=False) as right:
                right.border_title = "Noisiest items"
                yield ColumnTable(id="items")

    def on_mount(self) -> None:
        """Measure in the background."""
        self.crumbs("runs", one_line(self.label), "noise", status="measuring …")
        session, headers = self.session, self.headers

        def job() -> tuple[Side, NoiseReport, dict[str, JudgeSplit]]:
            side = side_of(session.library, headers)
            return side, noise_report(side.scores), dict(judge_split(session.library, side))

        in_background(self, job, self._measured, self._failed, group="noise")
        self.query_one("#items", ColumnTable).focus()
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self.paint())

    def _failed(self, error: RagtuiError) -> None:
        self.app.pop_screen()
        self.shell.failed(error)

    def _split(self, found: dict[str, Flicker]) -> None:
        self.flickers = found
        self.paint()

    def _measured(self, found: tuple[Side, NoiseReport, dict[str, JudgeSplit]]) -> None:
        self.side, self.report, self.splits = found
        side = self.side
        in_background(self, lambda: split_flicker(side), self._split, self._failed, group="flicker")
        names = [entry.metric.name for entry in self.report.metrics]
        if self.metric not in names:
            self.metric = names[0] if names else ""
        self.paint()

    # ---------------------------------------------------------------- painting

    def paint(self) -> None:
        """Paint everything for the chosen metric."""
        report = self.report
        if report is None or self.query_one_optional("#items") is None:
            return
        status = f"{count(len(report.repeats), 'repeat')} · {count(len(report.items), 'item')}"
        origins = self.side.origins if self.side is not None else ()
        self.crumbs("runs", one_line(self.label), "noise", status=status, origins=origins)
        strip = self.query_one("#metrics", ColumnTable)
        strip.set_data(self._metric_columns(report), len(report.metrics))
        if not self.metric:
            return
        names = [entry.metric.name for entry in report.metrics]
        strip.move_to(names.index(self.metric))
        entry = report.metric(self.metric)
        self.query_one("#noise-text", Static).update(self._sentences(entry))
        self.query_one("#histogram", Static).update(self._histogram(entry))
        order = np.argsort(-np.nan_to_num(entry.item_sd, nan=-1.0), kind="stable")
        self.query_one("#items", ColumnTable).set_data(self._item_columns(entry), len(report.items), order)

    def _sentences(self, entry: MetricNoise) -> Text:
        report, styles, digits = self.report, self.cell_styles(), decimals(entry.metric)
        assert report is not None
        out = Text()
        if len(report.repeats) < 2:
            out.append("Nothing was repeated: noise unknown. ragtui never guesses a band.\n", styles["warning"])
        if report.cached:
            out.append("Every repeat is identical: the answers look cached, not repeated.\n", styles["warning"])
        check = entry.self_check
        out.append("self-check  ", styles["muted"])
        out.append(f"{check_sentence(check)}\n", styles["warning"] if check is not None and check.warn else "")
        if entry.metric.role is Role.QUALITY and len(report.repeats) > 1:
            known = self.flickers
            said = "reading answers …" if known is None else MISSING
            if known is not None and self.metric in known:
                said = flicker_stages(known[self.metric])
            out.append("flicker     ", styles["muted"])
            out.append(f"{said}\n")
        if self.metric in self.splits:
            out.append("re-judged   ", styles["muted"])
            out.append(f"{split_sentence(self.splits[self.metric], digits)}\n")
        means = " ".join(number(mean, mean_decimals(entry.metric)) for _, mean in entry.run_means)
        if means:
            out.append("run means   ", styles["muted"])
            out.append(f"{means}\n")
        return out

    def _histogram(self, entry: MetricNoise) -> Text:
        styles, spread = self.cell_styles(), entry.item_sd[np.isfinite(entry.item_sd)]
        low, high = self._scale(entry)
        span = high - low if high > low else 1.0
        out = Text()
        out.append(f"{'sd of scale':>12}  {'':20} items\n", styles["muted"])
        if not spread.size:
            out.append("no item was scored twice\n", styles["warning"])
            return out
        edges = [step * span for step in HISTOGRAM_STEPS]
        classes = [("never varied", spread <= edges[0])]
        classes += [
            (f"≤ {percent(upper / span)}", (spread > lower) & (spread <= upper)) for lower, upper in pairwise(edges)
        ]
        classes.append((f"> {percent(HISTOGRAM_STEPS[-1])}", spread > edges[-1]))
        for name, members in classes:
            amount = int(members.sum())
            out.append(f"{name:>12}  ")
            out.append(f"{bar(amount / spread.size, 20):<20}", styles["muted"])
            out.append(f" {amount:>5}\n")
        total = float((spread**2).sum())
        if total > 0:
            worst = np.sort(spread)[::-1]
            carried = float((worst[:5] ** 2).sum()) / total
            out.append(
                f"\n{count(min(5, int((spread > 0).sum())), 'item')} carry {share(carried)} of the noise: "
                "fix or fence them first.\n"
            )
        return out

    def _scale(self, entry: MetricNoise) -> tuple[float, float]:
        if entry.metric.scale is not None:
            return entry.metric.scale
        assert self.side is not None
        values = self.side.scores.of(entry.metric.name)
        finite = values[np.isfinite(values)]
        return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)

    def _metric_columns(self, report: NoiseReport) -> list[Column]:
        lines = [row(entry) for entry in report.metrics]

        def cell(place: int) -> Callable[[int], Text]:
            return lambda line: Text(lines[line][place])

        return [
            Column(title, title, width, min(place, 5), render=cell(place), flexible=place == 6,
                   align="left" if place in (0, 6) else "right",
                   names=(lambda: (line[0] for line in lines)) if place == 0 else None)
            for place, (title, width) in enumerate(zip(HEAD, _WIDTHS, strict=True))
        ]  # fmt: skip

    def _item_columns(self, entry: MetricNoise) -> list[Column]:
        report, side = self.report, self.side
        assert report is not None and side is not None
        values, scale, digits = side.scores.of(entry.metric.name), self._scale(entry), decimals(entry.metric)

        def question(line: int) -> Text:
            return Text(one_line(side.item(report.items[line]).question))

        def pattern(line: int) -> Text:
            scored = [float(value) for value in values[line] if np.isfinite(value)]
            return Text(dots(scored, scale, 25))

        return [
            item_column(report.items),
            Column("question", "question", 14, 3, flexible=True, render=question),
            Column("sd", "sd", 6, 0, align="right", sort_key=lambda: entry.item_sd,
                   render=lambda line: Text(number(float(entry.item_sd[line]), digits))),
            Column("dots", f"{scale[0]:g} … {scale[1]:g}", 25, 1, render=pattern),
        ]  # fmt: skip

    # ---------------------------------------------------------------- actions

    @on(ColumnTable.RowHighlighted, "#metrics")
    def _metric_chosen(self, event: ColumnTable.RowHighlighted) -> None:
        if self.report is not None and not event.stale and self.query_one("#metrics").has_focus:
            name = self.report.metrics[event.row].metric.name
            if name != self.metric:
                self.metric = name
                self.paint()

    def action_metric(self, step: int) -> None:
        """Look at another metric."""
        if self.report is not None and self.metric:
            names = [entry.metric.name for entry in self.report.metrics]
            self.metric = names[(names.index(self.metric) + step) % len(names)]
            self.paint()

    def action_copy(self) -> None:
        """Copy the report as text."""
        if self.report is not None and self.side is not None:
            from ragtui.present.noise import Measured
            from ragtui.present.report.forms.noise.text import write as as_text

            self.app.copy_to_clipboard(
                as_text([Measured(self.label, self.report, self.splits, self.side.origins, self.flickers or {})])
            )
            self.say("copied the noise report")
