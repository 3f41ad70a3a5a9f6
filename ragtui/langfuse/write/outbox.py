"""What is still to be sent, on disk: one append-only file an experiment, beside the run and never part of it.

An entry holds the very bytes that go over the wire, so a resumed publication sends what the first one sent. Marks are
appended as things happen. Losing the tail of the file is harmless: what is not marked is sent again, and sending twice
changes nothing. No keys are ever written.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from ragtui.errors import InputError, UsageError
from ragtui.files.atomic import write_bytes
from ragtui.files.regular import append_regular, open_regular
from ragtui.langfuse.write.wire import Experiment

FORMAT = 1


class Stage(StrEnum):
    """How far one thing got."""

    PENDING = "pending"
    SENT = "sent"
    """The server took it; that is not yet proof that it is there."""
    VISIBLE = "visible"
    """Read back."""
    LOST = "lost"
    """The server took it, and it is not there long after: it is sent again."""
    REJECTED = "rejected"
    """The server refused it for what it is; sending it again would not help."""


TO_SEND = (Stage.PENDING, Stage.LOST)


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """One item of one experiment, ready to send.

    Attributes:
        key: the item's id in the local run.
        item_id: its id on the server.
        start_ns: start of the root span; part of the server's storage key, so it never changes once sent.
        spans: an encoded OTLP request holding the whole trace.
        scores: bodies for `POST /scores`.
    """

    key: str
    item_id: str
    trace_id: str
    root: str
    start_ns: int
    spans: bytes
    scores: tuple[Mapping[str, Any], ...]

    def digest(self) -> str:
        """Content hash: an entry that did not change is not sent again."""
        text = json.dumps([self.item_id, self.trace_id, list(self.scores)], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(self.spans + text.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def to_json(self) -> dict[str, Any]:
        """As a line of the outbox holds it."""
        return {
            "key": self.key, "item": self.item_id, "trace": self.trace_id, "root": self.root, "start_ns": self.start_ns,
            "spans": base64.b64encode(self.spans).decode(), "scores": list(self.scores),
        }  # fmt: skip

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> OutboxEntry:
        """The inverse of `to_json`; KeyError, TypeError or ValueError when it is not one."""
        return OutboxEntry(
            data["key"], data["item"], data["trace"], data["root"], data["start_ns"],
            base64.b64decode(data["spans"], validate=True), tuple(data["scores"]),
        )  # fmt: skip


@dataclass(slots=True)
class Counts:
    """Of items or of scores: how many there are and how far they got.

    `sent` counts what the server has taken at least once: it includes `visible`, and what is sent again.
    """

    total: int = 0
    sent: int = 0
    visible: int = 0
    rejected: int = 0

    @staticmethod
    def of(stages: Iterable[Stage]) -> Counts:
        """Count stages."""
        counts = Counts()
        for stage in stages:
            counts.total += 1
            counts.sent += stage in (Stage.SENT, Stage.VISIBLE, Stage.LOST)
            counts.visible += stage is Stage.VISIBLE
            counts.rejected += stage is Stage.REJECTED
        return counts


@dataclass(slots=True)
class _Marks:
    items: dict[str, Stage] = field(default_factory=dict)
    links: dict[str, Stage] = field(default_factory=dict)
    scores: dict[str, Stage] = field(default_factory=dict)
    retracted: dict[str, Stage] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)


ITEM, LINK, SCORE, RETRACTION = "item", "link", "score", "retraction"


class Outbox:
    """Entries of one experiment and how far each got; may be used from several threads.

    Attributes:
        experiment: what the entries belong to.
        server: base URL; an outbox is for one server only.
        entries: by local item id, in the order they were first put.
    """

    def __init__(self, path: Path, experiment: Experiment, server: str) -> None:
        self.path = path
        self.experiment = experiment
        self.server = server
        self.entries: dict[str, OutboxEntry] = {}
        self._marks = _Marks()
        self._lock = threading.RLock()
        self._file: IO[str] | None = None

    @staticmethod
    def open(path: Path, experiment: Experiment, server: str) -> Outbox:
        """The outbox at `path`, made when it is not there.

        Raises:
            UsageError: the file belongs to another server.
            InputError: the file is of a newer version of ragtui, or cannot be written.
        """
        outbox = Outbox(path, experiment, server)
        try:
            for line in _lines(path):
                try:
                    outbox._apply(line)
                except (KeyError, TypeError, ValueError):
                    break
            outbox._rewrite()
            outbox._file = io.TextIOWrapper(append_regular(path), encoding="utf-8")
        except OSError as error:
            raise InputError(f"cannot write {path}: {error.strerror}", "make the run's folder writable") from None
        return outbox

    def close(self) -> None:
        """Flush to disk and close."""
        with self._lock:
            self.sync()
            if self._file is not None:
                self._file.close()
                self._file = None

    def start_of(self, key: str) -> int | None:
        """The start time an item was first put with."""
        entry = self.entries.get(key)
        return entry.start_ns if entry else None

    def put(self, entry: OutboxEntry) -> bool:
        """Add or replace an entry; False when it is the same as before, so nothing is to be sent."""
        before = self.entries.get(entry.key)
        if before is not None and before.digest() == entry.digest():
            return False
        self._record({"put": entry.to_json()})
        return True

    def mark(self, what: str, ids: Iterable[str], stage: Stage, reason: str = "") -> None:
        """Note how far items, links, scores or retractions got."""
        names = list(ids)
        if names:
            self._record({"mark": what, "ids": names, "stage": stage.value, **({"reason": reason} if reason else {})})

    def doubt(self) -> None:
        """What was seen on the server before has to be seen again: it may have been deleted since."""
        for what, stages in ((ITEM, self._marks.items), (SCORE, self._marks.scores)):
            self.mark(what, [identity for identity, stage in stages.items() if stage is Stage.VISIBLE], Stage.SENT)

    def items(self, *stages: Stage) -> list[OutboxEntry]:
        """Entries whose trace is at one of these stages."""
        with self._lock:
            return [entry for key, entry in self.entries.items() if self._marks.items[key] in stages]

    def links(self, *stages: Stage) -> list[OutboxEntry]:
        """Entries whose link to a dataset run (servers before v4) is at one of these stages."""
        with self._lock:
            return [entry for key, entry in self.entries.items() if self._marks.links[key] in stages]

    def scores(self, *stages: Stage) -> list[Mapping[str, Any]]:
        """Score bodies at one of these stages."""
        with self._lock:
            everything = [score for entry in self.entries.values() for score in entry.scores]
            return [score for score in everything if self._marks.scores[score["id"]] in stages]

    def sendable_scores(self) -> list[Mapping[str, Any]]:
        """Pending scores of items the server has taken: a score of anything else would be an orphan there."""
        with self._lock:
            taken = self.items(Stage.SENT, Stage.VISIBLE)
            everything = [score for entry in taken for score in entry.scores]
            return [score for score in everything if self._marks.scores[score["id"]] in TO_SEND]

    def retractions(self, *stages: Stage) -> list[str]:
        """Ids of scores that an earlier attempt had and the present one has not."""
        with self._lock:
            return [score for score, stage in self._marks.retracted.items() if stage in stages]

    def item_counts(self) -> Counts:
        """Traces by stage."""
        with self._lock:
            return Counts.of(self._marks.items[key] for key in self.entries)

    def score_counts(self) -> Counts:
        """Scores by stage."""
        with self._lock:
            return Counts.of(self._marks.scores[s["id"]] for entry in self.entries.values() for s in entry.scores)

    def reasons(self) -> dict[str, str]:
        """What the server said of what it rejected, by item key or score id."""
        return dict(self._marks.reasons)

    def _record(self, line: dict[str, Any]) -> None:
        with self._lock:
            self._apply(line)
            if self._file is not None:
                self._file.write(json.dumps(line, ensure_ascii=True) + "\n")

    def sync(self) -> None:
        """Make what was recorded so far survive a power cut."""
        with self._lock:
            if self._file is not None:
                self._file.flush()
                os.fsync(self._file.fileno())

    def _apply(self, line: Mapping[str, Any]) -> None:
        if "outbox" in line:
            self._check_header(line)
        elif "put" in line:
            self._apply_put(OutboxEntry.from_json(line["put"]))
        elif "mark" in line:
            self._apply_mark(line["mark"], line["ids"], Stage(line["stage"]), line.get("reason", ""))
        elif "retract" in line:
            self._marks.retracted[line["retract"]] = Stage(line["stage"])

    def _check_header(self, line: Mapping[str, Any]) -> None:
        if line["outbox"] > FORMAT:
            raise InputError(f"{self.path} is of a newer version of ragtui", "update ragtui")
        if line.get("server") != self.server or line.get("experiment") != self.experiment.id:
            raise UsageError(
                f"{self.path} holds a publication to {line.get('server')}, not to {self.server}",
                "choose the same profile again, or move that file away to publish anew",
            )

    def _apply_put(self, entry: OutboxEntry) -> None:
        marks, before = self._marks, self.entries.get(entry.key)
        kept = {score["id"]: score for score in entry.scores}
        for score in before.scores if before else ():
            if score["id"] not in kept and marks.scores.pop(score["id"], Stage.PENDING) is not Stage.PENDING:
                marks.retracted[score["id"]] = Stage.PENDING
        known = {score["id"]: score for score in before.scores} if before else {}
        for identity, score in kept.items():
            marks.retracted.pop(identity, None)
            if score != known.get(identity):
                marks.scores[identity] = Stage.PENDING
        marks.items[entry.key] = Stage.PENDING
        marks.links.setdefault(entry.key, Stage.PENDING)
        self.entries[entry.key] = entry

    def _apply_mark(self, what: str, ids: Iterable[str], stage: Stage, reason: str) -> None:
        table = {
            ITEM: self._marks.items, LINK: self._marks.links,
            SCORE: self._marks.scores, RETRACTION: self._marks.retracted,
        }[what]  # fmt: skip
        for identity in ids:
            if identity in table:
                table[identity] = stage
                self._marks.reasons.pop(identity, None)
                if reason:
                    self._marks.reasons[identity] = reason

    def _rewrite(self) -> None:
        """Replace the file by its shortest equal, atomically: a torn tail and superseded lines go."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lines = (json.dumps(line, ensure_ascii=True) + "\n" for line in self._snapshot())
        write_bytes(self.path, "".join(lines).encode())

    def _snapshot(self) -> Iterator[dict[str, Any]]:
        experiment = self.experiment
        yield {
            "outbox": FORMAT, "server": self.server, "experiment": experiment.id, "name": experiment.name,
            "dataset": experiment.dataset, "dataset_id": experiment.dataset_id,
        }  # fmt: skip
        for entry in self.entries.values():
            yield {"put": entry.to_json()}
        tables = ((ITEM, self._marks.items), (LINK, self._marks.links), (SCORE, self._marks.scores))
        for what, table in tables:
            for identity, stage in table.items():
                if stage is not Stage.PENDING:
                    line = {"mark": what, "ids": [identity], "stage": stage.value}
                    reason = self._marks.reasons.get(identity)
                    yield {**line, "reason": reason} if reason else line
        for identity, stage in self._marks.retracted.items():
            yield {"retract": identity, "stage": stage.value}


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """Lines up to the first that does not parse: behind a torn line nothing can be trusted to be in order."""
    try:
        with io.TextIOWrapper(open_regular(path), encoding="utf-8") as file:
            for text in file:
                line = json.loads(text)
                if not isinstance(line, dict):
                    return
                yield line
    except (FileNotFoundError, ValueError, RecursionError):
        return


@dataclass(frozen=True, slots=True)
class Heading:
    """What an outbox is about, read without opening it.

    Attributes:
        dataset, dataset_id: name of the dataset when the publication began, and its id, which stays; "" where an
            earlier version did not note it.
        sent: whether the server has taken anything of it.
    """

    server: str
    experiment: str
    name: str
    dataset: str
    dataset_id: str
    sent: bool


def read_heading(path: Path) -> Heading | None:
    """The heading of an outbox; None when the file is none."""
    heading: dict[str, Any] = {}
    sent = False
    for line in _lines(path):
        heading = heading or (line if "outbox" in line else {})
        sent = sent or (line.get("mark") == ITEM and line.get("stage") in (Stage.SENT, Stage.VISIBLE, Stage.LOST))
    if not heading:
        return None
    keys = ("server", "experiment", "name", "dataset", "dataset_id")
    server, experiment, name, dataset, dataset_id = (str(heading.get(key) or "") for key in keys)
    return Heading(server, experiment, name, dataset, dataset_id, sent)


def read_entries(path: Path) -> Iterator[OutboxEntry]:
    """The entries of an outbox, read without opening it."""
    for line in _lines(path):
        try:
            if "put" in line:
                yield OutboxEntry.from_json(line["put"])
        except (KeyError, TypeError, ValueError):
            return
