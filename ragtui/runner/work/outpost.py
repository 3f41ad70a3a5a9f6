"""A station on another machine: what a cluster's worker process keeps between units, and what it sends back.

The first unit of a job opens a station on an event loop of its own; further units find it warm. Keys are read from the
worker's own environment and never travel. Files of the plan are used where they lie when they are the same there, byte
for byte, and are unpacked beside nothing of the user's when they are not.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import platform
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from ragtui.errors import RagtuiError, UsageError
from ragtui.files.regular import read_regular
from ragtui.places import real_path
from ragtui.runner.endpoints.calling import CallError, Fault, Usage
from ragtui.runner.launch.prepare import Launch
from ragtui.runner.plan.plan import Plan, RagTarget
from ragtui.runner.plan.planfile import plan_of
from ragtui.runner.usercode.calls import UnusableFunctionError
from ragtui.runner.work.pending import Unit
from ragtui.runner.work.station import Done, Station, open_station
from ragtui.version import __version__

MOST_BYTES = 64 * 1024 * 1024
"""Of files that are shipped with a job; a larger corpus belongs on a disk that all machines share."""

LIMIT = "limit"
"""The note of a limit that was cut."""
_NEVER = frozenset({"node_modules", "__pycache__", "site-packages", "venv", "runs", "build", "dist"})


@dataclass(frozen=True, slots=True)
class Job:
    """Everything a worker needs to do units of one launch.

    Attributes:
        key: equal for equal jobs: a worker opens one station for it.
        files: files of the plan below its folder, by relative name.
        version: of the ragtui that made the job.
    """

    key: str
    launch: Launch
    files: Mapping[str, bytes] = field(default_factory=dict)
    version: str = __version__


@dataclass(frozen=True, slots=True)
class UnitReply:
    """What came of a unit.

    Attributes:
        done: None when every further unit would fail alike.
        failure: then the message and the way out.
        usage: what the worker's calls used since its last reply.
        refusals: how often a server said "too many requests" since then.
        notes: retries and limits, as events.
    """

    done: Done | None
    failure: tuple[str, str] = ("", "")
    usage: Usage = field(default_factory=Usage)
    notes: tuple[tuple[str, dict[str, object]], ...] = ()

    @property
    def refusals(self) -> int:
        """Messages of "too many requests" in it."""
        return self.usage.faults[Fault.TOO_MANY.value]


def job_of(launch: Launch) -> Job:
    """The job of a launch, with the files it needs.

    Raises:
        UsageError: stored answers are judged again, or the files are too many to ship.
    """
    if launch.rejudging is not None:
        raise UsageError("stored answers are judged again", "That is done on one machine: leave --on out.")
    files = {name: read_regular(path) for name, path in sorted(_files_of(launch.plan).items())}
    if sum(map(len, files.values())) > MOST_BYTES:
        raise UsageError(
            f"{launch.plan.base}: more than {MOST_BYTES // 2**20} MB of code, prompts and pages",
            "Put the plan into a folder of its own, with less in it.",
        )
    digest = hashlib.sha256(repr((launch.plan.document, launch.seed, launch.dataset.content_hash())).encode())
    for name, content in files.items():
        digest.update(f"\0{name}\0".encode() + hashlib.sha256(content).digest())
    return Job(digest.hexdigest()[:24], launch, files)


def do_unit(job: Job, unit: Unit, places: int = 1) -> UnitReply:
    """Do one unit in this process; what the cluster calls.

    Args:
        places: calls to one server that may be under way for it. All units of this process share theirs, so that the
            calls of the whole cluster stay within what the coordinator gave away.
    """
    if job.version != __version__:
        words = f"ragtui is {__version__} on the worker and {job.version} here"
        return UnitReply(None, (words, "Install the same version on every machine."))
    try:
        outpost = _outpost_of(job)
    except RagtuiError as error:
        return UnitReply(None, (f"on {platform.node()}: {error.message}", error.hint))
    return outpost.do(unit, places)


class _Outpost:
    """One job's station, on a loop in a thread of its own."""

    def __init__(self, job: Job) -> None:
        self._usage, self._lock = Usage(), threading.Lock()
        self._notes: list[tuple[str, dict[str, object]]] = []
        self._topic, self._places, self._tell = topic_of(job), 0, _teller()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name=f"ragtui {job.key}", daemon=True).start()
        self._open = contextlib.AsyncExitStack()
        self._station: Station = self._wait(self._enter(job))

    async def _enter(self, job: Job) -> Station:
        launch = _settled(job)
        return await self._open.enter_async_context(open_station(launch, self._usage, self._note))

    async def _with_places(self, unit: Unit, places: int) -> Done:
        self._share(places)
        try:
            return await self._station.do(unit)
        finally:
            self._share(-places)

    def _share(self, places: int) -> None:
        self._places += places
        for limiter in self._station.limiters():
            limiter.resize(self._places)

    def do(self, unit: Unit, places: int) -> UnitReply:
        """Answer and score one unit; whatever goes wrong is a reply."""
        done, failure = None, ("", "")
        try:
            done = self._wait(self._with_places(unit, places))
        except CallError as error:
            failure = (str(error), error.way_out)
        except UnusableFunctionError as error:
            failure = (f"cannot be imported: {error}", "Correct it, then resume.")
        except RagtuiError as error:
            failure = (error.message, error.hint)
        with self._lock:
            usage, notes = self._usage.taken(), tuple(self._notes)
            self._notes.clear()
        return UnitReply(done, failure, usage, notes)

    def close(self) -> None:
        """Let connections and processes go."""
        with contextlib.suppress(Exception):
            self._wait(self._open.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _wait(self, what: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result()

    def _note(self, kind: str, said: dict[str, object] | None = None) -> None:
        self._notes.append((kind, dict(said or {})))
        if kind == LIMIT:  # at once, and not with the reply: that comes when the server has let the call through
            self._tell(self._topic, dict(said or {}))


def topic_of(job: Job) -> str:
    """Under which a job's workers tell that a server said "too many requests"."""
    return f"ragtui-{job.key}"


def _teller() -> Callable[[str, dict[str, object]], None]:
    try:
        from distributed import get_worker

        return get_worker().log_event
    except (ImportError, ValueError):  # no worker: units are done by a test, or by hand
        return lambda topic, said: None


_outposts: dict[str, _Outpost] = {}
_opening = threading.Lock()


def _outpost_of(job: Job) -> _Outpost:
    with _opening:
        known = _outposts.get(job.key)
        if known is None:
            for other in _outposts.values():  # a worker does one launch after the other
                other.close()
            _outposts.clear()
            known = _outposts[job.key] = _Outpost(job)
        return known


def _settled(job: Job) -> Launch:
    """The launch as this machine sees it: with the plan's folder here, or unpacked from the job."""
    plan, base = job.launch.plan, _folder_of(job)
    if base != plan.base:
        moved = plan_of(plan.document, plan.source, base)
        plan = replace(moved, concurrency=plan.concurrency, repeats=plan.repeats, simulation=plan.simulation)
    scratch = Path(tempfile.mkdtemp(prefix="ragtui-run-"))
    return replace(job.launch, plan=plan, folders=tuple(scratch for _ in plan.sides))


def _folder_of(job: Job) -> Path:
    base = job.launch.plan.base
    if all(_same(base / name, content) for name, content in job.files.items()):
        return base
    place = Path(tempfile.mkdtemp(prefix=f"ragtui-{job.key}-"))
    for name, content in job.files.items():
        path = place.joinpath(*PurePosixPath(name).parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return place


def _same(path: Path, content: bytes) -> bool:
    try:
        return read_regular(path) == content
    except OSError:
        return False


def _files_of(plan: Plan) -> dict[str, Path]:
    """Python files below the plan's folder, prompts and corpora; by name relative to it."""
    found = [path for path in plan.base.rglob("*.py") if not _skipped(path.relative_to(plan.base))]
    prompts = [judge.prompt for judge in plan.judges if judge.prompt is not None]
    for side in plan.sides:
        if isinstance(side.target, RagTarget):
            corpus = side.target.corpus
            found.extend(path for path in corpus.rglob("*") if path.is_file())
            prompts.extend([side.target.prompt] if side.target.prompt is not None else [])
    below = {}
    for path in (*found, *prompts):
        with contextlib.suppress(ValueError):  # elsewhere: there it must be on every machine
            below[real_path(path).relative_to(real_path(plan.base)).as_posix()] = path
    return below


def _skipped(path: Path) -> bool:
    return any(part.startswith(".") or part in _NEVER for part in path.parts)
