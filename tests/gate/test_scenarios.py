"""Every scenario end to end through the command line, and a small version of the simulated gates."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from bench.gates_scenarios import SCENARIOS, Scenario, run_scenario
from bench.gates_simulated import Row, limits_broken, simulate, table

from ragtui.exits import Exit


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.key)
def test_scenario(scenario: Scenario, tmp_path: Path) -> None:
    answer = run_scenario(scenario, tmp_path / "case")
    assert Exit(answer.exit) is scenario.exit, answer.headline
    assert scenario.wording in answer.headline
    assert answer.record["exit"] == answer.exit, "the report says what the process says"
    if scenario.exit is Exit.CANNOT_TELL:
        said = " ".join(finding["sentence"] for finding in answer.record["findings"])
        assert "would have shown about" in said or "show a change of about" in said, "the smallest visible delta"
        assert "more repeat" in said or "items" in said, "what is still needed"


def test_simulated_gates_keep_their_limits() -> None:
    """13 designs of 15 gates; limits are checked with three Monte-Carlo errors of room."""
    rows = simulate(15, seed=9100)
    assert len(rows) == 13
    assert limits_broken(rows, errors=3.0) == [], table(rows)
    by_name = {row.name: row for row in rows}
    nulls = [row for row in rows if row.name.startswith("null")]
    ours, fixed = (sum(values) / len(nulls) for values in zip(*((row.fails, row.fixed) for row in nulls), strict=True))
    assert ours < fixed, "fewer false alarms than a fixed threshold"
    assert by_name["large drop 5v5"].fails >= 0.9


def test_a_broken_limit_is_seen() -> None:
    row = Row("made up", 200, -0.2, 0.5, 0.0, 0.5, 0.0, 200, 1.0)
    assert limits_broken([row]) == []
    assert limits_broken([replace(row, limit=0.04)])
    assert limits_broken([replace(row, least=0.7)])
    assert limits_broken([replace(row, wrong_passes=0.2)])
