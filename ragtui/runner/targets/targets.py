"""What is under test: the user's function, a command, an address, or the built-in pipeline. One way to ask them all."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ragtui.model import Item
from ragtui.runner.endpoints.calling import Caller
from ragtui.runner.plan.plan import CommandTarget, Plan, PythonTarget, RagTarget, Target
from ragtui.runner.targets.answers import Answered, answered
from ragtui.runner.targets.base import Pipeline, TargetError, counted, request_of
from ragtui.runner.targets.command import CommandPipeline
from ragtui.runner.targets.http import HttpPipeline
from ragtui.runner.targets.passages import BadAnswerError
from ragtui.runner.targets.rag import RagPipeline
from ragtui.runner.targets.template import laid_out
from ragtui.runner.usercode.calls import FunctionSpec, UserCode, UserCodeError
from ragtui.runner.usercode.width import width_of

if TYPE_CHECKING:
    from ragtui.runner.endpoints.llm import Models

__all__ = ["Pipeline", "TargetError", "open_target"]


async def open_target(
    target: Target, plan: Plan, models: Models, caller: Caller, code: UserCode, run: Path | None = None
) -> Pipeline:
    """Make a target ready to work for a run folder.

    Args:
        code: where the user's functions live.

    Raises:
        RagtuiError: what it needs is not there.
    """
    if isinstance(target, RagTarget):
        return _Rag(await RagPipeline.open(target, models))
    if isinstance(target, PythonTarget):
        return _Python(target, plan, code, run)
    if isinstance(target, CommandTarget):
        return CommandPipeline(target, plan)
    return HttpPipeline(target, caller)


class _Rag(Pipeline):
    def __init__(self, pipeline: RagPipeline) -> None:
        self._pipeline = pipeline

    async def answer(self, item: Item, repeat: str, seed: int | None) -> Answered:
        return await self._pipeline.answer(item, seed, memory=f"{item.id}|{repeat}")


class _Python(Pipeline):
    def __init__(self, target: PythonTarget, plan: Plan, code: UserCode, run: Path | None) -> None:
        threads, processes = width_of(target.threads, target.processes, plan.concurrency)
        self._target = target
        self._function = code.function(
            FunctionSpec(target.call, "target", threads, processes, target.memory_mb, run, target.settings)
        )

    async def answer(self, item: Item, repeat: str, seed: int | None) -> Answered:
        arguments = {
            "item": asdict(item),
            "settings": dict(self._target.settings),
            "repeat": counted(repeat),
            "seed": seed,
        }
        if self._target.input is not None:
            request = {**request_of(item, repeat, seed), "settings": arguments["settings"]}
            arguments["given"] = laid_out(self._target.input, request)
        try:
            returned = await self._function.call(arguments)
            return replace(answered(returned.value), latency_s=returned.seconds)
        except UserCodeError as error:
            raise TargetError(f"{error}\n{error.trace}".strip()) from None
        except BadAnswerError as error:
            raise TargetError(str(error)) from None
