"""Reads experiments: Langfuse Cloud and self-hosted v4."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ragtui.langfuse.api.client import LangfuseError, Params
from ragtui.langfuse.api.patience import Patience
from ragtui.langfuse.api.records import Bundle, DatasetRow, HostedRunRow, ResultRow, ScoreRow, TraceTotals
from ragtui.langfuse.api.shapes.plain import iso, rows_in, text_of
from ragtui.langfuse.api.shapes.rows import each_once, experiment_row, pinned_to, result_row, score_row, to_the_minute
from ragtui.langfuse.api.shapes.totals import GIVE_PASSAGES, measures_of
from ragtui.langfuse.read.reader import LoadProgress, Reader, Report, comma_safe, groups_of

DAY = 86_400.0
SCORE_CAP = 50
"""Most scores an item carries in `/experiment-items`; whoever has that many may have more."""

_ONCE = Patience(tries=1, limits=1)
"""For what a listing can do without."""

_ITEM_FIELDS = "core,dataset,io,metadata,itemMetadata,experimentMetadata"
_OBSERVATION_PAGE = 1000
MEASURED = "basic,usage,metrics,model,prompt,trace_context"
BEFORE_S, AFTER_S = 300.0, 3600.0


class ExperimentReader(Reader):
    """Experiments as the v4 API lists them.

    200 items with 5 scores each take 2 calls for items, 10 for scores and 2 for cost and tokens.
    """

    def runs(self, dataset: DatasetRow | None, datasets: Sequence[DatasetRow], since: float) -> Iterator[HostedRunRow]:
        """Experiments, latest activity first. One listing serves all datasets."""
        names = {row.id: row.name for row in datasets}
        params: dict[str, str | int] = {"fromStartTime": iso(since), "fields": "core,metadata"}
        if dataset is not None:
            params["datasetId"] = dataset.id
        for raw in self.cursored("/experiments", params):
            row = experiment_row(raw)
            if row.id and (dataset is None or row.dataset_id == dataset.id):
                yield replace(row, dataset=names.get(row.dataset_id, ""))

    def members(self, run: HostedRunRow) -> frozenset[str]:
        """Item ids, without their texts."""
        params = {**_window(run), "fields": "core"}
        return frozenset(text_of(raw.get("experimentItemId")) for raw in self.cursored("/experiment-items", params))

    def about(self, run: HostedRunRow) -> HostedRunRow:
        """Metadata and version of the dataset from one of its items.

        The listing of 4.16 forgets metadata after some weeks and never says the version; the items do.
        """
        params = {**_window(run), "fields": "core,dataset,experimentMetadata", "limit": 1}
        answer = self.http.get("/experiment-items", params, patience=_ONCE)
        rows = [result_row(raw) for raw in answer.data if isinstance(raw, dict)]
        return replace(_completed(run, rows), count=run.count, version=to_the_minute(pinned_to(run, rows)))

    def bundle(self, run: HostedRunRow, report: Report) -> Bundle:
        """Items with their texts, then scores with the judges' comments, then what the spans add up to."""
        results = self._results(run, report)
        started = time.time()
        draft = Bundle(_completed(run, results), results, (), read=started, scores_read=started)
        notes: list[tuple[str, str]] = []
        capped: frozenset[str] = frozenset()
        try:
            scores = self.scores(draft, report)
        except LangfuseError as error:
            if error.status in (0, 401, 403):
                raise
            draft = replace(draft, beside=error.message, partial=True)
            scores, capped = self._scores_beside_items(run, report)
            notes.append(
                (
                    f"scores could not be listed ({error.message}); read beside the items, without judge comments",
                    "At most 50 scores an item and only those of about the same day are in there.",
                )
            )
        measures: tuple[TraceTotals, ...] = ()
        try:
            measures = self._measures(results, report)
        except LangfuseError as error:
            draft = replace(draft, partial=True)
            notes.append((f"cost, tokens and errors could not be read ({error.message})", "Try again later."))
        return replace(draft, scores=scores, measures=measures, capped=capped, notes=tuple(notes))

    def scores(self, bundle: Bundle, report: Report) -> tuple[ScoreRow, ...]:
        """All scores of the traces, however late they were given."""
        return each_once(map(score_row, self._scores_of_traces([row.trace for row in bundle.results], report)))

    def has_older(self, moment: float) -> bool:
        """Whether there is any experiment in the two years before a moment."""
        window: Params = {"fromStartTime": iso(moment - 730 * DAY), "toStartTime": iso(moment), "limit": 1}
        return bool(self.http.get("/experiments", window).data)

    def run_scores(self, run: HostedRunRow) -> tuple[ScoreRow, ...]:
        """Scores on the experiment itself."""
        return self._scores_of_run(run.id)

    # -- parts -----------------------------------------------------------------------------------------------------

    def _results(self, run: HostedRunRow, report: Report) -> tuple[ResultRow, ...]:
        params = {**_window(run), "fields": _ITEM_FIELDS}
        found: dict[tuple[str, str], ResultRow] = {}
        for raw in self.cursored("/experiment-items", params):
            row = result_row(raw)
            # A span that was sent again with another start is listed twice, the later one first.
            found.setdefault((row.trace, row.root), row)
            if len(found) % 50 == 0:
                report(LoadProgress("items", len(found), run.count or 0))
        report(LoadProgress("items", len(found), run.count or len(found)))
        return tuple(found.values())

    def _scores_beside_items(self, run: HostedRunRow, report: Report) -> tuple[tuple[ScoreRow, ...], frozenset[str]]:
        params = {**_window(run), "fields": "scores", "scoreLimit": SCORE_CAP}
        found: list[ScoreRow] = []
        capped: set[str] = set()
        for raw in self.cursored("/experiment-items", params):
            own = [score_row(each) for each in rows_in(raw.get("scores"))]
            found += own
            if len(own) >= SCORE_CAP:
                capped.add(text_of(raw.get("traceId")))
        return each_once(found), frozenset(capped)

    def _measures(self, results: Sequence[ResultRow], report: Report) -> tuple[TraceTotals, ...]:
        passes = [(row.trace, row.root) for row in results]
        wanted = {row.trace for row in results}
        times = [row.start for row in results if row.start is not None]
        spans: list[Mapping[str, Any]] = []
        groups = groups_of(row.trace for row in results)
        try:
            for done, traces in enumerate(groups):
                report(LoadProgress("cost and tokens", done, len(groups)))
                spans += self._observations(traces, times, MEASURED)
        except LangfuseError as error:
            if error.status != 400 or not times:
                raise
            # A server that does not know the filter: everything of that time, told apart here.
            window = {"fromStartTime": iso(min(times) - BEFORE_S), "toStartTime": iso(max(times) + AFTER_S)}
            rows = self.cursored("/v2/observations", {"fields": MEASURED, **window}, _OBSERVATION_PAGE)
            return tuple(measures_of([row for row in rows if row.get("traceId") in wanted], passes))
        retrieving = {text_of(each.get("traceId")) for each in spans if each.get("type") in GIVE_PASSAGES}
        passages: dict[str, Any] = {}
        for traces in groups_of(retrieving):
            for each in self._observations(traces, times, "io", GIVE_PASSAGES):
                passages[text_of(each.get("id"))] = each.get("output")
        filled = [{**each, "output": passages.get(text_of(each.get("id")))} for each in spans]
        return tuple(measures_of(filled, passes))

    def _observations(
        self, traces: Sequence[str], times: Sequence[float], groups: str, kinds: Sequence[str] = ()
    ) -> Iterator[Mapping[str, Any]]:
        conditions: list[dict[str, Any]] = [_any_of("traceId", traces)]
        if kinds:
            conditions.append(_any_of("type", kinds))
        if times:
            # A filter takes the place of fromStartTime, and without a start the server searches all it has.
            start = iso(min(times) - DAY)
            conditions.append({"type": "datetime", "column": "startTime", "operator": ">=", "value": start})
        params: Params = {"fields": groups, "filter": json.dumps(conditions, separators=(",", ":"))}
        return self.cursored("/v2/observations", params, _OBSERVATION_PAGE)


def _any_of(column: str, values: Sequence[str]) -> dict[str, Any]:
    return {"type": "stringOptions", "column": column, "operator": "any of", "value": list(values)}


def _window(run: HostedRunRow) -> dict[str, str | int]:
    """The items of one run, from well before its start: what lies outside the window is silently cut off.

    A client may give an experiment any id, and the server takes a comma in a parameter for its end; a filter is exact.
    """
    start: dict[str, str | int] = {"fromStartTime": iso((run.start or time.time() - 365 * DAY) - DAY)}
    if comma_safe(run.id):
        return {**start, "experimentId": run.id}
    return {**start, "filter": json.dumps([_any_of("experimentId", [run.id])], separators=(",", ":"))}


def _completed(run: HostedRunRow, results: Sequence[ResultRow]) -> HostedRunRow:
    """The listing's row with what only the items know: old runs lose their metadata in the listing."""
    metadata = dict(run.metadata)
    description = run.description
    for row in results:
        metadata = {**row.run_metadata, **metadata}
        description = description or row.run_description
    starts = [row.start for row in results if row.start is not None]
    return replace(
        run,
        metadata=metadata,
        description=description,
        count=len({row.item for row in results}),
        start=run.start if run.start is not None else min(starts, default=None),
    )
