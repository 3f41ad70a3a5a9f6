"""Writing a whole file so that a reader, a crash or a full disk never sees half of it."""

from __future__ import annotations

import contextlib
import errno
import glob
import io
import json
import os
import secrets
import stat
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from ragtui.errors import InputError, RagtuiError
from ragtui.files.jsonlines import without_surrogates
from ragtui.places import real_path

_LEFT_BEHIND_S = 600.0


def dump_json(value: Any, *, indent: bool = False) -> bytes:
    """JSON in UTF-8 with a newline; lone surrogates become U+FFFD and what JSON does not know becomes text."""
    options = orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS | (orjson.OPT_INDENT_2 if indent else 0)
    try:
        return orjson.dumps(value, default=_plain, option=options)
    except TypeError:  # a lone surrogate or a whole number beyond 64 bits
        mended = without_surrogates(json.loads(json.dumps(value, default=_plain)))
        return json.dumps(mended, ensure_ascii=False, indent=2 if indent else None).encode() + b"\n"


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(map(str, value))
    return str(value)


def write_json(path: Path, value: Any) -> None:
    """Replace a JSON file: a temporary file beside it, fsync, rename.

    Raises:
        InputError: it cannot be written; the old file is untouched.
    """
    write_bytes(path, dump_json(value, indent=True))


def write_bytes(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Replace a file by new content, all at once.

    Args:
        path: the file; its folder exists.
        content: everything that it holds from now on.
        durable: make sure that a power cut leaves the new content or the old. Without it a power cut may lose the
            new content; for what is written every second and means nothing tomorrow.

    Raises:
        InputError: it cannot be written; the old file is untouched.
    """
    _refuse_devices(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
        if durable:
            sync_folder(path.parent)
            _remove_leftovers(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise write_error(path, error) from error


def write_named(path: Path, content: bytes) -> None:
    """Write a file that a person named, such as a report.

    A link is followed, as every program does for what it is told; a regular file is replaced as a whole; what is no
    file (`/dev/stderr`, a named pipe somebody reads) is written to. Files of ragtui's own never follow a link: a
    stranger's folder could lead one anywhere.

    Raises:
        InputError: it cannot be written; a regular file is untouched.
    """
    target = real_path(path)
    try:
        if not target.exists() or target.is_file():
            write_bytes(target, content)
            return
        # Without a reader a pipe is refused instead of waited for.
        with os.fdopen(os.open(target, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0)), "wb") as file:
            if sys.platform != "win32":
                os.set_blocking(file.fileno(), True)
            file.write(content)
    except OSError as error:
        raise write_error(path, error) from error


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[io.BufferedWriter]:
    """Write a file piece by piece that appears under its name only when the block ends well.

    Raises:
        InputError: it cannot be written; nothing is left behind.
    """
    _refuse_devices(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError):
            raise write_error(path, error) from error
        raise


def _refuse_devices(path: Path) -> None:
    """See that a rename would not take the place of a device or a pipe, as root could do to /dev/null.

    Raises:
        InputError: it would.
    """
    with contextlib.suppress(OSError):
        mode = path.lstat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode) or stat.S_ISDIR(mode)):
            raise InputError(f"{path}: is no regular file", "name another one, or take it away")


def _remove_leftovers(path: Path) -> None:
    """Remove what writers of this file left behind when they were killed; a live one renames within seconds."""
    with contextlib.suppress(OSError):
        for left in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
            if time.time() - left.stat().st_mtime > _LEFT_BEHIND_S:
                left.unlink()


def write_error(path: Path, error: OSError) -> RagtuiError:
    """The message for a file that cannot be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return InputError(f"{path}: the disk is full", "free some space, then resume; nothing already written is lost")
    return InputError(f"{path}: cannot be written ({error.strerror or error})", "check the folder and its rights")


def sync_folder(folder: Path) -> None:
    """Make a rename or a new file in a folder survive a power cut, where the system can do that."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
