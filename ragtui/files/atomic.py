"""Writing a whole file so that a reader, a crash or a full disk never sees half of it."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from ragtui.errors import InputError, RagtuiError
from ragtui.files.jsonlines import without_surrogates


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


def write_bytes(path: Path, content: bytes) -> None:
    """Replace a file by new content, durably and all at once.

    Raises:
        InputError: it cannot be written; the old file is untouched.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise write_error(path, error) from error


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
