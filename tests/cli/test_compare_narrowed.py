"""`ragtui compare --metric --items --where`, as they are typed."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from ragtui.cli import main

SAMPLES = str(Path(__file__).parents[2] / "sample_runs" / "support-docs")
SIDES = ["compare", "baseline", "--vs", "regressed", "--in", SAMPLES]


def test_options_narrow_together_and_what_is_not_shown_still_fails(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--metric", "faithfulness", "--where", "delta:>-3.5 topic:plans,files", "--items", "031, 009,001"]
    assert main([*SIDES, *asked, "--format", "csv", "--fail-on", "regressed"]) == 1
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [(row["item"], row["metric"], row["verdict"]) for row in rows] == [("009", "faithfulness", "regressed")]
