"""Publishing says what is true: no empty questions, no second copy, no failure that is a delay."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path

import pytest
from langfuse_standin import Fault, StandIn
from publishing_kit import publish, simple_run

from ragtui.cli.main import main
from ragtui.langfuse.write.publish import Options


@pytest.fixture(params=["v4-old"])
def server(server: StandIn) -> StandIn:
    return server


def without_dataset(tmp_path: Path, *, outbox: bool = False) -> str:
    """A copy of the run as an artifact would be: no dataset file, and mostly no outbox."""
    copy = tmp_path / "downloaded" / "run"
    shutil.copytree(tmp_path / "run", copy)
    (copy / "dataset.json").unlink()
    records = [json.loads(line) for line in (copy / "results.jsonl").read_text().splitlines()]
    bare = [{key: value for key, value in one.items() if key not in ("question", "expected")} for one in records]
    (copy / "results.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in bare))
    if not outbox:
        shutil.rmtree(copy / "langfuse", ignore_errors=True)
    return str(copy)


def questions(server: StandIn) -> set[object]:
    return {span.attribute("langfuse.observation.input") for span in server.stored_items()}


def test_texts_that_are_gone_here_come_from_the_server(tmp_path: Path, server: StandIn) -> None:
    simple_run(tmp_path / "run", 3)
    assert main(["publish", str(tmp_path / "run")]) == 0
    before = dict(server.dataset_items("support docs/v1"))
    assert main(["publish", without_dataset(tmp_path), "--again", "--name", "copy"]) == 0
    assert questions(server) == {"Question 0?", "Question 1?", "Question 2?"}
    assert server.dataset_items("support docs/v1") == before


def test_texts_that_are_gone_here_come_from_the_outbox(tmp_path: Path, server: StandIn) -> None:
    simple_run(tmp_path / "run", 3)
    assert main(["publish", str(tmp_path / "run")]) == 0
    copy = without_dataset(tmp_path, outbox=True)
    assert main(["publish", copy, "--again", "--langfuse", "new"]) == 0
    rows = server.dataset_items("new").values()
    assert {(row["input"], row["expectedOutput"]) for row in rows} == {
        (f"Question {n}?", f"Answer {n}.") for n in range(3)
    }


def test_texts_that_are_nowhere_are_refused_before_anything_is_made(
    tmp_path: Path, server: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    simple_run(tmp_path / "run", 3)
    copy = without_dataset(tmp_path)
    assert main(["publish", copy, "--langfuse", "new"]) == 2
    said = capsys.readouterr().err
    assert "3 of 3 items have no question" in said and f"{copy}/dataset.json is not there" in said
    assert not server.asked("POST")


@pytest.mark.parametrize("options", [["--name", "other"], ["--langfuse", "elsewhere"]])
@pytest.mark.parametrize("outbox", [True, False], ids=["here", "on the server"])
def test_a_run_that_is_there_already_is_recognised_before_anything_is_sent(
    tmp_path: Path, server: StandIn, options: list[str], outbox: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    simple_run(tmp_path / "run", 3, repeats=2)
    assert main(["publish", str(tmp_path / "run"), "--langfuse", "demo live", "--name", "first"]) == 0
    if not outbox:
        shutil.rmtree(tmp_path / "run" / "langfuse")
    sent = len(server.asked("POST"))
    capsys.readouterr()
    assert main(["publish", str(tmp_path / "run"), *options]) == 2
    said = capsys.readouterr().err
    assert "already, as 'first' in dataset 'demo live'" in said and len(server.asked("POST")) == sent
    words = shlex.split(said.partition("with: ")[2].partition(". A second")[0])
    assert main(words[1:]) == 0
    assert len(server.stored_items()) == 6
    assert main(["publish", str(tmp_path / "run"), *options, "--again"]) == 0
    assert len(server.stored_items()) == 12


def test_a_silent_worker_is_a_delay_not_a_failure(tmp_path: Path) -> None:
    """Everything is taken with a 200 and nothing ever appears, however often it is sent again."""
    run = simple_run(tmp_path / "run", 3)
    with StandIn("v4-old") as quiet:
        quiet.fail(Fault("POST", "/otel", lose=True, times=-1), Fault("POST", "/scores", lose=True, times=-1))
        outcome = publish(quiet, run, Options(wait_s=600))
    (progress,) = outcome.experiments
    assert outcome.phase.value == "partial" and progress.items.sent == 3
    assert "not sent" not in progress.line() and "worker may be slow" in progress.line()
