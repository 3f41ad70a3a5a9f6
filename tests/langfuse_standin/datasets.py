"""Datasets and their items: upsert rules, tombstones, versions."""

from __future__ import annotations

from typing import Any

from langfuse_standin.jsonb import stored_field
from langfuse_standin.kinds import ServerKind
from langfuse_standin.paging import Refused, invalid, missing, newest_first, paged
from langfuse_standin.store import Store, iso, seconds

_MERGED = ("input", "expectedOutput", "metadata", "sourceTraceId", "sourceObservationId", "status")


def put_dataset(store: Store, body: dict[str, Any]) -> dict[str, Any]:
    name = body.get("name")
    if not name:
        raise invalid("name", "Invalid input: expected string, received undefined")
    old = store.datasets.get(name)
    now = iso(store.clock())
    row = {
        "id": old["id"] if old else store.new_id("dataset"),
        "projectId": store.project_id,
        "name": name,
        "description": body.get("description"),
        "metadata": body.get("metadata"),
        "inputSchema": body.get("inputSchema"),
        "expectedOutputSchema": body.get("expectedOutputSchema"),
        "createdAt": old["createdAt"] if old else now,
        "updatedAt": now,
    }
    store.datasets.put(name, row)
    return row


def list_datasets(store: Store, query: dict[str, str]) -> dict[str, Any]:
    return paged(newest_first(store.datasets.visible()), query)


def one_dataset(store: Store, name: str) -> dict[str, Any]:
    found = store.dataset_named(name)
    if found is None:
        raise missing("Dataset not found")
    return found


def put_item(store: Store, kind: ServerKind, body: dict[str, Any]) -> dict[str, Any]:
    """Creates or merges an item; its id is bound to one dataset for ever, even after a delete."""
    dataset = store.datasets.get(body.get("datasetName"))
    if dataset is None:
        raise missing(f"Dataset {body.get('datasetName')} not found for project {store.project_id}")
    item_id = body.get("id")
    if item_id is not None and not 1 <= len(item_id) <= 255:
        raise invalid("id", "Too small: expected string to have >=1 characters" if not item_id else "Too big")
    item_id = item_id or store.new_id("item")
    old = store.items.get(item_id)
    home = old["datasetId"] if old else store.tombstones.get(item_id)
    if home is not None and home != dataset["id"]:
        raise _foreign(store, kind, item_id, home)
    now = iso(store.clock())
    row = {
        "id": item_id,
        "datasetId": dataset["id"],
        "sourceTraceId": None,
        "sourceObservationId": None,
        "status": "ACTIVE",
        "createdAt": now,
        "updatedAt": now,
        "input": None,
        "expectedOutput": None,
        "metadata": None,
        "datasetName": dataset["name"],
    }
    row |= {key: old[key] for key in _MERGED if old}
    if old and not kind.keeps_versions:
        row["createdAt"] = old["createdAt"]
    row |= {key: stored_field(body[key]) for key in _MERGED if body.get(key) is not None}
    store.tombstones.pop(item_id, None)
    store.items.put(item_id, row)
    # A write closes every current row of its id, except one that is being written at this very moment.
    if store.overlapped:
        store.doubled.add(item_id)
    else:
        store.doubled.discard(item_id)
    return item_row(kind, row)


def _foreign(store: Store, kind: ServerKind, item_id: str, home: str) -> Refused:
    if kind.foreign_item_status == 404:
        return missing(f"Dataset item with id {item_id} not found for project {store.project_id}")
    message = (
        f"Dataset item id {item_id} already exists in another dataset (id {home}) in this project; item ids are "
        f"unique per project across datasets. Use a different id or target dataset {home}."
    )
    return Refused(409, {"message": message, "error": "LangfuseConflictError"})


def item_row(kind: ServerKind, row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "mediaReferences": []} if kind.media_references else dict(row)


def list_items(store: Store, kind: ServerKind, query: dict[str, str]) -> dict[str, Any]:
    """Active items, newest first; `datasetId` is ignored, and by older servers the version."""
    rows = []
    moment = seconds(query["version"]) if "version" in query and kind.gives_versions else None
    if moment is not None and "datasetName" not in query:
        raise invalid("datasetName", "datasetName is required when version parameter is provided", "custom")
    if "datasetName" in query and store.dataset_named(query["datasetName"]) is None:
        raise missing("Dataset not found")
    for record in store.items.visible_records():
        row = record.value
        if moment is not None:
            earlier = [value for at, value in record.history if at <= moment]
            if not earlier:
                continue
            row = earlier[-1]
        if "datasetName" in query and row["datasetName"] != query["datasetName"]:
            continue
        if kind.hides_archived and row["status"] != "ACTIVE":
            continue
        rows.append(item_row(kind, row))
    # A version begins when it is written; `updatedAt` is that moment here.
    found = paged(newest_first(rows, "updatedAt"), query)
    # The count is made without telling current rows of one id apart; the page does (seen on 4.16).
    found["meta"]["totalItems"] += sum(row["id"] in store.doubled for row in rows)
    return found


def one_item(store: Store, kind: ServerKind, item_id: str) -> dict[str, Any]:
    row = store.items.get(item_id)
    if row is None:
        raise missing("Dataset item not found")
    return item_row(kind, row)


def delete_item(store: Store, item_id: str) -> dict[str, Any]:
    row = store.items.get(item_id)
    if row is None:
        raise missing("Dataset item not found")
    store.tombstones[item_id] = row["datasetId"]
    store.items.drop(item_id)
    return {"message": "Dataset item successfully deleted"}
