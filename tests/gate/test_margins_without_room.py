"""A margin larger than all that the baseline has to lose asks nothing: such a gate is no green one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from gate_cases import write_run
from stats_kit import Floats

from ragtui.cli.main import main
from ragtui.exits import Exit

NOTHING = "so nothing is asked of it"


def around(mean: float, seed: int) -> Floats:
    """Forty items, three repeats, whole scores from 1 to 5 with about this mean."""
    rng = np.random.default_rng(seed)
    scores: Floats = np.clip(np.round(mean + rng.normal(0, 1, (40, 1)) + rng.normal(0, 0.3, (40, 3))), 1, 5)
    return scores


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, seed in (("base", 1), ("cand", 2)):
        write_run(tmp_path / name, {"quality": around(3.4, seed), "style": around(4.0, seed + 9)})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def gated(policy: str, *words: str) -> Exit:
    Path("gate.toml").write_text(policy)
    return Exit(main(["gate", "-b", "base", "-c", "cand", "-p", "gate.toml", *words]))


@pytest.mark.parametrize(
    "policy",
    [
        "[metrics.quality]\nmargin = 4.2",
        "[metrics.quality]\ndirection = 'lower'\nmargin = 2.5",
        "margin = 4.5",
        "mode = 'non-inferiority'\n[metrics.quality]\nmargin = 4.2",
    ],
)
def test_a_gate_that_no_candidate_could_fail_is_an_error(
    project: Path, capsys: pytest.CaptureFixture[str], policy: str
) -> None:
    assert gated(policy) == Exit.ERROR
    said = capsys.readouterr().err
    assert "gate.toml: no candidate could fail" in said and NOTHING in said


@pytest.mark.parametrize(
    "policy",
    [
        "[metrics.quality]\nmargin = 4.2\n[metrics.style]\nmargin = 0.5",
        "[metrics.quality]\nmargin = 4.2\n[items]\nmost_regressed = 40",
        "[metrics.quality]\nmargin = 4.2\n[items]\nnever_regress = ['*']",
    ],
)
def test_where_something_else_is_asked_it_is_said(project: Path, policy: str) -> None:
    assert gated(policy, "-o", "gate.json") != Exit.ERROR
    notes = json.loads(Path("gate.json").read_text())["warnings"]
    assert [note for note in notes if NOTHING in note and note.startswith("quality: ")]


def test_a_margin_with_room_is_not_spoken_of(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gated("[metrics.quality]\nmargin = 2")
    assert NOTHING not in capsys.readouterr().out


def test_compare_says_it_too(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["compare", "base", "--vs", "cand", "--margin", "quality=4.2"])
    assert "quality: a loss of the margin of 4.2 cannot happen" in capsys.readouterr().out
