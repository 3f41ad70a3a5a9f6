"""`ragtui compare --metric --items --where`, as they are typed."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from ragtui.cli import choosing, main

SAMPLES = str(Path(__file__).parents[2] / "sample_runs" / "support-docs")
SIDES = ["compare", "baseline", "--vs", "regressed", "--in", SAMPLES]


def test_options_narrow_together_and_what_is_not_shown_still_fails(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--metric", "faithfulness", "--where", "delta:>-3.5 topic:plans,files", "--items", "031, 009,001"]
    assert main([*SIDES, *asked, "--format", "csv", "--fail-on", "regressed"]) == 1
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [(row["item"], row["metric"], row["verdict"]) for row in rows] == [("009", "faithfulness", "regressed")]


def test_an_item_is_flagged_where_a_metric_changed_of_which_nobody_told_what_is_better(tmp_path: Path) -> None:
    for name, moved in (("base", 400), ("cand", 100)):
        rows = [f"q{n},{turn},{moved if n == 3 else 400 + turn % 2}" for n in range(30) for turn in range(4)]
        (tmp_path / f"{name}.csv").write_text("item,repeat,answer_length\n" + "\n".join(rows) + "\n")
    assert choosing._flagged(str(tmp_path / "base.csv"), str(tmp_path / "cand.csv")) == {"q3"}
