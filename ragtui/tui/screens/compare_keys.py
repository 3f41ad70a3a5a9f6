"""What the keys of the compare screen do."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial

from ragtui.model import About, DirectionFrom
from ragtui.present.clean import one_line
from ragtui.present.explain import explain_aggregate
from ragtui.present.filters import parse_filter
from ragtui.present.sentences.causes import say_causes
from ragtui.present.sentences.config import toml_key
from ragtui.present.sentences.evidence import say_taught
from ragtui.present.sentences.notes import say_notes
from ragtui.present.sentences.upshot import upshot
from ragtui.tui.dialogs.ask import TextPrompt
from ragtui.tui.dialogs.message import MessageScreen
from ragtui.tui.dialogs.picker import Choice, Picker
from ragtui.tui.rows.board import VIEWS
from ragtui.tui.screens.comparing import CANDIDATES, DETAIL, METRICS, Comparing
from ragtui.tui.shell import Walk
from ragtui.tui.widgets.filter_bar import FilterBar

SAVED = "compare.saved."
MOST_JUMPS = 2000


class CompareKeys(Comparing):
    """Actions on the board and on the item under the cursor; `CompareScreen` shows what they do."""

    SORTED = "#items"
    drawn: set[str]
    """Columns that are on the screen."""

    @abstractmethod
    def paint_metrics(self) -> None:
        """Paint the strip."""

    @abstractmethod
    def paint_items(self) -> None:
        """Paint the board."""

    @abstractmethod
    def paint_preview(self) -> None:
        """Paint the preview."""

    @abstractmethod
    def _place_preview(self) -> None:
        """Put the preview where it fits."""

    def remarks(self, *, without: Collection[About] = ()) -> tuple[list[str], list[str]]:
        """Warnings and notes, without what the top line says already, or another line of the screen."""
        result = self.result
        assert result is not None
        said = {*without, *([About.ORIGIN] if len(result.origins) == 1 else [])}
        warnings = [note for note in result.warnings if note.about not in said]
        notes = [*result.comparison.notes, *(replace(note, metric="") for note in self.entry.notes)]
        notes = [note for note in notes if note.about not in said]
        evidence = [f"noise also from {say_taught(result.evidence)}"] if result.evidence else []
        return list(say_notes(warnings)), [*say_notes(notes), *evidence]

    # ---------------------------------------------------------------- cursor

    def show_column(self, key: str) -> None:
        """Put the cursor into another column of the board."""
        if self.mode == CANDIDATES:
            self.place = int(key)
            self.look_why()
        else:
            self.metric = key
        if self.mode == DETAIL or key not in self.drawn:
            self.paint_items()
        else:
            self.items.put_cells([column.key for column in self.board.columns], key)
        self.paint_metrics()
        self.paint_preview()

    def show_metric(self, name: str) -> None:
        """Look at another metric, whatever the board's columns are."""
        if name == self.metric:
            return
        self.metric = name
        self.session.remember_view(**{"compare.metric": name})
        if self.mode == METRICS:
            self.show_column(name)
        else:
            self._board = None
            self.paint()

    def action_metric(self, step: int) -> None:
        """Look at another metric."""
        if self.result is not None:
            names = [entry.metric.name for entry in self.result.comparison.metrics]
            self.show_metric(names[(names.index(self.metric) + step) % len(names)])

    def action_next_flagged(self, step: int) -> None:
        """Go to the next flagged cell of the rows shown."""
        if self.result is None:
            return
        shown = [int(row) for row in self.items.order]
        found = self.board.next_flagged(shown, self.items.cursor_row, self.column, step)
        if found is None:
            self.say("no flagged cell here: everything shown is within noise, unproven or unknown")
            return
        self.items.move_to(found[0])
        self.show_column(self.board.columns[found[1]].key)

    def action_detail(self) -> None:
        """All metrics, all candidates, or one metric in detail."""
        modes = [METRICS, *([CANDIDATES] if len(self.candidates) > 1 else []), DETAIL]
        item = self.item
        self.mode = modes[(modes.index(self.mode) + 1) % len(modes)]
        self._board = None
        if self.mode == CANDIDATES and None in self.results:
            self.compare()
            return
        self.paint()
        if item is not None and item in self.board.row_of:
            self.items.move_to(self.board.row_of[item])

    def action_preview(self) -> None:
        """Show or hide the preview."""
        hidden = self.session.state.view.get("compare.preview") == "no"
        self.session.remember_view(**{"compare.preview": "yes" if hidden else "no"})
        self._place_preview()
        if hidden and not (self.has_class("-beside") or self.has_class("-below")):
            self.say("the terminal is too small for the preview: enter opens the item")
        self.call_after_refresh(self.paint)

    # ---------------------------------------------------------------- what is shown

    def action_view(self) -> None:
        """Cycle which items are shown."""
        self.view = VIEWS[(VIEWS.index(self.view) + 1) % len(VIEWS)]
        self.paint()

    def action_fold(self) -> None:
        """Hide or show items within noise, and all but the first of those that moved alike."""
        self.folded = not self.folds
        self.paint()

    def action_borrowed(self) -> None:
        """Show or leave out bands from noise that others measured."""
        self.session.remember_view(borrowed="off" if self.session.borrows else "on")
        self.say("borrowed noise on" if self.session.borrows else "borrowed noise off")
        self.compare_again()

    def action_without(self) -> None:
        """Leave a repeat out of the comparison, or take it back."""
        if self.result is not None:
            from ragtui.tui.screens.flows.leaving_out import choose_repeats

            choose_repeats(self, self.baseline_runs, self.candidates[self.place], self.compare_again)

    def action_filter(self) -> None:
        """Open the filter line."""
        self.query_one(FilterBar).open()

    def action_swap(self) -> None:
        """Swap the two sides, keeping the other candidates; once more swaps back."""
        if self.result is None:
            return
        self.baseline_runs, self.candidates[self.place] = self.candidates[self.place], self.baseline_runs
        self.results = [None] * len(self.candidates)
        if self.mode == CANDIDATES:
            self.mode = METRICS
        self.compare()

    def action_candidate(self, step: int) -> None:
        """Look at the next of several candidates."""
        if len(self.candidates) < 2:
            self.say("one candidate only: mark several with space on the runs screen")
            return
        self.place = (self.place + step) % len(self.candidates)
        if self.result is None:
            self.compare()
        else:
            self._compared([(self.place, self.result)])

    def jumps(self) -> list[tuple[str, Callable[[], None]]]:
        """Items by id and saved views by name, for the palette."""
        if self.result is None:
            return []

        def to(item: str) -> Callable[[], None]:
            return lambda: self._jump_to(item)

        saved = [name.removeprefix(SAVED) for name in self.session.state.view if name.startswith(SAVED)]
        views = [(f"view {one_line(name)}", partial(self.open_view, name)) for name in saved]
        folded = [self.board.items[int(row)] for row in self.told_by_one] if self.folds else []
        items = [*self.shown_items, *folded][:MOST_JUMPS]
        return [*views, *((f"item {one_line(item)}", to(item)) for item in items)]

    def _jump_to(self, item: str) -> None:
        if item not in self.shown_items:  # it is folded
            self.folded = False
            self.paint()
        self.show_item(item, self.metric)

    def action_save_view(self) -> None:
        """Keep filter, view, fold, mode and metric under a name; the palette opens it: `view NAME`."""

        def named(name: str | None) -> None:
            if name and name.strip():
                kept = "\n".join([self.filter.text, self.view, "yes" if self.folds else "no", self.mode, self.metric])
                self.session.remember_view(**{f"{SAVED}{name.strip()}": kept})
                self.say(f"view kept: type `:view {name.strip()}`")

        self.app.push_screen(TextPrompt("Name of this view", self.filter.text or self.view, replaced=True), named)

    def open_view(self, name: str) -> None:
        """Show what was kept under a name."""
        parts = self.session.state.view.get(f"{SAVED}{name}", "").split("\n")
        if len(parts) != 5 or self.result is None:
            return
        text, view, folded, mode, metric = parts
        names = [entry.metric.name for entry in self.result.comparison.metrics]
        self.view = view if view in VIEWS else "all"
        self.mode = mode if mode in (METRICS, DETAIL) else self.mode
        self.metric = metric if metric in names else self.metric
        self._board = None
        bar = self.query_one(FilterBar)
        bar.set_text(text)
        self.filter = parse_filter(text)
        self.fold_as(folded == "yes")
        self.paint()

    # ---------------------------------------------------------------- one item

    @property
    def here(self) -> str | None:
        """The item under the cursor, for a key that needs one; without one it is said why there is none."""
        if (item := self.item) is None:
            nothing = "no item passes: esc takes filter and view off"
            self.say("the sides are still being compared" if self.result is None else nothing)
        return item

    def action_item(self) -> None:
        """Open the item under the cursor."""
        item = self.here
        if self.result is None or item is None:
            return
        shown = [other for other in self.shown_items if other in self.result.comparison.row_of]
        if item in shown:
            self.shell.open_item(Walk(self.result, shown, item, self.metric, self.show_item, self.marked))

    def show_item(self, item: str, metric: str) -> None:
        """Follow the item screen, so that coming back lands on the same cell."""
        self.items.focus()
        if self.result is not None and item in self.board.row_of:
            self.show_metric(metric)
            self.items.move_to(self.board.row_of[item])

    def action_mark(self) -> None:
        """Mark or unmark the item under the cursor."""
        if (item := self.here) is not None:
            self.marked ^= {item}
            self.paint_items()
            self.items.action_cursor_down()

    def action_mark_shown(self) -> None:
        """Mark every item shown; once more takes the marks off."""
        if self.here is None:
            return
        shown = set(self.shown_items)
        self.marked = self.marked - shown if shown <= self.marked else self.marked | shown
        self.paint_items()

    def action_repeat_items(self) -> None:
        """Run chosen items again, on both sides, in the background."""
        if self.result is None:
            return
        from ragtui.tui.screens.flows.repeating import repeat_items

        marked = [item for item in self.board.items if item in self.marked]
        repeat_items(self, self.result, marked, self._launched)

    def action_before_after(self) -> None:
        """What the fresh repeats said of the items chosen for them."""
        if self.result is not None:
            from ragtui.tui.screens.flows.before_after import show_before_after

            show_before_after(self, self.result)

    def _launched(self) -> None:
        self.marked.clear()
        self.paint_items()

    def action_note(self) -> None:
        """Write or change the note on the item."""
        item, result = self.here, self.result
        if item is None or result is None:
            return
        key = f"{result.a.configuration.dataset}/{item}"

        def written(text: str | None) -> None:
            if text is not None:
                problem = self.session.decide(self.session.state.with_note(key, text.strip()), f"note on {item}")
                self.say(problem or "note kept (u takes it back)", warning=bool(problem))
                self.paint()

        self.app.push_screen(TextPrompt(f"Note on {one_line(item)}", self.session.state.notes.get(key, "")), written)

    def action_undo(self) -> None:
        """Take back the latest decision."""
        undone = self.session.undo()
        self.say(f"taken back: {one_line(undone)}" if undone else "nothing to take back")
        self.paint()

    # ---------------------------------------------------------------- more about it

    def action_settings(self) -> None:
        """Show configuration differences."""
        if self.result is not None:
            from ragtui.tui.screens.flows.settings import show_settings

            show_settings(self, self.result)

    def action_problems(self) -> None:
        """Everything wrong in the runs of both sides."""
        if self.result is not None:
            self.show_problems((*self.result.a.problems, *self.result.b.problems))

    def action_direction(self) -> None:
        """Settle whether higher is better on the metric at hand, for these places; the command line knows it, too."""
        if self.result is None:
            return
        name = self.metric
        if self.entry.labels is not None:
            self.say(
                f"labels have no direction; [metrics.{toml_key(name)}] good = [...] in config.toml names good ones"
            )
            return
        if self.entry.metric.direction_from in (DirectionFrom.FILE, DirectionFrom.PLAN, DirectionFrom.BUILTIN):
            self.say(f"the direction of {one_line(name)} is stated where it was measured")
            return

        def chosen(word: str | None) -> None:
            if word is None:
                return
            problem = self.session.decide(self.session.state.with_direction(name, word), f"direction of {name}")
            self.say(problem or f"kept (u takes it back); for all places: [metrics.{one_line(name)}] in config.toml")
            self.compare_again()

        choices = [Choice("up", "higher is better"), Choice("down", "lower is better")]
        self.app.push_screen(Picker(f"Direction of {one_line(name)}", choices), chosen)

    def action_why(self) -> None:
        """Say the upshot, the mean's verdict in a sentence, and every warning and note in full."""
        if self.result is None:
            return
        lines = [self.upshot(), explain_aggregate(self.entry)]
        causes = self.session.causes(self.result)
        lines += [said] if causes is not None and (said := say_causes(causes)) else []
        lines += [f"not comparable: {blocker}" for blocker in say_notes(self.result.blockers)]
        warnings, notes = self.remarks()
        body = "\n\n".join(self.words(line) for line in [*lines, *warnings, *notes])
        self.app.push_screen(MessageScreen(one_line(self.metric), body))

    def action_slices(self) -> None:
        """How each value of the items' metadata moved, and what those that moved have in common."""
        if self.result is not None:
            names = [entry.metric.name for entry in self.result.comparison.quality]
            metric = self.metric if self.metric in names else next(iter(names), self.metric)
            self.shell.open_slices(self.result, metric, self._show_slice)

    def _show_slice(self, text: str) -> None:
        """The items of a slice, against all metrics of the one comparison that was sliced: those told its verdicts."""
        self.mode, self.view, self.folded = METRICS, "all", None  # what was counted there is shown here
        self._board = None
        self.filter_by(text)

    def filter_by(self, text: str) -> None:
        """Show the items that pass a filter."""
        self.query_one(FilterBar).set_text(text)
        self.filter = parse_filter(text)
        self.items.focus()
        self.paint()

    def action_noise(self) -> None:
        """Show how much the baseline's repeats differ."""
        if self.result is not None:
            self.shell.open_noise(self.result.a.headers, self.result.a.label)

    def action_write(self) -> None:
        """Write a report."""
        if self.result is not None:
            from ragtui.tui.screens.flows.report_writing import write_report

            write_report(self, self.result)

    def upshot(self) -> str:
        """The sentence to paste."""
        assert self.result is not None
        causes = self.session.causes(self.result)
        return one_line(upshot(self.result.comparison, causes, self.result.blockers))

    def action_copy(self) -> None:
        """Copy the sentence to paste."""
        if self.result is not None:
            self.app.copy_to_clipboard(self.upshot())
            self.say(f"copied: {self.upshot()}")

    def action_copy_row(self) -> None:
        """Copy the cell as JSON."""
        if self.result is not None and (item := self.here) is not None:
            from ragtui.present.report.forms.compare.json import row_json
            from ragtui.workbench.reporting import subject_of

            place = self.result.comparison.row_of[item]
            self.app.copy_to_clipboard(row_json(subject_of(self.result), self.entry, place))
            self.say("copied the cell as JSON")

    def action_back(self) -> None:
        """Peel off one layer: maximised pane, filter, view, fold, detail; then leave."""
        if self.is_maximised:
            self.minimize()
        elif self.filter.text:
            self.query_one(FilterBar).clear()
        elif self.view != "all" or self.folded:
            self.view = "all"
            self.folded = None if self.folded else self.folded  # as it opened, unless somebody opened the fold
            self.paint()
        elif self.mode == DETAIL:
            self.action_detail()
        else:
            self.app.pop_screen()
