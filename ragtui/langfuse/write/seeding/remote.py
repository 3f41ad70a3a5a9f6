"""A dataset as the server has it: found, made, listed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ragtui.errors import RemoteError
from ragtui.langfuse.api.answers import Answer
from ragtui.langfuse.api.client import LangfuseError, LangfuseHttp, Params, path_value
from ragtui.langfuse.api.pages import numbered
from ragtui.langfuse.api.patience import Patience
from ragtui.langfuse.api.shapes.plain import rows_in, text_of
from ragtui.model import Dataset


@dataclass(frozen=True, slots=True)
class RemoteDataset:
    """The dataset on the server."""

    id: str
    name: str
    project_id: str


def project_id_of(http: LangfuseHttp, patience: Patience) -> str:
    """The project the keys belong to.

    Raises:
        RemoteError: it cannot be read. Going on without it would mean random ids, which no second run could find.
    """
    rows = rows_in(http.get("/projects", patience=patience).data)
    if not rows or not rows[0].get("id"):
        raise RemoteError(
            f"{http.server} does not say which project the keys belong to", "Use keys of a project; nothing was sent."
        )
    return str(rows[0]["id"])


def find_dataset(http: LangfuseHttp, name: str, project_id: str, patience: Patience) -> RemoteDataset | None:
    """The dataset of that name; None when the server has none."""
    reply = http.request("GET", f"/v2/datasets/{path_value(name)}", patience)
    if reply.status == 404 and isinstance(reply.body, dict):
        return None
    return _dataset_from(http, reply, name, project_id)


def ensure_dataset(
    http: LangfuseHttp, dataset: Dataset, name: str, project_id: str, patience: Patience
) -> RemoteDataset:
    """The dataset of that name, made when it is missing; an existing one keeps its description and metadata."""
    found = find_dataset(http, name, project_id, patience)
    if found is not None:
        return found
    body = {"name": name, "description": dataset.description, "metadata": {"ragtui_version": dataset.version}}
    reply = http.request("POST", "/v2/datasets", patience, body=body)
    return _dataset_from(http, reply, name, project_id)


def _dataset_from(http: LangfuseHttp, reply: Answer, name: str, project_id: str) -> RemoteDataset:
    found = reply.body
    if not reply.ok or not isinstance(found, dict) or not found.get("id"):
        raise RemoteError(f"{http.server}: dataset {name!r}: {reply.said}", "try again later")
    return RemoteDataset(str(found["id"]), name, project_id)


@dataclass(frozen=True, slots=True)
class Listing:
    """The items of a dataset, once each.

    Attributes:
        active: the items that count.
        spare: current rows beyond one an item, which two seeders at once have left: the server counts them and does not
            list them (seen on 4.16).
    """

    active: tuple[Mapping[str, Any], ...]
    spare: int = 0


def list_items(http: LangfuseHttp, dataset: RemoteDataset, patience: Patience) -> Listing:
    """The items of a dataset as the server lists them.

    Raises:
        RemoteError: a page cannot be read, or the listing does not end.
    """
    rows: dict[str, Mapping[str, Any]] = {}
    total, foreign = 0, False

    def page(path: str, params: Params) -> Answer:
        nonlocal total
        answer = http.get(path, params, patience=patience)
        counted = answer.meta.get("totalItems")
        total = counted if isinstance(counted, int) else 0
        return answer

    try:
        for row in numbered(page, "/dataset-items", {"datasetName": dataset.name}):
            # Some servers ignore the filter and list items of every dataset (langfuse issue 13285).
            foreign = foreign or row.get("datasetId") != dataset.id
            if not (key := text_of(row.get("id"))):
                raise RemoteError(f"{http.server}: an item of {dataset.name!r} has no id", "nothing was decided on it")
            rows[key] = {**row, "id": key}
    except LangfuseError as error:
        raise RemoteError(f"{http.server}: items of {dataset.name!r}: {error.message}", "try again later") from None
    own = [row for row in rows.values() if row.get("datasetId") == dataset.id]
    active = tuple(row for row in own if row.get("status", "ACTIVE") == "ACTIVE")
    return Listing(active, 0 if foreign else max(0, total - len(own)))
