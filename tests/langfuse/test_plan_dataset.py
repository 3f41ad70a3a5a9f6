"""A plan whose dataset is on Langfuse: planned, tried, run, resumed, and asked about when it was edited."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from langfuse_standin import StandIn
from runner_kit import records

from ragtui.cli.main import main
from ragtui.sources import read_dataset

PLAN = """
name = "base"
dataset = "langfuse:team/docs"
lexical = ["exact_match"]
[target]
kind = "command"
command = ["echo", "red"]
"""
ITEMS = {
    "a": {"input": "Which colour?", "expectedOutput": "red"},
    "b": {"input": "And this?", "expectedOutput": "blue"},
}


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "ragtui.toml"
    path.write_text(PLAN)
    monkeypatch.setenv("RAGTUI_CONFIG_DIR", str(tmp_path / "config"))
    return path


@pytest.fixture
def hosted(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    with StandIn("v4") as server:
        for name, value in server.env.items():
            monkeypatch.setenv(name, value)
        server.add_dataset("team/docs", ITEMS)
        yield server


def ragtui(*words: object) -> int:
    return main([str(word) for word in words])


def test_it_is_planned_tried_and_run(plan: Path, hosted: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    assert ragtui("plan", plan) == 0
    assert "2 of docs" in capsys.readouterr().out
    assert ragtui("try", plan, "--item", "b") == 0
    assert "And this?" in capsys.readouterr().out
    assert ragtui("run", plan) == 0
    folder = Path(capsys.readouterr().out.strip())
    assert {record["item"]: record["scores"]["exact_match"]["value"] for record in records(folder)} == {
        "a": 1,
        "b": 0,
    }
    assert read_dataset(folder).name == "team/docs"
    assert ragtui("run", plan, "--limit", 1) == 0
    assert [record["item"] for record in records(Path(capsys.readouterr().out.strip()))] == ["a"]


def test_an_edit_between_start_and_resume_is_asked_about(
    plan: Path, hosted: StandIn, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ragtui("run", plan) == 0
    folder = Path(capsys.readouterr().out.strip())
    assert ragtui("run", folder) == 0
    hosted.add_dataset("team/docs", {**ITEMS, "b": {"input": "And that?"}, "c": {"input": "New?"}})
    assert ragtui("run", folder) == 2
    said = capsys.readouterr().err
    assert "1 changed (b)" in said and "1 added (c)" in said
    assert ragtui("run", folder, "--as-started") == 0
    monkeypatch.setenv("LANGFUSE_SECRET_KEY", "sk-another")
    assert ragtui("run", folder) == 0
    assert "whether langfuse:team/docs was edited is not known" in capsys.readouterr().err


def test_what_is_not_there_is_one_message(plan: Path, hosted: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    plan.write_text(PLAN.replace("team/docs", "team/doc"))
    assert ragtui("plan", plan) == 2
    assert "langfuse:team/doc: no such dataset" in capsys.readouterr().err
    plan.write_text(PLAN.replace("lexical", 'columns = { question = "q" }\nlexical'))
    assert ragtui("run", plan) == 2
    assert "columns are for files" in capsys.readouterr().err
    assert not (plan.parent / "runs").exists()


def test_a_first_plan_may_name_it(tmp_path: Path, hosted: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    assert ragtui("init", tmp_path, "--yes", "--dataset", "langfuse:team/docs", "--url", "http://127.0.0.1:1/ask") == 0
    assert 'dataset = "langfuse:team/docs"' in (tmp_path / "ragtui.toml").read_text()
    assert ragtui("plan", tmp_path) == 0
