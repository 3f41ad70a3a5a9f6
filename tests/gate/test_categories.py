"""Scores that are labels, from a table to the gate and to every report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ragtui.cli.main import main
from ragtui.present.sentences.config import example_label

LABELS = ("left", "right", "tie")


def table(path: Path, moved: int) -> str:
    """Forty items labelled four times; the first `moved` left ones say right."""
    lines = ["id,repeat,question,winner"]
    for item in range(40):
        label = "right" if item % 3 == 0 and item < 3 * moved else LABELS[item % 3]
        for repeat in range(4):
            shown = "tie" if (item + repeat * 7 + moved) % 17 == 0 else label
            lines.append(f"q{item:02},{repeat + 1},Question {item}?,{shown}")
    path.write_text("\n".join(lines) + "\n")
    return str(path)


@pytest.fixture
def sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    monkeypatch.chdir(tmp_path)
    return table(tmp_path / "base.csv", 0), table(tmp_path / "cand.csv", 8)


def gate(sides: tuple[str, str], *more: str) -> int:
    return main(["gate", "-b", sides[0], "-c", sides[1], *more])


def test_the_gate_does_not_decide_on_labels_until_told_which_are_good(
    sides: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert gate(sides) == 5
    said = capsys.readouterr().out
    assert '[metrics.winner] good = ["left"] (labels: left, right, tie)' in said
    assert "No item has a winner score" not in said


@pytest.mark.parametrize(("good", "code"), [('["left"]', 1), ('["right"]', 0), ('["lefft"]', 5)])
def test_good_labels_in_a_policy_are_gated_by_their_share(
    sides: tuple[str, str], tmp_path: Path, good: str, code: int
) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(f"[metrics.winner]\ngood = {good}\n")
    assert gate(sides, "--policy", str(policy)) == code


def test_one_label_can_be_gated_by_name(sides: tuple[str, str], tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('[metrics."winner = tie"]\ndirection = "higher"\n')
    assert gate(sides, "--policy", str(policy)) == 0


def test_reports_say_shares_flips_and_labels(sides: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", sides[0], "--vs", sides[1], "-f", "json"]) == 0
    (winner,) = json.loads(capsys.readouterr().out)["metrics"]
    assert winner["aggregate"] is None and winner["category"]["outcome"] == "changed"
    assert winner["category"]["flips"] == [{"from": "left", "to": "right", "items": 8}]
    assert sum(winner["cells"][0]["labels"]["baseline"].values()) == 4
    for form in ("text", "markdown"):
        main(["compare", sides[0], "--vs", sides[1], "-f", form])
        said = capsys.readouterr().out
        assert "8 items with another usual label: left → right 8" in said
        assert "improved beyond" not in said.lower() and "regressed beyond" not in said.lower()
        assert "other labels on winner" in said.replace("\\", "")


@pytest.mark.parametrize(("name", "good", "bad", "half"), [
    ("result", "pass", "fail", "partial"), ("correctness", "correct", "incorrect", "partially correct"),
    ("passed", "yes", "no", "partial"), ("hallucinated", "no", "yes", "partially"),
    ("grounded", "true", "false", "half"), ("safety", "safe", "unsafe", "partly safe"),
])  # fmt: skip
def test_a_guess_from_the_words_of_labels_decides_no_gate_and_no_bad_label_is_proposed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, good: str, bad: str, half: str
) -> None:
    for side, moved in (("base", 0), ("cand", 1)):
        said = [half if n % 10 == 9 else bad if n % 10 == 8 or (moved and n % 2) else good for n in range(40)]
        rows = "".join(f"q{n},Question {n}?,{label}\n" for n, label in enumerate(said))
        (tmp_path / f"{side}.csv").write_text(f"id,question,{name}\n{rows}")
    both = (str(tmp_path / "base.csv"), str(tmp_path / "cand.csv"))
    assert gate(both) == 5
    assert f'[metrics.{name}] good = ["{good}"]' in capsys.readouterr().out
    (tmp_path / "policy.toml").write_text(f'[metrics.{name}]\ngood = ["{good}"]\n')
    assert gate(both, "--policy", str(tmp_path / "policy.toml")) in (1, 3)


@pytest.mark.parametrize(("name", "labels", "proposed"), [
    ("tone", ("warm", "cold"), '"warm"'), ("verdict", ("incorrect", "wrong"), "..."), ("passed", ("no",), "..."),
    ("passed", ("n/a", "no"), '"n/a"'), ("verdict", ("almost correct", "correct"), '"correct"'), ("verdict", (), "..."),
])  # fmt: skip
def test_the_label_that_a_line_proposes(name: str, labels: tuple[str, ...], proposed: str) -> None:
    assert example_label(name, labels) == proposed
