"""The beginning of a file, looked at once for all formats: what kind of text it is, and the shape of what it holds.

Recognising a thousand files must not mean parsing them: at most `HEAD` bytes are read, and a JSON document that goes on
behind them is cut at its last whole value and closed, so that its shape can be looked at as an ordinary object.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from ragtui.errors import InputError
from ragtui.files.jsonlines import BadLineError, DoubleKeyError, open_binary, parse_json
from ragtui.files.packed import inner_name

HEAD = 64 * 1024
"""Bytes that are looked at; a file that is no longer is parsed as a whole."""

LONG = 4 * 1024 * 1024
"""Bytes that are looked at where the first entry of a list or of lines is longer than `HEAD`."""

MAX_DOCUMENT = 512 * 1024 * 1024
"""Bytes of the largest JSON document that is read: it has to fit into memory as a whole."""

_BOM = b"\xef\xbb\xbf"
LINES = (".jsonl", ".ndjson", ".jsonlines", ".jl")
"""Endings of JSON Lines."""
_SQLITE = b"SQLite format 3\0"
_TOKENS = re.compile(rb'(?s)"(?:[^"\\]++|\\.)*+"|["\[\]{},]')
_SEPARATORS = (",", "\t", ";", "|")
_SPREADSHEET = b",;\t"
_PADDED = (b",,", b";;", b"\t\t")
"""Separators that a spreadsheet writes behind the last cell of a short line."""
PREAMBLE = 12
"""Lines at the beginning of a table among which the names of its columns have to stand."""


class Peek:
    """A file's beginning.

    Attributes:
        path: the file.
        suffix: its ending, in lower case; of a packed file the one of what is in it.
        start: its first bytes.
        whole: whether that is all of it.

    Raises:
        InputError: the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.suffix = Path(inner_name(path.name)).suffix.lower()
        with open_binary(path) as file:
            try:
                start = file.read(HEAD + 1)
            except OSError as error:
                raise InputError(f"{path}: cannot be read ({error.strerror or error})", "check its rights") from error
        self.whole = len(start) <= HEAD
        self.start = start[:HEAD].removeprefix(_BOM)

    @cached_property
    def kind(self) -> str:
        """ "json", "lines", "table", "zip", "sqlite", "binary" or "empty"."""
        first = self.start.lstrip()[:1]
        if not first:
            return "empty"
        if self.start.startswith(b"PK\x03\x04"):
            return "zip"
        if self.start.startswith(_SQLITE):
            return "sqlite"
        if b"\0" in self.start[:4096]:
            return "binary"
        if first not in b"{[":
            return "json" if self.suffix == ".json" else "lines" if self._begins_late() else "table"
        if first == b"{" and (self.suffix in LINES or self._several_objects()):
            return "lines"
        return "json"

    @cached_property
    def document(self) -> Any:
        """A JSON document, or as much of it as its beginning or its undamaged part tells; None for other files."""
        if self.kind != "json":
            return None
        if self._parsed is not None:
            return self._parsed
        try:
            found = parse_json(closed(self.start))[0]
            if isinstance(found, list) and len(found) == 1 and not self.whole:  # its first entry may be cut
                found = parse_json(closed(self._longer()))[0]
        except BadLineError:
            return None
        return found

    @cached_property
    def top(self) -> Mapping[str, Any]:
        """A JSON document that is an object; empty for everything else."""
        return self.document if isinstance(self.document, dict) else {}

    @cached_property
    def record(self) -> Mapping[str, Any]:
        """The first object of JSON Lines or of a JSON list; empty where there is none."""
        if self.kind == "lines":
            return self._first_line()
        listed = self.document
        return next((entry for entry in listed if isinstance(entry, dict)), {}) if isinstance(listed, list) else {}

    @cached_property
    def fields(self) -> frozenset[str]:
        """Names of columns: of a table, of the first record, or of a data frame written as JSON."""
        if self.kind == "table":
            return frozenset(self._header())
        if self.record:
            return frozenset(self.record)
        columns = self.top.get("columns")
        if isinstance(columns, list) and "data" in self.top:
            return frozenset(name for name in columns if isinstance(name, str))
        if (
            "schema" in self.top
            and isinstance(rows := self.top.get("data"), list)
            and rows
            and isinstance(rows[0], dict)
        ):
            return frozenset(rows[0])
        if self.top and all(isinstance(value, dict) for value in self.top.values()):
            rows_by_index = all(map(str.isdecimal, self.top))
            return frozenset(next(iter(self.top.values())) if rows_by_index else self.top)
        return frozenset()

    def load(self) -> Any:
        """The whole JSON document.

        Raises:
            InputError: it is too large, cannot be read or is no JSON.
        """
        return load_json(self.path) if self._parsed is None else self._parsed

    @cached_property
    def _parsed(self) -> Any:
        """The whole document of a short file; None where it goes on, or is damaged."""
        if not self.whole:
            return None
        try:
            return parse_json(self.start)[0]
        except BadLineError:
            return None

    def _longer(self) -> bytes:
        """A longer beginning, for files whose first entry is longer than the usual one."""
        with open_binary(self.path) as file:
            try:
                return file.read(LONG).removeprefix(_BOM)
            except OSError:
                return self.start

    def _several_objects(self) -> bool:
        """Whether an object ends on the first line and another one begins on the next: JSON Lines by another name."""
        head, _, rest = self.start.lstrip().partition(b"\n")
        if not head.rstrip().endswith(b"}") or not rest.lstrip().startswith(b"{"):
            return False
        try:
            return isinstance(parse_json(head)[0], dict)
        except BadLineError:
            return False

    def _begins_late(self) -> bool:
        """Whether JSON Lines by their ending begin with a remark: an object starts one of the next lines."""
        return self.suffix in LINES and any(line.startswith(b"{") for line in self.start.split(b"\n")[1:PREAMBLE])

    def _first_line(self) -> Mapping[str, Any]:
        rest = self.start
        for _ in range(PREAMBLE):  # a damaged first line does not hide what the others are
            line, end, rest = rest.partition(b"\n")
            if not end and not self.whole:  # a first line with a long text: what it is may stand behind that
                line = self._longer()[len(self.start) - len(line) :].partition(b"\n")[0]
            try:
                found = parse_json(line if len(line) < LONG else closed(line))[0] if line.strip() else None
            except BadLineError:
                found = None
            if isinstance(found, dict):
                return found
        return {}

    def _header(self) -> list[str]:
        source = self.start.decode("utf-8", "replace")
        lines = source.splitlines(keepends=True)
        lines = lines[header_place([line.encode() for line in lines[:PREAMBLE]]) :]
        first = lines[0] if lines else ""
        separator = max(_SEPARATORS, key=first.count)
        try:
            return [name.strip() for name in next(csv.reader(lines, delimiter=separator), [])]
        except csv.Error:
            return []


class ListedPeek(Peek):
    """One document of several in a list, or on the lines of a file: looked at like a file of its own.

    Attributes:
        place: which of the objects it is, from 0.
    """

    def __init__(self, outer: Peek, place: int, document: Mapping[str, Any]) -> None:
        self.path, self.suffix, self.start, self.whole = outer.path, ".json", b"{", True
        self.place = place
        self._listed = dict(document)

    @cached_property
    def kind(self) -> str:
        """Always "json"."""
        return "json"

    @cached_property
    def document(self) -> Any:
        """The document."""
        return self._listed

    def load(self) -> Any:
        """The document."""
        return self._listed


def header_place(lines: Sequence[bytes]) -> int:
    """Which of a table's first lines names its columns: behind empty lines, comments and a title of one cell."""
    lines = [line.rstrip().rstrip(_SPREADSHEET) if line.rstrip().endswith(_PADDED) else line for line in lines]
    filled = [place for place, line in enumerate(lines) if line.strip()]
    for place, following in pairwise(filled):
        line, signs = lines[place], [sign.encode() for sign in _SEPARATORS]
        fewer = all(line.count(sign) < max(1, lines[following].count(sign)) for sign in signs)
        after = [lines[later] for later in filled if later > place]
        title = not any(sign in line for sign in signs) and any(
            sign in lines[following] or (len(after) > 3 and all(sign in other for other in after[2:])) for sign in signs
        )
        remark = fewer or line.startswith(
            b"# "
        )  # "#,question" is a column of row numbers, "# main, judged twice" is none
        if b'"' in line or not (title or (remark and line.startswith(b"#"))):
            return place
    return filled[0] if filled else 0


def load_json(path: Path) -> Any:
    """A whole JSON document.

    Raises:
        InputError: it is too large, cannot be read or is no JSON.
    """
    try:
        return parse_json(_raw(path))[0]
    except BadLineError as error:
        raise InputError(f"{path}: {error}", "the file may be cut short; write or copy it again") from error


def load_as_written(peek: Peek) -> tuple[Any, str]:
    """A whole JSON document, or what people take for one, and how it differs from JSON; empty where it does not.

    Raises:
        InputError: it is too large, cannot be read or is neither.
    """
    try:
        return peek.load(), ""
    except InputError as error:
        if not isinstance(error.__cause__, BadLineError) or isinstance(error.__cause__, DoubleKeyError):
            raise
        from ragtui.files.handwritten import parse_by_hand

        try:
            return parse_by_hand(_raw(peek.path))
        except BadLineError as other:
            if "Python" in str(other):
                raise InputError(f"{peek.path}: {other}", "write it with json.dump") from other
            raise error from None


def _raw(path: Path) -> bytes:
    with open_binary(path) as file:
        try:
            raw = file.read(MAX_DOCUMENT + 1)
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror or error})", "check its rights") from error
    if len(raw) > MAX_DOCUMENT:
        raise InputError(f"{path}: larger than {MAX_DOCUMENT // 2**20} MB", "write it as JSON Lines")
    return raw


def closed(start: bytes) -> bytes:
    """The beginning of a JSON document, cut behind its last whole value and closed with the brackets that are open."""
    open_brackets = bytearray()
    cut = depth = 0
    for token in _TOKENS.finditer(start):
        sign = token[0]
        if sign == b'"':  # a text that goes on behind the cut
            break
        if sign in b"{[":
            open_brackets += b"}" if sign == b"{" else b"]"
            cut, depth = token.end(), len(open_brackets)
        elif sign in b"}]" and open_brackets:
            open_brackets.pop()
            cut, depth = token.end(), len(open_brackets)
        elif sign == b",":
            cut, depth = token.start(), len(open_brackets)
    return start[:cut] + open_brackets[:depth][::-1]
