"""Bisection when every answer is noisy: the error rate over a whole search, and a real repository."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from bench.bisect_simulated import History, simulate

from ragtui.cli import main
from ragtui.errors import InputError
from ragtui.gate.bisecting.search import Commit, StepFinding, most_steps, search
from ragtui.gate.deciding.case import Case
from ragtui.gate.deciding.policy import Policy
from ragtui.stats.means.claim import Mode

POLICY = Policy(mode=Mode.NON_INFERIORITY, margin=0.1)


def test_a_search_holds_its_error_rate_and_finds_large_drops() -> None:
    rows = simulate(searches=8, seed=7)
    planted = next(row for row in rows if row.planted)
    nothing = next(row for row in rows if not row.planted)
    assert planted.wrong <= 2  # of 8 at a limit of .05
    assert planted.found >= 4
    assert nothing.wrong <= 1


@pytest.mark.parametrize(("commits", "steps"), [(1, 1), (2, 2), (3, 3), (8, 4), (9, 5), (1000, 11)])
def test_how_many_steps_a_search_can_need(commits: int, steps: int) -> None:
    assert most_steps(commits) == steps


def test_what_does_not_run_is_skipped_and_leaves_a_range() -> None:
    history = History(culprit=3, rng=np.random.default_rng(5), drop="large")

    def measure(commit: Commit, look: int) -> Case:
        if commit.id == "2":
            raise InputError("2: does not build")
        return history(commit, look)

    found = search([Commit(str(place)) for place in range(6)], measure, POLICY, 8)
    assert found.first_bad is None
    assert [commit.id for commit in found.suspects] == ["2", "3"]
    (skipped,) = [step for step in found.steps if step.answer is StepFinding.UNUSABLE]
    assert "does not build" in skipped.why


def test_a_last_commit_that_does_not_run_ends_the_search_without_a_culprit() -> None:
    def measure(commit: Commit, look: int) -> Case:
        raise InputError(f"{commit.id}: does not build")

    found = search([Commit(str(place)) for place in range(4)], measure, POLICY, 2)
    assert found.first_bad is None
    assert [step.answer for step in found.steps] == [StepFinding.UNUSABLE]


# -- a real repository ------------------------------------------------------------------------------------------------

TARGET = """
def answer(item):
    wrong = {wrong!r}
    return "no idea" if item.id in wrong else item.expected
"""
PLAN = """
name = "base"
dataset = "golden.json"
lexical = ["exact_match"]
concurrency = 2

[target]
kind = "python"
call = "own:answer"
"""


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *who, "-C", str(folder), *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def make_repository(folder: Path, broken: int = -1) -> Path:
    """Six commits; the fourth makes eight of twenty-four items wrong, and one of them may not import."""
    folder.mkdir()
    git(folder, "init", "-q")
    rows = [{"id": f"q{n}", "question": f"What is {n}?", "expected": f"Thing {n}."} for n in range(24)]
    (folder / "golden.json").write_text(json.dumps({"name": "things", "items": rows}))
    (folder / "plan.toml").write_text(PLAN)
    for number in range(6):
        wrong = [f"q{n}" for n in range(8)] if number >= 3 else []
        text = "import nothing_like_this\n" if number == broken else TARGET.format(wrong=wrong)
        (folder / "own.py").write_text(f"{text}# {number}\n")
        git(folder, "add", "-A")
        git(folder, "commit", "-qm", f"commit {number}")
    return folder


def test_the_culprit_of_a_repository_is_named_and_nothing_of_it_is_touched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = make_repository(tmp_path / "project", broken=4)
    (repository / "own.py").write_text("# work in progress\n")
    before = git(repository, "status", "--porcelain"), git(repository, "rev-parse", "HEAD")
    monkeypatch.chdir(repository)
    out = tmp_path / "out"
    words = ["bisect", "HEAD~5", "HEAD", "--plan", "plan.toml", "--margin", "0.1", "--out", str(out), "-f", "json"]
    assert main(words) == 0
    found = json.loads(capsys.readouterr().out)
    assert [git(repository, "log", "-1", "--format=%s", commit) for commit in found["suspects"]] == ["commit 3"]
    assert found["first_bad"] == found["suspects"][0]
    assert {step["answer"] for step in found["steps"]} == {"bad", "good"}
    assert found["cost_usd"] == 0
    assert (git(repository, "status", "--porcelain"), git(repository, "rev-parse", "HEAD")) == before
    assert not list((out / "trees").glob("*"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["HEAD", "HEAD~1", "--margin", "0.1"], "no ancestor"),
        (["HEAD", "HEAD", "--margin", "0.1"], "the same commit"),
        (["nowhere", "HEAD", "--margin", "0.1"], "git rev-parse"),
        (["HEAD~1", "HEAD"], "needs a margin"),
        (["HEAD~1", "HEAD", "--margin", "x=y"], "not METRIC=NUMBER"),
    ],
)
def test_what_cannot_be_searched_is_one_message(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(make_repository(tmp_path / "project"))
    assert main(["bisect", *words, "--plan", "plan.toml", "--out", str(tmp_path / "out")]) == 2
    assert said in capsys.readouterr().err
