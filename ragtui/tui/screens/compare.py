"""Compare: the board. Which items moved beyond noise, on which metrics, which movements are noise, and what changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.widgets import Static

from ragtui.model import About
from ragtui.present.clean import one_line
from ragtui.present.confirming import fresh_words, tally
from ragtui.present.filters import parse_filter
from ragtui.present.numbers import count
from ragtui.present.report import headline
from ragtui.present.sentences.causes import say_cause
from ragtui.present.sentences.notes import say_notes
from ragtui.present.sentences.refusals import say_refusal
from ragtui.tui.looks.clipped import show_clipped
from ragtui.tui.looks.titles import title
from ragtui.tui.rows.board_cells import BoardCells
from ragtui.tui.rows.cell_rows import CellRows
from ragtui.tui.rows.metric_rows import metric_columns, metric_line
from ragtui.tui.rows.preview import PreviewedCell, preview
from ragtui.tui.screens.compare_keys import CompareKeys
from ragtui.tui.screens.comparing import CANDIDATES, DETAIL, METRICS
from ragtui.tui.widgets.filter_bar import FilterBar
from ragtui.tui.widgets.table.column_table import ColumnTable
from ragtui.workbench import SideComparison

BESIDE, BELOW = 120, 20
"""The preview stands beside the board from this width on, else below it from this height on."""
_VERDICTS = ("improved", "regressed", "changed", "unproven", "failed")


class CompareScreen(CompareKeys):
    """The metric strip, the board of items, and the preview of the cell under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "item", "item", id="compare.item", tooltip="open the item"),
        Binding("n", "next_flagged(1)", "next flagged", id="compare.next_flagged", tooltip="next flagged cell"),
        Binding("N", "next_flagged(-1)", "previous flagged", id="compare.previous_flagged", show=False),
        Binding("space", "mark", "mark", id="compare.mark", tooltip="mark the item for further repeats"),
        Binding("t", "repeat_items", "repeat", id="compare.repeat", tooltip="run marked or doubtful items again"),
        Binding("d", "detail", "detail", id="compare.detail", tooltip="one metric: gauge, repeats, P; or all of them"),
        Binding("f", "view", "show", id="compare.view", tooltip="all, flagged, regressed, improved, unproven"),
        Binding("z", "fold", "fold noise", id="compare.fold", tooltip="hide items within noise"),
        Binding("slash", "filter", "filter", id="compare.filter", tooltip="filter: words, key:value, !not"),
        Binding("w", "write", "report", id="compare.write", tooltip="write text, Markdown, JSON or CSV"),
        Binding("m", "metric(1)", "metric", id="compare.metric", tooltip="next metric"),
        Binding("M", "metric(-1)", "previous metric", id="compare.metric_back", show=False),
        Binding("v", "preview", "preview", id="compare.preview", tooltip="show or hide the preview"),
        Binding("asterisk", "mark_shown", "mark shown", id="compare.mark_shown", show=False, tooltip="mark all shown"),
        Binding("a", "note", "note", id="compare.note", show=False, tooltip="write a note on the item"),
        Binding("u", "undo", "undo", id="compare.undo", show=False, tooltip="take back the latest decision"),
        Binding("s", "sort", "sort", id="compare.sort", show=False, tooltip="sort by the next column"),
        Binding("S", "reverse", "reverse", id="compare.reverse", show=False, tooltip="reverse the order"),
        Binding("x", "swap", "swap", id="compare.swap", show=False, tooltip="swap baseline and candidate"),
        Binding("left_square_bracket", "candidate(-1)", "previous candidate", id="compare.candidate_back", show=False),
        Binding("right_square_bracket", "candidate(1)", "next candidate", id="compare.candidate", show=False),
        Binding("c", "settings", "settings", id="compare.settings", show=False, tooltip="configuration differences"),
        Binding("r", "noise", "noise", id="compare.noise", show=False, tooltip="how much the baseline's repeats vary"),
        Binding("y", "copy", "copy", id="compare.copy", show=False, tooltip="copy the sentence to paste"),
        Binding("Y", "copy_row", "copy row", id="compare.copy_row", show=False, tooltip="copy the cell as JSON"),
        Binding("ctrl+s", "save_view", "save view", id="compare.save_view", show=False, tooltip="name what is shown"),
        Binding("Q", "borrowed", "noise of others", id="compare.borrowed", show=False,
                tooltip="without repeats: a band from noise that others measured, or none"),
        Binding("W", "without", "without", id="compare.without", show=False, tooltip="leave a repeat out, or back in"),
        Binding("P", "problems", "problems", id="compare.problems", show=False, tooltip="what is wrong in the runs"),
        Binding("D", "direction", "direction", id="compare.direction", show=False, tooltip="is higher better"),
        Binding("V", "before_after", "fresh repeats", id="compare.before_after", show=False, tooltip="before, after"),
        Binding("F", "slices", "slices", id="compare.slices", show=False, tooltip="how values of metadata moved"),
        Binding("i", "why", "why", id="compare.why", show=False, tooltip="the mean in a sentence, and every note"),
    ]  # fmt: skip

    def body(self) -> ComposeResult:
        """Metric strip over the board, preview beside or below."""
        yield Static(id="metric-line")
        with VerticalScroll(id="metrics-pane", classes="pane", can_focus=False) as pane:
            pane.border_title = "Metrics"
            yield ColumnTable(id="metrics")
        yield Static(id="upshot", markup=False)
        yield Static(id="notes", markup=False)
        bar = FilterBar("")
        bar.known = self.filter_fields
        yield bar
        with Container(id="items-body"):
            with VerticalScroll(id="items-pane", classes="pane", can_focus=False):
                yield ColumnTable(id="items")
            with VerticalScroll(id="preview-pane", classes="pane"):
                yield Static(id="preview")

    @property
    def items(self) -> ColumnTable:
        """The table of items."""
        return self.query_one("#items", ColumnTable)

    def on_mount(self) -> None:
        """Compare in the background."""
        self._place_preview()
        self.items.focus()
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self.paint())
        self.crumbs("runs", "comparing …")
        self.query_one("#items-pane").border_subtitle = "comparing …"
        self.compare()

    def on_screen_suspend(self) -> None:
        """Something opens over it: a terminal that is closed there must not cost the place."""
        if self in self.app.screen_stack:
            self.remember()

    def on_screen_resume(self) -> None:
        """Back from an item or a run: notes may have changed, fresh repeats may be there, files may be gone."""
        self.paint()
        self.compare_again()

    def on_resize(self, _event: events.Resize) -> None:
        """Columns and the preview's place depend on the size."""
        self._place_preview()
        self.call_after_refresh(self.paint)

    def _place_preview(self) -> None:
        """Beside the board, below it, or nowhere."""
        width, height = self.app.size
        wanted = self.session.state.view.get("compare.preview") != "no"
        beside = wanted and width >= BESIDE
        self.set_class(beside, "-beside")
        self.set_class(wanted and not beside and height >= BELOW and width >= 60, "-below")

    # ---------------------------------------------------------------- painting

    def cell_styles(self) -> Mapping[str, Style]:
        """Verdicts of sides that cannot be compared are grey."""
        styles = super().cell_styles()
        if self.result is not None and self.result.blockers:
            return {**styles, **dict.fromkeys(_VERDICTS, styles["muted"])}
        return styles

    def paint(self) -> None:
        """Paint everything from the comparison at hand."""
        result = self.result
        if result is None or self.query_one_optional("#items") is None:
            return
        self.paint_metrics()
        self._paint_upshot(result)
        self._paint_notes(result)
        self.paint_items()
        self.paint_preview()

    def paint_metrics(self) -> None:
        """The strip above, with the metric at hand marked."""
        if self.result is None:
            return
        entries, styles = self.result.comparison.metrics, self.cell_styles()
        strip = self.query_one("#metrics", ColumnTable)
        withheld = bool(self.result.blockers)
        strip.set_data(metric_columns(entries, self.metric, styles, withheld=withheld), len(entries))
        strip.move_to([entry.metric.name for entry in entries].index(self.metric))
        self.query_one("#metric-line", Static).update(metric_line(self.entry, styles, withheld=withheld))

    def paint_items(self) -> None:
        """The board, or one metric in detail."""
        if self.result is None:
            return
        table, board = self.items, self.board
        chosen = self.chosen()
        columns = self._detail() if self.mode == DETAIL else self._cells()
        current = table.cursor_row
        table.set_data(columns, len(board.items), chosen)
        cells = [] if self.mode == DETAIL else [column.key for column in board.columns]
        table.put_cells(cells, board.columns[self.column].key)
        self.drawn = {column.key for column in columns}
        if current is not None and current in chosen:
            table.move_to(current)
        table.marked = [board.row_of[item] for item in self.marked if item in board.row_of]
        self.paint_titles(len(chosen))

    def _detail(self) -> list:  # type: ignore[type-arg]
        assert self.result is not None
        rows = CellRows(
            self.result, self.metric, self.cell_styles(), self.notes, question=self.texts.question,
            narrow=self.app.size.width < 100, ascii_only=self.session.ascii_only, marked=self.marked,
        )  # fmt: skip
        return rows.columns()

    def _cells(self) -> list:  # type: ignore[type-arg]
        words = {item: "note" for item, note in self.notes.items() if note}
        for item, ruling in self.rulings.items():
            words[item] = f"{words[item]} · {ruling}" if item in words else ruling
        result, standing = self.result, dict[str, str]()
        if result is not None and result.fresh is not None:
            standing = fresh_words(result.comparison, result.fresh.comparison, self.metric)
        cells = BoardCells(
            self.board, self.texts.question, self.cell_styles(), self.board.columns[self.column].key, self.marked,
            words, standing, self._why(),
        )  # fmt: skip
        return cells.columns(self.items.size.width or self.app.size.width)

    def _why(self) -> dict[str, str]:
        causes = None if self.result is None else self.session.causes(self.result)
        return {} if causes is None else {item: cell.reason.cause.value for item, cell in causes.of_item.items()}

    def _paint_upshot(self, result: SideComparison) -> None:
        """The sentence to paste, as `y` copies it; of sides that cannot be compared the bar below says the same."""
        pane = self.query_one("#upshot", Static)
        pane.display = not result.blockers
        show_clipped(pane, Text(self.upshot(), self.cell_styles()["title"]))

    def _paint_notes(self, result: SideComparison) -> None:
        """Blockers first, as a bar; the rest in a line or two, in full behind `i`."""
        styles, out = self.cell_styles(), Text()
        if result.blockers:
            blockers = one_line("; ".join(say_notes(result.blockers)))
            out.append(f"▌NOT COMPARABLE: {blockers} · i why\n", super().cell_styles()["failed"])
        if self.stale:
            out.append(f"! {one_line(self.stale)}\n", styles["warning"])
        if self.entry.refused:
            out.append(
                f"{one_line(self.metric)} is not compared: {one_line(say_refusal(self.entry.refused))}\n",
                styles["warning"],
            )
        if not self.entry.metric.direction_known and self.entry.labels is None:
            guess = {True: "higher is better, guessed from its name", False: "lower is better, guessed from its name"}
            untold = "nobody told whether higher is better"
            words = guess[bool(self.entry.metric.higher_is_better)] if self.entry.metric.sign else untold
            out.append(f"{one_line(self.metric)} ? {words} · D settles it\n", styles["warning"])
        if fresh := tally(self.standing_words().values()):
            out.append(f"{fresh}\n", styles["title"])
        # Metrics of untold direction carry a "?", and the line above says it of the one at hand; `i` names them all.
        warnings, notes = self.remarks(without=(About.GUESSED_DIRECTIONS, About.UNKNOWN_DIRECTIONS))
        for line in warnings:
            out.append(f"{one_line(line)}\n", styles["warning"])
        for line in notes:
            out.append(f"{one_line(line)}\n", styles["muted"])
        out.rstrip()
        pane = self.query_one("#notes", Static)
        show_clipped(pane, out)
        pane.display = bool(out)

    def paint_titles(self, shown: int) -> None:
        """What is shown, how much of it, and where this is."""
        result, board = self.result, self.board
        assert result is not None
        comparison = result.comparison
        pane = self.query_one("#items-pane")
        names = {
            METRICS: f"Items × metrics{self._span()}",
            CANDIDATES: f"Items × candidates{self._span()} · {self.metric}",
            DETAIL: f"Items · {self.metric}",
        }
        pane.border_title = title(f"{names[self.mode]}{' · not comparable' if result.blockers else ''}")
        folded = self.told_by_one if self.folds else ()  # counted all the same: one of them stands for all
        parts = [
            f"{len(self.marked)} marked" if self.marked else "",
            board.headline([int(row) for row in (*self.items.order, *folded)]),
            f"{shown} of {len(board.items)} items",
            self.view if self.view != "all" else "",
            self.filter.text,
            (f"noise and {len(folded)} alike folded (z)" if len(folded) else "noise folded (z)") if self.folds else "",
        ]
        pane.border_subtitle = title(" · ".join(part for part in parts if part))
        self.query_one("#metrics-pane").border_subtitle = title(headline(comparison))
        several = f" ({self.place + 1} of {len(self.candidates)})" if len(self.candidates) > 1 else ""
        repeats = f"{len(comparison.repeats_a)} v {len(comparison.repeats_b)} repeats"
        about = (one_line(result.a.configuration.dataset), count(len(board.items), "item"), repeats)
        self.crumbs(
            "runs", f"{one_line(result.a.label)} ⇄ {one_line(result.b.label)}{several}",
            status=" · ".join(part for part in about if part),
            origins=result.origins,
        )  # fmt: skip

    def _span(self) -> str:
        """ " ‹ 2-4 of 6 ›" where columns of cells wait left or right of those drawn."""
        drawn = [number for number, column in enumerate(self.board.columns, 1) if column.key in self.drawn]
        total = len(self.board.columns)
        if len(drawn) in (0, total):
            return ""
        return f" {'‹ ' * (drawn[0] > 1)}{drawn[0]}-{drawn[-1]} of {total}{' ›' * (drawn[-1] < total)}"

    def paint_preview(self) -> None:
        """The cell under the cursor."""
        pane, item = self.query_one("#preview-pane"), self.item
        if not pane.display or self.result is None or item is None:
            self.query_one("#preview", Static).update("")
            return
        record = self.texts.record(item)
        if record is None:
            self.read_record(item)
        column = self.board.columns[self.column]
        extra = [(f"note: {note}", "warning")] if (note := self.notes.get(item)) else []
        extra += [(ruling, "title")] if (ruling := self.rulings.get(item)) else []
        words = self.standing_words().get((item, column.entry.metric.name))
        extra += [(f"fresh repeats: {words}", "title")] if words else []
        causes = self.session.causes(column.result)
        cause = None if causes is None else causes.cells.get((item, column.entry.metric.name))
        why = "" if cause is None else say_cause(cause)
        text = preview(
            PreviewedCell(column.result, column.entry, item, record, tuple(extra), why),
            max(20, pane.size.width - 2), self.cell_styles(), ascii_only=self.session.ascii_only,
            brief=self.has_class("-below"),
        )  # fmt: skip
        pane.border_title = title(f"{item} · {column.entry.metric.name}")
        self.query_one("#preview", Static).update(text)

    def texts_came(self) -> None:
        """Questions have been read."""
        if self.filter.text:
            self.paint_items()
        else:
            self.items.repaint_rows()

    def record_came(self) -> None:
        """The preview's texts have been read."""
        self.paint_preview()

    # ---------------------------------------------------------------- events

    def go_to(self, row: int, column: int) -> None:
        """Put the cursor on a cell."""
        self.items.move_to(row)
        self.show_column(self.board.columns[column].key)

    @on(ColumnTable.RowHighlighted, "#items")
    def _row_highlighted(self) -> None:
        self.paint_preview()

    @on(ColumnTable.CellHighlighted, "#items")
    def _cell_highlighted(self, event: ColumnTable.CellHighlighted) -> None:
        if self.result is not None:
            self.show_column(event.key)

    @on(ColumnTable.RowSelected, "#items")
    def _selected(self) -> None:
        self.action_item()

    @on(ColumnTable.RowHighlighted, "#metrics")
    def _metric_chosen(self, event: ColumnTable.RowHighlighted) -> None:
        if self.result is not None and not event.stale and self.query_one("#metrics").has_focus:
            self.show_metric(self.result.comparison.metrics[event.row].metric.name)

    @on(FilterBar.Changed)
    def _filtered(self, event: FilterBar.Changed) -> None:
        self.filter = parse_filter(event.text)
        self.paint()

    @on(FilterBar.Closed)
    def _filter_closed(self) -> None:
        self.items.focus()
