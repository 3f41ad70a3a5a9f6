"""Compare: which items moved beyond noise, on which metric, and which movements are noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np
from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static

from ragtui.errors import RagtuiError
from ragtui.model import About, RunHeader
from ragtui.present.clean import one_line
from ragtui.present.confirming import tally
from ragtui.present.explain import explain_aggregate, explain_cell
from ragtui.present.filters import Filter, parse_filter
from ragtui.present.numbers import count
from ragtui.present.report import headline
from ragtui.present.sentences.notes import say_notes
from ragtui.stats import FLAGGED, Verdict
from ragtui.tui.loading import in_background
from ragtui.tui.rows.cell_rows import CellRows
from ragtui.tui.rows.metric_rows import metric_columns, metric_line
from ragtui.tui.rows.setting_text import configuration_diff
from ragtui.tui.screens.base import RagtuiScreen
from ragtui.tui.session import Session
from ragtui.tui.titles import title
from ragtui.tui.widgets.filter_bar import FilterBar
from ragtui.tui.widgets.table.column_table import ColumnTable
from ragtui.workbench import SideComparison

VIEWS = ("all", "flagged", "regressed", "improved", "unproven")
_KEPT = {
    "flagged": FLAGGED,
    "regressed": (Verdict.REGRESSED,),
    "improved": (Verdict.IMPROVED,),
    "unproven": (Verdict.UNPROVEN, Verdict.UNKNOWN),
}
_FOLDED = (Verdict.WITHIN, Verdict.SAME, Verdict.ABSENT)


class CompareScreen(RagtuiScreen):
    """One baseline against one candidate at a time, of possibly several.

    Args:
        session: the shared session.
        baseline: runs of the baseline.
        candidates: one choice of runs a candidate.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "item", "item", id="compare.item", tooltip="open the item"),
        Binding("n", "next_flagged(1)", "next flagged", id="compare.next_flagged", tooltip="next flagged item"),
        Binding("N", "next_flagged(-1)", "previous flagged", id="compare.previous_flagged", show=False),
        Binding("m", "metric(1)", "metric", id="compare.metric", tooltip="next metric"),
        Binding("M", "metric(-1)", "previous metric", id="compare.metric_back", show=False),
        Binding("f", "view", "show", id="compare.view", tooltip="all, flagged, regressed, improved, unproven"),
        Binding("z", "fold", "fold noise", id="compare.fold", tooltip="hide items within noise"),
        Binding("slash", "filter", "filter", id="compare.filter", tooltip="filter: words, key:value, !not"),
        Binding("s", "sort", "sort", id="compare.sort", tooltip="sort by the next column"),
        Binding("S", "reverse", "reverse", id="compare.reverse", show=False, tooltip="reverse the order"),
        Binding("x", "swap", "swap", id="compare.swap", tooltip="swap baseline and candidate"),
        Binding("left_square_bracket", "candidate(-1)", "previous candidate", id="compare.candidate_back", show=False),
        Binding("right_square_bracket", "candidate(1)", "next candidate", id="compare.candidate", show=False),
        Binding("c", "settings", "settings", id="compare.settings", show=False, tooltip="configuration differences"),
        Binding(
            "r", "noise", "noise", id="compare.noise", show=False, tooltip="how much the baseline's repeats differ"
        ),
        Binding("space", "mark", "mark", id="compare.mark", show=False, tooltip="mark the item for further repeats"),
        Binding(
            "t",
            "repeat_items",
            "repeat items",
            id="compare.repeat",
            tooltip="run the marked, or the flagged and unproven, items again on both sides",
        ),
        Binding("w", "write", "write report", id="compare.write", tooltip="write text, Markdown, JSON or CSV"),
        Binding("y", "copy", "copy", id="compare.copy", show=False, tooltip="copy the sentence about this item"),
        Binding("Y", "copy_row", "copy row", id="compare.copy_row", show=False, tooltip="copy the row as JSON"),
        Binding("i", "why", "why", id="compare.why", show=False, tooltip="the mean's verdict in a sentence"),
    ]

    def __init__(
        self, session: Session, baseline: Sequence[RunHeader], candidates: Sequence[Sequence[RunHeader]]
    ) -> None:
        super().__init__(session)
        self.baseline_runs = tuple(baseline)
        self.candidates = [tuple(runs) for runs in candidates]
        self.place = 0
        self.result: SideComparison | None = None
        self.metric = session.state.view.get("compare.metric", "")
        self.view = "all"
        self.folded = False
        self.filter: Filter = parse_filter("")
        self.rows: CellRows | None = None

    def body(self) -> ComposeResult:
        """Metric strip over the items."""
        yield Static(id="metric-line")
        with VerticalScroll(id="metrics-pane", classes="pane", can_focus=False) as pane:
            pane.border_title = "Metrics"
            yield ColumnTable(id="metrics")
        yield Static(id="notes", markup=False)
        yield FilterBar("")
        with Horizontal(id="items-body"):
            with VerticalScroll(id="items-pane", classes="pane", can_focus=False):
                yield ColumnTable(id="items")
            with VerticalScroll(id="preview-pane", classes="pane") as preview:
                preview.border_title = "Why"
                yield Static(id="preview")

    @property
    def items(self) -> ColumnTable:
        """The table of items."""
        return self.query_one("#items", ColumnTable)

    def on_mount(self) -> None:
        """Compare in the background."""
        self.items.focus()
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self.paint())
        self.compare()

    def on_screen_resume(self) -> None:
        """Back from an item or a run: notes may have changed, fresh repeats may be there."""
        self.paint()
        if self.result is not None:
            session, baseline, candidate = self.session, self.baseline_runs, self.candidates[self.place]

            def again(result: SideComparison) -> None:
                if result is not self.result:
                    self._compared(result)

            in_background(
                self, lambda: session.comparison(baseline, candidate), again, lambda _error: None, group="compare"
            )

    def on_resize(self, _event: events.Resize) -> None:
        """Digits depend on the width."""
        self.paint()

    # ---------------------------------------------------------------- comparing

    def compare(self) -> None:
        """Compute, or fetch, the comparison of the current candidate."""
        self.crumbs("runs", "comparing …")
        self.query_one("#items-pane").border_subtitle = "comparing …"
        session, baseline, candidate = self.session, self.baseline_runs, self.candidates[self.place]
        in_background(
            self, lambda: session.comparison(baseline, candidate), self._compared, self._refused, group="compare"
        )

    def _refused(self, error: RagtuiError) -> None:
        self.app.pop_screen()
        self.shell.failed(error)

    def _compared(self, result: SideComparison) -> None:
        self.result = result
        names = [entry.metric.name for entry in result.comparison.metrics]
        if self.metric not in names:
            self.metric = self._most_moved(result)
        self.paint()

    @staticmethod
    def _most_moved(result: SideComparison) -> str:
        quality = result.comparison.quality or result.comparison.metrics
        flagged = [entry.cells.count(*FLAGGED) for entry in quality]
        return quality[int(np.argmax(flagged))].metric.name

    # ---------------------------------------------------------------- painting

    def paint(self) -> None:
        """Paint everything from the comparison at hand."""
        result = self.result
        if result is None or self.query_one_optional("#items") is None:
            return
        styles, comparison = self.cell_styles(), result.comparison
        entries = comparison.metrics
        strip = self.query_one("#metrics", ColumnTable)
        strip.set_data(metric_columns(entries, self.metric, styles), len(entries))
        strip.move_to([entry.metric.name for entry in entries].index(self.metric))
        entry = comparison.metric(self.metric)
        self.query_one("#metric-line", Static).update(metric_line(entry, styles))
        dataset = result.a.configuration.dataset
        prefix = f"{dataset}/"
        notes = {key[len(prefix) :]: note for key, note in self.session.state.notes.items() if key.startswith(prefix)}
        narrow = self.app.size.width < 100
        self.rows = CellRows(result, self.metric, styles, notes, narrow=narrow)
        self._paint_notes(result)
        chosen = self._chosen(self.rows)
        current = self.items.cursor_row
        self.items.set_data(self.rows.columns(), len(comparison.items), chosen)
        if current is not None and current in chosen:
            self.items.move_to(current)
        self._paint_titles(result, len(chosen))
        self._paint_preview()

    def _paint_notes(self, result: SideComparison) -> None:
        entry = result.comparison.metric(self.metric)
        lines = [f"NOT COMPARABLE: {blocker}" for blocker in say_notes(result.blockers)]
        if self.rows is not None and self.rows.standings:
            lines.append(tally(self.rows.standings.values()))
        badge_says_it = len(result.origins) == 1
        notes = [note for note in result.warnings if not (badge_says_it and note.about is About.ORIGIN)]
        lines += say_notes([*notes, *result.comparison.notes, *(replace(note, metric="") for note in entry.notes)])
        if entry.refused:
            lines.insert(0, f"{self.metric} is not compared: {entry.refused}")
        if result.evidence:
            lines.append(f"noise also from {result.evidence}")
        self.query_one("#notes", Static).update("\n".join(one_line(line) for line in lines))

    def _paint_titles(self, result: SideComparison, shown: int) -> None:
        comparison = result.comparison
        flagged = len(self._flagged())
        pane = self.query_one("#items-pane")
        pane.border_title = title(f"Items · {self.metric}")
        view = f" · {self.view}" if self.view != "all" else ""
        text = f" · {self.filter.text}" if self.filter.text else ""
        folded = " · noise folded (z)" if self.folded else ""
        pane.border_subtitle = title(
            f"{flagged} flagged · {shown} of {len(comparison.items)} items{view}{text}{folded}"
        )
        self.query_one("#metrics-pane").border_subtitle = title(headline(comparison))
        several = f" ({self.place + 1} of {len(self.candidates)}, ] next)" if len(self.candidates) > 1 else ""
        arrow = "⇄"
        repeats = f"{len(comparison.repeats_a)} v {len(comparison.repeats_b)} repeats"
        self.crumbs(
            "runs", f"{one_line(result.a.label)} {arrow} {one_line(result.b.label)}{several}",
            status=f"{one_line(result.a.configuration.dataset)} · {count(len(comparison.items), 'item')} · {repeats}",
            origins=result.origins,
        )  # fmt: skip

    def _paint_preview(self) -> None:
        result, row = self.result, self.items.cursor_row
        if result is None or row is None or self.rows is None:
            self.query_one("#preview", Static).update("")
            return
        styles, item = self.cell_styles(), result.comparison.items[row]
        out = Text()
        out.append(f"{one_line(item)}\n", styles["title"])
        out.append(f"{self.rows.question(row)}\n\n")
        for entry in result.comparison.quality:
            style = "" if entry.metric.name == self.metric else "muted"
            out.append(
                f"{self.words(explain_cell(result.comparison, entry.metric.name, item))}\n\n", styles.get(style, "")
            )
        if result.fresh is not None and item in result.fresh.comparison.row_of:
            out.append("fresh repeats, which alone confirm\n", styles["title"])
            for entry in result.fresh.comparison.quality:
                out.append(f"{self.words(explain_cell(result.fresh.comparison, entry.metric.name, item))}\n\n")
        note = self.rows.notes.get(item)
        if note:
            out.append(f"note: {one_line(note)}\n\n", styles["warning"])
        out.append("settings\n", styles["title"])
        out.append_text(configuration_diff(result.a.configuration, result.b.configuration, styles))
        self.query_one("#preview", Static).update(out)

    # ---------------------------------------------------------------- rows

    def _chosen(self, rows: CellRows) -> np.ndarray:
        order = rows.rank
        verdicts = rows.cells.verdict[order]
        keep = np.ones(len(order), bool)
        if self.view != "all":
            keep &= np.isin(verdicts, _KEPT[self.view])
        if self.folded:
            keep &= ~np.isin(verdicts, _FOLDED)
        if self.filter.text:
            keep &= np.array([self._matches(rows, int(row)) for row in order], bool)
        return np.asarray(order[keep])

    def _matches(self, rows: CellRows, row: int) -> bool:
        cells, item = rows.cells, rows.items[row]
        fields: dict[str, object] = {
            "item": item,
            "verdict": rows.verdict(row).name.lower(),
            "flag": rows.flags(row),
            "note": rows.notes.get(item, ""),
            "fresh": rows.standing(row),
            "base": float(cells.mean_a[row]),
            "cand": float(cells.mean_b[row]),
            "delta": float(cells.delta[row]),
            "bands": float(cells.ratio[row]),
            "noise": float(cells.p_noise[row]),
        }
        assert self.result is not None
        fields.update(self.result.a.item(item).metadata)
        return self.filter.matches(fields, f"{item} {rows.question(row)}")

    def _flagged(self) -> list[int]:
        """Rows with a flagged cell on any quality metric, in the order shown first, then the rest."""
        assert self.result is not None and self.rows is not None
        flagged = set(self.result.comparison.flagged_items())
        return [int(row) for row in self.rows.rank if self.result.comparison.items[int(row)] in flagged]

    # ---------------------------------------------------------------- events

    @on(ColumnTable.RowHighlighted, "#items")
    def _highlighted(self) -> None:
        self._paint_preview()

    @on(ColumnTable.RowSelected, "#items")
    def _selected(self) -> None:
        self.action_item()

    @on(ColumnTable.RowHighlighted, "#metrics")
    def _metric_chosen(self, event: ColumnTable.RowHighlighted) -> None:
        if self.result is not None and self.query_one("#metrics").has_focus:
            self._show_metric(self.result.comparison.metrics[event.row].metric.name)

    @on(FilterBar.Changed)
    def _filtered(self, event: FilterBar.Changed) -> None:
        self.filter = parse_filter(event.text)
        self.paint()

    @on(FilterBar.Closed)
    def _filter_closed(self) -> None:
        self.items.focus()

    # ---------------------------------------------------------------- actions

    def _show_metric(self, name: str) -> None:
        if name != self.metric:
            self.metric = name
            self.session.remember_view(**{"compare.metric": name})
            self.paint()

    def action_metric(self, step: int) -> None:
        """Show another metric."""
        if self.result is not None:
            names = [entry.metric.name for entry in self.result.comparison.metrics]
            self._show_metric(names[(names.index(self.metric) + step) % len(names)])

    def action_next_flagged(self, step: int) -> None:
        """Move to the next flagged item of those shown."""
        if self.result is None or self.rows is None:
            return
        shown = [int(row) for row in self.items.order]
        flagged = set(self._flagged())
        places = [place for place, row in enumerate(shown) if row in flagged]
        if not places:
            self.say("no flagged item here: everything is within noise, unproven or unknown")
            return
        current = self.items.cursor_row
        here = shown.index(current) if current in shown else -1
        after = [place for place in places if (place > here if step > 0 else place < here)]
        place = (after[0] if step > 0 else after[-1]) if after else (places[0] if step > 0 else places[-1])
        self.items.move_to(shown[place])

    def action_view(self) -> None:
        """Cycle which items are shown."""
        self.view = VIEWS[(VIEWS.index(self.view) + 1) % len(VIEWS)]
        self.paint()

    def action_fold(self) -> None:
        """Hide or show items within noise."""
        self.folded = not self.folded
        self.paint()

    def action_filter(self) -> None:
        """Open the filter line."""
        self.query_one(FilterBar).open()

    def action_sort(self) -> None:
        """Sort by the next column."""
        self.items.sort_next()

    def action_reverse(self) -> None:
        """Reverse the order."""
        self.items.reverse_sort()

    def action_swap(self) -> None:
        """Swap the two sides."""
        self.baseline_runs, self.candidates = self.candidates[self.place], [self.baseline_runs]
        self.place = 0
        self.compare()

    def action_candidate(self, step: int) -> None:
        """Show the next of several candidates."""
        if len(self.candidates) < 2:
            self.say("one candidate only: mark several with space on the runs screen")
            return
        self.place = (self.place + step) % len(self.candidates)
        self.compare()

    def action_item(self) -> None:
        """Open the item under the cursor."""
        row = self.items.cursor_row
        if self.result is None or row is None:
            return
        shown = [self.result.comparison.items[int(place)] for place in self.items.order]
        self.shell.open_item(self.result, shown, self.result.comparison.items[row], self.metric, self.show_item)

    def show_item(self, item: str, metric: str) -> None:
        """Follow the item screen, so that coming back lands on the same row."""
        self.items.focus()
        if self.result is not None:
            self._show_metric(metric)
            self.items.move_to(self.result.comparison.row_of[item])

    def action_settings(self) -> None:
        """Show configuration differences."""
        if self.result is not None:
            from ragtui.tui.dialogs.message import MessageScreen

            body = configuration_diff(self.result.a.configuration, self.result.b.configuration, self.cell_styles())
            self.app.push_screen(MessageScreen("Changed settings", body))

    def action_why(self) -> None:
        """Say the mean's verdict in a sentence."""
        if self.result is not None:
            from ragtui.tui.dialogs.message import MessageScreen

            sentence = self.words(explain_aggregate(self.result.comparison.metric(self.metric)))
            self.app.push_screen(MessageScreen(one_line(self.metric), sentence))

    def action_noise(self) -> None:
        """Show how much the baseline's repeats differ."""
        if self.result is not None:
            self.shell.open_noise(self.result.a.headers, self.result.a.label)

    def action_mark(self) -> None:
        """Mark or unmark the item under the cursor."""
        row = self.items.cursor_row
        if row is not None:
            self.items.marked = self.items.marked ^ {row}
            self.items.action_cursor_down()

    def action_repeat_items(self) -> None:
        """Run chosen items again, on both sides, in the background."""
        if self.result is None or self.rows is None:
            return
        from ragtui.tui.screens.flows.repeating import repeat_items

        marked = [self.result.comparison.items[row] for row in sorted(self.items.marked)]
        repeat_items(self, self.result, marked)

    def action_write(self) -> None:
        """Write a report."""
        if self.result is not None:
            from ragtui.tui.screens.flows.report_writing import write_report

            write_report(self, self.result)

    def action_copy(self) -> None:
        """Copy the sentence about the item."""
        row = self.items.cursor_row
        if self.result is not None and row is not None:
            sentence = explain_cell(self.result.comparison, self.metric, self.result.comparison.items[row])
            self.app.copy_to_clipboard(sentence)
            self.say("copied the sentence about this item")

    def action_copy_row(self) -> None:
        """Copy the row as JSON."""
        row = self.items.cursor_row
        if self.result is not None and row is not None:
            from ragtui.present.report.data import row_json
            from ragtui.workbench.reporting import subject_of

            subject = subject_of(self.result)
            self.app.copy_to_clipboard(row_json(subject, self.result.comparison.metric(self.metric), row))
            self.say("copied the row as JSON")

    def action_back(self) -> None:
        """Peel off one layer: maximised pane, filter, view, fold; then leave."""
        if self.is_maximised:
            self.minimize()
        elif self.filter.text:
            self.query_one(FilterBar).clear()
        elif self.view != "all" or self.folded:
            self.view, self.folded = "all", False
            self.paint()
        else:
            self.app.pop_screen()
