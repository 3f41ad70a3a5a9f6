"""Tables as rows: CSV, JSON Lines, or a list in a JSON document. Rows are found again by where they start."""

from __future__ import annotations

import csv
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from ragtui.errors import InputError
from ragtui.files.jsonlines import MAX_LINE, open_binary, read_object_at, read_objects
from ragtui.files.problems import ProblemLog

_BOM = b"\xef\xbb\xbf"
_PROBE = 256
_SEPARATORS = (",", "\t", ";", "|")

Cells = Mapping[str, Any]


class NotATableError(InputError):
    """A file with a table's ending that holds none; passed over unless it was named directly."""


class Row(NamedTuple):
    """One row: its 1-based line, where it starts, a digest of its content, its cells by column name."""

    line: int
    place: int
    digest: int
    cells: Cells


class Rows(ABC):
    """A table that can be read again and again."""

    path: Path
    columns: tuple[str, ...]

    @abstractmethod
    def read(self, problems: ProblemLog) -> Iterator[Row]:
        """Every good row, in order; the others go to `problems`."""

    @abstractmethod
    def at(self, place: int) -> Cells:
        """The cells of the row that starts at a place.

        Raises:
            InputError: the file changed since.
        """

    def probe(self, count: int = _PROBE) -> list[Cells]:
        """The first rows, for guessing what the columns mean."""
        return [row.cells for row, _ in zip(self.read(ProblemLog(str(self.path))), range(count), strict=False)]


class CsvRows(Rows):
    """A CSV file with a header line; the separator is the one that occurs most often in the header.

    Raises:
        InputError: the file cannot be read or is empty.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        csv.field_size_limit(MAX_LINE)
        with open_binary(path) as file:
            head = file.readline(MAX_LINE)
            if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
                raise InputError(f"{path}: is UTF-16 text", "save it as CSV in UTF-8")
            if b"\0" in head:
                raise NotATableError(f"{path}: is not a text file", "a score table is CSV or JSON Lines")
            source = _decode(head.removeprefix(_BOM), [])
            self._separator = max(_SEPARATORS, key=source.count)
            file.seek(0)
            try:
                header = next(csv.reader(_lines(file, [], [0]), delimiter=self._separator), [])
            except csv.Error as error:
                raise InputError(
                    f"{path}: the header cannot be read ({error})", "a CSV file starts with names"
                ) from error
        if not any(name.strip() for name in header):
            raise NotATableError(f"{path}: is empty", "a score table starts with a line of column names")
        self.columns = _distinct(header)

    def read(self, problems: ProblemLog) -> Iterator[Row]:
        """Rows with as many cells as the header; blank lines are skipped."""
        damaged: list[int] = []
        with open_binary(self.path) as file:
            at = [0]
            reader = csv.reader(_lines(file, damaged, at), delimiter=self._separator)
            header_read, place = False, 0
            while True:
                line = reader.line_num + 1
                try:
                    cells = next(reader, None)
                except csv.Error as error:
                    problems.add(f"row skipped: {error}", "fix the quotes", line=line, kind="csv error")
                    place = at[0]
                    continue
                if cells is None:
                    break
                start, place = place, at[0]
                if not header_read:
                    header_read = True
                elif len(cells) > len(self.columns):
                    problems.add(
                        f"row skipped: {len(cells)} cells, the header has {len(self.columns)}",
                        "quote texts that hold the separator",
                        line=line,
                        kind="too many cells",
                    )
                elif cells:
                    if len(cells) < len(self.columns):
                        problems.add(
                            f"row has only {len(cells)} of {len(self.columns)} cells; the others are missing",
                            line=line,
                            kind="too few cells",
                        )
                    yield Row(line, start, hash(tuple(cells)), self._by_name(cells))
        if damaged:
            problems.add("text is not UTF-8; it is read as Latin-1", "save the file as UTF-8", line=damaged[0])

    def at(self, place: int) -> Cells:
        """The cells of the row that starts at a byte offset."""
        with open_binary(self.path) as file:
            file.seek(place)
            try:
                cells = next(csv.reader(_lines(file, [], [0]), delimiter=self._separator))
            except (StopIteration, csv.Error) as error:
                raise InputError(f"{self.path}: changed while it was open", "reload the run") from error
        return self._by_name(cells)

    def _by_name(self, cells: Sequence[str]) -> Cells:
        if self._separator == ";":
            cells = [_decimal_point(cell) for cell in cells]
        return dict(zip(self.columns, cells, strict=False))


class LineRows(Rows):
    """A JSON Lines file; its columns are the fields of its first rows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.columns = _fields(self.probe())

    def read(self, problems: ProblemLog) -> Iterator[Row]:
        """Every line that is an object."""
        for line in read_objects(self.path, problems):
            yield Row(line.number, line.offset, line.digest, line.record)

    def at(self, place: int) -> Cells:
        """The object on the line that starts at a byte offset."""
        return read_object_at(self.path, place)


class ListRows(Rows):
    """A list of objects from a JSON document, in memory."""

    def __init__(self, path: Path, entries: Sequence[Any]) -> None:
        self.path = path
        self._entries = entries
        self.columns = _fields([entry for entry in entries[:_PROBE] if isinstance(entry, dict)])

    def read(self, problems: ProblemLog) -> Iterator[Row]:
        """Every entry that is an object."""
        for place, entry in enumerate(self._entries):
            if isinstance(entry, dict):
                yield Row(0, place, hash(repr(entry)), entry)
            else:
                problems.add(f"entry {place + 1} is not an object: left out", kind="entry type")

    def at(self, place: int) -> Cells:
        """The entry at a position."""
        found: Cells = self._entries[place]
        return found


def _lines(file: BinaryIO, damaged: list[int], at: list[int]) -> Iterator[str]:
    """Decoded lines; `at[0]` is the offset behind the last one given out."""
    number = 0
    while raw := file.readline(MAX_LINE):
        number += 1
        at[0] += len(raw)
        yield _decode(raw.removeprefix(_BOM) if number == 1 else raw, damaged, number)


def _decode(raw: bytes, damaged: list[int], number: int = 1) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        damaged.append(number)
        return raw.decode("latin-1")


def _distinct(header: Sequence[str]) -> tuple[str, ...]:
    """Column names, unnamed and repeated ones made distinct."""
    names: dict[str, None] = {}
    for position, given in enumerate(header, start=1):
        name = base = given.strip() or f"column {position}"
        count = 1
        while name in names:
            count += 1
            name = f"{base} ({count})"
        names[name] = None
    return tuple(names)


def _fields(rows: Sequence[Cells]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for row in rows for name in row))


def _decimal_point(cell: str) -> str:
    """ "0,85" as "0.85": tables separated by semicolons often come with decimal commas."""
    whole, comma, fraction = cell.partition(",")
    return f"{whole}.{fraction}" if comma and fraction.isdecimal() and whole.lstrip("-").isdecimal() else cell
