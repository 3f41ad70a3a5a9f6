"""Score tables: any CSV, JSON Lines or JSON list whose columns name an item and hold scores.

What the columns mean is a `ColumnMap`: given by the user, or guessed (`ragtui.sources.guess`). A column that names
configurations makes several runs of one file. Rows without an id get one made from their question. Repeats are told by
their column; without one, an item's occurrences count as repeats only when every item occurs equally often.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ragtui.errors import InputError, UsageError
from ragtui.model import Configuration, Item, Metric, Problem, Result, RunHeader, guess_metric
from ragtui.sources.base import LoadedRun
from ragtui.sources.cells import is_blank, plain_number
from ragtui.sources.columns import ColumnMap, signature
from ragtui.sources.cube import Cube, CubeBuilder
from ragtui.sources.fields import identifier, text
from ragtui.sources.found import Found, Request
from ragtui.sources.guess import FITTING, guess_columns
from ragtui.sources.jsonlines import ObjectLine
from ragtui.sources.plain import own_record, question_id
from ragtui.sources.problems import ProblemLog
from ragtui.sources.records import add_record, item_of, result_of
from ragtui.sources.rows import Cells, CsvRows, LineRows, Row, Rows

_PROMPTFOO = {"promptIdx", "testIdx", "gradingResult"}
"""Its `error` also holds plain failures and its test numbers change with each repeat: read as a table, it would lie."""
_BOOLEANS = {"true": 1.0, "false": 0.0}

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
    given = _confirmed(rows, request)
    if given is None:
        columns = guess_columns(rows.columns, rows.probe())
        if not request.direct and columns.confidence < FITTING:
            return
        try:
            columns.check(rows.columns)
        except UsageError as error:
            hint = f"Give a column map. {error.hint}"
            raise InputError(f"{path}: what its columns mean cannot be guessed", hint) from error
    else:
        columns = given
        columns.check(rows.columns)
    table = _Table(rows, columns, confirmed=given is not None)
    yield from table.runs(request)


def _confirmed(rows: Rows, request: Request) -> ColumnMap | None:
    path = rows.path
    keys = (str(path), str(path.resolve()), path.name, signature(rows.columns))
    return next((request.columns[key] for key in keys if key in request.columns), None)


class _Table:
    def __init__(self, rows: Rows, columns: ColumnMap, *, confirmed: bool) -> None:
        self.rows = rows
        self.columns = columns
        self.confirmed = confirmed
        self._words = {**_BOOLEANS, **{word.strip().casefold(): value for word, value in columns.words.items()}}

    def runs(self, request: Request) -> Iterator[Found | Problem]:
        """One run for each value of the run column, in order of appearance; one pass."""
        shapes: dict[str, _Shape] = {}
        for row in self.rows.read(ProblemLog(str(self.rows.path))):
            shapes.setdefault(self._run_of(row.cells), _Shape()).see(
                self._item_of(row.cells), self._repeat_of(row.cells), self._metric_of(row.cells)
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
        rows = (row for row in self.rows.read(problems) if self._run_of(row.cells) == run)
        parts: dict[int, list[int]] = {}
        records = self._long_records(rows, parts, problems) if self.columns.is_long else self._wide_records(rows)
        for row, record in records:
            add_record(builder, ObjectLine(row.line, row.place, row.digest, record), record, problems)
        return TableRun(header, builder.build(), (*header.problems, *problems.found()), self, parts)

    def _definitions(self) -> tuple[list[Metric], list[Metric]]:
        """Metrics that every run of the table has (wide form), and definitions of those that some may have."""
        always = [self._definition(name) for name in self.columns.metrics]
        return always, [self._definition(name) for name in (*self.columns.scales, *self.columns.lower_is_better)]

    def _definition(self, name: str) -> Metric:
        metric = guess_metric(name)
        higher = name not in self.columns.lower_is_better if self.confirmed else metric.higher_is_better
        return replace(metric, higher_is_better=higher, scale=self.columns.scales.get(name))

    def _wide_records(self, rows: Iterator[Row]) -> Iterator[tuple[Row, dict[str, Any]]]:
        for row in rows:
            scores = {name: self._score(row.cells.get(name)) for name in self.columns.metrics}
            yield row, self.numbers(row.cells, {name: said for name, said in scores.items() if said is not None})

    def _long_records(
        self, rows: Iterator[Row], parts: dict[int, list[int]], problems: ProblemLog
    ) -> list[tuple[Row, dict[str, Any]]]:
        """Rows of one item and repeat joined to one record; a metric that comes twice is refused."""
        joined: dict[tuple[str, str, int], tuple[Row, dict[str, Any]]] = {}
        seen: dict[tuple[str, str, str], int] = {}
        first_line: dict[tuple[str, str, str], int] = {}
        for row in rows:
            item, repeat, metric = self._item_of(row.cells), self._repeat_of(row.cells), self._metric_of(row.cells)
            cell = (item, repeat, metric)
            occurrence = seen[cell] = seen.get(cell, 0) + 1
            score = self._score(row.cells.get(self.columns.score))
            if repeat:
                if occurrence > 1:
                    self._join_again(joined[item, repeat, 1][1], row, cell, score, first_line[cell], problems)
                    continue
                occurrence = 1
            first_line[cell] = row.line
            row_and_record = joined.get((item, repeat, occurrence))
            if row_and_record is None:
                row_and_record = joined[item, repeat, occurrence] = (row, self.numbers(row.cells, {}))
            parts.setdefault(row_and_record[0].place, []).append(row.place)
            if score is not None:
                row_and_record[1]["scores"][metric] = score
        return list(joined.values())

    def _join_again(
        self, record: dict[str, Any], row: Row, cell: tuple[str, str, str], score: Any, first: int, problems: ProblemLog
    ) -> None:
        item, repeat, metric = cell
        if record["scores"].get(metric) == score:
            problems.add(
                f"item {item}, repeat {repeat}, {metric} is written twice with the same score: counted once",
                line=row.line or None,
                kind="same twice",
            )
            return
        record["scores"].pop(metric, None)
        problems.add(
            f"item {item}, repeat {repeat}, {metric} has two different scores (first on line {first}): both are left"
            " out",
            "remove one of them, or name the column that tells them apart",
            line=row.line or None,
            kind="duplicate",
        )

    def numbers(self, cells: Cells, scores: Mapping[str, Any]) -> dict[str, Any]:
        """What the cube needs of a row, as a record of the own format."""
        take = self.columns
        error = cells.get(take.error) if take.error else None
        return {
            "item": self._item_of(cells),
            "id_from_question": not take.item,
            "repeat": self._repeat_of(cells),
            "error": None if is_blank(error) or error is False else text(error),
            "scores": dict(scores),
            "latency_s": plain_number(cells.get(take.latency)) if take.latency else None,
            "cost_usd": plain_number(cells.get(take.cost)) if take.cost else None,
            "tokens": self._tokens(cells.get(take.tokens)) if take.tokens else None,
        }

    def _tokens(self, cell: Any) -> Any:
        return plain_number(cell) if isinstance(cell, str) else own_record({"tokens": cell})["tokens"]

    def record(self, cells: Cells, scores: Mapping[str, Any]) -> dict[str, Any]:
        """A row with its text, as a record of the own format."""
        take = self.columns
        named = {"question": take.question, "expected": take.expected, "output": take.output, "contexts": take.contexts}
        texts = own_record({role: cells.get(column) for role, column in named.items() if column})
        rest = {name: value for name, value in cells.items() if name not in take.used() and not is_blank(value)}
        return {**texts, **self.numbers(cells, scores), "metadata": rest}

    def full_record(self, places: Sequence[int]) -> dict[str, Any]:
        """The record that is spread over the rows at some places, with its scores and their rationale."""
        scores: dict[str, Any] = {}
        cells: Cells = {}
        for place in reversed(places):
            cells = self.rows.at(place)
            for name in (self._metric_of(cells),) if self.columns.is_long else self.columns.metrics:
                score = self._score(cells.get(self.columns.score if self.columns.is_long else name))
                if score is not None:
                    judged = score if isinstance(score, dict) else {"value": score}
                    rationale = text(cells.get(self.columns.rationale)) if self.columns.rationale else ""
                    scores[name] = {**judged, "rationale": rationale}
        return self.record(cells, scores)

    def _score(self, cell: Any) -> Any:
        if is_blank(cell):
            return None
        if isinstance(cell, str) and (word := cell.strip().casefold()) in self._words:
            return self._words[word]
        value = plain_number(cell)
        if value is None:
            return cell
        if value in self.columns.missing_values:
            return {"value": None, "error": f"{value:g} means that there is no score", "raw": text(cell)}
        return value

    def _item_of(self, cells: Cells) -> str:
        if not self.columns.item:
            question = cells.get(self.columns.question)
            return "" if is_blank(question) else question_id(question)
        parts = [identifier(cells.get(column)) for column in self.columns.item]
        return "/".join(parts) if all(parts) else ""

    def _repeat_of(self, cells: Cells) -> str:
        return identifier(cells.get(self.columns.repeat)) if self.columns.repeat else ""

    def _run_of(self, cells: Cells) -> str:
        return text(cells.get(self.columns.run)).strip() if self.columns.run else ""

    def _metric_of(self, cells: Cells) -> str:
        return text(cells.get(self.columns.metric)).strip() if self.columns.metric else ""


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
        table: _Table,
        parts: Mapping[int, Sequence[int]],
    ) -> None:
        self.header = header
        self.scores = cube.scores
        self.problems = problems
        self._cube = cube
        self._table = table
        self._parts = parts

    def item(self, item_id: str) -> Item:
        """Question and expected answer, where the table has such columns."""
        place = self._cube.first_place(item_id)
        return (
            Item(item_id)
            if place is None
            else item_of(self._table.full_record(self._parts.get(place, (place,))), item_id)
        )

    def result(self, item_id: str, repeat: str) -> Result | None:
        """Text of one item in one repeat."""
        place = self._cube.place(item_id, repeat)
        return (
            None
            if place is None
            else result_of(self._table.full_record(self._parts.get(place, (place,))), item_id, repeat)
        )
