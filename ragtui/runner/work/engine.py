"""Doing the work of a run: asks the target, asks the judges, writes the result, and stops when it should.

An error belongs to its item and its judge. Only what would fail on every item alike (a refused key, an unknown model,
a server nobody reaches, a full disk) ends the run; then nothing that was under way is recorded, so a later resume does
it as if it had never been begun.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from ragtui.errors import RagtuiError
from ragtui.model import Result
from ragtui.runner.endpoints.calling import CallError, OverBudgetError
from ragtui.runner.endpoints.limiter import Limiter
from ragtui.runner.launch.control import OrderWatch, Wish
from ragtui.runner.launch.journal import EventLog, ResultLog, write_progress
from ragtui.runner.launch.settling import FIRST_LOOK, Referee
from ragtui.runner.plan.plan import Plan
from ragtui.runner.usercode.calls import UnusableFunctionError
from ragtui.runner.work.pending import Unit
from ragtui.runner.work.station import Doer
from ragtui.runner.work.tally import Tally

if TYPE_CHECKING:
    from pathlib import Path

_TICK_S = 0.2
_HOPELESS_AFTER = 20
_RAISE_IT = "Raise the budget in the plan, then resume."
_WORKS = -(10**9)
"""In place of the number of failures of a score that was there once: it is never called hopeless again."""


class Ending(StrEnum):
    """How a session of a run ended."""

    COMPLETE = "complete"
    CANCELLED = "cancelled"
    BUDGET = "budget"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Stop:
    """The order to start nothing more, and why."""

    ending: Ending
    message: str = ""
    hint: str = ""


@dataclass(slots=True)
class Engine:
    """One session of work on one launch."""

    plan: Plan
    lead: Path
    doer: Doer
    results: ResultLog
    events: EventLog
    tally: Tally
    on_tick: Callable[[dict[str, Any]], None] = lambda snapshot: None
    referee: Referee | None = None
    """Asked after every complete repeat whether anything is still in doubt; None to do every repeat."""
    calls_a_unit: int = 0
    """Calls to servers that one unit makes, as far as they are known beforehand."""
    impatient: bool = False
    """Units wait for a batch queue: a stop gives them up at once, since nothing of them is lost."""
    reply_ids: Counter[str] = field(default_factory=Counter)
    _stop: Stop | None = None
    _paused: bool = False
    _written: int = 0
    _without_verdict: int = 0
    _failing: Counter[str] = field(default_factory=Counter)
    _resumed: asyncio.Event = field(default_factory=asyncio.Event)
    _units: Limiter = field(init=False)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._units = Limiter(self.plan.concurrency)
        self._resumed.set()

    async def run(self, units: Sequence[Unit]) -> Stop:
        """Do the units; returns how it ended."""
        ticking = asyncio.create_task(self._tick())
        try:
            for batch in [units] if self.referee is None else _by_repeat(units):
                if self.referee is not None:
                    await self._look(self.referee, batch[0].repeat)
                await self._do(batch)
        finally:
            ticking.cancel()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        stop = self._stop
        if stop is None or (self._written == len(units) and stop.ending is not Ending.FAILED):
            stop = Stop(Ending.COMPLETE)  # asked to stop, but there was nothing left to leave out
        self.publish(stop.ending.value, stop.message)
        return stop

    async def _do(self, units: Sequence[Unit]) -> None:
        """Start units as places get free, and wait for the last one."""
        for unit in units:
            await self._resumed.wait()
            await self._units.acquire()
            await self._resumed.wait()
            while self.tally.is_blind(self.plan.budget) and self._tasks and self._stop is None:
                await asyncio.wait(set(self._tasks), return_when=asyncio.FIRST_COMPLETED)
            self._keep_budget()
            if self._stop is not None:
                self._units.release()
                break
            self.tally.in_flight += 1
            task = asyncio.create_task(self._one(unit))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def _look(self, referee: Referee, repeat: str) -> None:
        """Before a repeat begins: is it needed at all?"""
        done = int(repeat) - 1
        if self._stop is not None or done < FIRST_LOOK:
            return
        try:
            left = await asyncio.to_thread(referee.in_doubt)
        except RagtuiError as error:
            self.events.add("problem", {"message": f"cannot look whether all is settled: {error}"})
            return
        self.events.add("look", {"message": f"{len(left)} cells in doubt after repeat {done}", "left": left[:100]})
        if not left:
            self.tally.end_here()
            most = self.plan.repeats
            self.stop(Stop(Ending.COMPLETE, f"everything is settled after repeat {done} of at most {most}"))

    @property
    def asked_to_stop(self) -> bool:
        """Whether nothing more is started."""
        return self._stop is not None

    def stop(self, stop: Stop) -> None:
        """Start nothing more; what is under way may finish."""
        if self._stop is None:
            self._stop = stop
            self.events.add("stopping", {"ending": stop.ending.value, "message": stop.message, "hint": stop.hint})
            for task in self._tasks if self.impatient else ():
                task.cancel()
        self._resumed.set()

    def stop_now(self) -> None:
        """Give up what is under way as well; it is not recorded."""
        self.stop(Stop(Ending.INTERRUPTED, "interrupted"))
        for task in self._tasks:
            task.cancel()

    def publish(self, state: str, message: str = "") -> None:
        """Tell the watchers."""
        limits = [limiter.limit for limiter in self.doer.limiters()]
        snapshot = self.tally.snapshot(state, min([*limits, self._units.ceiling]), self._units.ceiling, message)
        self.events.flush()
        write_progress(self.lead, snapshot)
        self.on_tick(snapshot)

    async def _tick(self) -> None:
        watch = OrderWatch(self.lead)
        while True:
            self.publish(self._state(), self._stop.message if self._stop else "")
            await asyncio.sleep(_TICK_S)
            self._keep_budget()
            order = watch.changed()
            if order is None:
                continue
            if order.concurrency is not None and order.concurrency != self._units.ceiling:
                self._set_concurrency(order.concurrency)
            if order.wish is Wish.CANCEL:
                self.stop(Stop(Ending.CANCELLED, "cancelled", "Finished items are kept; resume to go on."))
            elif (order.wish is Wish.PAUSE) != self._paused:
                self._paused = order.wish is Wish.PAUSE
                self.events.add("pause" if self._paused else "resume")
                (self._resumed.clear if self._paused and self._stop is None else self._resumed.set)()

    def _keep_budget(self) -> None:
        """Start nothing that would not fit into what is left, with what is under way counted at the mean."""
        over = self.tally.over(self.plan.budget, calls_a_unit=self.calls_a_unit)
        if over and self._stop is None:
            self.stop(Stop(Ending.BUDGET, over, _RAISE_IT))

    def _state(self) -> str:
        if self._stop is not None:
            return "stopping"
        return "paused" if self._paused else "running"

    def _set_concurrency(self, concurrency: int) -> None:
        self._units.set_ceiling(concurrency)
        for limiter in self.doer.limiters():
            limiter.set_ceiling(concurrency)
        self.events.add("concurrency", {"ceiling": concurrency})

    async def _one(self, unit: Unit) -> None:
        try:
            done = await self.doer.do(unit)
            result = done.result
            self.reply_ids.update(done.reply_ids)
            await self.results.write(unit.side, result, unit.item, done.fields)
            self._written += 1
            self.tally.finished(unit.side, result, again=unit.attempt > 1)
            self.events.add("item", _item_event(unit, result))
            self._notice_hopelessness(result)
        except OverBudgetError as over:
            self.stop(Stop(Ending.BUDGET, str(over), _RAISE_IT))
        except CallError as failure:
            self.stop(Stop(Ending.FAILED, str(failure), f"{failure.way_out} Nothing was lost.".strip()))
        except UnusableFunctionError as error:
            self.stop(Stop(Ending.FAILED, f"cannot be used: {error}", "Correct it, then resume."))
        except RagtuiError as error:
            self.stop(Stop(Ending.FAILED, error.message, error.hint))
        except asyncio.CancelledError:
            raise
        except Exception as error:  # a bug of ours must not look like a finished item
            self.events.add("bug", {"item": unit.item.id, "message": f"{type(error).__name__}: {error}"})
            self.stop(Stop(Ending.FAILED, f"internal error on item {unit.item.id}: {type(error).__name__}: {error}"))
        finally:
            self.tally.in_flight -= 1
            self._units.release()

    def _notice_hopelessness(self, result: Result) -> None:
        """Spend nothing more when nothing works: the target, all judges, or one of the evaluators from the start."""
        enough = max(_HOPELESS_AFTER, 2 * self._units.ceiling)
        own = {name: said for name, said in result.judgements.items() if name in self.doer.judge_names}
        if own:
            silent = all(said.error for said in own.values())
            self._without_verdict = self._without_verdict + 1 if silent else 0
        for name, said in result.judgements.items():
            if name not in own and said.judge != "lexical":
                self._failing[name] = self._failing[name] + 1 if said.error else _WORKS
        stuck = [name for name, times in self._failing.items() if times >= _HOPELESS_AFTER]
        if self.tally.failures_in_a_row >= enough:
            what, last = f"last {enough} results are all errors", result.error
        elif self._without_verdict >= enough:
            what, last = f"last {enough} answers got no verdict from any judge", next(iter(own.values())).error
        elif stuck and stuck[0] in result.judgements:
            what = f"first {_HOPELESS_AFTER} answers got no score {stuck[0]} at all"
            last = result.judgements[stuck[0]].error
        else:
            return
        message = f"the {what}; the last one: {last[:1000]}"
        self.stop(Stop(Ending.FAILED, message, "Correct the cause, then resume with --retry-failed."))


def _by_repeat(units: Sequence[Unit]) -> list[list[Unit]]:
    """Complete repeats, one after the other."""
    ordered = sorted(units, key=lambda unit: int(unit.repeat))
    return [list(batch) for _, batch in itertools.groupby(ordered, key=lambda unit: unit.repeat)]


def _item_event(unit: Unit, result: Result) -> dict[str, Any]:
    return {
        "side": unit.side,
        "item": unit.item.id,
        "repeat": unit.repeat,
        "attempt": unit.attempt,
        "error": result.error[:300] or None,
        "latency_s": result.latency_s,
        "scores": {
            name: {"error": said.error[:200]} if said.error else said.value for name, said in result.judgements.items()
        },
    }
