"""Inspect AI `.eval` archives: ZIP files whose entries are stored, deflated or, since 2026, zstd (method 93).

Python's `zipfile` knows zstd only from 3.14 on, so entries are cut out of the file and decompressed here. Sizes are
limited and checksums checked: a damaged entry is one message, not a crash.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ragtui.errors import InputError
from ragtui.files.jsonlines import BadLineError, open_binary, parse_json

MAX_ENTRY = 512 * 1024 * 1024
"""Bytes of the largest entry that is unpacked."""

MAX_RATIO = 250
"""How many times as large an entry may become: logs reach 5 to 60; a bomb of 33 KB reached 1,000, and 1 GB parsed."""

MAX_TOTAL = 2 * 1024 * 1024 * 1024
"""Bytes that are unpacked of one open archive."""

_SMALL = 1024 * 1024
"""Entries up to this size may be packed as tightly as they like."""

_STORED, _DEFLATED, _ZSTD = 0, 8, 93
_ENCRYPTED = 0x1
_LOCAL_HEADER = struct.Struct("<4s5H3I2H")


class Archive:
    """An open `.eval` file; use it in a `with` block.

    Raises:
        InputError: the file cannot be read or is no ZIP archive.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = open_binary(path)
        self._total = 0
        try:
            with zipfile.ZipFile(self._file) as listing:
                self._entries = {entry.filename: entry for entry in listing.infolist()}
        except (zipfile.BadZipFile, OSError, ValueError, struct.error, NotImplementedError) as error:
            self._file.close()
            raise InputError(
                f"{path}: is damaged or cut short ({error})", "copy the log again; an .eval file is a ZIP archive"
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all entries, in the order they were written."""
        return tuple(self._entries)

    def json(self, name: str) -> Any:
        """One entry as JSON; None when there is no such entry.

        Raises:
            InputError: it is damaged, too large, packed in an unknown way, or no JSON.
        """
        if name not in self._entries:
            return None
        try:
            return parse_json(self._unpacked(self._entries[name]))[0]
        except BadLineError as error:
            raise InputError(f"{self.path}: entry {name} is {error}", "copy the log again") from error

    def _unpacked(self, entry: zipfile.ZipInfo) -> bytes:
        most = min(MAX_ENTRY, max(_SMALL, MAX_RATIO * entry.compress_size), MAX_TOTAL - self._total)
        try:
            content = self._decompressed(entry, most)
        except (zlib.error, OSError, struct.error, ValueError) as error:
            raise InputError(
                f"{self.path}: entry {entry.filename} is damaged ({error})", "copy the log again"
            ) from error
        if len(content) > most:
            raise InputError(
                f"{self.path}: entry {entry.filename} unpacks to more than {most // 2**20} MB from"
                f" {entry.compress_size // 2**10} KB: not read",
                "a log does not pack so tightly; if it is yours, write it as .json",
            )
        self._total += len(content)
        if zlib.crc32(content) != entry.CRC:
            raise InputError(f"{self.path}: entry {entry.filename} is damaged (checksum)", "copy the log again")
        return content

    def _decompressed(self, entry: zipfile.ZipInfo, most: int) -> bytes:
        if entry.flag_bits & _ENCRYPTED:
            raise InputError(f"{self.path}: entry {entry.filename} is encrypted", "save the log without a password")
        self._file.seek(entry.header_offset)
        fields = _LOCAL_HEADER.unpack(self._file.read(_LOCAL_HEADER.size))
        name_length, extra_length = fields[-2], fields[-1]
        self._file.seek(name_length + extra_length, io.SEEK_CUR)
        packed = self._file.read(entry.compress_size)
        if entry.compress_type == _STORED:
            return packed
        if entry.compress_type == _DEFLATED:
            return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, most + 1)
        if entry.compress_type == _ZSTD:
            return _unpack_zstd(self.path, packed, most)
        raise InputError(
            f"{self.path}: entry {entry.filename} is packed with method {entry.compress_type}",
            "ragtui reads stored, deflate and zstd entries",
        )


def _unpack_zstd(path: Path, packed: bytes, most: int) -> bytes:
    try:
        import zstandard
    except ImportError:
        return _unpack_zstd_natively(path, packed, most)
    try:
        with zstandard.ZstdDecompressor().stream_reader(packed) as reader:
            content: bytes = reader.read(most + 1)
            return content
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from error


def _unpack_zstd_natively(path: Path, packed: bytes, most: int) -> bytes:
    """Python 3.14 and later carry zstd themselves."""
    import importlib

    try:
        zstd = importlib.import_module("compression.zstd")
    except ImportError as error:
        raise InputError(f"{path}: is packed with zstd", "pip install zstandard") from error
    try:
        content: bytes = zstd.ZstdDecompressor().decompress(packed, most + 1)
        return content
    except zstd.ZstdError as error:
        raise ValueError(str(error)) from error
