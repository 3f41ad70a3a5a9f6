"""Serves calls of the user's functions until the runner closes the line.

    main(["alone", REF, ROLE, MEMORY_MB, PARENT_PID, TRACER])    one function, one call at a time, in the main thread
    main(["shared", "", "", MEMORY_MB, PARENT_PID, TRACER])      any functions, loaded at first use, many calls at once:
                                                         async ones on one loop, the others in threads

The first line says {"ready": true, "async": …} or {"failed": …}. A request is {"id", "ref", "role", "arguments"}; a
reply {"id", "value"} or {"id", "error", "trace"} or, when every call would fail alike, {"id", "unusable"}; with
"seconds" and "memory_mb".
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import inspect
import json
import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from .binding import GIVEN, Call, bound
from .finding import TARGET, Coming, async_twin, callable_of, folders_of, is_async
from .responses import unpacked
from .shapes import plain
from .streams import gathered, is_stream, joined
from .telling import UnfitError, told
from .wire import Wire, memory_mb_in_use

OUT_OF_MEMORY = 77
"""Exit code of a host that ended itself because the user's code used too much memory."""

_LIBRARIES = frozenset(
    {
        "ragtui",
        "numpy",
        "orjson",
        "openai",
        "httpx",
        "aiohttp",
        "pydantic",
        "pydantic_core",
        "langfuse",
        "opentelemetry",
    }
)
"""Names that keep their meaning whatever lies in the project: a file numpy.py there must not stand in for numpy."""

Reply = dict[str, Any]


def main(words: list[str]) -> int:
    """Entry point; see the module."""
    mode, ref, role, memory_mb, parent = words[0], words[1], words[2], int(words[3]), int(words[4])
    wire, folder = Wire(), os.getcwd()
    threading.Thread(target=_watch, args=(parent, memory_mb), daemon=True).start()
    tracer = _tracer(words[5])
    _open_project(folder)
    functions = Functions(folder, tracer)
    if mode == "shared":
        wire.write({"ready": True, "async": True})
        asyncio.run(_serve_many(wire, functions, None))
        return 0
    try:
        function = functions.get(ref, role, json.loads(words[6]))
    except BaseException as error:  # an import may do anything, sys.exit included
        wire.write({"failed": told(error, folder)})
        return 1
    wire.write({"ready": True, "async": function.is_async})
    if function.is_async:
        asyncio.run(_serve_many(wire, functions, function))
    else:
        _serve_one_by_one(wire, function, folder)
    return 0


def _open_project(folder: str) -> None:
    """Put the project, and what PYTHONPATH names, on the path: behind the standard library."""
    near, far = folders_of(folder)
    projects = list(dict.fromkeys([*near, *_python_path()]))
    sys.path[:] = [place for place in sys.path if place not in ("", *projects)]
    installed = next(
        (n for n, place in enumerate(sys.path) if "site-packages" in place or "dist-packages" in place), None
    )
    at = len(sys.path) if installed is None else installed
    sys.path[at:at] = projects
    sys.path += [place for place in far if place not in sys.path]
    sys.meta_path.insert(0, _Libraries([*projects, *far]))


def _python_path() -> list[str]:
    return [os.path.abspath(place) for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place]


class _Libraries:
    """Finds the names above as if the project were not on the path."""

    def __init__(self, projects: list[str]) -> None:
        self._projects = projects

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """As import asks."""
        from importlib.machinery import PathFinder

        if path is not None or name not in _LIBRARIES:
            return None
        return PathFinder.find_spec(name, [place for place in sys.path if place not in self._projects])


class Function:
    """One of the user's functions, ready to be called."""

    needs_loop = False
    """Whether a thread is given an event loop before each call."""

    def __init__(self, ref: str, role: str, tracer: Tracer, settings: Mapping[str, Any] | None = None) -> None:
        self._ref, self._role = ref, role
        self._tracer = tracer if role == TARGET else None
        found, self.made = callable_of(ref, role, settings or {})
        self.coming: Coming | None = found if isinstance(found, Coming) else None
        self._making: asyncio.Task[BaseException | None] | None = None
        self.is_async = True
        if not isinstance(found, Coming):
            self._take(found)

    async def there(self) -> None:
        """Await what an asynchronous maker gives; on the loop of the calls, once for all of them.

        Raises:
            BaseException: whatever making it raised; told again, not tried again.
        """
        if self.coming is not None:
            self._making = self._making or asyncio.ensure_future(self._come(self.coming))
            error = await asyncio.shield(self._making)
            if error is not None:
                raise error

    async def _come(self, coming: Coming) -> BaseException | None:
        try:
            self._take(await coming.there())
        except BaseException as error:  # a task that raises SystemExit would end the host
            return error
        self.coming = None
        return None

    def _take(self, found: Callable[..., Any]) -> None:
        self._function, self.is_async = found, is_async(found)
        self._call: Call = bound(self._ref, self._role, found)

    def run(self, arguments: Mapping[str, Any]) -> Any:
        """Call it in this thread, to the end of a stream."""
        if not self.needs_loop:
            return self._run(arguments)
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:
            return self._run(arguments)
        finally:
            asyncio.set_event_loop(None)
            loop.close()

    def _run(self, arguments: Mapping[str, Any]) -> Any:
        with self._traced(arguments):
            value = unpacked(self._call(arguments))
            if inspect.isawaitable(value) or hasattr(value, "__aiter__"):
                return asyncio.run(_finished(value))
            return plain(joined(list(value)) if is_stream(value) else value)

    async def run_async(self, arguments: Mapping[str, Any]) -> Any:
        """Call it on the loop."""
        with self._traced(arguments):
            return await _finished(self._call(arguments))

    def turns_async(self, error: BaseException) -> bool:
        """Whether an error sends to the asynchronous method beside this one, which is called from now on.

        An error of any other kind is the call's own, whatever calls beside it have found out meanwhile: made again, it
        would be paid for twice.
        """
        twin = async_twin(self._function, error)
        if twin is not None:
            self._call, self.is_async = bound(self._ref, self._role, twin), True
        elif _NO_LOOP in str(error) and isinstance(error, RuntimeError):  # such as LlamaIndex's agents
            self.is_async = True
        else:
            return False
        return True

    def wants_loop(self, error: BaseException, *, had_one: bool) -> bool:
        """Whether it asks for the event loop that only a main thread has by itself: from now on a thread gets one."""
        wants = not had_one and isinstance(error, RuntimeError) and _NO_THREADS_LOOP in str(error)
        self.needs_loop = self.needs_loop or wants
        return wants

    def _traced(self, arguments: Mapping[str, Any]) -> Any:
        if self._tracer is None:
            return contextlib.nullcontext()
        return self._tracer(arguments["item"]["id"], str(arguments.get("repeat", "")))


_NO_LOOP = "no running event loop"
_NO_THREADS_LOOP = "no current event loop"


async def _finished(value: Any) -> Any:
    if inspect.isawaitable(value):
        value = await value
    value = unpacked(value)
    if hasattr(value, "__aiter__"):
        value = await gathered(value)
    return plain(joined(list(value)) if is_stream(value) else value)


class Functions:
    """Functions by name, imported at first use; an import that failed is told again, not tried again. Objects that are
    made for a function are made once for the same settings."""

    def __init__(self, folder: str, tracer: Tracer) -> None:
        self.folder, self._tracer = folder, tracer
        self._known: dict[tuple[str, str, str], Any] = {}
        self._lock = threading.Lock()

    def get(self, ref: str, role: str, settings: Mapping[str, Any] | None = None) -> Function:
        """Import it, or give what is imported.

        Raises:
            BaseException: whatever its import raised.
        """
        with self._lock:
            found = self._known.get((ref, role, ""))
            name = (ref, role, json.dumps(settings or {}, sort_keys=True, default=str))
            found = found or self._known.get(name)
            if found is None:
                try:
                    found = Function(ref, role, self._tracer, settings)
                except BaseException as error:
                    found = error
                self._known[(ref, role, "") if isinstance(found, Function) and not found.made else name] = found
        if isinstance(found, BaseException):
            raise found
        return found


def _serve_one_by_one(wire: Wire, function: Function, folder: str) -> None:
    pid = os.getpid()
    while (request := wire.read()) is not None:
        if "arguments" not in request:
            continue
        began = time.perf_counter()
        try:
            reply: Reply = {"id": request["id"], "value": _run_apart(function, request["arguments"])}
        except BaseException as error:
            reply = {"id": request["id"], **_failed(error, folder, request)}
        if os.getpid() != pid:  # a forked copy came back from the user's function
            os._exit(0)
        wire.write({**reply, "seconds": time.perf_counter() - began, "memory_mb": memory_mb_in_use()})


def _run_apart(function: Function, arguments: Mapping[str, Any]) -> Any:
    def run() -> Any:
        return asyncio.run(function.run_async(arguments)) if function.is_async else function.run(arguments)

    was_async, had_loop = function.is_async, function.needs_loop
    try:
        return contextvars.copy_context().run(run)
    except BaseException as error:
        if was_async or not (function.wants_loop(error, had_one=had_loop) or function.turns_async(error)):
            raise
    return contextvars.copy_context().run(run)


async def _serve_many(wire: Wire, functions: Functions, only: Function | None) -> None:
    served = _Served(wire, functions, only)
    loop = asyncio.get_running_loop()
    requests: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()

    def listen() -> None:
        request: dict[str, Any] | None = {}
        while request is not None:
            request = wire.read()
            loop.call_soon_threadsafe(requests.put_nowait, request)

    for thread in (listen, served.speak):
        threading.Thread(target=thread, daemon=True).start()
    while (request := await requests.get()) is not None:
        served.take(request)


class _Served:
    """Many calls at once: those that are under way, and their replies."""

    def __init__(self, wire: Wire, functions: Functions, only: Function | None) -> None:
        self._wire, self._functions, self._only = wire, functions, only
        self._replies: queue.SimpleQueue[Reply] = queue.SimpleQueue()
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._pid, self._loop = os.getpid(), asyncio.get_running_loop()

    def speak(self) -> None:
        """Write replies as they come; in a thread of its own."""
        while True:
            self._wire.write(self._replies.get())

    def take(self, request: Mapping[str, Any]) -> None:
        """Begin what is asked for; on the loop."""
        if "cancel" in request:
            task = self._tasks.get(request["cancel"])
            if task is not None:
                task.cancel()
            self._replies.put({"alive": request["cancel"]})  # said by the loop: code that blocks it does not let us
            return
        try:
            settings = (request.get("arguments") or request).get("settings")
            function = self._only or self._functions.get(request["ref"], request["role"], settings)
        except BaseException as error:
            self._replies.put({"id": request["id"], "unusable": told(error, self._functions.folder)})
            return
        if function.coming is not None:
            self._begin(self._once_there(function, request), request)
        else:
            self._start(function, request)

    def _start(self, function: Function, request: Mapping[str, Any]) -> None:
        if "arguments" not in request:  # only to have it ready
            self._replies.put({"id": request["id"]})
        elif function.is_async:
            self._begin(self._on_loop(function, request), request)
        else:  # a thread of its own: one that never comes back holds nobody's place
            run = contextvars.copy_context().run
            threading.Thread(target=run, args=(self._in_thread, function, request), daemon=True).start()

    def _begin(self, call: Coroutine[Any, Any, None], request: Mapping[str, Any]) -> None:
        task = asyncio.create_task(call)
        self._tasks[request["id"]] = task
        task.add_done_callback(functools.partial(_forget, self._tasks, request["id"]))

    async def _once_there(self, function: Function, request: Mapping[str, Any]) -> None:
        began = time.perf_counter()
        try:
            await function.there()
        except asyncio.CancelledError as error:
            self._answer(request, began, _failed(error, self._functions.folder, request))
        except BaseException as error:
            self._replies.put({"id": request["id"], "unusable": told(error, self._functions.folder)})
        else:
            if function.is_async and "arguments" in request:
                await self._on_loop(function, request)
            else:
                self._start(function, request)

    async def _on_loop(self, function: Function, request: Mapping[str, Any]) -> None:
        began = time.perf_counter()
        try:
            self._answer(request, began, {"value": await function.run_async(request["arguments"])})
        except BaseException as error:
            self._answer(request, began, _failed(error, self._functions.folder, request))

    def _in_thread(self, function: Function, request: Mapping[str, Any]) -> None:
        began, had_loop = time.perf_counter(), function.needs_loop
        try:
            self._answer(request, began, {"value": function.run(request["arguments"])})
        except BaseException as error:
            if function.wants_loop(error, had_one=had_loop):
                self._in_thread(function, request)
            elif function.turns_async(error):
                self._loop.call_soon_threadsafe(self._start, function, request)
            else:
                self._answer(request, began, _failed(error, self._functions.folder, request))

    def _answer(self, request: Mapping[str, Any], began: float, outcome: Reply) -> None:
        if os.getpid() != self._pid:  # a forked copy came back from the user's function
            os._exit(0)
        used = {"seconds": time.perf_counter() - began, "memory_mb": memory_mb_in_use()}
        self._replies.put({"id": request["id"], **outcome, **used})


def _failed(error: BaseException, folder: str, request: Mapping[str, Any]) -> Reply:
    said = told(error, folder, got_text=request.get("role") == TARGET and GIVEN not in request["arguments"])
    return {"unusable": said} if isinstance(error, UnfitError) else dict(said)


def _forget(tasks: dict[int, asyncio.Task[None]], number: int, _: asyncio.Task[None]) -> None:
    tasks.pop(number, None)


Tracer = Callable[[str, str], Any]


def _tracer(ref: str) -> Tracer:
    """What records the spans of the user's code, by item id and repeat; nothing when none is named."""
    module, _, name = ref.partition(":")
    if name:
        try:
            import importlib

            return getattr(importlib.import_module(module), name)()  # type: ignore[no-any-return]
        except Exception as error:  # recording must never cost a result
            sys.stderr.write(f"spans are not recorded: {type(error).__name__}: {error}\n")
    return lambda item, repeat: contextlib.nullcontext()


def _watch(parent: int, memory_mb: int) -> None:
    """End with the runner, however it ended; end before the user's code eats the machine's memory."""
    while True:
        if os.getppid() != parent:
            os._exit(1)
        if memory_mb_in_use() > memory_mb:
            os._exit(OUT_OF_MEMORY)
        time.sleep(0.25)
