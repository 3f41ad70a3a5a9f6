"""Publishes run folders while something else writes them: reads new results from the files, hands them on.

The writer knows nothing of it. What is published is what the files say, so a run that is resumed, or written by
another process, is published just the same.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from ragtui.errors import RagtuiError
from ragtui.langfuse.live.mirroring import LivePublisher, LiveStatus, unpublished
from ragtui.langfuse.live.target import LiveTarget, target_of
from ragtui.langfuse.write.publish import Publication
from ragtui.places import TRACER_VARIABLE
from ragtui.sources import read_dataset
from ragtui.sources.cube.records import repeat_label, result_of
from ragtui.sources.own.runfolder import read_folder_header
from ragtui.sources.own.summary import DATASET, RESULTS

LOOK_EVERY_S = 1.0


class Follower:
    """Follows one run folder from its first to its last result.

    Raises:
        RagtuiError: the folder has no readable summary or dataset. Nothing the server does is ever raised.
    """

    def __init__(
        self, run: Path, target: LiveTarget, changed: Callable[[LiveStatus], None] = lambda status: None
    ) -> None:
        header = read_folder_header(run, "local", run.name)
        labels = [str(number) for number in range(1, (header.repeats or 1) + 1)]
        self.run = run
        self.live = LivePublisher(header, read_dataset(run / DATASET), labels, target, changed)
        self._offset = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="ragtui-follow", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self.live.start()
        self._thread.start()

    def close(self, wait_s: float = 0.0) -> Publication | None:
        """The run has ended: hand on the last results, read back for at most `wait_s`."""
        self._ended.set()
        self._thread.join()
        self._hand_on()
        return self.live.close(wait_s)

    def _follow(self) -> None:
        while not self._ended.wait(LOOK_EVERY_S):
            self._hand_on()

    def _hand_on(self) -> None:
        for record in self._new_records():
            item, label = str(record.get("item") or ""), repeat_label(record)
            if item and label:
                self.live.add(result_of(record, item, label))

    def _new_records(self) -> Iterator[dict[str, Any]]:
        """Complete lines since the last look; a line that does not parse is left to those who load the run."""
        try:
            with (self.run / RESULTS).open("rb") as file:
                file.seek(self._offset)
                for line in file:
                    if not line.endswith(b"\n"):
                        return
                    self._offset += len(line)
                    try:
                        record = orjson.loads(line)
                    except orjson.JSONDecodeError:
                        continue
                    if isinstance(record, dict):
                        yield record
        except OSError:
            return


@contextmanager
def following(
    runs: Sequence[Path], tell: Callable[[str], None] = lambda message: None, wait_s: float = 0.0
) -> Iterator[list[Follower]]:
    """While the block writes these run folders, publish those for which `remember_target` was called.

    Whatever happens to the publication is told, never raised, and nothing in the block waits for it.
    """
    followers: list[Follower] = []
    for run in runs:
        target = target_of(run)
        if target is None:
            continue
        try:
            follower = Follower(run, target, _Teller(tell, run.name))
        except RagtuiError as error:
            tell(f"{run.name} is not published while it runs: {error.message}")
            continue
        follower.start()
        followers.append(follower)
    before = os.environ.get(TRACER_VARIABLE)
    if followers:
        os.environ[TRACER_VARIABLE] = "ragtui.langfuse.live.tracing:item_tracer"
    try:
        yield followers
    finally:
        if followers and before is None:
            os.environ.pop(TRACER_VARIABLE, None)
        for follower in followers:
            publication = follower.close(wait_s)
            for progress in publication.experiments if publication else ():
                tell(progress.line())
            problem = unpublished(publication, follower.run)
            if problem is not None:
                tell(str(problem))


class _Teller:
    """Says when something new happens: connected, given up, or another reason why not yet."""

    def __init__(self, tell: Callable[[str], None], name: str) -> None:
        self._tell, self._name, self._said = tell, name, ""

    def __call__(self, status: LiveStatus) -> None:
        said = "publishing to Langfuse" if status.connected and not status.message else status.message
        if said and said != self._said:
            self._said = said
            self._tell(f"{self._name}: {said}")
