"""Score tables: any CSV, JSON Lines or JSON list whose columns name an item and hold scores.

What the columns mean is a `ColumnMap`: given by the user, or guessed (`ragtui.sources.table.guess`). A column that
names configurations makes several runs of one file. Rows without an id get one made from their question. Repeats are
told by their column; without one, an item's occurrences count as repeats only when every item occurs equally often.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ragtui.errors import InputError, UsageError
from ragtui.files.jsonlines import ObjectLine
from ragtui.files.problems import ProblemLog
from ragtui.model import Configuration, DirectionFrom, Item, Metric, Problem, Result, RunHeader, guess_metric
from ragtui.sources.base import LoadedRun
from ragtui.sources.columns import ColumnMap, confirmed, signature
from ragtui.sources.cube.cube import Cube, CubeBuilder
from ragtui.sources.cube.records import add_record, item_of, result_of
from ragtui.sources.found import Found, Request
from ragtui.sources.table.guess import FITTING, guess_columns
from ragtui.sources.table.mapped import RowReader, long_records, wide_records
from ragtui.sources.table.rows import Cells, CsvRows, LineRows, Rows

_PROMPTFOO = {"promptIdx", "testIdx", "gradingResult"}
"""Its `error` also holds plain failures and its test numbers change with each repeat: read as a table, it would lie."""

__all__ = ["ColumnMap", "Preview", "guess_columns", "preview_table", "read_table"]


@dataclass(frozen=True, eq=False, slots=True)
class Preview:
    """A table before it is opened, for a person to confirm its columns.

    Attributes:
        columns: all column names.
        rows: the first rows.
        guess: what the columns seem to mean, with reasons.
        signature: key under which a confirmed map fits other tables with the same columns.
    """

    columns: tuple[str, ...]
    rows: tuple[Cells, ...]
    guess: ColumnMap
    signature: str


def preview_table(path: Path) -> Preview:
    """Look at a table's columns and first rows.

    Raises:
        InputError: it cannot be read as a table.
    """
    rows = open_rows(path)
    probe = rows.probe()
    return Preview(rows.columns, tuple(probe[:20]), guess_columns(rows.columns, probe), signature(rows.columns))


def open_rows(path: Path) -> Rows:
    """A CSV or JSON Lines table, by the file's ending.

    Raises:
        InputError: it cannot be read.
    """
    return LineRows(path) if path.suffix.lower() in (".jsonl", ".ndjson") else CsvRows(path)


def read_table(path: Path, request: Request, rows: Rows | None = None) -> Iterator[Found | Problem]:
    """The runs of one table.

    Raises:
        InputError: it was named directly and holds no scores, or its items cannot be told.
        UsageError: the user's column map does not fit it.
    """
    rows = rows or open_rows(path)
    if set(rows.columns) >= _PROMPTFOO:
        if request.direct:
            raise InputError(
                f"{path}: is a promptfoo export whose lines do not tell repeats from errors",
                "turn it into a table with item, repeat, metric and score",
            )
        return
    given = confirmed(request.columns, rows.path, rows.columns)
    if given is None:
        columns = guess_columns(rows.columns, rows.probe())
        if not request.direct and columns.confidence < FITTING:
            return
        try:
            columns.check(rows.columns)
        except UsageError as error:
            hint = f"Open it in the app and press K to say what they mean. {error.hint}"
            raise InputError(f"{path}: what its columns mean cannot be guessed", hint) from error
    else:
        columns = given
        columns.check(rows.columns)
    table = _Table(rows, columns, confirmed=given is not None)
    yield from table.runs(request)


class _Table:
    def __init__(self, rows: Rows, columns: ColumnMap, *, confirmed: bool) -> None:
        self.rows = rows
        self.columns = columns
        self.confirmed = confirmed
        self.reader = RowReader(columns)

    def runs(self, request: Request) -> Iterator[Found | Problem]:
        """One run for each value of the run column, in order of appearance; one pass."""
        shapes: dict[str, _Shape] = {}
        for row in self.rows.read(ProblemLog(str(self.rows.path))):
            shape = shapes.setdefault(self.reader.run_of(row.cells), _Shape())
            shape.see(
                self.reader.item_of(row.cells), self.reader.repeat_of(row.cells), self.reader.metric_of(row.cells)
            )
        if not shapes and request.direct:
            raise InputError(f"{self.rows.path}: no rows", "the file holds column names only")
        for run, shape in shapes.items():
            yield Found(self._header(run, shape, request, alone=not self.columns.run), self._loader(run))

    def _loader(self, run: str) -> Callable[[RunHeader], LoadedRun]:
        return lambda header: self._load(run, header)

    def _header(self, run: str, shape: _Shape, request: Request, *, alone: bool) -> RunHeader:
        path = self.rows.path
        run_id = request.name if alone else f"{request.name}#{run}"
        return RunHeader(
            uid=f"{request.source}|{run_id}",
            id=run_id,
            name=path.stem if alone else run or "(no name)",
            source=request.source,
            format="table",
            location=str(path),
            configuration=Configuration(
                dataset="" if alone else path.stem, pipeline={} if alone else {self.columns.run: run}
            ),
            items=len(shape.items),
            repeats=shape.repeats,
            results=None if self.columns.is_long and not self.columns.repeat else len(shape.results),
            problems=self._said(),
            extra={"columns": self.columns.to_dict(), "columns_confirmed": self.confirmed},
        )

    def _said(self) -> tuple[Problem, ...]:
        """What was decided for the user and is worth a look."""
        if self.confirmed or "words" not in self.columns.reasons:
            return ()
        return (
            Problem(
                str(self.rows.path),
                f"words count as numbers: {self.columns.reasons['words']}",
                "confirm or change the column map",
            ),
        )

    def _load(self, run: str, header: RunHeader) -> LoadedRun:
        problems = ProblemLog(str(self.rows.path))
        builder = CubeBuilder(header.uid, problems, *self._definitions())
        rows = (row for row in self.rows.read(problems) if self.reader.run_of(row.cells) == run)
        parts: dict[int, list[int]] = {}
        records = (
            long_records(self.reader, rows, parts, problems)
            if self.columns.is_long
            else wide_records(self.reader, rows)
        )
        for row, record in records:
            add_record(builder, ObjectLine(row.line, row.place, row.digest, record), record, problems)
        return TableRun(header, builder.build(), (*header.problems, *problems.found()), self.rows, self.reader, parts)

    def _definitions(self) -> tuple[list[Metric], list[Metric]]:
        """Metrics that every run of the table has (wide form), and definitions of those that some may have."""
        take = self.columns
        always = [self._definition(name) for name in take.metrics]
        return always, [
            self._definition(name) for name in (*take.scales, *take.higher_is_better, *take.lower_is_better)
        ]

    def _definition(self, name: str) -> Metric:
        metric = replace(guess_metric(name), scale=self.columns.scales.get(name))
        return metric.directed(self.columns.direction_of(name), DirectionFrom.USER) if self.confirmed else metric


class _Shape:
    """How many items, repeats and results a run has, counted while its rows go by."""

    def __init__(self) -> None:
        self.items: dict[str, int] = {}
        self.results: set[tuple[str, str]] = set()
        self.labels: set[str] = set()
        self.metrics: set[str] = set()

    def see(self, item: str, repeat: str, metric: str) -> None:
        if not item:
            return
        self.items[item] = self.items.get(item, 0) + 1
        self.metrics.add(metric)
        self.labels.add(repeat)
        self.results.add((item, repeat if repeat else str(self.items[item])))

    @property
    def repeats(self) -> int:
        """Number of repeat labels; without labels, how often the items occur."""
        if self.labels - {""}:
            return len(self.labels)
        return max(self.items.values(), default=0) // max(1, len(self.metrics))


class TableRun(LoadedRun):
    """One run of a table; text is read from its row."""

    def __init__(
        self,
        header: RunHeader,
        cube: Cube,
        problems: tuple[Problem, ...],
        rows: Rows,
        reader: RowReader,
        parts: Mapping[int, Sequence[int]],
    ) -> None:
        self.header = header
        self.scores = cube.scores
        self.problems = problems
        self._cube = cube
        self._rows = rows
        self._reader = reader
        self._parts = parts

    def item(self, item_id: str) -> Item:
        """Question and expected answer, where the table has such columns."""
        place = self._cube.first_place(item_id)
        return Item(item_id) if place is None else item_of(self._record(place), item_id)

    def result(self, item_id: str, repeat: str) -> Result | None:
        """Text of one item in one repeat."""
        place = self._cube.place(item_id, repeat)
        return None if place is None else result_of(self._record(place), item_id, repeat)

    def _record(self, place: int) -> Mapping[str, Any]:
        """The record that starts at a place; in long form it is spread over several rows."""
        rows = [self._rows.at(part) for part in self._parts.get(place, (place,))]
        judged = {name: score for cells in rows for name, score in self._reader.judgements(cells).items()}
        return self._reader.record(rows[0], judged)
