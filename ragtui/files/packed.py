"""Files packed as .gz, .bz2, .xz or .zst, read like the file inside, with bounds on what they may become.

A few kilobytes can become gigabytes, so a packed file is unpacked into memory up to `MOST` bytes, and no further than
`RATIO` times its own size once it is larger than `ALWAYS`.
"""

from __future__ import annotations

import bz2
import gzip
import importlib
import io
import lzma
import zlib
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from ragtui.errors import InputError
from ragtui.files.regular import open_regular

PACKED = (".gz", ".bz2", ".xz", ".zst")
MOST = 256 * 1024 * 1024
"""Bytes of the largest file that is unpacked."""
ALWAYS = 32 * 1024 * 1024
"""Bytes up to which any ratio is allowed: texts that repeat themselves pack very well."""
RATIO = 100
FEW = 4
"""Times its own size that any file may become, however large it is."""


def bound(size: int) -> int:
    """Bytes that a packed file of so many bytes may become."""
    return max(ALWAYS, min(MOST, RATIO * size), FEW * size)


def inner_name(name: str) -> str:
    """A file's name without the ending that says how it is packed."""
    lower = name.lower()
    return next((name[: -len(ending)] for ending in PACKED if lower.endswith(ending)), name)


def is_packed(path: Path) -> bool:
    """Whether a file's name says that it is packed."""
    return path.suffix.lower() in PACKED


def open_packed(path: Path) -> BinaryIO:
    """What is in a packed file, as a file of its own.

    Raises:
        InputError: it is damaged, becomes too large, or is packed with something that is not installed.
        OSError: it cannot be opened.
    """
    status = path.stat()
    return io.BytesIO(_unpacked(path, status.st_mtime_ns, status.st_size))


@lru_cache(1)
def _unpacked(path: Path, _changed: int, size: int) -> bytes:
    """Kept until another file is unpacked: listing, telling the format and reading ask for the same one."""
    most = min(MOST, bound(size))
    with open_regular(path) as file:
        try:
            with _reader(path, file, most) as reader:
                content: bytes = reader.read(most + 1)
        except (EOFError, OSError, zlib.error, lzma.LZMAError, ValueError, RuntimeError) as error:
            raise InputError(
                f"{path}: cannot be unpacked ({error})", "it is damaged or cut short; copy it again"
            ) from error
    if len(content) > most:
        raise InputError(
            f"{path}: becomes larger than {most // 2**20} MB when unpacked: not read",
            "unpack it yourself if it is not meant to harm",
        )
    return content


def _reader(path: Path, file: BinaryIO, most: int) -> Any:
    ending = path.suffix.lower()
    if ending == ".gz":
        return gzip.GzipFile(fileobj=file)
    if ending == ".bz2":
        return bz2.BZ2File(file)
    if ending == ".xz":
        return lzma.LZMAFile(file)
    try:
        return importlib.import_module("compression.zstd").ZstdFile(file)
    except ImportError:
        pass
    try:
        zstandard = importlib.import_module("zstandard")
    except ImportError as error:
        raise InputError(f"{path}: is packed with zstd", "pip install zstandard") from error
    try:
        unpacked = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
        return io.BytesIO(unpacked.read(most + 1))
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from error
