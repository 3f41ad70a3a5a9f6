"""Reads dataset runs: Langfuse v2, v3, and v4 in legacy mode."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ragtui.files.fields import number
from ragtui.langfuse.api.abilities import FIRST_WITH_SCORES_BY_TRACE
from ragtui.langfuse.api.client import LangfuseError, LangfuseHttp, path_value
from ragtui.langfuse.api.pages import PAGE
from ragtui.langfuse.api.probe import Server
from ragtui.langfuse.api.records import Bundle, DatasetRow, HostedRunRow, ResultRow, ScoreRow, TraceTotals
from ragtui.langfuse.api.shapes.plain import iso, moment, rows_in, text_of, words
from ragtui.langfuse.api.shapes.rows import dataset_run_row, each_once, score_row
from ragtui.langfuse.api.shapes.totals import measures_of, roots_of
from ragtui.langfuse.read.reader import LoadProgress, Reader, Report, comma_safe

DAY = 86_400.0
BEFORE_S, AFTER_S = 300.0, DAY
"""Around the links of a run: where its traces and scores are looked for."""

TASK = "experiment-item-task"
"""What SDKs 3 and 4 call the span that is the pipeline's own."""

_SPARE_PAGES = 20
"""Pages of other people's traffic that are read before asking trace by trace instead."""

_Traces = dict[str, Mapping[str, Any]]
_Spans = Mapping[str, Mapping[str, Any]]
_Query = Mapping[str, str | int]


class DatasetRunReader(Reader):
    """Dataset runs: rows that link an item to a trace.

    These servers have no way to ask for several traces at once (scores from v3.179 on excepted), so traces, scores and
    generations are read by the run's time window and told apart here; what is not found there is asked for singly.
    """

    def __init__(self, http: LangfuseHttp, server: Server) -> None:
        super().__init__(http)
        self.server = server

    def runs(self, dataset: DatasetRow | None, datasets: Sequence[DatasetRow], since: float) -> Iterator[HostedRunRow]:
        """Runs dataset by dataset, as that is the only listing there is."""
        for each in [dataset] if dataset is not None else datasets:
            try:
                found = [dataset_run_row(raw, each) for raw in self.numbered(f"/datasets/{path_value(each.name)}/runs")]
            except LangfuseError as error:
                # Deleted while the list was read.
                if error.status != 404 or dataset is not None:
                    raise
                continue
            yield from (row for row in found if row.start is None or row.start >= since)

    def members(self, run: HostedRunRow) -> frozenset[str]:
        """Items linked to the run."""
        return frozenset(text_of(link.get("datasetItemId")) for link in self.links(run))

    def links(self, run: HostedRunRow) -> list[Mapping[str, Any]]:
        """Run items, by the listing or, before v3.57.1, from the run itself."""
        run_id = run.linked or run.id
        try:
            rows = list(self.numbered("/dataset-run-items", {"datasetId": run.dataset_id, "runName": run.name}))
        except LangfuseError as error:
            if error.status not in (404, 405):
                raise
            answer = self.http.get(f"/datasets/{path_value(run.dataset)}/runs/{path_value(run.name)}")
            rows = rows_in(answer.fields.get("datasetRunItems"))
        # Every post makes a link of its own: two that publish at once may link one trace to one item twice.
        unique = {(row.get("datasetItemId"), row.get("traceId"), row.get("observationId")): row for row in rows}
        return [row for row in unique.values() if row.get("datasetRunId") in (None, run_id)]

    def bundle(self, run: HostedRunRow, report: Report) -> Bundle:
        """Links, then traces, scores and what the spans add up to."""
        links = self.links(run)
        started = time.time()
        report(LoadProgress("items", len(links), len(links)))
        bare = [
            ResultRow(
                run=run.id,
                item=text_of(link.get("datasetItemId")),
                trace=text_of(link.get("traceId")),
                root=text_of(link.get("observationId")),
                start=moment(link.get("createdAt")),
            )
            for link in links
        ]
        traces = self._traces(bare, report)
        filled = [_filled(row, traces.get(row.trace)) for row in bare]
        measures, spans = self._measures(filled, traces, report)
        by_pass = {(measure.trace, measure.root): measure for measure in measures}
        shared = _shared(bare)
        results = tuple(
            _measured(row, by_pass.get((row.trace, row.root)), spans.get(row.root), row.trace in shared)
            for row in filled
        )
        linked = [row.start for row in bare if row.start is not None]
        run = replace(
            run,
            count=len({row.item for row in results}),
            start=run.start if run.start is not None else min(linked, default=None),
            end=max(linked, default=None),
        )
        draft = Bundle(run, results, (), measures, read=started, scores_read=started, notes=_notes(bare, traces))
        return replace(draft, scores=self._scores(results, traces, report))

    def scores(self, bundle: Bundle, report: Report) -> tuple[ScoreRow, ...]:
        """Scores of the run's traces, by the best way this server has."""
        return self._scores(bundle.results, {}, report)

    def run_scores(self, run: HostedRunRow) -> tuple[ScoreRow, ...]:
        """Scores on the dataset run itself; servers before 3.133 do not know the filter and would give all scores."""
        if self.server.scores == "v3":
            return self._scores_of_run(run.linked or run.id)
        if self.server.scores == "v2" and (self.server.number or (0,)) >= FIRST_WITH_SCORES_BY_TRACE:
            rows = self.numbered("/v2/scores", {"datasetRunId": run.linked or run.id})
            return each_once(row for row in map(score_row, rows) if row.run in (run.id, run.linked))
        return ()

    # -- parts -----------------------------------------------------------------------------------------------------

    def _traces(self, rows: Sequence[ResultRow], report: Report) -> _Traces:
        """Traces by id: in bulk by time, the rest one by one, those with their spans and scores."""
        wanted = {row.trace for row in rows if row.trace}
        found: _Traces = {}
        # Which spans and scores of a shared trace are whose is told by its tree, which only the whole trace has.
        wanted, shared = wanted - _shared(rows), wanted & _shared(rows)
        window = _window(rows, "Timestamp", BEFORE_S)
        if wanted and window and not self._crowded("/traces", window, len(wanted)):
            for raw in self.numbered("/traces", {**window, "fields": "core,io,metrics"}):
                if text_of(raw.get("id")) in wanted:
                    # Spans and scores are bare ids here.
                    found[text_of(raw.get("id"))] = {**raw, "observations": None, "scores": None}
                if len(found) == len(wanted):
                    break
        found.update(self._one_by_one(sorted((wanted - set(found)) | shared), report))
        return found

    def _one_by_one(self, traces: Sequence[str], report: Report) -> _Traces:
        found: _Traces = {}
        for done, trace in enumerate(traces):
            report(LoadProgress("traces", done, len(traces)))
            body = self._one("traces", trace)
            if body is not None:
                found[trace] = body
        return found

    def _one(self, listing: str, identity: str) -> Mapping[str, Any] | None:
        """One trace or observation; None when it is not there. Keys that are refused midway are no absence; that the
        server knows no such id (400), or no more (410), is: one odd link of strangers must not hide a whole run."""
        try:
            return self.http.get(f"/{listing}/{path_value(identity)}").fields
        except LangfuseError as error:
            if error.status not in (400, 404, 410):
                raise
            return None

    def _crowded(self, path: str, window: Mapping[str, str | int], share: int) -> bool:
        """Whether so much of other people's lies in a window that asking for each trace alone is cheaper."""
        total = self.http.get(path, {**window, "page": 1, "limit": 1}).meta.get("totalItems")
        return isinstance(total, int) and total > share + _SPARE_PAGES * PAGE

    def _scores(self, results: Sequence[ResultRow], traces: _Traces, report: Report) -> tuple[ScoreRow, ...]:
        wanted = {row.trace for row in results if row.trace}
        if self.server.scores == "v3":
            listed = sorted(filter(comma_safe, wanted))
            rows = list(map(score_row, self._scores_of_traces(listed, report)))
            return each_once([*rows, *_scores_in(self._one_by_one(sorted(wanted - set(listed)), report))])
        whole = {trace: body for trace, body in traces.items() if isinstance(body.get("scores"), list)}
        left = wanted - set(whole)
        path = "/v2/scores" if self.server.scores == "v2" else "/scores"
        # People annotate days and weeks later: the window has no end.
        window = {name: at for name, at in _window(results, "Timestamp", AFTER_S).items() if name != "toTimestamp"}
        found: list[ScoreRow] = []
        if left and window and self._crowded(path, window, 20 * len(wanted)):
            whole |= self._one_by_one(sorted(left), report)
        elif left and window:
            for row in map(score_row, self.numbered(path, window)):
                found += [row] if row.trace in left else []
                report(LoadProgress("scores", len(found), 0))
        return each_once([*found, *_scores_in(whole)])

    def _measures(
        self, results: Sequence[ResultRow], traces: _Traces, report: Report
    ) -> tuple[tuple[TraceTotals, ...], _Spans]:
        """What spans add up to, from whole traces, else from the spans of the window that matter; and the spans."""
        passes = list(dict.fromkeys((row.trace, row.root) for row in results if row.trace))
        whole = {trace for trace, body in traces.items() if isinstance(body.get("observations"), list)}
        spans = [span for trace in whole for span in rows_in(traces[trace].get("observations"))]
        window = _window([row for row in results if row.trace not in whole], "StartTime", BEFORE_S)
        partial = self._listed_spans(window, {trace for trace, _ in passes} - whole, report)
        by_id = {text_of(span.get("id")): span for span in (*spans, *partial)}
        own = [root for trace, root in passes if root and root not in by_id and trace in traces]
        by_id |= self._own_spans(own, window, report)
        sums = {(each.trace, each.root): each for each in measures_of(spans, passes)}
        # Only some spans of these traces are at hand, so where they hang cannot be followed: no roots are given.
        flat = {each.trace: each for each in measures_of(partial)}
        measures = [
            replace(sums.get((trace, root)) or flat.get(trace) or TraceTotals(trace), root=root)
            for trace, root in passes
        ]
        shared = _shared(results)
        return tuple(
            _of_root(each, by_id.get(each.root), None if each.trace in shared else traces.get(each.trace))
            for each in measures
        ), by_id

    def _listed_spans(self, window: _Query, wanted: set[str], report: Report) -> list[Mapping[str, Any]]:
        """Spans of these traces that cost, retrieve, fail or are the pipeline's own, by the listings of each kind."""
        found: list[Mapping[str, Any]] = []
        kinds = ({"type": "GENERATION"}, {"type": "RETRIEVER"}, {"type": "TOOL"}, {"level": "ERROR"}, {"name": TASK})
        for filters in kinds if window else ():
            report(LoadProgress("cost and tokens", 0, 0))
            try:
                found += list(self.numbered("/observations", {**window, **filters}))
            except LangfuseError as error:
                if error.status not in (400, 404):
                    raise
        return [span for span in found if span.get("traceId") in wanted]

    def _own_spans(self, wanted: Sequence[str], window: _Query, report: Report) -> _Spans:
        """Spans that links name and no listing of kinds has, by their id.

        Whoever made the run made all of them alike: SDK 3 calls each "experiment-item-run". So one is read by itself,
        and the rest are listed by its name, as long as that finds any.
        """
        found: dict[str, Mapping[str, Any]] = {}
        by_name = bool(window)
        for done, root in enumerate(wanted):
            report(LoadProgress("observations", done, len(wanted)))
            if root in found or (span := self._one("observations", root)) is None:
                continue
            found[root] = span
            left, name = set(wanted[done + 1 :]) - set(found), text_of(span.get("name"))
            alike = {**window, "name": name}
            if by_name and name and len(left) > 1 and not self._crowded("/observations", alike, len(left)):
                rows = {text_of(row.get("id")): row for row in self.numbered("/observations", alike)}
                by_name = bool(left & set(rows))
                found |= {each: rows[each] for each in left & set(rows)}
        return found


def _scores_in(traces: _Traces) -> Iterator[ScoreRow]:
    """Scores that whole traces carry."""
    return (
        score_row({"traceId": trace, **raw}) for trace, body in traces.items() for raw in rows_in(body.get("scores"))
    )


def _window(rows: Sequence[ResultRow], field: str, after: float) -> dict[str, str | int]:
    """Query parameters for the time the results lie in; empty when they say no time."""
    times = [row.start for row in rows if row.start is not None]
    if not times:
        return {}
    return {f"from{field}": iso(min(times) - BEFORE_S), f"to{field}": iso(max(times) + after)}


def _notes(rows: Sequence[ResultRow], traces: _Traces) -> tuple[tuple[str, str], ...]:
    absent = sum(row.trace not in traces for row in rows)
    if not absent:
        return ()
    return (
        (
            f"{absent} of {len(rows)} items are linked to traces that are not there",
            "They were never ingested, or deleted; their outputs and scores are lost on the server.",
        ),
    )


def _of_root(measure: TraceTotals, root: Mapping[str, Any] | None, trace: Mapping[str, Any] | None) -> TraceTotals:
    """A measure with what the item's own span says, and the trace's price where no span has one."""
    price = number(trace.get("totalCost")) if trace is not None else None
    cost = measure.cost if measure.cost is not None else price if price and price > 0 else None
    if root is None:
        return replace(measure, cost=cost, error="")
    error = text_of(root.get("statusMessage")) or "the pipeline failed" if root.get("level") == "ERROR" else ""
    return replace(measure, cost=cost, latency=number(root.get("latency")), error=error)


def _shared(rows: Iterable[ResultRow]) -> set[str]:
    """Traces that hold the spans of several items."""
    return {
        trace for trace, roots in roots_of((row.trace, row.root) for row in rows if row.root).items() if len(roots) > 1
    }


def _measured(row: ResultRow, measure: TraceTotals | None, span: Mapping[str, Any] | None, shared: bool) -> ResultRow:
    """A result with what its own span says; a trace's latency includes the judges.

    A link to an observation means that observation: what the trace got and answered as a whole may be something else,
    and is, where several items share it.
    """
    if shared:
        row = replace(row, input=None, output=None, latency=None)
    if span is not None:
        given = {name: span[name] for name in ("input", "output") if span.get(name) is not None}
        row = replace(row, start=moment(span.get("startTime")) or row.start, **given)
    if measure is None:
        return row
    latency = row.latency if measure.latency is None else measure.latency
    return replace(row, failed=row.failed or bool(measure.error), latency=latency)


def _filled(row: ResultRow, trace: Mapping[str, Any] | None) -> ResultRow:
    """A result with what its trace says; a link alone has neither input nor output."""
    if trace is None:
        return row
    latency = number(trace.get("latency"))
    metadata = trace.get("metadata")
    return replace(
        row,
        start=moment(trace.get("timestamp")) or row.start,
        latency=latency if latency is not None and latency >= 0 else None,
        input=trace.get("input"),
        output=trace.get("output"),
        metadata=dict(metadata) if isinstance(metadata, Mapping) else {},
        environment=text_of(trace.get("environment")),
        tags=words(trace.get("tags")),
    )
