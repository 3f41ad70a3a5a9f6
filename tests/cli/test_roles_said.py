"""Roles of columns that a person says with `--columns`: they are known, not guessed, and each has its effect."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ragtui.cli.main import main
from ragtui.exits import Exit

ITEMS, REPEATS = 30, 3
LEVELS = {"a": 7, "b": 3}


def wide(folder: Path, name: str, level: float) -> Path:
    rows = [f"q{n},{turn},{level + (n * 7 + turn * 3) % 11 / 40}" for n in range(ITEMS) for turn in range(REPEATS)]
    path = folder / f"{name}.csv"
    path.write_text("item,repeat,wobble\n" + "\n".join(rows) + "\n")
    return path


def long(folder: Path, name: str, level: float) -> Path:
    rows = [
        f"q{n},{turn},{metric},{level + (n * 7 + turn * 3) % 11 / 40}"
        for n in range(ITEMS)
        for turn in range(REPEATS)
        for metric in ("wobble", "sway")
    ]
    path = folder / f"{name}.csv"
    path.write_text("item,repeat,metric,value\n" + "\n".join(rows) + "\n")
    return path


def inside(folder: Path, name: str, level: float) -> Path:
    records = [
        {"id": f"q{n}", "repeat": turn, "scores": {"wobble": level + (n * 7 + turn * 3) % 11 / 40}}
        for n in range(ITEMS)
        for turn in range(REPEATS)
    ]
    path = folder / f"{name}.json"
    path.write_text(json.dumps(records))
    return path


@pytest.mark.parametrize("form", [wide, long, inside])
@pytest.mark.parametrize(
    ("role", "outcome", "code"), [("lower_is_better", "improved", 0), ("higher_is_better", "regressed", 1)]
)
def test_a_direction_that_is_said_decides(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], form: object, role: str, outcome: str, code: int
) -> None:
    assert callable(form)
    sides = [str(form(tmp_path, name, level)) for name, level in LEVELS.items()]
    words = [sides[0], "--vs", sides[1], "--columns", f"{role}=wobble"]
    main(["compare", *words, "-f", "json"])
    report = json.loads(capsys.readouterr().out)
    (metric,) = (found for found in report["metrics"] if found["name"] == "wobble")
    assert metric["aggregate"]["outcome"] == outcome
    assert (metric["higher_is_better"], metric["direction_from"]) == (role == "higher_is_better", "user")
    policy = tmp_path / "gate.toml"
    policy.write_text("[metrics.wobble]\n")
    gate = ["gate", "-b", sides[0], "-c", sides[1], "-p", str(policy), "--columns", f"{role}=wobble"]
    assert main(gate) == code


@pytest.mark.parametrize("form", [wide, long])
@pytest.mark.parametrize(
    ("roles", "said"),
    [
        (["lower_is_better=woble"], "--columns: no metric 'woble'"),
        (["lower_is_better=wobble", "higher_is_better=wobble"], "'wobble' cannot be better both ways"),
        (["item=nix"], "--columns: no column 'nix'"),
    ],
)
def test_what_fits_no_metric_is_an_error_that_names_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], form: object, roles: list[str], said: str
) -> None:
    assert callable(form)
    sides = [str(form(tmp_path, name, level)) for name, level in LEVELS.items()]
    words = [word for role in roles for word in ("--columns", role)]
    assert main(["compare", sides[0], "--vs", sides[1], *words]) == Exit.ERROR
    err = capsys.readouterr().err
    assert said in err and sides[0] in err and "The table has: " in err + "The table has: " * ("both" in said)


@pytest.mark.parametrize(
    ("roles", "metrics"),
    [
        (["latency=secs"], {"f1", "polish", "latency"}),
        (["tokens=polish"], {"f1", "secs", "tokens"}),
        (["output=polish"], {"f1", "secs"}),
        (["latency=secs", "metrics=secs,f1"], {"f1", "secs", "latency"}),
        (["score=f1", "metric=grader"], {"g1", "g2"}),
    ],
)
def test_a_column_with_a_role_is_no_metric_as_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], roles: list[str], metrics: set[str]
) -> None:
    rows = [
        f"c{n},{grader},{n % 4 / 4},{n % 3},{(n + 1) / 9}"
        for n in range(12)
        for grader in (("g1", "g2") if roles[0] == "score=f1" else ("g1",))
    ]
    (tmp_path / "t.csv").write_text("case_id,grader,f1,polish,secs\n" + "\n".join(rows) + "\n")
    words = [word for role in roles for word in ("--columns", role)]
    assert main(["runs", str(tmp_path / "t.csv"), "-f", "json", *words]) == Exit.OK
    (group,) = json.loads(capsys.readouterr().out)["groups"]
    found = {metric["name"]: metric["scored"] for metric in group["runs"][0]["metrics"]}
    assert found == dict.fromkeys(metrics, 12)


@pytest.mark.parametrize(("role", "other"), [("score=f1", "metric="), ("metric=grader", "score=")])
def test_a_score_and_the_name_of_its_metric_go_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], role: str, other: str
) -> None:
    rows = [f"c{n},g{n % 2},{n % 4 / 4}" for n in range(12)]
    (tmp_path / "t.csv").write_text("case_id,grader,f1\n" + "\n".join(rows) + "\n")
    main(["runs", str(tmp_path / "t.csv"), "--columns", role])
    assert f"--columns: {role} without {other}" in capsys.readouterr().err


@pytest.mark.parametrize("role", ["missing_values=-1", "lower_is_better=wer"])
def test_roles_that_name_no_column_leave_configurations_side_by_side(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], role: str
) -> None:
    rows = [f"q{n},Why {n}?,{n % 4 / 4},{n % 3 / 3}" for n in range(ITEMS)]
    (tmp_path / "t.csv").write_text("id,question,baseline_wer,rag_wer\n" + "\n".join(rows) + "\n")
    assert main(["runs", str(tmp_path / "t.csv"), "--columns", role]) == Exit.OK
    out = capsys.readouterr().out
    assert {line.split()[0] for line in out.splitlines()[1:]} == {"baseline", "rag"}
