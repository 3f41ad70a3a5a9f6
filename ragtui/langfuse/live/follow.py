"""Publishes run folders while something else writes them: reads new results from the files, hands them on.

The writer knows nothing of it. What is published is what the files say, so a run that is resumed, or written by
another process, is published just the same.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from ragtui.errors import RagtuiError
from ragtui.files.regular import open_regular
from ragtui.langfuse.live.mirroring import LivePublisher, LiveStatus, unpublished
from ragtui.langfuse.live.target import LiveTarget, target_of
from ragtui.langfuse.write.publish import Publication
from ragtui.langfuse.write.publisher import Phase
from ragtui.places import TRACER_VARIABLE
from ragtui.sources import read_dataset
from ragtui.sources.cube.records import repeat_label, result_of
from ragtui.sources.own.runfolder import read_folder_header
from ragtui.sources.own.summary import DATASET, RESULTS

LOOK_EVERY_S = 1.0
LEAST_WAIT_S, A_RECORD_S, MOST_WAIT_S = 60.0, 0.25, 720.0
"""Reading back: a server of 4.16 takes one score a request and shows it up to 25 s later; 400 scores took a minute."""


def fitting_wait(records: int) -> float:
    """Seconds in which so many items and scores are normally sent and visible."""
    return min(MOST_WAIT_S, LEAST_WAIT_S + A_RECORD_S * records)


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
        self.live = LivePublisher(header, read_dataset(run / DATASET, blanks=True), labels, target, changed)
        self.target = target
        self.outcome: Publication | None = None
        self.handed_on = 0
        self._offset = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="ragtui-follow", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self.live.start()
        self._thread.start()

    def end(self, wait_s: float | None = None) -> float:
        """The run has ended: hand on the last results and begin to read back; returns at once, with the wait chosen.

        Args:
            wait_s: longest time for reading back; None for a time that fits the work.
        """
        self._ended.set()
        self._thread.join()
        self._hand_on()
        wait = fitting_wait(self.handed_on) if wait_s is None else wait_s
        self.live.end(wait)
        return wait

    def close(self, wait_s: float | None = None) -> Publication | None:
        """End, and wait for the reading back."""
        return self.live.close(self.end(wait_s))

    @property
    def verified(self) -> bool:
        """Whether everything was read back, known after `close`."""
        return self.outcome is not None and self.outcome.phase is Phase.VERIFIED

    def _follow(self) -> None:
        while not self._ended.wait(LOOK_EVERY_S):
            self._hand_on()

    def _hand_on(self) -> None:
        for record in self._new_records():
            item, label = str(record.get("item") or ""), repeat_label(record)
            if item and label:
                result = result_of(record, item, label)
                self.handed_on += 1 + len(result.judgements)
                self.live.add(result)

    def _new_records(self) -> Iterator[dict[str, Any]]:
        """Complete lines since the last look; a line that does not parse is left to those who load the run."""
        try:
            with open_regular(self.run / RESULTS) as file:
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
    runs: Sequence[Path], tell: Callable[[str], None] = lambda message: None, wait_s: float | None = None
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
        # All sides read back at the same time, not one after the other.
        longest = max((follower.end(wait_s) for follower in followers), default=0.0)
        if followers and longest > 0:
            tell(
                f"reading back from Langfuse, for {round(longest)} s at most;"
                " Ctrl-C leaves the rest to `ragtui publish`"
            )
        for follower in followers:
            publication = follower.close(wait_s)
            follower.outcome = publication
            for progress in publication.experiments if publication else ():
                tell(progress.line())
            target = replace(follower.target, dataset=follower.live.dataset)
            problem = unpublished(publication, follower.run, target, follower.live.status)
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
