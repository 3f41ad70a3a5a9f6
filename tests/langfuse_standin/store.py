"""What the server holds: datasets, items, spans, scores and legacy runs, each with the moment it can be read."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from langfuse_standin.otlp import Span


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


@dataclass
class Stored:
    """A record, when it was written and from when on reads return it."""

    value: Any
    written: float
    visible: float
    writes: int = 1
    history: list[tuple[float, Any]] = field(default_factory=list)


class Shelf:
    """Records by key; a key written again replaces the record and stays visible."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.delay = 0.0
        self.records: dict[Any, Stored] = {}

    def put(self, key: Any, value: Any) -> Stored:
        now = self._clock()
        old = self.records.get(key)
        if old is None:
            self.records[key] = Stored(value, now, now + self.delay, history=[(now, value)])
        else:
            old.value, old.written, old.writes = value, now, old.writes + 1
            old.history.append((now, value))
        return self.records[key]

    def get(self, key: Any) -> Any:
        """The record whether or not it is visible yet."""
        found = self.records.get(key)
        return None if found is None else found.value

    def drop(self, key: Any) -> bool:
        return self.records.pop(key, None) is not None

    def visible(self) -> Iterator[Any]:
        now = self._clock()
        return (record.value for record in list(self.records.values()) if record.visible <= now)

    def visible_records(self) -> Iterator[Stored]:
        now = self._clock()
        return (record for record in list(self.records.values()) if record.visible <= now)

    def __len__(self) -> int:
        return len(self.records)


class Store:
    """Everything one project holds."""

    def __init__(self, project_id: str, clock: Callable[[], float]) -> None:
        self.project_id = project_id
        self._clock = clock
        self._held: float | None = None
        clock = self.clock
        self.datasets = Shelf(clock)
        self.items = Shelf(clock)
        self.spans = Shelf(clock)
        self.scores = Shelf(clock)
        self.runs = Shelf(clock)
        self.run_items = Shelf(clock)
        self.traces = Shelf(clock)
        self.tombstones: dict[str, str] = {}
        self.overlapped = False
        """Whether the request at hand and another one for the same item were under way at once."""
        self.doubled: set[str] = set()
        """Items of which such a race left two current rows."""
        self._serial = itertools.count(1)

    def clock(self) -> float:
        """The server's time, or the one moment of what is put in at once."""
        return self._clock() if self._held is None else self._held

    @contextlib.contextmanager
    def one_moment(self) -> Iterator[None]:
        """Everything written inside has the same date, whatever a clock does meanwhile."""
        self._held = self.clock()
        try:
            yield
        finally:
            self._held = None

    def shelves(self) -> dict[str, Shelf]:
        return {
            "datasets": self.datasets, "items": self.items, "spans": self.spans, "scores": self.scores,
            "runs": self.runs, "run_items": self.run_items, "traces": self.traces,
        }  # fmt: skip

    def new_id(self, kind: str) -> str:
        """A stable id of the look the server's own have."""
        text = f"{self.project_id}/{kind}/{next(self._serial)}"
        digest = hashlib.sha256(text.encode()).hexdigest()
        return (
            f"c{digest[:24]}"
            if kind == "dataset"
            else f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"
        )

    def dataset_named(self, name: str) -> dict[str, Any] | None:
        return next((d for d in self.datasets.visible() if d["name"] == name), None)

    def dataset_by_id(self, dataset_id: str) -> dict[str, Any] | None:
        return next(
            (record.value for record in self.datasets.records.values() if record.value["id"] == dataset_id), None
        )

    def put_span(self, span: Span) -> None:
        self.spans.put((span.trace_id, span.id, span.start), span)

    def item_roots(self) -> list[Span]:
        """Visible spans that are experiment items."""
        return [span for span in self.spans.visible() if span.is_item_root]
