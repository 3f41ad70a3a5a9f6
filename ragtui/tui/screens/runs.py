"""Runs: every configuration at a glance, the baseline chosen, one key from any comparison."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static

from ragtui.errors import NotComparable, RagtuiError
from ragtui.model import Problem, RunHeader
from ragtui.present.clean import one_line
from ragtui.present.filters import Filter, parse_filter
from ragtui.present.numbers import MISSING, count
from ragtui.tui.loading import in_background
from ragtui.tui.looks.titles import title
from ragtui.tui.returning import KEPT, LINE, Whereabouts
from ragtui.tui.rows.run_cells import RunCells, fields_of, matches
from ragtui.tui.rows.run_rows import RunRow, details, inside, lay_out, metric_names
from ragtui.tui.rows.setting_text import configuration_diff
from ragtui.tui.screens.run_decisions import RunDecisions
from ragtui.tui.session import Session
from ragtui.tui.widgets.filter_bar import FilterBar
from ragtui.tui.widgets.table.column_table import ColumnTable

if TYPE_CHECKING:
    from ragtui.workbench import SideComparison

WATCH_SECONDS = 2.0
POLL_SECONDS = 30.0
PROGRESS_SECONDS = 0.25
FIRST_LINES = 200
"""Runs after which the list is laid out first; then after four times as many each, which costs a third once more."""
FIGURES_AT_MOST = 60
"""Configurations compared with the baseline in the background; the rest on opening."""

NEXT = """\
ragtui reads the result files of many tools, plain lists of
results, and any CSV or JSONL table of scores:
`ragtui formats` lists them.

L             launch your plan, or a demo without a key
ragtui demo   the same demo from the shell
R             read the folder again
"""
EMPTY = f"No runs here yet.\n\n{NEXT}"


class RunsScreen(RunDecisions):
    """The list of runs; the first screen.

    Attributes:
        clock: what time it is; ages count from it.
    """

    clock: Callable[[], datetime] = staticmethod(lambda: datetime.now(UTC))
    SORTED = "#runs"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "compare", "compare", id="runs.compare", tooltip="compare this line with the baseline"),
        Binding("B", "baseline", "baseline", id="runs.baseline", tooltip="make this line the baseline"),
        Binding("space,C", "mark", "mark", id="runs.mark", key_display="space", tooltip="mark as a candidate"),
        Binding("r", "noise", "noise", id="runs.noise", tooltip="how much repeats of this line differ"),
        Binding("H", "trend", "history", id="runs.trend", show=False, tooltip="this dataset's runs over time"),
        Binding("L", "launch", "launch", id="runs.launch", tooltip="launch a run from a plan, or the demo"),
        Binding("t", "again", "repeat", id="runs.again", show=False, tooltip="launch further repeats of this line"),
        Binding("V", "before_after", "fresh repeats", id="runs.before_after", show=False, tooltip="before and after"),
        Binding("A", "judge", "judge again", id="runs.judge", show=False, tooltip="judge its stored answers again"),
        Binding("slash", "filter", "filter", id="runs.filter", tooltip="filter: words, key:value, !not"),
        Binding("m", "metric(1)", "metric", id="runs.metric", tooltip="next metric in the list"),
        Binding("M", "metric(-1)", "previous metric", id="runs.metric_back", show=False),
        Binding("z", "fold", "fold", id="runs.fold", tooltip="show or hide the runs of a configuration"),
        Binding("v", "details", "details", id="runs.details", show=False, tooltip="details in place of the list"),
        Binding("s", "sort", "sort", id="runs.sort", show=False, tooltip="sort by the next column"),
        Binding("S", "reverse", "reverse", id="runs.reverse", show=False, tooltip="reverse the order"),
        Binding("J", "join", "group", id="runs.join", show=False, tooltip="pool the marked runs as one configuration"),
        Binding("U", "ungroup", "ungroup", id="runs.ungroup", show=False, tooltip="take this run out of its group"),
        Binding("u", "undo", "undo", id="runs.undo", show=False, tooltip="take back the latest decision"),
        Binding(
            "O",
            "overrule",
            "merge or split",
            id="runs.overrule",
            show=False,
            tooltip="hosted rows: one run, or runs of their own",
        ),
        Binding(
            "P", "problems", "problems", id="runs.problems", show=False, tooltip="everything wrong in what was read"
        ),
        Binding("K", "columns", "columns", id="runs.columns", show=False, tooltip="column map of a score table"),
        Binding("y", "copy", "copy", id="runs.copy", show=False, tooltip="copy the path of the run"),
        Binding("o", "open", "open", id="runs.open", show=False, tooltip="open in the browser"),
        Binding("e", "edit", "editor", id="runs.edit", show=False, tooltip="open the run's file in $EDITOR"),
        Binding("ctrl+o", "older", "older", id="runs.older", show=False, tooltip="hosted runs from longer ago"),
        Binding("R", "reload", "refresh", id="runs.reload", show=False, tooltip="read the places again"),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.rows: list[RunRow] = []
        self.shown: list[RunRow] = []
        self.unfolded: set[str] = set()
        self.marked: set[str] = set()
        self.filter: Filter = parse_filter(session.state.view.get("runs.filter", ""))
        self.metric = session.state.view.get("runs.metric", "")
        self.figures: dict[str, SideComparison | None] = {}
        self.unlike: set[str] = set()  # lines without an item in common with their baseline
        self.reading, self.partial = True, False
        self.problems: list[Problem] = []
        self.stamp: Hashable = None
        self.now = self.clock()
        self._returned = False

    def action_older(self) -> None:
        """List hosted runs from longer ago."""
        days = [found for remote in self.session.library.remotes if (found := remote.reach_back()) is not None]
        if not days:
            self.say("every run of these places is listed; only Langfuse is asked for the last days")
            return
        self.session.days = max(days)
        self.say(f"listing hosted runs of the last {max(days)} days")
        self.read()

    # ---------------------------------------------------------------- layout

    def body(self) -> ComposeResult:
        """List and details."""
        bar = FilterBar(self.session.state.view.get("runs.filter", ""))
        bar.known = lambda: {name for row in self.rows for name in fields_of(row, self.now)}
        yield bar
        with Horizontal(id="runs-body"):
            with VerticalScroll(id="runs-pane", classes="pane", can_focus=False):
                yield ColumnTable(id="runs", empty="reading …")
                yield Static(EMPTY, id="empty")
            with VerticalScroll(id="details-pane", classes="pane") as pane:
                pane.border_title = "Details"
                yield Static(id="details")

    @property
    def table(self) -> ColumnTable:
        """The list."""
        return self.query_one("#runs", ColumnTable)

    def on_mount(self) -> None:
        """Read the places, then watch them."""
        self.table.focus()
        self.show_rows()
        self.read()
        self.set_interval(WATCH_SECONDS, self._watch)
        if self.session.library.remotes:
            self.set_interval(POLL_SECONDS, self._poll)
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self.show_rows())

    def on_screen_resume(self) -> None:
        """Back from another screen: notes, marks or runs may have changed."""
        if self._returned:
            self.session.remember_view(**{KEPT: ""})
        self.show_rows()

    # ---------------------------------------------------------------- reading

    def read(self) -> None:
        """Read every header again in the background; the list fills as they come."""
        self.reading = True
        session = self.session

        def job() -> Hashable:
            found: list[RunHeader | Problem] = []
            first, lines, said = not self.rows, FIRST_LINES, monotonic()
            if session.library.remotes and not self.rows:
                for _ in session.library.scan(ask=False):
                    pass
                self.app.call_from_thread(self.regroup)
            for entry in session.library.scan():
                found.append(entry)
                if first and len(found) == lines and not session.library.remotes:
                    lines *= 4
                    headers = [header for header in found if isinstance(header, RunHeader)]
                    self.app.call_from_thread(self._so_far, headers)
                if monotonic() - said > PROGRESS_SECONDS:
                    said = monotonic()
                    self.app.call_from_thread(self._progress, len(found))
            return session.library.stamp()

        in_background(self, job, self._read, self._unreadable, group="read")

    def _so_far(self, headers: Sequence[RunHeader]) -> None:
        """Show the lines of a long list while the rest is read; nothing is decided before all of it is there."""
        self.session.library.so_far(headers)
        self.partial = True
        self.regroup()

    def _progress(self, found: int) -> None:
        self.query_one("#runs-pane").border_subtitle = f"reading … {found} runs"

    def _unreadable(self, error: RagtuiError) -> None:
        self.reading = self.partial = False
        self._explain_nothing(f"{one_line(error.message)}\n\n{one_line(error.hint)}\n\nR reads again.")
        self.show_rows()

    def _read(self, stamp: Hashable) -> None:
        self.reading = self.partial = False
        self.stamp = stamp
        self.problems = list(self.session.library.problems)
        if self.problems and not self.session.library.headers:
            said = "\n\n".join(one_line(str(problem)) for problem in self.problems[:5])
            self._explain_nothing(f"{said}\n\nK maps the columns of a score table.\n\n{NEXT}")
        self.figures.clear()
        self.regroup()
        self.call_after_refresh(self.compare_all)  # the list is painted before comparing takes the processor
        if not self._returned:
            self._returned = True
            self._go_back()

    def _go_back(self) -> None:
        """To the line, and into the comparison, where the app was left."""
        view = self.session.state.view
        place = next((place for place, row in enumerate(self.shown) if row.key == view.get(LINE)), None)
        if place is not None and not self.table.cursor_row:
            self.table.move_to(place)
        spot = Whereabouts.read(view.get(KEPT, ""))
        sides = None if spot is None else spot.runs(self.session.library.headers)
        if sides is not None and self.is_current:
            self.shell.open_comparison(*sides, spot)

    def remember(self) -> None:
        """Keep the line under the cursor."""
        if self.row is not None:
            self.session.remember_view(**{LINE: self.row.key})

    def _explain_nothing(self, text: str) -> None:
        """What stands in place of the list while there is none; never read as markup."""
        self.query_one("#empty", Static).update(Text(text))

    def _watch(self) -> None:
        if self.reading:
            return
        library = self.session.library

        def changed(stamp: Hashable) -> None:
            if stamp != self.stamp and not self.reading:
                self.read()

        in_background(self, library.stamp, changed, lambda _error: None, group="watch")

    def _poll(self) -> None:
        """Ask remote sources for news, behind everything a person waits for."""
        library = self.session.library
        if not self.reading:
            in_background(
                self, lambda: [remote.poll() for remote in library.remotes], lambda _news: None,
                lambda _error: None, group="poll",
            )  # fmt: skip

    def regroup(self) -> None:
        """Lay the list out again after runs or grouping changed."""
        self.rows = lay_out(self.session.groups(), self.unfolded)
        names = metric_names(self.rows)
        if names and self.metric not in names:
            self.metric = names[0]
        self.show_rows()

    # ---------------------------------------------------------------- figures

    def compare_all(self) -> None:
        """Compare every line with its baseline in the background, newest first."""
        session, wanted = self.session, [row for row in self.rows if row.key not in self.figures][:FIGURES_AT_MOST]

        def job() -> None:
            for row in wanted:
                sides = session.sides_of(row.headers)
                result, unlike = None, False
                if sides is not None and row.uids == {header.uid for header in sides[1]}:
                    try:
                        result = session.comparison(*sides)
                    except RagtuiError as error:
                        unlike = isinstance(error, NotComparable)
                self.app.call_from_thread(self._figure, row.key, result, unlike=unlike)

        in_background(self, job, lambda _none: None, lambda _error: None, group="figures")

    def _figure(self, key: str, result: SideComparison | None, *, unlike: bool) -> None:
        self.figures[key] = result
        (self.unlike.add if unlike else self.unlike.discard)(key)
        if not self.metric and result is not None and result.comparison.quality:
            self.metric = result.comparison.quality[0].metric.name  # headers of plain files know no metrics
            self.show_rows()
        else:
            self._show_title()  # loading a run may have found more problems
        for place, row in enumerate(self.shown):
            if row.key == key:
                self.table.refresh_row(place)
                if self.table.cursor_row == place:
                    self.show_details()

    def baseline_row(self, dataset: str) -> RunRow | None:
        """The line that is the baseline of a dataset; the exact choice, not its group."""
        uids = frozenset(header.uid for header in self.session.baseline(dataset))
        whole = (row for row in self.rows if row.uids == uids)
        return next(whole, None) or next((row for row in self.rows if uids and uids <= row.uids), None)

    # ---------------------------------------------------------------- painting

    def show_rows(self) -> None:
        """Paint the list."""
        if self.query_one_optional("#runs") is None:
            return
        self.now = self.clock()
        datasets = {row.first.dataset for row in self.rows}
        self._baselines = {dataset: self.baseline_row(dataset) for dataset in datasets}
        table = self.table
        current = self.row
        keep = current.key if current is not None else None
        self.shown = self._found() if self.filter.text else list(self.rows)
        cells = RunCells(
            self.shown, self.metric, self.unfolded, self.marked, self._baselines, self.figures, self.unlike,
            self.cell_styles(), self.now, reading=self.reading,
        )  # fmt: skip
        table.empty = "reading …" if self.reading else "no line passes the filter: esc takes it off"
        table.set_data(cells.columns(), len(self.shown))
        if keep is not None:
            place = next((place for place, row in enumerate(self.shown) if row.key == keep), None)
            if place is not None:
                table.move_to(place)
        pane = self.query_one("#runs-pane")
        sources = ", ".join(one_line(source.label) for source in self.session.library.sources)
        one = f" · {next(iter(datasets))}" if len(datasets) == 1 and any(datasets) else ""
        pane.border_title = title(f"Runs · {sources}{one}")
        pane.border_subtitle = "reading …" if self.reading else title(f"m metric: {self.metric or MISSING}")
        nothing = not self.rows and not self.reading
        if nothing and table.has_focus:
            self.set_focus(None)
        table.display, self.query_one("#empty").display = not nothing, nothing
        if not nothing and self.focused is None:
            table.focus()
        self._show_title()
        self.show_details()
        self.refresh_bindings()

    def _show_title(self) -> None:
        configurations = len({row.group.key for row in self.shown})
        status = count(configurations, "configuration") if self.rows else ""
        if self.filter.text:
            status = f"{len(self.shown)} of {len(self.rows)} lines match {self.filter.text}"
        # None is proposed where no run is complete: a person decides whether what is missing matters.
        none = self.rows and not self.reading and not any(self._baselines.values())
        wrong = len(self.known_problems)
        parts = (status, "no baseline: B makes one" if none else "", f"{count(wrong, 'problem')} (P)" if wrong else "")
        status = " · ".join(part for part in parts if part)
        self.crumbs("runs", status=status, origins=[header.origin for row in self.rows for header in row.headers])

    def _found(self) -> list[RunRow]:
        """Lines that pass the filter; of a folded configuration also the lines inside that do, below it."""
        found = []
        for row in self.rows:
            folded = [] if row.depth or row.group.key in self.unfolded else inside(row)
            hits = [line for line in folded if matches(line, self.filter, self.now)]
            if matches(row, self.filter, self.now):
                found.append(row)
            elif hits:
                found += [row, *hits]
        return found

    def jumps(self) -> list[tuple[str, Callable[[], None]]]:
        """Runs by name, for the palette."""

        def to(row: RunRow) -> Callable[[], None]:
            return lambda: self._jump(row)

        return [(f"run {one_line(line.label)}", to(line)) for row in self.rows for line in (row, *inside(row))]

    def _jump(self, wanted: RunRow) -> None:
        if wanted.depth:
            self.unfolded.add(next(row.group.key for row in self.rows if wanted in (row, *inside(row))))
            self.regroup()
        place = next((place for place, row in enumerate(self.shown) if row.key == wanted.key), None)
        if place is None:
            self.say("the filter hides it: esc shows every line")
        else:
            self.table.move_to(place)

    def show_details(self) -> None:
        """Paint the pane beside the list."""
        row, pane = self.row, self.query_one("#details", Static)
        if row is None:
            pane.update("")
            return
        styles, baseline = self.cell_styles(), self._baselines.get(row.first.dataset)
        text = details(row, baseline, self.figures.get(row.key), styles, self.now)
        if baseline is not None and baseline.key != row.key:
            text.append("\nchanged settings\n", styles["title"])
            text.append_text(configuration_diff(baseline.group.configuration, row.first.configuration, styles))
        pane.update(text)

    @property
    def row(self) -> RunRow | None:
        """The line under the cursor."""
        place = self.table.cursor_row
        return self.shown[place] if place is not None and place < len(self.shown) else None

    # ---------------------------------------------------------------- events

    @on(ColumnTable.RowHighlighted)
    def _highlighted(self) -> None:
        self.show_details()

    @on(ColumnTable.RowSelected)
    def _selected(self) -> None:
        self.action_compare()

    @on(FilterBar.Changed)
    def _filtered(self, event: FilterBar.Changed) -> None:
        self.filter = parse_filter(event.text)
        self.session.remember_view(**{"runs.filter": event.text})
        self.show_rows()

    @on(FilterBar.Closed)
    def _filter_closed(self) -> None:
        self.table.focus()

    # ---------------------------------------------------------------- actions

    def action_filter(self) -> None:
        """Open the filter line."""
        self.query_one(FilterBar).open()

    @property
    def key_words(self) -> Mapping[str, str]:
        """Esc is no way back from the first screen: it takes off what is there to take off."""
        return {} if self.has_class("-details") or self.filter.text or self.marked else {"screen.back": ""}

    def action_back(self) -> None:
        """Peel off one layer: details, filter, marks."""
        if self.has_class("-details"):
            self.remove_class("-details")
            self.table.focus()
            self.refresh_bindings()
        elif self.filter.text:
            self.query_one(FilterBar).clear()
        elif self.marked:
            self.marked.clear()
            self.show_rows()
        else:
            self.say("q leaves ragtui")

    def action_metric(self, step: int) -> None:
        """Show another metric in the list."""
        names = metric_names(self.rows)
        if not names:
            results = [result for result in self.figures.values() if result is not None]
            names = [entry.metric.name for entry in results[0].comparison.metrics] if results else []
        if names:
            self.metric = names[((names.index(self.metric) if self.metric in names else -1) + step) % len(names)]
            self.session.remember_view(**{"runs.metric": self.metric})
            self.show_rows()
        else:
            self.say("no metric is known yet: the runs are not read, or hold none")

    def action_fold(self) -> None:
        """Unfold or fold the configuration under the cursor."""
        if (row := self.line) is None:
            return
        if row.depth or not inside(row):
            self.say("one run only: nothing to unfold")
            return
        self.unfolded ^= {row.group.key}
        self.regroup()
        self.compare_all()

    def action_mark(self) -> None:
        """Mark or unmark the line under the cursor."""
        if (row := self.line) is None:
            return
        self.marked ^= {row.key}
        if (baseline := self._baselines.get(row.first.dataset)) is not None and baseline.key == row.key:
            self.say(
                "the baseline stays B: its mark counts for J alone" if row.key in self.marked else "mark taken off"
            )
        self.table.refresh_row(self.table.cursor_row or 0)
        self.table.action_cursor_down()
        self.refresh_bindings()

    def action_details(self) -> None:
        """Details in place of the list, or back."""
        self.toggle_class("-details")
        self.query_one("#details-pane").focus()
        self.refresh_bindings()

    def action_reload(self) -> None:
        """Read the places again."""
        self.read()
        self.say("reading again …")
        self.show_rows()
