"""`ragtui gate` as a job sees it: files, stdout, exit codes; and what a broken request leaves behind."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as Xml

import builders
import numpy as np
import pytest
from gate_cases import write_run
from stats_kit import Floats

from ragtui.cli.main import main
from ragtui.exits import Exit
from ragtui.stats import Verdict
from ragtui.workbench import load_side, open_library
from ragtui.workbench.noise_profiles import save_profile

N = 40


def noisy(seed: int, repeats: int, drop: int = 0) -> Floats:
    rng = np.random.default_rng(seed)
    level = np.where(np.arange(N) % 4 == 0, 4.0, 5.0)[:, None]
    scores: Floats = level - ((np.arange(N) % 3 == 0)[:, None] & (rng.random((N, repeats)) < 0.3))
    scores[:drop] -= 2
    return scores


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    write_run(tmp_path / "base", {"quality": noisy(1, 3)})
    write_run(tmp_path / "worse", {"quality": noisy(2, 3, drop=5)})
    write_run(tmp_path / "one", {"quality": noisy(3, 1)})
    write_run(tmp_path / "two", {"quality": noisy(4, 1)})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_scores_of_local_runs_are_not_said_to_be_on_their_way(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(project / "other", {"recall": noisy(2, 3)})
    assert main(["gate", "-b", "base", "-c", "other"]) == Exit.ERROR
    said = capsys.readouterr()
    assert "Scored on one side only: quality, recall." in said.out + said.err
    assert "on their way" not in said.out + said.err


def test_every_report_is_written_and_says_the_same(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = ["out/gate.md", "out/gate.html", "out/gate.json", "out/junit.xml", "out/gate.sarif", "out/gate.txt"]
    assert main(["gate", "-b", "base", "-c", "worse", "--report", *names]) == 1
    printed = capsys.readouterr()
    assert printed.out == (project / "out/gate.txt").read_text()
    assert [line.removeprefix("written ") for line in printed.err.splitlines()] == names
    record = json.loads((project / "out/gate.json").read_text())
    assert (record["exit"], record["verdict"]) == (1, "regression")
    for name in names[:2]:
        assert "Regression" in (project / name).read_text()
    assert Xml.parse(project / "out/junit.xml").find("testsuite/testcase/failure") is not None
    assert (
        json.loads((project / "out/gate.sarif").read_text())["runs"][0]["results"][0]["ruleId"] == "ragtui/regression"
    )


def test_the_compare_screen_as_a_picture_without_web_fonts(project: Path) -> None:
    assert main(["gate", "-b", "base", "-c", "worse", "--report", "screen.svg"]) == 1
    picture = (project / "screen.svg").read_text()
    root = Xml.fromstring(picture)
    text = "".join(root.itertext()).replace("\xa0", " ")
    assert "base ⇄ worse" in text
    assert "regressed" in text
    assert "url(" not in picture.replace("url(#", "")


def test_a_refused_gate_replaces_yesterdays_report(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "gate.md").write_text("yesterday: no regression shown")
    assert main(["gate", "-b", "nothing", "-c", "one", "--report", "gate.md", "--format", "github"]) == 2
    assert "yesterday" not in (project / "gate.md").read_text()
    assert "Error" in (project / "gate.md").read_text()
    printed = capsys.readouterr()
    assert printed.out.startswith("::error ")
    assert "ragtui: no baseline is blessed as 'nothing'" in printed.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--report", "gate.pdf"], "no report is written as .pdf"),
        (["--policy", "none.toml"], "the policy cannot be read"),
        (["--budget", "-1"], "from 0 up"),
        (["--require-not-worse"], "without a margin"),
        (["--until-decided"], "needs a margin"),
        (["--profile", "none.json"], "cannot be read"),
    ],
)
def test_usage_errors_exit_2(project: Path, words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gate", "-b", "base", "-c", "worse", *words]) == 2
    assert message in capsys.readouterr().err


def test_a_run_cannot_be_its_own_baseline(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gate", "-b", "base", "-c", "base"]) == 2
    assert "share a run" in capsys.readouterr().err


@pytest.mark.parametrize("more", [[], ["--policy", "gate.toml"]])
def test_a_copy_of_the_baseline_is_no_green_candidate(
    project: Path, more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A job that hands on the wrong artefact compares the baseline with itself."""
    (project / "gate.toml").write_text('mode = "non-inferiority"\nmargin = 0.5\n')
    shutil.copytree(project / "base", project / "copy")
    assert main(["gate", "-b", "base", "-c", "copy", *more]) == Exit.CANNOT_TELL
    assert "a copy of a run of the baseline" in capsys.readouterr().out


def score_table(path: Path, seed: int, *, timed: bool, repeats: int = 3) -> Path:
    dice = random.Random(seed)
    rows = ["id,repeat,faithfulness" + ",seconds" * timed]
    for repeat in range(repeats):
        for item in range(20):
            cells = [f"q{item}", f"{repeat + 1}", f"{dice.choice((3, 4, 5))}", *[f"{dice.uniform(1, 3):.3f}"] * timed]
            rows.append(",".join(cells))
    path.write_text("\n".join(rows))
    return path


@pytest.mark.parametrize(("repeats", "timed"), [(3, True), (3, False), (1, True)])
def test_a_table_under_another_name_is_no_green_candidate(
    tmp_path: Path, repeats: int, timed: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """It has neither an id nor a date; what it holds says that it is the same."""
    base = score_table(tmp_path / "base.csv", 1, timed=timed, repeats=repeats)
    again = score_table(tmp_path / "again.csv", 2, timed=timed, repeats=repeats)
    copy = shutil.copy(base, tmp_path / "copy.csv")
    assert main(["gate", "-b", str(base), "-c", str(copy)]) == Exit.CANNOT_TELL
    assert "a copy of a run of the baseline" in capsys.readouterr().out
    main(["gate", "-b", str(base), "-c", str(again)])
    assert "a copy of a run of the baseline" not in capsys.readouterr().out


def test_a_steady_pipeline_that_answers_as_before_is_no_copy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [f"q{item},{repeat},{3 + item % 3}" for repeat in (1, 2, 3) for item in range(20)]
    for name in ("base.csv", "same.csv"):
        (tmp_path / name).write_text("\n".join(["id,repeat,faithfulness", *rows]))
    main(["gate", "-b", str(tmp_path / "base.csv"), "-c", str(tmp_path / "same.csv")])
    assert "a copy of a run of the baseline" not in capsys.readouterr().out


def test_runs_of_one_name_and_date_with_other_results_are_no_copies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a program that names its runs by the day writes them for two branches."""
    for branch, scores in (("main", (5, 4, 5)), ("pr", (4, 5, 5))):
        repeats = [[score, *[5] * 11] for score in scores]
        builders.write_run(tmp_path / branch / "eval", repeats, pipeline={"k": 1}, golden=builders.dataset(12))
    sides = ["gate", "-b", str(tmp_path / "main" / "eval"), "-c", str(tmp_path / "pr" / "eval")]
    main(sides)
    assert "a copy of a run of the baseline" in capsys.readouterr().out, "a repeat that is the same tells nothing"
    shutil.rmtree(tmp_path / "pr")
    builders.write_run(tmp_path / "pr" / "eval", [[3, *[5] * 11]] * 3, pipeline={"k": 1}, golden=builders.dataset(12))
    main(sides)
    assert "a copy of a run of the baseline" not in capsys.readouterr().out


def test_names_within_a_place(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "elsewhere").mkdir()
    monkeypatch.chdir(project / "elsewhere")
    assert main(["gate", "-b", "base", "-c", "worse", "--in", str(project)]) == 1


def test_a_profile_of_the_project_is_used_and_shown_when_a_side_has_one_run(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["gate", "-b", "one", "-c", "two"]) == 3
    side = load_side(open_library([str(project / "base")]), [str(project / "base")])
    save_profile(project / ".ragtui" / "noise" / "suite.json", side)
    capsys.readouterr()
    assert main(["gate", "-b", "one", "-c", "two", "--format", "json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert "noise profile of base (3 repeats, now old" in record["evidence"]
    assert record["means"][0]["noise"] == "profile"


def test_a_stale_profile_is_refused_aloud(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    side = load_side(open_library([str(project / "base")]), [str(project / "base")])
    save_profile(project / ".ragtui" / "noise" / "suite.json", side)
    (project / "gate.toml").write_text("profile_days = 0\n")
    assert main(["gate", "-b", "one", "-c", "two", "-p", "gate.toml"]) == 3
    assert "is stale" in capsys.readouterr().out
    words = ["gate", "-b", "one", "-c", "two", "-p", "gate.toml", "--profile", ".ragtui/noise/suite.json"]
    assert main(words) == 2
    assert "is stale" in capsys.readouterr().err


def test_a_log_that_knows_only_ascii_gets_the_same_exit_code(project: Path) -> None:
    command = [sys.executable, "-m", "ragtui", "gate", "-b", "base", "-c", "worse"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, check=False)
    assert done.returncode == 1
    assert done.stdout.startswith(b"REGRESSION (exit 1)")
    assert b"Regression: quality -0." in done.stdout and b" -> " in done.stdout, "which way must not become a ?"
    assert b"?0." not in done.stdout
    assert b"Traceback" not in done.stderr and b"shows some signs" not in done.stderr


def test_a_log_in_an_encoding_of_a_few_of_our_signs_keeps_those(project: Path) -> None:
    command = [sys.executable, "-m", "ragtui", "gate", "-b", "base", "-c", "worse"]
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    said = subprocess.run(command, cwd=project, env=environment, capture_output=True, check=False).stdout
    assert "quality -0." in said.decode("cp1252") and "?0." not in said.decode("cp1252")


def test_without_a_policy_the_verdicts_of_cells_are_those_of_compare(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["gate", "-b", "base", "-c", "worse", "--format", "json"])
    flagged = {line["item"] for line in json.loads(capsys.readouterr().out)["items"] if line["role"] == "proven worse"}
    main(["compare", "base", "--vs", "worse", "--format", "json"])
    cells = json.loads(capsys.readouterr().out)["metrics"][0]["cells"]
    assert flagged == {cell["item"] for cell in cells if cell["verdict"] == Verdict.REGRESSED.name.lower()}
