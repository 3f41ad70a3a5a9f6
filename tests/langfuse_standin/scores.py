"""Scores: how they are taken in, and the three shapes in which they are given back."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from langfuse_standin.paging import Refused, after_cursor, comma_split, field_groups, invalid, paged
from langfuse_standin.store import Store, iso, seconds

_V3_PARAMETERS = {
    "limit", "cursor", "fields", "id", "name", "source", "dataType", "environment", "configId", "queueId",
    "authorUserId", "value", "valueMin", "valueMax", "traceId", "sessionId", "experimentId", "observationId",
    "fromTimestamp", "toTimestamp",
}  # fmt: skip


def checked(body: Any) -> dict[str, Any]:
    """A score as it will be stored, without id and dates; refuses what the server refuses."""
    if not isinstance(body, dict):
        got = "array" if isinstance(body, list) else type(body).__name__
        message = f"Invalid input: expected object, received {got}"
        raise Refused(
            400,
            {"message": "Invalid request data", "error": [{"code": "invalid_type", "path": [], "message": message}]},
        )
    if not body.get("name"):
        raise invalid("name", "Invalid input: expected string, received undefined")
    value, kind = body.get("value"), body.get("dataType")
    if value is None:
        raise invalid("value", "Invalid input: expected number or string, received null")
    if isinstance(value, bool):
        value, kind = float(value), kind or "BOOLEAN"
    if kind is None:
        kind = "CATEGORICAL" if isinstance(value, str) else "NUMERIC"
    if kind == "NUMERIC" and (isinstance(value, str) or not math.isfinite(value)):
        raise invalid("value", "Invalid input: expected number, received string")
    if kind == "BOOLEAN" and value not in (0, 1):
        raise invalid("value", "Boolean scores must be 0 or 1")
    if kind in ("CATEGORICAL", "TEXT") and not isinstance(value, str):
        raise invalid("value", "Invalid input: expected string, received number")
    subjects = [key for key in ("traceId", "sessionId", "datasetRunId") if body.get(key)]
    if len(subjects) != 1:
        raise invalid("traceId", "Provide exactly one of traceId, sessionId, datasetRunId")
    return {**body, "value": value, "dataType": kind}


def put(store: Store, body: Any) -> str:
    """Stores one score. The storage key is (id, name, day): sent again on another day it has two rows."""
    score = checked(body)
    score_id = score.get("id") or store.new_id("score")
    stamp = iso(seconds(score["timestamp"])) if score.get("timestamp") else iso(store.clock())
    record = store.scores.put(
        (score_id, score["name"], stamp[:10]),
        {**score, "id": score_id, "timestamp": stamp, "updatedAt": iso(store.clock())},
    )
    record.value["createdAt"] = iso(record.history[0][0])
    return str(score_id)


def served(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """What one query gives, the latest dated first: `ORDER BY timestamp DESC LIMIT 1 BY id`."""
    found: dict[str, dict[str, Any]] = {}
    for score in sorted(rows, key=lambda score: (score["timestamp"], score["id"]), reverse=True):
        found.setdefault(score["id"], score)
    return list(found.values())


def put_list(store: Store, bodies: list[Any]) -> tuple[int, Any]:
    """202 when all were taken, else 207 with what was refused."""
    errors = []
    for body in bodies:
        try:
            put(store, body)
        except Refused as refused:
            errors.append({"message": refused.body["error"][0]["message"]})
    if not errors:
        return 202, {"message": "Accepted"}
    return 207, {"accepted": len(bodies) - len(errors), "rejected": len(errors), "errors": errors}


def as_v3(store: Store, score: dict[str, Any], groups: set[str]) -> dict[str, Any]:
    value = score["value"]
    row = {
        "id": score["id"],
        "projectId": store.project_id,
        "name": score["name"],
        "source": score.get("source", "API"),
        "timestamp": score["timestamp"],
        "environment": score.get("environment") or "default",
        "createdAt": score["createdAt"],
        "updatedAt": score["updatedAt"],
        "dataType": score["dataType"],
        "value": bool(value) if score["dataType"] == "BOOLEAN" else value,
    }
    if "details" in groups:
        row |= {
            "comment": score.get("comment"),
            "configId": score.get("configId"),
            "metadata": score.get("metadata") or {},
        }
    if "annotation" in groups:
        row |= {"authorUserId": score.get("authorUserId"), "queueId": score.get("queueId")}
    if "subject" in groups:
        row["subject"] = _subject(score)
    return row


def _subject(score: dict[str, Any]) -> dict[str, Any]:
    if score.get("datasetRunId"):
        return {"kind": "experiment", "id": score["datasetRunId"]}
    if score.get("sessionId"):
        return {"kind": "session", "id": score["sessionId"]}
    if score.get("observationId"):
        return {"kind": "observation", "id": score["observationId"], "traceId": score["traceId"]}
    return {"kind": "trace", "id": score["traceId"]}


def list_v3(store: Store, query: dict[str, str]) -> dict[str, Any]:
    unknown = set(query) - _V3_PARAMETERS
    if unknown:
        raise invalid(min(unknown), f'Unrecognized key: "{min(unknown)}"', "unrecognized_keys")
    groups = field_groups(query, ("core", "details", "subject", "annotation"))
    if sum(key in query for key in ("traceId", "sessionId", "experimentId")) > 1:
        raise invalid("traceId", "traceId, sessionId and experimentId exclude each other")
    if "observationId" in query and "traceId" not in query:
        raise invalid("observationId", "observationId requires traceId")
    rows = []
    columns = {
        "id": "id", "name": "name", "dataType": "dataType", "traceId": "traceId", "observationId": "observationId",
        "sessionId": "sessionId", "experimentId": "datasetRunId",
    }  # fmt: skip
    wanted = {column: comma_split(query[key]) or [] for key, column in columns.items() if key in query}
    for score in store.scores.visible():
        if any(score.get(column) not in values for column, values in wanted.items()):
            continue
        if "fromTimestamp" in query and seconds(score["timestamp"]) < seconds(query["fromTimestamp"]):
            continue
        if "toTimestamp" in query and seconds(score["timestamp"]) >= seconds(query["toTimestamp"]):
            continue
        rows.append(score)
    # A query tells the rows of one id apart in what lies behind the cursor, not over all pages.
    page, cursor = after_cursor(
        rows, query, lambda score: [score["timestamp"], score["id"]], once=lambda row: row["id"]
    )
    meta: dict[str, Any] = {"limit": int(query.get("limit", 50))}
    return {
        "data": [as_v3(store, score, groups) for score in page],
        "meta": meta | ({"cursor": cursor} if cursor else {}),
    }


def as_v1(store: Store, score: dict[str, Any]) -> dict[str, Any]:
    """The oldest shape: a categorical score has `value: 0` and its word in `stringValue`."""
    value, kind = score["value"], score["dataType"]
    text = value if isinstance(value, str) else None
    if kind == "BOOLEAN":
        text = "True" if value else "False"
    return {
        "id": score["id"],
        "projectId": store.project_id,
        "environment": score.get("environment") or "default",
        "name": score["name"],
        "value": 0 if isinstance(value, str) else value,
        "source": score.get("source", "API"),
        "authorUserId": score.get("authorUserId"),
        "comment": score.get("comment"),
        "metadata": score.get("metadata") or {},
        "configId": score.get("configId"),
        "queueId": None,
        "executionTraceId": None,
        "createdAt": score["createdAt"],
        "updatedAt": score["updatedAt"],
        "timestamp": score["timestamp"],
        "traceId": score.get("traceId"),
        "observationId": score.get("observationId"),
        "stringValue": text,
        "dataType": kind,
    }


def as_v2(store: Store, score: dict[str, Any]) -> dict[str, Any]:
    """The v2 shape: v1 with the other subjects and a word on the trace."""
    row = as_v1(store, score) | {"sessionId": score.get("sessionId"), "datasetRunId": score.get("datasetRunId")}
    row["trace"] = None if not score.get("traceId") else {"userId": None, "tags": [], "environment": "default"}
    return row


def list_v2(store: Store, query: dict[str, str], by_trace: bool, oldest: bool = False) -> dict[str, Any]:
    """`by_trace` False is a server that does not know the traceId parameter and ignores it."""
    rows = list(store.scores.visible())
    if by_trace:
        for key in ("traceId", "datasetRunId"):
            if key in query:
                rows = [score for score in rows if score.get(key) == query[key]]
    if "name" in query:
        rows = [score for score in rows if score["name"] == query["name"]]
    if "fromTimestamp" in query:
        rows = [score for score in rows if seconds(score["timestamp"]) >= seconds(query["fromTimestamp"])]
    if "toTimestamp" in query:
        rows = [score for score in rows if seconds(score["timestamp"]) < seconds(query["toTimestamp"])]
    if oldest:
        rows = [score for score in rows if score.get("traceId")]
        trace: dict[str, Any] = {"userId": None, "tags": [], "environment": "default"}
        found = paged([as_v1(store, score) | {"trace": trace} for score in served(rows)], query)
    else:
        found = paged([as_v2(store, score) for score in served(rows)], query)
    # The count does not tell the rows of one id apart; the page does.
    found["meta"] |= {"totalItems": len(rows), "totalPages": -(-len(rows) // found["meta"]["limit"])}
    return found
