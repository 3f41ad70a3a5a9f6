"""Reads a publication back: what the server shows is the only proof that it has it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ragtui.langfuse.api.abilities import Abilities
from ragtui.langfuse.api.client import LangfuseError, LangfuseHttp, Params, path_value
from ragtui.langfuse.api.pages import PAGE, cursored, numbered
from ragtui.langfuse.api.patience import Patience
from ragtui.langfuse.api.shapes.plain import rows_in
from ragtui.langfuse.write.links import Links
from ragtui.langfuse.write.mirror import iso
from ragtui.langfuse.write.outbox import ITEM, SCORE, Outbox, OutboxEntry, Stage

DAY_NS = 86_400 * 1_000_000_000
TRACES_A_CALL = 80


@dataclass(frozen=True, slots=True)
class Listed:
    """One item as the server lists it under the experiment's id."""

    trace_id: str
    item_id: str
    start_time: str


class Verifier:
    """Compares one experiment on the server with its outbox."""

    def __init__(self, http: LangfuseHttp, outbox: Outbox, abilities: Abilities, links: Links) -> None:
        self._http = http
        self._outbox = outbox
        self._abilities = abilities
        self._links = links

    def look(self, patience: Patience) -> str:
        """Mark what is visible; a failure to read in words, "" when all could be read."""
        listed = self.listed(patience)
        if listed is None:
            return "the experiment cannot be read"
        waiting = self._outbox.items(Stage.SENT)
        where = {entry.trace_id: entry.item_id for entry in waiting}
        visible = {row.trace_id for row in listed if where.get(row.trace_id) == row.item_id}
        if not self._abilities.experiments:
            visible = self._with_a_trace([entry.trace_id for entry in waiting if entry.trace_id in visible], patience)
        self._outbox.mark(ITEM, [entry.key for entry in waiting if entry.trace_id in visible], Stage.VISIBLE)
        return self._look_for_scores(patience)

    def listed(self, patience: Patience) -> list[Listed] | None:
        """Items under the experiment's name, from whoever they are; None when they cannot be read."""
        if self._abilities.experiments:
            return self._listed_items(patience)
        rows = self._links.rows(patience)
        if rows is None:
            return None
        return [Listed(str(row.get("traceId")), str(row.get("datasetItemId")), "") for row in rows]

    def arrived(self, entries: Sequence[OutboxEntry], patience: Patience) -> set[str]:
        """Trace ids whose spans are there although the experiment does not list them yet (the real-time path)."""
        if not self._abilities.experiments:
            return set()
        found: set[str] = set()
        for group in _groups(entries, TRACES_A_CALL):
            condition = {
                "type": "stringOptions", "column": "traceId", "operator": "any of",
                "value": [entry.trace_id for entry in group],
            }  # fmt: skip
            start = iso(min(entry.start_ns for entry in group) - DAY_NS)
            query = {"fields": "core", "fromStartTime": start, "filter": _json([condition])}
            for row in self._cursored("/v2/observations", query, patience, 1000) or ():
                if row.get("traceId"):
                    found.add(str(row["traceId"]))
        return found

    def _with_a_trace(self, linked: Sequence[str], patience: Patience) -> set[str]:
        """Of linked traces those that exist: a link may point to a trace that was lost."""
        return {trace for trace in linked if self._http.request("GET", f"/traces/{path_value(trace)}", patience).ok}

    def _listed_items(self, patience: Patience) -> list[Listed] | None:
        # A fixed early start: items of another origin under the same name may be of any date.
        query = {
            "experimentId": self._outbox.experiment.id, "fromStartTime": "2020-01-01T00:00:00Z",
            "fields": "core,dataset",
        }  # fmt: skip
        rows = self._cursored("/experiment-items", query, patience)
        if rows is None:
            return None
        return [
            Listed(str(row.get("traceId")), str(row.get("experimentItemId")), str(row.get("startTime") or ""))
            for row in rows
        ]

    def _look_for_scores(self, patience: Patience) -> str:
        waiting = {score["id"]: score for score in self._outbox.scores(Stage.SENT)}
        if not waiting:
            return ""
        traces = sorted({str(score["traceId"]) for score in waiting.values()})
        per_trace = math.ceil(max(1, len(self._outbox.scores(*Stage)) / max(1, len(self._outbox.entries))))
        readable = True
        for group in _groups(traces, max(1, min(TRACES_A_CALL, PAGE // per_trace))):
            rows = self._scores_of(group, patience)
            if rows is None:
                readable = False
                continue
            seen = [row["id"] for row in rows if row.get("id") in waiting and _same(row, waiting[row["id"]])]
            self._outbox.mark(SCORE, seen, Stage.VISIBLE)
        return "" if readable else "scores cannot be read"

    def _scores_of(self, traces: Sequence[str], patience: Patience) -> list[Mapping[str, Any]] | None:
        if self._abilities.v3_scores:
            return self._cursored("/v3/scores", {"traceId": ",".join(traces)}, patience)
        rows: list[Mapping[str, Any]] = []
        for trace in traces:
            found = self._scores_of_one(trace, patience)
            if found is None:
                return None
            rows += found
        return rows

    def _scores_of_one(self, trace: str, patience: Patience) -> list[Mapping[str, Any]] | None:
        if not self._abilities.v2_scores:
            reply = self._http.request("GET", f"/traces/{path_value(trace)}", patience)
            rows = reply.fields.get("scores")
            return rows_in(rows) if reply.ok and isinstance(rows, list) else ([] if reply.status == 404 else None)
        try:
            return list(numbered(self._http.page(patience), "/v2/scores", {"traceId": trace}))
        except LangfuseError as error:
            _raise_refused_keys(error)
            return None

    def _cursored(
        self, path: str, query: Params, patience: Patience, size: int = PAGE
    ) -> list[Mapping[str, Any]] | None:
        """All rows of a listing with cursors; None when a page cannot be read."""
        try:
            return list(cursored(self._http.page(patience), path, query, size))
        except LangfuseError as error:
            _raise_refused_keys(error)
            return None


def _raise_refused_keys(error: LangfuseError) -> None:
    """What cannot be read is not there yet; but keys that are refused stay refused."""
    if error.status in (401, 403):
        raise error


def _same(row: Mapping[str, Any], sent: Mapping[str, Any]) -> bool:
    """Whether a score as read has the value that was sent; the older shape keeps words in `stringValue`."""
    value = row.get("stringValue") if isinstance(sent["value"], str) and "stringValue" in row else row.get("value")
    if isinstance(value, int | float) and isinstance(sent["value"], int | float):
        # Servers store doubles but older ones round-trip them through text.
        return math.isclose(value, sent["value"], rel_tol=1e-9, abs_tol=1e-12)
    return bool(value == sent["value"])


def _groups(things: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    return (things[start : start + size] for start in range(0, len(things), size))


def _json(value: Any) -> str:
    import json

    return json.dumps(value, separators=(",", ":"))
