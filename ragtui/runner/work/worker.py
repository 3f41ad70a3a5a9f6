"""One session of work on a launch, from taking the locks to writing the summaries."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ragtui.errors import InputError
from ragtui.files.jsonlines import BadLineError
from ragtui.files.problems import ProblemLog
from ragtui.model import Item, Metric, Problem, Result, RunStatus
from ragtui.runner.endpoints.calling import Usage
from ragtui.runner.launch.identity import judge_settings, pipeline_settings
from ragtui.runner.launch.journal import CONTROL, PROGRESS, EventLog, ResultLog, read_small, write_progress
from ragtui.runner.launch.prepare import Launch
from ragtui.runner.launch.settling import Referee
from ragtui.runner.launch.trust import require
from ragtui.runner.plan.metrics import LEXICAL
from ragtui.runner.plan.plan import HttpTarget, Plan, RagTarget, Retriever, Target
from ragtui.runner.scoring.judges import Judge
from ragtui.runner.targets.stored import StoredAnswers
from ragtui.runner.work.cached import repetition
from ragtui.runner.work.engine import Ending, Engine, Stop
from ragtui.runner.work.pending import Unit, remaining
from ragtui.runner.work.station import Doer, open_station, worked_plan
from ragtui.runner.work.tally import SideTally, Tally
from ragtui.sources import LoadedRun
from ragtui.sources.datasetfile import read_dataset
from ragtui.sources.own.progress import Place, Progress, read_progress
from ragtui.sources.own.runfolder import load_folder, read_folder_header
from ragtui.sources.own.summary import RESULTS, metric_entry
from ragtui.sources.own.writer import RunWriter

_FILES_BESIDE = 256
_MOST_WAITING = 50_000
"""Units that wait for a batch queue at once: as many as one batch takes."""
OnTick = Callable[[dict[str, Any]], None]

_STATUS = {
    Ending.COMPLETE: RunStatus.COMPLETE,
    Ending.CANCELLED: RunStatus.CANCELLED,
    Ending.BUDGET: RunStatus.CANCELLED,
    Ending.INTERRUPTED: RunStatus.PARTIAL,
    Ending.FAILED: RunStatus.FAILED,
}


@dataclass(frozen=True, slots=True)
class Finished:
    """How a session ended.

    Attributes:
        progress: the last progress snapshot.
        warnings: what a person should know about the results, such as copies among the repeats.
    """

    stop: Stop
    progress: Mapping[str, Any]
    warnings: tuple[str, ...]
    folders: tuple[Path, ...]


def work(
    launch: Launch,
    *,
    retry_failed: bool = False,
    base_url: str = "",
    on: str = "",
    on_tick: OnTick = lambda _: None,
) -> Finished:
    """Do what is left of a launch, in this process.

    Args:
        retry_failed: do item-repeats again that ended in an error.
        base_url: replaces every endpoint of the plan, for a model served by ourselves.
        on: a cluster that does the units, such as "dask://host:8786" or "local:4"; empty for this process.
        on_tick: called with a progress snapshot a few times a second.

    Raises:
        UntrustedError: the folder was not written here, and nobody has agreed to run what it names.
        RagtuiError: the work cannot begin: a folder is locked or was changed, a key is missing.
    """
    require(launch)
    _allow_files(_FILES_BESIDE + 2 * launch.plan.concurrency)
    return asyncio.run(_work(launch, retry_failed, base_url, on, on_tick))


def _allow_files(wanted: int) -> None:
    """Raise the limit on open files for as many connections, as far as the system lets us."""
    try:
        import resource
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


async def _work(launch: Launch, retry_failed: bool, base_url: str, on: str, on_tick: OnTick) -> Finished:
    plan = launch.plan
    judges = tuple(Judge.load(spec) for spec in plan.judges)
    events = EventLog(launch.lead)
    with contextlib.ExitStack() as stack:
        resumed = [RunWriter.resume(folder, sync_each=False) for folder in launch.folders]
        writers = [stack.enter_context(one.writer) for one in resumed]
        _refuse_changes(launch, writers, judges)
        problems = [*(problem for one in resumed for problem in one.problems), *_dataset_problem(launch)]
        for problem in problems:
            events.add("problem", {"message": str(problem)})
        _note_growth(launch, writers)
        units, sides = _units_of(launch, [one.progress for one in resumed], retry_failed)
        with contextlib.suppress(OSError):
            (launch.lead / CONTROL).unlink()
        usage = Usage()
        tally = Tally(sides, usage, read_small(launch.lead / PROGRESS), launch.plan.origin)
        events.add("start", {"pid": os.getpid(), "left": len(units), "done": tally.done, "total": tally.total})
        if not units and not _awaiting(launch):
            snapshot = tally.snapshot("complete", 0, 0)
            write_progress(launch.lead, snapshot)
            return _close(launch, writers, Stop(Ending.COMPLETE), snapshot, {}, events, ())
        async with _engine(launch, writers, events, tally, base_url, on, on_tick) as (engine, doer):
            with _signals(engine):
                stop = await engine.run(units)
            if stop.ending is Ending.COMPLETE and launch.rejudging is None and (waiting := _awaiting(launch)):
                engine = _batching(engine, len(waiting))
                with _signals(engine):
                    stop = await engine.run(waiting)
            snapshot = tally.snapshot(stop.ending.value, engine.plan.concurrency, engine.plan.concurrency, stop.message)
        return _close(launch, writers, stop, snapshot, engine.reply_ids, events, doer.metrics())


@contextlib.asynccontextmanager
async def _engine(
    launch: Launch,
    writers: Sequence[RunWriter],
    events: EventLog,
    tally: Tally,
    base_url: str,
    on: str,
    on_tick: OnTick,
) -> AsyncIterator[tuple[Engine, Doer]]:
    async with contextlib.AsyncExitStack() as stack:
        if on:
            from ragtui.runner.work.cluster import open_cluster

            doer: Doer = await stack.enter_async_context(open_cluster(on, launch, tally.usage, events.add))
        else:
            doer = await stack.enter_async_context(open_station(launch, tally.usage, events.add, base_url))
        results = await stack.enter_async_context(ResultLog(writers))
        referee = None if launch.stop_rule is None else Referee(launch.stop_rule, launch.folders)
        plan = worked_plan(launch)
        if plan.budget.calls is not None:
            tally.usage.most_calls = max(0, plan.budget.calls - int(tally.spent()["calls"]))
        calls = 0 if plan.simulation is not None else _calls_a_unit(launch)
        engine = Engine(plan, launch.lead, doer, results, events, tally, on_tick, referee, calls)
        yield _batching(engine, _MOST_WAITING) if plan.batched and launch.rejudging is not None else engine, doer


def _batching(engine: Engine, units: int) -> Engine:
    """The same engine for units that wait for a batch queue: all at once, and given up at once."""
    plan = replace(engine.plan, concurrency=min(max(1, units), _MOST_WAITING))
    return replace(engine, plan=plan, impatient=True, referee=None, _written=0)


def _awaiting(launch: Launch) -> list[Unit]:
    """Answers that batched judges have not scored yet, as they are on the disk now."""
    if not launch.plan.batched or launch.rejudging is not None:
        return []
    names = [judge.metric.name for judge in launch.plan.judges if judge.use.batch]
    stored = _StoredResults(launch)
    items = {item.id: item for item in launch.items}
    units = []
    for side, folder in enumerate(launch.folders):
        progress = read_progress(folder / RESULTS, ProblemLog(str(folder)))
        for item, label in sorted(_lacking(launch, side, progress, names)):
            attempt = progress.attempts.get((item, label), 1) + 1
            units.append(Unit(side, items[item], label, attempt, stored(side, item, label)))
    return units


def _calls_a_unit(launch: Launch) -> int:
    """Calls that one unit makes to servers, retries and the user's own calls left out."""
    calls = sum(len(judge.panel) or 1 for judge in launch.plan.judges)
    targets = [] if launch.rejudging is not None else [side.target for side in launch.plan.sides]
    return calls + max((_calls_of(target) for target in targets), default=0)


def _calls_of(target: Target) -> int:
    if isinstance(target, RagTarget):
        return 1 + (target.retriever is not Retriever.LEXICAL)
    return int(isinstance(target, HttpTarget))


def _units_of(launch: Launch, done: Sequence[Progress], retry_failed: bool) -> tuple[list[Unit], list[SideTally]]:
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
        total = len(places)
    else:
        labels = [str(number) for number in range(1, launch.plan.repeats + 1)]
        lacking = (
            [_lacking(launch, side, progress, launch.added) for side, progress in enumerate(done)]
            if launch.added
            else ()
        )
        units = remaining(items, labels, launch.plan.order, done, retry_failed, stored, lacking)
        total = len(items) * len(labels)
    sides = []
    for number, progress in enumerate(done):
        side = SideTally(launch.folders[number].name, str(launch.folders[number]), total)
        again = [unit for unit in units if unit.side == number and unit.attempt > 1]
        side.done, side.scored = len(progress.finished), progress.scored
        side.failed = len(progress.failed) - sum((u.item.id, u.repeat) in progress.failed for u in again)
        side.unjudged = len(progress.unjudged - progress.failed) - sum(
            (u.item.id, u.repeat) in progress.unjudged - progress.failed for u in again
        )
        side.repeats.update(repeat for _, repeat in progress.finished)
        sides.append(side)
    return units, sides


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


def _lacking(launch: Launch, side: int, progress: Progress, names: Sequence[str]) -> frozenset[Place]:
    """Answers without one of these scores: they were added later, or wait for a batch queue."""
    stored, items = _StoredResults(launch), launch.dataset.by_id()
    return frozenset(
        place
        for place in progress.finished - progress.failed
        if place[0] in items
        and (result := stored(side, *place)) is not None
        and not _has_all(result, names, items[place[0]])
    )


def _has_all(result: Result, names: Sequence[str], item: Item) -> bool:
    known = {*result.judgements, *(said.judge.partition("@")[0] for said in result.judgements.values())}
    missing = [name for name in names if name not in known]
    return all(name in LEXICAL and LEXICAL[name][1](item, result.output, result.contexts) is None for name in missing)


def _note_growth(launch: Launch, writers: Sequence[RunWriter]) -> None:
    """More repeats than when the run was made: what is expected of it grows with them."""
    if launch.rejudging is not None or launch.stop_rule is not None:
        return
    for writer in writers:
        if writer.summary.get("repeats") != launch.plan.repeats:
            expected = len(launch.items) * launch.plan.repeats
            writer.note(repeats=launch.plan.repeats, expected_results=expected)


def _refuse_changes(launch: Launch, writers: Sequence[RunWriter], judges: tuple[Judge, ...]) -> None:
    """A run that changed under way would measure two things at once."""
    if launch.rejudging is None:
        for side, writer in zip(launch.plan.sides, writers, strict=True):
            now = pipeline_settings(side.target, launch.plan.base)
            _refuse(writer.folder, "pipeline", writer.summary.get("pipeline") or {}, now)
    for writer in writers:
        _refuse(writer.folder, "judges", writer.summary.get("judges") or {}, judge_settings(judges, launch.plan))


def _refuse(folder: Path, what: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    changed = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
    if changed:
        raise InputError(
            f"{folder}: {what} setting {changed[0]} changed since the run began: {before.get(changed[0])} -> "
            f"{now.get(changed[0])}",
            "Undo the change to go on, or start a new run: results of both must not mix.",
        )


def _dataset_problem(launch: Launch) -> list[Problem]:
    path = launch.plan.dataset
    try:
        now = read_dataset(path, launch.plan.columns)
    except (InputError, BadLineError, OSError):
        return []
    if now.content_hash() == launch.dataset.content_hash():
        return []
    return [Problem(str(path), "changed since the run began; the run goes on with its own copy")]


@contextlib.contextmanager
def _signals(engine: Engine) -> Any:
    """The first SIGINT or SIGTERM lets what is under way finish, the second does not."""
    loop = asyncio.get_running_loop()

    def on_signal() -> None:
        if engine.asked_to_stop:
            engine.stop_now()
        else:
            engine.stop(Stop(Ending.INTERRUPTED, "interrupted; finishing what is under way", "Resume to go on."))

    kinds = (signal.SIGINT, signal.SIGTERM)
    for kind in kinds:
        with contextlib.suppress(NotImplementedError, ValueError, RuntimeError):
            loop.add_signal_handler(kind, on_signal)
    try:
        yield
    finally:
        for kind in kinds:
            with contextlib.suppress(NotImplementedError, ValueError, RuntimeError):
                loop.remove_signal_handler(kind)


def _close(
    launch: Launch,
    writers: Sequence[RunWriter],
    stop: Stop,
    snapshot: dict[str, Any],
    reply_ids: Mapping[str, int],
    events: EventLog,
    found: Sequence[Metric],
) -> Finished:
    warnings: list[str] = []
    for number, writer in enumerate(writers):
        warning = ""
        if launch.rejudging is None:
            alike = repetition(writer.folder / RESULTS, dict(reply_ids) if number == 0 else None)
            warning = alike.warning(_sampled(launch.plan, number))
        if warning:
            warnings.append(f"{writer.folder.name}: {warning}")
        complete = stop.ending is Ending.COMPLETE
        extra: dict[str, Any] = {"repeats_warning": warning} if warning else {}
        if complete and launch.stop_rule is not None:
            repeats = max(map(int, snapshot["sides"][number]["repeats"]), default=0)
            writer.note(repeats=repeats, expected_results=len(launch.items) * repeats)
            extra["settled"] = stop.message
        writer.finish(
            _STATUS[stop.ending],
            duration_s=snapshot["seconds"],
            metrics=[metric_entry(metric) for metric in _metrics(launch, found)],
            stopped=None if complete else stop.message,
            spent={name: snapshot[name] for name in ("calls", "tokens", "cost_usd", "unpriced_calls")},
            **extra,
        )
    for warning in warnings:
        events.add("problem", {"message": warning})
    events.add("finish", {"ending": stop.ending.value, "message": stop.message, "hint": stop.hint})
    events.flush()
    return Finished(stop, snapshot, tuple(warnings), launch.folders)


def _metrics(launch: Launch, found: Sequence[Metric]) -> list[Metric]:
    """Metrics of the plan, and those that evaluators turned out to score."""
    plan = worked_plan(launch)
    known = [judge.metric for judge in plan.judges] + [LEXICAL[name][0] for name in plan.lexical]
    own = {metric.name: metric for spec in plan.evaluators for metric in spec.metrics}
    own.update({metric.name: metric for metric in found})
    return known + list(own.values())


def _sampled(plan: Plan, side: int) -> bool:
    target = plan.sides[side].target
    return not (isinstance(target, RagTarget) and target.generator.temperature == 0)
