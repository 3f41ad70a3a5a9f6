"""One item through everything, before the whole run: what is understood, asked, scored, and what the run will cost.

Nothing is written into a run. The measured tokens replace the guesses of the estimate, contexts of one's own pipeline
included.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ragtui.errors import InputError, RagtuiError
from ragtui.model import Dataset, Item, Judgement, Result
from ragtui.runner.endpoints.calling import CallError, Usage
from ragtui.runner.launch.estimate import Estimate, ItemMeasure, estimate
from ragtui.runner.launch.prepare import Launch, selected_items
from ragtui.runner.plan.plan import BASELINE, Plan, RagTarget
from ragtui.runner.plan.prompting import passages
from ragtui.runner.scoring.pairwise import Opponent
from ragtui.runner.usercode.calls import UnusableFunctionError
from ragtui.runner.work.pairs import reference_answer
from ragtui.runner.work.pending import Unit
from ragtui.runner.work.station import EVALUATOR, Lane, Station, open_station


@dataclass(frozen=True, slots=True)
class Tried:
    """What one item came to on one side.

    Attributes:
        failure: why nothing at all could be asked; empty when there is a result.
        asked: prompts of the judges as they were sent, by metric.
        usage: what it used; `seconds` in all.
        measured: for the estimate; None when there is no answer.
    """

    side: str
    item: Item
    result: Result
    failure: str
    asked: Mapping[str, str]
    usage: Usage
    seconds: float
    measured: ItemMeasure | None = None

    @property
    def scored(self) -> int:
        """Scores that are there."""
        return sum(not said.error for said in self.result.judgements.values())

    @property
    def works(self) -> bool:
        """Whether there is an answer and nothing went wrong with any score."""
        return not self.failure and not self.result.error and not any(map(_error_of, self.result.judgements.values()))


@dataclass(frozen=True, slots=True)
class Trial:
    """All sides of a plan, tried on one item.

    Attributes:
        estimate: of the whole run, with what was measured in it.
    """

    sides: tuple[Tried, ...]
    estimate: Estimate
    notes: tuple[str, ...]


def try_plan(plan: Plan, dataset: Dataset, item: str = "", base_url: str = "") -> Trial:
    """Run one item through target, judges and evaluators of every side.

    Args:
        item: which; the first one where empty.

    Raises:
        RagtuiError: there is no such item, or what the plan needs is not there.
    """
    items = selected_items(dataset, (item,) if item else plan.selection)
    if not items:
        raise InputError(f"{dataset.name}: no items", "Choose others.")
    return asyncio.run(_try(plan, dataset, items[0], base_url))


def _scratch() -> tempfile.TemporaryDirectory[str]:
    try:
        return tempfile.TemporaryDirectory(prefix="ragtui-try-")
    except OSError as error:  # a full disk, or no folder of temporary files that could be written
        raise InputError(f"no temporary folder can be made ({error.strerror})", "Set TMPDIR to one.") from error


async def _try(plan: Plan, dataset: Dataset, item: Item, base_url: str) -> Trial:
    notes: list[str] = []
    tried: list[Tried] = []
    with _scratch() as scratch:
        for number, side in enumerate(plan.sides):
            usage = Usage()
            alone = replace(plan, sides=(side,), selection=(item.id,), cache=None, outage_s=min(plan.outage_s, 5.0))
            launch = Launch(alone, dataset, (Path(scratch),), seed=number + 1)
            opponents = _opponents(plan, item, tried)
            tried.append(await _side(launch, side.name, item, usage, notes, base_url, opponents))
    return Trial(tuple(tried), measured_estimate(plan, dataset, tried), tuple(dict.fromkeys(notes)))


def _opponents(plan: Plan, item: Item, tried: Sequence[Tried]) -> dict[str, Opponent]:
    """Whom pairwise judges hold this side's answer against: the first side's, just made, or a stored one."""
    found = {}
    for judge in plan.judges:
        if judge.against == BASELINE and tried:
            first = tried[0]
            error = first.failure or first.result.error
            found[judge.metric.name] = Opponent(first.result.output, tuple(first.result.contexts), error)
        elif judge.against and judge.against != BASELINE:
            found[judge.metric.name] = reference_answer(Path(judge.against), item.id, "1")
    return found


async def _side(
    launch: Launch,
    name: str,
    item: Item,
    usage: Usage,
    notes: list[str],
    base_url: str,
    opponents: Mapping[str, Opponent],
) -> Tried:
    def note(kind: str, said: dict[str, object] | None = None) -> None:
        if said and said.get("message"):
            notes.append(str(said["message"]))

    loop = asyncio.get_running_loop()
    began, failure, result = loop.time(), "", Result(item.id, "1")
    asked: Mapping[str, str] = {}
    measured = None
    try:
        async with open_station(launch, usage, note, base_url) as station:
            before = station.lanes()
            result = (await station.do(Unit(0, item, "1"))).result
            if opponents and not result.error:
                result = (await station.do(Unit(0, item, "1", stored=result, against=opponents))).result
            asked = _asked(station, item, result, opponents)
            if not result.error:
                measured = _measured(station, before, item, result, usage, loop.time() - began)
    except CallError as error:
        failure = f"{error} {error.way_out}".strip()
    except UnusableFunctionError as error:
        failure = str(error)
    except RagtuiError as error:
        failure = str(error)
    return Tried(name, item, result, failure, asked, usage, loop.time() - began, measured)


def _measured(
    station: Station, before: Mapping[str, Lane], item: Item, result: Result, usage: Usage, seconds: float
) -> ItemMeasure:
    """What the estimate needs: a process that was started for the first item is not started for the others."""
    lanes = {
        name: (lane.width, lane.busy_s - (before[name].busy_s if name in before else 0.0))
        for name, lane in station.lanes().items()
    }
    scoring = [busy for name, (_, busy) in lanes.items() if name.startswith(EVALUATOR)]
    unit_s = (result.latency_s or 0.0) + max([station.judging_s, *scoring])
    reported = isinstance(station.plan.sides[0].target, RagTarget)  # then its tokens are in the usage already
    return ItemMeasure(
        item,
        len(passages(result.contexts)),
        len(result.output),
        dict(usage.asked),
        unit_s,
        max(0.0, seconds - unit_s),
        lanes,
        0 if reported else sum(result.tokens.values()),
        None if reported else result.cost_usd,
    )


def _asked(station: Station, item: Item, result: Result, opponents: Mapping[str, Opponent]) -> dict[str, str]:
    if result.error:
        return {}
    return {
        judge.name: judge.question(item, result.output, result.contexts, opponents.get(judge.name))
        for judge in station.judges
        if not judge.spec.against or judge.name in opponents
    }


def _error_of(judgement: Judgement) -> str:
    return judgement.error


def measured_estimate(plan: Plan, dataset: Dataset, tried: Sequence[Tried]) -> Estimate:
    """The estimate of the run with the sizes and seconds of one item, as they were measured."""
    return estimate(plan, dataset, [one.measured for one in tried])
