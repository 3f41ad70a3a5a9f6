"""Runs under way: workers this app started, and those it found; a worker goes on when the app is closed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragtui.places import real_path
from ragtui.present.numbers import duration, money

if TYPE_CHECKING:
    from ragtui.runner.launch.child import Update, Worker
    from ragtui.runner.launch.prepare import Launch

EVENTS_KEPT = 500
LOOKS_A_SEARCH = 6
"""Every so many looks, folders are searched for runs that another terminal started."""
ENDED = ("complete", "cancelled", "budget", "interrupted", "failed", "lost")


@dataclass(eq=False)
class LiveRun:
    """A worker and what it said so far.

    Attributes:
        worker: the handle.
        name: what the strip calls it.
        progress: its latest snapshot.
        state: "running", "paused", "complete" and so on.
        events: the latest events, oldest first.
        ended: whether its end was already announced.
    """

    worker: Worker
    name: str
    progress: Mapping[str, Any] = field(default_factory=dict)
    state: str = "starting"
    events: deque[Mapping[str, Any]] = field(default_factory=lambda: deque(maxlen=EVENTS_KEPT))
    ended: bool = False

    def take(self, update: Update) -> bool:
        """Take over news; whether the run just ended."""
        self.progress = update.progress or self.progress
        self.state = update.state
        self.events.extend(update.events)
        just_ended = self.state in ENDED and not update.alive and not self.ended
        self.ended = self.ended or just_ended
        return just_ended

    @property
    def done(self) -> int:
        """Item-repeats with a result."""
        return int(self.progress.get("done") or 0)

    @property
    def total(self) -> int:
        """Item-repeats of the whole run."""
        return int(self.progress.get("total") or 0)

    @property
    def origin(self) -> str:
        """ "simulated" where no real model answers."""
        return str(self.progress.get("origin") or "")

    def details(self) -> str:
        """Errors, rate, time left and cost in a few words."""
        said = self.progress
        parts = [part for part in (self.origin, self.state if self.state != "running" else "") if part]
        if said.get("failed"):
            parts.append(f"{said['failed']} failed")
        if said.get("eta_s") is not None and self.state == "running":
            parts.append(f"eta {duration(said['eta_s'])}")
        if said.get("cost_usd"):
            parts.append(money(said["cost_usd"]))
        return " · ".join(parts)


if TYPE_CHECKING:
    News = tuple[list[Worker], list[tuple[LiveRun, Update]]]
    """Workers found, and what known ones say."""


class LiveRuns:
    """All runs under way that this app knows of.

    Args:
        folders: where to look for workers that were started earlier.
        listed: further folders to look in, asked each time: a run may lie deeper, or be listed by itself.
    """

    def __init__(self, folders: Sequence[Path], listed: Callable[[], Iterable[Path]] = tuple) -> None:
        self.folders = tuple(folders)
        self.listed = listed
        self.runs: list[LiveRun] = []
        self._looks = 0

    def add(self, worker: Worker) -> LiveRun:
        """Watch a worker."""
        known = next((run for run in self.runs if run.worker.folder == worker.folder), None)
        if known is not None:
            known.worker, known.ended = worker, False
            return known
        run = LiveRun(worker, worker.folder.name)
        self.runs.append(run)
        return run

    def start(self, launch: Launch, *, retry_failed: bool = False) -> LiveRun:
        """Start work on prepared run folders.

        Raises:
            RagtuiError: no worker can be started.
        """
        from ragtui.runner.launch.child import Worker

        return self.add(Worker.start(launch, retry_failed=retry_failed))

    def look(self) -> News:
        """Look for workers that somebody started and at every known one. Reads files: call it from a thread."""
        from ragtui.runner.launch.child import Worker, live_workers  # with half of the runner: the list comes first

        found: list[Path] = []
        if self._looks % LOOKS_A_SEARCH == 0:
            known = {real_path(run.worker.folder) for run in self.runs if not run.ended}
            leads = [lead for folder in self.folders for lead in live_workers(folder)]
            leads += [lead for folder in self.listed() for lead in live_workers(folder, levels=0)]
            found = list({real_path(lead): lead for lead in leads if real_path(lead) not in known}.values())
        self._looks += 1
        workers = [Worker.attach(lead) for lead in found]
        return workers, [(run, run.worker.poll()) for run in list(self.runs) if not run.ended]

    def take(self, news: News) -> list[LiveRun]:
        """Take over what was seen; the runs that just ended."""
        workers, updates = news
        for worker in workers:
            self.add(worker)
        return [run for run, update in updates if not run.ended and run.take(update)]

    def poll(self) -> list[LiveRun]:
        """Look and take over at once, where nobody waits for a screen."""
        return self.take(self.look())

    @property
    def current(self) -> LiveRun | None:
        """The run the strip shows: the newest one under way."""
        return next((run for run in reversed(self.runs) if not run.ended), None)
