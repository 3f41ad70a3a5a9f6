"""Units done by a Dask cluster: the plan, the journal and the folders stay here, the asking is done elsewhere.

A task is one item in one repeat on one side. The coordinator alone writes the run folder, so a task that runs twice,
because its worker was lost or silent, is recorded once. What limits calls is counted here, over all workers: a unit
goes out with as many places as are free, and each worker makes no more calls at once than its units brought places.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import math
import os
import time
import uuid
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ragtui.errors import InputError, RagtuiError, UsageError
from ragtui.model import Metric, guess_metric
from ragtui.places import KEPT_VARIABLE, PATH_VARIABLE, SAFE_VARIABLE, clean_environment
from ragtui.runner.endpoints.calling import Note, Usage
from ragtui.runner.endpoints.limiter import Limiter
from ragtui.runner.launch.prepare import Launch
from ragtui.runner.plan.plan import Plan
from ragtui.runner.work.outpost import Job, UnitReply, do_unit, job_of, topic_of
from ragtui.runner.work.pending import Unit
from ragtui.runner.work.station import Done
from ragtui.version import __version__

if TYPE_CHECKING:
    from distributed import Client, Future

_CONNECT_S = 10.0
LOCAL, DASK = "local:", "dask://"
_LOOK_S = 5.0
_TRIES = 5
"""How often a unit may lose its worker before it is given up: a unit that kills workers must not kill them all."""

_FREE_S = 60.0
"""Added to the time a unit may take by the plan before its worker counts as silent."""


class Cluster:
    """Does units on a cluster.

    Args:
        address: of the scheduler, for messages and to come back to it.
        note: told of lost workers, retries and limits.
        silent_s: how long a unit may be under way before it is given to another worker as well.
    """

    def __init__(self, client: Client, address: str, launch: Launch, usage: Usage, note: Note, silent_s: float) -> None:
        self._client, self._address, self._launch = client, address, launch
        self._usage, self._note, self._silent_s = usage, note, silent_s
        self._job: Job = job_of(launch)
        self._shipped: Future[Job] | None = None
        self._limiter = Limiter(launch.plan.concurrency)
        self._widest = _calls_at_once(launch.plan)
        self._refusals = 0
        self.threads = 1
        """Units that all workers can do at once, as far as is known."""
        client.subscribe_topic(topic_of(self._job), self._refused)  # type: ignore[no-untyped-call]
        self._deserted = asyncio.Event()
        self._found: dict[str, Metric] = {}
        self.judge_names: Sequence[str] = tuple(judge.metric.name for judge in launch.plan.judges)

    def limiters(self) -> Sequence[Limiter]:
        """One, for the units of all workers together."""
        return [self._limiter]

    def metrics(self) -> Sequence[Metric]:
        """Of the user's evaluators, as far as results named them."""
        known = {*self.judge_names, *self._launch.plan.lexical}
        known |= {metric.name for spec in self._launch.plan.evaluators for metric in spec.metrics}
        return [metric for name, metric in self._found.items() if name not in known]

    async def do(self, unit: Unit) -> Done:
        """One unit, done by whichever worker finishes it first.

        Raises:
            RagtuiError: every further unit would fail alike, or no worker survives this one.
        """
        heard = self._refusals
        async with self._limiter.slot():
            most = min(self._widest, self._limiter.limit // max(1, self.threads))
            further = self._limiter.take_free(most - 1)
            try:
                for _ in range(_TRIES):
                    try:
                        reply = await self._once(unit, 1 + further)
                    except _LostError as lost:
                        self._note("lost", {"item": unit.item.id, "repeat": unit.repeat, "message": str(lost)})
                        await self._reconnected()
                        continue
                    return self._taken(reply, heard=self._refusals > heard)
            finally:
                for _ in range(further):
                    self._limiter.release()
        raise RagtuiError(
            f"item {unit.item.id}: {_TRIES} workers were lost while they did it", "Look at the workers' logs."
        )

    def _refused(self, event: tuple[float, dict[str, object]]) -> None:
        """A worker met "too many requests": nothing more is sent out for as long as the server asks."""
        wait_s = event[1].get("wait_s")
        self._refusals += 1
        self._limiter.refused(float(wait_s) if isinstance(wait_s, int | float) else None)

    def _taken(self, reply: UnitReply, *, heard: bool) -> Done:
        self._usage.add(reply.usage)
        for kind, said in reply.notes:
            self._note(kind, said)
        if not reply.refusals:
            self._limiter.succeeded()
        elif not heard:
            self._limiter.refused()
        if reply.done is None:
            raise RagtuiError(*reply.failure)
        for name in reply.done.result.judgements:
            self._found.setdefault(name, guess_metric(name))
        return reply.done

    async def _once(self, unit: Unit, places: int) -> UnitReply:
        """The reply of the first worker to finish; another one is asked when the first is silent for too long."""
        futures: list[Future[UnitReply]] = []
        waits: set[asyncio.Task[UnitReply]] = set()
        deserted = asyncio.create_task(self._deserted.wait())
        try:
            while True:
                if len(futures) == _TRIES:
                    raise _LostError(f"no answer from {_TRIES} workers within {self._silent_s:g} s each")
                futures.append(self._submit(unit, places))
                waits.add(asyncio.create_task(_reply_of(futures[-1])))
                while waits:
                    ended, _ = await asyncio.wait(
                        {*waits, deserted}, timeout=self._silent_s, return_when=asyncio.FIRST_COMPLETED
                    )
                    if ended == {deserted}:
                        raise InputError(
                            f"{self._address}: no worker for {self._launch.plan.outage_s:g} s",
                            "Look at the workers' logs, start some, then resume. Nothing was lost.",
                        )
                    done = waits & ended
                    waits -= done
                    failures = [failure for one in done if (failure := one.exception()) is not None]
                    if len(done) > len(failures):
                        return next(one.result() for one in done if one.exception() is None)
                    if failures and not waits:
                        raise failures[0]
                    if not done:
                        break
                self._note("silent", {"item": unit.item.id, "repeat": unit.repeat, "seconds": self._silent_s})
                self._shipped = None  # the copy may lie on the silent worker
        finally:
            for wait in (*waits, deserted):
                wait.cancel()
            await asyncio.gather(*waits, deserted, return_exceptions=True)
            for future in futures:
                with contextlib.suppress(Exception):
                    future.release()  # type: ignore[no-untyped-call]

    def _submit(self, unit: Unit, places: int) -> Future[UnitReply]:
        resources = dict(self._launch.plan.resources) or None
        try:
            if self._shipped is None:
                name = f"ragtui-job-{self._job.key}-{uuid.uuid4().hex[:8]}"
                self._shipped = self._client.submit(_itself, self._job, key=name, resources=resources)
            name = f"ragtui-{unit.item.id}-{unit.repeat}-{unit.side}-{uuid.uuid4().hex[:8]}"
            return self._client.submit(do_unit, self._shipped, unit, places, key=name, resources=resources, pure=False)
        except Exception as error:  # the client has errors of its own for each state of its connection
            raise _LostError(f"the scheduler cannot be asked ({error})") from error

    async def count_threads(self) -> None:
        """Notice workers that come and go, until cancelled: the more there are, the fewer places a unit needs.

        When all are gone for as long as the plan waits for a server, the units that wait for one are given up.
        """
        outage_s, last = self._launch.plan.outage_s, time.monotonic()
        while True:
            await asyncio.sleep(min(_LOOK_S, outage_s))
            try:
                self.threads = _threads((await _workers_of(self._client)).values(), self._launch.plan.resources)
            except Exception:  # the scheduler is away; `do` notices that and waits for it
                last = time.monotonic()
                continue
            last = time.monotonic() if self.threads else last
            if time.monotonic() - last >= outage_s:
                self._deserted.set()

    async def _reconnected(self) -> None:
        """Wait until the scheduler is there again: it may have been restarted, and then knows nothing of us.

        Raises:
            RagtuiError: it stays away for longer than the plan waits for a server.
        """
        self._shipped = None
        until = time.monotonic() + self._launch.plan.outage_s
        while self._client.status != "running":
            if time.monotonic() > until:
                raise InputError(
                    f"{self._address}: no scheduler for {self._launch.plan.outage_s:g} s",
                    "Start it again, then resume. Nothing was lost.",
                )
            if self._client.status in ("closed", "closing"):
                with contextlib.suppress(OSError, TimeoutError):
                    self._client = await _connected(self._address, self._launch.plan.outage_s)
                    self._client.subscribe_topic(topic_of(self._job), self._refused)  # type: ignore[no-untyped-call]
            await asyncio.sleep(0.2)


@contextlib.asynccontextmanager
async def open_cluster(on: str, launch: Launch, usage: Usage, note: Note) -> AsyncIterator[Cluster]:
    """Connect to the cluster that `--on` names, or start one here.

    Args:
        on: "dask://HOST:PORT", or "local:N" for N worker processes on this machine.

    Raises:
        UsageError: it names nothing, `distributed` is not installed, or the cluster has no worker for the plan.
        InputError: no scheduler answers.
    """
    try:
        import distributed
    except ImportError as error:
        raise UsageError(f"--on {on}: distributed is not installed", "pip install 'ragtui[dask]'") from error
    plan = launch.plan
    silent_s = plan.silent_s or plan.timeout_s * (plan.retries + 1) * (2 + len(plan.judges)) + _FREE_S
    async with contextlib.AsyncExitStack() as stack:
        if on.startswith(LOCAL):
            workers = _workers(on)
            threads = math.ceil(plan.concurrency / workers)
            stack.enter_context(_clean_processes())
            local = distributed.LocalCluster(  # type: ignore[no-untyped-call]
                n_workers=workers,
                threads_per_worker=threads,
                processes=True,
                asynchronous=True,
                dashboard_address=None,
                host="127.0.0.1",
                resources=dict(plan.resources) or None,
            )
            cluster = await stack.enter_async_context(local)
            address = cluster.scheduler_address
        elif on.startswith(DASK) and on != DASK:
            address = f"tcp://{on.removeprefix(DASK)}"
        else:
            raise UsageError(f"--on {on}: neither {DASK}HOST:PORT nor {LOCAL}N", "For example --on local:4.")
        try:
            client = await _connected(address, plan.outage_s)
        except (OSError, TimeoutError) as error:
            raise InputError(f"{on}: no scheduler answers ({error})", "Start one: dask scheduler") from error
        stack.push_async_callback(client.close)
        threads = await _refuse_without_workers(client, on, dict(plan.resources))
        made = Cluster(client, address, launch, usage, note, silent_s)
        made.threads = threads
        counting = asyncio.create_task(made.count_threads())
        stack.callback(counting.cancel)
        yield made


@contextlib.contextmanager
def _clean_processes() -> Iterator[None]:
    """Processes that this one starts find their libraries before a project's files; user code is not run here."""
    names = (PATH_VARIABLE, KEPT_VARIABLE, SAFE_VARIABLE)
    clean, before = clean_environment(), {name: os.environ.get(name) for name in names}
    _set({name: clean.get(name) for name in names})
    try:
        yield
    finally:
        _set(before)


def _set(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _workers(on: str) -> int:
    count = on.removeprefix(LOCAL)
    if not count.isdecimal() or not 1 <= int(count) <= 1024:
        raise UsageError(f"--on {on}: not a number of workers", "For example --on local:4.")
    return int(count)


async def _connected(address: str, outage_s: float) -> Client:
    from distributed import Client

    timeout_s = min(_CONNECT_S, outage_s)
    client: Client = Client(address, asynchronous=True, timeout=timeout_s, set_as_default=False)  # type: ignore[no-untyped-call]
    try:
        await client
    except BaseException:  # one that was never connected holds streams and tasks all the same
        with contextlib.suppress(Exception):
            await client.close()  # type: ignore[no-untyped-call]
        raise
    return client


async def _workers_of(client: Any) -> dict[str, dict[str, Any]]:
    return dict((await client.scheduler.identity(n_workers=-1))["workers"])


async def _refuse_without_workers(client: Any, on: str, wanted: dict[str, float]) -> int:
    """A task that no worker can take would wait for ever; returns how many threads there are for the plan.

    One that cannot import ragtui would end on receiving a unit, and its successor with the next.
    """
    workers = await _workers_of(client)
    if not workers:
        raise UsageError(f"{on}: the scheduler has no workers", "Start some: dask worker HOST:PORT --nthreads 8")
    fit = {address: one for address, one in workers.items() if _has(one, wanted)}
    if not fit:
        raise UsageError(
            f"{on}: no worker has the plan's resources ({', '.join(f'{k} = {v:g}' for k, v in wanted.items())})",
            'Start workers with them: dask worker HOST:PORT --resources "GPU=1"',
        )
    with contextlib.suppress(TimeoutError, OSError):  # one that hangs or is lost is noticed by its units
        tried = client.run(importlib.import_module, do_unit.__module__, workers=list(fit), on_error="return")
        for address, found in (await asyncio.wait_for(tried, _CONNECT_S)).items():
            if isinstance(found, ImportError):
                raise UsageError(
                    f"{on}: the worker at {address} cannot import ragtui ({found})",
                    f"Install it for the Python that runs the worker: pip install 'ragtui[dask]=={__version__}'",
                )
    return _threads(fit.values(), wanted)


def _has(worker: dict[str, Any], wanted: Mapping[str, float]) -> bool:
    return all(worker.get("resources", {}).get(name, 0) >= amount for name, amount in wanted.items())


def _threads(workers: Iterable[dict[str, Any]], wanted: Mapping[str, float]) -> int:
    return sum(int(one.get("nthreads", 1)) for one in workers if _has(one, wanted))


def _calls_at_once(plan: Plan) -> int:
    """Calls that one unit makes at once: all its judges are asked together, a pairwise one in both orders."""
    return max(1, sum((len(judge.panel) or 1) * (2 if judge.against else 1) for judge in plan.judges))


class _LostError(Exception):
    """A worker, or the scheduler, is gone with the unit it had."""


async def _reply_of(future: Future[UnitReply]) -> UnitReply:
    from distributed import KilledWorker

    try:
        return await future.result()  # type: ignore[no-any-return,misc]
    except KilledWorker as error:
        raise _LostError(f"workers were lost while they did it ({error})") from error
    except asyncio.CancelledError as error:
        if (task := asyncio.current_task()) is not None and task.cancelling():
            raise
        raise _LostError("the scheduler lost it") from error
    except Exception as error:
        if future.status in ("lost", "cancelled"):
            raise _LostError(f"the scheduler lost it ({error})") from error
        raise RagtuiError(f"a worker failed: {type(error).__name__}: {error}", "Look at the workers' logs.") from error


def _itself(job: Job) -> Job:
    return job
