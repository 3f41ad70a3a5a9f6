"""Item: one question through, both answers, what was retrieved, what every repeat and every judge said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static

from ragtui.model import About, Repeat, Result
from ragtui.present.clean import clean, one_line
from ragtui.present.explain import explain_cell
from ragtui.present.sentences.notes import say_notes
from ragtui.present.verdicts import verdict_sign
from ragtui.stats import Verdict
from ragtui.tui.dialogs.ask import TextPrompt
from ragtui.tui.rows import item_text
from ragtui.tui.screens.base import RagtuiScreen
from ragtui.tui.session import Session
from ragtui.tui.shell import Left
from ragtui.tui.titles import title
from ragtui.workbench import Side, SideComparison

TABS = ("diff", "contexts", "repeats", "judge", "trace")


class ItemScreen(RagtuiScreen):
    """One item of a comparison.

    Args:
        session: the shared session.
        result: the comparison.
        shown: items in the order of the compare screen; `n` walks the flagged ones among them.
        item: where to start.
        metric: metric to start with.
        left: told where the screen was left.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "next_flagged(1)", "next flagged", id="item.next_flagged", tooltip="next flagged item"),
        Binding("N", "next_flagged(-1)", "previous flagged", id="item.previous_flagged", show=False),
        Binding("right_square_bracket", "next_item(1)", "next item", id="item.next", show=False),
        Binding("left_square_bracket", "next_item(-1)", "previous item", id="item.previous", show=False),
        Binding("greater_than_sign,right,l", "repeat(1)", "repeat", id="item.repeat", key_display="< >"),
        Binding("less_than_sign,left,h", "repeat(-1)", "previous repeat", id="item.repeat_back", show=False),
        Binding("m", "metric(1)", "metric", id="item.metric", tooltip="next metric"),
        Binding("M", "metric(-1)", "previous metric", id="item.metric_back", show=False),
        Binding("v", "unify", "unified", id="item.unify", tooltip="diff in one text or side by side"),
        Binding("a", "note", "note", id="item.note", tooltip="write a note on this item"),
        Binding("u", "undo", "undo", id="item.undo", show=False, tooltip="take back the latest decision"),
        Binding("o", "open", "trace", id="item.open", show=False, tooltip="open the trace in the browser"),
        Binding("e", "edit", "editor", id="item.edit", show=False, tooltip="open both answers in $EDITOR"),
        Binding("y", "copy", "copy", id="item.copy", show=False, tooltip="copy the candidate's answer"),
        Binding("Y", "copy_why", "copy sentence", id="item.copy_why", show=False),
        Binding("j,down", "scroll(1)", "down", id="item.down", show=False),
        Binding("k,up", "scroll(-1)", "up", id="item.up", show=False),
        *(
            Binding(str(number), f"tab({number - 1})", name, id=f"item.tab{number}", show=False)
            for number, name in enumerate(TABS, start=1)
        ),
    ]

    def __init__(
        self, session: Session, result: SideComparison, shown: Sequence[str], item: str, metric: str, left: Left
    ) -> None:
        super().__init__(session)
        self._left = left
        self.result = result
        self.shown = list(shown)
        self.item = item
        self.metric = metric
        self.turn = 0
        self.tab = 0
        self.unified = session.state.view.get("item.unified") == "yes"

    def body(self) -> ComposeResult:
        """All panes; small screens show one tab at a time."""
        yield Static(id="tabs")
        with VerticalScroll(id="item-scroll"):
            yield Static(id="question", classes="pane section")
            with Horizontal(id="diff", classes="side-by-side"):
                yield Static(id="answer-a", classes="pane section")
                yield Static(id="answer-b", classes="pane section")
            with Horizontal(id="contexts", classes="side-by-side"):
                yield Static(id="contexts-a", classes="pane section")
                yield Static(id="contexts-b", classes="pane section")
            yield Static(id="repeats", classes="pane section")
            with Horizontal(id="judge", classes="side-by-side"):
                yield Static(id="judge-a", classes="pane section")
                yield Static(id="judge-b", classes="pane section")
            yield Static(id="trace", classes="pane section")

    def on_mount(self) -> None:
        """Paint the first item."""
        self.query_one("#question").border_title = "Question"
        self.query_one("#repeats").border_title = "Repeats · each dot is one repeat, digits are stacks"
        self.query_one("#trace").border_title = "Trace"
        self.query_one("#item-scroll").focus()
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self.paint())
        self.paint()

    def on_resize(self, _event: events.Resize) -> None:
        """Dots and tabs depend on the size."""
        self.paint()

    @property
    def small(self) -> bool:
        """Whether one tab is shown at a time."""
        return self.app.size.width < 100 or self.app.size.height < 30

    # ---------------------------------------------------------------- painting

    def paint(self) -> None:
        """Paint everything about the item."""
        if self.query_one_optional("#trace") is None:
            return
        styles = self.cell_styles()
        entry = self.result.comparison.metric(self.metric)
        row = self.result.comparison.row_of[self.item]
        verdict, delta = Verdict(int(entry.cells.verdict[row])), float(entry.cells.delta[row])
        sign = verdict_sign(verdict, delta, higher_is_better=entry.metric.higher_is_better)
        flagged = self._flagged()
        place = f"flagged {flagged.index(self.item) + 1} of {len(flagged)}" if self.item in flagged else "not flagged"
        arrow = "⇄"
        self.crumbs(
            "runs", f"{one_line(self.result.a.label)} {arrow} {one_line(self.result.b.label)}", one_line(self.item),
            status=f"{place} · {sign.glyph} {sign.word} on {one_line(self.metric)}",
            origins=self.result.origins,
        )  # fmt: skip
        self._paint_question()
        self._paint_answers()
        width = self.app.size.width
        self.query_one("#repeats", Static).update(item_text.repeats(self.result, self.item, self.metric, width, styles))
        self._paint_trace()
        self._paint_tabs()

    def _paint_question(self) -> None:
        styles, a, b = self.cell_styles(), self.result.a, self.result.b
        item = a.item(self.item)
        if not item.question:
            item = b.item(self.item)
        out = Text()
        out.append(f"{clean(item.question).strip() or 'no question recorded'}\n", styles["title"])
        brief = self.small and TABS[self.tab] != "diff"
        if item.expected and not brief:
            out.append("expected  ", styles["muted"])
            out.append(f"{clean(item.expected).strip()}\n")
        for entry in self.result.comparison.quality:
            if self.small and entry.metric.name != self.metric:
                continue
            sentence = self.words(explain_cell(self.result.comparison, entry.metric.name, self.item))
            out.append(f"{sentence}\n", styles["muted"] if entry.metric.name != self.metric else "")
        fresh = self.result.fresh.comparison if self.result.fresh is not None else None
        if fresh is not None and self.item in fresh.row_of and self.metric in {m.metric.name for m in fresh.metrics}:
            out.append(f"fresh repeats: {self.words(explain_cell(fresh, self.metric, self.item))}\n", styles["title"])
        origins = [note for note in self.result.warnings if note.about is About.ORIGIN]
        if len(self.result.origins) > 1:  # else the top line says it all
            out.append("".join(f"{note}\n" for note in map(one_line, say_notes(origins))), styles["warning"])
        out.rstrip()
        note = self.session.state.notes.get(self._note_key)
        if note:
            out.append(f"\nnote: {one_line(note)}", styles["warning"])
        self.query_one("#question", Static).update(out)

    def _paint_answers(self) -> None:
        styles = self.cell_styles()
        (repeat_a, found_a), (repeat_b, found_b) = self._results()
        before, after = item_text.answer(found_a), item_text.answer(found_b)
        left, right = item_text.split_diff(before, after, styles)
        if self.unified:
            right = item_text.unified_diff(before, after, styles)
        shown = (
            ("a", self.result.a, repeat_a, found_a, left, found_b, False),
            ("b", self.result.b, repeat_b, found_b, right, found_a, True),
        )
        names = [entry.metric.name for entry in self.result.comparison.metrics]
        for tag, side, repeat, found, text, other, is_right in shown:
            text.append("\n")
            text.append_text(item_text.facts(found, styles))
            self.query_one(f"#answer-{tag}", Static).update(text)
            contexts = item_text.contexts(
                found.contexts if found else (), other.contexts if other else (), styles,
                right=is_right,
            )  # fmt: skip
            self.query_one(f"#contexts-{tag}", Static).update(contexts)
            judged = item_text.judgements(found, names, styles)
            judged.append(f"\n{one_line(self.metric)}, every repeat\n", styles["muted"])
            judged.append_text(item_text.all_rationales(side, self.item, self.metric, styles))
            self.query_one(f"#judge-{tag}", Static).update(judged)
            self._title(tag, side, repeat)
        self.query_one("#answer-a").display = not self.unified

    def _title(self, tag: str, side: Side, repeat: Repeat | None) -> None:
        total = len(side.scores.repeats)
        turn = (
            f"repeat {side.repeat_name(repeat)} ({self.turn % total + 1} of {total})" if repeat else "not on this side"
        )
        label = one_line(side.label)
        diff = " · unified diff" if self.unified and tag == "b" else ""
        for pane, words in (("answer", f"{label}{diff}"), ("contexts", "Contexts"), ("judge", f"Judges · {label}")):
            widget = self.query_one(f"#{pane}-{tag}")
            widget.border_title, widget.border_subtitle = title(words), title(f"{turn} < >")

    def _paint_trace(self) -> None:
        out = Text()
        styles = self.cell_styles()
        for side, (repeat, found) in zip((self.result.a, self.result.b), self._results(), strict=True):
            out.append(f"{one_line(side.label)}  ", styles["title"])
            if found is None or repeat is None:
                out.append("no record\n", styles["muted"])
                continue
            out.append(f"{one_line(found.trace_id) or 'no trace recorded'}  {one_line(found.trace_url)}")
            out.append(f"  {one_line(found.started_at)}\n", styles["muted"])
            attempts = side.attempts(self.item, repeat)
            if len(attempts) > 1:
                out.append(f"  recorded x{len(attempts)}: the latest counts\n", styles["warning"])
                for attempt in attempts:
                    scores = "  ".join(
                        f"{one_line(name)} {said.value:g}"
                        for name, said in attempt.judgements.items() if said.value is not None
                    )  # fmt: skip
                    out.append(f"  {one_line(attempt.started_at)}  {scores}  {one_line(attempt.output)[:80]}\n")
            for name, value in found.metadata.items():
                out.append(f"  {one_line(str(name))}  {one_line(str(value))[:200]}\n", styles["muted"])
        self.query_one("#trace", Static).update(out)

    def _paint_tabs(self) -> None:
        styles, line = self.cell_styles(), Text(" ")
        for place, name in enumerate(TABS):
            line.append(f" {place + 1} {name.title()} ", styles["title"] if place == self.tab else styles["muted"])
        self.query_one("#tabs", Static).update(line)
        for place, name in enumerate(TABS):
            self.query_one(f"#{name}").set_class(self.small and place != self.tab, "-hidden-tab")

    # ---------------------------------------------------------------- data

    def _results(self) -> list[tuple[Repeat | None, Result | None]]:
        out: list[tuple[Repeat | None, Result | None]] = []
        for side in (self.result.a, self.result.b):
            if self.item not in side.scores.row_of or not side.scores.repeats:
                out.append((None, None))
                continue
            repeat = side.scores.repeats[self.turn % len(side.scores.repeats)]
            out.append((repeat, side.result(self.item, repeat)))
        return out

    def _flagged(self) -> list[str]:
        flagged = set(self.result.comparison.flagged_items())
        return [item for item in self.shown if item in flagged]

    @property
    def _note_key(self) -> str:
        return f"{self.result.a.configuration.dataset}/{self.item}"

    # ---------------------------------------------------------------- actions

    def _go(self, item: str) -> None:
        self.item, self.turn = item, 0
        self.query_one("#item-scroll", VerticalScroll).scroll_home(animate=False)
        self.paint()

    def action_next_flagged(self, step: int) -> None:
        """Go to the next flagged item."""
        flagged = self._flagged()
        if not flagged:
            self.say("no flagged item here")
            return
        here = self.shown.index(self.item) if self.item in self.shown else 0
        places = [self.shown.index(item) for item in flagged]
        after = [place for place in places if (place > here if step > 0 else place < here)]
        place = (after[0] if step > 0 else after[-1]) if after else (places[0] if step > 0 else places[-1])
        self._go(self.shown[place])

    def action_next_item(self, step: int) -> None:
        """Go to the next item of the list, flagged or not."""
        here = self.shown.index(self.item) if self.item in self.shown else 0
        self._go(self.shown[(here + step) % len(self.shown)])

    def action_repeat(self, step: int) -> None:
        """Show another repeat on both sides."""
        self.turn = max(0, self.turn + step)
        longest = max(len(self.result.a.scores.repeats), len(self.result.b.scores.repeats))
        self.turn %= max(1, longest)
        self.paint()

    def action_metric(self, step: int) -> None:
        """Look at another metric."""
        names = [entry.metric.name for entry in self.result.comparison.metrics]
        self.metric = names[(names.index(self.metric) + step) % len(names)]
        self.paint()

    def action_unify(self) -> None:
        """Diff in one text, or side by side."""
        self.unified = not self.unified
        self.session.remember_view(**{"item.unified": "yes" if self.unified else "no"})
        self.paint()

    def action_tab(self, place: int) -> None:
        """Show a tab; on large screens, scroll to it."""
        self.tab = place
        self._paint_question()
        self._paint_tabs()
        if not self.small:
            self.query_one("#item-scroll", VerticalScroll).scroll_to_widget(self.query_one(f"#{TABS[place]}"), top=True)

    def action_scroll(self, step: int) -> None:
        """Scroll by lines."""
        self.query_one("#item-scroll", VerticalScroll).scroll_relative(y=2 * step, animate=False)

    def action_note(self) -> None:
        """Write or change the note on this item."""

        def written(text: str | None) -> None:
            if text is not None:
                problem = self.session.decide(
                    self.session.state.with_note(self._note_key, text.strip()), f"note on {self.item}"
                )
                self.say(problem or "note kept (u takes it back)", warning=bool(problem))
                self.paint()

        self.app.push_screen(
            TextPrompt(f"Note on {one_line(self.item)}", self.session.state.notes.get(self._note_key, "")), written
        )

    def action_undo(self) -> None:
        """Take back the latest decision."""
        undone = self.session.undo()
        self.say(f"taken back: {one_line(undone)}" if undone else "nothing to take back")
        self.paint()

    def action_open(self) -> None:
        """Open the trace of the candidate, else of the baseline."""
        for _, found in reversed(self._results()):
            if found is not None and found.trace_url.startswith(("http://", "https://")):
                self.app.open_url(found.trace_url)
                return
        self.say("no trace address is recorded for this item")

    def action_edit(self) -> None:
        """Open both answers in the editor."""
        from ragtui.tui.editor import edit_text

        (_, found_a), (_, found_b) = self._results()
        question = self.result.a.item(self.item).question or self.result.b.item(self.item).question
        text = (
            f"# {clean(question)}\n\n## {self.result.a.label}\n\n{item_text.answer(found_a)}\n\n"
            f"## {self.result.b.label}\n\n{item_text.answer(found_b)}\n"
        )
        edit_text(self.app, text, self.say)

    def action_copy(self) -> None:
        """Copy the candidate's answer."""
        _, found = self._results()[1]
        self.app.copy_to_clipboard(item_text.answer(found))
        self.say("copied the candidate's answer")

    def action_copy_why(self) -> None:
        """Copy the sentence about this item."""
        self.app.copy_to_clipboard(explain_cell(self.result.comparison, self.metric, self.item))
        self.say("copied the sentence about this item")

    def action_back(self) -> None:
        """Back to the list, on this item."""
        self.app.pop_screen()
        self._left(self.item, self.metric)
