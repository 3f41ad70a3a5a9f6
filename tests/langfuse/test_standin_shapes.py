"""The stand-in answers with the fields, types and statuses of real servers.

The hand-written facts below hold for everybody; where recorded answers of real servers lie beside the repository, every
one of them is compared too.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from langfuse_standin import StandIn
from langfuse_standin.examples import items, results

RECORDED = json.loads((Path(__file__).parents[1] / "data" / "langfuse-answers.json").read_text("utf-8"))
"""What real servers were asked, and the shapes of their answers as `shape` below makes them; null for no JSON."""

FOLDERS = {
    "v4.16_events_only_default__sdk5": "v4-old",
    "v4.16_events_only_default__sdk4": "v4-old",
    "v4.16_dual_mode__sdk4": "v4-dual",
    "v4.16_legacy_mode__sdk4": "v4-legacy",
    "v4.16_legacy_mode__sdk3": "v4-legacy",
}
FREE = {
    "metadata", "experimentMetadata", "experimentItemMetadata", "input", "output", "expectedOutput", "usageDetails",
    "costDetails", "trace", "error",
}  # fmt: skip
"""Below these lies what users wrote."""

MAY_LACK = {
    # Fields of other endpoints' rows that ragtui reads nowhere; the stand-in leaves them out.
    "tags", "bookmarked", "release", "version", "userId", "sessionId", "public", "createdAt", "updatedAt", "externalId",
    "modelId", "inputPrice", "outputPrice", "totalPrice", "usagePricingTierId", "usagePricingTierName", "unit", "usage",
    "model", "modelParameters", "completionStartTime", "promptId", "promptName", "promptVersion", "timeToFirstToken",
    "calculatedInputCost", "calculatedOutputCost", "annotation", "parentObservationId",
}  # fmt: skip


def shape(value: Any, free: bool = False) -> Any:
    """Types by field; lists as the shape of what is in them; null fits everything."""
    if free:
        return "free"
    if isinstance(value, dict):
        return {key: shape(each, key in FREE) for key, each in value.items()}
    if isinstance(value, list):
        merged: Any = None
        for each in value:
            merged = united(merged, shape(each))
        return [merged]
    if value is None:
        return None
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def united(one: Any, two: Any) -> Any:
    if one is None or two is None:
        return two if one is None else one
    if isinstance(one, dict) and isinstance(two, dict):
        return {key: united(one.get(key), two.get(key)) for key in {**one, **two}}
    if isinstance(one, list) and isinstance(two, list):
        return [united(one[0], two[0])]
    return one if one == two else f"{one}|{two}"


def differences(real: Any, ours: Any, place: str = "") -> Iterator[str]:
    if real is None or ours is None:
        return
    if isinstance(real, dict) and isinstance(ours, dict):
        for key in sorted(set(real) | set(ours)):
            if key not in ours:
                if key not in MAY_LACK and key != "cursor":
                    yield f"{place}.{key} is only in the real answer"
            elif key not in real:
                if key != "cursor":
                    yield f"{place}.{key} is only in ours"
            else:
                yield from differences(real[key], ours[key], f"{place}.{key}")
    elif isinstance(real, list) and isinstance(ours, list):
        yield from differences(real[0], ours[0], f"{place}[]")
    elif real != ours and not (
        isinstance(real, str) and isinstance(ours, str) and {*real.split("|")} & {*ours.split("|")}
    ):
        yield f"{place} is {real} in the real answer, {ours} in ours"


@pytest.fixture(scope="module", params=sorted(set(FOLDERS.values())))
def peopled(request: pytest.FixtureRequest) -> Iterator[StandIn]:
    with StandIn(request.param) as server:
        server.add_dataset("other")
        server.add_dataset("qa", items(5))
        for name in ("run-1", "run-2"):
            ran = results(5)
            for result in ran.values():
                result["scores"] = {"exact": (1.0, "cmp"), "verdict": "good"}
            server.add_run("qa", name, ran, metadata={"model": "m1"}, run_scores={"mean_exact": 0.8})
        yield server


def client(server: StandIn, auth: bool = True) -> httpx.Client:
    keys = (server.public_key, server.secret_key) if auth else None
    return httpx.Client(base_url=f"{server.url}/api/public", auth=keys)


def translated(server: StandIn, recorded: dict[str, Any]) -> tuple[str, str, Any]:
    """The recorded request with our dataset, run, trace and item in place of those of the recording."""
    smoke = RECORDED["servers"][recorded["folder"]]
    span = server.stored_spans()[0]
    run = smoke["run"]
    ours = next(iter(server.store.runs.visible()), {"id": "0000000000000001"})
    experiment = next((each.experiment for each in server.stored_items()), ours["id"])
    text = json.dumps([recorded["path"], recorded["body"]])
    known = {
        smoke["dataset_id"]: server.store.datasets.get("qa")["id"], f"{smoke['dataset']}-other": "other",
        smoke["dataset"]: "qa", run["run_name"]: "run-1", run["experiment_id"]: experiment,
        **dict.fromkeys(run["traces"], span.trace_id), **{old: f"i{n:03d}" for n, old in enumerate(smoke["ids"])},
    }  # fmt: skip
    if "datasetRunId=" in text:
        known[run["experiment_id"]] = ours["id"]
    for old in sorted(known, key=len, reverse=True):
        text = text.replace(old, known[old])
    path, body = json.loads(text)
    return recorded["method"], path.removeprefix("/api/public"), body


def test_recorded_answers_of_real_servers_look_like_ours(peopled: StandIn) -> None:
    wrong: list[str] = []
    compared = 0
    with client(peopled) as known, client(peopled, auth=False) as unknown:
        for recorded in RECORDED["answers"]:
            folder, name = recorded["folder"], recorded["name"]
            if FOLDERS[folder] != peopled.kind.name:
                continue
            method, path, body = translated(peopled, recorded)
            if isinstance(body, dict) and path == "/scores":
                body["id"] = "posted"
            if isinstance(body, dict) and path == "/dataset-run-items":
                body["datasetItemId"] = "i000"
            if "id_in_other" in name:
                known.post("/dataset-items", json={"datasetName": "qa", "id": body["id"], "input": 1})
            http = unknown if "no_auth" in name else known
            ours = http.post(path, json=body) if method == "POST" else http.get(path)
            compared += 1
            place = f"{folder}/{name}"
            if ours.status_code != recorded["status"]:
                wrong.append(f"{place}: {recorded['status']} recorded, {ours.status_code} here: {ours.text[:200]}")
            elif recorded["shape"] is not None:
                found = differences(recorded["shape"], shape(ours.json()))
                wrong += [f"{place}: {each}" for each in found]
    assert compared > 30
    assert not wrong, "\n".join(wrong)


ROWS = {
    "/v2/datasets": {
        "id", "name", "description", "metadata", "inputSchema", "expectedOutputSchema", "projectId", "createdAt",
        "updatedAt",
    },
    "/dataset-items?datasetName=qa": {
        "id", "datasetId", "sourceTraceId", "sourceObservationId", "status", "createdAt", "updatedAt", "input",
        "expectedOutput", "metadata", "datasetName", "mediaReferences",
    },
    "/experiments?fromStartTime=2020-01-01T00:00:00Z": {
        "id", "name", "description", "startTime", "endTime", "itemCount", "datasetId",
    },
    "/experiment-items?fromStartTime=2020-01-01T00:00:00Z&fields=core,dataset,io": {
        "id", "traceId", "startTime", "endTime", "level", "environment", "experimentId", "experimentName",
        "experimentItemId", "experimentDatasetId", "experimentItemVersion", "input", "output", "expectedOutput",
    },
    "/v3/scores?fields=details,subject": {
        "id", "projectId", "name", "source", "timestamp", "environment", "createdAt", "updatedAt", "dataType", "value",
        "comment", "configId", "metadata", "subject",
    },
}  # fmt: skip


@pytest.mark.parametrize("path", ROWS)
def test_rows_have_the_fields_of_the_api(path: str) -> None:
    with StandIn("v4") as server, client(server) as http:
        server.add_dataset("qa", items(3))
        server.add_run("qa", "run", results(3))
        answer = http.get(path).json()
        assert set(answer["data"][0]) == ROWS[path]


def test_one_cursor_leads_through_everything_once() -> None:
    with StandIn("v4") as server, client(server) as http:
        server.add_dataset("qa", items(25))
        server.add_run("qa", "run", results(25))
        for path, key in (("/experiment-items", "id"), ("/v3/scores", "id"), ("/v2/observations", "id")):
            seen: list[str] = []
            params: dict[str, str] = {"limit": "7"}
            if path != "/v3/scores":
                params["fromStartTime"] = "2020-01-01T00:00:00Z"
            while True:
                answer = http.get(path, params=params).json()
                seen += [row[key] for row in answer["data"]]
                if "cursor" not in answer["meta"]:
                    break
                params["cursor"] = answer["meta"]["cursor"]
            assert len(seen) == len(set(seen))
            assert len(seen) >= 25


def test_rules_the_server_is_known_for() -> None:
    with StandIn("v4") as server, client(server) as http:
        server.add_dataset("a", {"x": {"input": "1"}})
        server.add_dataset("b")
        taken = http.post("/dataset-items", json={"datasetName": "b", "id": "x", "input": "2"})
        assert (taken.status_code, taken.json()["error"]) == (409, "LangfuseConflictError")
        # A deleted id stays bound to its dataset: gone for the reader, taken for every other dataset.
        assert http.delete("/dataset-items/x").status_code == 200
        assert http.get("/dataset-items/x").status_code == 404
        assert http.post("/dataset-items", json={"datasetName": "b", "id": "x", "input": "2"}).status_code == 409
        assert http.post("/dataset-items", json={"datasetName": "a", "id": "x", "input": "2"}).status_code == 200
        # Absent and null fields keep what was there.
        http.post("/dataset-items", json={"datasetName": "a", "id": "x", "input": None, "expectedOutput": "e"})
        assert http.get("/dataset-items/x").json()["input"] == "2"
        http.post("/dataset-items", json={"datasetName": "a", "id": "x", "status": "ARCHIVED"})
        assert http.get("/dataset-items", params={"datasetName": "a"}).json()["data"] == []
        assert http.get("/dataset-items/x").json()["status"] == "ARCHIVED"
        assert http.get("/dataset-items", params={"limit": 101}).status_code == 400
        assert http.post("/dataset-items", json={"datasetName": "a", "id": "", "input": 1}).status_code == 400
        assert http.get("/experiments").status_code == 400


@pytest.mark.parametrize(("kind", "status"), [("v3", 404), ("v3-late", 409), ("v4", 409)])
def test_an_item_of_another_dataset_is_refused_by_version(kind: str, status: int) -> None:
    with StandIn(kind) as server, client(server) as http:
        server.add_dataset("a", {"x": {"input": "1"}})
        server.add_dataset("b")
        assert http.post("/dataset-items", json={"datasetName": "b", "id": "x", "input": 1}).status_code == status


def test_names_with_commas_are_split_and_the_filter_is_the_way_round() -> None:
    with StandIn("v4") as server, client(server) as http:
        server.add_dataset("qa", items(1))
        server.add_run("qa", "a, b", results(1))
        start = {"fromStartTime": "2020-01-01T00:00:00Z"}
        assert http.get("/experiments", params={**start, "name": "a, b"}).json()["data"] == []
        condition = [{"type": "stringOptions", "column": "name", "operator": "any of", "value": ["a, b"]}]
        found = http.get("/experiments", params={**start, "filter": json.dumps(condition)}).json()["data"]
        assert [row["name"] for row in found] == ["a, b"]


def test_score_lists_are_taken_from_4_59_on() -> None:
    body: list[dict[str, object]] = [
        {"id": "s1", "name": "m", "value": 1, "traceId": "t", "timestamp": "2026-01-01T00:00:00Z"},
        {"id": "s2", "name": "m", "value": None, "traceId": "t"},
    ]
    with StandIn("v4") as server, client(server) as http:
        answer = http.post("/scores", json=body)
        assert answer.status_code == 207
        assert answer.json()["rejected"] == 1
        assert http.post("/scores", json=body[:1]).status_code == 202
        http.post("/scores", json={**body[0], "value": 2})
        assert [row["value"] for row in http.get("/v3/scores", params={"traceId": "t"}).json()["data"]] == [2]
    with StandIn("v4-old") as server, client(server) as http:
        assert http.post("/scores", json=body).status_code == 400
        assert http.post("/scores", json=body[0]).status_code == 200


def test_what_is_written_can_be_read_after_its_delay() -> None:
    with StandIn("v4") as server, client(server) as http:
        server.add_dataset("qa", items(1))
        server.delays["spans"] = 600
        server.add_run("qa", "run", results(1))
        start = {"fromStartTime": "2020-01-01T00:00:00Z"}
        assert http.get("/experiments", params=start).json()["data"] == []
        server.advance(599)
        assert http.get("/experiments", params=start).json()["data"] == []
        server.advance(2)
        assert len(http.get("/experiments", params=start).json()["data"]) == 1


def test_scores_beside_items_are_capped_and_of_about_the_same_day() -> None:
    with StandIn("v4") as server, client(server) as http:
        server.add_dataset("qa", items(2))
        many = {f"m{n}": 1.0 for n in range(60)}
        server.add_run("qa", "run", {"i000": {"scores": many}, "i001": {"scores": {"m": 1}, "score_after": 200_000}})
        params = {"fromStartTime": "2020-01-01T00:00:00Z", "fields": "scores"}
        rows = http.get("/experiment-items", params=params).json()["data"]
        assert {row["experimentItemId"]: len(row["scores"]) for row in rows} == {"i000": 50, "i001": 0}


def test_a_window_cuts_times_and_counts() -> None:
    with StandIn("v4") as server, client(server) as http:
        server.add_dataset("qa", items(2))
        start = server.clock() - 5000
        server.add_run("qa", "run", {"i000": {}, "i001": {"after": 1000}}, start=start)
        from langfuse_standin.store import iso

        row = http.get("/experiments", params={"fromStartTime": iso(start + 500)}).json()["data"][0]
        assert row["itemCount"] == 1
