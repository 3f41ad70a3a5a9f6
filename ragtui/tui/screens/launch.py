"""Launch: what a plan will do and cost, before anything is spent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from textwrap import wrap
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from ragtui.errors import RagtuiError
from ragtui.langfuse.live.target import LiveTarget, remember_target
from ragtui.model import Dataset, RunHeader
from ragtui.places import real_path
from ragtui.present.clean import clean, one_line
from ragtui.present.numbers import count, duration, money
from ragtui.runner.launch.again import beside
from ragtui.runner.launch.demo import demo_plan, lay_out
from ragtui.runner.launch.estimate import Estimate, estimate
from ragtui.runner.launch.first.checking import check_keys, check_plan
from ragtui.runner.launch.launchfile import LAUNCH
from ragtui.runner.launch.prepare import Launch, Overrides, prepare
from ragtui.runner.plan.plan import Plan
from ragtui.runner.plan.planfile import read_plan
from ragtui.runner.work.trying import Trial, measured_estimate, try_plan
from ragtui.tui.dialogs.ask import TextPrompt
from ragtui.tui.loading import in_background
from ragtui.tui.plans import DEMO_FOLDER
from ragtui.tui.screens.base import RagtuiScreen
from ragtui.tui.screens.flows.trusting import or_ask
from ragtui.tui.session import Session
from ragtui.workbench.starting.plan_items import plan_items
from ragtui.workbench.starting.trial_text import trial_text

_LABEL = 14
"""Columns of a fact's name; what does not fit beside it goes on below its value."""


class LaunchScreen(RagtuiScreen):
    """One plan, its calls and its cost.

    Args:
        session: the shared session.
        plan_file: the plan; None is the demo.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "go",
            "try, then start",
            id="launch.start",
            tooltip="try one item first, then start in the background",
        ),
        Binding("E", "try_one", "one item", id="launch.try", tooltip="one item through everything, shown"),
        Binding(
            "exclamation_mark",
            "start",
            "start",
            id="launch.now",
            key_display="!",
            show=False,
            tooltip="start without trying an item",
        ),
        Binding("I", "interleave", "with baseline", id="launch.interleave", tooltip="run the baseline in turn, or not"),
        Binding(
            "plus,equals_sign", "repeats(1)", "repeats", id="launch.more", key_display="+ −", tooltip="more repeats"
        ),
        Binding("minus", "repeats(-1)", "fewer repeats", id="launch.fewer", show=False),
        Binding("b", "langfuse", "publish", id="launch.langfuse", tooltip="publish to Langfuse as it goes, or not"),
        Binding("e", "edit", "edit plan", id="launch.edit", tooltip="open the plan in $EDITOR"),
        Binding("R", "reload", "reload", id="launch.reload", show=False, tooltip="read the plan again"),
    ]

    def __init__(self, session: Session, plan_file: Path | None) -> None:
        super().__init__(session)
        self.plan_file = plan_file
        self.plan: Plan | None = None
        self.dataset: Dataset | None = None
        self.estimate: Estimate | None = None
        self.starting = False
        self.langfuse: str | None = None
        self.alone: Plan | None = None
        """The plan without the baseline that runs beside it; None while it is as it was written."""
        self.trial: Trial | None = None
        self.trying = False

    def body(self) -> ComposeResult:
        """The plan."""
        with VerticalScroll(classes="pane", id="plan-pane") as pane:
            pane.border_title = "Plan"
            yield Static(id="plan")

    def on_mount(self) -> None:
        """Read the plan."""
        self.query_one("#plan-pane").focus()
        self.crumbs("runs", "launch", one_line(self.plan_file.name if self.plan_file else "demo"))
        self.action_reload()

    def on_resize(self) -> None:
        """What does not fit beside its name goes on below it, at every width."""
        self.paint()

    def action_reload(self) -> None:
        """Read and estimate in the background."""

        def job() -> tuple[Plan, Dataset, Estimate]:
            if self.plan_file is not None:
                plan = read_plan(self.plan_file)
            else:
                folder = self.demo_folder()
                lay_out(folder)
                plan = demo_plan(folder)
            dataset = plan_items(plan.dataset, plan.columns)
            return plan, dataset, estimate(plan, dataset)

        in_background(self, job, self._read, self._failed, group="plan")

    def demo_folder(self) -> Path:
        """Where the demo writes: in the first opened folder, else here."""
        first = next((Path(place) for place in self.session.places if Path(place).is_dir()), Path())
        return first if first.name == DEMO_FOLDER else first / DEMO_FOLDER

    def _failed(self, error: RagtuiError) -> None:
        self.query_one("#plan", Static).update(
            Text(f"{one_line(error.message)}\n\n{one_line(error.hint)}\n\ne edits, R reads again")
        )

    def _read(self, found: tuple[Plan, Dataset, Estimate]) -> None:
        again = self.plan is not None
        self.plan, self.dataset, self.estimate = found
        self.alone = self.trial = None
        self.paint()
        if again:
            self.say("read again")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The baseline may be run beside a plan of one side, where one is known."""
        if action == "interleave":
            return self.alone is not None or (self._one_sided and self._baseline_run is not None)
        return True

    @property
    def _one_sided(self) -> bool:
        return self.plan is not None and len(self.plan.sides) == 1

    @property
    def _baseline_run(self) -> RunHeader | None:
        """The latest run of the dataset's baseline that a launch made."""
        runs = self.session.baseline(self.dataset.name) if self.dataset is not None else None
        return next((run for run in reversed(runs or ()) if (Path(run.location) / LAUNCH).is_file()), None)

    def paint(self) -> None:
        """Show the plan and what it costs."""
        plan, dataset, cost = self.plan, self.dataset, self.estimate
        if plan is None or dataset is None or cost is None:
            return
        styles, out = self.cell_styles(), Text()
        room = max(20, self.app.size.width - _LABEL - 5)

        def fact(name: str, value: str) -> None:
            lines = wrap(one_line(value), room, break_long_words=False, break_on_hyphens=False) or [""]
            out.append(f"{name:<{_LABEL}}", styles["muted"])
            out.append(f"\n{'':{_LABEL}}".join(lines) + "\n")

        name = one_line(self.plan_file.name if self.plan_file else "demo")
        self.crumbs("runs", "launch", name, origins=[plan.origin])
        fact("plan", _near(plan.source) if self.plan_file is not None else plan.source)
        if plan.simulation is not None:
            out.append("simulated     answers and judges are invented; every record says so\n", styles["warning"])
        fact("dataset", f"{dataset.name}, {count(cost.items, 'item')}")
        for side in plan.sides:
            fact("run", f"{side.name}  ({type(side.target).__name__.removesuffix('Target').lower()})")
        fact("judges", ", ".join(f"{spec.metric.name} ({spec.use.model})" for spec in plan.judges) or "none")
        fact("lexical", ", ".join(plan.lexical) or "none")
        fact("repeats", f"{plan.repeats}, interleaved" if cost.sides > 1 else str(plan.repeats))
        fact("concurrency", str(plan.concurrency))
        fact("written to", _near(plan.out))
        if self.langfuse is not None:
            fact(
                "Langfuse", f"published as it goes, to dataset {self.langfuse or dataset.name}; an outage stops nothing"
            )
        out.append("\nbefore anything is spent (an estimate; retries are not in it)\n", styles["title"])
        fact("answers", f"{cost.answers:,}")
        for entry in cost.models:
            price = money(entry.cost_usd) if entry.cost_usd is not None else "no price in the plan"
            tokens = f"{entry.input_tokens:,} + {entry.output_tokens:,} tokens"
            fact("", f"{entry.purpose}: {entry.calls:,} calls to {entry.model}, {tokens}, {price}")
        if cost.outside_calls:
            out.append("              the target's own calls cannot be seen from here\n", styles["warning"])
        fact("cost", _cost(cost))
        if plan.simulation is None or cost.seconds is not None:  # nothing is tried of a simulated plan
            tried = "known when one item was tried"
            fact("time", tried if cost.seconds is None else f"about {duration(cost.seconds)}")
        self._paint_trial(out, styles)
        out.append(f"\n{self._next_step()}\n", styles["muted"])
        self.query_one("#plan", Static).update(out)
        self.refresh_bindings()

    def _paint_trial(self, out: Text, styles: Mapping[str, Style]) -> None:
        """What one item came to, once it was tried."""
        if self.trying:
            out.append("\ntrying one item …\n", styles["title"])
        elif self.trial is not None:
            works = all(side.works for side in self.trial.sides)
            out.append("\none item, tried: " + ("every score is there\n" if works else "something is missing\n"),
                       styles["title" if works else "warning"])  # fmt: skip
            out.append("\n".join(clean(line) for line in trial_text(self.trial).splitlines()))
            out.append("\n")

    def _next_step(self) -> str:
        if self._is_tried:
            return "enter starts in the background; closing ragtui does not stop it"
        return "enter tries one item and asks the models for it; enter again starts; ! starts at once"

    @property
    def _is_tried(self) -> bool:
        """Whether one item was tried, or nothing is spent in any case."""
        return self.trial is not None or (self.plan is not None and self.plan.simulation is not None)

    @property
    def key_words(self) -> Mapping[str, str]:
        """What enter does now: nothing is tried of a simulated plan, nor twice of any other."""
        return {"launch.start": "start"} if self._is_tried else {}

    def action_go(self) -> None:
        """The first step is one item; the next one is the run."""
        if self._is_tried:
            self.action_start()
        else:
            self.action_try_one()

    def action_try_one(self) -> None:
        """Run one item through everything, and show what it came to; nothing is written."""
        plan, dataset = self.plan, self.dataset
        if plan is None or dataset is None or self.trying:
            return
        self.trying = True
        self.paint()

        def job() -> Trial:
            check_plan(plan)
            return try_plan(plan, dataset)

        def done(trial: Trial) -> None:
            self.trying, self.trial, self.estimate = False, trial, trial.estimate
            self.paint()
            self.query_one("#plan-pane").scroll_end(animate=False)

        def failed(error: RagtuiError) -> None:
            self.trying = False
            self.paint()
            self.shell.failed(error)

        in_background(self, job, done, failed, group="try")

    def action_interleave(self) -> None:
        """Run the baseline's configuration in turn with the plan's, or no more."""
        plan, run = self.plan, self._baseline_run
        if self.alone is not None:
            self.plan, self.alone = replace(self.alone, repeats=plan.repeats if plan else self.alone.repeats), None
            self._changed()
        elif plan is not None and run is not None and self.dataset is not None:
            folder = Path(run.location)

            def beside_it(both: Plan) -> None:
                self.plan, self.alone = both, plan
                self._changed()

            in_background(
                self, lambda: beside(plan, folder), beside_it, or_ask(self, self.action_interleave), group="beside"
            )

    def _changed(self) -> None:
        """Another plan than the one that was tried."""
        assert self.plan is not None and self.dataset is not None
        self.trial, self.estimate = None, estimate(self.plan, self.dataset)
        self.paint()

    def action_repeats(self, step: int) -> None:
        """Change the number of repeats."""
        if self.plan is not None and self.dataset is not None:
            self.plan = replace(self.plan, repeats=max(1, self.plan.repeats + step))
            sides = () if self.trial is None else self.trial.sides
            self.estimate = measured_estimate(self.plan, self.dataset, sides)
            self.paint()
            self.say(f"{count(self.plan.repeats, 'repeat')} of each item")

    def action_langfuse(self) -> None:
        """Publish to Langfuse as the run goes, or not."""
        from ragtui.langfuse.api.credentials import find_credentials

        if self.langfuse is not None:
            self.langfuse = None
            self.paint()
            return
        try:
            find_credentials()
        except RagtuiError as error:
            self.shell.failed(error)
            return

        def named(name: str | None) -> None:
            self.langfuse = name if name is None else name.strip()
            self.paint()

        self.app.push_screen(TextPrompt("Langfuse dataset", self.dataset.name if self.dataset else ""), named)

    def action_edit(self) -> None:
        """Open the plan in the editor, then read it again."""
        from ragtui.tui.editor import edit_file

        if self.plan_file is None:
            self.say("the demo's plan is built in")
            return
        edit_file(self.app, str(self.plan_file), self.say)
        self.action_reload()

    def action_start(self) -> None:
        """Make the run folders and start the worker."""
        plan, dataset = self.plan, self.dataset
        if plan is None or dataset is None or self.starting:
            return
        self.starting = True

        target = None if self.langfuse is None else LiveTarget(self.langfuse)

        def job() -> Launch:
            check_keys(plan)
            launch = prepare(plan, overrides=Overrides(repeats=plan.repeats), dataset=dataset)
            if target is not None:
                for folder in launch.folders:
                    remember_target(folder, target)
            return launch

        def failed(error: RagtuiError) -> None:
            self.starting = False
            self.shell.failed(error)

        in_background(self, job, self._started, failed, group="start")

    def _started(self, launch: Launch) -> None:
        try:
            run = self.shell.live.start(launch)
        except RagtuiError as error:
            self.shell.failed(error)
            return
        self.shell.open_progress(run, instead=True)


def _near(place: str | Path) -> str:
    """A path from here where it lies below, else in full."""
    full, here = real_path(place), real_path(Path())
    return str(full.relative_to(here)) if full.is_relative_to(here) else str(full)


def _cost(cost: Estimate) -> str:
    """Dollars, as far as they are known: what nobody sees is not $0."""
    if not cost.models:
        return "unknown: what your own code calls" if cost.outside_calls else "nothing: no model is asked"
    if cost.cost_usd is None:
        return f"unknown: no price for {', '.join(cost.unpriced)}"
    return money(cost.cost_usd) + " and what your own code calls" * (cost.outside_calls and not cost.simulated)
