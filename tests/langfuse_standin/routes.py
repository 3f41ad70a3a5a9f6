"""Which generation answers which path, and with what."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from langfuse_standin import datasets, experiments, legacy, observations, scores
from langfuse_standin.otlp import decode_spans, unzipped
from langfuse_standin.paging import Refused, invalid, missing, paged

if TYPE_CHECKING:
    from langfuse_standin.server import StandIn

GONE = (
    "This endpoint is not available on deployments running in Langfuse v4 events_only mode. "
    "Learn more about Langfuse v4 at: https://langfuse.com/docs/v4"
)
NO_ROUTE = '<!DOCTYPE html><html lang="en"><head><title>404: This page could not be found.</title></head></html>'


class Html(Refused):
    """A 404 page of the web framework: the route does not exist in this version."""

    def __init__(self) -> None:
        super().__init__(404, NO_ROUTE)


def answer(
    server: StandIn, method: str, path: str, query: dict[str, str], body: bytes, headers: dict[str, str]
) -> tuple[int, Any]:
    """Status and body of one request; raises `Refused` for everything that is not a success."""
    parts = [unquote(part) for part in path.strip("/").split("/")]
    store, kind = server.store, server.kind
    match method, parts:
        case "GET", ["health"] | ["ready"]:
            return 200, {"status": "OK", "version": kind.version}
        case "GET", ["projects"]:
            return 200, {"data": [server.project()]}
        case "GET", ["score-configs"]:
            return 200, paged(server.score_configs, query)
        case "GET", ["comments"]:
            if "objectId" in query and "objectType" not in query:
                raise invalid("objectType", "objectType is required when objectId is given")
            wanted = {key: query[key] for key in ("objectType", "objectId") if key in query}
            # In no order at all: the server asks its database for none.
            rows = sorted(server.comments, key=lambda row: hash_of(json.dumps(row, sort_keys=True)))
            return 200, paged([row for row in rows if wanted.items() <= row.items()], query)
        case "GET", ["v2", "prompts", name]:
            return 200, _prompt(server, name, query)
        case "GET", ["v2", "datasets"]:
            return 200, datasets.list_datasets(store, query)
        case "POST", ["v2", "datasets"]:
            return 200, datasets.put_dataset(store, _object(body))
        case "GET", ["v2", "datasets", name]:
            return 200, datasets.one_dataset(store, name)
        case "GET", ["datasets"]:
            return 200, legacy.list_datasets(store, query)
        case "GET", ["datasets", name]:
            return 200, legacy.one_dataset(store, kind, name)
        case "GET", ["dataset-items"]:
            return 200, datasets.list_items(store, kind, query)
        case "POST", ["dataset-items"]:
            return 200, datasets.put_item(store, kind, _object(body))
        case "GET", ["dataset-items", item_id]:
            return 200, datasets.one_item(store, kind, item_id)
        case "DELETE", ["dataset-items", item_id]:
            return 200, datasets.delete_item(store, item_id)
        case "POST", ["scores"]:
            return _take_scores(server, body)
        case "DELETE", ["scores", score_id]:
            for key in [key for key in store.scores.records if key[0] == score_id]:
                store.scores.drop(key)
            return 202, {"message": "Score deletion queued successfully"}
        case "POST", ["otel", "v1", "traces"]:
            return _take_spans(server, body, headers)
        case "POST", ["ingestion"]:
            return legacy.ingest(store, kind, _object(body))
        case "DELETE", ["traces"]:
            doomed = set(_object(body).get("traceIds", []))
            for key in [key for key in store.spans.records if key[0] in doomed]:
                store.spans.drop(key)
            return 200, {"message": "Traces deleted successfully"}
        case "GET", ["experiments"]:
            _v4_only(server, "experiments", query)
            if server.empty_experiments:
                return 200, {"data": [], "meta": {}}
            return 200, experiments.list_experiments(store, query, server.forget_after_days)
        case "GET", ["experiment-items"]:
            _v4_only(server, "experiment items", query)
            return 200, experiments.list_items(store, query)
        case "GET", ["v2", "observations"]:
            _v4_only(server, "observations v2")
            return 200, observations.list_v2(store, query, server.unmerged_observations)
        case "GET", ["v3", "scores"]:
            if not kind.has_v3_scores:
                raise Html
            return 200, scores.list_v3(store, query)
    return _legacy_answer(server, method, parts, query, body)


def _legacy_answer(
    server: StandIn, method: str, parts: list[str], query: dict[str, str], body: bytes
) -> tuple[int, Any]:
    store, kind = server.store, server.kind
    known = True
    match method, parts:
        case "POST", ["dataset-run-items"]:
            return 200, legacy.link(store, kind, _object(body))
        case "GET", ["dataset-run-items"] if kind.has_run_item_list:
            return 200, legacy.list_run_items(store, query)
        case "GET", ["datasets", name, "runs"] if kind.has_legacy_reads:
            return 200, legacy.list_runs(store, name, query)
        case "GET", ["datasets", name, "runs", run] if kind.has_legacy_reads:
            return 200, legacy.one_run(store, name, run)
        case "DELETE", ["datasets", name, "runs", run] if kind.has_legacy_reads:
            return 200, legacy.delete_run(store, name, run)
        case "GET", ["v2", "scores"] if kind.has_v2_scores:
            return 200, scores.list_v2(store, query, kind.v2_scores_by_trace)
        case "GET", ["scores"] if kind.has_legacy_reads:
            return 200, scores.list_v2(store, query, by_trace=False, oldest=True)
        case "GET", ["observations"] if kind.has_legacy_reads:
            return 200, observations.list_v1(store, query)
        case "GET", ["observations", span_id] if kind.has_legacy_reads:
            return 200, observations.one_v1(store, span_id)
        case "GET", ["traces"] if kind.has_legacy_reads:
            return 200, observations.list_traces(store, query)
        case "GET", ["traces", trace_id] if kind.has_legacy_reads:
            return 200, observations.trace(store, trace_id)
        case "GET", ["sessions", session_id] if kind.has_legacy_reads:
            return 200, observations.session(store, session_id)
        case "GET", ["dataset-run-items"] | ["datasets", _, "runs"] | ["datasets", _, "runs", _] | ["v2", "scores"]:
            known = kind.at_least(3, 57, 1)
        case "GET", ["scores"] | ["traces"] | ["traces", _] | ["observations"] | ["observations", _] | ["sessions"] | [
            "sessions",
            _,
        ]:
            pass
        case _:
            known = False
    if known and kind.mode == "events_only":
        raise Refused(404, {"message": GONE})
    raise Html


def _v4_only(server: StandIn, what: str, query: dict[str, str] | None = None) -> None:
    if server.kind.has_experiments:
        return
    if not server.kind.at_least(3, 206, 0):
        raise Html
    message = (
        f"The {what} API is only available in a Langfuse v4 write mode. Learn more at: https://langfuse.com/docs/v4"
    )
    if query is not None:
        experiments.window(query)
    if not server.empty_experiments:
        raise Refused(404, {"message": message, "error": "LangfuseNotFoundError"})


def _prompt(server: StandIn, name: str, query: dict[str, str]) -> dict[str, Any]:
    """One version of a managed prompt; without a version the one that carries the label, "production" by default."""
    found = [row for row in server.prompts if row["name"] == name]
    if "version" in query:
        found = [row for row in found if str(row["version"]) == query["version"]]
    else:
        found = [row for row in found if query.get("label", "production") in row["labels"]]
    if not found:
        label = query.get("label", "production")
        which = f"version {query['version']}" if "version" in query else f"label '{label}'"
        raise missing(f"Prompt not found: '{name}' with {which}")
    return found[-1]


def hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _object(body: bytes) -> dict[str, Any]:
    found = _json(body)
    if not isinstance(found, dict):
        raise invalid("", "Invalid input: expected object")
    return found


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        raise Refused(400, {"message": "Invalid JSON"}) from None


def _take_scores(server: StandIn, body: bytes) -> tuple[int, Any]:
    found = _json(body)
    if isinstance(found, list) and server.kind.takes_score_lists:
        if len(body) > 1_000_000:
            raise Refused(413, {"message": "Request body too large"})
        return scores.put_list(server.store, found)
    if isinstance(found, dict):
        # Its schema has no date: a score posted alone is of the moment it arrives (read in 4.16).
        found = {key: value for key, value in found.items() if key != "timestamp"}
    return 200, {"id": scores.put(server.store, found)}


def _take_spans(server: StandIn, body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
    if not server.kind.has_otel:
        raise Html
    version = headers.get("x-langfuse-ingestion-version", "")
    if version.isdigit() and int(version) > 4:
        raise Refused(400, {"message": f"Unsupported ingestion version {version}"})
    try:
        spans = decode_spans(unzipped(body, headers.get("content-encoding", "")), headers.get("content-type", ""))
    except (ValueError, OSError) as error:
        raise Refused(400, {"message": f"Failed to parse OTel trace: {error}"}) from error
    for span in spans:
        server.store.put_span(span)
    return 200, {}
