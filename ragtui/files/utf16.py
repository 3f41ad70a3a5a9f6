"""Text in UTF-16, as Excel and PowerShell write it, read as if it were UTF-8."""

from __future__ import annotations

import io
import os
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from ragtui.files.regular import open_regular

ENDINGS = (".csv", ".tsv", ".tab", ".psv", ".txt", ".md", ".json", ".jsonl", ".ndjson")
MOST = 128 * 1024 * 1024
"""Bytes of the largest file that is rewritten in memory; a larger one is named as what it is by whoever reads it."""
_HEAD = 4096
_ZEROS = 20
"""One byte in so many at least is zero: digits, commas, quotes and line ends have one each, whatever the language."""
_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


def as_utf8(path: Path, file: BinaryIO) -> BinaryIO:
    """The file, or what it says in UTF-8 where it begins with the mark of UTF-16; its place is the beginning."""
    if not path.name.lower().endswith(ENDINGS):
        return file
    head = file.read(_HEAD)
    file.seek(0)
    if head[:2] not in _MARKS or head[2:4] == b"\0\0":  # four bytes with two zeros are the mark of UTF-32
        return file
    if not _reads(path, head):  # the mark alone is a damaged first line, and the others count
        return file
    status = os.fstat(file.fileno())
    if status.st_size > MOST:
        return file
    file.close()
    return io.BytesIO(_rewritten(path, status.st_mtime_ns, status.st_size))


def _reads(path: Path, head: bytes) -> bool:
    """Whether the beginning makes sense in UTF-16: JSON begins as JSON does, a table has its commas and line ends."""
    if path.suffix.lower() in (".json", ".jsonl", ".ndjson"):
        text = head[2 : len(head) // 2 * 2].decode(_MARKS[head[:2]], "replace").lstrip("\ufeff \t\r\n")
        return text[:1] in ("{", "[", "")
    return head.count(0) >= len(head) / _ZEROS


@lru_cache(1)
def _rewritten(path: Path, _changed: int, _size: int) -> bytes:
    """Kept until another file is asked for: every text of a run is looked up by its place."""
    with open_regular(path) as file:
        raw = file.read(MOST)
    return raw[2:].decode(_MARKS.get(raw[:2], "utf-8"), "replace").encode()
