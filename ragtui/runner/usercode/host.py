"""The process that user code runs in.

Started as `python -m ragtui.runner.usercode.host MODULE:FUNCTION ROLE MEMORY_MB PARENT_PID`.

Requests and replies are JSON lines on the process's own stdin and stdout, which are moved out of the user's reach
first: what the user's code prints goes to stderr, and a process it forks cannot answer in its place.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import dataclasses
import functools
import importlib
import inspect
import json
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ragtui.model import Item
from ragtui.places import TRACER_VARIABLE

OUT_OF_MEMORY = 77
"""Exit code of a host that ended itself because the user's code used too much memory."""

_TARGET, _EVALUATOR = "target", "evaluator"
_TRACE_LINES = 6


class Wire:
    """The two ends of the conversation with the runner, on descriptors of their own."""

    def __init__(self) -> None:
        self._requests = os.fdopen(os.dup(0), "rb")
        self._replies = os.dup(1)
        self._lock = threading.Lock()
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        for descriptor in (self._replies, self._requests.fileno()):
            os.close(descriptor)

    def read(self) -> dict[str, Any] | None:
        """The next request; None when the runner is gone."""
        line = self._requests.readline()
        return json.loads(line) if line else None

    def write(self, reply: Mapping[str, Any]) -> None:
        """Send one reply."""
        data = memoryview(json.dumps(reply, default=str).encode("utf-8", "replace") + b"\n")
        with self._lock:
            while data:
                data = data[os.write(self._replies, data) :]


def main(ref: str, role: str, memory_mb: int, parent: int) -> int:
    """Import the function, then answer requests until the runner closes the line."""
    wire = Wire()
    threading.Thread(target=_watch, args=(parent, memory_mb), daemon=True).start()
    sys.path.insert(0, str(Path.cwd()))
    try:
        function = load(ref)
    except BaseException as error:  # an import may do anything, sys.exit included
        wire.write({"failed": _told(error)})
        return 1
    call = _target_call(function, _tracer()) if role == _TARGET else _evaluator_call(function)
    is_async = _is_async(function)
    wire.write({"ready": True, "async": is_async})
    if is_async:
        asyncio.run(_serve_async(wire, call))
    else:
        _serve(wire, call)
    return 0


def _is_async(function: Callable[..., Any]) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004


def load(ref: str) -> Callable[..., Any]:
    """The callable behind "module:name.of.function".

    Raises:
        Exception: whatever the import raises; AttributeError or TypeError when it is no callable.
    """
    module, _, path = ref.partition(":")
    found: Any = importlib.import_module(module)
    for name in path.split("."):
        found = getattr(found, name)
    if not callable(found):
        raise TypeError(f"{ref} is {type(found).__name__}, not callable")
    return found  # type: ignore[no-any-return]


def _serve(wire: Wire, call: Callable[[Mapping[str, Any]], Any]) -> None:
    pid = os.getpid()
    while (request := wire.read()) is not None:
        if "cancel" in request:
            continue
        began = time.perf_counter()
        try:
            reply = {"id": request["id"], "value": plain(contextvars.copy_context().run(call, request["arguments"]))}
        except BaseException as error:
            reply = {"id": request["id"], "error": _told(error)}
        if os.getpid() != pid:  # a forked copy came back from the user's function
            os._exit(0)
        wire.write({**reply, "seconds": time.perf_counter() - began, "memory_mb": memory_mb_in_use()})


async def _serve_async(wire: Wire, call: Callable[[Mapping[str, Any]], Any]) -> None:
    loop = asyncio.get_running_loop()
    requests: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
    replies: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()

    def listen() -> None:
        request: dict[str, Any] | None = {}
        while request is not None:
            request = wire.read()
            loop.call_soon_threadsafe(requests.put_nowait, request)

    def speak() -> None:
        while True:
            wire.write(replies.get())

    async def one(request: Mapping[str, Any]) -> None:
        began = time.perf_counter()
        try:
            reply = {"id": request["id"], "value": plain(await call(request["arguments"]))}
        except BaseException as error:
            reply = {"id": request["id"], "error": _told(error)}
        replies.put({**reply, "seconds": time.perf_counter() - began, "memory_mb": memory_mb_in_use()})

    for thread in (listen, speak):
        threading.Thread(target=thread, daemon=True).start()
    tasks: dict[int, asyncio.Task[None]] = {}
    while (request := await requests.get()) is not None:
        if "cancel" in request:
            task = tasks.get(request["cancel"])
            if task is not None:
                task.cancel()
            continue
        task = asyncio.create_task(one(request))
        tasks[request["id"]] = task
        task.add_done_callback(functools.partial(_forget, tasks, request["id"]))


def _forget(tasks: dict[int, asyncio.Task[None]], number: int, _: asyncio.Task[None]) -> None:
    tasks.pop(number, None)


Tracer = Callable[[str, str], contextlib.AbstractContextManager[None]]


def _tracer() -> Tracer:
    """What records the spans of the user's code, by item id and repeat; named by the environment, or nothing."""
    module, _, name = os.environ.get(TRACER_VARIABLE, "").partition(":")
    if name:
        try:
            return getattr(importlib.import_module(module), name)()  # type: ignore[no-any-return]
        except Exception as error:  # recording must never cost a result
            print(f"spans are not recorded: {type(error).__name__}: {error}", file=sys.stderr)  # noqa: T201
    return lambda item, repeat: contextlib.nullcontext()


def _target_call(function: Callable[..., Any], tracer: Tracer) -> Callable[[Mapping[str, Any]], Any]:
    """The target takes an item, by position or by the name `item`; `settings`, `repeat` and `seed` where it asks."""
    names, takes_all = _parameters(function)
    by_name = "item" in names and names["item"].kind is inspect.Parameter.KEYWORD_ONLY

    def call(arguments: Mapping[str, Any]) -> Any:
        item = Item(**arguments["item"])
        extra = {name: arguments[name] for name in ("settings", "repeat", "seed") if name in names}
        if by_name or (takes_all and not names):
            return function(item=item, **extra)
        return function(item, **extra)

    def traced(arguments: Mapping[str, Any]) -> Any:
        with tracer(arguments["item"]["id"], str(arguments.get("repeat", ""))):
            return call(arguments)

    async def traced_async(arguments: Mapping[str, Any]) -> Any:
        with tracer(arguments["item"]["id"], str(arguments.get("repeat", ""))):
            return await call(arguments)

    return traced_async if _is_async(function) else traced


def _evaluator_call(function: Callable[..., Any]) -> Callable[[Mapping[str, Any]], Any]:
    """An evaluator takes keywords, in the shape of Langfuse's: input, output, expected_output, metadata."""
    names, takes_all = _parameters(function)

    def call(arguments: Mapping[str, Any]) -> Any:
        item = Item(**arguments["item"])
        offered = {
            "input": item.question,
            "output": arguments["output"],
            "expected_output": item.expected or None,
            "metadata": dict(item.metadata),
            "contexts": arguments["contexts"],
            "item": item,
        }
        return function(**(offered if takes_all else {name: offered[name] for name in offered if name in names}))

    return call


def _parameters(function: Callable[..., Any]) -> tuple[dict[str, inspect.Parameter], bool]:
    parameters = dict(inspect.signature(function).parameters)
    takes_all = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters.values())
    kinds = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    return {name: one for name, one in parameters.items() if one.kind not in kinds}, takes_all


def plain(value: Any) -> Any:
    """What a user's function returned, as JSON can hold it: objects become their public fields."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inner) for inner in value]
    if hasattr(value, "item") and callable(value.item) and not getattr(value, "shape", (1,)):
        return plain(value.item())  # a number of an array library
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    dump = getattr(value, "model_dump", None)
    if callable(dump):
        return plain(dump())
    fields = getattr(value, "__dict__", None)
    return {k: plain(v) for k, v in fields.items() if not k.startswith("_")} if fields else str(value)


def _told(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return f"the function called sys.exit({error.code!r})"
    lines = traceback.format_exception(error)
    return "".join(lines[-_TRACE_LINES:]).strip()


def memory_mb_in_use() -> int:
    """Resident memory of this process, in MiB."""
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - one read, no object
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 2**20
    except (OSError, ValueError, AttributeError):
        return _peak_memory_mb()


def _peak_memory_mb() -> int:
    try:
        import resource
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 2**20 if sys.platform == "darwin" else peak // 2**10


def _watch(parent: int, memory_mb: int) -> None:
    """End with the runner, however it ended; end before the user's code eats the machine's memory."""
    while True:
        if os.getppid() != parent:
            os._exit(1)
        if memory_mb_in_use() > memory_mb:
            os._exit(OUT_OF_MEMORY)
        time.sleep(0.25)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
