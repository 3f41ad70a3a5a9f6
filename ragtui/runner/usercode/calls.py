"""Calling the user's functions in processes of their own, so that nothing they do can take the run down.

A function that raises, prints megabytes, calls sys.exit, forks, leaks memory or never comes back costs its own item
and nothing else: its process is ended and another takes its place.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import signal
import sys
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ragtui.places import RUN_VARIABLE
from ragtui.runner.usercode.host import OUT_OF_MEMORY

_LONGEST_REPLY = 256 * 1024 * 1024
_KEPT_OUTPUT = 2000
_START_S = 120.0
_CANCEL_S = 0.5
_GOODBYE_S = 5.0


class UserCodeError(Exception):
    """The user's function failed; the text says how."""


class UnusableFunctionError(Exception):
    """The user's function cannot even be imported: every call would fail alike."""


class _HostEndedError(Exception):
    pass


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """Which function, and within which bounds it runs.

    Attributes:
        role: "target" or "evaluator".
        folder: working directory, and the first place modules are looked for.
        width: calls under way at once; an async function gets them all in one process.
        processes: for a function that is not async.
        run: run folder the calls belong to, told to the processes so that a tracer can record beside it.
    """

    ref: str
    role: str
    folder: Path
    timeout_s: float
    width: int
    processes: int
    memory_mb: int = 2048
    run: Path | None = None


@dataclass(frozen=True, slots=True)
class Returned:
    """What a function returned, as plain JSON values, and how long it took by itself."""

    value: Any
    seconds: float


class UserFunction:
    """A function in a small pool of processes that start when they are needed."""

    def __init__(self, spec: FunctionSpec) -> None:
        self._spec = spec
        self._idle: deque[_Host] = deque()
        self._hosts: set[_Host] = set()
        self._places = asyncio.Semaphore(spec.width)
        self._starting = asyncio.Lock()
        self._sync_places = asyncio.Semaphore(spec.processes)

    async def call(self, arguments: Mapping[str, Any]) -> Returned:
        """One call in one of the processes.

        Raises:
            UserCodeError: it raised, ended its process, or took longer than allowed.
            UnusableFunctionError: it cannot be imported.
        """
        async with self._places:
            host = await self._borrow()
            try:
                return await host.call(arguments, self._spec.timeout_s)
            except _HostEndedError as error:
                if not host.shared:
                    raise UserCodeError(str(error)) from None
            finally:
                await self._give_back(host)
            return await self._alone(arguments)

    async def _alone(self, arguments: Mapping[str, Any]) -> Returned:
        """Beside others in one process it need not have been this call's fault: once more in a process of its own."""
        async with self._sync_places:
            host = await _Host.start(self._spec)
            self._hosts.add(host)
            host.shared = False
            try:
                return await host.call(arguments, self._spec.timeout_s)
            except _HostEndedError as error:
                raise UserCodeError(str(error)) from None
            finally:
                self._hosts.discard(host)
                await host.close()

    async def close(self) -> None:
        """Let the processes finish what they flush at exit, then end them."""
        await asyncio.gather(*(host.close() for host in list(self._hosts)))
        self._hosts.clear()

    async def _borrow(self) -> _Host:
        shared = next((host for host in self._hosts if host.shared and host.usable), None)
        if shared is not None:
            return shared
        await self._sync_places.acquire()
        try:
            while self._idle:
                host = self._idle.popleft()
                if host.usable:
                    return host
            async with self._starting:
                shared = next((host for host in self._hosts if host.shared and host.usable), None)
                if shared is None:
                    host = await _Host.start(self._spec)
                    self._hosts.add(host)
                    if not host.shared:
                        return host
                    shared = host
            self._sync_places.release()
            return shared
        except BaseException:
            self._sync_places.release()
            raise

    async def _give_back(self, host: _Host) -> None:
        if host.shared:
            if not host.busy and (host.too_big(self._spec.memory_mb) or not host.usable):
                self._hosts.discard(host)
                await host.close()
            return
        if host.usable and not host.too_big(self._spec.memory_mb):
            self._idle.append(host)
        else:
            self._hosts.discard(host)
            await host.close()
        self._sync_places.release()


class _Host:
    """One process with the user's function in it."""

    def __init__(self, process: asyncio.subprocess.Process, spec: FunctionSpec) -> None:
        self._process, self._spec = process, spec
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._printed = bytearray()
        self._memory_mb = 0
        self._ended = False
        self.shared = False
        self._tasks: list[asyncio.Task[None]] = []

    @classmethod
    async def start(cls, spec: FunctionSpec) -> _Host:
        """Start a process and wait until the function is imported."""
        words = (spec.ref, spec.role, str(spec.memory_mb), str(os.getpid()))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "ragtui.runner.usercode.host", *words,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            cwd=spec.folder, start_new_session=True, limit=_LONGEST_REPLY,
            env={**os.environ, RUN_VARIABLE: str(spec.run)} if spec.run else None,
        )  # fmt: skip
        host = cls(process, spec)
        host._tasks = [asyncio.create_task(host._drain())]
        try:
            async with asyncio.timeout(_START_S):
                first = await host._line()
        except TimeoutError:
            first = {"failed": f"its import took longer than {_START_S:g} s"}
        if first is None or "ready" not in first:
            await host.kill()
            raise UnusableFunctionError(f"{spec.ref}: {(first or {}).get('failed') or host.printed or 'no reply'}")
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
        return self._printed.decode("utf-8", "replace").strip()

    def too_big(self, memory_mb: int) -> bool:
        """Whether it should make way for a fresh process."""
        return self._memory_mb > memory_mb / 2

    async def call(self, arguments: Mapping[str, Any], timeout_s: float) -> Returned:
        """One call; the process is ended when the function does not come back in time."""
        number = next(self._numbers)
        reply: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = reply
        try:
            await self._send({"id": number, "arguments": arguments})
            try:
                async with asyncio.timeout(timeout_s):
                    answer = await asyncio.shield(reply)
            except TimeoutError:
                message = f"{self._spec.ref} did not come back within {timeout_s:g} s"
                if not await self._listens_to(number, reply):
                    await self.kill()
                    raise _HostEndedError(message) from None
                raise UserCodeError(message) from None
            except asyncio.CancelledError:
                await self.kill()
                raise
        finally:
            self._waiting.pop(number, None)
        if "error" in answer:
            raise UserCodeError(str(answer["error"]))
        return Returned(answer.get("value"), float(answer.get("seconds") or 0.0))

    async def _listens_to(self, number: int, reply: asyncio.Future[dict[str, Any]]) -> bool:
        """Whether the process can still be told to drop a call; one that is stuck cannot."""
        if not self.shared:
            return False
        await self._send({"cancel": number})
        try:
            async with asyncio.timeout(_CANCEL_S):
                await asyncio.shield(reply)
        except TimeoutError:
            return False
        return True

    async def _send(self, message: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message, default=str).encode("utf-8", "replace") + b"\n")
            await self._process.stdin.drain()
        except (ConnectionError, RuntimeError):
            await asyncio.sleep(0)
            raise _HostEndedError(await self._how_it_ended()) from None

    async def _line(self) -> dict[str, Any] | None:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line.endswith(b"\n"):
            return None
        value: dict[str, Any] = json.loads(line)
        return value

    async def _listen(self) -> None:
        with contextlib.suppress(ConnectionError, ValueError):
            while (reply := await self._line()) is not None:
                self._memory_mb = int(reply.get("memory_mb") or 0)
                waiting = self._waiting.get(reply.get("id", 0))
                if waiting is not None and not waiting.done():
                    waiting.set_result(reply)
        self._ended = True
        ending = await self._how_it_ended()
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(_HostEndedError(ending))
                waiting.exception()  # nobody may be waiting any more; that is no error

    async def _how_it_ended(self) -> str:
        self._ended = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await self._process.wait()
        code = self._process.returncode
        if code == OUT_OF_MEMORY:
            return f"{self._spec.ref} used more than {self._spec.memory_mb} MB"
        how = (
            "closed its line" if code is None else f"ended by signal {-code}" if code < 0 else f"ended with code {code}"
        )
        said = f": {self.printed[-400:]}" if self.printed else ""
        return f"the process of {self._spec.ref} {how}{said}"

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
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2.0):
                await self._process.wait()
        for task in self._tasks:
            task.cancel()
        transport = getattr(self._process, "_transport", None)
        if transport is not None:
            transport.close()
