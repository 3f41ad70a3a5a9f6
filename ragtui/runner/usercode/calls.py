"""Calling the user's functions in processes of their own, so that nothing they do can take the run down.

Two ways, chosen by the plan. With `threads` (the default) all functions share one warm process: what it imports and
loads is there once, async functions run on one loop, the others in threads. With `threads = 1` every call has a process
to itself while it lasts, and `processes` says how many: for code that must not run beside itself.

A function that raises, prints megabytes, calls sys.exit, forks, leaks memory or never comes back costs its own item and
nothing else. When a shared process ends, whoever was in it is called once more alone: only the culprit fails.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ragtui.places import TRACER_VARIABLE
from ragtui.runner.usercode.process import (
    Host,
    HostEndedError,
    HostSpec,
    Returned,
    UnusableFunctionError,
    UserCodeError,
)

__all__ = ["FunctionSpec", "Returned", "UnusableFunctionError", "UserCode", "UserCodeError", "UserFunction"]


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """Which function, and how many of its calls run at once.

    Attributes:
        role: "target" or "evaluator".
        threads: calls at once in one process; 1 gives each call a process to itself.
        processes: with `threads` 1, how many there are.
        run: run folder the calls belong to.
        settings: what the object is made from that the function belongs to, where it is a method.
    """

    ref: str
    role: str
    threads: int
    processes: int = 1
    memory_mb: int | None = None
    run: Path | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


class UserCode:
    """All functions of one run's plan, and the processes they share; close it when done."""

    def __init__(self, folder: Path, timeout_s: float, python: str = "") -> None:
        self._base, self.timeout_s = HostSpec(folder, python=python), timeout_s
        self._base = replace(self._base, start_s=max(self._base.start_s, timeout_s))
        self._shared: dict[HostSpec, _Warm] = {}
        self._functions: list[UserFunction] = []

    def functions(self) -> list[tuple[str, UserFunction]]:
        """All of them, with their names."""
        return [(f"{made.spec.role} {made.spec.ref}", made) for made in self._functions]

    def function(self, spec: FunctionSpec) -> UserFunction:
        """One of the functions; nothing is started before its first call."""
        traced = spec.run if os.environ.get(TRACER_VARIABLE) else None
        common = replace(self._base, memory_mb=spec.memory_mb, run=traced)
        warm = self._shared.setdefault(common, _Warm(common)) if spec.threads > 1 else None
        settings = json.dumps(spec.settings, sort_keys=True, default=str)
        if warm is not None:
            warm.serve(spec.ref, spec.role, settings)
        alone = replace(common, ref=spec.ref, role=spec.role, settings=settings)
        made = UserFunction(spec, alone, warm, self.timeout_s)
        self._functions.append(made)
        return made

    async def close(self) -> None:
        """Let the processes finish what they flush at exit, then end them."""
        await asyncio.gather(
            *(function.close() for function in self._functions), *(warm.close() for warm in self._shared.values())
        )


class _Warm:
    """The process that many calls share, replaced when it is worn out."""

    def __init__(self, spec: HostSpec) -> None:
        self._spec = spec
        self._host: Host | None = None
        self._retired: set[Host] = set()
        self._starting = asyncio.Lock()
        self._served: list[tuple[str, str, str]] = []

    def serve(self, ref: str, role: str, settings: str) -> None:
        """A function it is for."""
        self._served.append((ref, role, settings))

    async def host(self) -> Host:
        """The process that takes the next call, with everything imported: an import may take minutes, and holds up
        whoever else is in the process, so it must neither count as a call's own time nor come while calls are made."""
        async with self._starting:
            if self._host is not None and (self._host.worn_out or not self._host.usable):
                self._retired.add(self._host)
                self._host = None
            if self._host is None:
                fresh = await Host.start(self._spec)
                for ref, role, settings in self._served:
                    await fresh.load(ref, role, settings)
                self._host = fresh
            host = self._host
        for old in [old for old in self._retired if not old.busy]:
            self._retired.discard(old)
            await old.close()
        return host

    async def close(self) -> None:
        hosts = [*self._retired, *([self._host] if self._host is not None else [])]
        self._host = None
        self._retired.clear()
        await asyncio.gather(*(host.close() for host in hosts))


class UserFunction:
    """One function. Made by `UserCode.function`."""

    def __init__(self, spec: FunctionSpec, alone: HostSpec, warm: _Warm | None, timeout_s: float) -> None:
        self.spec, self._alone_spec, self._warm, self._timeout_s = spec, alone, warm, timeout_s
        self._places = asyncio.Semaphore(spec.threads) if warm is not None else None
        self._idle: deque[Host] = deque()
        self._hosts: set[Host] = set()
        self._starting = asyncio.Lock()
        self._sync_places = asyncio.Semaphore(max(1, spec.processes))
        self.width = spec.threads if warm is not None else max(1, spec.processes)
        """Calls at once."""
        self.used_s = 0.0
        """Seconds in it, over all calls, without the start of a process."""

    async def call(self, arguments: Mapping[str, Any]) -> Returned:
        """One call in one of the processes.

        Raises:
            UserCodeError: it raised, ended its process, or took longer than allowed.
            UnusableFunctionError: it cannot be imported or called.
        """
        if self._warm is not None and self._places is not None:
            async with self._places:
                host = await self._warm.host()
                try:
                    return await self._on(host, arguments)
                except HostEndedError:
                    return await self._alone(arguments)
        host = await self._borrow()
        try:
            return await self._on(host, arguments)
        except HostEndedError as error:
            if not host.shared:
                raise UserCodeError(str(error)) from None
        finally:
            await self._give_back(host)
        return await self._alone(arguments)

    async def _on(self, host: Host, arguments: Mapping[str, Any]) -> Returned:
        returned = await host.call(self.spec.ref, self.spec.role, arguments, self._timeout_s)
        self.used_s += returned.seconds
        return returned

    async def _alone(self, arguments: Mapping[str, Any]) -> Returned:
        """Beside others in one process it need not have been this call's fault: once more in a process of its own."""
        async with self._sync_places:
            host = await Host.start(self._alone_spec)
            self._hosts.add(host)
            host.shared = False
            try:
                return await self._on(host, arguments)
            except HostEndedError as error:
                raise UserCodeError(str(error)) from None
            finally:
                self._hosts.discard(host)
                await host.close()

    async def close(self) -> None:
        """End the processes that are this function's alone."""
        await asyncio.gather(*(host.close() for host in list(self._hosts)))
        self._hosts.clear()

    async def _borrow(self) -> Host:
        shared = self._shared_host()
        if shared is not None:
            return shared
        await self._sync_places.acquire()
        try:
            while self._idle:
                host = self._idle.popleft()
                if host.usable:
                    return host
            async with self._starting:
                shared = self._shared_host()
                if shared is None:
                    host = await Host.start(self._alone_spec)
                    self._hosts.add(host)
                    if not host.shared:
                        return host
                    shared = host
            self._sync_places.release()
            return shared
        except BaseException:
            self._sync_places.release()
            raise

    def _shared_host(self) -> Host | None:
        """A process of an async function takes all its calls."""
        return next((host for host in self._hosts if host.shared and host.usable), None)

    async def _give_back(self, host: Host) -> None:
        if host.shared:
            if not host.busy and (host.worn_out or not host.usable):
                self._hosts.discard(host)
                await host.close()
            return
        if host.usable and not host.worn_out:
            self._idle.append(host)
        else:
            self._hosts.discard(host)
            await host.close()
        self._sync_places.release()
