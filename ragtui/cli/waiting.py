"""Tells on stderr what a command waits for, so that a pause is never silence."""

from __future__ import annotations

import re
import sys
import threading
import time
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from ragtui.langfuse.api.rates import Wait

EVERY_S = 10.0
"""In a log, where lines stay, a countdown or a progress is told this often."""

PATIENCE_S = 2.0
"""Work that takes no longer is not worth a line."""

_COUNTS = re.compile(r"[\d/.]+")
_PAUSE = re.compile(r": \d+ s$")


class Telling:
    """One line that changes in place on a terminal; a line now and then elsewhere. Safe to call from several threads.

    A pause ("…: 20 s") is told at once, progress ("scores 3/10") when it has gone on for a while.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty()
        self._lock = threading.Lock()
        self._topic, self._told, self._width = "", 0.0, 0
        self._began = time.monotonic()

    def __call__(self, words: str) -> None:
        """What is waited for or done now; "" when it is over."""
        with self._lock:
            if not words:
                self._over()
            elif _PAUSE.search(words) or time.monotonic() - self._began > PATIENCE_S:
                self._tell(words)

    def wait(self, wait: Wait) -> None:
        """A pause goes on (`wait.seconds` left), or is over (0)."""
        if wait.seconds <= 0:
            self("")
        elif self._topic or wait.seconds >= 1:
            self(f"{wait.why}: {round(wait.seconds)} s")

    def _tell(self, words: str) -> None:
        from ragtui.present.clean import one_line

        line, topic = one_line(f"ragtui: {words}"), _COUNTS.sub("", words)
        if self._live:
            self._stream.write(f"\r{line}{' ' * (self._width - len(line))}")
            self._width = len(line)
        elif topic != self._topic or time.monotonic() - self._told >= EVERY_S:
            self._stream.write(f"{line}\n")
            self._told = time.monotonic()
        self._topic = topic
        self._stream.flush()

    def _over(self) -> None:
        if self._live and self._width:
            self._stream.write(f"\r{' ' * self._width}\r")
            self._stream.flush()
        self._topic, self._width = "", 0

    def close(self) -> None:
        """Leave the line free for what is printed next."""
        self("")
