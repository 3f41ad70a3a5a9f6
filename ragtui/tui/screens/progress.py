"""Progress: a run under way, its errors, its events, and what can already be said; leaving does not stop it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from ragtui.errors import RagtuiError
from ragtui.model import RunHeader, State
from ragtui.places import real_path
from ragtui.present.clean import one_line
from ragtui.present.confirming import standings, tally, turns
from ragtui.present.gauge import progress as bar
from ragtui.present.numbers import MISSING, decimals, duration, money, number, percent, signed
from ragtui.present.verdicts import outcome_sign
from ragtui.runner.launch.edited import Edits, follow
from ragtui.runner.launch.prepare import Launch, open_launch
from ragtui.runner.launch.trust import require
from ragtui.stats import Outcome, look_alpha
from ragtui.tui.dialogs.ask import Confirm
from ragtui.tui.live import LiveRun
from ragtui.tui.loading import in_background
from ragtui.tui.looks.titles import title
from ragtui.tui.rows.before_after import before_and_after, settled_cells
from ragtui.tui.rows.preview import in_lines
from ragtui.tui.screens.base import RagtuiScreen
from ragtui.tui.screens.flows.trusting import or_ask
from ragtui.tui.session import Session
from ragtui.tui.widgets.table.column_table import Column, ColumnTable
from ragtui.workbench import Side, SideComparison, confirmed_sides
from ragtui.workbench.starting.plan_items import edits_of

LOOK_SECONDS = 0.5
VERDICT_SECONDS = 3.0
NO_EVENT = "no event yet"


class ProgressScreen(RagtuiScreen):
    """One run under way, or just ended.

    Args:
        session: the shared session.
        run: what is watched.
        before: for targeted repeats, the comparison that chose the items.
        items: for targeted repeats, the items.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "pause", "pause", id="progress.pause", tooltip="pause, or go on"),
        Binding("ctrl+x", "cancel", "stop", id="progress.cancel", tooltip="stop the run; what is finished is kept"),
        Binding("t", "retry", "repeat failed", id="progress.retry", tooltip="resume, and run the failed items again"),
        Binding("plus,equals_sign", "concurrency(1)", "concurrency", id="progress.more", key_display="+ −"),
        Binding("minus", "concurrency(-1)", "less concurrency", id="progress.less", show=False),
        Binding("f", "failures", "show failures", id="progress.failures", tooltip="failures only, or all events"),
        Binding("enter", "compare", "compare so far", id="progress.compare", tooltip="the comparison as it stands"),
    ]

    def __init__(
        self, session: Session, run: LiveRun, before: SideComparison | None = None, items: Sequence[str] = ()
    ) -> None:
        super().__init__(session)
        self.run = run
        self.before = before
        self.items = tuple(items)
        self.failures_only = False
        self.events: list[Mapping[str, Any]] = []
        self.verdicts: list[SideComparison] = []
        self.settled: dict[tuple[str, str], int] = {}
        self.cells_settled: dict[tuple[str, str], int] = {}
        self.looked: dict[str, int] = {}

    def body(self) -> ComposeResult:
        """Figures, live verdict, events."""
        with VerticalScroll(classes="pane", id="figures-pane", can_focus=False) as pane:
            pane.border_title = "Progress"
            yield Static(id="figures")
        with VerticalScroll(classes="pane", id="verdict-pane") as pane:
            pane.border_title, pane.display = "Verdict", False
            yield Static(id="verdict")
        with VerticalScroll(classes="pane", id="events-pane", can_focus=False) as pane:
            pane.border_title = "Events"
            yield ColumnTable(id="events", empty=NO_EVENT)

    def on_mount(self) -> None:
        """Look often; compare now and then."""
        self.query_one("#events").focus()
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self.on_resize())
        self.paint()
        self._compare()
        self.set_interval(LOOK_SECONDS, self.paint)
        self.set_interval(VERDICT_SECONDS, self._compare)

    def on_resize(self) -> None:
        """Width and colours are those of the terminal now, also of a run that ended and says nothing new."""
        if not self.is_mounted:
            return
        self.paint()
        self._paint_events(anew=True)
        self._paint_verdicts()

    def _folders(self) -> list[str]:
        return [str(side.get("folder", "")) for side in self.run.progress.get("sides", ())] or [""]

    @property
    def narrow(self) -> bool:
        """Whether words must be short."""
        return self.app.size.width < 110

    # ---------------------------------------------------------------- painting

    def paint(self) -> None:
        """Paint what the worker said last."""
        run, said, styles = self.run, self.run.progress, self.cell_styles()
        leaving = "" if run.ended else " · esc leaves it running"
        self.refresh_bindings()
        self.crumbs("runs", "launch", one_line(run.name), status=f"{run.state}{leaving}", origins=[run.origin])
        out = Text()
        width = max(10, min(60, self.app.size.width - 40))
        share = percent(run.done / run.total) if run.total else ""
        out.append(f"{bar(run.done, run.total, width)}  {run.done}/{run.total}  {share}\n")
        for side in said.get("sides", ()):
            room = 22 if self.narrow else 40
            out.append(f"{one_line(str(side['name']))[:room]:<{room}} ", styles["muted"])
            passes = "  ".join(f"r{label} {amount}" for label, amount in sorted(side.get("repeats", {}).items()))
            out.append(f"{side['done']}/{side['total']}  {one_line(passes)}\n")
        rate = said.get("rate_per_s")
        going = () if run.ended else (
            ("rate", f"{number(rate, 1)}/s" if rate else MISSING), ("eta", duration(said.get("eta_s"))),
            ("in flight", f"{said.get('in_flight') or 0} of {said.get('limit') or 0}"),
        )  # fmt: skip
        facts = (
            *going, ("spent", money(said.get("cost_usd"))), ("calls", f"{said.get('calls') or 0:,}"),
            ("p50", duration(said.get("p50_s"))), ("p95", duration(said.get("p95_s"))),
            ("retried", str(said.get("retries") or 0)),
        )  # fmt: skip
        told = (Text.assemble((f"{name} ", styles["muted"]), value) for name, value in facts)
        out.append_text(in_lines(Text("  ").join(told), self.app.size.width - 4))
        failed, unjudged = said.get("failed") or 0, said.get("unjudged") or 0
        out.append(f"\nfailed {failed}   without a score {unjudged}", styles["failed" if failed else "muted"])
        if said.get("unpriced_calls"):
            out.append(f"   {said['unpriced_calls']} calls without a price", styles["warning"])
        if said.get("message"):
            out.append(f"\n{one_line(str(said['message']))}", styles["warning"])
        self.query_one("#figures", Static).update(out)
        self._paint_events()

    def _paint_events(self, *, anew: bool = False) -> None:
        events = [event for event in self.run.events if not self.failures_only or event.get("error")]
        if not anew and len(events) == len(self.events) and (not events or events[-1] is self.events[-1]):
            return
        self.events = events
        table, styles = self.query_one("#events", ColumnTable), self.cell_styles()
        at_end = table.cursor_row in (None, 0)

        def newest(row: int) -> Mapping[str, Any]:
            return self.events[len(self.events) - 1 - row]

        def cell(paint: Callable[[Mapping[str, Any]], str]) -> Callable[[int], Text]:
            def render(row: int) -> Text:
                event = newest(row)
                bad = bool(event.get("error")) or event.get("kind") in ("problem", "bug", "stopping")
                return Text(one_line(paint(event)), styles["failed"] if bad else "")

            return render

        run_sides = self.run.progress.get("sides", ())
        columns = [
            Column("time", "time", 8, 1, render=cell(lambda event: str(event.get("t", ""))[11:19])),
            Column("kind", "what", 11, 0, render=cell(lambda event: str(event.get("kind", "")))),
            Column("item", "item", 12, 0, cut="middle", render=cell(lambda event: str(event.get("item", "")))),
            *([Column("side", "side", 4, 1, render=cell(_side_of))] if len(run_sides) > 1 else []),
            Column("repeat", "rep", 4, 2, render=cell(lambda event: str(event.get("repeat", "")))),
            Column("text", "", 30, 0, flexible=True, render=cell(event_text)),
        ]
        table.empty = "no failure so far" if self.failures_only else NO_EVENT
        table.set_data(columns, len(events))
        if at_end and events:
            table.move_to(0)
        shown = "failures only" if self.failures_only else "newest first"
        self.query_one("#events-pane").border_subtitle = f"{len(events)} · {shown}"

    # ---------------------------------------------------------------- live verdict

    def _headers(self) -> list[RunHeader]:
        """The run folders of this launch that have been listed, in order."""
        found = {real_path(header.location): header for header in self.session.library.headers.values()}
        return [found[place] for folder in self._folders() if (place := real_path(folder)) in found]

    def _sides(self) -> tuple[Sequence[RunHeader], Sequence[Sequence[RunHeader]]] | None:
        """What is compared: the sides of this launch with its first, or its only one with its dataset's baseline."""
        headers = self._headers()
        if len(headers) > 1:
            return [headers[0]], [[header] for header in headers[1:]]
        if not headers or headers[0].rejudge_of is not None or headers[0].selection is not None:
            return None
        baseline = self.session.baseline(headers[0].dataset)
        own = headers[0].configuration.fingerprint()
        if not baseline or any(header.configuration.fingerprint() == own for header in baseline):
            return None
        return baseline, [headers]

    def _compare(self) -> None:
        session = self.session

        def job() -> tuple[list[SideComparison], SideComparison | None]:
            for _ in session.library.scan():
                pass
            sides = self._sides()
            if sides is None:
                return [], None
            baseline, candidates = sides
            before = self.before
            if before is None and len(candidates) == 1:
                confirmed = confirmed_sides(session.library, baseline, candidates[0])
                before = session.comparison(*confirmed) if confirmed else None
            return [session.comparison(baseline, candidate) for candidate in candidates], before

        in_background(self, job, self._compared, lambda _error: None, group="verdict")

    def _compared(self, found: tuple[list[SideComparison], SideComparison | None]) -> None:
        self.verdicts, self.before = found
        self._paint_verdicts()

    def _paint_verdicts(self) -> None:
        pane = self.query_one("#verdict-pane")
        pane.display = bool(self.verdicts)
        if not self.verdicts:
            return
        first = self.verdicts[0]
        if self.before is not None:
            pane.border_title = "Before and after · only the fresh repeats confirm"
            words = standings(self.before.comparison, first.comparison).values()
            pane.border_subtitle = tally(words)
            pane.add_class("-targeted")
            self.query_one("#verdict", Static).update(self._before_and_after(self.before, first))
            return
        pane.border_title = (
            "Verdict"
            if self.run.ended
            else f"Live verdict · {title(self._against(first))}provisional until the last repeat"
        )
        out = Text()
        for result in self.verdicts:
            self._look(result)
            if len(self.verdicts) > 1:
                pane.add_class("-several")
                out.append(
                    f"{one_line(result.b.label)} against {one_line(result.a.label)}\n", self.cell_styles()["title"]
                )
            out.append_text(self._means(result))
        self.query_one("#verdict", Static).update(out)

    def _against(self, result: SideComparison) -> str:
        return f"against {one_line(result.a.label)[:24]} · " if len(self._folders()) < 2 else ""

    def _look(self, result: SideComparison) -> None:
        """Once after each complete repeat: a mean is settled at the level that such a look may spend.

        Looking again and again at the usual level would find a change in every other run without one, and so would
        looking at one candidate after the other: they share the level.
        """
        done = min(_complete_repeats(side) for side in (result.a, result.b))
        if done <= self.looked.get(result.b.label, 0):
            return
        self.looked[result.b.label] = done
        level = look_alpha(done, 1 - result.comparison.settings.confidence) / len(self.verdicts)
        for entry in result.comparison.quality:
            mean = entry.aggregate
            if mean is None or mean.interval is None or mean.outcome not in (Outcome.REGRESSED, Outcome.IMPROVED):
                continue
            if mean.interval.p <= level:
                self.settled.setdefault((result.b.label, entry.metric.name), done)

    def _means(self, result: SideComparison) -> Text:
        styles, out = self.cell_styles(), Text()
        for entry in result.comparison.quality:
            aggregate = entry.aggregate
            if aggregate is None:
                continue
            name, digits = entry.metric.name, decimals(entry.metric)
            sign = outcome_sign(aggregate.outcome)
            word = sign.word.removesuffix(" shown") if self.narrow else sign.word
            out.append(f"{one_line(name)[:18]:<18} ", styles["muted"])
            out.append(f"{number(aggregate.mean_a, digits):>6} → {number(aggregate.mean_b, digits):<6} ")
            out.append(f"{signed(aggregate.delta, digits):>7}  ")
            out.append(f"{sign.glyph} {word:<{12 if self.narrow else 16}}", styles[sign.style])
            since = self.settled.get((result.b.label, name))
            if since is not None:
                said = f"settled r{since}" if self.narrow else f"settled after repeat {since}"
            else:
                said = "" if self.run.ended else "open" if self.narrow else "not yet settled"
            a, b = entry.coverage_a, entry.coverage_b
            incomplete = a.scored < a.expected or b.scored < b.expected
            covered = f"{a.scored}/{a.expected} v {b.scored}/{b.expected} scored"
            if self.narrow:
                covered = f"{math.floor(100 * min(a.share, b.share))} %"
            out.append(f" {said:<{11 if self.narrow else 24}} ")
            out.append(f"{covered}\n", styles["warning" if incomplete else "muted"])
        return out

    def _before_and_after(self, before: SideComparison, after: SideComparison) -> Text:
        items = self.items or after.comparison.items
        done = settled_cells(after)
        for turn in turns(before.comparison, after.comparison, items):
            place = (turn.item, turn.metric)
            if place in done:
                self.cells_settled.setdefault(place, max(turn.n_a, turn.n_b))
            else:
                self.cells_settled.pop(place, None)
        return before_and_after(
            before, after, items, self.cell_styles(), self.cells_settled, narrow=self.narrow
        )  # fmt: skip

    # ---------------------------------------------------------------- actions

    def show_live(self, run: LiveRun | None) -> None:
        """Another run under way, in one line; this one fills the screen."""
        super().show_live(None if run is self.run else run)

    def action_progress(self) -> None:
        """This is the progress already."""
        self.say("this is the run under way")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what does something: steering while the run goes on, another try when something is missing."""
        if action in ("pause", "cancel", "concurrency"):
            return not self.run.ended
        if action == "retry":
            return self.run.ended and self._lacking
        return True

    @property
    def _lacking(self) -> bool:
        said = self.run.progress
        return bool(self.run.state != "complete" or said.get("failed") or said.get("unjudged"))

    def action_pause(self) -> None:
        """Pause, or go on."""
        if self.run.state == "paused":
            self.run.worker.resume()
            self.say("going on")
        else:
            self.run.worker.pause()
            self.say("pausing: what is under way finishes")

    def action_cancel(self) -> None:
        """Cancel; what is finished is kept."""

        def answered(yes: bool | None) -> None:
            if yes:
                self.run.worker.cancel()
                self.say("cancelling: what is under way finishes, what is finished is kept")

        self.app.push_screen(Confirm("Cancel this run?", "What is finished is kept; it can be resumed."), answered)

    def action_retry(self) -> None:
        """Resume an ended run and run its failed items again; what was edited since it began is asked about first."""
        folder = self.run.worker.folder

        def job() -> tuple[Launch, Edits]:
            launch = open_launch(folder)
            require(launch)
            return launch, edits_of(launch)

        def go(launch: Launch, edits: Edits) -> None:
            try:
                self.run = self.shell.live.start(follow(launch, edits), retry_failed=True)
            except RagtuiError as error:
                or_ask(self, self.action_retry)(error)

        def looked(found: tuple[Launch, Edits]) -> None:
            launch, edits = found
            if not edits.others:
                go(launch, edits)
                return

            def answered(yes: bool | None) -> None:
                if yes:
                    go(launch, edits)

            details = "\n".join(one_line(line) for line in edits.others)
            question = Confirm("Edited since the run began. Go on as it was?", details, yes="As it was", no="Leave it")
            self.app.push_screen(question, answered)

        in_background(self, job, looked, or_ask(self, self.action_retry), group="start")

    def action_concurrency(self, step: int) -> None:
        """More or fewer item-repeats at once."""
        ceiling = int(self.run.progress.get("ceiling") or 1)
        self.run.worker.set_concurrency(max(1, ceiling + step))
        self.say(f"concurrency {max(1, ceiling + step)}")

    def action_failures(self) -> None:
        """Failures only, or all events."""
        self.failures_only = not self.failures_only
        self._paint_events(anew=True)

    @on(ColumnTable.RowSelected)
    def _event_chosen(self) -> None:
        self.action_compare()

    def action_compare(self) -> None:
        """Open the comparison as it stands."""
        sides = self._sides()
        if sides is None:
            self.say("one run only: compare it from the runs screen")
            return
        self.shell.open_comparison(*sides)


def _complete_repeats(side: Side) -> int:
    """Repeats in which every item of the side is recorded."""
    recorded = (side.scores.states != State.MISSING).any(axis=1)
    return int(recorded.all(axis=0).sum())


def event_text(event: Mapping[str, Any]) -> str:
    """What an event says, without the fields that have columns of their own."""
    if event.get("error"):
        return str(event["error"])
    if event.get("message"):
        return str(event["message"])
    scores = event.get("scores")
    if isinstance(scores, Mapping):
        return "  ".join(
            f"{name} {value:g}" if isinstance(value, (int, float)) else f"{name} —" for name, value in scores.items()
        )
    if event.get("kind") == "finish":
        return str(event.get("ending", ""))
    hidden = ("t", "kind", "item", "repeat", "side")
    return "  ".join(f"{name} {value}" for name, value in event.items() if name not in hidden and value != "")


def _side_of(event: Mapping[str, Any]) -> str:
    side = event.get("side")
    if not isinstance(side, int):
        return ""
    return "base" if side == 0 else "cand" if side == 1 else f"c{side}"
