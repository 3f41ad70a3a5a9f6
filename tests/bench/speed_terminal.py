"""A program in a pseudo-terminal of 120 x 36, and how long it takes to answer a key."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

COLUMNS, LINES = 120, 36
TESTS = Path(__file__).resolve().parents[1]


class Terminal:
    """A Python child process whose terminal we hold the other end of.

    Args:
        arguments: after the interpreter's name.
    """

    def __init__(self, arguments: Sequence[str]) -> None:
        self.started = time.perf_counter()
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        self._state = tempfile.TemporaryDirectory()
        state = {f"XDG_{kind}_HOME": self._state.name for kind in ("STATE", "CONFIG", "CACHE", "DATA")}
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        self._child = subprocess.Popen(  # who uses the app has its modules compiled
            [sys.executable, *arguments], stdin=slave, stdout=slave, stderr=slave, close_fds=True, cwd=TESTS.parent,
            env={**environment, **state, "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(TESTS)},
            start_new_session=True,
        )  # fmt: skip
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child.poll() is None:
            self._child.kill()
        self._child.wait()
        os.close(self._master)
        self._state.cleanup()

    def read_until_quiet(self, quiet: float, at_most: float = 60.0) -> tuple[float, bytes]:
        """Output until none came for `quiet` seconds; the time of the last byte, and all of it."""
        last, output, end = time.perf_counter(), b"", time.perf_counter() + at_most
        while time.perf_counter() < end:
            ready, _, _ = select.select([self._master], [], [], quiet)
            if not ready:
                break
            try:
                output += os.read(self._master, 1 << 16)
            except OSError:  # the child has ended
                break
            last = time.perf_counter()
        return last, output

    def answer_time(self, key: bytes, quiet: float = 0.12) -> float:
        """Seconds from a key written to the last byte that follows; 0 when nothing does."""
        written = time.perf_counter()
        os.write(self._master, key)
        last, output = self.read_until_quiet(quiet)
        return last - written if output else 0.0

    def wait(self, at_most: float = 600.0) -> int:
        """Read until the child ends; its exit code."""
        end = time.perf_counter() + at_most
        while self._child.poll() is None and time.perf_counter() < end:
            self.read_until_quiet(0.2, at_most=1.0)
        return self._child.wait(timeout=1)
