"""Dataset runs of servers before v4 and of the migration modes: rows made by linking items to traces."""

from __future__ import annotations

from typing import Any

from langfuse_standin import datasets, scores
from langfuse_standin.kinds import ServerKind
from langfuse_standin.paging import Refused, invalid, missing, newest_first, paged
from langfuse_standin.store import Store, iso, seconds

_LINK_KEYS = {
    "runName",
    "datasetItemId",
    "traceId",
    "observationId",
    "runDescription",
    "metadata",
    "datasetVersion",
    "createdAt",
}


def link(store: Store, kind: ServerKind, body: dict[str, Any]) -> dict[str, Any]:
    """Links an item's trace to a run; the first link makes the run. Stores nothing in events_only mode."""
    unknown = set(body) - (_LINK_KEYS if kind.gives_versions else _LINK_KEYS - {"datasetVersion"})
    if unknown:
        raise invalid(min(unknown), f'Unrecognized key: "{min(unknown)}"', "unrecognized_keys")
    if (
        not body.get("runName")
        or not body.get("datasetItemId")
        or not (body.get("traceId") or body.get("observationId"))
    ):
        raise invalid("runName", "Invalid input: expected string, received undefined")
    item = store.items.get(body["datasetItemId"])
    if item is None or item["status"] != "ACTIVE":
        raise missing("Dataset item not found")
    now = iso(store.clock())
    run = store.runs.get((item["datasetId"], body["runName"]))
    stored = kind.mode != "events_only"
    if run is None:
        run = {
            "id": store.new_id("run"),
            "name": body["runName"],
            "description": body.get("runDescription"),
            "metadata": _run_metadata(body),
            "datasetId": item["datasetId"],
            "createdAt": body.get("createdAt") or now,
            "updatedAt": now,
            "datasetName": item["datasetName"],
        }
        if stored:
            store.runs.put((item["datasetId"], body["runName"]), run)
    row = {
        "id": store.new_id("link"),
        "traceId": body.get("traceId"),
        "observationId": body.get("observationId"),
        "datasetRunId": run["id"],
        "datasetRunName": run["name"],
        "datasetItemId": item["id"],
        "createdAt": body.get("createdAt") or now,
        "updatedAt": now,
    }
    if stored:
        store.run_items.put(row["id"], row)
    return row


def _run_metadata(body: dict[str, Any]) -> dict[str, Any]:
    """What is no object stands under a name of its own, and the version a run was pinned to beside it."""
    given, version = body.get("metadata"), body.get("datasetVersion")
    whole = given if isinstance(given, dict) else {} if given is None else {"metadata": given}
    return whole | ({"dataset_version": iso(seconds(version))} if version else {})


def list_datasets(store: Store, query: dict[str, str]) -> dict[str, Any]:
    """`GET /datasets`: with ids of items and names of runs."""
    found = datasets.list_datasets(store, query)
    found["data"] = [dict(row) for row in found["data"]]
    for row in found["data"]:
        row |= {"items": [item["id"] for item in _items(store, row)], "runs": _runs(store, row)}
    return found


def one_dataset(store: Store, kind: ServerKind, name: str) -> dict[str, Any]:
    """`GET /datasets/{name}`: with all its items and the names of its runs."""
    row = datasets.one_dataset(store, name)
    return {**row, "items": [datasets.item_row(kind, item) for item in _items(store, row)], "runs": _runs(store, row)}


def _items(store: Store, dataset: dict[str, Any]) -> list[dict[str, Any]]:
    return [item for item in store.items.visible() if item["datasetId"] == dataset["id"] and item["status"] == "ACTIVE"]


def _runs(store: Store, dataset: dict[str, Any]) -> list[str]:
    return [run["name"] for run in store.runs.visible() if run["datasetId"] == dataset["id"]]


def list_runs(store: Store, name: str, query: dict[str, str]) -> dict[str, Any]:
    dataset = store.dataset_named(name)
    if dataset is None:
        raise missing("Dataset not found")
    rows = [run for run in store.runs.visible() if run["datasetId"] == dataset["id"]]
    return paged(newest_first(rows), query)


def one_run(store: Store, name: str, run_name: str) -> dict[str, Any]:
    dataset = store.dataset_named(name)
    found = [r for r in store.runs.visible() if dataset and r["datasetId"] == dataset["id"] and r["name"] == run_name]
    if not found:
        raise missing("Dataset run not found")
    return {**found[0], "datasetRunItems": _items_of(store, {run["id"] for run in found})}


def _items_of(store: Store, run_ids: set[str]) -> list[dict[str, Any]]:
    rows = [row for row in store.run_items.visible() if row["datasetRunId"] in run_ids]
    return sorted(rows, key=lambda row: (row["createdAt"], row["id"]), reverse=True)


def list_run_items(store: Store, query: dict[str, str]) -> dict[str, Any]:
    for key in ("datasetId", "runName"):
        if key not in query:
            raise invalid(key, "Invalid input: expected string, received undefined", "invalid_type")
    runs = {
        r["id"] for r in store.runs.visible() if r["datasetId"] == query["datasetId"] and r["name"] == query["runName"]
    }
    if not runs:
        raise missing("Dataset run not found for the given project and dataset id")
    return paged(_items_of(store, runs), query)


def delete_run(store: Store, name: str, run_name: str) -> dict[str, Any]:
    run = one_run(store, name, run_name)
    store.runs.drop((run["datasetId"], run_name))
    for row in run["datasetRunItems"]:
        store.run_items.drop(row["id"])
    return {"message": "Dataset run successfully deleted"}


def ingest(store: Store, kind: ServerKind, body: dict[str, Any]) -> tuple[int, Any]:
    """`POST /ingestion`: a 207 with one verdict an event; only scores pass on v4 events_only."""
    successes, errors = [], []
    for event in body.get("batch", []):
        try:
            if event.get("type") == "score-create":
                scores.put(
                    store, {**event["body"], "timestamp": event["body"].get("timestamp") or event.get("timestamp")}
                )
            elif kind.mode == "events_only":
                raise Refused(400, {"message": "Event type not supported in v4 events_only mode", "error": [{}]})
            elif event.get("type") == "trace-create":
                old = store.traces.get(event["body"]["id"]) or {}
                store.traces.put(event["body"]["id"], {**old, **event["body"]})
            successes.append({"id": event.get("id"), "status": 201})
        except Refused as refused:
            errors.append({"id": event.get("id"), "status": 400, "message": refused.body["message"]})
    return 207, {"successes": successes, "errors": errors}
