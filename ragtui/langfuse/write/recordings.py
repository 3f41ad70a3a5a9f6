"""Recorded spans of the user's pipeline, kept beside the run until they are published.

Every process that records appends to a file of its own, one line a result. They are read again from where reading
stopped last, because a run that is being published looks every few seconds.
"""

from __future__ import annotations

import base64
import json
import os
import time
from pathlib import Path

from ragtui.files.regular import append_regular, open_regular

ANY_ATTEMPT = 0
_PATTERN = "recorded*.spans"


class Recordings:
    """Spans by item and repeat; of several the latest counts, or the one of the attempt that is asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read_up_to: dict[Path, int] = {}
        self._found: dict[tuple[str, str, int], tuple[int, bytes]] = {}

    def refresh(self) -> Recordings:
        """Read what was added; a line that is not complete yet is left for the next time."""
        for path in sorted(self._folder.glob(_PATTERN)):
            offset = self._read_up_to.get(path, 0)
            try:
                with open_regular(path) as file:
                    file.seek(offset)
                    for line in file:
                        if not line.endswith(b"\n"):
                            break
                        offset += len(line)
                        self._take(line)
            except OSError:
                continue
            self._read_up_to[path] = offset
        return self

    def of(self, item: str, repeat: str, attempt: int) -> bytes:
        """Spans of one result; empty when nothing was recorded."""
        found = self._found.get((item, repeat, attempt)) or self._found.get((item, repeat, ANY_ATTEMPT))
        return found[1] if found else b""

    def _take(self, line: bytes) -> None:
        try:
            entry = json.loads(line)
            key = (str(entry["item"]), str(entry["repeat"]), int(entry["attempt"]))
            at, spans = int(entry["at"]), base64.b64decode(entry["spans"], validate=True)
        except (ValueError, KeyError, TypeError, RecursionError):
            return
        if at >= self._found.get(key, (0, b""))[0]:
            self._found[key] = (at, spans)


def keep(folder: Path, item: str, repeat: str, spans: bytes, attempt: int = ANY_ATTEMPT) -> None:
    """Append the spans of one result to this process's file; empty ones are not kept."""
    if not spans:
        return
    entry = {
        "item": item, "repeat": repeat, "attempt": attempt, "at": time.time_ns(),
        "spans": base64.b64encode(spans).decode(),
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    with append_regular(folder / f"recorded-{os.getpid()}.spans") as file:
        file.write(json.dumps(entry).encode() + b"\n")
