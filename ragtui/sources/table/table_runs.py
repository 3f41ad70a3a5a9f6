"""The runs of one table whose columns are settled: their headers, their scores and, row by row, their text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ragtui.errors import InputError
from ragtui.files.jsonlines import ObjectLine
from ragtui.files.packed import is_packed
from ragtui.files.problems import ProblemLog
from ragtui.model import (
    Configuration,
    DirectionFrom,
    Item,
    Metric,
    MetricSummary,
    Problem,
    Result,
    RunHeader,
    Scores,
    State,
    guess_metric,
    label_metric,
)
from ragtui.sources.base import LoadedRun
from ragtui.sources.columns import HIGHER, LOWER, ColumnMap
from ragtui.sources.cube.cube import Cube, CubeBuilder
from ragtui.sources.cube.records import NO_IDS, add_record, item_of, result_of
from ragtui.sources.found import Found, Request
from ragtui.sources.table.about import Beside
from ragtui.sources.table.mapped import RowReader, joined_records, wide_records
from ragtui.sources.table.meaning import names
from ragtui.sources.table.meaning.apart import DESCRIBES
from ragtui.sources.table.meaning.guess import BY_SHAPE
from ragtui.sources.table.meaning.passed_over import FEW_TEXTS, PASSED_OVER
from ragtui.sources.table.rows import HeldRows, Row, Rows
from ragtui.sources.table.survey import Survey, as_confirmed, survey
from ragtui.sources.table.unfolding.numbered import numbered_alike

HELD_UP_TO = 1024 * 1024
"""Bytes of a table whose rows are kept in memory while it is looked at."""

MEANS_UP_TO = 20_000
"""Rows up to which a listing shows means: they cost as much as loading the run."""

AS_A_METRIC = "if it is a result, name it among the metrics with K or --columns metrics="
CHANGE = "press K, or use --columns, to say it otherwise"

_TRUTHS = frozenset({"true", "false"})
"""Words of which nothing is assumed: CSV cannot write them otherwise."""


class TableRuns:
    """Rows whose columns are settled."""

    def __init__(
        self, rows: Rows, columns: ColumnMap, request: Request, about: Beside, fixed: frozenset[str], *, confirmed: bool
    ) -> None:
        self.rows = rows
        self.request = request
        most = HELD_UP_TO // 20 if is_packed(rows.path) else HELD_UP_TO  # texts are packed to a twentieth at best
        small = not rows.path.is_file() or rows.path.stat().st_size <= most  # no file: rows are in memory already
        self.seen: Rows | None = HeldRows(rows) if small else rows
        self.about = about
        self.confirmed = confirmed
        self.fixed = fixed
        problems = ProblemLog(str(rows.path))
        self.survey: Survey = (
            as_confirmed(self.seen, columns, problems) if confirmed else survey(self.seen, columns, problems, fixed)
        )
        self.columns = self.survey.settled.columns
        found = self.survey
        self.reader = RowReader(
            self.columns, found.items, found.never_scored, found.varying, attempts=found.settled.attempts
        )

    def runs(self) -> Iterator[Found | Problem]:
        """One run for each combination of settings, in order of appearance; one pass."""
        shapes: dict[tuple[str, ...], _Shape] = {}
        seen = self.seen or self.rows
        for row in seen.read(ProblemLog(str(self.rows.path))):
            shape = shapes.setdefault(self.reader.run_of(row.cells), _Shape())
            shape.see(self.reader.item_of(row), self.reader.repeat_of(row.cells), self._part(row))
        if not shapes and self.request.direct:
            raise self.rows.none()
        if not shapes and (why := self.rows.why_none()):
            yield why
        for run, shape in shapes.items():
            header = self._header(run, shape, alone=not self.columns.run)
            if self.survey.rows <= MEANS_UP_TO:
                header = self._with_means(run, header)
            yield Found(header, self._loader(run))
        self.seen = None  # what is kept for loading is the map, not the rows

    def _part(self, row: Row) -> str:
        """What a row holds of a record that is spread over several."""
        if self.columns.is_long:
            return self.reader.metric_of(row.cells)
        return str(row.cells.get(self.columns.judge)) if self.columns.judge else ""

    def _loader(self, run: tuple[str, ...]) -> Callable[[RunHeader], LoadedRun]:
        return lambda header: self._load(run, header)

    def _with_means(self, run: tuple[str, ...], header: RunHeader) -> RunHeader:
        """The header with what the scores say and what was wrong; a run that cannot be loaded says so when it is."""
        try:
            loaded = self._load(run, header)
        except InputError:
            return header
        scores = loaded.scores
        errors = int((scores.states == State.ITEM_ERROR).all(axis=1).sum()) if scores.metrics else 0
        return replace(
            header,
            items=len(scores.items),
            repeats=len(scores.repeats),
            metrics=_summaries(scores),
            errors=errors,
            problems=tuple(problem for problem in loaded.problems if problem.message != NO_IDS),
        )

    def _header(self, run: tuple[str, ...], shape: _Shape, *, alone: bool) -> RunHeader:
        path, about, request = self.rows.path, self.about, self.request
        base = f"{request.name}#{about.key}" if about.key else request.name
        called = ", ".join(_setting(column, value) for column, value in zip(self.columns.run, run, strict=True))
        run_id = base if alone else f"{base}{'/' if about.key else '#'}{called}"
        name = about.name or about.key or path.stem
        if not alone:
            name = f"{about.key}, {called}" if about.key else called
        return RunHeader(
            uid=f"{request.source}|{run_id}",
            id=run_id,
            name=name,
            source=request.source,
            format=about.format,
            location=str(path),
            configuration=self._configuration(run),
            created=about.created,
            description=about.description,
            items=len(shape.items),
            repeats=shape.repeats,
            results=None if self.columns.is_long and not self.columns.repeat else len(shape.results),
            metrics=about.means,
            problems=(*about.problems, *self._said()),
            assumed=tuple(message for message, _ in self._assumed()),
            extra={"columns": self.columns.to_dict(), "columns_confirmed": self.confirmed},
        )

    def _configuration(self, run: tuple[str, ...]) -> Configuration:
        """Settings as far as the file has them, with its name, so that two files are never pooled unasked."""
        about, settled = self.about, self.survey.settled
        first = self.survey.constants
        pipeline: dict[str, Any] = {
            **about.pipeline,
            **{names.short(column): first[column] for column in settled.settings},
            **{names.short(column): value for column, value in zip(self.columns.run, run, strict=True)},
        }
        judges = {**about.judges, **{names.short(column): first[column] for column in settled.judges}}
        if about.key:
            pipeline["part"] = about.key
        if pipeline and not about.says_settings:
            pipeline["file"] = self.request.name
        return Configuration(about.dataset, about.dataset_version, pipeline, judges)

    def _assumed(self) -> Iterator[tuple[str, str]]:
        """What was taken for granted, and how to say it otherwise."""
        if self.confirmed:
            return
        taken = [*self.about.assumed, *self.rows.assumed, *self.survey.settled.assumed]
        yield from ((message, CHANGE) for message in taken)
        yield from self.survey.notes
        if BY_SHAPE in self.columns.reasons.get("item", "") and "item" not in self.fixed:
            yield f"{self.columns.reasons['item']}: it is taken for the item", CHANGE
        for what, why in self.columns.reasons.items():
            column = what.removeprefix("not a metric: ")
            if column != what and why.startswith("only "):
                yield f"`{column}` is not read: {why}", CHANGE
            elif why == DESCRIBES and names.is_perhaps_rated(column):
                yield f"`{column}` is taken for metadata: {why}", CHANGE
        for alike in numbered_alike(self.columns.metrics):
            told = ",".join(re.findall(r"\d+", name)[-1] for name in alike)
            message = f"`{alike[0]}` to `{alike[-1]}` differ in a number only: read as {len(alike)} metrics"
            yield message, f"if they are repeats, press K and name them under `arms`, or use --columns arms={told}"
        if "words" in self.columns.reasons and self.columns.words.keys() - _TRUTHS:
            yield f"words count as numbers: {self.columns.reasons['words']}", CHANGE

    def _passed_over(self) -> Iterator[tuple[str, str]]:
        """Columns that are not read as metrics and may be some."""
        for what, why in () if self.confirmed else self.columns.reasons.items():
            if what.startswith(PASSED_OVER):
                yield f"`{what.removeprefix(PASSED_OVER)}` is not read as a metric: {why}", AS_A_METRIC
            elif what.startswith(FEW_TEXTS) and (column := what.removeprefix(FEW_TEXTS)) in self.survey.came_out:
                yield f"`{column}` is not counted, though it differs in repeats of an item: {why}", AS_A_METRIC

    def _said(self) -> tuple[Problem, ...]:
        """What was decided for the user and is worth a look."""
        said = (*self._assumed(), *self._passed_over())
        return tuple(Problem(str(self.rows.path), message, hint) for message, hint in said)

    def _load(self, run: tuple[str, ...], header: RunHeader) -> LoadedRun:
        problems = ProblemLog(str(self.rows.path))
        builder = CubeBuilder(header.uid, problems, *self._definitions(run))
        totals = {place for place, item in self.survey.items.items() if not item}  # said when they were left out
        kept = (row for row in (self.seen or self.rows).read(problems) if row.place not in totals)
        rows = (row for row in kept if self.reader.run_of(row.cells) == run)
        parts: dict[int, list[int]] = {}
        records = (
            joined_records(self.reader, rows, parts, problems)
            if self.reader.joins_rows
            else wide_records(self.reader, rows)
        )
        for row, record in records:
            add_record(builder, ObjectLine(row.line, row.place, row.digest, record), record, problems)
        cube = builder.build()
        known = tuple(dict.fromkeys((*header.problems, *problems.found())))
        return TableRun(header, cube, known, self.rows, self.reader, parts)

    def _definitions(self, run: tuple[str, ...]) -> tuple[list[Metric], list[Metric]]:
        """Metrics that every run of the table has (wide form), and definitions of those that some may have."""
        take = self.columns
        always = [] if take.judge else [self._definition(take.name_of(column)) for column in take.metrics]
        for column, labels in take.categories.items():
            always += [self._share(take.name_of(column), label, labels) for label in labels]
        said = (*take.scales, *map(take.name_of, (*take.higher_is_better, *take.lower_is_better)))
        return always, [self._definition(name) for name in said]

    @staticmethod
    def _share(name: str, label: str, among: Sequence[str]) -> Metric:
        """The share of one label of a category."""
        higher = names.label_direction(label, among)
        said = DirectionFrom.UNKNOWN if higher is None else DirectionFrom.GUESSED
        return replace(label_metric(name, label), higher_is_better=higher, direction_from=said)

    def _definition(self, name: str) -> Metric:
        metric = replace(guess_metric(name), scale=self.columns.scales.get(name))
        if metric.sign == 0 and name in self.columns.higher_is_better:  # its words say so: "pass" and "fail"
            metric = metric.directed(True, DirectionFrom.GUESSED)
        if "percent" in {form for column, form in self.columns.forms.items() if self.columns.name_of(column) == name}:
            metric = replace(metric, unit="%")
        if self.confirmed:
            return metric.directed(self.columns.direction_of(name), DirectionFrom.USER)
        told = self._told_direction(name)
        return metric if told is None else metric.directed(told, DirectionFrom.USER)

    def _told_direction(self, name: str) -> bool | None:
        """Which way is better as a person named a metric or its column among the roles; None for the others."""
        for role, told in ((HIGHER, self.columns.higher_is_better), (LOWER, self.columns.lower_is_better)):
            if role in self.fixed and any(name in (said, self.columns.name_of(said)) for said in told):
                return role == HIGHER
        return None


def _setting(column: str, value: str) -> str:
    """How a setting stands in a run's name: a word alone, a number with its name."""
    tells = any(sign.isalpha() for sign in value) and value.casefold() not in ("true", "false")
    return value if tells else f"{names.short(column)}={value or 'none'}"


def _summaries(scores: Scores) -> tuple[MetricSummary, ...]:
    found = []
    for column, metric in enumerate(scores.metrics):
        scored = scores.states[:, column, :] == State.SCORED
        count = int(scored.sum())
        mean = float(scores.values[:, column, :][scored].mean()) if count else None
        found.append(MetricSummary(metric.name, mean, count, scored.size))
    return tuple(found)


class _Shape:
    """How many items, repeats and results a run has, counted while its rows go by."""

    def __init__(self) -> None:
        self.items: dict[str, int] = {}
        self.results: set[tuple[str, str]] = set()
        self.labels: set[str] = set()
        self.parts: set[str] = set()

    def see(self, item: str, repeat: str, part: str) -> None:
        if not item:
            return
        self.items[item] = self.items.get(item, 0) + 1
        self.parts.add(part)
        self.labels.add(repeat)
        self.results.add((item, repeat if repeat else str(self.items[item])))

    @property
    def repeats(self) -> int:
        """Number of repeat labels; without labels, how often the items occur."""
        if self.labels - {""}:
            return len(self.labels)
        return max(self.items.values(), default=0) // max(1, len(self.parts))


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
        """Question, expected answer and every other column that describes the item."""
        place = self._cube.first_place(item_id)
        if place is None:
            return Item(item_id)
        row = self._row(place, item_id)
        found = item_of(self._reader.record(row, {}), item_id)
        return replace(found, metadata=self._reader.about_item(row))

    def result(self, item_id: str, repeat: str) -> Result | None:
        """Text of one item in one repeat."""
        place = self._cube.place(item_id, repeat)
        return None if place is None else result_of(self._record(place, item_id), item_id, repeat)

    def _row(self, place: int, item_id: str) -> Row:
        """The row at a place, if it is still about this item."""
        row = Row(0, place, 0, self._rows.at(place))
        if self._reader.item_of(row) != item_id:
            raise InputError(f"{self._rows.path}: changed while it was open", "reload the run")
        return row

    def _record(self, place: int, item_id: str) -> Mapping[str, Any]:
        """The record that starts at a place; it may be spread over several rows."""
        rows = [self._row(part, item_id) for part in self._parts.get(place, (place,))]
        judged = {name: score for row in rows for name, score in self._reader.judgements(row.cells).items()}
        return self._reader.record(rows[0], judged)
