"""Writing while others read: results durably and in groups, events as they come, progress as one small file."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from ragtui.errors import InputError
from ragtui.files.atomic import dump_json, write_bytes
from ragtui.files.regular import append_regular, read_regular
from ragtui.model import Item, Result
from ragtui.sources.own.writer import RunWriter

EVENTS, PROGRESS, CONTROL = "events.jsonl", "progress.json", "control.json"


@dataclass(frozen=True, slots=True)
class _Entry:
    side: int
    result: Result
    item: Item
    fields: Mapping[str, Any]
    written: asyncio.Future[None]


class ResultLog:
    """Appends results to their run folders; a result is written when its line would survive a power cut.

    Lines that are ready at the same time share one fsync, in a thread, so that the event loop never waits for a disk.
    """

    def __init__(self, writers: Sequence[RunWriter]) -> None:
        self._writers = writers
        self._queue: asyncio.Queue[_Entry | None] = asyncio.Queue()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="results")
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> ResultLog:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._queue.put_nowait(None)
        await asyncio.shield(self._task)
        self._thread.shutdown()

    async def write(self, side: int, result: Result, item: Item, fields: Mapping[str, Any]) -> None:
        """Append one result and wait until it is safe.

        Raises:
            InputError: the disk is full or the file cannot be written; this result was not recorded.
        """
        written = asyncio.get_running_loop().create_future()
        self._queue.put_nowait(_Entry(side, result, item, fields, written))
        await asyncio.shield(written)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        ended = False
        while not ended:
            batch = [await self._queue.get()]
            while not self._queue.empty():
                batch.append(self._queue.get_nowait())
            ended = None in batch
            entries = [entry for entry in batch if entry is not None]
            if not entries:
                continue
            outcomes = await loop.run_in_executor(self._thread, self._append, entries)
            for entry, error in zip(entries, outcomes, strict=True):
                if entry.written.done():
                    continue
                if error is None:
                    entry.written.set_result(None)
                else:
                    entry.written.set_exception(error)
                    entry.written.exception()  # whoever asked may be gone

    def _append(self, entries: Sequence[_Entry]) -> list[Exception | None]:
        outcomes: list[Exception | None] = []
        for entry in entries:
            try:
                self._writers[entry.side].append(entry.result, entry.item, **entry.fields)
                outcomes.append(None)
            except Exception as error:
                outcomes.append(error)
        for side in {entry.side for entry in entries}:
            try:
                self._writers[side].sync()
            except Exception as error:
                outcomes = [error if entry.side == side else old for entry, old in zip(entries, outcomes, strict=True)]
        return outcomes


class EventLog:
    """Appends what happens to events.jsonl: one JSON object a line with `t` (ISO 8601) and `kind`.

    Events are for people who watch. Losing one never stops a run.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / EVENTS
        self._lines: list[bytes] = []

    def add(self, kind: str, fields: Mapping[str, Any] | None = None) -> None:
        """Note an event; it is written with the next flush."""
        entry = {"t": datetime.now(UTC).isoformat(timespec="milliseconds"), "kind": kind, **(fields or {})}
        try:
            line = orjson.dumps(entry, default=str)
        except TypeError:
            line = json.dumps(entry, default=str).encode("utf-8", "replace")
        self._lines.append(line + b"\n")

    def flush(self) -> None:
        """Append what was noted."""
        if not self._lines:
            return
        lines, self._lines = self._lines, []
        with contextlib.suppress(OSError), append_regular(self._path) as file:
            file.write(b"".join(lines))


def write_progress(folder: Path, progress: Mapping[str, Any]) -> None:
    """Replace progress.json, without fsync: it may be lost, never half there."""
    with contextlib.suppress(InputError):
        write_bytes(folder / PROGRESS, dump_json(progress), durable=False)


def read_small(path: Path) -> dict[str, Any]:
    """A small JSON object; empty when there is none to be had right now."""
    try:
        value = orjson.loads(read_regular(path)) if path.is_file() else {}  # never wait for a pipe
    except (OSError, orjson.JSONDecodeError):
        return {}
    return value if isinstance(value, dict) else {}
