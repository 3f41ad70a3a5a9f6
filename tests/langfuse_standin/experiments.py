"""Experiments and their items, derived from span attributes as the real server derives them."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from langfuse_standin.otlp import PREFIX, Span
from langfuse_standin.paging import after_cursor, comma_split, field_groups, filter_values, invalid, limit_of
from langfuse_standin.scores import as_v3, served
from langfuse_standin.store import Store, iso, seconds

DAY = 86_400.0
_EXPERIMENT_FIELDS = ("core", "metadata", "scores")
_ITEM_FIELDS = ("core", "dataset", "io", "metadata", "itemMetadata", "experimentMetadata", "scores")


def list_experiments(store: Store, query: dict[str, str], forget_after_days: float) -> dict[str, Any]:
    """Rows of `GET /experiments`; times and counts cover only what lies inside the window."""
    low, high = window(query)
    groups = field_groups(query, _EXPERIMENT_FIELDS)
    score_limit = limit_of(query, 50, 50, "scoreLimit")
    wanted = filter_values(query, ("id", "name", "datasetId"))
    for parameter in ("id", "name", "datasetId"):
        if parameter in query and "filter" not in query:
            wanted[parameter] = comma_split(query[parameter]) or []
    members: dict[str, list[Span]] = defaultdict(list)
    for span in store.spans.visible():
        if span.experiment and low <= span.start < high:
            members[span.experiment].append(span)
    rows = []
    for experiment_id, spans in members.items():
        roots = [span for span in spans if span.is_item_root]
        if not roots:
            continue
        latest = max(roots, key=lambda span: span.start)
        row: dict[str, Any] = {
            "id": experiment_id,
            "name": str(latest.experiment_attribute("name", "")),
            "description": _described(roots),
            "startTime": iso(min(span.start for span in spans)),
            "endTime": iso(max(span.end for span in spans)),
            "itemCount": len({span.id for span in roots}),
            "datasetId": latest.experiment_attribute("dataset.id"),
        }
        if not _selected(row, wanted):
            continue
        forgotten = store.clock() - latest.start > forget_after_days * DAY
        if forgotten:
            row["description"] = ""
        if "metadata" in groups:
            row["metadata"] = {} if forgotten else _metadata(latest, "metadata")
        if "scores" in groups:
            own = served(score for score in store.scores.visible() if score.get("datasetRunId") == experiment_id)
            row["scores"] = [as_v3(store, score, {"subject"}) for score in own[:score_limit]]
        rows.append(row)
    page, cursor = after_cursor(rows, query, lambda row: [row["endTime"], row["id"]])
    return {"data": page, "meta": {"cursor": cursor} if cursor else {}}


def list_items(store: Store, query: dict[str, str]) -> dict[str, Any]:
    """Rows of `GET /experiment-items`, newest first."""
    low, high = window(query)
    groups = field_groups(query, _ITEM_FIELDS)
    score_limit = limit_of(query, 50, 50, "scoreLimit")
    wanted = filter_values(query, ("experimentId", "experimentName", "experimentItemId", "datasetId"))
    for parameter in ("experimentId", "experimentName", "experimentItemId", "datasetId"):
        if parameter in query and "filter" not in query:
            wanted[parameter] = comma_split(query[parameter]) or []
    if "datasetId" in wanted:
        wanted["experimentDatasetId"] = wanted.pop("datasetId")
    rows = []
    for span in store.item_roots():
        if not low <= span.start < high:
            continue
        row = _item_row(span, groups)
        if _selected({**row, "experimentDatasetId": span.experiment_attribute("dataset.id")}, wanted):
            rows.append(row)
    page, cursor = after_cursor(rows, query, lambda row: [row["startTime"], row["traceId"], row["id"]])
    if "scores" in groups and page:
        _attach_scores(store, page, score_limit)
    return {"data": page, "meta": {"cursor": cursor} if cursor else {}}


def window(query: dict[str, str]) -> tuple[float, float]:
    if "fromStartTime" not in query:
        raise invalid("fromStartTime", "Invalid input: expected string, received undefined", "invalid_type")
    try:
        low = seconds(query["fromStartTime"])
        high = seconds(query["toStartTime"]) if "toStartTime" in query else float("inf")
    except ValueError:
        raise invalid("fromStartTime", "Invalid ISO datetime", "invalid_format") from None
    return low, high


def _selected(row: dict[str, Any], wanted: dict[str, list[str]]) -> bool:
    return all(row.get(column) in values for column, values in wanted.items())


def _described(roots: list[Span]) -> str:
    return next((str(text) for span in roots if (text := span.experiment_attribute("description"))), "")


def _item_row(span: Span, groups: set[str]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": span.id,
        "traceId": span.trace_id,
        "startTime": iso(span.start),
        "endTime": iso(span.end),
        "level": level(span),
        "environment": span.attribute("langfuse.environment", "default"),
        "experimentId": span.experiment,
        "experimentName": span.experiment_attribute("name", ""),
        "experimentItemId": span.experiment_attribute("item.id", ""),
    }
    if not groups or "dataset" in groups:
        row["experimentDatasetId"] = span.experiment_attribute("dataset.id")
        row["experimentItemVersion"] = span.experiment_attribute("item.version")
    if "io" in groups:
        row["input"] = as_text(span.attribute("langfuse.observation.input", None))
        row["output"] = as_text(span.attribute("langfuse.observation.output", None))
        row["expectedOutput"] = as_text(span.experiment_attribute("item.expected_output"))
    if "metadata" in groups:
        row["metadata"] = observation_metadata(span)
    if "itemMetadata" in groups:
        row["experimentItemMetadata"] = _metadata(span, "item.metadata")
    if "experimentMetadata" in groups:
        row["experimentMetadata"] = _metadata(span, "metadata")
        row["experimentDescription"] = span.experiment_attribute("description", "") or ""
    return row


def _attach_scores(store: Store, page: list[dict[str, Any]], limit: int) -> None:
    """Newest scores of each item's root, only those dated within a day of this page's items."""
    times = [seconds(row["startTime"]) for row in page]
    low, high = min(times) - DAY, max(times) + DAY
    near = served(score for score in store.scores.visible() if low <= seconds(score["timestamp"]) <= high)
    for row in page:
        own = [
            score
            for score in near
            if score.get("traceId") == row["traceId"] and score.get("observationId") in (None, row["id"])
        ]
        row["scores"] = [as_v3(store, score, {"subject"}) for score in own[:limit]]


def level(span: Span) -> str:
    return str(span.attribute("langfuse.observation.level", "") or ("ERROR" if span.error else "DEFAULT"))


def as_text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _metadata(span: Span, name: str) -> dict[str, str]:
    """Metadata given whole (a JSON object) or key by key; every value ends as text."""
    found: dict[str, str] = {}
    whole = span.experiment_attribute(name)
    if isinstance(whole, str):
        try:
            parsed = json.loads(whole)
        except ValueError:
            parsed = {}
        if isinstance(parsed, dict):
            found |= flattened(parsed)
    prefix = f"{PREFIX}{name}."
    for key, value in span.attributes.items():
        if key.startswith(prefix):
            found[key.removeprefix(prefix)] = as_text(value) or ""
    return found


def flattened(value: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested objects as dotted names with text values: what v4 keeps of an experiment's metadata."""
    found: dict[str, str] = {}
    for key, one in value.items():
        name = f"{prefix}{key}"
        if isinstance(one, dict):
            found |= flattened(one, f"{name}.")
        else:
            found[name] = one if isinstance(one, str) else json.dumps(one)
    return found


def observation_metadata(span: Span) -> dict[str, str]:
    prefix = "langfuse.observation.metadata."
    found = {key.removeprefix(prefix): as_text(v) or "" for key, v in span.attributes.items() if key.startswith(prefix)}
    found |= {"scope.name": span.scope[0], "scope.version": span.scope[1]}
    found |= {f"resourceAttributes.{key}": str(value) for key, value in span.resource.items()}
    return found
