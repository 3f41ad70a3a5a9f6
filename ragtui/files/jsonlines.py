"""JSON Lines that may be damaged: every good line survives, every bad one is named.

A line is read with a length cap, so that one huge line costs no memory. Lines are parsed with orjson; what it refuses
is tried once more with Python's own parser, which knows `NaN`, `Infinity` and lone surrogates.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import orjson

from ragtui.errors import InputError
from ragtui.files.packed import is_packed, open_packed
from ragtui.files.problems import ProblemLog
from ragtui.files.regular import open_regular
from ragtui.files.sizes import megabytes
from ragtui.files.utf16 import as_utf8

MAX_LINE = 64 * 1024 * 1024
"""Bytes of the longest line that is read; longer ones are skipped and named."""

_BOM = b"\xef\xbb\xbf"
_SKIP_CHUNK = 1024 * 1024
_NOT_UTF8 = "text is not UTF-8; unreadable characters are shown as �"


class BadLineError(ValueError):
    """A line that holds no JSON object."""


class ObjectLine(NamedTuple):
    """One parsed line: where it starts in the file (bytes), its 1-based number, its digest and its content."""

    number: int
    offset: int
    digest: int
    record: dict[str, Any]


def read_objects(path: Path, problems: ProblemLog, max_line: int = MAX_LINE) -> Iterator[ObjectLine]:
    """Every line of a file that is a JSON object, in order; the others go to `problems`.

    Raises:
        InputError: the file cannot be opened.
    """
    with open_binary(path) as file:
        number = offset = 0
        while True:
            try:
                raw = file.readline(max_line + 1)
                start, length, number = offset, len(raw), number + 1
                if length > max_line and raw[-1:] != b"\n":
                    length += _skip_rest(file)
                    _note_long(problems, number, length, max_line)
                    raw = b"\n"
            except OSError as error:
                problems.add(f"cannot be read further ({error.strerror or error})", line=number + 1)
                return
            if not raw:
                return
            offset += length
            if number == 1 and raw.startswith(_BOM):
                raw = raw[len(_BOM) :]
                start += len(_BOM)
            if raw.isspace():
                continue
            try:
                record, note = parse_object(raw)
            except BadLineError as error:
                if several := _several(raw):  # one behind the other, or parted by old or odd ends of lines
                    for place, found in several:
                        yield ObjectLine(number, start + place, hash(repr(found)), found)
                    continue
                if raw[-1:] == b"\n":
                    problems.add(f"line skipped: {error}", "fix or remove the line", line=number, kind="bad line")
                else:
                    problems.add(
                        "the last line is incomplete (the writer was stopped); it is left out",
                        "resume the run to repair the file",
                        line=number,
                    )
                continue
            if note:
                problems.add(note, "save the file as UTF-8", line=number)
            yield ObjectLine(number, start, hash(raw.strip()), record)


def parse_object(raw: bytes) -> tuple[dict[str, Any], str]:
    """One line as an object, with a note when its text had to be mended.

    Raises:
        BadLineError: the line is no JSON object.
    """
    note = ""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        value, note = _parse_leniently(raw)
    else:
        value = _exact(raw, value)
    if not isinstance(value, dict):
        raise BadLineError(f"expected an object in braces, found {_named(value)}")
    return value, note


def read_object_at(path: Path, offset: int, max_line: int = MAX_LINE) -> dict[str, Any]:
    """The object on the line that starts at `offset` bytes.

    Raises:
        InputError: the file is gone, or no object starts there any more.
    """
    with open_binary(path) as file:
        file.seek(offset)
        try:
            raw = file.readline(max_line)
            try:
                return parse_object(raw)[0]
            except BadLineError:
                if several := _several(raw):
                    return several[0][1]
                raise
        except (BadLineError, OSError) as error:
            raise InputError(f"{path}: changed while it was open", "reload the run") from error


def open_binary(path: Path) -> BinaryIO:
    """Open a file for reading; a packed one as what is in it.

    Raises:
        InputError: it does not exist, may not be read, or cannot be unpacked.
    """
    try:
        return open_packed(path) if is_packed(path) else as_utf8(path, open_regular(path))
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({error.strerror or error})", "check the path and its rights"
        ) from error


def parse_json(raw: bytes) -> tuple[Any, str]:
    """A JSON document of any type, with a note when its text had to be mended.

    Raises:
        BadLineError: it does not parse.
    """
    try:
        return _exact(raw, orjson.loads(raw)), ""
    except orjson.JSONDecodeError:
        return _parse_leniently(raw.removeprefix(_BOM))


def _parse_leniently(raw: bytes) -> tuple[Any, str]:
    note = ""
    try:
        source = raw.decode("utf-8")
    except UnicodeDecodeError:
        source, note = raw.decode("utf-8", "replace"), _NOT_UTF8
    try:
        return without_surrogates(json.loads(source, object_pairs_hook=_without_doubles)), note
    except DoubleKeyError:
        raise
    except json.JSONDecodeError as error:
        raise BadLineError(f"not valid JSON ({error.msg} at character {error.pos + 1})") from error
    except (ValueError, RecursionError) as error:
        raise BadLineError("not valid JSON (a number too long or brackets too deep)") from error


_BLANKS = b" \t\r\n"
_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_LONG_NUMBER = b"0" * 19
_HIDDEN = re.compile(rb"\\u00(?:20|22|3[aA])")
"""A blank, quotation mark or colon written so that fields in a text cannot be told from others by their signs."""


class DoubleKeyError(BadLineError):
    """An object that says the same field twice, and not the same."""


def _exact(raw: bytes, value: Any) -> Any:
    """What orjson read, unless it lost something: the first of two equal keys, or the digits of a long number.

    Raises:
        BadLineError: a key stands twice with different values.
    """
    if _LONG_NUMBER in raw.translate(_DIGITS) or (b"\\u00" in raw and _HIDDEN.search(raw)) or _lost_a_field(raw, value):
        return _parse_leniently(raw.removeprefix(_BOM))[0]
    return value


def _lost_a_field(raw: bytes, value: Any) -> bool:
    """Whether there are fewer fields in a JSON value than where it was read from.

    Counted are ends of names, of those inside of texts as well, in what was read and in the value written anew: that
    takes a fifth of a walk through the value.
    """
    try:
        written = orjson.dumps(value)
    except orjson.JSONEncodeError:  # nested deeper than can be written
        return True
    return _field_ends(raw) > _field_ends(written)


def _field_ends(text: bytes) -> int:
    return text.translate(None, _BLANKS).count(b'":')


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found and found[key] != value:
            raise DoubleKeyError(f'"{key[:60]}" stands twice in one object, with different values')
        found[key] = value
    return found


_BETWEEN = " \t\r\n,\x1e\u2028\u2029\x85"


def _several(raw: bytes) -> list[tuple[int, dict[str, Any]]]:
    """Objects that stand on one line, with the byte where each starts; empty unless the line holds nothing else.

    It is asked of lines that are no object as they are: one object is there with a comma behind it, as in a list.
    """
    try:
        source = raw.decode("utf-8")
        placed = list(_documents(source))
    except (ValueError, RecursionError):
        return []
    found = [(len(source[:place].encode()), value) for place, value in placed if isinstance(value, dict)]
    return found if len(found) == len(placed) else []


def documents_in(source: str) -> list[Any]:
    """The JSON documents that stand in a text one after another.

    Raises:
        ValueError, RecursionError: it holds something else as well.
    """
    return [value for _, value in _documents(source)]


def _documents(source: str) -> Iterator[tuple[int, Any]]:
    decoder = json.JSONDecoder(object_pairs_hook=_without_doubles)
    place = 0
    while place < len(source):
        if source[place] in _BETWEEN:
            place += 1
            continue
        value, end = decoder.raw_decode(source, place)
        yield place, without_surrogates(value)
        place = end


def without_surrogates(value: Any) -> Any:
    """The same JSON value with lone surrogates replaced by U+FFFD, so that it can be written and shown."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {without_surrogates(key): without_surrogates(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_surrogates(inner) for inner in value]
    return value


def _skip_rest(file: BinaryIO) -> int:
    skipped = 0
    while chunk := file.readline(_SKIP_CHUNK):
        skipped += len(chunk)
        if chunk[-1:] == b"\n":
            break
    return skipped


def _note_long(problems: ProblemLog, number: int, length: int, max_line: int) -> None:
    problems.add(
        f"line skipped: {megabytes(length)} long, the limit is {megabytes(max_line)}",
        "shorten the stored text of this result",
        line=number,
        kind="long line",
    )


def _named(value: Any) -> str:
    names = {list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"}
    return names.get(type(value), "null")
