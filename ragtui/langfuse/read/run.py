"""A hosted run in memory: arrays for the statistics, texts for reading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from ragtui.langfuse.api.metric_words import told_by
from ragtui.langfuse.api.records import Bundle, ItemRow, ResultRow, ScoreConfig, ScoreRow
from ragtui.langfuse.api.shapes.plain import nested
from ragtui.langfuse.api.shapes.rows import pinned_to, to_the_minute
from ragtui.langfuse.api.shapes.texts import answer_of, contexts_of, question_of
from ragtui.langfuse.read.cube.arrays import build
from ragtui.langfuse.read.cube.cells import Belongings, Cell, cells_of, failure_of, question_in
from ragtui.langfuse.read.cube.kinds import number_of
from ragtui.langfuse.read.cube.metrics import range_problems
from ragtui.langfuse.read.cube.problems import problems_of, run_score_problems
from ragtui.langfuse.read.header import HostedRun, Place, Summary, calls_of, header_of, repeat_label, selection_of
from ragtui.langfuse.read.raters import metric_name
from ragtui.model import (
    COST,
    TOKENS,
    Context,
    Item,
    Judgement,
    MetricSummary,
    Problem,
    Rating,
    Repeat,
    Result,
    Role,
    RunStatus,
    Scores,
    State,
    canonical_hash,
)
from ragtui.sources.base import LoadedRun

UPLOAD = 60.0
"""Seconds within which items are taken to come from one upload: clients send them one by one, so the last items of a
dataset are a little younger than the ones before them, and a run that lacks just those would look whole."""


class LangfuseRun(LoadedRun):
    """One hosted run, one repeat.

    Attributes:
        missing: ids of items the dataset has and the run has not.
        as_of: when its scores were read.
        asked: known where `items` are surely those of the time of the run (`exact`).
        run_scores: scores of the run as a whole, by name.
    """

    def __init__(
        self,
        run: HostedRun,
        bundle: Bundle,
        items: Mapping[str, ItemRow],
        place: Place,
        *,
        now: float,
        cached: bool = False,
        name_rule: str = "",
        configs: Sequence[ScoreConfig] = (),
        exact: bool = False,
        extra_problems: tuple[Problem, ...] = (),
    ) -> None:
        run = replace(run, rows=(bundle.run, *run.rows[1:]))
        self._place = place
        self._items = {row.key: row for row in items.values()}
        self.asked = {row.key: _asked(row) for row in items.values()} if exact else {}
        self._cells = cells_of(bundle, items)
        self._belongings = Belongings(bundle)
        self.repeat = repeat_label(run)
        self.missing = tuple(_missing(run, items, self._cells))
        self.as_of = datetime.fromtimestamp(min(bundle.read, bundle.scores_read), UTC)
        repeat = Repeat(f"{place.source}|{run.id}", self.repeat)
        about = nested(run.metadata, "ragtui_run")
        own = bool(about)
        order = [row.key for row in items.values()]
        self.scores, verbal = build(self._cells, self.missing, repeat, order, own, configs)
        self.scores = told_by(self.scores, about.get("metrics")) if own else self.scores
        where = place.location(run.first)
        found = problems_of(bundle, self._cells, self.missing, verbal, where, fresh=not run.settled(now))
        found += range_problems(self._cells.values(), configs, where)
        self.summary = replace(
            _summary(self.scores, self._cells, len(self.missing)),
            calls=calls_of(bundle),
            environments=sorted({row.environment for row in bundle.results if row.environment}),
            version=to_the_minute(pinned_to(bundle.run, bundle.results)),
            tags=sorted({tag for rows in (bundle.results, bundle.measures) for row in rows for tag in row.tags}),
        )
        self.header = header_of(
            run,
            place,
            now=now,
            summary=self.summary,
            as_of=min(bundle.read, bundle.scores_read) if cached else None,
            name_rule=name_rule,
        )
        if self.summary.errors == self.summary.items > 0:
            self.header = replace(self.header, status=RunStatus.FAILED)
        self.run_scores = {metric_name(score): score for score in bundle.run_scores}
        told = run_score_problems(self.run_scores, self.scores, where)
        self.problems = (*self.header.problems, *found, *told, *extra_problems)
        self.summary = replace(self.summary, problems=[(one.message, one.hint, one.count) for one in (*found, *told)])
        shown = {name: score.label if score.value is None else score.value for name, score in self.run_scores.items()}
        if shown:
            self.header = replace(self.header, extra={**self.header.extra, "run_scores": shown})
        self.header = replace(self.header, problems=self.problems)

    def item(self, item_id: str) -> Item:
        """The dataset's item; what the run recorded of it when the dataset no longer has it."""
        row = self._items.get(item_id)
        cell = self._cells.get(item_id)
        if cell is None and row is None:
            return Item(item_id)
        expected = answer_of(row.expected) if row is not None else ""
        metadata: Mapping[str, object] = row.metadata if row is not None else {}
        question = ""
        if cell is not None:
            question = question_in(cell.chosen, row)
            expected = answer_of(cell.chosen.expected) or expected
            metadata = metadata or {
                key: value for key, value in cell.chosen.item_metadata.items() if not key.startswith("ragtui_")
            }
        elif row is not None:
            question = question_in(ResultRow("", row.id, ""), row)
        return Item(item_id, question, expected, dict(metadata))

    def result(self, item_id: str, repeat: str) -> Result | None:
        """The pass that counts."""
        cell = self._cells.get(item_id)
        if cell is None or repeat != self.repeat:
            return None
        return self._result(cell, cell.chosen, 1 + len(cell.others))

    def attempts(self, item_id: str) -> tuple[Result, ...]:
        """Every recorded pass of an item, the one that counts first."""
        cell = self._cells.get(item_id)
        if cell is None:
            return ()
        rows = (cell.chosen, *cell.others)
        return tuple(self._result(cell, row, len(rows) - position) for position, row in enumerate(rows))

    def inside(self, item_id: str) -> frozenset[str]:
        """Spans of an item whose trace others share; none where the whole trace is its own."""
        measure = self._cells[item_id].measure
        return frozenset(measure.inside) if measure is not None else frozenset()

    def spots(self) -> list[tuple[str, str, str, float]]:
        """Where each item can be scored: item, trace, the item's own span, and when it began."""
        cells = self._cells.items()
        return [(key, cell.chosen.trace, cell.chosen.root, cell.chosen.start or 0.0) for key, cell in cells]

    def _result(self, cell: Cell, row: ResultRow, attempt: int) -> Result:
        counts = row is cell.chosen
        measure = cell.measure if counts else None
        own = self._belongings.picked(row)
        judgements = {name: _judgement(score, own.ratings.get(name, ())) for name, score in own.scores.items()}
        if measure is not None:
            for name in set(measure.failed_metrics) - set(judgements):
                judgements[name] = Judgement(error=failure_of(cell, name))
        started = datetime.fromtimestamp(row.start, UTC).isoformat() if row.start is not None else ""
        metadata = {key: value for key, value in row.metadata.items() if not key.startswith("ragtui_")}
        if cell.others:
            metadata["recorded"] = f"×{len(cell.others) + 1}"
        error = cell.error if counts else ("the pipeline failed" if row.failed else "")
        return Result(
            item_id=cell.key,
            repeat=self.repeat,
            output=answer_of(row.output),
            contexts=_contexts(row, measure.contexts if measure is not None else None),
            judgements=judgements,
            error=error,
            latency_s=row.latency,
            tokens=dict(measure.tokens) if measure is not None else {},
            cost_usd=measure.cost if measure is not None else None,
            trace_id=row.trace,
            trace_url=self._place.trace_url(row.trace, row.root) if row.trace else "",
            started_at=started,
            attempt=attempt,
            metadata=metadata,
        )


def _asked(item: ItemRow) -> str:
    """What an item asks and expects, as a hash."""
    return canonical_hash([question_of(item.input), answer_of(item.expected)])


def _judgement(score: ScoreRow, ratings: tuple[Rating, ...]) -> Judgement:
    value = number_of(score)
    error = "" if value is not None or score.label else "no value was stored that is a score"
    if error and ratings:
        error = "as many people say one thing as another"
    # Every score a program sent has the source "API", which names no judge; "ANNOTATION" and "EVAL" do.
    judge = score.judge or ("" if score.source == "API" else score.source.lower())
    return Judgement(value, score.label, score.comment, error, judge=judge, ratings=ratings)


def _contexts(row: ResultRow, retrieved: object) -> tuple[Context, ...]:
    return contexts_of(retrieved) or contexts_of(row.output)


def _missing(run: HostedRun, items: Mapping[str, ItemRow], cells: Mapping[str, Cell]) -> list[str]:
    """Items the dataset had when it was run; a targeted run never had more than the items chosen for it."""
    chosen = selection_of(run)
    if chosen is not None:
        return [key for key in chosen if key not in cells]
    last = _last_of_its_items(run, [row.created for row in items.values() if row.key in cells])
    return [
        row.key for row in items.values() if row.key not in cells and (row.created is None or row.created <= last)
    ]  # fmt: skip


def _last_of_its_items(run: HostedRun, covered: Iterable[float | None]) -> float:
    """When the last item came that a run should have: before its end, or with the upload that brought its items.

    A published run is older than the dataset it was seeded into. Items that came later, as far as their dates tell,
    were added since, or edited: then their date is that of the edit.
    """
    end, dates = run.end or 0.0, sorted(date for date in covered if date is not None)
    if not dates or dates[0] <= end:
        return end
    last = dates[0]
    for date in dates:
        if date > last + UPLOAD:
            break
        last = date
    return last + UPLOAD


def _summary(scores: Scores, cells: Mapping[str, Cell], missing: int) -> Summary:
    metrics = []
    totals: dict[str, float] = {}
    for metric in scores.metrics:
        values = scores.of(metric.name)
        scored = int((scores.states_of(metric.name) == int(State.SCORED)).sum())
        if metric.role is Role.RESOURCE and scored:
            totals[metric.name] = float(np.nansum(values))
        mean = float(np.nanmean(values)) if scored else None
        metrics.append(MetricSummary(metric.name, mean, scored, len(scores.items)))
    return Summary(
        items=len(cells),
        missing=missing,
        errors=sum(bool(cell.error) for cell in cells.values()),
        metrics=tuple(metrics),
        cost=totals.get(COST.name),
        tokens=int(totals[TOKENS.name]) if TOKENS.name in totals else None,
    )
