"""What a person decides on the runs screen: baseline, grouping, hosted rows, undo; and where a run leads to."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ragtui.errors import RagtuiError
from ragtui.files.packed import inner_name
from ragtui.model import ALONE, Problem, poolable
from ragtui.present.clean import one_line
from ragtui.tui.dialogs.ask import TextPrompt
from ragtui.tui.rows.run_rows import RunRow
from ragtui.tui.screens.base import RagtuiScreen
from ragtui.tui.screens.flows.counterpart import choose_counterpart, counterparts

if TYPE_CHECKING:
    from ragtui.workbench import PlaceState, SideComparison


class RunDecisions(RagtuiScreen):
    """Actions on the line under the cursor and on the marked lines; `RunsScreen` shows what they do."""

    rows: list[RunRow]
    marked: set[str]
    figures: dict[str, SideComparison | None]
    unlike: set[str]
    problems: list[Problem]
    reading: bool
    partial: bool
    _baselines: dict[str, RunRow | None]

    @property
    @abstractmethod
    def row(self) -> RunRow | None:
        """The line under the cursor."""

    @property
    def line(self) -> RunRow | None:
        """The line under the cursor, for a key that needs one; without one it is said why there is none."""
        if self.partial:
            self.say("runs are still being read: which is the baseline is known then")
            return None
        if (row := self.row) is None:
            nothing = "the filter hides every run: esc shows them" if self.rows else "no runs here yet: L launches one"
            self.say("runs are still being read" if self.reading and not self.rows else nothing)
        return row

    @abstractmethod
    def read(self) -> None:
        """Read the places again."""

    @abstractmethod
    def regroup(self) -> None:
        """Lay the lines out again."""

    @abstractmethod
    def show_rows(self) -> None:
        """Paint the list."""

    @abstractmethod
    def compare_all(self) -> None:
        """Compare every line with its baseline."""

    def action_compare(self) -> None:
        """Compare the marked lines, or the one under the cursor, with the baseline."""
        if (row := self.line) is None:
            return
        if not self.marked and not poolable(row.first):
            self._compare_answers(row)
            return
        candidates = [other for other in self.rows if other.key in self.marked] or [row]
        baseline = self._baselines.get(candidates[0].first.dataset)
        others = [other for other in counterparts(candidates[0], self.rows) if other not in candidates]
        if baseline is None:
            choose_counterpart(self, candidates[0], others, self._start_from(candidates))
            return
        alike = [other for other in others if other.key in self.unlike]
        if alike and not self.marked and row.key in self.unlike:
            self._choose_among(row, alike)
            return
        candidates = [other for other in candidates if other.key != baseline.key]
        if not candidates:
            self.say("this is the baseline: put the cursor on another line, or press B there", warning=True)
            return
        baseline_runs = self.session.baseline(candidates[0].first.dataset)
        self.shell.open_comparison(baseline_runs, [other.headers for other in candidates])

    def _start_from(self, candidates: Sequence[RunRow]) -> Callable[[RunRow], None]:
        """What to do with a baseline chosen on the way into a comparison: keep it, as `B` does, and go on."""

        def chosen(baseline: RunRow) -> None:
            self._make_baseline(baseline)
            self.shell.open_comparison(baseline.headers, [other.headers for other in candidates])

        return chosen

    def _choose_among(self, row: RunRow, alike: Sequence[RunRow]) -> None:
        """Two datasets without a name in one place have one baseline, and the lines of one of them no item of it."""
        choose_counterpart(self, row, alike, lambda other: self.shell.open_comparison(other.headers, [row.headers]))

    def _compare_answers(self, row: RunRow) -> None:
        """Open a run that answers another question than the full ones: with the one it belongs to."""
        sides = self.session.sides_of(row.headers)
        if sides is None:
            self.say("the run this one belongs to is not here; mark two lines with space to compare them", warning=True)
            return
        self.shell.open_comparison(sides[0], [sides[1]])

    def action_baseline(self) -> None:
        """Make the line under the cursor the baseline of its dataset."""
        if (row := self.line) is not None:
            self._make_baseline(row)

    def _make_baseline(self, row: RunRow) -> None:
        uids = [header.uid for header in row.headers]
        self._decide(self.session.state.with_baseline(row.first.dataset, uids), f"baseline {row.label}")
        self.figures = {
            key: figure
            for key, figure in self.figures.items()
            if not any(other.key == key and other.first.dataset == row.first.dataset for other in self.rows)
        }
        self.show_rows()
        self.compare_all()
        self.say(f"baseline: {one_line(row.label)} (u takes it back)")

    def action_join(self) -> None:
        """Pool the marked lines by hand."""
        chosen = [row for row in self.rows if row.key in self.marked]
        if len(chosen) < 2:
            self.say("mark two or more lines with space first", warning=True)
            return

        def named(label: str | None) -> None:
            if label:
                uids = [header.uid for row in chosen for header in row.headers]
                self.marked.clear()
                self._decide(self.session.state.with_mark(uids, label), f"group {label}")
                self._regrouped(f"grouped as {label} (u takes it back)")

        self.app.push_screen(TextPrompt("Name of the group", chosen[0].label), named)

    def action_ungroup(self) -> None:
        """Take the line's runs out of their group, or forget a hand mark."""
        if (row := self.line) is None:
            return
        label = None if row.group.by_hand else ALONE
        uids = [header.uid for header in row.headers]
        self._decide(self.session.state.with_mark(uids, label), f"ungroup {row.label}")
        self._regrouped("ungrouped (u takes it back)")

    def action_overrule(self) -> None:
        """Take an assembled hosted run apart, or make the marked hosted rows one run."""
        chosen = [row for row in self.rows if row.key in self.marked] or ([self.row] if self.row else [])
        headers = [header for row in chosen for header in row.headers if header.format == "langfuse"]
        if not headers:
            self.say("only runs on Langfuse are made of hosted rows")
            return
        parts = [part for header in headers for part in (header.parts or (header.id,))]
        if len(parts) < 2:
            self.say("one hosted row: mark the other with space first", warning=True)
            return
        apart = len(headers) == 1
        choices = {part: part if apart else parts[0] for part in parts}
        state = self.session.state
        self._decide(replace(state, overrules={**state.overrules, **choices}), "hosted rows")
        self.marked.clear()
        self.read()
        self.say(f"{len(parts)} rows are {'runs of their own' if apart else 'one run'} now (u takes it back)")

    def action_undo(self) -> None:
        """Take back the latest decision."""
        undone = self.session.undo()
        if undone:
            self._regrouped(f"taken back: {one_line(undone)}")
        else:
            self.say("nothing to take back")

    def _regrouped(self, message: str) -> None:
        self.figures.clear()
        self.regroup()
        self.compare_all()
        self.say(message)

    def _decide(self, state: PlaceState, what: str) -> None:
        problem = self.session.decide(state, what)
        if problem:
            self.say(problem, warning=True)

    def action_noise(self) -> None:
        """Show how much repeats of the line differ."""
        if (row := self.line) is not None:
            self.shell.open_noise(row.headers, row.label)

    def action_trend(self) -> None:
        """Show all runs of the line's dataset over time."""
        if (row := self.line) is not None:
            dataset = row.first.dataset
            headers = [header for header in self.session.library.headers.values() if header.dataset == dataset]
            self.shell.open_trend(headers)

    def action_again(self) -> None:
        """Launch further repeats of the line's configuration."""
        from ragtui.tui.screens.flows.repeating import repeat_runs

        if (row := self.line) is not None:
            repeat_runs(self, row.headers)

    def action_before_after(self) -> None:
        """What fresh repeats said of the items chosen for them."""
        from ragtui.tui.screens.flows.before_after import show_before_after_of

        if (row := self.line) is not None:
            show_before_after_of(self, row.headers)

    def action_launch(self) -> None:
        """Choose a plan and look at its cost."""
        from ragtui.tui.screens.flows.plan_choice import choose_plan

        choose_plan(self, [header.location for header in self.session.library.headers.values()])

    def action_judge(self) -> None:
        """Judge the stored answers of the line's latest run again."""
        from ragtui.tui.screens.flows.repeating import judge_again

        if (row := self.line) is not None:
            judge_again(self, row.headers)

    def action_problems(self) -> None:
        """List everything wrong in the files and in the hosted runs that were read."""
        self.show_problems(self.known_problems, reading=self.reading)

    @property
    def known_problems(self) -> tuple[Problem, ...]:
        """Each problem once: of the list, and of the runs that were loaded since. The title counts these."""
        return tuple(dict.fromkeys((*self.problems, *self.session.library.known_problems)))

    def action_columns(self) -> None:
        """Confirm or change the column map of a score table; also of one that could not be guessed."""
        from ragtui.tui.dialogs.columns import TABLES, ColumnsScreen

        row = self.row
        path = (
            Path(row.first.location.partition("#")[0])
            if row is not None and row.first.format in ("table", "plain")
            else None
        )
        if path is None and row is None:
            tables = (Path(place) for place in self.session.places if Path(inner_name(place)).suffix.lower() in TABLES)
            path = next(tables, None)
        if path is None:
            self.say("only score tables and hand-made results have a column map")
            return
        try:
            screen = ColumnsScreen(self.session, path)
        except RagtuiError as error:
            self.failed(error)
            return
        self.app.push_screen(screen, self._columns_confirmed)

    def _columns_confirmed(self, changed: bool | None) -> None:
        if changed:
            self.session.reopen()
            self.read()

    def action_copy(self) -> None:
        """Copy the path or address."""
        if (row := self.line) is not None:
            self.app.copy_to_clipboard(row.first.location)
            self.say(f"copied {one_line(row.first.location)}")

    def action_open(self) -> None:
        """Open a hosted run in the browser."""
        url = (self.row.first.url or "") if self.row is not None else ""
        self.open_address([url], "this run has no address; e opens its file")

    def action_edit(self) -> None:
        """Open the run's file in the editor."""
        if (row := self.line) is not None:
            from ragtui.tui.editor import edit_file

            edit_file(self.app, row.first.location, self.say, self.session.places)
