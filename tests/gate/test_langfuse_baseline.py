"""A Langfuse dataset and run as the baseline, read over HTTP from a stand-in server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from langfuse_standin import StandIn
from langfuse_standin.examples import items, results

from ragtui.cli.main import main


@pytest.fixture
def server(server: StandIn, project: Path) -> StandIn:
    server.add_dataset("qa/faq", items(24))
    for name in ("main", "main-2", "pr-12"):
        server.add_run("qa/faq", name, results(24), metadata={"model": name[:4]})
    server.advance(3600)
    return server


def test_baseline_and_candidate_by_address(server: Any, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--candidate", "langfuse:qa/faq/pr-12", "--format", "json"]
    code = main(["gate", "--baseline", "langfuse:qa/faq/main", "langfuse:qa/faq/main-2", *words])
    record = json.loads(capsys.readouterr().out)
    assert record["exit"] == code
    assert record["baseline"]["runs"] == ["main", "main-2"]
    assert record["baseline"]["repeats"] == 2
    assert record["candidate"]["runs"] == ["pr-12"]
    assert {line["metric"] for line in record["means"]} >= {"faithfulness", "passed"}


def test_a_hosted_run_can_be_blessed(server: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bless", "langfuse:qa/faq/main", "--reason", "shipped"]) == 0
    capsys.readouterr()
    main(["gate", "--baseline", "main", "--candidate", "langfuse:qa/faq/pr-12", "--format", "json"])
    assert json.loads(capsys.readouterr().out)["baseline"]["runs"] == ["main"]


@pytest.mark.parametrize("word", ["langfuse:qa/faq/none", "langfuse:nothing/main", "langfuse:main"])
def test_a_missing_hosted_baseline_fails_closed(server: Any, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gate", "--baseline", word, "--candidate", "langfuse:qa/faq/pr-12"]) == 2
    assert capsys.readouterr().err
