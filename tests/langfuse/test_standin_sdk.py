"""The real SDK's own run_experiment against the stand-in makes runs that ragtui reads."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from langfuse_standin import Fault, StandIn
from langfuse_standin.examples import listed
from waiting import STUCK_S

from ragtui.langfuse.read.source import LangfuseSource
from ragtui.langfuse.write.ids import experiment_id
from ragtui.model import RunStatus, State

Opener = Callable[..., LangfuseSource]

PROGRAM = """
import json, sys
from langfuse import Evaluation, Langfuse

settings = json.loads(sys.argv[1])
client = Langfuse()
if settings["seed"]:
    client.create_dataset(name=settings["dataset"])
    for n in range(settings["items"]):
        client.create_dataset_item(
            dataset_name=settings["dataset"], id=f"i{n}", input={"question": f"Q{n}"}, expected_output=f"A{n}",
            metadata={"topic": "t"},
        )
dataset = client.get_dataset(settings["dataset"])


def task(*, item, **_):
    if item.id in settings["failing"]:
        raise RuntimeError("model down")
    with client.start_as_current_observation(name="llm", as_type="generation", model="m") as span:
        span.update(output="x", usage_details={"input": 7, "output": 3}, cost_details={"total": 0.5})
    return {"answer": f"answer {item.id}"}


def exact(*, output, **_):
    return Evaluation(name="exact", value=1.0, comment="because")


def tone(*, output, **_):
    return [Evaluation(name="tone", value="kind", data_type="CATEGORICAL")]


def broken(*, output, **_):
    raise ValueError("judge down")


result = dataset.run_experiment(
    name="exp", run_name=settings["run"], description="d", task=task, evaluators=[exact, tone, broken],
    run_evaluators=[lambda *, item_results, **_: Evaluation(name="mean", value=0.5)], metadata={"model": "m1"},
    max_concurrency=4,
)
client.shutdown()
print(json.dumps({"items": len(result.item_results), "experiment": result.experiment_id}))
"""


def run_sdk(server: StandIn, dataset: str, run: str, **settings: Any) -> dict[str, Any]:
    given = {"dataset": dataset, "run": run, "items": 3, "failing": [], "seed": True, **settings}
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("LANGFUSE_", "OTEL_"))}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, json.dumps(given)],
        env={**environment, **server.env, "LANGFUSE_TIMEOUT": "60"},
        capture_output=True,
        text=True,
        timeout=STUCK_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


@pytest.mark.parametrize(("dataset", "run"), [("qa set/v1", "run, eins"), ("größe", "50 % / 漢字")])
def test_a_run_of_the_sdk_is_read_whole(dataset: str, run: str, open_source_on: Opener) -> None:
    with StandIn("v4") as server:
        told = run_sdk(server, dataset, run, failing=["i1"])
        dataset_id = server.store.datasets.get(dataset)["id"]
        assert told["experiment"] == experiment_id("test-project", dataset_id, run)
        source = open_source_on(server, dataset)
        headers, _ = listed(source)
        header = headers[run]
        assert header.id == told["experiment"]
        assert header.status is RunStatus.COMPLETE
        assert header.extra["metadata"] == {"model": "m1"}
        loaded = source.load(header.id)
        assert loaded.scores.items == ("i0", "i1", "i2")
        assert loaded.scores.states_of("exact")[:, 0].tolist() == [State.SCORED, State.ITEM_ERROR, State.SCORED]
        assert loaded.scores.of("exact")[[0, 2], 0].tolist() == [1, 1]
        assert loaded.scores.of("cost")[[0, 2], 0].tolist() == [0.5, 0.5]
        assert loaded.scores.of("tokens")[[0, 2], 0].tolist() == [10, 10]
        result = loaded.result("i2", loaded.repeat)
        assert result is not None
        assert result.output == "answer i2"
        assert result.judgements["exact"].rationale == "because"
        assert result.judgements["tone"].label == "kind"
        item = loaded.item("i2")
        assert (item.question, item.expected, dict(item.metadata)) == ("Q2", "A2", {"topic": "t"})
        failed = loaded.result("i1", loaded.repeat)
        assert failed is not None
        assert "model down" in failed.error
        said = " ".join(problem.message for problem in loaded.problems)
        assert "evaluator broken failed on 2 of 2 items" in said


def test_the_same_run_name_twice_is_marked(open_source_on: Opener) -> None:
    with StandIn("v4") as server:
        run_sdk(server, "qa", "base", items=2)
        run_sdk(server, "qa", "base", items=2, seed=False)
        source = open_source_on(server, "qa")
        headers, _ = listed(source)
        loaded = source.load(headers["base"].id)
        assert len(loaded.scores.items) == 2
        assert len(loaded.attempts("i0")) == 2
        assert any("i0 ×2" in problem.message for problem in loaded.problems)


def test_what_the_sdk_reports_and_what_is_stored_differ_and_ragtui_tells(open_source_on: Opener) -> None:
    with StandIn("v4") as server:
        # The scores are refused for good; the SDK says all went well.
        server.fail(Fault("POST", "/scores", status=400, times=-1))
        told = run_sdk(server, "qa", "base")
        assert told["items"] == 3
        assert server.stored_scores() == []
        source = open_source_on(server, "qa")
        headers, _ = listed(source)
        loaded = source.load(headers["base"].id)
        assert any("none of 3 items has a score" in problem.message for problem in loaded.problems)


def test_scores_of_the_sdk_are_lost_on_servers_before_4_59(open_source_on: Opener) -> None:
    with StandIn("v4-old") as server:
        run_sdk(server, "qa", "base", items=1)
        assert len(server.stored_items()) == 1
        assert server.stored_scores() == []


LOCAL_DATA = """
from langfuse import Evaluation, Langfuse

client = Langfuse()
for run in ("one", "two"):
    client.run_experiment(
        name="exp", run_name=run, data=[{"input": f"Q{n}", "expected_output": "A"} for n in range(3)],
        task=lambda *, item, **_: "x", evaluators=[lambda *, output, **_: Evaluation(name="m", value=1.0)],
    )
client.shutdown()
"""


def test_experiments_on_local_data_are_listed_without_a_dataset(open_source_on: Opener) -> None:
    with StandIn("v4") as server:
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("LANGFUSE_", "OTEL_"))}
        command = [sys.executable, "-W", "ignore", "-c", LOCAL_DATA]
        subprocess.run(command, env={**environment, **server.env}, capture_output=True, timeout=STUCK_S, check=True)
        source = open_source_on(server)
        headers, _ = listed(source)
        assert sorted(headers) == ["one", "two"]
        one, two = source.load(headers["one"].id), source.load(headers["two"].id)
        assert len(one.scores.items) == 3
        # Items are known by their content, so two runs on the same data share them.
        assert set(one.scores.items) == set(two.scores.items)
        assert one.item(one.scores.items[0]).question.startswith("Q")
