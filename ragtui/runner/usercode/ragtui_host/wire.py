"""The conversation with the runner: JSON lines on descriptors that the user's code cannot reach."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Mapping
from typing import Any


class Wire:
    """The two ends of the conversation, moved out of the way first.

    What the user's code prints goes to stderr, and a process it forks cannot answer in its place.
    """

    def __init__(self) -> None:
        self._requests = os.fdopen(os.dup(0), "rb")
        self._replies = os.dup(1)
        self._lock = threading.Lock()
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        for descriptor in (self._replies, self._requests.fileno()):
            os.close(descriptor)

    def read(self) -> dict[str, Any] | None:
        """The next request; None when the runner is gone."""
        line = self._requests.readline()
        return json.loads(line) if line else None

    def write(self, reply: Mapping[str, Any]) -> None:
        """Send one reply."""
        data = memoryview(_encoded(reply) + b"\n")
        with self._lock:
            while data:
                data = data[os.write(self._replies, data) :]


def _encoded(reply: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(reply, default=str).encode("utf-8", "replace")
    except (ValueError, RecursionError, TypeError) as error:  # an object that holds itself, brackets without end
        told = {"error": f"{type(error).__name__}: what was returned cannot be told as JSON: {error}", "trace": ""}
        return json.dumps({"id": reply.get("id"), **told}).encode()


def memory_mb_in_use() -> int:
    """Resident memory of this process, in MiB."""
    if sys.platform == "win32":
        return 0  # nothing in the standard library knows: a host there is not replaced for its memory
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 2**20
    except (OSError, ValueError):
        return _peak_memory_mb()


def _peak_memory_mb() -> int:
    if sys.platform == "win32":
        return 0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak // 2**20 if sys.platform == "darwin" else peak // 2**10)
