"""Every knob of the stand-in does what its name says; a knob that does nothing would make other tests worthless."""

import gzip
import json

import httpx
import pytest
from langfuse_standin import Fault, StandIn
from langfuse_standin.examples import items
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

TRACE, SPAN = "0123456789abcdef0123456789abcdef", "0123456789abcdef"
ATTRIBUTES = {
    "langfuse.experiment.id": "e1", "langfuse.experiment.name": "run", "langfuse.experiment.dataset.id": "d",
    "langfuse.experiment.item.id": "i000", "langfuse.experiment.item.root_observation_id": SPAN,
    "langfuse.observation.output": "x",
}  # fmt: skip


def client(server: StandIn) -> httpx.Client:
    keys = (server.public_key, server.secret_key)
    return httpx.Client(base_url=f"{server.url}/api/public", auth=keys, timeout=60)


def as_json() -> bytes:
    attributes = [{"key": key, "value": {"stringValue": value}} for key, value in ATTRIBUTES.items()]
    span = {"traceId": TRACE, "spanId": SPAN, "name": "task", "attributes": attributes}
    span |= {"startTimeUnixNano": "1790000000000000000", "endTimeUnixNano": "1790000001000000000"}
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode()


def as_protobuf() -> bytes:
    request = ExportTraceServiceRequest()
    span = request.resource_spans.add().scope_spans.add().spans.add()
    span.trace_id, span.span_id, span.name = bytes.fromhex(TRACE), bytes.fromhex(SPAN), "task"
    span.start_time_unix_nano, span.end_time_unix_nano = 1790000000000000000, 1790000001000000000
    for key, value in ATTRIBUTES.items():
        span.attributes.add(key=key).value.string_value = value
    return bytes(request.SerializeToString())


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("kind", ["json", "x-protobuf"])
def test_spans_are_taken_in_every_encoding_and_upserted(kind: str, zipped: bool) -> None:
    body = as_json() if kind == "json" else as_protobuf()
    headers = {"Content-Type": f"application/{kind}"} | ({"Content-Encoding": "gzip"} if zipped else {})
    with StandIn("v4") as server, client(server) as http:
        for _ in range(2):
            answer = http.post("/otel/v1/traces", content=gzip.compress(body) if zipped else body, headers=headers)
            assert answer.status_code == 200
        (span,) = server.stored_items("e1")
        assert (span.trace_id, span.id, span.start) == (TRACE, SPAN, 1790000000.0)
        rows = http.get("/experiments", params={"fromStartTime": "2020-01-01T00:00:00Z"}).json()["data"]
        assert [(row["id"], row["itemCount"]) for row in rows] == [("e1", 1)]
        # v4 lists a span once for every time it was sent.
        assert len(http.get("/v2/observations").json()["data"]) == 2


def test_spans_that_are_none_or_of_a_future_version_are_refused() -> None:
    with StandIn("v4") as server, client(server) as http:
        kind = {"Content-Type": "application/x-protobuf"}
        assert http.post("/otel/v1/traces", content=b"\xff\xff\xff", headers=kind).status_code == 400
        future = {**kind, "x-langfuse-ingestion-version": "5"}
        assert http.post("/otel/v1/traces", content=as_protobuf(), headers=future).status_code == 400
        assert not server.stored_spans()
    with StandIn("v2") as server, client(server) as http:
        assert http.post("/otel/v1/traces", content=as_protobuf(), headers=kind).status_code == 404


def test_a_lost_answer_leaves_the_work_done() -> None:
    with StandIn("v4") as server, client(server) as http:
        server.add_dataset("qa")
        body = {"datasetName": "qa", "id": "x", "input": 1}
        server.fail(Fault("POST", "/dataset-items", status=524, apply=True))
        assert http.post("/dataset-items", json=body).status_code == 524
        assert "x" in server.dataset_items("qa")
        server.fail(Fault("POST", "/dataset-items", drop=True, apply=True))
        with pytest.raises(httpx.HTTPError):
            http.post("/dataset-items", json={**body, "id": "y"})
        assert "y" in server.dataset_items("qa")


def test_a_lying_answer_leaves_nothing() -> None:
    with StandIn("v4") as server, client(server) as http:
        server.fail(Fault("POST", "/scores", lose=True))
        score = {"id": "s", "name": "m", "value": 1, "traceId": TRACE}
        assert http.post("/scores", json=score).status_code == 200
        assert server.stored_scores() == []


def test_hanging_and_dropping_give_no_answer_and_do_nothing() -> None:
    with StandIn("v4") as server, client(server) as http:
        server.fail(Fault("POST", "/v2/datasets", drop=True), Fault("POST", "/v2/datasets", hang=10))
        with pytest.raises(httpx.RemoteProtocolError):
            http.post("/v2/datasets", json={"name": "a"})
        with pytest.raises(httpx.ReadTimeout):
            http.post("/v2/datasets", json={"name": "a"}, timeout=httpx.Timeout(60, read=0.2))
        assert server.store.dataset_named("a") is None
        assert http.post("/v2/datasets", json={"name": "a"}).status_code == 200


def test_rules_count_skip_and_choose_by_content() -> None:
    with StandIn("v4") as server, client(server) as http:
        rule = Fault("POST", "/v2/datasets", status=500, skip=1, times=2, contains="b")
        server.fail(rule)
        names = ["a", "b1", "b2", "a", "b3", "b4"]
        statuses = [http.post("/v2/datasets", json={"name": name}).status_code for name in names]
        assert statuses == [200, 200, 500, 200, 500, 200]
        assert rule.hits == 2


@pytest.mark.parametrize("body", ["json", "text"])
def test_a_bucket_refuses_its_last_call_and_says_how_long(body: str) -> None:
    with StandIn("v4") as server, client(server) as http:
        server.limits, server.limit_body = {"datasets": 3}, body
        statuses = [http.get("/v2/datasets").status_code for _ in range(3)]
        assert statuses == [200, 200, 429]
        refused = http.get("/v2/datasets")
        assert 0 < int(refused.headers["retry-after"]) <= 61
        if body == "json":
            assert refused.json()["details"]["limit"] == 3
        else:
            assert refused.text == "429 - rate limit exceeded"
        assert http.get("/v3/scores").status_code == 200
        assert http.get("/projects").status_code == 200
        server.advance(60)
        assert http.get("/v2/datasets").status_code == 200


def test_the_log_holds_what_was_asked() -> None:
    with StandIn("v4") as server, client(server) as http:
        server.add_dataset("a/b", items(1))
        http.get("/v2/datasets/a%2Fb")
        http.post("/v2/datasets", json={"name": "ü"})
        asked = [(call.method, call.path, call.status) for call in server.asked(path="/v2/datasets")]
        assert asked == [("GET", "/v2/datasets/a/b", 200), ("POST", "/v2/datasets", 200)]
        assert server.asked("POST")[0].json() == {"name": "ü"}


def test_items_of_an_earlier_moment_can_be_listed() -> None:
    from langfuse_standin.store import iso

    with StandIn("v4") as server, client(server) as http:
        server.add_dataset("qa", {"x": {"input": "old"}})
        moment = iso(server.clock() + 1)
        server.advance(10)
        http.post("/dataset-items", json={"datasetName": "qa", "id": "x", "input": "new"})
        params = {"datasetName": "qa"}
        assert http.get("/dataset-items", params=params).json()["data"][0]["input"] == "new"
        assert http.get("/dataset-items", params={**params, "version": moment}).json()["data"][0]["input"] == "old"
