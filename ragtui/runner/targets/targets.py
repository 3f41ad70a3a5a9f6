"""What is under test: the user's function, a command, an address, or the built-in pipeline. One way to ask them all."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragtui.errors import UsageError
from ragtui.model import Item
from ragtui.runner.endpoints.calling import Caller, CallError, Fault, retry_after_seconds
from ragtui.runner.endpoints.counting import fault_of_status
from ragtui.runner.plan.plan import CommandTarget, HttpTarget, Plan, PythonTarget, RagTarget, Target
from ragtui.runner.plan.secrets import filled
from ragtui.runner.targets.answers import Answered, BadAnswerError, answered, contexts_of
from ragtui.runner.targets.rag import RagPipeline
from ragtui.runner.usercode.calls import FunctionSpec, UserCodeError, UserFunction

if TYPE_CHECKING:
    from ragtui.runner.endpoints.llm import Models

_LONGEST_OUTPUT = 64 * 1024 * 1024
_MOST_PROCESSES = 8


class TargetError(Exception):
    """The target failed on this item."""


class Pipeline(ABC):
    """A target that is ready to be asked.

    Attributes:
        measured: whether the time it takes is a property of the target.
    """

    measured = True

    @abstractmethod
    async def answer(self, item: Item, repeat: str, seed: int | None) -> Answered:
        """Answer one item.

        Raises:
            TargetError: it failed on this item.
            CallError: a server failed; `hopeless` when it will fail on every item.
            UnusableFunctionError: it will fail on every item.
        """

    async def close(self) -> None:  # noqa: B027 - most targets hold nothing
        """Let go of what it holds."""


async def open_target(target: Target, plan: Plan, models: Models, caller: Caller, run: Path | None = None) -> Pipeline:
    """Make a target ready to work for a run folder.

    Raises:
        RagtuiError: what it needs is not there.
    """
    if isinstance(target, RagTarget):
        return _Rag(await RagPipeline.open(target, models))
    if isinstance(target, PythonTarget):
        return _Python(target, plan, run)
    if isinstance(target, CommandTarget):
        return _Command(target, plan)
    return _Http(target, caller)


class _Rag(Pipeline):
    def __init__(self, pipeline: RagPipeline) -> None:
        self._pipeline = pipeline

    async def answer(self, item: Item, repeat: str, seed: int | None) -> Answered:
        return await self._pipeline.answer(item, seed)


class _Python(Pipeline):
    def __init__(self, target: PythonTarget, plan: Plan, run: Path | None) -> None:
        processes = target.processes or min(plan.concurrency, _MOST_PROCESSES)
        self._target = target
        self._function = UserFunction(
            FunctionSpec(
                target.call, "target", plan.base, plan.timeout_s, plan.concurrency, processes, target.memory_mb, run
            )
        )

    async def answer(self, item: Item, repeat: str, seed: int | None) -> Answered:
        arguments = {
            "item": asdict(item),
            "settings": dict(self._target.settings),
            "repeat": _counted(repeat),
            "seed": seed,
        }
        try:
            returned = await self._function.call(arguments)
            return replace(answered(returned.value), latency_s=returned.seconds)
        except (UserCodeError, BadAnswerError) as error:
            raise TargetError(str(error)) from None

    async def close(self) -> None:
        await self._function.close()


class _Command(Pipeline):
    def __init__(self, target: CommandTarget, plan: Plan) -> None:
        self._target, self._folder, self._timeout_s = target, plan.base, plan.timeout_s

    async def answer(self, item: Item, repeat: str, seed: int | None) -> Answered:
        request = {**_request(item, repeat, seed), "settings": dict(self._target.settings)}
        output = await self._run(json.dumps(request).encode() + b"\n")
        text = output.decode("utf-8", "replace").strip()
        try:
            value = json.loads(text)
        except ValueError:
            return Answered(text)
        try:
            return answered(value) if isinstance(value, dict | list | str) else Answered(text)
        except BadAnswerError as error:
            raise TargetError(str(error)) from None

    async def _run(self, given: bytes) -> bytes:
        name = self._target.command[0]
        try:
            process = await asyncio.create_subprocess_exec(
                *self._target.command, cwd=self._folder, start_new_session=True,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
        except OSError as error:
            raise UsageError(f"{name}: cannot be started ({error.strerror})", "Correct target.command.") from error
        try:
            async with asyncio.timeout(self._timeout_s):
                output, said = await process.communicate(given)
        except TimeoutError:
            raise TargetError(f"{name} did not end within {self._timeout_s:g} s") from None
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        if process.returncode:
            end = said.decode("utf-8", "replace").strip()[-400:]
            raise TargetError(f"{name} ended with code {process.returncode}{f': {end}' if end else ''}")
        if len(output) > _LONGEST_OUTPUT:
            raise TargetError(f"{name} wrote {len(output)} bytes")
        return output


class _Http(Pipeline):
    def __init__(self, target: HttpTarget, caller: Caller) -> None:
        from ragtui.runner.endpoints.connections import session

        self._target, self._caller = target, caller
        headers, self._secrets = filled(target.headers, "a header")
        self._session = session(headers, url=target.url, timeout_s=caller.patience.timeout_s + 5)

    async def answer(self, item: Item, repeat: str, seed: int | None) -> Answered:
        request = {**_request(item, repeat, seed), "settings": dict(self._target.settings)}
        value, seconds = await self._caller.call(lambda: self._ask(request), "target")
        output = _at(value, self._target.output)
        if not isinstance(output, str):
            raise TargetError(f"{self._target.url}: no text at {self._target.output!r} in the reply")
        rest = answered({**(value if isinstance(value, dict) else {}), "output": output, "contexts": ()})
        try:
            contexts = contexts_of(_at(value, self._target.contexts))
        except BadAnswerError as error:
            raise TargetError(f"{self._target.url}: {error}") from None
        return replace(rest, contexts=contexts, latency_s=seconds)

    async def _ask(self, request: Mapping[str, Any]) -> tuple[Any, float]:
        from ragtui.runner.endpoints.connections import BROKEN_CONNECTION, broken_by

        began = time.perf_counter()
        try:
            # A redirect is not followed: the headers may hold keys that are meant for this address alone.
            async with self._session.post(self._target.url, json=request, allow_redirects=False) as response:
                text = await response.text(errors="replace")
        except BROKEN_CONNECTION as error:
            fault, said = broken_by(error)
            raise CallError(fault, self._hidden(f"{self._target.url}: {said}")) from None
        if response.status >= 300:
            said = self._hidden(f"{response.status} {response.headers.get('Location', '')} {text[:300]}")
            raise CallError(fault_of_status(response.status), said, retry_after_seconds(response.headers))
        try:
            return json.loads(text), time.perf_counter() - began
        except (ValueError, RecursionError):
            raise CallError(Fault.BAD_REPLY, "not JSON", raw=self._hidden(text[:2000])) from None

    def _hidden(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text

    async def close(self) -> None:
        await self._session.close()


def _request(item: Item, repeat: str, seed: int | None) -> dict[str, Any]:
    return {
        "id": item.id,
        "question": item.question,
        "metadata": dict(item.metadata),
        "repeat": _counted(repeat),
        "seed": seed,
    }


def _counted(repeat: str) -> int | str:
    return int(repeat) if repeat.isdecimal() else repeat


def _at(value: Any, path: str) -> Any:
    for name in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(name)
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value
