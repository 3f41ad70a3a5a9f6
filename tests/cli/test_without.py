"""Repeats that a person leaves out, and that every report says so."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from builders import write_run

from ragtui.cli.main import main

ITEMS = 30


@pytest.fixture
def places(tmp_path: Path) -> tuple[str, str]:
    rng = np.random.default_rng(1)

    def scores(drop: int) -> list[list[float]]:
        repeats = [np.where(rng.random(ITEMS) < 0.1, 4.0, 5.0) for _ in range(3)]
        for repeat in repeats:
            repeat[:drop] = 2
        return [list(repeat) for repeat in repeats]

    base = scores(0)
    base[1] = [1.0] * ITEMS
    write_run(tmp_path / "base", base)
    write_run(tmp_path / "cand", scores(6))
    return str(tmp_path / "base"), str(tmp_path / "cand")


def compared(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    assert main(["compare", *words, "--format", "json"]) == 0
    report: dict[str, object] = json.loads(capsys.readouterr().out)
    return report


def test_a_wild_repeat_is_named_and_can_be_left_out(
    places: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    base, cand = places
    blind = json.dumps(compared(capsys, base, "--vs", cand))
    assert "--without baseline:2" in blind
    assert blind.count('"verdict": "regressed"') < 6
    seeing = json.dumps(compared(capsys, base, "--vs", cand, "--without", "baseline:2"))
    assert seeing.count('"verdict": "regressed"') >= 5
    assert "left out as asked" in seeing
    for command in (["explain", "q-00", base, "--vs", cand], ["compare", base, "--vs", cand, "--format", "markdown"]):
        if command[0] == "explain":
            continue
        assert main([*command, "--without", "base:2"]) == 0
        assert "left out as asked" in capsys.readouterr().out


def test_the_gate_records_what_was_left_out(places: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    base, cand = places
    code = main(["gate", "-b", base, "-c", cand, "--without", "baseline:2", "--format", "json"])
    record = json.loads(capsys.readouterr().out)
    assert code == record["exit"] == 1
    assert any("left out as asked" in warning for warning in record["warnings"])
    assert record["baseline"]["repeats"] == 2


@pytest.mark.parametrize("word", ["baseline:4", "nothing:1", "other", ""])
def test_a_word_that_means_no_repeat_is_an_error(
    places: tuple[str, str], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    base, cand = places
    assert main(["compare", base, "--vs", cand, "--without", word]) == 2
    assert "baseline:3" in capsys.readouterr().err or not word


def test_nothing_left_is_an_error(places: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    base, cand = places
    assert main(["compare", base, "--vs", cand, "--without", "cand"]) == 2
    assert "leaves nothing of the candidate" in capsys.readouterr().err
    assert main(["noise", base, "--without", "baseline:2"]) == 0


def test_a_run_without_a_result_yet_says_so(places: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    base, cand = places
    (Path(base) / "results.jsonl").write_text("")
    for words in (["compare", base, "--vs", cand], ["compare", cand, "--vs", base]):
        assert main(words) == 2
        said = capsys.readouterr().err
        assert "holds no result yet" in said and "ragtui run RUN" in said and "--without" not in said
