"""One item in one repeat, from the question to the scores: the part of the work that any process can do.

A station asks the target, the judges and the evaluators. It writes nothing and decides nothing about the run, so it may
stand in this process or on another machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol, cast

from ragtui.errors import InputError, UsageError
from ragtui.model import Judgement, Metric, Result
from ragtui.runner.endpoints.batches import BatchQueue
from ragtui.runner.endpoints.calling import Caller, CallError, CallPatience, Note, Usage
from ragtui.runner.endpoints.chance import seed_of
from ragtui.runner.endpoints.limiter import Limiter
from ragtui.runner.endpoints.remembering import ReplyCache
from ragtui.runner.endpoints.simulated import SimulatedEndpoint
from ragtui.runner.launch.identity import code_hash
from ragtui.runner.launch.prepare import Launch
from ragtui.runner.plan.metrics import LEXICAL
from ragtui.runner.plan.plan import EvaluatorSpec, Plan, RagTarget
from ragtui.runner.plan.secrets import hidden, secrets_in, without_secrets
from ragtui.runner.scoring.evaluators import Evaluator
from ragtui.runner.scoring.judges import Judge
from ragtui.runner.targets.answers import Answered
from ragtui.runner.targets.stored import StoredAnswers
from ragtui.runner.targets.targets import Pipeline, TargetError, open_target
from ragtui.runner.usercode.calls import FunctionSpec, UserCode
from ragtui.runner.usercode.width import width_of
from ragtui.runner.work.pending import Unit

if TYPE_CHECKING:
    from ragtui.runner.endpoints.llm import Models


@dataclass(frozen=True, slots=True)
class Done:
    """One unit's result.

    Attributes:
        fields: further fields of its record.
        reply_ids: the ids of the replies it rests on; one that comes twice was served from a cache.
    """

    result: Result
    fields: Mapping[str, Any] = field(default_factory=dict)
    reply_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Scored:
    judgements: Mapping[str, Judgement] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    reply_ids: tuple[str, ...] = ()
    cached: list[str] = field(default_factory=list)


EVALUATOR = "evaluator"
"""Begins the names of the lanes of scoring functions."""
NOTHING: Mapping[str, Judgement] = {}


class Doer(Protocol):
    """Whoever does units: a station here, or a cluster of them.

    Attributes:
        judge_names: metrics that are judged by models.
    """

    judge_names: Sequence[str]

    async def do(self, unit: Unit) -> Done:
        """Answer and score one unit.

        Raises:
            CallError: every further unit will fail alike.
            RagtuiError: likewise, and a person can act on it.
        """

    def limiters(self) -> Sequence[Limiter]:
        """What holds calls back."""

    def metrics(self) -> Sequence[Metric]:
        """Metrics that the user's evaluators turned out to score."""


@dataclass(frozen=True, slots=True)
class Lane:
    """Something that takes only so many calls at once: an endpoint, a function.

    Attributes:
        busy_s: seconds in its calls, added up.
    """

    width: int
    busy_s: float


@dataclass(slots=True)
class Station:
    """Does units in this process."""

    plan: Plan
    pipelines: Sequence[Pipeline]
    judges: Sequence[Judge]
    evaluators: Sequence[Evaluator]
    models: Models
    code: UserCode
    address: Caller
    """Of targets that are an address."""
    judging_s: float = 0.0
    """Seconds that judges were waited for, over all units."""
    judge_names: Sequence[str] = field(init=False)

    def __post_init__(self) -> None:
        self.judge_names = tuple(judge.name for judge in self.judges)

    def limiters(self) -> Sequence[Limiter]:
        """One for each server that is called."""
        return [self.address.limiter, *(caller.limiter for caller in self.models.callers())]

    def lanes(self) -> dict[str, Lane]:
        """What bounds how fast units get through, with the seconds it was kept busy so far."""
        limiters = {f"endpoint {number}": limiter for number, limiter in enumerate(self.limiters())}
        lanes = {name: Lane(limiter.ceiling, limiter.held_s) for name, limiter in limiters.items()}
        return lanes | {name: Lane(function.width, function.used_s) for name, function in self.code.functions()}

    def metrics(self) -> Sequence[Metric]:
        """As the evaluators met them."""
        return [metric for evaluator in self.evaluators for metric in evaluator.metrics.values()]

    async def do(self, unit: Unit) -> Done:
        """Answer and score one unit; what goes wrong with it alone is part of its result."""
        if unit.stored is not None:
            return await self._complete(unit, unit.stored)
        started, began = datetime.now(UTC), time.perf_counter()
        error, answer = "", Answered("")
        try:
            answer = await self.pipelines[unit.side].answer(
                unit.item, unit.repeat.partition(".")[0], self._seed(unit, "answer")
            )
            self._count_own(unit, answer)
            answer = _shown(answer)
        except TargetError as failure:
            error = str(failure) or "the target failed"
        except CallError as failure:
            if failure.hopeless:
                raise
            error = str(failure)
        latency_s = answer.latency_s if answer.latency_s is not None else time.perf_counter() - began
        scored = _Scored() if error else await self._judge(unit, answer)
        result = Result(
            unit.item.id,
            unit.repeat,
            output=answer.output,
            contexts=answer.contexts,
            judgements=scored.judgements,
            error=without_secrets(error),
            latency_s=round(latency_s, 6) if self._is_measured(unit, answer, error) else None,
            tokens=answer.tokens,
            cost_usd=answer.cost_usd,
            trace_id=answer.trace_id,
            trace_url=answer.trace_url,
            started_at=started.isoformat(timespec="milliseconds"),
            attempt=unit.attempt,
            metadata=answer.metadata,
        )
        cached = [*(["answer"] if answer.cached else []), *scored.cached]
        fields = {**scored.fields, **({"cached": cached} if cached else {})}
        return Done(result, fields, tuple(filter(None, [answer.reply_id, *scored.reply_ids])))

    def _count_own(self, unit: Unit, answer: Answered) -> None:
        """What somebody else's pipeline reports; that of the built-in one was counted call by call."""
        is_built_in = unit.side < len(self.plan.sides) and isinstance(self.plan.sides[unit.side].target, RagTarget)
        if not is_built_in and not answer.cached and self.pipelines[unit.side].measured:
            self.address.usage.count_own(answer.tokens, answer.cost_usd)

    def _is_measured(self, unit: Unit, answer: Answered, error: str) -> bool:
        return not error and not answer.cached and self.pipelines[unit.side].measured

    async def _complete(self, unit: Unit, stored: Result) -> Done:
        """Ask only for the scores of a stored answer that are missing, or failed and are retried; the others stand."""
        answer = Answered(stored.output, stored.contexts)
        kept = {name: said for name, said in stored.judgements.items() if unit.only_missing or not said.error}
        scored = await self._judge(unit, answer, kept)
        result = replace(
            stored, repeat=unit.repeat, attempt=unit.attempt, judgements={**stored.judgements, **scored.judgements}
        )
        fields = {**scored.fields, **({"cached": scored.cached} if scored.cached else {})}
        return Done(result, fields, scored.reply_ids)

    async def _judge(self, unit: Unit, answer: Answered, kept: Mapping[str, Judgement] = NOTHING) -> _Scored:
        item, output, contexts = unit.item, answer.output, answer.contexts
        judges = [judge for judge in self.judges if judge.name not in kept and self._is_time_for(judge, unit)]
        evaluators = [evaluator for evaluator in self.evaluators if not evaluator.has_scored(kept)]
        asked = [
            judge.ask(
                self.models,
                item,
                output,
                contexts,
                self._seed(unit, judge.name),
                _memory(judge, unit),
                unit.against.get(judge.name),
            )
            for judge in judges
        ]
        scored = [evaluator.score(item, output, contexts) for evaluator in evaluators]
        judged, evaluated = await asyncio.gather(self._timed(_all(asked)), _all(scored))
        found = {judge.name: said.judgement for judge, said in zip(judges, judged, strict=True)}
        for said in judged:
            found.update(said.more)
        for name in self.plan.lexical:
            value = LEXICAL[name][1](item, output, contexts)
            if value is not None:
                found[name] = Judgement(value, judge="lexical")
        for evaluator, scores in zip(evaluators, evaluated, strict=True):
            found.update(evaluator.placed(scores, {**kept, **found}))
        tokens = sum(sum(said.tokens.values()) for said in judged)
        costs = [said.cost_usd for said in judged if said.cost_usd is not None]
        judging = {"tokens": tokens, "cost_usd": round(sum(costs), 8) if costs else None}
        return _Scored(
            {name: _without_secrets(said) for name, said in found.items()},
            {"judging_usage": judging} if judged else {},
            tuple(said.reply_id for said in judged if said.reply_id and not said.cached),
            [judge.name for judge, said in zip(judges, judged, strict=True) if said.cached],
        )

    async def _timed(self, asking: Awaitable[list[Any]]) -> list[Any]:
        began = time.perf_counter()
        try:
            return await asking
        finally:
            self.judging_s += time.perf_counter() - began

    @staticmethod
    def _is_time_for(judge: Judge, unit: Unit) -> bool:
        """A batch takes up to a day, and a pair needs two answers: answers are written before such judges are asked."""
        if judge.spec.against and judge.name not in unit.against:
            return False
        return not judge.spec.use.batch or unit.stored is not None or "." in unit.repeat

    def _seed(self, unit: Unit, purpose: str) -> int | None:
        if self.plan.seed is None:
            return None
        side = self.plan.sides[unit.side].name if unit.side < len(self.plan.sides) else ""
        return seed_of(self.plan.seed, side, unit.item.id, unit.repeat, purpose)


def _shown(answer: Answered) -> Answered:
    """An answer without the values of variables that hold keys, before it is judged, written or shown to anybody.

    Tools like to echo their settings, and a run is handed on. Which variables it was is kept beside the answer.
    """
    parts = (answer.output, answer.trace_id, answer.trace_url, answer.metadata, *map(asdict, answer.contexts))
    try:
        names = secrets_in(parts)
    except RecursionError:
        raise TargetError("its answer is nested too deeply") from None
    if not names:
        return answer
    contexts = tuple(
        replace(one, id=hidden(one.id), text=hidden(one.text), title=hidden(one.title)) for one in answer.contexts
    )
    return replace(
        answer,
        output=hidden(answer.output),
        contexts=contexts,
        trace_id=hidden(answer.trace_id),
        trace_url=hidden(answer.trace_url),
        metadata={**hidden(dict(answer.metadata)), "secrets_hidden": list(names)},
    )


def _memory(judge: Judge, unit: Unit) -> str:
    """What a question is about. A batch that is asked again must not find the answer it had before."""
    again = f"|{unit.attempt}" if judge.spec.use.batch else ""
    return f"{unit.item.id}|{unit.repeat}{again}"


def _without_secrets(said: Judgement) -> Judgement:
    """What a server or a function said, without the values of variables that hold keys."""
    if not (said.error or said.raw or said.rationale):
        return said
    return replace(
        said,
        error=without_secrets(said.error),
        raw=without_secrets(said.raw),
        rationale=without_secrets(said.rationale),
    )


def worked_plan(launch: Launch) -> Plan:
    """The plan as it is worked on.

    A simulated run always sends seeds, so that one that was interrupted equals one that was not. Lexical scores of
    stored answers are known already.
    """
    plan = launch.plan if launch.rejudging is None else replace(launch.plan, lexical=())
    return replace(plan, seed=launch.seed) if plan.simulation is not None and plan.seed is None else plan


@contextlib.asynccontextmanager
async def open_station(launch: Launch, usage: Usage, note: Note, base_url: str = "") -> AsyncIterator[Station]:
    """A station for a launch, with everything it needs ready, and closed again.

    Args:
        usage: counts what its calls use.
        note: told of retries and limits.
        base_url: replaces every endpoint of the plan.

    Raises:
        RagtuiError: a key, a prompt or the target is not there.
    """
    plan = launch.plan
    patience = CallPatience(plan.timeout_s, plan.retries, plan.patience_s, plan.outage_s)
    async with contextlib.AsyncExitStack() as stack:
        if plan.simulation is not None:
            endpoint = SimulatedEndpoint(launch.dataset.items, plan.simulation, launch.seed)
            server = await stack.enter_async_context(endpoint.server())
            base_url = f"{server.url}/v1"
        models = _models(launch, patience, usage, note, base_url)
        stack.push_async_callback(models.close)
        code = UserCode(plan.base, plan.timeout_s, plan.python)
        stack.push_async_callback(code.close)
        address = Caller(Limiter(plan.concurrency), patience, usage, note)
        pipelines = await _pipelines(launch, models, address, code)
        for pipeline in pipelines:
            stack.push_async_callback(pipeline.close)
        evaluators = [_evaluator(spec, plan, code) for spec in plan.evaluators]
        judges = tuple(Judge.load(spec) for spec in plan.judges)
        yield Station(worked_plan(launch), pipelines, judges, evaluators, models, code, address)


def _models(launch: Launch, patience: CallPatience, usage: Usage, note: Note, base_url: str) -> Models:
    plan = launch.plan
    if not plan.models():  # `openai` takes a second to import, and nobody will be asked
        return cast("Models", NoModels())
    from ragtui.runner.endpoints.llm import Models, missing_keys

    if not base_url and (missing := missing_keys(plan.models())):
        raise UsageError(
            f"{missing[0]} is not set", f"export {missing[0]}=... and start again; keys never go to files."
        )
    return Models(
        concurrency=plan.concurrency,
        patience=patience,
        usage=usage,
        prices=plan.prices,
        note=note,
        redirect=base_url,
        free=bool(base_url),
        cache=None if plan.cache is None or base_url else ReplyCache(plan.cache),
        batches=BatchQueue(launch.lead, note) if plan.batched else None,
    )


class NoModels:
    """In place of models where a plan asks none: told to close, and asked for its callers, nothing else."""

    def callers(self) -> list[Caller]:
        """None."""
        return []

    async def close(self) -> None:
        """Nothing is open."""


def _evaluator(spec: EvaluatorSpec, plan: Plan, code: UserCode) -> Evaluator:
    threads, processes = width_of(spec.threads, spec.processes, plan.concurrency)
    function = code.function(
        FunctionSpec(spec.call, EVALUATOR, threads, processes, spec.memory_mb, settings=spec.settings)
    )
    return Evaluator(spec, function, code_hash(spec.call, plan.base))


async def _pipelines(launch: Launch, models: Models, caller: Caller, code: UserCode) -> list[Pipeline]:
    if launch.rejudging is not None:
        return [StoredAnswers.of(launch.rejudging.run)]
    try:
        sides = zip(launch.plan.sides, launch.folders, strict=True)
        return [await open_target(side.target, launch.plan, models, caller, code, run) for side, run in sides]
    except CallError as failure:
        raise InputError(f"the target cannot be made ready: {failure}", "Correct it, then resume.") from failure


async def _all(calls: Sequence[Any]) -> list[Any]:
    """All values; when one call fails for good, the others are stopped."""
    tasks = [asyncio.ensure_future(call) for call in calls]
    try:
        return list(await asyncio.gather(*tasks))
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
