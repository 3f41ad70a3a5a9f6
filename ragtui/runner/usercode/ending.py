"""Ending a process with everything it started: what a user's program left running must not go on at their cost."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys

_REAPED_S = 2.0
"""One that was killed is over within milliseconds; one that hangs in the kernel is left to it."""
_PATIENCE_S = 10.0
"""`taskkill` answers within a second on an idle machine."""


def end_family(pid: int) -> None:
    """End a process that was started with `start_new_session=True`, and its descendants, at once.

    A process that is over already is nobody's concern. POSIX has the group that the session made; Windows knows only
    who started whom, and `taskkill /T` walks that.
    """
    if sys.platform == "win32":
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(["taskkill", "/T", "/F", "/PID", str(pid)], capture_output=True, timeout=_PATIENCE_S)
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


async def end_and_reap(process: asyncio.subprocess.Process) -> None:
    """End a program and its descendants, and forget its pipes.

    `Process.wait` alone can wait for ever: until Python 3.12 it wants the pipes closed as well, and one that was full
    when its reader gave up is never read to its end.
    """
    end_family(process.pid)
    transport = getattr(process, "_transport", None)
    if transport is not None:
        transport.close()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_REAPED_S):
            await process.wait()


def end_process(pid: int) -> None:
    """End one process at once, and nothing that it started."""
    firmly = signal.SIGTERM  # what Windows makes of it, TerminateProcess, cannot be caught
    if sys.platform != "win32":
        firmly = signal.SIGKILL
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, firmly)
