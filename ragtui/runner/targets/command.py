"""A program as target: an item on its stdin or among its words, an answer or JSON with one on its stdout."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from asyncio.subprocess import Process
from collections.abc import Sequence
from typing import Any

from ragtui.errors import UsageError
from ragtui.files.sizes import megabytes
from ragtui.model import Item
from ragtui.places import users_environment
from ragtui.runner.plan.plan import CommandTarget, Plan
from ragtui.runner.plan.secrets import without_secrets
from ragtui.runner.targets.answers import Answered, answered
from ragtui.runner.targets.base import Pipeline, TargetError, request_of
from ragtui.runner.targets.passages import BadAnswerError
from ragtui.runner.targets.template import filled_in
from ragtui.runner.usercode.ending import end_and_reap, end_family

_LONGEST_OUTPUT = 64 * 1024 * 1024
_KEPT_LOG = 8192
_BLOCK = 1 << 16


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
            value = json.loads(text)
        except (ValueError, RecursionError):  # plain text, or brackets without end: an answer like any other
            return _below_a_log(text) or Answered(text)
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
                output, said, _ = await asyncio.gather(_output(process), _end_of_log(process), _feed(process, given))
                await process.wait()
        except TimeoutError:
            raise TargetError(f"{name} did not end within {self._timeout_s:g} s") from None
        finally:
            await end_and_reap(process)
        if process.returncode and len(output) <= _LONGEST_OUTPUT:
            end = without_secrets(said.decode("utf-8", "replace").strip()[-1000:])
            way = _WANTS_JSON if self._target.stdin is not None and _NO_JSON.search(end) else ""
            raise TargetError(f"{name} ended with code {process.returncode}{f': {end}' if end else ''}{way}")
        if len(output) > _LONGEST_OUTPUT:
            raise TargetError(f"{name} wrote more than {megabytes(_LONGEST_OUTPUT)}")
        return output


_NO_JSON = re.compile(
    r"JSONDecodeError|JSON\.parse|not valid JSON|JSON::ParserError|Unexpected token|jq: (?:parse )?error"
)
_WANTS_JSON = "\nit seems to read JSON: without `stdin` in [target] it is given the whole item as JSON"


async def _output(process: Process) -> bytes:
    """What it writes, up to a byte more than it may: one that never ends would fill the memory before its time is up.
    It is ended then."""
    assert process.stdout is not None
    found = bytearray()
    while piece := await process.stdout.read(_BLOCK):
        if len(found) <= _LONGEST_OUTPUT:
            found += piece
        else:
            end_family(process.pid)  # and what it wrote before that is read to its end
    return bytes(found)


async def _end_of_log(process: Process) -> bytes:
    """The end of what it says on stderr."""
    assert process.stderr is not None
    found = bytearray()
    while piece := await process.stderr.read(_BLOCK):
        found += piece
        del found[:-_KEPT_LOG]
    return bytes(found)


async def _feed(process: Process, given: bytes) -> None:
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it need not read what it is given
        process.stdin.write(given)
        await process.stdin.drain()
    process.stdin.close()


_LOGGED = re.compile(
    r"\s*(\[(?!\d+\])|<\d|\d{4}[-/]\d\d|\d\d:\d\d|(?i:trace|debug|info|notice|warn(ing)?|error|critical|log)\s*[:\[\]|-]"
    r"|(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL)\b"
    r"|(?i:(load|start|connect|read|fetch|search|retriev|embed+|index|download|initiali[sz]|generat)ing\b[^.:!?]*(\.\.\.|…)?$))"
)
"""A line of a log: it begins with a time, a level or a bracket, or says what goes on, such as "loading the index…"."""


def _below_a_log(text: str) -> Answered | None:
    """The answer in an object on the last line, where all lines above it are a log's: else the text is the answer."""
    *above, last = text.split("\n")
    logged = [_LOGGED.match(line.rstrip()) for line in above if line.strip()]
    if not logged or not all(logged) or not last.startswith("{"):
        return None
    try:
        return answered(json.loads(last))
    except (ValueError, RecursionError, BadAnswerError):
        return None


def _written(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, default=str)
