"""Reads dataset runs: Langfuse v2, v3, and v4 in legacy mode."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ragtui.langfuse.http import LangfuseError, LangfuseHttp, Params, path_value
from ragtui.langfuse.normalise import (
    dataset_run_row,
    iso,
    measures_of,
    moment,
    number,
    score_row,
    text_of,
)
from ragtui.langfuse.probe import Server
from ragtui.langfuse.reader import PAGE, Progress, Reader, Report, groups_of
from ragtui.langfuse.records import Bundle, DatasetRow, Measure, ResultRow, RunRow, ScoreRow

DAY = 86_400.0
BEFORE_S, AFTER_S = 300.0, DAY
"""Around the links of a run: where its traces and scores are looked for."""

TASK = "experiment-item-task"
"""What SDKs 3 and 4 call the span that is the pipeline's own."""

_SPARE_PAGES = 20
"""Pages of other people's traffic read before asking trace by trace instead."""
_SINGLE_TRACES = 400

_OneByOne = dict[str, Mapping[str, Any]]


class DatasetRunReader(Reader):
    """Dataset runs: rows that link an item to a trace.

    These servers have no way to ask for several traces at once (scores from v3.179 on excepted), so traces, scores and
    generations are read by the run's time window and told apart here; what is not found there is asked for singly.
    """

    def __init__(self, http: LangfuseHttp, server: Server) -> None:
        super().__init__(http)
        self.server = server

    def runs(self, dataset: DatasetRow | None, datasets: Sequence[DatasetRow], since: float) -> Iterator[RunRow]:
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

    def members(self, run: RunRow) -> frozenset[str]:
        """Items linked to the run."""
        return frozenset(text_of(link.get("datasetItemId")) for link in self.links(run))

    def links(self, run: RunRow) -> list[Mapping[str, Any]]:
        """Run items, by the listing or, before v3.57.1, from the run itself."""
        run_id = run.linked or run.id
        rows: list[Mapping[str, Any]]
        try:
            rows = list(self.numbered("/dataset-run-items", {"datasetId": run.dataset_id, "runName": run.name}))
        except LangfuseError as error:
            if error.status not in (404, 405):
                raise
            answer = self.http.get(f"/datasets/{path_value(run.dataset)}/runs/{path_value(run.name)}")
            listed = answer.body.get("datasetRunItems") if isinstance(answer.body, dict) else None
            rows = [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
        unique = {text_of(row.get("id")): row for row in rows}
        return [row for row in unique.values() if row.get("datasetRunId") in (None, run_id)]

    def bundle(self, run: RunRow, report: Report) -> Bundle:
        """Links, then traces, scores and what the spans add up to."""
        links = self.links(run)
        started = time.time()
        report(Progress("items", len(links), len(links)))
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
        times = [row.start for row in bare if row.start is not None]
        traces, notes = self._traces(bare, times, report)
        results = tuple(_filled(row, traces.get(row.trace)) for row in bare)
        end = max(times, default=None)
        run = replace(
            run,
            count=len({row.item for row in results}),
            start=run.start if run.start is not None else min(times, default=None),
            end=end,
        )
        draft = Bundle(run, results, (), read=started, scores_read=started, notes=tuple(notes))
        scores = self.scores(draft, report)
        measures = self._measures(results, traces, times, scores, report)
        by_trace = {measure.trace: measure for measure in measures}
        results = tuple(_measured(row, by_trace.get(row.trace)) for row in results)
        return replace(draft, results=results, scores=scores, measures=tuple(measures))

    def scores(self, bundle: Bundle, report: Report) -> tuple[ScoreRow, ...]:
        """Scores of the run's traces, by the best way this server has."""
        wanted = {row.trace for row in bundle.results}
        found: dict[str, ScoreRow] = {}
        if self.server.scores == "v3":
            groups = groups_of(sorted(wanted))
            for done, traces in enumerate(groups):
                report(Progress("scores", done, len(groups)))
                params: Params = {"traceId": ",".join(traces), "fields": "details,subject"}
                for raw in self.cursored("/v3/scores", params):
                    row = score_row(raw)
                    found[row.id] = row
        else:
            path = "/v2/scores" if self.server.scores == "v2" else "/scores"
            times = [row.start for row in bundle.results if row.start is not None]
            window = {"fromTimestamp": iso(min(times) - BEFORE_S), "toTimestamp": iso(max(times) + AFTER_S)}
            for raw in self.numbered(path, window) if times else ():
                row = score_row(raw)
                if row.trace in wanted:
                    found[row.id] = row
                if len(found) % PAGE == 0:
                    report(Progress("scores", len(found), 0))
        report(Progress("scores", len(found), len(found)))
        return tuple(found.values())

    # -- parts -----------------------------------------------------------------------------------------------------

    def _traces(
        self, rows: Sequence[ResultRow], times: Sequence[float], report: Report
    ) -> tuple[dict[str, Mapping[str, Any]], list[tuple[str, str]]]:
        """Traces by id: in bulk by time, the rest one by one."""
        wanted = {row.trace for row in rows if row.trace}
        found: _OneByOne = {}
        if not times:
            return found, []
        window: Params = {
            "fromTimestamp": iso(min(times) - BEFORE_S),
            "toTimestamp": iso(max(times) + BEFORE_S),
            "fields": "core,io,metrics",
        }
        most = len(wanted) + _SPARE_PAGES * PAGE
        for seen, raw in enumerate(self.numbered("/traces", window), 1):
            if text_of(raw.get("id")) in wanted:
                found[text_of(raw.get("id"))] = raw
            if len(found) == len(wanted) or seen >= most:
                break
        missing = sorted(wanted - set(found))
        for done, trace in enumerate(missing[:_SINGLE_TRACES]):
            report(Progress("traces", done, len(missing)))
            answer = self.http.send("GET", f"/traces/{path_value(trace)}")
            if answer.ok and isinstance(answer.body, dict):
                found[trace] = answer.body
        absent = len(wanted - set(found))
        if not absent:
            return found, []
        return found, [
            (
                f"{absent} of {len(wanted)} items are linked to traces that are not there",
                "They were never ingested, or deleted; their outputs and scores are lost on the server.",
            )
        ]

    def _measures(
        self,
        results: Sequence[ResultRow],
        traces: Mapping[str, Mapping[str, Any]],
        times: Sequence[float],
        scores: Sequence[ScoreRow],
        report: Report,
    ) -> list[Measure]:
        """Tokens and errors from the spans of the window, costs and latencies from the traces."""
        wanted = {row.trace: row.root for row in results}
        spans: list[Mapping[str, Any]] = []
        if times:
            window = {"fromStartTime": iso(min(times) - BEFORE_S), "toStartTime": iso(max(times) + BEFORE_S)}
            for filters in ({"type": "GENERATION"}, {"level": "ERROR"}, {"name": TASK}):
                report(Progress("cost and tokens", 0, 0))
                try:
                    rows = list(self.numbered("/observations", {**window, **filters}))
                except LangfuseError as error:
                    if error.status not in (400, 404):
                        raise
                    rows = []
                spans += [row for row in rows if row.get("traceId") in wanted]
        # Only some spans of each trace are at hand, so where they hang cannot be followed: no roots are given.
        added = {measure.trace: measure for measure in measures_of(spans, {})}
        durations = {text_of(span.get("id")): number(span.get("latency")) for span in spans}
        errors = {
            text_of(span.get("traceId")): text_of(span.get("statusMessage")) or "the pipeline failed"
            for span in spans
            if span.get("level") == "ERROR" and span.get("id") == wanted.get(text_of(span.get("traceId")))
        }
        out = []
        for trace in wanted:
            own = added.get(trace, Measure(trace))
            price = number(traces.get(trace, {}).get("totalCost"))
            cost = own.cost if own.cost is not None else price if price and price > 0 else None
            latency = durations.get(wanted[trace])
            out.append(replace(own, cost=cost, latency=latency, error=errors.get(trace, "")))
        return out


def _measured(row: ResultRow, measure: Measure | None) -> ResultRow:
    """A result with what its task span says; a trace's own latency includes the judges."""
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
    )
