"""Tells on stderr what a command waits for, so that a pause is never silence."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from ragtui.langfuse.api.rates import Wait

EVERY_S = 10.0
"""In a log, where lines stay, the countdown is told this often."""

SHORTEST_S = 1.0
"""Shorter pauses are not worth a line."""


class Countdown:
    """One line that counts down on a terminal; a line now and then elsewhere. Safe to call from several threads."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty()
        self._lock = threading.Lock()
        self._why, self._told, self._width = "", 0.0, 0

    def __call__(self, wait: Wait) -> None:
        """A pause goes on (`wait.seconds` left), or is over (0)."""
        with self._lock:
            if wait.seconds <= 0:
                self._over()
            elif self._why or wait.seconds >= SHORTEST_S:
                self._tell(wait)

    def _tell(self, wait: Wait) -> None:
        from ragtui.present.clean import clean

        line = clean(f"ragtui: {wait.why}: {wait.seconds:.0f} s")
        if self._live:
            self._stream.write(f"\r{line}{' ' * (self._width - len(line))}")
            self._width = len(line)
        elif wait.why != self._why or time.monotonic() - self._told >= EVERY_S:
            self._stream.write(f"{line}\n")
            self._told = time.monotonic()
        self._why = wait.why
        self._stream.flush()

    def _over(self) -> None:
        if self._live and self._width:
            self._stream.write(f"\r{' ' * self._width}\r")
            self._stream.flush()
        self._why, self._width = "", 0
