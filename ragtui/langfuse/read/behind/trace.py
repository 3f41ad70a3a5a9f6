"""The trace of one item: what the pipeline did, call by call, with texts in full and what people wrote about it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ragtui.files.fields import number
from ragtui.langfuse.api.client import LangfuseHttp, Params, path_value
from ragtui.langfuse.api.pages import cursored
from ragtui.langfuse.api.shapes.plain import iso, moment, rows_in, settings, text_of, unpacked
from ragtui.langfuse.api.shapes.totals import usage_of
from ragtui.langfuse.read.behind.comments import observation_comments, trace_comments
from ragtui.langfuse.read.behind.sessions import read_session
from ragtui.model import Observation, Trace

BEFORE_S = 86_400.0
MOST_DEEP = 100


def read_trace(http: LangfuseHttp, trace_id: str, start: float | None, *, experiments: bool) -> Trace:
    """Everything of one trace.

    Args:
        start: about when it began; a server searches all it has when it is not told.
        experiments: the server lists observations of v4; else the trace is read whole.

    Raises:
        LangfuseError: it cannot be read, or there is no such trace.
    """
    rows, session = _observations(http, trace_id, start) if experiments else _whole(http, trace_id)
    unique = {text_of(row.get("id")): row for row in rows}
    said, left_out = observation_comments(http, unique)
    observations = (replace(one, comments=said.get(one.id, ())) for one in _in_order(list(unique.values())))
    turns, broken = read_session(http, session, start, experiments=experiments) if session else ((), "")
    comments, unread = trace_comments(http, trace_id)
    notes = tuple(dict.fromkeys(note for note in (left_out, unread, broken) if note))
    return Trace(trace_id, tuple(observations), comments, session, turns, notes)


_Read = tuple[list[Mapping[str, Any]], str]
"""Rows of observations, and the session of their trace."""


def _observations(http: LangfuseHttp, trace_id: str, start: float | None) -> _Read:
    one: dict[str, Any] = {"type": "stringOptions", "column": "traceId", "operator": "any of", "value": [trace_id]}
    conditions = [one]
    if start is not None:
        since = {"type": "datetime", "column": "startTime", "operator": ">=", "value": iso(start - BEFORE_S)}
        conditions.append(since)
    query: Params = {"fields": "core,basic,io,model,usage,prompt,metrics", "filter": json.dumps(conditions)}
    rows = list(cursored(http.get, "/v2/observations", query))
    return rows, next((session for row in rows if (session := text_of(row.get("sessionId")))), "")


def _whole(http: LangfuseHttp, trace_id: str) -> _Read:
    trace = http.get(f"/traces/{path_value(trace_id)}").fields
    return rows_in(trace.get("observations")), text_of(trace.get("sessionId"))


def _in_order(rows: Sequence[Mapping[str, Any]]) -> list[Observation]:
    known = {text_of(row.get("id")) for row in rows}
    children: dict[str, list[Mapping[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: (text_of(row.get("startTime")), text_of(row.get("id")))):
        parent = text_of(row.get("parentObservationId"))
        children.setdefault(parent if parent in known else "", []).append(row)
    found: list[Observation] = []
    pending = [(row, 0) for row in reversed(children.pop("", []))]
    while pending:
        row, depth = pending.pop()
        found.append(_observation(row, depth))
        below = children.pop(found[-1].id, [])
        pending += [(each, min(depth + 1, MOST_DEEP)) for each in reversed(below)]
    # Spans that are each other's parents hang nowhere; they are shown all the same.
    return found + [_observation(row, 0) for rest in children.values() for row in rest]


def _observation(row: Mapping[str, Any], depth: int) -> Observation:
    start, end = moment(row.get("startTime")), moment(row.get("endTime"))
    took = number(row.get("latency"))
    prompt, version = text_of(row.get("promptName")), row.get("promptVersion")
    price = number(row.get("totalCost")) or number(row.get("calculatedTotalCost"))
    parameters = settings(row.get("modelParameters"))
    return Observation(
        id=text_of(row.get("id")),
        name=text_of(row.get("name")),
        kind=text_of(row.get("type")).lower() or "span",
        depth=depth,
        started=start,
        seconds=took if took is not None else end - start if start is not None and end is not None else None,
        level=text_of(row.get("level")),
        status=text_of(row.get("statusMessage")),
        model=text_of(row.get("providedModelName") or row.get("model")),
        parameters=", ".join(f"{name} {value}" for name, value in parameters.items()),
        prompt=f"{prompt}@{version}" if prompt and version is not None else prompt,
        tokens=usage_of(row),
        cost=price or None,
        input=shown_text(row.get("input")),
        output=shown_text(row.get("output")),
    )


def shown_text(value: Any) -> str:
    """An input or output in full, as people read it."""
    if isinstance(value, str):
        # The SDK writes "\u00fc" for "ü" inside of JSON; everything else stays as it was recorded.
        found = unpacked(value) if "\\u" in value else value
        return (
            value
            if isinstance(found, str)
            else json.dumps(found, ensure_ascii=False).encode("utf-8", "replace").decode()
        )
    return "" if value is None else json.dumps(value, ensure_ascii=False, indent=2)
