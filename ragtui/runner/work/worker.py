"""One session of work on a launch, from taking the locks to writing the summaries."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ragtui.errors import InputError
from ragtui.files.jsonlines import BadLineError
from ragtui.model import Metric, Problem, RunStatus
from ragtui.present.numbers import count
from ragtui.runner.endpoints.calling import Usage
from ragtui.runner.launch.identity import judge_settings, pipeline_settings
from ragtui.runner.launch.journal import CONTROL, PROGRESS, EventLog, ResultLog, read_small, write_progress
from ragtui.runner.launch.prepare import Launch, metrics_of
from ragtui.runner.launch.settling import Referee
from ragtui.runner.launch.trust import require
from ragtui.runner.plan.plan import Plan, RagTarget
from ragtui.runner.scoring.judges import Judge
from ragtui.runner.work.cached import repetition
from ragtui.runner.work.engine import Ending, Engine, Stop
from ragtui.runner.work.pairs import pair_notes
from ragtui.runner.work.station import Doer, open_station, worked_plan
from ragtui.runner.work.tally import Tally
from ragtui.runner.work.todo import awaiting, calls_a_unit, late_calls, units_of
from ragtui.sources.datasetfile import read_dataset
from ragtui.sources.own.summary import RESULTS, metric_entry
from ragtui.sources.own.writer import Resumed, RunWriter

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
    notes: tuple[str, ...] = ()
    """What pairwise judges preferred, and what the order of the answers decided."""


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
    if sys.platform == "win32":
        return  # sockets are no files there
    import resource

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
        _refuse_changes(launch, resumed, judges, retry_failed=retry_failed)
        problems = [*(problem for one in resumed for problem in one.problems), *_dataset_problem(launch)]
        for problem in problems:
            events.add("problem", {"message": str(problem)})
        _note_growth(launch, writers)
        waiting = awaiting(launch, retry_failed=retry_failed)
        units, sides = units_of(launch, [one.progress for one in resumed], retry_failed, waiting)
        with contextlib.suppress(OSError):
            (launch.lead / CONTROL).unlink()
        usage = Usage()
        tally = Tally(sides, usage, read_small(launch.lead / PROGRESS), launch.plan.origin)
        events.add("start", {"pid": os.getpid(), "left": len(units), "done": tally.done, "total": tally.total})
        if not units and not waiting:
            snapshot = tally.snapshot("complete", 0, 0)
            write_progress(launch.lead, snapshot)
            return _close(launch, writers, Stop(Ending.COMPLETE), snapshot, {}, events, ())
        async with _engine(launch, writers, events, tally, base_url, on, on_tick) as (engine, doer):
            with _signals(engine):
                stop = await engine.run(units)
            if stop.ending is Ending.COMPLETE and (waiting := awaiting(launch, retry_failed=retry_failed)):
                events.add("note", {"message": f"all answers are there; {count(len(waiting), 'answer')} to judge"})
                engine = _second(engine, launch, len(waiting))
                with _signals(engine):
                    last = await engine.run(waiting)
                stop = stop if last.ending is Ending.COMPLETE else last
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
        calls = 0 if plan.simulation is not None else calls_a_unit(launch)
        engine = Engine(plan, launch.lead, doer, results, events, tally, on_tick, referee, calls)
        yield _batching(engine, _MOST_WAITING) if plan.batched and launch.rejudging is not None else engine, doer


def _batching(engine: Engine, units: int) -> Engine:
    """The same engine for units that wait for a batch queue: all at once, and given up at once."""
    plan = replace(engine.plan, concurrency=min(max(1, units), _MOST_WAITING))
    return replace(engine, plan=plan, impatient=True, referee=None, _written=0)


def _second(engine: Engine, launch: Launch, units: int) -> Engine:
    """The same engine for answers whose batched or pairwise judges are asked now that all answers are there."""
    engine.tally.next_pass()
    engine = replace(engine, calls_a_unit=0 if engine.plan.simulation else late_calls(launch.plan), referee=None)
    return _batching(engine, units) if launch.plan.batched else replace(engine, _written=0)


def _note_growth(launch: Launch, writers: Sequence[RunWriter]) -> None:
    """More repeats than when the run was made: what is expected of it grows with them."""
    if launch.rejudging is not None or launch.stop_rule is not None:
        return
    for writer in writers:
        if writer.summary.get("repeats") != launch.plan.repeats:
            expected = len(launch.items) * launch.plan.repeats
            writer.note(repeats=launch.plan.repeats, expected_results=expected)


def _refuse_changes(
    launch: Launch, resumed: Sequence[Resumed], judges: tuple[Judge, ...], *, retry_failed: bool
) -> None:
    """A run that changed under way would measure two things at once. What gave nothing but errors may be corrected, be
    it the pipeline, a judge or an evaluator: what is recorded is then what does the work now. Its errors must be asked
    again, or the new settings would have errors that they never made."""
    for number, one in enumerate(resumed):
        writer, now = one.writer, {"judges": judge_settings(judges, launch.plan)}
        if launch.rejudging is None:
            now["pipeline"] = pipeline_settings(launch.plan.sides[number].target, launch.plan.base)
        before: dict[str, Mapping[str, Any]] = {what: writer.summary.get(what) or {} for what in now}
        if before == now:
            continue
        progress = one.progress
        answered = progress.finished > progress.failed
        for what in sorted(now, reverse=True):
            changed = _changed(before[what], now[what])
            if what == "judges":
                stuck = [name for name in changed if name in progress.told]
            else:
                stuck = changed if answered else []
            if changed and not stuck and (progress.failed or progress.unjudged) and not retry_failed:
                raise _refusal(writer.folder, what, changed[0], before[what], now[what], _ASK_AGAIN)
            if stuck:
                raise _refusal(writer.folder, what, stuck[0], before[what], now[what], _UNDO)
        writer.note(**now)


_UNDO = "Undo the change to go on, or start a new run: results of both must not mix."
_ASK_AGAIN = "All it gave so far are errors: --retry-failed asks for them again with the new settings."


def _changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return sorted(name for name in {*before, *now} if before.get(name) != now.get(name))


def _refusal(
    folder: Path, what: str, name: str, before: Mapping[str, Any], now: Mapping[str, Any], way_out: str
) -> InputError:
    said = f"{before.get(name)} -> {now.get(name)}"
    return InputError(f"{folder}: {what} setting {name} changed since the run began: {said}", way_out)


def _dataset_problem(launch: Launch) -> list[Problem]:
    path = launch.plan.dataset
    try:
        now = read_dataset(path, launch.plan.columns, blanks=True)
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
    notes = pair_notes(launch)
    for note in notes:
        events.add("note", {"message": note})
    events.add("finish", {"ending": stop.ending.value, "message": stop.message, "hint": stop.hint})
    events.flush()
    return Finished(stop, snapshot, tuple(warnings), launch.folders, tuple(notes))


def _metrics(launch: Launch, found: Sequence[Metric]) -> list[Metric]:
    """Metrics of the plan, and those that evaluators turned out to score."""
    plan = worked_plan(launch)
    known = metrics_of(replace(plan, evaluators=()))
    own = {metric.name: metric for spec in plan.evaluators for metric in spec.metrics}
    own.update({metric.name: metric for metric in found})
    return known + list(own.values())


def _sampled(plan: Plan, side: int) -> bool:
    target = plan.sides[side].target
    return not (isinstance(target, RagTarget) and target.generator.temperature == 0)
