"""`ragtui slices` on the sample runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ragtui.cli import main

SAMPLES = str(Path(__file__).parents[2] / "sample_runs" / "support-docs")
SIDES = ["baseline", "--vs", "regressed", "--in", SAMPLES]


def test_every_value_is_a_line_with_a_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["slices", *SIDES, "--by", "difficulty"]) == 0
    text = capsys.readouterr().out
    assert "easy" in text and "▼ regressed" in text and "topic" not in text.partition("\n")[0]
    assert "searched together" in text


def test_json_carries_slices_and_the_search(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["slices", *SIDES, "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert {part["field"] for part in document["slices"]} >= {"topic", "difficulty"}
    assert document["features_searched"] > 50
    assert document["common"] == [], "nearly every item lost a passage there, so that is no mark of the losers"


def test_a_field_nobody_has_is_named_with_those_at_hand(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["slices", *SIDES, "--by", "topics"]) == 2
    assert "difficulty" in capsys.readouterr().err
