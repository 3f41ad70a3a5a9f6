"""Running again from a screen: items in doubt on both sides, a whole configuration, or only the judges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ragtui.errors import RagtuiError
from ragtui.model import RunHeader
from ragtui.present.clean import one_line
from ragtui.present.numbers import count
from ragtui.tui.dialogs.repeat import RepeatDialog, Repeats
from ragtui.tui.loading import in_background
from ragtui.tui.screens.base import RagtuiScreen
from ragtui.tui.screens.flows.plan_choice import ask_for_plan
from ragtui.tui.screens.flows.trusting import or_ask
from ragtui.workbench import SideComparison, doubts

if TYPE_CHECKING:
    from ragtui.runner.launch.again import Again
    from ragtui.runner.launch.prepare import Launch
    from ragtui.runner.plan.plan import Plan


def repeat_items(
    screen: RagtuiScreen, result: SideComparison, marked: Sequence[str], launched: Callable[[], None]
) -> None:
    """Ask how often, then launch; without marks, the items in doubt. `launched` is called when they run."""
    from ragtui.runner.launch.again import launched_one, targeted
    from ragtui.workbench.stopping import stop_rule

    items = list(marked) or list(doubts(result))
    if not items:
        screen.say("nothing is in doubt here; mark items with space to repeat them all the same")
        return
    chosen = "marked" if marked else "flagged, unproven or of unknown noise"

    def ask(again: Again, hint: str = "") -> None:
        def prepare(answer: Repeats) -> Launch:
            return again.with_numbers(repeats=answer.times).prepare(stop_rule(result) if answer.until_settled else None)

        _ask(
            screen,
            f"Repeats of {count(len(items), 'item')} on both sides",
            _cost_of(again),
            prepare,
            stops_early=True,
            hint=f"{hint}The items are {chosen}. Only fresh repeats confirm: the old ones chose them.",
            before=result,
            items=items,
            launched=launched,
        )

    for side in (result.a, result.b):
        if not _is_launched(side.headers):
            ask_for_plan(screen, side.label, lambda path: _with_plan(screen, path, result, items, ask))
            return
    sides = [[header.location for header in side.headers] for side in (result.a, result.b)]
    # a launch holds its dataset, which may be large: it is read beside the interface
    in_background(
        screen,
        lambda: targeted([launched_one(places) for places in sides], items, 1),
        ask,
        screen.shell.failed,
        group="plan",
    )


def _with_plan(
    screen: RagtuiScreen,
    path: Path,
    result: SideComparison,
    items: Sequence[str],
    ask: Callable[[Again, str], None],
) -> None:
    """Read the plan that was named for two runs without one, then ask how often it is run."""
    from ragtui.runner.launch.again import by_plan
    from ragtui.runner.plan.planfile import read_plan
    from ragtui.workbench.starting.plan_items import plan_items

    def job() -> Again:
        plan = read_plan(path)
        dataset = plan_items(plan.dataset, plan.columns)
        beside = Path(result.a.headers[0].location).parent
        confirms = [side.headers[0].original for side in (result.a, result.b)]
        return by_plan(plan, dataset, confirms, items, 1, beside if beside.is_dir() else None)

    def came(again: Again) -> None:
        sides = " and ".join(side.name.removesuffix("-again") for side in again.plan.sides)
        named = (
            f"{one_line(path.name)} runs {one_line(sides)}: that these are the two that you compare is yours to say. "
        )
        ask(again, named)

    in_background(screen, job, came, screen.shell.failed, group="plan")


def _is_launched(headers: Sequence[RunHeader]) -> bool:
    """Whether one of a configuration's runs carries its plan."""
    from ragtui.runner.launch.launchfile import LAUNCH

    return any((Path(header.location) / LAUNCH).is_file() for header in headers)


def repeat_runs(screen: RagtuiScreen, headers: Sequence[RunHeader]) -> None:
    """Ask how often, then launch further repeats of a configuration."""
    from ragtui.runner.launch.again import launched_one, whole

    if not _is_launched(headers):
        ask_for_plan(screen, headers[0].name, screen.shell.open_launch)
        return
    places = [header.location for header in headers]

    def came(again: Again) -> None:
        _ask(
            screen,
            f"Further repeats of {headers[0].name}",
            _cost_of(again),
            lambda answer: again.with_numbers(repeats=answer.times).prepare(),
            hint="The same plan on the same items: pooled with the repeats there are, they tell its noise.",
        )

    in_background(screen, lambda: whole(launched_one(places), 1), came, screen.shell.failed, group="plan")


def judge_again(screen: RagtuiScreen, headers: Sequence[RunHeader]) -> None:
    """Ask how often, then judge the stored answers of the latest run of a configuration again.

    A run without a plan of its own is judged by one that the person chooses: the `ragtui.toml` that happens to lie in
    the current folder may belong to something else, and its judges cost money.
    """
    if _is_launched(headers):
        _judge_by(screen, headers, None)
        return

    def chosen(path: Path) -> None:
        from ragtui.runner.plan.planfile import read_plan

        in_background(
            screen,
            lambda: read_plan(path),
            lambda plan: _judge_by(screen, headers, plan),
            screen.shell.failed,
            group="plan",
        )

    ask_for_plan(screen, headers[0].name, chosen)


def _judge_by(screen: RagtuiScreen, headers: Sequence[RunHeader], plan: Plan | None) -> None:
    """With the judges of a plan, or of the run's own launch."""
    from ragtui.runner.launch.rejudge import prepare_rejudge

    header = next((header for header in reversed(headers) if header.rejudge_of is None), headers[-1])
    folder = Path(header.location)
    judges = len(header.configuration.judges if plan is None else plan.judges)

    def cost(times: int) -> str:
        answers = (header.results or 0) * times
        return f"{count(answers, 'answer')} to judge, {answers * judges:,} calls to {count(judges, 'judge')}"

    by = "" if plan is None else f", by {one_line(Path(plan.source).name)}"
    _ask(
        screen,
        f"Judge the answers of {header.name} again{by}",
        cost,
        lambda answer: prepare_rejudge(folder, answer.times, plan=plan),
        hint="The answers stay, so what varies is the judges: the noise view (r) then splits judge and pipeline noise.",
    )


def _cost_of(again: Again) -> Callable[[int], str]:
    """What a number of repeats costs, in words; plan and dataset were read once."""
    from ragtui.runner.launch.estimate import estimate

    return lambda times: estimate(again.with_numbers(repeats=times).plan, again.dataset).in_words()


def _ask(
    screen: RagtuiScreen,
    question: str,
    cost: Callable[[int], str],
    prepare: Callable[[Repeats], Launch],
    *,
    stops_early: bool = False,
    hint: str = "",
    before: SideComparison | None = None,
    items: Sequence[str] = (),
    launched: Callable[[], None] = lambda: None,
) -> None:
    def started(launch: Launch) -> None:
        try:
            run = screen.shell.live.start(launch)
        except RagtuiError as error:
            screen.shell.failed(error)
            return
        launched()
        screen.shell.open_progress(run, before, items)

    def go(answer: Repeats) -> None:
        again = or_ask(screen, lambda: go(answer))
        in_background(screen, lambda: prepare(answer), started, again, group="start")

    def answered(answer: Repeats | None) -> None:
        if answer is not None:
            go(answer)

    screen.app.push_screen(RepeatDialog(one_line(question), cost, stops_early=stops_early, hint=hint), answered)
