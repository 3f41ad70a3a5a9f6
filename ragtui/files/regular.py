"""Opening files that somebody else put there: regular files only.

Opening a named pipe waits for a writer for ever, a device may never end, and a folder of a stranger may hold either
under any name. So every reader of untrusted folders comes through here: the file is opened without waiting and looked
at before anything is read.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import stat
from pathlib import Path
from typing import NamedTuple

_KINDS = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISDIR, "a folder"),
)


class NotRegularError(OSError):
    """Something else stands where a file should."""


_NEVER_WAIT = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def open_regular(path: Path) -> io.BufferedReader:
    """A regular file, opened for reading; never waits.

    Raises:
        NotRegularError: it is a pipe, a device, a socket or a folder, or a link to one.
        OSError: it does not exist or may not be read.
    """
    return os.fdopen(_descriptor(path, os.O_RDONLY), "rb")


def update_regular(path: Path) -> io.BufferedRandom:
    """A regular file that exists, opened for reading and changing it in its place.

    Raises:
        OSError: as `open_regular`.
    """
    return os.fdopen(_descriptor(path, os.O_RDWR), "r+b")


def append_regular(path: Path) -> io.BufferedWriter:
    """A regular file, made where there is none, opened for appending.

    Raises:
        OSError: as `open_regular`, or it cannot be made.
    """
    return os.fdopen(append_descriptor(path), "ab")


def append_descriptor(path: Path) -> int:
    """As `append_regular`, for who writes whole lines without a buffer.

    Raises:
        OSError: as `append_regular`.
    """
    return _descriptor(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)


def read_regular(path: Path, limit: int = -1) -> bytes:
    """The bytes of a regular file, at most `limit` of them.

    Raises:
        OSError: as `open_regular`.
    """
    with open_regular(path) as file:
        return file.read(limit)


def read_regular_text(path: Path) -> str:
    """The text of a regular file in UTF-8, every end of line as a single line feed.

    Raises:
        OSError: as `open_regular`.
        UnicodeDecodeError: it is not UTF-8.
    """
    with io.TextIOWrapper(open_regular(path), encoding="utf-8") as file:
        return file.read()


class Footprint(NamedTuple):
    """Which file stood under a path, and how far it went, when places in it were noted.

    A file that grows keeps what was noted. One that was written anew (another file, a shorter one) does not, although
    a record of the same name may stand at the same place: it is another run's.
    """

    device: int
    inode: int
    size: int
    changed: int

    @classmethod
    def of(cls, path: Path) -> Footprint | None:
        """As it is now; None where there is none."""
        try:
            found = os.stat(path)  # noqa: PTH116
        except (OSError, ValueError):
            return None
        return cls(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)

    def goes_on_as(self, later: Footprint | None) -> bool:
        """Whether what stands there later may be this file, grown."""
        if later is None or later.size < self.size:
            return False
        return (later.device, later.inode) == (self.device, self.inode)


def is_regular(path: Path) -> bool:
    """Whether a regular file is there, behind links or not."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)  # noqa: PTH116 - Path.is_file asks the same, but hides errors
    except (OSError, ValueError):
        return False


def kind_of(path: Path) -> str:
    """What stands there in place of a file: "a named pipe", "a device"; empty for a regular file or nothing."""
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116
    except (OSError, ValueError):
        return ""
    return next((name for test, name in _KINDS if test(mode)), "")


def _descriptor(path: Path, flags: int) -> int:
    with contextlib.suppress(FileNotFoundError):  # said by opening it, unless that makes it
        _check(path, os.stat(path).st_mode)  # noqa: PTH116 - sockets cannot be opened to be looked at
    descriptor = os.open(path, flags | _NEVER_WAIT, 0o666)
    try:
        _check(path, os.fstat(descriptor).st_mode)  # what was looked at may have been replaced
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _check(path: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        kind = next((name for test, name in _KINDS if test(mode)), "no file")
        raise NotRegularError(errno.EINVAL, f"it is {kind}, not a file", str(path))
