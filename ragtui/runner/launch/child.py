"""Starting a worker that outlives the screen, and watching it by its files.

The worker is the ordinary command `ragtui run RUN_FOLDER` in a session of its own. Nothing but the run folder connects
it with whoever watches, so a screen can be closed, opened again, or run on another terminal.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from ragtui.errors import RagtuiError
from ragtui.files.lock import is_being_written
from ragtui.files.regular import append_regular, open_regular, read_regular
from ragtui.places import clean_environment, real_path
from ragtui.runner.launch.control import Wish, write_order
from ragtui.runner.launch.journal import CONTROL, EVENTS, PROGRESS, read_small
from ragtui.runner.launch.launchfile import LAUNCH, read_launch
from ragtui.runner.usercode.ending import end_process

if TYPE_CHECKING:
    from ragtui.runner.launch.prepare import Launch

LOG = "worker.log"
_BLOCK = 1 << 20


def run_command(what: Path, *options: str) -> list[str]:
    """The words that work on a run folder or a plan in a process of its own, once `require` has let it through.

    `-P` keeps the current folder out of the module path: the worker starts in the project, whose `queue.py` or
    `numpy.py` must not stand in for the library's.
    """
    return [sys.executable, "-P", "-m", "ragtui", "run", str(what), "--trust", *options]


@dataclass(frozen=True, slots=True)
class Update:
    """What changed since the last look.

    Attributes:
        progress: the last snapshot of `ragtui.runner.work.tally.Tally`; empty before the first.
        events: new entries of events.jsonl, oldest first.
        alive: whether a worker holds the folder.
    """

    progress: Mapping[str, Any]
    events: tuple[Mapping[str, Any], ...]
    alive: bool

    @property
    def state(self) -> str:
        """running, paused, stopping, complete, cancelled, budget, interrupted, failed; "lost" after a kill."""
        said = str(self.progress.get("state") or "starting")
        return "lost" if not self.alive and said in ("running", "paused", "stopping") else said


class Worker:
    """A worker, started by us or found again; several may look at the same one.

    Attributes:
        folder: the leading run folder.
    """

    def __init__(self, folder: Path, process: subprocess.Popen[bytes] | None = None) -> None:
        self.folder, self._process = folder, process
        self._offset = 0

    @classmethod
    def start(cls, launch: Launch, *, retry_failed: bool = False) -> Worker:
        """Start work on run folders that `prepare`, `Again.prepare` or `prepare_rejudge` made, or go on with them.

        Raises:
            UntrustedError: nobody has agreed to run what the folder names.
            RagtuiError: a worker is at it already, or none can be started.
        """
        from ragtui.runner.launch.trust import require

        require(launch)
        folder = launch.lead
        if is_being_written(folder):
            raise RagtuiError(f"{folder}: a worker is at it already", "Watch it, or cancel it first.")
        with suppress(OSError):
            (folder / CONTROL).unlink()
        words = [*run_command(folder), *(["--retry-failed"] if retry_failed else [])]
        try:
            with append_regular(folder / LOG) as log:
                process = subprocess.Popen(
                    words,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    env=clean_environment(),
                    cwd=launch.plan.base if launch.plan.base.is_dir() else None,
                )
        except OSError as error:
            raise RagtuiError(f"{folder}: no worker can be started ({error})", "Run it by hand: ragtui run") from error
        return cls(folder, process)

    @classmethod
    def attach(cls, folder: Path) -> Worker:
        """Watch the worker of a run folder, from the first event on; any folder of a launch will do.

        Raises:
            RagtuiError: the folder was not made by a launch.
        """
        names = read_launch(folder).get("folders")
        lead = real_path(folder / str(names[0])) if isinstance(names, list) and names else folder
        return cls(lead)

    def poll(self) -> Update:
        """Progress and new events; cheap enough for ten times a second."""
        code = self._process.poll() if self._process is not None else None
        alive = is_being_written(self.folder) or (self._process is not None and code is None)
        progress = read_small(self.folder / PROGRESS)
        if self._process is not None and progress.get("pid") != self._process.pid:
            progress = {}  # an earlier session's
        if not progress and code:
            progress = {"state": "failed", "message": self._last_words()}
        return Update(progress, tuple(self._new_events()), alive)

    def pause(self) -> None:
        """Start nothing more until `resume`; what is under way finishes."""
        write_order(self.folder, Wish.PAUSE)

    def resume(self) -> None:
        """Go on after `pause`."""
        write_order(self.folder, Wish.RUN)

    def cancel(self) -> None:
        """Start nothing more; what is under way finishes, what is finished is kept."""
        write_order(self.folder, Wish.CANCEL)

    def set_concurrency(self, concurrency: int) -> None:
        """Item-repeats under way at once from now on."""
        write_order(self.folder, concurrency=max(1, concurrency))

    def kill(self) -> None:
        """End the worker at once; finished results are safe and the run can be resumed."""
        pid = self._process.pid if self._process is not None else read_small(self.folder / PROGRESS).get("pid")
        if isinstance(pid, int) and is_being_written(self.folder):
            end_process(pid)
        if self._process is not None:
            self._process.wait()

    def _new_events(self) -> Iterator[Mapping[str, Any]]:
        try:
            with open_regular(self.folder / EVENTS) as file:
                file.seek(self._offset)
                block = file.read(_BLOCK)
        except OSError:
            return
        whole = block[: block.rfind(b"\n") + 1]
        self._offset += len(whole)
        for line in whole.splitlines():
            with suppress(orjson.JSONDecodeError):
                event = orjson.loads(line)
                if isinstance(event, dict):
                    yield event

    def _last_words(self) -> str:
        try:
            lines = read_regular(self.folder / LOG).decode("utf-8", "replace").strip().splitlines()
        except OSError:
            return ""
        said = [line for line in lines if not line.startswith("ragtui: running")]
        return "\n".join(said[-3:])


def live_workers(folder: Path, levels: int = 2) -> list[Path]:
    """Leading run folders at or so many levels below a folder that a worker is writing now."""
    found = []
    for launch in sorted({path for level in range(levels + 1) for path in folder.glob("*/" * level + LAUNCH)}):
        with suppress(RagtuiError):
            lead = Worker.attach(launch.parent).folder
            if lead not in found and is_being_written(lead):
                found.append(lead)
    return found
