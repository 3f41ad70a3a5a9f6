"""User pipelines that trace with the real SDK: their spans hang below the item's root, here and on the server."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from langfuse_standin import StandIn
from langfuse_standin.otlp import Span, decode_spans
from publishing_kit import load, publish, simple_run
from waiting import STUCK_S

from ragtui.langfuse.live.scope import Scope
from ragtui.langfuse.live.target import LiveTarget, remember_target
from ragtui.langfuse.live.tracing import Tracing, item_tracer
from ragtui.langfuse.write import ids
from ragtui.langfuse.write.publisher import Phase
from ragtui.langfuse.write.recordings import Recordings, keep


@pytest.fixture(scope="module")
def tracing() -> Iterator[Tracing]:
    made = Tracing()
    yield made
    made.close()


def scope_for(item: str) -> Scope:
    trace = ids.trace_id("support docs/v1", "baseline", "run", item)
    return Scope(trace, ids.span_id(trace, "root"), {"langfuse.experiment.name": "baseline"})


def decoded(recorded: bytes) -> dict[str, Span]:
    return {span.name: span for span in decode_spans(recorded, "application/x-protobuf")}


def test_observed_functions_nest_under_the_items_root(tracing: Tracing) -> None:
    from langfuse import get_client, observe

    @observe()
    def retrieve(question: str) -> list[str]:
        return ["a passage"]

    @observe(name="answer", as_type="generation")
    def answer(question: str) -> str:
        get_client().update_current_generation(usage_details={"input": 7}, model="m")
        return "42"

    @observe()
    def pipeline(question: str) -> str:
        retrieve(question)
        return answer(question)

    scope = scope_for("001")
    with tracing.item(scope) as recording:
        assert pipeline("q?") == "42"
        assert get_client().get_current_trace_id() == scope.trace_id
    spans = decoded(recording.encoded())
    assert set(spans) == {"ragtui-item", "pipeline", "retrieve", "answer"}
    assert spans["ragtui-item"].id == scope.root and spans["ragtui-item"].parent_id == ""
    assert spans["pipeline"].parent_id == scope.root
    assert spans["retrieve"].parent_id == spans["answer"].parent_id == spans["pipeline"].id
    assert {span.trace_id for span in spans.values()} == {scope.trace_id}
    assert {span.experiment_attribute("name") for span in spans.values()} == {"baseline"}


async def test_items_at_once_do_not_mix(tracing: Tracing) -> None:
    from langfuse import observe

    @observe()
    async def pipeline(item: str) -> str:
        await asyncio.sleep(0.01)
        await asyncio.to_thread(inner, item)
        return item

    @observe()
    def inner(item: str) -> str:
        return item

    async def one(item: str) -> tuple[Scope, bytes]:
        scope = scope_for(item)
        with tracing.item(scope) as recording:
            await pipeline(item)
        return scope, recording.encoded()

    for scope, recorded in await asyncio.gather(*(one(f"{n:03d}") for n in range(8))):
        spans = decoded(recorded)
        assert set(spans) == {"ragtui-item", "pipeline", "inner"}
        assert {span.trace_id for span in spans.values()} == {scope.trace_id}
        assert spans["ragtui-item"].id == scope.root


def test_an_untraced_pipeline_records_nothing_and_a_failing_one_still_records(tracing: Tracing) -> None:
    from langfuse import observe

    with tracing.item(scope_for("001")) as recording:
        pass
    assert recording.encoded() == b""

    @observe()
    def breaks() -> None:
        raise ValueError("no route")

    with pytest.raises(ValueError, match="no route"), tracing.item(scope_for("002")) as recording:
        breaks()
    assert decoded(recording.encoded())["breaks"].attribute("langfuse.observation.level") == "ERROR"


def test_langfuse_openai_calls_nest_too(tracing: Tracing) -> None:
    langfuse_openai = pytest.importorskip("langfuse.openai")
    reply = {
        "id": "c", "object": "chat.completion", "created": 1, "model": "tiny",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "42"}}],
        "usage": {"prompt_tokens": 5, "completion_tokens": 1, "total_tokens": 6},
    }  # fmt: skip

    class Model(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            payload = json.dumps(reply).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Silence."""

    with HTTPServer(("127.0.0.1", 0), Model) as http:
        serving = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        serving.start()
        scope = scope_for("003")
        try:
            with (
                langfuse_openai.OpenAI(base_url=f"http://127.0.0.1:{http.server_port}", api_key="none") as client,
                tracing.item(scope) as recording,
            ):
                client.chat.completions.create(model="tiny", messages=[{"role": "user", "content": "q"}])
        finally:
            http.shutdown()
            serving.join()
    (generation,) = [span for name, span in decoded(recording.encoded()).items() if name != "ragtui-item"]
    assert generation.parent_id == scope.root
    assert json.loads(generation.attribute("langfuse.observation.usage_details"))["prompt_tokens"] == 5


def test_recorded_spans_are_published_under_the_item_in_place_of_made_up_ones(
    tracing: Tracing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from langfuse import observe

    monkeypatch.setenv("RAGTUI_STATE_DIR", str(tmp_path / "state"))

    @observe()
    def pipeline(question: str) -> str:
        return "It is 1."

    run = simple_run(tmp_path / "run", 3)
    with tracing.item(scope_for("001")) as recording:
        pipeline("Question 1?")
    keep(tmp_path / "run" / "langfuse", "001", "1", recording.encoded())
    with StandIn("v4") as server:
        assert publish(server, run).phase is Phase.VERIFIED
        roots = {span.attribute("langfuse.observation.input"): span for span in server.stored_items()}
        assert len(roots) == 3
        root = roots["Question 1?"]
        assert root.attribute("langfuse.observation.output") == "It is 1."
        assert root.end - root.start == pytest.approx(1.25)
        (child,) = [span for span in server.stored_spans() if span.parent_id == root.id]
        assert child.name == "pipeline"
        assert child.experiment == root.experiment
        assert child.experiment_attribute("item.root_observation_id") == root.id
        assert len(server.stored_scores()) == 6
        assert publish(server, run).phase is Phase.VERIFIED
        assert len(server.stored_items()) == 3


PIPELINE = """
from langfuse import observe

@observe(name="inside")
def answer(question):
    print("prints go elsewhere")
    return question.upper()
"""


def test_a_process_that_runs_user_code_records_beside_the_run_it_is_told_of(tmp_path: Path) -> None:
    """As the runner's host does it: another process, told by its environment alone."""
    simple_run(tmp_path / "run", 2)
    remember_target(tmp_path / "run", LiveTarget())
    (tmp_path / "mine.py").write_text(PIPELINE)
    script = (
        "from ragtui.langfuse.live.tracing import item_tracer\nimport mine\ntracer = item_tracer()\n"
        "for item in ('000', '001'):\n    with tracer(item, '1'):\n        mine.answer(item)\n"
    )
    environment = {**os.environ, "RAGTUI_RUN": str(tmp_path / "run"), "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=STUCK_S
    )
    assert done.returncode == 0, done.stderr
    recordings = Recordings(tmp_path / "run" / "langfuse").refresh()
    for item in ("000", "001"):
        spans = decoded(recordings.of(item, "1", 3))
        scope = LiveTarget().scope(load(tmp_path / "run").header, item, "1", 1)
        assert spans["inside"].trace_id == scope.trace_id
        assert spans["inside"].parent_id == spans["ragtui-item"].id == scope.root


def test_without_a_target_nothing_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    simple_run(tmp_path / "run", 1)
    monkeypatch.setenv("RAGTUI_RUN", str(tmp_path / "run"))
    with item_tracer()("000", "1"):
        pass
    assert not (tmp_path / "run" / "langfuse").exists()
