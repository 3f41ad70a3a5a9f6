"""Recorded spans of the user's pipeline, kept beside the run until they are published: one line a result."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

FILE = "recorded.spans"


class Recordings:
    """Spans by item, repeat and attempt."""

    def __init__(self, file: IO[str] | None = None) -> None:
        self._file = file
        self._spans: dict[tuple[str, str, int], bytes] = {}

    @staticmethod
    def read(folder: Path) -> Recordings:
        """What was recorded; nothing when there is no file. A torn last line is the end of it."""
        recordings = Recordings()
        try:
            with (folder / FILE).open(encoding="utf-8") as file:
                for text in file:
                    line = json.loads(text)
                    key = (line["item"], line["repeat"], line["attempt"])
                    recordings._spans[key] = base64.b64decode(line["spans"], validate=True)
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            pass
        return recordings

    @staticmethod
    @contextmanager
    def writing(folder: Path) -> Iterator[Recordings]:
        """The same, open for adding."""
        folder.mkdir(parents=True, exist_ok=True)
        recordings = Recordings.read(folder)
        with (folder / FILE).open("a", encoding="utf-8") as file:
            recordings._file = file
            yield recordings

    def add(self, item: str, repeat: str, attempt: int, spans: bytes) -> None:
        """Keep the spans of one result; empty ones are not kept."""
        if not spans:
            return
        self._spans[item, repeat, attempt] = spans
        if self._file is not None:
            line = {"item": item, "repeat": repeat, "attempt": attempt, "spans": base64.b64encode(spans).decode()}
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()

    def of(self, item: str, repeat: str, attempt: int) -> bytes:
        """Spans of one result; empty when nothing was recorded."""
        return self._spans.get((item, repeat, attempt), b"")
