"""Observations (spans read back) and the older trace view."""

from __future__ import annotations

import json
from typing import Any

from langfuse_standin.experiments import as_text, level, observation_metadata
from langfuse_standin.otlp import Span
from langfuse_standin.paging import after_cursor, field_groups, filter_values, missing, paged
from langfuse_standin.scores import as_v1
from langfuse_standin.store import Store, iso, seconds

_FIELDS = ("core", "basic", "time", "io", "metadata", "model", "usage", "prompt", "metrics", "trace_context")


def list_v2(store: Store, query: dict[str, str], unmerged: bool) -> dict[str, Any]:
    """Rows of `GET /v2/observations`; `unmerged` repeats a span as often as it was sent."""
    groups = field_groups(query, _FIELDS, strict=False) or {"core", "basic"}
    wanted = filter_values(query, ("traceId", "id", "name", "type", "experimentId"))
    # A condition of the filter takes the place of the plain parameter of its own column only.
    if "traceId" in query:
        wanted.setdefault("traceId", [query["traceId"]])
    low = seconds(query["fromStartTime"]) if "fromStartTime" in query else float("-inf")
    high = seconds(query["toStartTime"]) if "toStartTime" in query else float("inf")
    rows = []
    for record in store.spans.visible_records():
        span: Span = record.value
        facts = {"traceId": span.trace_id, "id": span.id, "name": span.name, "type": _type(span)}
        facts["experimentId"] = span.experiment
        if not _asked_for(span, query):
            continue
        if not low <= span.start < high or any(facts[column] not in values for column, values in wanted.items()):
            continue
        rows += [(span, copy) for copy in range(record.writes if unmerged else 1)]
    page, cursor = after_cursor(rows, query, lambda row: [row[0].start, row[0].trace_id, row[0].id, row[1]], most=1000)
    data = [_row(store, span, groups) for span, _ in page]
    return {"data": data, "meta": {"cursor": cursor} if cursor else {}}


def _asked_for(span: Span, query: dict[str, str]) -> bool:
    """Whether a span meets the plain parameters for sessions and roots."""
    if "sessionId" in query and span.attribute("session.id", "") != query["sessionId"]:
        return False
    return "isRootObservation" not in query or (query["isRootObservation"] == "true") == (not span.parent_id)


def session(store: Store, session_id: str) -> dict[str, Any]:
    """`GET /sessions/{id}` of the older surface: its traces, without their spans and scores."""
    ids = {span.trace_id for span in store.spans.visible() if span.attribute("session.id", "") == session_id}
    if not ids:
        raise missing("Session not found within authorized project")
    rows = [{k: v for k, v in trace(store, each).items() if k not in ("scores", "observations")} for each in ids]
    traces = sorted(rows, key=lambda row: (row["timestamp"], row["id"]), reverse=True)
    return {"id": session_id, "projectId": store.project_id, "environment": "default", "traces": traces}


def list_v1(store: Store, query: dict[str, str]) -> dict[str, Any]:
    """`GET /observations` of the older surface, by numbered pages."""
    low = seconds(query["fromStartTime"]) if "fromStartTime" in query else float("-inf")
    high = seconds(query["toStartTime"]) if "toStartTime" in query else float("inf")
    rows = []
    for span in sorted(store.spans.visible(), key=lambda span: (span.start, span.id), reverse=True):
        facts = {"type": _type(span), "level": level(span), "traceId": span.trace_id, "name": span.name}
        if low <= span.start < high and all(query[key] == fact for key, fact in facts.items() if key in query):
            rows.append(_legacy_row(store, span))
    return paged(rows, query)


def one_v1(store: Store, span_id: str) -> dict[str, Any]:
    """`GET /observations/{id}` of the older surface."""
    found = next((span for span in store.spans.visible() if span.id == span_id), None)
    if found is None:
        raise missing("Observation not found within authorized project")
    return _legacy_row(store, found)


def list_traces(store: Store, query: dict[str, str]) -> dict[str, Any]:
    """`GET /traces`: inputs, outputs and totals; scores and observations only as ids."""
    low = seconds(query["fromTimestamp"]) if "fromTimestamp" in query else float("-inf")
    high = seconds(query["toTimestamp"]) if "toTimestamp" in query else float("inf")
    ids = {span.trace_id for span in store.spans.visible()} | {row["id"] for row in store.traces.visible()}
    rows = []
    for found in (trace(store, trace_id) for trace_id in ids):
        if low <= seconds(found["timestamp"]) < high:
            found["scores"] = [score["id"] for score in found["scores"]]
            found["observations"] = [span["id"] for span in found["observations"]]
            rows.append(found)
    return paged(sorted(rows, key=lambda row: (row["timestamp"], row["id"]), reverse=True), query)


def _type(span: Span) -> str:
    return str(span.attribute("langfuse.observation.type", "span")).upper()


def _row(store: Store, span: Span, groups: set[str]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": span.id,
        "traceId": span.trace_id,
        "startTime": iso(span.start),
        "endTime": iso(span.end),
        "projectId": store.project_id,
        "parentObservationId": span.parent_id or None,
        "type": _type(span),
    }
    if "basic" in groups:
        row |= {
            "name": span.name,
            "level": level(span),
            "statusMessage": span.attribute("langfuse.observation.status_message", "") or span.error,
            "version": "",
            "environment": span.attribute("langfuse.environment", "default"),
            "userId": "",
            "sessionId": span.attribute("session.id", ""),
            "latency": round(span.end - span.start, 3),
            "timeToFirstToken": None,
            "isRootObservation": not span.parent_id,
            "bookmarked": False,
            "public": False,
        }
    if "io" in groups:
        row["input"] = as_text(span.attribute("langfuse.observation.input", None))
        row["output"] = as_text(span.attribute("langfuse.observation.output", None))
    if "metadata" in groups:
        row["metadata"] = {key: value[:200] for key, value in observation_metadata(span).items()}
    if "model" in groups:
        row |= {"providedModelName": span.attribute("langfuse.observation.model.name", None), "internalModelId": None}
        row["modelParameters"] = span.attribute("langfuse.observation.model.parameters", None)
    if "prompt" in groups:
        version = span.attribute("langfuse.observation.prompt.version", None)
        row |= {"promptName": span.attribute("langfuse.observation.prompt.name", None), "promptVersion": version}
    if "usage" in groups:
        usage, cost = _numbers(span, "usage_details"), _numbers(span, "cost_details")
        total = cost.get("total", sum(cost.values())) if cost else 0
        row |= {"usageDetails": usage, "costDetails": cost, "totalCost": total, "usagePricingTierName": None}
    if "trace_context" in groups:
        tags = span.attribute("langfuse.trace.tags", [])
        row |= {"tags": list(tags), "release": "", "traceName": span.attribute("langfuse.trace.name", "")}
    if "metrics" in groups:
        row |= {"latency": round(span.end - span.start, 3), "timeToFirstToken": None}
    return row | {"modelId": None, "inputPrice": None, "outputPrice": None, "totalPrice": None}


def _numbers(span: Span, name: str) -> dict[str, float]:
    raw = span.attribute(f"langfuse.observation.{name}", "{}")
    found = json.loads(raw) if isinstance(raw, str) else raw
    if found and "total" not in found:
        found["total"] = sum(found.values())
    return dict(found)


def trace(store: Store, trace_id: str) -> dict[str, Any]:
    """`GET /traces/{id}` of the older surface: everything of one trace."""
    spans = sorted((s for s in store.spans.visible() if s.trace_id == trace_id), key=lambda span: span.start)
    body = next((row for row in store.traces.visible() if row["id"] == trace_id), None)
    if not spans and body is None:
        raise missing(f"Trace {trace_id} not found within authorized project")
    root = next((span for span in spans if not span.parent_id), spans[0] if spans else None)
    given = body or {}
    scores = [as_v1(store, s) for s in store.scores.visible() if s.get("traceId") == trace_id]
    observations = [_legacy_row(store, span) for span in spans]
    return {
        "id": trace_id,
        "projectId": store.project_id,
        "name": given.get("name") or (root.name if root else None),
        "timestamp": given.get("timestamp") or (iso(root.start) if root else iso(store.clock())),
        "input": given.get("input") if body else _loose(root, "input"),
        "output": given.get("output") if body else _loose(root, "output"),
        "metadata": given.get("metadata") or {},
        # Any span may name them: SDK 4 notes them on those inside of the block that was told.
        "sessionId": next((said for span in spans if (said := span.attribute("session.id", ""))), None),
        "environment": root.attribute("langfuse.environment", "default") if root else "default",
        "tags": sorted({tag for span in spans for tag in span.attribute("langfuse.trace.tags", [])}),
        "scores": scores,
        "observations": observations,
        "latency": given.get("latency", round(max(s.end for s in spans) - spans[0].start, 3) if spans else 0),
        "totalCost": given.get("totalCost", sum(row["calculatedTotalCost"] for row in observations)),
        "htmlPath": f"/project/{store.project_id}/traces/{trace_id}",
    }


def _loose(span: Span | None, what: str) -> Any:
    """Input or output, parsed when it is JSON, as the older endpoints give it."""
    text = span.attribute(f"langfuse.observation.{what}", None) if span else None
    try:
        return json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return text


def _legacy_row(store: Store, span: Span) -> dict[str, Any]:
    usage, cost = _numbers(span, "usage_details"), _numbers(span, "cost_details")
    return {
        "id": span.id,
        "traceId": span.trace_id,
        "startTime": iso(span.start),
        "endTime": iso(span.end),
        "projectId": store.project_id,
        "parentObservationId": span.parent_id or None,
        "type": _type(span),
        "name": span.name,
        "level": level(span),
        "statusMessage": span.attribute("langfuse.observation.status_message", "") or span.error or None,
        "environment": span.attribute("langfuse.environment", "default"),
        "input": _loose(span, "input"),
        "output": _loose(span, "output"),
        "metadata": observation_metadata(span),
        "model": span.attribute("langfuse.observation.model.name", None),
        "modelParameters": json.loads(span.attribute("langfuse.observation.model.parameters", None) or "{}"),
        "promptName": span.attribute("langfuse.observation.prompt.name", None),
        "promptVersion": span.attribute("langfuse.observation.prompt.version", None),
        "latency": round(span.end - span.start, 3),
        "usageDetails": usage,
        "costDetails": cost,
        "calculatedTotalCost": cost.get("total", 0) if cost else 0,
        "promptTokens": usage.get("input", 0),
        "completionTokens": usage.get("output", 0),
        "totalTokens": usage.get("total", 0),
    }
