"""`ragtui run --langfuse`: a run with the user's own traced pipeline, published while it runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from langfuse_standin import Fault, StandIn

from ragtui.cli.main import main

PIPELINE = """
from langfuse import observe

@observe(name="look up")
def look_up(question):
    return ["a page"]

@observe(name="pipeline")
def answer(item):
    look_up(item.question)
    return "Thing is red."

@observe(name="pipeline")
async def answer_async(item):
    look_up(item.question)
    return "Thing is red."
"""


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    monkeypatch.setenv("RAGTUI_STATE_DIR", str(tmp_path / "state"))
    with StandIn("v4") as running:
        for name, value in running.env.items():
            monkeypatch.setenv(name, value)
        yield running


def plan_in(folder: Path, function: str) -> str:
    rows = [{"id": f"q{n}", "question": f"What colour is thing {n}?", "expected": "Red."} for n in range(4)]
    (folder / "dataset.json").write_text(json.dumps({"name": "things", "items": rows}))
    (folder / "mine.py").write_text(PIPELINE)
    (folder / "ragtui.toml").write_text(
        'name = "base"\ndataset = "dataset.json"\nlexical = ["token_f1"]\nrepeats = 2\n'
        f'[target]\nkind = "python"\nprocesses = 2\ncall = "mine:{function}"\n'
    )
    return str(folder / "ragtui.toml")


@pytest.mark.parametrize("function", ["answer", "answer_async"])
def test_a_run_is_on_langfuse_when_it_ends_with_its_pipelines_own_spans(
    tmp_path: Path, server: StandIn, function: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", plan_in(tmp_path, function), "--langfuse", "docs"]) == 0
    captured = capsys.readouterr()
    assert captured.err.count("verified; items sent 4 of 4, visible 4 of 4") == 2
    roots = {span.trace_id: span for span in server.stored_items()}
    assert len(roots) == 8 and len(server.stored_scores()) == 8
    pipelines = {span.trace_id: span for span in server.stored_spans() if span.name == "pipeline"}
    assert set(pipelines) == set(roots)
    for span in server.stored_spans():
        root = roots[span.trace_id]
        if span.name == "pipeline":
            assert span.parent_id == root.id
        if span.name == "look up":
            assert span.parent_id == pipelines[span.trace_id].id
        assert span.experiment == root.experiment
    assert root.attribute("langfuse.observation.output") == "Thing is red."
    folder = captured.out.strip()
    sent = len(server.asked("POST"))
    assert main(["publish", folder, "--langfuse", "docs", "--resume"]) == 0
    assert len(server.asked("POST")) == sent


def test_an_outage_costs_the_run_nothing_and_the_way_out_is_told(
    tmp_path: Path, server: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    server.fail(Fault(drop=True, times=-1))
    assert main(["run", plan_in(tmp_path, "answer"), "--langfuse", ""]) == 0
    captured = capsys.readouterr()
    assert "not fully published" in captured.err and server.secret_key not in captured.err
    folder = captured.out.strip()
    server.faults.clear()
    assert main(["publish", folder]) == 0
    assert len(server.stored_items()) == 8
    assert len([span for span in server.stored_spans() if span.name == "pipeline"]) == 8
