"""Tables as rows: CSV, JSON Lines, or a list in a JSON document. Rows are found again by where they start."""

from __future__ import annotations

import contextlib
import csv
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from ragtui.errors import InputError
from ragtui.files.jsonlines import MAX_LINE, open_binary, read_object_at, read_objects
from ragtui.files.problems import ProblemLog
from ragtui.files.regular import Footprint
from ragtui.model import Problem
from ragtui.sources.peek import PREAMBLE, header_place
from ragtui.sources.table.cells import plain_number
from ragtui.sources.table.header import ROWS_NAMED, ColumnNames, are_named_rows, are_plain, distinct_names, names_of
from ragtui.sources.table.meaning.names import is_no_score

_BOM = b"\xef\xbb\xbf"
PROBE = 256
_LOOKED_AT = 64 * 1024
_PROBED_LINES = 20
_SEPARATORS = (",", "\t", ";", "|")
_SAID = re.compile(r"sep=(.)", re.IGNORECASE)

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
    assumed: tuple[str, ...] = ()
    """What was taken for granted to get at the rows, as sentences for a person."""
    _footprint: Footprint | None = None

    @abstractmethod
    def read(self, problems: ProblemLog) -> Iterator[Row]:
        """Every good row, in order; the others go to `problems`."""

    @abstractmethod
    def at(self, place: int) -> Cells:
        """The cells of the row that starts at a place.

        Raises:
            InputError: the file changed since.
        """

    def _check_footprint(self) -> None:
        """See that places in the file are still what they were when it was read.

        Raises:
            InputError: another file stands there, or a shorter one.
        """
        if self._footprint is not None and not self._footprint.goes_on_as(Footprint.of(self.path)):
            raise InputError(f"{self.path}: changed while it was open", "reload the run")

    def probe(self, count: int = PROBE) -> list[Cells]:
        """The first rows, for guessing what the columns mean."""
        return [row.cells for row, _ in zip(self.read(ProblemLog(str(self.path))), range(count), strict=False)]

    def why_none(self) -> Problem | None:
        """What is wrong with the first row where none can be read; None where one can, or where there are none."""
        problems = ProblemLog(str(self.path))
        if next(self.read(problems), None) is not None:
            return None
        first = next(iter(problems.found()), None)
        return replace(first, message=f"no row can be read: {first.message}") if first else None

    def none(self) -> InputError:
        """That no row can be read, for whoever named the file."""
        if (why := self.why_none()) is None:
            return InputError(f"{self.path}: no rows", "the file holds column names only")
        place = f"line {why.line}: " if why.line else ""
        return InputError(f"{self.path}: {place}{why.message}", why.hint)


class HeldRows(Rows):
    """Rows of a small table, read once and kept while it is looked at."""

    def __init__(self, rows: Rows) -> None:
        self.path, self.columns, self.assumed = rows.path, rows.columns, rows.assumed
        self._source = rows
        problems = ProblemLog(str(rows.path))
        self._held = tuple(rows.read(problems))
        self._problems = problems.found()

    def read(self, problems: ProblemLog) -> Iterator[Row]:
        """The rows, and what was wrong with them."""
        for problem in self._problems:
            problems.keep(problem)
        yield from self._held

    def at(self, place: int) -> Cells:
        """The cells of a row, as they are in the file now."""
        return self._source.at(place)


class CsvRows(Rows):
    """A CSV file with a header line; the separator is the one that occurs most often in the header.

    Raises:
        InputError: the file cannot be read or is empty.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        csv.field_size_limit(MAX_LINE)
        with open_binary(path) as file:
            head, preamble = _header_line(file)
            if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
                raise InputError(f"{path}: is UTF-16 or UTF-32 text, and too large or damaged", "save it in UTF-8")
            if b"\0" in head:
                raise NotATableError(f"{path}: is not a text file", "a score table is CSV or JSON Lines")
            source = _decode(head.removeprefix(_BOM), []).partition("\r")[0]
            told = _SAID.fullmatch(source.strip())  # Excel's own first line
            self._separator = told[1] if told else max(_SEPARATORS, key=source.count)
            self._skipped = 1 if told else preamble
            file.seek(0)
            try:
                lines = csv.reader(_lines(file, [], [0]), delimiter=self._separator, skipinitialspace=True)
                for _ in range(self._skipped):
                    next(lines, None)
                filled = (cells for cells in lines if any(cell.strip() for cell in cells))
                header = next(filled, [])
                first = list(_some(filled, 3)) if header else []
                named = False
                if len(first) > 1 and len(first[0]) == len(header) + 1:
                    first += _some(filled)
                    if named := are_named_rows(header, first):
                        header = ["", *header]
                self.names = (
                    ColumnNames(tuple(header)) if are_plain(header) else names_of([header, *first, *_some(filled)])
                )
                if named:
                    self.names = replace(self.names, assumed=ROWS_NAMED)
            except csv.Error as error:
                raise InputError(
                    f"{path}: the header cannot be read ({error})", "a CSV file starts with names"
                ) from error
        if not any(name.strip() for name in header):
            raise NotATableError(f"{path}: is empty", "a score table starts with a line of column names")
        self.columns = distinct_names(self.names.names)
        self._header = tuple(name.strip().casefold() for name in header) if self.names.lines else ()
        self._headers: dict[int, tuple[str, ...]] = {}
        self._numeric: set[int] | None = None
        perhaps = self._separator != "," or any(_DECIMAL.fullmatch(cell.strip()) for cells in first for cell in cells)
        self._decimal_commas = self._with_decimal_commas() if perhaps else frozenset()

    def read(self, problems: ProblemLog) -> Iterator[Row]:
        """Rows with as many cells as the header; blank lines are skipped."""
        damaged: list[int] = []
        self._footprint = Footprint.of(self.path)
        size, ended = _ending(self.path)
        with open_binary(self.path) as file:
            at = [0]
            reader = csv.reader(_lines(file, damaged, at), delimiter=self._separator, skipinitialspace=True)
            names_left, place, known = self.names.lines, 0, self.columns
            for _ in range(self._skipped):
                next(reader, None)
                place = at[0]
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
                while len(cells) > len(known) and not cells[-1].strip():
                    cells.pop()  # a separator at the end of the line
                if names_left:
                    names_left -= any(cell.strip() for cell in cells)
                elif cells and (other := self._other_header(cells)):
                    known = self._headers[at[0]] = other
                    self._say_header(other, line, problems)
                elif cells and not self._left_out(cells, known, line, problems, unended=at[0] == size and not ended):
                    self._say_doubts(cells, known, line, problems)
                    yield Row(line, start, hash(tuple(cells)), self._by_name(cells, known))
        if damaged:
            problems.add("text is not UTF-8; it is read as Latin-1", "save the file as UTF-8", line=damaged[0])

    def _other_header(self, cells: Sequence[str]) -> tuple[str, ...]:
        """What columns are called from here on, where a line names those of the header again, perhaps among others."""
        told = [cell.strip().casefold() for cell in cells]
        common = set(told) & set(self._header)
        if min(len(self._header), len(common)) < 2 or len(set(told)) < len(told):
            return ()
        if len(common) < min(len(set(self._header)), len(told)):
            return ()
        called = dict(zip(self._header, self.columns, strict=True))
        return tuple(called.get(name) or cell.strip() for name, cell in zip(told, cells, strict=True))

    def _say_header(self, other: Sequence[str], line: int, problems: ProblemLog) -> None:
        """That names occur again, and which columns that takes from the rows below."""
        if tuple(other) == self.columns:
            said, hint = "the header line occurs again: left out (two files put together?)", ""
        else:
            more = [repr(name) for name in other if name not in self.columns]
            less = [repr(name) for name in self.columns if name not in other]
            parts = [f"{', '.join(more[:3])} more" if more else "", f"no {', '.join(less[:3])}" if less else ""]
            told = " and ".join(part for part in parts if part) or "another order"
            said = f"another header line, with {told}: the rows below are read by it, without what the first lacks"
            hint = "write the two tables to files of their own"
        problems.add(said, hint, line=line, kind="header again")

    def _left_out(
        self, cells: Sequence[str], known: Sequence[str], line: int, problems: ProblemLog, *, unended: bool
    ) -> bool:
        """Whether a line is no row, or one that cannot be trusted; why is said. `unended`: the file ends within it."""
        if len(cells) < len(known) and cells[0].lstrip().startswith("#"):
            problems.add("a remark between the rows: left out", line=line, kind="remark")
        elif len(cells) > len(known):
            problems.add(
                f"row skipped: {len(cells)} cells, the header has {len(known)}",
                "quote texts that hold the separator",
                line=line,
                kind="too many cells",
            )
        elif unended and _breaks_off(cells, len(known)):
            problems.add(
                "the last line has no end and breaks off in a number or before its last cell: left out",
                "the file may be cut short; write or copy it again",
                line=line,
            )
        else:
            return False
        return True

    def _say_doubts(self, cells: Sequence[str], known: Sequence[str], line: int, problems: ProblemLog) -> None:
        """Of a row that is kept."""
        if line < _PROBED_LINES:
            self._look_for_numbers(cells)
        if (swallowed := self._swallowed(cells)) > 0:
            problems.add(
                f"a cell goes over {swallowed + 1} lines from here, and holds what look like rows of their own: they"
                " are not read",
                "a quote is not closed, or stands alone; fix it on this line",
                line=line,
                kind="rows in a cell",
            )
        if len(cells) < len(known):
            problems.add(
                f"row has only {len(cells)} of {len(known)} cells; the others are missing",
                line=line,
                kind="too few cells",
            )

    def at(self, place: int) -> Cells:
        """The cells of the row that starts at a byte offset."""
        self._check_footprint()
        with open_binary(self.path) as file:
            file.seek(place)
            try:
                cells = next(csv.reader(_lines(file, [], [0]), delimiter=self._separator, skipinitialspace=True))
            except (StopIteration, csv.Error) as error:
                raise InputError(f"{self.path}: changed while it was open", "reload the run") from error
        before = [header for header in self._headers if header <= place]
        return self._by_name(cells, self._headers[max(before)] if before else self.columns)

    def _by_name(self, cells: Sequence[str], known: Sequence[str]) -> Cells:
        found = dict(zip(known, cells, strict=False))
        if known is not self.columns:
            found = {name: cell for name, cell in found.items() if name in self.columns}
        for name in self._decimal_commas:
            if name in found:
                found[name] = _decimal_point(found[name])
        return found

    def _with_decimal_commas(self) -> frozenset[str]:
        """Columns of numbers with decimal commas; an id such as "1,5" keeps every sign."""
        self._decimal_commas = frozenset()
        found = set()
        probe = self.probe()
        for name in self.columns:
            cells = [cell.strip() for row in probe if (cell := row.get(name, "")).strip()]
            commas = [cell for cell in cells if "," in cell]
            if any((found_as := _THOUSANDS.fullmatch(cell)) and found_as["point"] for cell in commas):
                continue  # "1,480.5": then "1,250" beside it counts thousands too
            if self._separator == "," and all(map(_THOUSANDS.fullmatch, commas)):
                continue  # "1,234" in quotes counts thousands, unless a "0,85" or "12,5" shows what commas are
            if commas and not is_no_score(name) and sum(map(_holds_number, cells)) >= 0.8 * len(cells):
                found.add(name)
        return frozenset(found)

    def _swallowed(self, cells: Sequence[str]) -> int:
        """Lines within cells with the cells of a row, and numbers where rows have them: an open quote took them in."""
        found = 0
        for cell in cells:
            for line in cell.split("\n")[1:] if "\n" in cell else ():
                parts = line.split(self._separator)
                if len(parts) == len(self.columns) > 1 and self._numeric:
                    found += all(plain_number(parts[place].strip('" ')) is not None for place in self._numeric)
        return found

    def _look_for_numbers(self, cells: Sequence[str]) -> None:
        """Remember in which places rows have numbers, as the first ones show."""
        places = {place for place, cell in enumerate(cells) if plain_number(cell) is not None}
        self._numeric = places if self._numeric is None else self._numeric & places if places else self._numeric


class LineRows(Rows):
    """A JSON Lines file; its columns are the fields of its first rows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.columns = _fields(self.probe())

    def read(self, problems: ProblemLog) -> Iterator[Row]:
        """Every line that is an object."""
        self._footprint = Footprint.of(self.path)
        for line in read_objects(self.path, problems):
            yield Row(line.number, line.offset, line.digest, line.record)

    def at(self, place: int) -> Cells:
        """The object on the line that starts at a byte offset."""
        self._check_footprint()
        return read_object_at(self.path, place)


class ListRows(Rows):
    """A list of objects from a JSON document, in memory."""

    def __init__(self, path: Path, entries: Sequence[Any]) -> None:
        self.path = path
        self._entries = entries
        self.columns = _fields([entry for entry in entries[:PROBE] if isinstance(entry, dict)])

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


def _some(rows: Iterator[list[str]], count: int = 24) -> Iterator[list[str]]:
    """The first rows behind the header, as far as they can be read."""
    with contextlib.suppress(csv.Error):
        yield from islice(rows, count)


def _lines(file: BinaryIO, damaged: list[int], at: list[int]) -> Iterator[str]:
    """Decoded lines; `at[0]` is the offset behind the last one given out. Old files end lines with CR alone."""
    number = 0
    only_cr = _ends_with_cr(file)
    while raw := _until_cr(file) if only_cr else file.readline(MAX_LINE):
        number += 1
        at[0] += len(raw)
        yield _decode(raw.removeprefix(_BOM) if number == 1 else raw, damaged, number)


def _ends_with_cr(file: BinaryIO) -> bool:
    place = file.tell()
    start = file.read(_LOOKED_AT)
    file.seek(place)
    return b"\r" in start and b"\n" not in start


def _until_cr(file: BinaryIO) -> bytes:
    place = file.tell()
    out = bytearray()
    while chunk := file.read(_LOOKED_AT):
        cut = chunk.find(b"\r")
        if cut >= 0:
            out += chunk[: cut + 1]
            file.seek(place + len(out))
            break
        out += chunk
        if len(out) > MAX_LINE:
            break
    return bytes(out)


def _header_line(file: BinaryIO) -> tuple[bytes, int]:
    """The line with the names of the columns, and how many lines stand before it."""
    lines: list[bytes] = []
    while len(lines) < PREAMBLE and (line := file.readline(MAX_LINE)):
        lines.append(line)
    if lines and (said := _SAID.fullmatch(lines[0].removeprefix(_BOM).decode("latin-1").strip())):
        return said[0].encode(), 0
    place = header_place(lines)
    return (lines[place] if lines else b""), place


def _ending(path: Path) -> tuple[int, bool]:
    """Size of a file, and whether its last line is ended."""
    with open_binary(path) as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 1))
        return size, file.read(1) in (b"\n", b"\r", b"")


def _breaks_off(cells: Sequence[str], width: int) -> bool:
    """Whether a row has a cell too few, or ends in a number that goes on."""
    end = cells[-1].strip()
    return len(cells) < width or (end[-1:] in (".", "e", "E", "-", "+") and end[:-1].replace(".", "").isdecimal())


def _decode(raw: bytes, damaged: list[int], number: int = 1) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        damaged.append(number)
        return raw.decode("latin-1")


def _fields(rows: Sequence[Cells]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for row in rows for name in row))


_DECIMAL = re.compile(
    r"(?P<before>[$€£]?\s*)(?P<whole>[-+]?(?:\d{1,3}(?:\.\d{3})+|\d+)),(?P<fraction>\d+)(?P<unit>\s*(?:[%‰$€£]|[a-z]{1,8}))?",
    re.IGNORECASE | re.ASCII,
)
_THOUSANDS = re.compile(
    r"[$€£]?\s*[-+]?[1-9]\d{0,2}(?:,\d{3})+(?P<point>\.\d+)?(?:\s*(?:[%‰$€£]|[a-z]{1,8}))?", re.IGNORECASE | re.ASCII
)


def _decimal_point(cell: str) -> str:
    """ "0,85" as "0.85" and "1.234,5 ms" as "1234.5 ms": tables set apart by semicolons often have decimal commas."""
    found = _DECIMAL.fullmatch(cell.strip())
    if found is None:
        return cell
    return f"{found['before']}{found['whole'].replace('.', '')}.{found['fraction']}{found['unit'] or ''}"


def _holds_number(cell: str) -> bool:
    return plain_number(cell) is not None or _DECIMAL.fullmatch(cell) is not None
