"""`ragtui run --langfuse`: a run with the user's own traced pipeline, published while it runs."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from langfuse_standin import Fault, StandIn
from publishing_kit import dataset_of, simple_run
from waiting import eventually

from ragtui.cli.main import main
from ragtui.langfuse.live.follow import following
from ragtui.langfuse.live.target import LiveTarget, remember_target
from ragtui.sources import write_dataset

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
    assert main(["run", plan_in(tmp_path, "answer"), "--publish"]) == 4
    captured = capsys.readouterr()
    assert "not fully published" in captured.err and server.secret_key not in captured.err
    folder = captured.out.strip()
    server.faults.clear()
    assert main(["publish", folder]) == 0
    assert len(server.stored_items()) == 8
    assert len([span for span in server.stored_spans() if span.name == "pipeline"]) == 8


def hinted(said: str) -> list[str]:
    """The command a message ends with, as a shell would read it."""
    return shlex.split(said.partition("Finish with: ")[2].splitlines()[0])


@pytest.mark.parametrize("how", ["late", "slow", "down"])
def test_what_is_said_at_the_end_is_what_the_server_has_and_the_hint_finishes_it(
    tmp_path: Path, server: StandIn, how: str
) -> None:
    """Scores that appear late, a server slower than the wait, and none at all."""
    dataset = dataset_of(6)
    simple_run(tmp_path / "run", 6)
    write_dataset(tmp_path / "run" / "dataset.json", dataset)
    remember_target(tmp_path / "run", LiveTarget("demo live", name="mine"))
    if how == "late":
        server.delays["scores"] = 3600
    elif how == "slow":
        # Longer than closing waits (5 s), and over before it gives the thread up (10 s).
        server.fail(Fault("POST", "/scores", delay=7.5, times=-1))
    else:
        server.fail(Fault(drop=True, times=-1))
    told: list[str] = []
    with following([tmp_path / "run"], told.append, wait_s=0.0) as followers:
        if how != "down":  # without a connection closing waits for two seconds only
            eventually(lambda: followers[0].live.status.connected)
    (problem,) = [line for line in told if "not fully published" in line]
    sent = len(server.stored_scores())
    assert ("nothing was sent" in problem) == (how == "down")
    if how == "late":
        assert f"scores sent {sent} of 12, visible 0" in problem
    words = hinted(problem)
    assert words[:2] == ["ragtui", "publish"] and ("--resume" in words) == (how != "down")
    assert words[words.index("--langfuse") + 1] == "demo live" and words[words.index("--name") + 1] == "mine"
    server.faults.clear()
    server.advance(3600)
    assert main(words[1:]) == 0
    assert len(server.stored_items()) == 6 and len(server.stored_scores()) == 12
    assert [row["name"] for row in server.store.datasets.visible()] == ["demo live"]
    # Even without its options the command finishes the same publication.
    assert main(["publish", str(tmp_path / "run")]) == 0
    assert len(server.stored_items()) == 6


def test_the_demo_can_be_looked_at_on_both_sides(
    tmp_path: Path, server: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["demo", "--out", str(tmp_path / "demo"), "--repeats", "1", "--items", "001,002,003"]
    assert main([*words, "--langfuse", "ragtui demo"]) == 0
    assert len(server.stored_items()) == 6 and not server.store.doubled
    hosted = shlex.split(capsys.readouterr().err.strip().splitlines()[-1])
    assert hosted == ["ragtui", "langfuse:ragtui demo"] and main(["runs", *hosted[1:]]) == 0
    assert len(server.dataset_items("ragtui demo")) == len(server.asked("POST", "/dataset-items"))
