"""What is left to do of a launch: which items and repeats, which scores of stored answers, and what each unit calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from ragtui.files.problems import ProblemLog
from ragtui.model import Item, Result
from ragtui.runner.launch.prepare import Launch
from ragtui.runner.plan.metrics import LEXICAL
from ragtui.runner.plan.plan import HttpTarget, JudgeSpec, Plan, RagTarget, Retriever, Target
from ragtui.runner.targets.stored import StoredAnswers
from ragtui.runner.work.pairs import Opponents
from ragtui.runner.work.pending import Unit, in_order, remaining
from ragtui.runner.work.tally import SideTally
from ragtui.sources import LoadedRun
from ragtui.sources.own.progress import Place, Progress, read_progress
from ragtui.sources.own.runfolder import load_folder, read_folder_header
from ragtui.sources.own.summary import RESULTS


def is_late(judge: JudgeSpec) -> bool:
    """Whether a judge is asked when all answers are there: a batch takes up to a day, a pair needs two answers."""
    return bool(judge.use.batch or judge.against)


def awaiting(launch: Launch, *, retry_failed: bool) -> list[Unit]:
    """Answers that batched or pairwise judges have not scored yet, as they are on the disk now.

    Args:
        retry_failed: those where such a score failed as well.
    """
    late = [judge for judge in launch.plan.judges if is_late(judge)]
    if not late or launch.rejudging is not None:
        return []
    opponents, stored = Opponents(launch), _StoredResults(launch)
    items = {item.id: item for item in launch.items}
    units = []
    for side, folder in enumerate(launch.folders):
        paired = opponents.names(side)
        names = [judge.metric.name for judge in late if not judge.against or judge.metric.name in paired]
        progress = read_progress(folder / RESULTS, ProblemLog(str(folder)))
        for item, label in sorted(_lacking(launch, side, progress, names, retry_failed=retry_failed)):
            attempt = progress.attempts.get((item, label), 1) + 1
            units.append(Unit(side, items[item], label, attempt, stored(side, item, label)))
    order = {(item.id, label): place for place, (item, label, _) in enumerate(_passes(launch))}
    return opponents.given_to(sorted(units, key=lambda unit: (order.get((unit.item.id, unit.repeat), 0), unit.side)))


def _passes(launch: Launch) -> Iterator[tuple[Item, str, int]]:
    """Items and repeats in the order in which they are run."""
    labels = [str(number) for number in range(1, launch.plan.repeats + 1)]
    return in_order(launch.items, labels, 1, launch.plan.order)


def late_calls(plan: Plan) -> int:
    """Calls that one unit makes when all answers are there; a pair is asked about in both orders."""
    return sum((len(judge.panel) or 1) * (2 if judge.against else 1) for judge in plan.judges if is_late(judge))


def calls_a_unit(launch: Launch) -> int:
    """Calls that one unit makes to servers, retries and the user's own calls left out."""
    if launch.rejudging is not None:
        return sum((len(judge.panel) or 1) * (2 if judge.against else 1) for judge in launch.plan.judges)
    calls = sum(len(judge.panel) or 1 for judge in launch.plan.judges if not is_late(judge))
    return calls + max((_calls_of(side.target) for side in launch.plan.sides), default=0)


def _calls_of(target: Target) -> int:
    if isinstance(target, RagTarget):
        return 1 + (target.retriever is not Retriever.LEXICAL)
    return int(isinstance(target, HttpTarget))


def units_of(
    launch: Launch, done: Sequence[Progress], retry_failed: bool, waiting: Sequence[Unit]
) -> tuple[list[Unit], list[SideTally]]:
    """Units to do now, and the count of each side with them."""
    items: Sequence[Item] = launch.items
    stored = _StoredResults(launch)
    if launch.rejudging is not None:
        answers = StoredAnswers.of(launch.rejudging.run)
        places = [
            (item, f"{label}.{time}")
            for time in range(1, launch.rejudging.times + 1)
            for item in items
            for label in answers.repeats_of(item.id)
        ]
        units = [
            unit
            for place in places
            for unit in remaining([place[0]], [place[1]], launch.plan.order, done, retry_failed, stored)
        ]
        units = Opponents(launch).given_to(units)
        total = len(places)
    else:
        labels = [str(number) for number in range(1, launch.plan.repeats + 1)]
        late = {judge.metric.name for judge in launch.plan.judges if is_late(judge)}
        added = [name for name in launch.added if name not in late]
        lacking = [_lacking(launch, side, progress, added) for side, progress in enumerate(done)] if added else ()
        found = remaining(items, labels, launch.plan.order, done, retry_failed, stored, lacking)
        units = [unit for unit in found if not _waits(unit, late)]
        total = len(items) * len(labels)
    sides = []
    for number, progress in enumerate(done):
        side = SideTally(launch.folders[number].name, str(launch.folders[number]), total)
        again = [unit for unit in (*units, *waiting) if unit.side == number and unit.attempt > 1]
        side.done, side.scored = len(progress.finished), progress.scored
        side.failed = len(progress.failed) - sum((u.item.id, u.repeat) in progress.failed for u in again)
        side.unjudged = len(progress.unjudged - progress.failed) - sum(
            (u.item.id, u.repeat) in progress.unjudged - progress.failed for u in again
        )
        side.repeats.update(repeat for _, repeat in progress.finished)
        sides.append(side)
    return units, sides


def _waits(unit: Unit, late: Set[str]) -> bool:
    """Whether all that a stored answer lacks are scores that are asked for when all answers are there."""
    if unit.stored is None or not late:
        return False
    failed = {name for name, said in unit.stored.judgements.items() if said.error}
    return bool(failed) and failed <= late


class _StoredResults:
    """Results that are in the run folders already, read when the first one is asked for."""

    def __init__(self, launch: Launch) -> None:
        self._launch, self._runs = launch, dict[int, LoadedRun]()

    def __call__(self, side: int, item: str, label: str) -> Result | None:
        """The counting result of an item and repeat; None where it cannot be read."""
        if side not in self._runs:
            folder = self._launch.folders[side]
            self._runs[side] = load_folder(folder, read_folder_header(folder, "stored", folder.name))
        return self._runs[side].result(item, label)


def _lacking(
    launch: Launch, side: int, progress: Progress, names: Sequence[str], *, retry_failed: bool = False
) -> frozenset[Place]:
    """Answers without one of these scores: they were added later, or wait until all answers are there."""
    stored, items = _StoredResults(launch), launch.dataset.by_id()
    return frozenset(
        place
        for place in progress.finished - progress.failed
        if place[0] in items
        and (result := stored(side, *place)) is not None
        and not (_has_all(result, names, items[place[0]]) and not (retry_failed and _failed(result, names)))
    )


def _failed(result: Result, names: Sequence[str]) -> bool:
    return any((said := result.judgements.get(name)) is not None and said.error for name in names)


def _has_all(result: Result, names: Sequence[str], item: Item) -> bool:
    known = {*result.judgements, *(said.judge.partition("@")[0] for said in result.judgements.values())}
    missing = [name for name in names if name not in known]
    return all(name in LEXICAL and LEXICAL[name][1](item, result.output, result.contexts) is None for name in missing)
