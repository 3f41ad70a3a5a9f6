"""One writer a run folder: a lock that dies with its process."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ragtui.errors import InputError
from ragtui.files.regular import open_regular

if TYPE_CHECKING:
    from filelock import BaseFileLock

LOCK = ".lock"
_PATIENCE_S = 1.0
"""A reader that looks whether a run is alive holds the lock for an instant; a writer waits that long."""


def lock_folder(folder: Path) -> BaseFileLock:
    """Become the folder's only writer until the returned lock is released.

    Raises:
        InputError: somebody else is writing, or the folder is not writable.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK, thread_local=False)
    try:
        lock.acquire(timeout=_PATIENCE_S)
    except Timeout as error:
        raise InputError(
            f"{folder}: another process is writing this run", "wait until it is finished, or stop it first"
        ) from error
    except OSError as error:
        raise InputError(
            f"{folder}: cannot be locked ({error.strerror or error})", "choose a folder that can be written"
        ) from error
    return lock


def is_being_written(folder: Path) -> bool:
    """Whether a live writer holds the folder; looking changes nothing."""
    lock_file = folder / LOCK
    try:
        file = open_regular(lock_file)
    except OSError:  # missing, or a named pipe that would never answer
        return False
    with file:
        return _held_elsewhere(file.fileno(), lock_file)


def _held_elsewhere(descriptor: int, lock_file: Path) -> bool:
    if sys.platform == "win32":
        return _refuses_a_second_lock(lock_file)
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    return False


def _refuses_a_second_lock(lock_file: Path) -> bool:
    from filelock import FileLock, Timeout

    try:
        with FileLock(lock_file, timeout=0):
            return False
    except Timeout:
        return True
    except OSError:
        return False
