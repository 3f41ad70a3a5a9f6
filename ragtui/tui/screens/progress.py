"""Progress: a run under way, its errors, its events, and what can already be said; leaving does not stop it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from ragtui.errors import RagtuiError
from ragtui.model import RunHeader
from ragtui.present.clean import one_line
from ragtui.present.gauge import progress as bar
from ragtui.present.numbers import MISSING, decimals, duration, money, number, signed
from ragtui.present.signs import outcome_sign, verdict_sign
from ragtui.runner.launch import open_launch
from ragtui.stats import Outcome, Verdict
from ragtui.tui.live import LiveRun
from ragtui.tui.loading import in_background
from ragtui.tui.screens.base import RagtuiScreen
from ragtui.tui.session import Session
from ragtui.tui.widgets.column_table import Column, ColumnTable
from ragtui.tui.widgets.dialogs import Confirm
from ragtui.workbench import SideComparison

LOOK_SECONDS = 0.5
VERDICT_SECONDS = 3.0


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
        Binding("x", "cancel", "cancel", id="progress.cancel", tooltip="cancel; what is finished is kept"),
        Binding("t", "retry", "retry failed", id="progress.retry", tooltip="resume, and run the failed items again"),
        Binding("plus,equals_sign", "concurrency(1)", "concurrency", id="progress.more", key_display="+ −"),
        Binding("minus", "concurrency(-1)", "less concurrency", id="progress.less", show=False),
        Binding("f", "failures", "failures only", id="progress.failures", tooltip="failures only, or all events"),
        Binding("c", "compare", "compare so far", id="progress.compare", tooltip="open the comparison as it stands"),
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
        self.verdict: SideComparison | None = None
        self.settled: dict[str, tuple[Outcome, int]] = {}

    def body(self) -> ComposeResult:
        """Figures, live verdict, events."""
        with VerticalScroll(classes="pane", id="figures-pane", can_focus=False) as pane:
            pane.border_title = "Progress"
            yield Static(id="figures")
        with VerticalScroll(classes="pane", id="verdict-pane", can_focus=False) as pane:
            pane.border_title = "Live verdict · provisional until the last repeat"
            yield Static(id="verdict")
        with VerticalScroll(classes="pane", id="events-pane", can_focus=False) as pane:
            pane.border_title = "Events"
            yield ColumnTable(id="events")

    def on_mount(self) -> None:
        """Look often; compare now and then."""
        self.query_one("#events").focus()
        if self.before is not None:
            self.query_one("#verdict-pane").border_title = "Before and after · only the fresh repeats confirm"
        self.paint()
        self.set_interval(LOOK_SECONDS, self.paint)
        self.set_interval(VERDICT_SECONDS, self._compare)

    def _folders(self) -> list[str]:
        return [str(side.get("folder", "")) for side in self.run.progress.get("sides", ())] or [""]

    # ---------------------------------------------------------------- painting

    def paint(self) -> None:
        """Paint what the worker said last."""
        run, said, styles = self.run, self.run.progress, self.cell_styles()
        self.crumbs("runs", "launch", one_line(run.name), status=f"{run.state} · esc leaves it running")
        out, plain = Text(), self.signs_ascii
        width = max(10, min(60, self.app.size.width - 40))
        share = f"{run.done / run.total:.0%}" if run.total else ""
        out.append(f"{bar(run.done, run.total, width, ascii_only=plain)}  {run.done}/{run.total}  {share}\n")
        for side in said.get("sides", ()):
            out.append(f"{one_line(str(side['name']))[:20]:<20} ", styles["muted"])
            passes = "  ".join(f"r{label} {amount}" for label, amount in sorted(side.get("repeats", {}).items()))
            out.append(f"{side['done']}/{side['total']}  {one_line(passes)}\n")
        rate = said.get("rate_per_s")
        facts = (
            ("rate", f"{rate:.1f}/s" if rate else MISSING), ("eta", duration(said.get("eta_s"))),
            ("spent", money(said.get("cost_usd"))), ("calls", f"{said.get('calls') or 0:,}"),
            ("in flight", f"{said.get('in_flight') or 0} of {said.get('limit') or 0}"),
            ("p50", duration(said.get("p50_s"))), ("p95", duration(said.get("p95_s"))),
            ("retried", str(said.get("retries") or 0)),
        )  # fmt: skip
        for name, value in facts:
            out.append(f"{name} ", styles["muted"])
            out.append(f"{value}   ")
        failed, unjudged = said.get("failed") or 0, said.get("unjudged") or 0
        out.append(f"\nfailed {failed}   without a score {unjudged}", styles["failed" if failed else "muted"])
        if said.get("unpriced_calls"):
            out.append(f"   {said['unpriced_calls']} calls without a price", styles["warning"])
        if said.get("message"):
            out.append(f"\n{one_line(str(said['message']))}", styles["warning"])
        self.query_one("#figures", Static).update(out)
        self._paint_events()

    def _paint_events(self) -> None:
        events = [event for event in self.run.events if not self.failures_only or event.get("error")]
        if len(events) == len(self.events) and (not events or events[-1] is self.events[-1]):
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

        columns = [
            Column("time", "time", 8, 1, render=cell(lambda event: str(event.get("t", ""))[11:19])),
            Column("kind", "what", 11, 0, render=cell(lambda event: str(event.get("kind", "")))),
            Column("item", "item", 12, 0, render=cell(lambda event: str(event.get("item", "")))),
            Column("repeat", "rep", 4, 2, render=cell(lambda event: str(event.get("repeat", "")))),
            Column("text", "", 30, 0, flexible=True, render=cell(event_text)),
        ]
        table.set_data(columns, len(events))
        if at_end and events:
            table.move_to(0)
        shown = "failures only" if self.failures_only else "newest first"
        self.query_one("#events-pane").border_subtitle = f"{len(events)} · {shown}"

    # ---------------------------------------------------------------- live verdict

    def _sides(self) -> list[RunHeader]:
        headers = self.session.library.headers.values()
        places = {header.location.rstrip("/").rpartition("/")[2]: header for header in headers}
        names = [folder.rstrip("/").rpartition("/")[2] for folder in self._folders()]
        return [places[name] for name in names if name in places]

    def _compare(self) -> None:
        session = self.session
        several = len(self._folders()) > 1
        self.query_one("#verdict-pane").display = several
        if not several:
            return

        def job() -> SideComparison | None:
            for _ in session.library.scan():
                pass
            sides = self._sides()
            return session.comparison([sides[0]], [sides[1]]) if len(sides) > 1 else None

        in_background(self, job, self._compared, lambda _error: None, group="verdict")

    def _compared(self, result: SideComparison | None) -> None:
        if result is None:
            return
        self.verdict = result
        if self.before is not None:
            self.query_one("#verdict", Static).update(self._before_and_after(self.before, result))
            return
        styles, out = self.cell_styles(), Text()
        done = min((len(side.get("repeats", {})) for side in self.run.progress.get("sides", ())), default=0)
        for entry in result.comparison.quality:
            aggregate = entry.aggregate
            if aggregate is None:
                continue
            name, digits = entry.metric.name, decimals(entry.metric)
            held = self.settled.get(name)
            if held is None or held[0] is not aggregate.outcome:
                self.settled[name] = (aggregate.outcome, done)
            since = self.settled[name][1]
            decided = aggregate.outcome in (Outcome.REGRESSED, Outcome.IMPROVED)
            sign = outcome_sign(aggregate.outcome)
            out.append(f"{one_line(name)[:20]:<20} ", styles["muted"])
            out.append(f"{number(aggregate.mean_a, digits)} → {number(aggregate.mean_b, digits)}  ")
            out.append(f"{signed(aggregate.delta, digits)}  ")
            out.append(f"{sign.shown(ascii_only=self.signs_ascii)} {sign.word}", styles[sign.style])
            out.append(f"   {f'settled after repeat {since}' if decided else 'not yet settled'}")
            out.append(f"   {entry.coverage_a.scored} v {entry.coverage_b.scored} scored\n", styles["muted"])
        self.query_one("#verdict", Static).update(out)

    def _before_and_after(self, before: SideComparison, after: SideComparison) -> Text:
        """Each item's verdict on its old repeats beside that on the fresh ones: choosing items biased the old ones."""
        styles, out = self.cell_styles(), Text()
        for item in self.items:
            for entry in before.comparison.quality:
                name = entry.metric.name
                old = _verdict(before, name, item)
                new = _verdict(after, name, item)
                if old in (Verdict.SAME, Verdict.WITHIN, Verdict.ABSENT) and new in (old, Verdict.SAME, Verdict.ABSENT):
                    continue
                out.append(f"{one_line(item)[:16]:<16} {one_line(name)[:20]:<20} ", styles["muted"])
                for verdict, arrow in ((old, " → "), (new, "\n")):
                    sign = verdict_sign(verdict)
                    out.append(f"{sign.shown(ascii_only=self.signs_ascii)} {sign.word}", styles[sign.style])
                    out.append(arrow)
        if not out:
            out.append("no fresh score yet", styles["muted"])
        return out

    # ---------------------------------------------------------------- actions

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

        if self.run.ended:
            self.say("this run has ended")
        else:
            self.app.push_screen(Confirm("Cancel this run?", "What is finished is kept; it can be resumed."), answered)

    def action_retry(self) -> None:
        """Resume an ended run and run its failed items again."""
        if not self.run.ended:
            self.say("still running: retry when it has ended")
            return
        try:
            self.run = self.ragtui.live.start(open_launch(self.run.worker.folder), retry_failed=True)
        except RagtuiError as error:
            self.ragtui.failed(error)

    def action_concurrency(self, step: int) -> None:
        """More or fewer item-repeats at once."""
        ceiling = int(self.run.progress.get("ceiling") or 1)
        self.run.worker.set_concurrency(max(1, ceiling + step))
        self.say(f"concurrency {max(1, ceiling + step)}")

    def action_failures(self) -> None:
        """Failures only, or all events."""
        self.failures_only = not self.failures_only
        self.events = []
        self._paint_events()

    def action_compare(self) -> None:
        """Open the comparison as it stands."""
        sides = self._sides()
        if len(sides) < 2:
            self.say("one run only: compare it from the runs screen")
            return
        from ragtui.tui.screens.compare import CompareScreen

        self.app.push_screen(CompareScreen(self.session, [sides[0]], [[sides[1]]]))


def _verdict(result: SideComparison, metric: str, item: str) -> Verdict:
    """A cell's verdict; ABSENT where the comparison does not have it."""
    row = result.comparison.row_of.get(item)
    for entry in result.comparison.metrics:
        if entry.metric.name == metric and row is not None:
            return Verdict(int(entry.cells.verdict[row]))
    return Verdict.ABSENT


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
    hidden = ("t", "kind", "item", "repeat", "side")
    return "  ".join(f"{name} {value}" for name, value in event.items() if name not in hidden)
