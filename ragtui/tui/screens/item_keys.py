"""What the item screen is about, and what its keys do."""

from __future__ import annotations

import math
import re
from abc import abstractmethod
from collections.abc import Iterator, Sequence

from textual.containers import VerticalScroll

from ragtui.model import About, Repeat, Result
from ragtui.present.clean import clean, one_line
from ragtui.present.explain import explain_cell
from ragtui.present.sentences.causes import say_cause, say_reason
from ragtui.present.sentences.notes import say_notes
from ragtui.tui.dialogs.ask import TextPrompt
from ragtui.tui.dialogs.message import MessageScreen
from ragtui.tui.loading import in_background
from ragtui.tui.rows import item_text
from ragtui.tui.rows.board import metric_board
from ragtui.tui.rows.passages import PassagePair, in_full
from ragtui.tui.screens.base import RagtuiScreen
from ragtui.tui.session import Session
from ragtui.tui.shell import Traced, Walk
from ragtui.tui.texts import Record, Texts, shown_repeat
from ragtui.workbench import Side, SideComparison
from ragtui.workbench.reporting import people_words

TABS = ("diff", "contexts", "repeats", "judge", "trace")
RULINGS = {"+": "better", "-": "worse", "=": "as good"}


class ItemKeys(RagtuiScreen):
    """Actions on one item; `ItemScreen` draws it.

    Args:
        session: the shared session.
        walk: the items of the board, where to start, and whom to tell where the screen was left.
    """

    def __init__(self, session: Session, walk: Walk) -> None:
        super().__init__(session)
        self.walk = walk
        self.result: SideComparison = walk.result
        self.texts: Texts = session.texts(walk.result)
        self.board = metric_board(walk.result)
        self.item = walk.item
        self.metric = walk.metric
        self.turn = 0
        self.tab = 0
        self.passages: list[PassagePair] = []
        self.unified = session.state.view.get("item.unified") == "yes"

    @abstractmethod
    def paint(self) -> None:
        """Paint everything about the item."""

    @abstractmethod
    def paint_tabs(self) -> None:
        """Paint the line of panes."""

    @property
    @abstractmethod
    def small(self) -> bool:
        """Whether one tab is shown at a time."""

    # ---------------------------------------------------------------- data

    @property
    def shown(self) -> Sequence[str]:
        """Items in the order of the board."""
        return self.walk.shown

    @property
    def record(self) -> Record | None:
        """Texts of the item, as far as they have been read."""
        return self.texts.record(self.item)

    @property
    def flagged(self) -> list[str]:
        """Flagged items among those shown."""
        cells = self.board.flagged_cells
        return [item for item in self.shown if cells[self.board.row_of[item]].any()]

    @property
    def note_key(self) -> str:
        """Under which the item's note is kept."""
        return f"{self.result.a.configuration.dataset}/{self.item}"

    @property
    def ruling_key(self) -> str:
        """Under which a person's verdict on the cell is kept."""
        return f"{self.note_key}\t{self.metric}"

    def why(self) -> str:
        """The cause of the cell at hand in a sentence; "" where there is none, or it is still looked into."""
        causes = self.session.causes(self.result)
        cell = None if causes is None else causes.cells.get((self.item, self.metric))
        return "" if cell is None else say_cause(cell)

    def repeat_of(self, side: Side) -> Repeat | None:
        """The repeat shown of a side: at first the most typical one, then those after it."""
        first = shown_repeat(side, self.item, self.metric)
        if first is None:
            return None
        repeats = side.scores.repeats
        return repeats[(repeats.index(first) + self.turn) % len(repeats)]

    def turn_of(self, side: Side) -> int:
        """Its number from 1."""
        found = self.repeat_of(side)
        return 0 if found is None else side.scores.repeats.index(found) + 1

    def shown_results(self) -> list[tuple[Repeat | None, Result | None]]:
        """Repeat and result shown of each side."""
        out: list[tuple[Repeat | None, Result | None]] = []
        for tag, side in (("a", self.result.a), ("b", self.result.b)):
            repeat = self.repeat_of(side)
            found = self.record.of(tag).get(repeat) if self.record is not None and repeat is not None else None
            out.append((repeat, found))
        return out

    def show_item_texts(self) -> None:
        """Paint what is known of the item, then read it anew; what can no longer be read stays as it was."""
        self.paint()
        item, texts = self.item, self.texts

        def came(_record: Record) -> None:
            if item == self.item:
                self.paint()

        in_background(self, lambda: texts.read_record(item), came, lambda _error: None, group="record")

    # ---------------------------------------------------------------- moving

    def _go(self, item: str) -> None:
        self.item, self.turn = item, 0
        self.query_one("#item-scroll", VerticalScroll).scroll_home(animate=False)
        self.show_item_texts()

    def action_next_flagged(self, step: int) -> None:
        """Go to the next flagged item, and to a metric it is flagged on."""
        rows = [self.board.row_of[item] for item in self.shown]
        column = next(n for n, one in enumerate(self.board.columns) if one.key == self.metric)
        found = self.board.next_flagged(rows, self.board.row_of[self.item], column, step)
        if found is None:
            self.say("no flagged item here")
            return
        self.metric = self.board.columns[found[1]].key
        self._go(self.board.items[found[0]])

    def action_next_item(self, step: int) -> None:
        """Go to the next item of the list, flagged or not."""
        here = self.shown.index(self.item) if self.item in self.shown else 0
        self._go(self.shown[(here + step) % len(self.shown)])

    def action_repeat(self, step: int) -> None:
        """Show another repeat on both sides."""
        longest = max(len(self.result.a.scores.repeats), len(self.result.b.scores.repeats))
        self.turn = (self.turn + step) % max(1, longest)
        self.paint()
        if longest < 2:
            self.say("one repeat a side: there is no other")

    def show_metric(self, name: str) -> None:
        """Look at a metric."""
        self.metric, self.turn = name, 0
        self.paint()

    def question(self) -> str:
        """What was asked."""
        found = self.record.item if self.record is not None else self.texts.item(self.item)
        return "reading …" if found is None else clean(found.question).strip() or "no question recorded"

    def expected(self) -> str:
        """What should have been answered; "" where nobody said."""
        found = self.record.item if self.record is not None else self.texts.item(self.item)
        return clean(found.expected).strip() if found is not None and found.expected else ""

    def said(self, *, brief: bool) -> Iterator[tuple[str, str]]:
        """What was found out, decided and noted about the item, with the names of styles.

        Args:
            brief: without the metric's sentence, of which the table below says nearly all.
        """
        if why := self.why():
            yield say_reason(one_line(why), "why  "), "warning"
        fresh = self.result.fresh.comparison if self.result.fresh is not None else None
        if fresh is not None and self.item in fresh.row_of and self.metric in {m.metric.name for m in fresh.metrics}:
            yield f"fresh repeats: {self.words(explain_cell(fresh, self.metric, self.item))}", "title"
        if len(self.result.origins) > 1:  # else the top line says it all
            origins = [note for note in self.result.warnings if note.about is About.ORIGIN]
            yield from ((note, "warning") for note in map(one_line, say_notes(origins)))
        if note := self.session.state.notes.get(self.note_key):
            yield f"note: {one_line(note)}", "warning"
        if ruling := self.session.state.rulings.get(self.ruling_key):
            yield f"your verdict on {one_line(self.metric)}: {ruling} (u takes it back)", "title"
        for item, metric, words in people_words(self.result.b):
            if item == self.item:
                yield f"{one_line(metric)}: {one_line(words)}", "title"
        if self.record is not None and self.record.problem:
            yield f"! changed on disk, shown as it was read: {one_line(self.record.problem)}", "warning"
        if not brief:
            yield self.words(explain_cell(self.result.comparison, self.metric, self.item)), "muted"

    def action_everything(self) -> None:
        """The question, what was expected and everything that was found out, in full."""
        expected = [f"expected  {said}"] if (said := self.expected()) else []
        parts = [self.question(), *expected, *(words for words, _ in self.said(brief=False))]
        self.app.push_screen(MessageScreen(one_line(self.item), "\n\n".join(parts), wide=True))

    def action_metric(self, step: int) -> None:
        """Look at another metric."""
        names = [entry.metric.name for entry in self.result.comparison.metrics]
        self.show_metric(names[(names.index(self.metric) + step) % len(names)])

    def action_unify(self) -> None:
        """Diff in one text, or side by side."""
        self.unified = not self.unified
        self.session.remember_view(**{"item.unified": "yes" if self.unified else "no"})
        self.paint()

    def action_tab(self, place: int) -> None:
        """Show a tab; on large screens, scroll to it."""
        if place == self.tab:
            self.say("this pane is shown already")
        self.tab = place
        self.paint_tabs()
        if TABS[place] == "contexts" and self.passages:
            self.query_one("#passages").focus()
        elif self.query_one("#passages").has_focus:
            self.query_one("#item-scroll").focus(scroll_visible=False)
        if not self.small:
            self._scroll.scroll_to_widget(self.query_one(f"#{TABS[place]}"), top=True, animate=False)

    @property
    def _scroll(self) -> VerticalScroll:
        return self.query_one("#item-scroll", VerticalScroll)

    def action_scroll(self, step: int) -> None:
        """Scroll by lines."""
        self._scroll.scroll_relative(y=2 * step, animate=False)

    def action_scroll_half(self, step: int) -> None:
        """Scroll by half a page."""
        self._scroll.scroll_relative(y=step * max(1, self._scroll.size.height // 2), animate=False)

    def action_to_end(self, last: bool) -> None:
        """Scroll to the top or to the bottom."""
        if last:
            self._scroll.scroll_end(animate=False)
        else:
            self._scroll.scroll_home(animate=False)

    # ---------------------------------------------------------------- deciding

    def action_mark(self) -> None:
        """Mark or unmark the item for further repeats; the board shows the same marks."""
        self.walk.marked ^= {self.item}
        self.paint()

    def action_repeat_items(self) -> None:
        """Run the marked items, or without any this one, again on both sides."""
        from ragtui.tui.screens.flows.repeating import repeat_items

        marked = [item for item in self.board.items if item in self.walk.marked] or [self.item]
        repeat_items(self, self.result, marked, self._launched)

    def action_before_after(self) -> None:
        """What the fresh repeats said of the items chosen for them."""
        from ragtui.tui.screens.flows.before_after import show_before_after

        show_before_after(self, self.result)

    def _launched(self) -> None:
        self.walk.marked.clear()
        self.paint()

    def action_rule(self, ruling: str) -> None:
        """Say what you find, whatever the judge said; the same once more takes it back."""
        state = self.session.state.with_ruling(self.ruling_key, ruling)
        kept = self.ruling_key in state.rulings
        problem = self.session.decide(state, f"your verdict on {self.item}")
        words = RULINGS.get(ruling, f"score {ruling}")
        said = f"your verdict: {words} on {one_line(self.metric)} (u takes it back)" if kept else "verdict taken back"
        self.say(problem or said, warning=bool(problem))
        self.paint()

    def action_score(self) -> None:
        """Say which score the candidate should have had."""

        def given(text: str | None) -> None:
            if text is None:
                return
            if re.search(r",\d{3}(?!\d)", text):
                self.say(
                    f"{one_line(text)}: is the comma one of thousands? Write decimals behind a point", warning=True
                )
                return
            value = _number(text)
            if not low <= value <= high or not math.isfinite(value):
                self.say(f"{one_line(text) or 'nothing'} is no score of {name}: a number{within} is", warning=True)
                return
            self.action_rule(f"{value:g}")

        name = one_line(self.metric)
        scale = self.result.comparison.metric(self.metric).metric.scale
        low, high = scale or (-math.inf, math.inf)
        within = "" if scale is None else f" from {low:g} to {high:g}"
        hint = "the score this answer should have had; kept with the notes, shown on the board"
        self.app.push_screen(TextPrompt(f"Your score on {name}", "", hint=hint), given)

    def action_note(self) -> None:
        """Write or change the note on this item."""

        def written(text: str | None) -> None:
            if text is not None:
                problem = self.session.decide(
                    self.session.state.with_note(self.note_key, text.strip()), f"note on {self.item}"
                )
                self.say(problem or "note kept (u takes it back)", warning=bool(problem))
                self.paint()

        self.app.push_screen(
            TextPrompt(f"Note on {one_line(self.item)}", self.session.state.notes.get(self.note_key, "")), written
        )

    def action_undo(self) -> None:
        """Take back the latest decision."""
        undone = self.session.undo()
        self.say(f"taken back: {one_line(undone)}" if undone else "nothing to take back")
        self.paint()

    # ---------------------------------------------------------------- reading and handing on

    def action_passage(self) -> None:
        """Every passage in full."""
        self.show_passages(self.passages)

    def show_passages(self, found: Sequence[PassagePair]) -> None:
        """Passages with their whole text."""
        if not found:
            self.say("no passages are recorded for this item")
            return
        name = found[0].name if len(found) == 1 else f"Passages of {one_line(self.item)}"
        self.app.push_screen(MessageScreen(name, in_full(found, self.cell_styles()), wide=True))

    def action_settings(self) -> None:
        """Show configuration differences."""
        from ragtui.tui.screens.flows.settings import show_settings

        show_settings(self, self.result)

    def action_write(self) -> None:
        """Write a report."""
        from ragtui.tui.screens.flows.report_writing import write_report

        write_report(self, self.result)

    def action_trace(self) -> None:
        """What the pipeline did for this item, the candidate's shown repeat first."""
        found: list[Traced] = []
        first, library = 0, self.session.library
        for tag, side in (("b", self.result.b), ("a", self.result.a)):
            at_hand = self.repeat_of(side)
            for repeat in side.scores.repeats if self.item in side.scores.row_of else ():
                if not library.has_traces(repeat.run_uid):
                    continue
                if tag == "b" and repeat == at_hand:
                    first = len(found)
                result = self.record.of(tag).get(repeat) if self.record is not None else None
                label = f"{one_line(side.label)} · repeat {side.repeat_name(repeat)}"
                found.append(Traced(repeat.run_uid, label, result.trace_url if result is not None else ""))
        if not found:
            self.say("only runs on Langfuse have a trace that can be read here")
            return
        self.shell.open_trace(self.item, found, first)

    def action_open(self) -> None:
        """Open the trace of the candidate, else of the baseline."""
        addresses = [found.trace_url for _, found in reversed(self.shown_results()) if found is not None]
        self.open_address(addresses, "no trace address is recorded for this item")

    def action_edit(self) -> None:
        """Open both answers, and the passages, in the editor."""
        from ragtui.tui.editor import edit_text

        (_, found_a), (_, found_b) = self.shown_results()
        question = self.record.item.question if self.record is not None else ""
        text = (
            f"# {clean(question)}\n\n## {clean(self.result.a.label)}\n\n{item_text.answer(found_a)}\n\n"
            f"## {clean(self.result.b.label)}\n\n{item_text.answer(found_b)}\n\n## passages\n\n"
            f"{in_full(self.passages, self.cell_styles()).plain}\n"
        )
        edit_text(self.app, text, self.say)

    def action_copy(self) -> None:
        """Copy the sentence about this item."""
        said = explain_cell(self.result.comparison, self.metric, self.item)
        self.app.copy_to_clipboard(f"{said} Why: {why}." if (why := self.why()) else said)
        self.say("copied the sentence about this item")

    def action_copy_answer(self) -> None:
        """Copy the candidate's answer."""
        _, found = self.shown_results()[1]
        self.app.copy_to_clipboard(item_text.answer(found))
        self.say("copied the candidate's answer")

    def remember(self) -> None:
        """The board below remembers; it is told where this is."""
        self.walk.left(self.item, self.metric)

    def action_back(self) -> None:
        """Back to the list, on this item."""
        if self.is_maximised:
            self.minimize()
            return
        self.app.pop_screen()
        self.walk.left(self.item, self.metric)


def _number(text: str) -> float:
    """A number that was typed, also with a decimal comma; NaN for anything else."""
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return math.nan
