"""Item: everything of one decision on one screen: numbers, both answers, what the judge said, what was retrieved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static

from ragtui.model import Repeat, Result
from ragtui.present.clean import one_line
from ragtui.present.numbers import moment
from ragtui.present.verdicts import verdict_sign
from ragtui.stats import Verdict
from ragtui.tui.looks.clipped import clipped, show_clipped
from ragtui.tui.looks.titles import title
from ragtui.tui.rows import item_text
from ragtui.tui.rows.item_metrics import metric_table, repeats
from ragtui.tui.rows.passages import passage_columns, passages, tally
from ragtui.tui.rows.preview import judge_line
from ragtui.tui.rows.repeats import labels_given
from ragtui.tui.screens.item_keys import TABS, ItemKeys
from ragtui.tui.widgets.table.column_table import ColumnTable
from ragtui.workbench import Side


class ItemScreen(ItemKeys):
    """One item of a comparison."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "next_flagged(1)", "next flagged", id="item.next_flagged", tooltip="next flagged item"),
        Binding("N", "next_flagged(-1)", "previous flagged", id="item.previous_flagged", show=False),
        Binding("enter", "passage", "passages in full", id="item.passage", tooltip="every passage in full"),
        Binding("space", "mark", "mark", id="item.mark", tooltip="mark the item for further repeats"),
        Binding("t", "repeat_items", "repeat", id="item.repeat_items", tooltip="run this or the marked items again"),
        Binding("plus", "rule('+')", "your verdict", id="item.better", key_display="+ − =", tooltip="you say: better"),
        Binding("minus", "rule('-')", "worse", id="item.worse", show=False, tooltip="you say: worse"),
        Binding("equals_sign", "rule('=')", "as good", id="item.same", show=False, tooltip="you say: as good"),
        Binding("number_sign", "score", "your score", id="item.score", show=False, tooltip="the score it deserves"),
        Binding("a", "note", "note", id="item.note", tooltip="write a note on this item"),
        Binding("m", "metric(1)", "metric", id="item.metric", tooltip="next metric"),
        Binding("M", "metric(-1)", "previous metric", id="item.metric_back", show=False),
        Binding("greater_than_sign,right,l", "repeat(1)", "other repeat", id="item.repeat", key_display="< >"),
        Binding("less_than_sign,left,h", "repeat(-1)", "previous repeat", id="item.repeat_back", show=False),
        Binding("right_square_bracket", "next_item(1)", "next item", id="item.next", show=False),
        Binding("left_square_bracket", "next_item(-1)", "previous item", id="item.previous", show=False),
        Binding("ctrl+t", "trace", "trace", id="item.trace", show=False, tooltip="inside: the trace, call by call"),
        Binding("v", "unify", "unified", id="item.unify", show=False, tooltip="diff in one text or side by side"),
        Binding("V", "before_after", "fresh repeats", id="item.before_after", show=False, tooltip="before and after"),
        Binding("w", "write", "report", id="item.write", show=False, tooltip="write text, Markdown, JSON or CSV"),
        Binding("u", "undo", "undo", id="item.undo", show=False, tooltip="take back the latest decision"),
        Binding("c", "settings", "settings", id="item.settings", show=False, tooltip="configuration differences"),
        Binding("i", "everything", "why", id="item.everything", show=False, tooltip="question, reasons in full"),
        Binding("o", "open", "browser", id="item.open", show=False, tooltip="open the trace in the browser"),
        Binding("e", "edit", "editor", id="item.edit", show=False, tooltip="open both answers in $EDITOR"),
        Binding("y", "copy", "copy", id="item.copy", show=False, tooltip="copy the sentence about this item"),
        Binding("Y", "copy_answer", "copy answer", id="item.copy_answer", show=False, tooltip="copy the answer"),
        Binding("j,down", "scroll(1)", "down", id="item.down", show=False),
        Binding("k,up", "scroll(-1)", "up", id="item.up", show=False),
        Binding("g,home", "to_end(False)", "top", id="item.top", show=False),
        Binding("G,end", "to_end(True)", "bottom", id="item.bottom", show=False),
        Binding("ctrl+d", "scroll_half(1)", "half a page down", id="item.half_down", show=False),
        Binding("ctrl+u", "scroll_half(-1)", "half a page up", id="item.half_up", show=False),
        *(
            Binding(str(number), f"tab({number - 1})", name, id=f"item.tab{number}", show=False)
            for number, name in enumerate(TABS, start=1)
        ),
    ]  # fmt: skip

    def body(self) -> ComposeResult:
        """Question and metrics stay; below, all panes, or one tab at a time on small screens."""
        yield Static(id="question", classes="section")
        yield ColumnTable(id="item-metrics")
        yield Static(id="tabs")
        with VerticalScroll(id="item-scroll"):
            with Horizontal(id="diff", classes="side-by-side"):
                yield Static(id="answer-a", classes="pane section")
                yield Static(id="answer-b", classes="pane section")
            with VerticalScroll(id="contexts", classes="pane", can_focus=False):
                yield ColumnTable(id="passages", empty="no passages recorded: `contexts` of a record are shown here")
            yield Static(id="repeats", classes="pane section")
            with Horizontal(id="judge", classes="side-by-side"):
                yield Static(id="judge-a", classes="pane section")
                yield Static(id="judge-b", classes="pane section")
            yield Static(id="trace", classes="pane section")

    def on_mount(self) -> None:
        """Paint the first item, and read its texts."""
        self.query_one("#repeats").border_title = "Repeats · as high as their share, noise band behind"
        self.query_one("#trace").border_title = "Trace"
        self.query_one("#item-metrics").can_focus = False
        self.query_one("#item-scroll").focus(scroll_visible=False)
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self.paint())
        self.show_item_texts()

    def on_screen_resume(self) -> None:
        """Back from a dialog or a run: notes and marks may have changed."""
        self.paint()

    def on_resize(self, _event: events.Resize) -> None:
        """Columns and tabs depend on the size."""
        self.paint()

    @property
    def small(self) -> bool:
        """Whether one tab is shown at a time."""
        return self.app.size.width < 100 or self.app.size.height < 30

    _no_passages = False

    # ---------------------------------------------------------------- painting

    def paint(self) -> None:
        """Paint everything about the item."""
        if self.query_one_optional("#trace") is None:
            return
        result, styles = self.result, self.cell_styles()
        row = result.comparison.row_of[self.item]
        entry = result.comparison.metric(self.metric)
        verdict, delta = Verdict(int(entry.cells.verdict[row])), float(entry.cells.delta[row])
        sign = verdict_sign(verdict, delta, higher_is_better=entry.metric.higher_is_better)
        flagged = self.flagged
        place = f"flagged {flagged.index(self.item) + 1} of {len(flagged)}" if self.item in flagged else "not flagged"
        marked = " · ● marked" if self.item in self.walk.marked else ""
        self.crumbs(
            "runs", f"{one_line(result.a.label)} ⇄ {one_line(result.b.label)}", one_line(self.item),
            status=f"{place}{marked} · {sign.glyph} {sign.word} on {one_line(self.metric)}", origins=result.origins,
        )  # fmt: skip
        self._paint_question()
        self._paint_metrics()
        self._paint_answers()
        self._paint_passages()
        width = self.app.size.width
        self.query_one("#repeats", Static).update(
            repeats(result, self.item, self.metric, width, styles, ascii_only=self.session.ascii_only)
        )
        self._paint_trace()
        self.paint_tabs()

    def _paint_question(self) -> None:
        """The question in few lines, so that what was found out about it is seen; `i` shows all of both."""
        styles, out = self.cell_styles(), Text()
        width = self.app.size.width - 2
        question = self.question()
        out.append_text(clipped(Text(question, styles["title"]), width, 2 if self.small else 3))
        out.append("\n")
        if expected := self.expected():
            out.append_text(clipped(Text.assemble(("expected  ", styles["muted"]), expected), width, 1))
            out.append("\n")
        for words, style in self.said(brief=self.small):
            out.append(f"{words}\n", styles[style])
        out.rstrip()
        show_clipped(self.query_one("#question", Static), out)

    def _paint_metrics(self) -> None:
        most = 6 if self.app.size.height >= 30 else 3
        columns, entries = metric_table(
            self.result, self.item, self.metric, self.cell_styles(), ascii_only=self.session.ascii_only, most=most
        )
        table = self.query_one("#item-metrics", ColumnTable)
        table.set_data(columns, len(entries))
        table.styles.height = len(entries) + 1
        table.move_to(next((n for n, entry in enumerate(entries) if entry.metric.name == self.metric), 0))

    def _paint_answers(self) -> None:
        styles = self.cell_styles()
        (repeat_a, found_a), (repeat_b, found_b) = self.shown_results()
        before, after = item_text.answer(found_a), item_text.answer(found_b)
        left, right = item_text.split_diff(before, after, styles)
        if self.unified:
            right = item_text.unified_diff(before, after, styles)
        names = [entry.metric.name for entry in self.result.comparison.metrics]
        shown = (("a", self.result.a, repeat_a, found_a, left), ("b", self.result.b, repeat_b, found_b, right))
        for tag, side, repeat, found, text in shown:
            if found is not None and not found.error and not item_text.answer(found):
                text = Text("no answer recorded", styles["muted"])
            text.append("\n")
            text.append_text(judge_line(found, self.metric, "judge", styles))
            text.append_text(self._facts(found, repeat))
            self.query_one(f"#answer-{tag}", Static).update(text)
            judged = item_text.judgements(found, names, styles)
            judged.append(f"\n{one_line(self.metric)}, every repeat\n", styles["muted"])
            if self.result.comparison.metric(self.metric).labels is not None:
                judged.append(one_line(" ".join(labels_given(side, self.metric, self.item))) + "\n")
            elif self.record is not None:
                judged.append_text(item_text.all_rationales(side, self.record.of(tag), self.metric, styles))
            self.query_one(f"#judge-{tag}", Static).update(judged)
            self._title(tag, side, repeat)
        self.query_one("#answer-a").display = not self.unified

    def _facts(self, found: Result | None, repeat: Repeat | None) -> Text:
        if found is None and (self.record is None or repeat is None):
            return Text("reading …" if self.record is None else "not on this side", self.cell_styles()["muted"])
        if found is None and self.record is not None and self.record.problem:
            return Text("cannot be read any more: its file changed on disk", self.cell_styles()["warning"])
        return item_text.facts(found, self.cell_styles())

    def _title(self, tag: str, side: Side, repeat: Repeat | None) -> None:
        total = len(side.scores.repeats)
        turn = f"repeat {side.repeat_name(repeat)} · {self.turn_of(side)} of {total}" if repeat else "not on this side"
        label = one_line(side.label)
        diff = " · unified diff" if self.unified and tag == "b" else ""
        for pane, words in (("answer", f"{label}{diff}"), ("judge", f"Judges · {label}")):
            widget = self.query_one(f"#{pane}-{tag}")
            widget.border_title, widget.border_subtitle = title(words), title(f"{turn}  < >")

    def _paint_passages(self) -> None:
        (_, found_a), (_, found_b) = self.shown_results()
        self.passages = passages(found_a.contexts if found_a else (), found_b.contexts if found_b else ())
        pane, table = self.query_one("#contexts"), self.query_one("#passages", ColumnTable)
        self._no_passages = self.record is not None and not self.passages
        self.refresh_bindings()
        pane.border_title = title(f"Passages · {tally(self.passages)}" if self.passages else "Passages")
        pane.border_subtitle = "enter in full" if self.passages else ""
        table.set_data(passage_columns(self.passages, self.cell_styles()), len(self.passages))
        table.styles.height = max(2, len(self.passages) + 1)

    def _paint_trace(self) -> None:
        out, styles = Text(), self.cell_styles()
        sides = (("a", self.result.a), ("b", self.result.b))
        for (tag, side), (repeat, found) in zip(sides, self.shown_results(), strict=True):
            out.append(f"{one_line(side.label)}  ", styles["title"])
            if found is None or repeat is None:
                out.append("no record\n", styles["muted"])
                continue
            where = (one_line(found.trace_id) or "no trace recorded", one_line(found.trace_url))
            out.append("  ".join(part for part in where if part))
            out.append(f"  {moment(found.started_at)}\n", styles["muted"])
            attempts = self.record.earlier.get((tag, repeat), ()) if self.record is not None else ()
            if attempts:
                out.append(f"  recorded x{len(attempts)}: the latest counts\n", styles["warning"])
                for attempt in attempts:
                    scores = "  ".join(
                        f"{one_line(name)} {said.value:g}"
                        for name, said in attempt.judgements.items() if said.value is not None
                    )  # fmt: skip
                    out.append(f"  {moment(attempt.started_at)}  {scores}  {one_line(attempt.output)[:80]}\n")
            for name, value in found.metadata.items():
                out.append(f"  {one_line(str(name))}  {one_line(str(value))[:200]}\n", styles["muted"])
        pane = self.query_one("#trace", Static)
        repeats_shown = [repeat for _, side in sides for repeat in side.scores.repeats]
        can_read = any(self.session.library.has_traces(repeat.run_uid) for repeat in repeats_shown)
        pane.border_subtitle = "ctrl+t call by call" if can_read else ""
        pane.update(out)

    @property
    def key_words(self) -> Mapping[str, str]:
        """Enter opens passages; where nobody recorded any, it opens nothing."""
        return {"item.passage": ""} if self._no_passages else {}

    def paint_tabs(self) -> None:
        """The panes by number; on small screens, only the one at hand."""
        styles, line = self.cell_styles(), Text(" ")
        names = ("Answers", "no passages" if self._no_passages else "Passages", "Repeats", "Judges", "Trace")
        for place, name in enumerate(names):
            line.append(f" {place + 1} ", styles["accent"])
            line.append(f"{name} ", styles["title" if place == self.tab and self.small else "muted"])
        self.query_one("#tabs", Static).update(line)
        for place, name in enumerate(TABS):
            empty = name == "contexts" and self._no_passages
            hidden = place != self.tab if self.small else empty  # on large screens no heading above nothing
            self.query_one(f"#{name}").set_class(hidden, "-hidden-tab")

    # ---------------------------------------------------------------- events

    @on(ColumnTable.RowSelected, "#passages")
    def _passage_chosen(self, event: ColumnTable.RowSelected) -> None:
        self.show_passages(self.passages[event.row : event.row + 1])
