"""Blessing: an append-only history, undone by blessing again, and never trusted blindly."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from gate_cases import make_scores, side_from, write_run

from ragtui.cli.main import main
from ragtui.errors import InputError, UsageError
from ragtui.gate.baselines import Baselines, blessing_of, score_digest
from ragtui.workbench.recipe import project_folder

SCORES = np.arange(24.0).reshape(12, 2) % 3
ALIKE = np.where(np.arange(12)[:, None] % 2, SCORES[:, ::-1], SCORES)
"""The same scores of every item in other repeats: as good, and no copy."""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    for number in (1, 2):
        write_run(tmp_path / "runs" / f"main-{number}", {"quality": SCORES}, pipeline={"prompt": 1})
    write_run(tmp_path / "runs" / "other", {"quality": ALIKE}, pipeline={"prompt": 2})
    write_run(tmp_path / "runs" / "half", {"quality": SCORES}, status="partial")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lines(project: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (project / ".ragtui" / "baselines.jsonl").read_text().splitlines()]


def test_bless_and_bless_the_former_again(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bless", "runs/main-1", "runs/main-2", "--reason", "first"]) == 0
    before = (project / ".ragtui" / "baselines.jsonl").read_bytes()
    assert main(["bless", "runs/other", "--reason", "prompt 2 shipped"]) == 0
    assert main(["bless", "runs/main-1", "runs/main-2", "--reason", "prompt 2 rolled back"]) == 0
    assert (project / ".ragtui" / "baselines.jsonl").read_bytes().startswith(before), "lines are only ever added"
    assert [line["reason"] for line in lines(project)] == ["first", "prompt 2 shipped", "prompt 2 rolled back"]
    assert [run.place for run in Baselines(project).current("main").runs] == ["runs/main-1", "runs/main-2"]
    capsys.readouterr()
    assert main(["bless", "--list"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line[0] for line in listed] == [" ", " ", "*"]
    assert "prompt 2 rolled back" in listed[-1]


def test_names_are_kept_apart_and_a_wrong_one_names_the_nearest(project: Path) -> None:
    main(["bless", "runs/other", "--name", "nightly", "--reason", "x"])
    baselines = Baselines(project)
    assert baselines.names() == ("nightly",)
    with pytest.raises(UsageError) as caught:
        baselines.current("nightli")
    assert "nightly" in caught.value.hint


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["runs/main-1"], 2, "needs a reason"),
        (["runs/main-1", "--reason", "  "], 2, "an empty word"),
        (["--reason", "x"], 2, "nothing to bless"),
        (["runs/main-1", "runs/other", "--reason", "x"], 2, "different configurations"),
        (["runs/half", "--reason", "x"], 4, "not complete"),
        (["runs/none", "--reason", "x"], 2, "no such file"),
    ],
)
def test_what_cannot_be_blessed(
    project: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, message: str
) -> None:
    assert main(["bless", *words]) == code
    assert message in capsys.readouterr().err
    assert not (project / ".ragtui" / "baselines.jsonl").exists()


def test_a_gate_uses_it_from_any_folder_of_the_project(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["bless", "runs/main-1", "--reason", "x"])
    monkeypatch.chdir(project / "runs")
    assert main(["gate", "--baseline", "main", "--candidate", "other"]) == 0
    assert "baseline main (main-1)" in capsys.readouterr().out
    assert main(["gate", "--baseline", "blessed:main", "--candidate", "other"]) == 0


def test_a_blessed_run_that_changed_or_vanished_fails_closed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["bless", "runs/main-1", "--reason", "x"])
    results = project / "runs" / "main-1" / "results.jsonl"
    kept = results.read_text()
    results.write_text(kept.replace('"value": 2.0', '"value": 1.0', 1))
    assert main(["gate", "--baseline", "main", "--candidate", "runs/other"]) == 2
    assert "changed since it was blessed" in capsys.readouterr().err
    results.write_text(kept)
    assert main(["gate", "--baseline", "main", "--candidate", "runs/other"]) == 0
    (project / "runs" / "main-1").rename(project / "runs" / "moved")
    assert main(["gate", "--baseline", "main", "--candidate", "runs/other"]) == 2


def test_a_damaged_history_is_an_error_that_names_the_line(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["bless", "runs/main-1", "--reason", "x"])
    path = project / ".ragtui" / "baselines.jsonl"
    path.write_bytes(path.read_bytes() + b'{"ragtui_baseline": 1, "na')
    assert main(["gate", "--baseline", "main", "--candidate", "runs/other"]) == 2
    assert "baselines.jsonl:2" in capsys.readouterr().err


def test_a_torn_last_line_does_not_swallow_the_next_blessing(tmp_path: Path) -> None:
    baselines = Baselines(tmp_path)
    side = side_from({"quality": SCORES}, name="main")
    blessing = blessing_of(baselines, "main", "x", [(side.headers[0], side.scores)], datetime(2026, 11, 1, tzinfo=UTC))
    baselines.bless(blessing)
    baselines.path.write_bytes(baselines.path.read_bytes() + b"{torn")
    baselines.bless(blessing)
    assert baselines.path.read_bytes().splitlines()[1] == b"{torn"
    with pytest.raises(InputError, match=":2"):
        baselines.history()


def test_the_digest_knows_every_score_and_no_order() -> None:
    scores = make_scores({"a": SCORES, "b": SCORES + 1})
    reordered = scores.aligned(scores.items[::-1], scores.metrics[::-1])
    assert score_digest(scores) == score_digest(reordered)
    other = SCORES.copy()
    other[3, 1] += 1e-9
    assert score_digest(scores) != score_digest(make_scores({"a": other, "b": SCORES + 1}))
    missing = SCORES.copy()
    missing[3, 1] = np.nan
    failed = make_scores({"a": SCORES, "b": SCORES + 1}, failed=np.isnan(missing))
    assert score_digest(failed) != score_digest(scores)


def test_the_project_is_the_nearest_folder_with_a_mark(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert project_folder(inner) == tmp_path.resolve()
    (tmp_path / "a" / ".ragtui").mkdir()
    assert project_folder(inner) == (tmp_path / "a").resolve()
