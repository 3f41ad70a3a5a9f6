"""One process with the user's code in it, seen from the runner."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ragtui.places import RUN_VARIABLE, TRACER_VARIABLE, users_environment
from ragtui.runner.plan.secrets import without_secrets
from ragtui.runner.usercode.ending import end_and_reap
from ragtui.runner.usercode.ragtui_host.main import OUT_OF_MEMORY

_BOOT = (
    "import os, sys; here = os.getcwd(); "
    "named = [os.path.abspath(p) for p in os.environ.get('PYTHONPATH', '').split(os.pathsep) if p];"
    "sys.path[:] = [sys.argv[1]] + [p for p in sys.path if p and p != here and p not in named];"
    "from ragtui_host.main import main; sys.path.remove(sys.argv[1]); words = sys.argv[2:]; del sys.argv[1:];"
    "sys.exit(main(words))"
)
"""Run with -c by any interpreter: `-P` is unknown before Python 3.11, so the current folder is taken off by hand, and
what PYTHONPATH names with it: the host puts both behind the standard library. Its words are taken away, since a module
that asks argparse at its top, as notebooks do, would read them."""

_LONGEST_REPLY = 256 * 1024 * 1024
_KEPT_OUTPUT = 2000
_START_S = 120.0
_CANCEL_S = 3.0
_GOODBYE_S = 5.0
_MOST_STUCK = 4
"""Threads that never came back before their process is replaced; each may hold memory and locks."""
_MAY_GROW_MB = 1024
"""How much a process may grow over what it had after its first call before another takes its place."""


class UserCodeError(Exception):
    """The user's function failed; the text is his own exception, `trace` the frames of his code."""

    def __init__(self, message: str, trace: str = "") -> None:
        super().__init__(without_secrets(message))
        self.trace = without_secrets(trace)


class UnusableFunctionError(Exception):
    """The user's function cannot even be imported or called: every call would fail alike."""


class HostEndedError(Exception):
    """The process ended while a call was under way."""


@dataclass(frozen=True, slots=True)
class Returned:
    """What a function returned, as plain JSON values, and how long it took by itself."""

    value: Any
    seconds: float


@dataclass(frozen=True, slots=True)
class HostSpec:
    """How a process is started.

    Attributes:
        ref, role: its only function; empty for a process that serves all.
        settings: what the object is made from that the function belongs to, as JSON.
        start_s: how long its import may take.
        folder: working directory, and where the project's modules are looked for.
        python: the interpreter; empty for ours.
        memory_mb: it is ended above that; None: half of the machine's memory, 2048 at least.
        run: run folder the calls belong to, told to the process so that a tracer can record beside it.
    """

    folder: Path
    ref: str = ""
    role: str = ""
    python: str = ""
    memory_mb: int | None = None
    run: Path | None = None
    settings: str = "{}"
    start_s: float = _START_S


class Host:
    """One process. `shared` ones take many calls at once."""

    def __init__(self, process: asyncio.subprocess.Process, spec: HostSpec) -> None:
        self._process, self._spec = process, spec
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._alive: dict[int, asyncio.Event] = {}
        self._printed = bytearray()
        self._memory_mb, self._memory_at_first_mb, self._stuck = 0, 0, 0
        self._ended = False
        self.shared = False
        self._tasks: list[asyncio.Task[None]] = []

    @classmethod
    async def start(cls, spec: HostSpec) -> Host:
        """Start a process and wait until it is ready, its function imported.

        Raises:
            UnusableFunctionError: the import fails, or there is no such interpreter.
        """
        mode = "alone" if spec.ref else "shared"
        most = spec.memory_mb or _half_of_memory_mb()
        tracer = os.environ.get(TRACER_VARIABLE, "")
        words = (mode, spec.ref, spec.role, str(most), str(os.getpid()), tracer, spec.settings)
        try:
            process = await asyncio.create_subprocess_exec(
                spec.python or sys.executable, "-c", _BOOT, str(Path(__file__).parent), *words,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
                cwd=spec.folder, start_new_session=True, limit=_LONGEST_REPLY,
                env={**users_environment(), **({RUN_VARIABLE: str(spec.run)} if spec.run else {})},
            )  # fmt: skip
        except OSError as error:
            raise UnusableFunctionError(f"{spec.python or sys.executable}: cannot be started ({error})") from None
        host = cls(process, spec)
        host._tasks = [asyncio.create_task(host._drain())]
        first: Mapping[str, Any] | None
        try:
            async with asyncio.timeout(spec.start_s):
                first = await host._line()
        except TimeoutError:
            first = {"failed": {"error": _too_long(spec.start_s)}}
        if first is None or "ready" not in first:
            await host.kill()
            failed = (first or {}).get("failed") or {"error": host.printed or "no reply"}
            raise UnusableFunctionError(_in_full(spec.ref or spec.python, failed))
        host.shared = bool(first["async"])
        host._tasks.append(asyncio.create_task(host._listen()))
        return host

    @property
    def usable(self) -> bool:
        """Whether it can take a call."""
        return not self._ended

    @property
    def busy(self) -> bool:
        """Whether calls are under way."""
        return bool(self._waiting)

    @property
    def printed(self) -> str:
        """The end of what the user's code printed."""
        return without_secrets(self._printed.decode("utf-8", "replace").strip())

    @property
    def worn_out(self) -> bool:
        """Whether a fresh process should take its place: it grew, or calls never came back. Large alone is no fault:
        a model that was loaded once is what a warm process is for."""
        room = _MAY_GROW_MB
        if self._spec.memory_mb is not None:
            room = max(32, (self._spec.memory_mb - self._memory_at_first_mb) // 2)
        return self._stuck >= _MOST_STUCK or self._memory_mb - self._memory_at_first_mb > room

    async def load(self, ref: str, role: str, settings: str) -> None:
        """Import one of the functions, so that its first call does not wait for that. What goes wrong, its call says.

        Raises:
            UnusableFunctionError: it takes too long.
        """
        number = next(self._numbers)
        reply: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = reply
        try:
            with contextlib.suppress(HostEndedError):
                await self._send({"id": number, "ref": ref, "role": role, "settings": json.loads(settings)})
                async with asyncio.timeout(self._spec.start_s):
                    await asyncio.shield(reply)
        except TimeoutError:
            await self.kill()
            raise UnusableFunctionError(f"{ref}: {_too_long(self._spec.start_s)}") from None
        finally:
            self._waiting.pop(number, None)

    async def call(self, ref: str, role: str, arguments: Mapping[str, Any], timeout_s: float) -> Returned:
        """One call; the process is ended when the function does not come back in time and blocks everything else.

        Raises:
            UserCodeError: it raised, or took longer than allowed.
            UnusableFunctionError: it cannot be imported or called.
            HostEndedError: the process ended.
        """
        number = next(self._numbers)
        reply: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = reply
        try:
            await self._send({"id": number, "ref": ref, "role": role, "arguments": arguments})
            try:
                async with asyncio.timeout(timeout_s):
                    answer = await asyncio.shield(reply)
            except TimeoutError:
                message = f"{ref} did not come back within {timeout_s:g} s"
                if not await self._listens(number, reply):
                    await self.kill()
                    raise HostEndedError(message) from None
                raise UserCodeError(message) from None
            except asyncio.CancelledError:
                if not self.shared:
                    await self.kill()
                raise
        finally:
            self._waiting.pop(number, None)
        if "unusable" in answer:
            raise UnusableFunctionError(_in_full(ref, answer["unusable"]))
        if "error" in answer:
            raise UserCodeError(str(answer["error"]), str(answer.get("trace") or ""))
        return Returned(answer.get("value"), float(answer.get("seconds") or 0.0))

    async def _listens(self, number: int, reply: asyncio.Future[dict[str, Any]]) -> bool:
        """Whether the process can still be told to drop a call; one that is stuck cannot."""
        if not self.shared:
            return False
        self._alive[number] = asyncio.Event()
        await self._send({"cancel": number})
        try:
            async with asyncio.timeout(_CANCEL_S):
                await self._alive[number].wait()
        except TimeoutError:
            return False
        finally:
            del self._alive[number]
        await asyncio.sleep(0.05)
        self._stuck += not reply.done()
        return True

    async def _send(self, message: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message, default=str).encode("utf-8", "replace") + b"\n")
            await self._process.stdin.drain()
        except (ConnectionError, RuntimeError):
            await asyncio.sleep(0)
            raise HostEndedError(await self._how_it_ended()) from None

    async def _line(self) -> dict[str, Any] | None:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line.endswith(b"\n"):
            return None
        value: dict[str, Any] = json.loads(line)
        return value

    async def _listen(self) -> None:
        with contextlib.suppress(ConnectionError, ValueError, RecursionError):
            while (reply := await self._line()) is not None:
                if "alive" in reply and reply["alive"] in self._alive:
                    self._alive[reply["alive"]].set()
                if "memory_mb" in reply:
                    self._memory_mb = int(reply["memory_mb"] or 0)
                    self._memory_at_first_mb = self._memory_at_first_mb or self._memory_mb
                waiting = self._waiting.get(reply.get("id", 0))
                if waiting is not None and not waiting.done():
                    waiting.set_result(reply)
        self._ended = True
        ending = await self._how_it_ended()
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(HostEndedError(ending))
                waiting.exception()  # nobody may be waiting any more; that is no error

    async def _how_it_ended(self) -> str:
        self._ended = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await self._process.wait()
        code = self._process.returncode
        name = self._spec.ref or "the functions of the plan"
        if code == OUT_OF_MEMORY:
            return f"{name} used more than {self._spec.memory_mb or _half_of_memory_mb()} MB (memory_mb)"
        how = (
            "closed its line" if code is None else f"ended by signal {-code}" if code < 0 else f"ended with code {code}"
        )
        said = f": {self.printed[-400:]}" if self.printed else ""
        return f"the process of {name} {how}{said}"

    async def _drain(self) -> None:
        """Read what is printed so that the user's code never waits for it; keep only the end."""
        assert self._process.stderr is not None
        with contextlib.suppress(ConnectionError):
            while block := await self._process.stderr.read(1 << 16):
                self._printed += block
                del self._printed[:-_KEPT_OUTPUT]

    async def close(self) -> None:
        """End politely, then firmly."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GOODBYE_S if self.usable else 0.1):
                await self._process.wait()
        await self.kill()

    async def kill(self) -> None:
        """End the process and everything it started."""
        self._ended = True
        await end_and_reap(self._process)
        for task in self._tasks:
            task.cancel()


def _too_long(seconds: float) -> str:
    return f"its import took longer than {seconds:g} s; a larger timeout_s waits longer"


def _in_full(ref: str, said: Mapping[str, Any]) -> str:
    trace = str(said.get("trace") or "")
    return without_secrets(f"{ref}: {said.get('error')}" + (f"\n{trace}" if trace else ""))


def _half_of_memory_mb() -> int:
    whole = 0
    if sys.platform != "win32":
        with contextlib.suppress(ValueError, OSError):
            whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return max(2048, whole // 2)
