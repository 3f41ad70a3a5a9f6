"""A program as target: an item on its stdin or among its words, an answer or JSON with one on its stdout."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from ragtui.errors import UsageError
from ragtui.model import Item
from ragtui.places import users_environment
from ragtui.runner.plan.plan import CommandTarget, Plan
from ragtui.runner.plan.secrets import without_secrets
from ragtui.runner.targets.answers import Answered, BadAnswerError, answered
from ragtui.runner.targets.base import Pipeline, TargetError, request_of
from ragtui.runner.targets.template import filled_in
from ragtui.runner.usercode.ending import end_family

_LONGEST_OUTPUT = 64 * 1024 * 1024


class CommandPipeline(Pipeline):
    """Starts the program once for each item and repeat."""

    def __init__(self, target: CommandTarget, plan: Plan) -> None:
        self._target, self._folder, self._timeout_s = target, plan.base, plan.timeout_s

    async def answer(self, item: Item, repeat: str, seed: int | None) -> Answered:
        request = {**request_of(item, repeat, seed), "settings": dict(self._target.settings)}
        target = self._target
        command = tuple(filled_in(word, request, _written) for word in target.command)
        given = json.dumps(request, default=str) if target.stdin is None else filled_in(target.stdin, request, _written)
        if any("\0" in word for word in command):
            raise TargetError("a question with a NUL character cannot be a word of a command; use stdin")
        output = await self._run(command, given.encode("utf-8", "replace") + b"\n")
        try:
            text = output.decode("utf-8").strip()
        except UnicodeDecodeError as error:
            raise TargetError(f"{self._target.command[0]} wrote text that is not UTF-8 (byte {error.start})") from None
        try:
            value = _value(text)
        except (ValueError, RecursionError):  # plain text, or brackets without end: an answer like any other
            return Answered(text)
        try:
            return answered(value) if isinstance(value, dict | list | str) else Answered(text)
        except BadAnswerError as error:
            raise TargetError(str(error)) from None

    async def _run(self, command: Sequence[str], given: bytes) -> bytes:
        name = command[0]
        try:
            process = await asyncio.create_subprocess_exec(
                *command, cwd=self._folder, start_new_session=True,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
                env=users_environment(),
            )  # fmt: skip
        except OSError as error:
            raise UsageError(f"{name}: cannot be started ({error.strerror})", "Correct target.command.") from error
        try:
            async with asyncio.timeout(self._timeout_s):
                output, said = await process.communicate(given)
        except TimeoutError:
            raise TargetError(f"{name} did not end within {self._timeout_s:g} s") from None
        finally:
            end_family(process.pid)
            await process.wait()
        if process.returncode:
            end = without_secrets(said.decode("utf-8", "replace").strip()[-1000:])
            raise TargetError(f"{name} ended with code {process.returncode}{f': {end}' if end else ''}")
        if len(output) > _LONGEST_OUTPUT:
            raise TargetError(f"{name} wrote {len(output)} bytes")
        return output


def _value(text: str) -> Any:
    """The JSON of an output; where lines of a log stand above it, that of its last line if it is an object."""
    try:
        return json.loads(text)
    except ValueError:
        above, _, last = text.rpartition("\n")
        if not above or not last.startswith("{"):
            raise
        return json.loads(last)


def _written(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, default=str)
