"""Means over time: changes are marked beyond noise, and only there."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from gate_cases import write_run

from ragtui.cli.main import main
from ragtui.present.sentences.trend import stillness
from ragtui.stats.changepoints import Noise, change_points, series_noise
from ragtui.stats.history import History
from ragtui.workbench import open_library
from ragtui.workbench.history import histories

LEVEL = np.where(np.arange(40) % 4 == 0, 4.0, 5.0)[:, None]


def nightly(folder: Path, number: int, repeats: int, *, drop: int = 0, **fields: object) -> None:
    rng = np.random.default_rng(100 + number)
    scores = LEVEL - ((np.arange(40) % 3 == 0)[:, None] & (rng.random((40, repeats)) < 0.3))
    scores[:drop] -= 2
    write_run(
        folder / f"n{number}", {"quality": scores}, created=f"2026-11-{number + 1:02d}T09:00:00+00:00",
        **{"pipeline": {"prompt": 1}, **fields},  # type: ignore[arg-type]
    )  # fmt: skip


def found(folder: Path, **options: bool) -> list[History]:
    library = open_library([str(folder)])
    return histories(library, library.headers.values(), **options)


def test_a_step_is_marked_where_it_happened(tmp_path: Path) -> None:
    for number in range(8):
        nightly(tmp_path, number, 2, drop=6 if number >= 5 else 0)
    (history,) = found(tmp_path)
    (series,) = history.series
    assert [change.place for change in series.changes] == [5]
    assert series.changes[0].before - series.changes[0].after == pytest.approx(0.3, abs=0.1)
    assert all(point.low < point.mean < point.high for point in series.points)
    assert [point.run.name for point in series.points] == [f"n{number}" for number in range(8)]


def test_noise_alone_is_not_marked(tmp_path: Path) -> None:
    for number in range(8):
        nightly(tmp_path, number, 2)
    ((series,),) = [history.series for history in found(tmp_path)]
    assert series.changes == ()


def test_without_repeats_a_short_history_marks_nothing(tmp_path: Path) -> None:
    for number in range(4):
        nightly(tmp_path, number, 1, drop=20 if number >= 2 else 0)
    ((series,),) = [history.series for history in found(tmp_path)]
    assert (series.noise, series.changes) == ("none", ())
    assert all(np.isnan(point.low) for point in series.points)


def test_two_runs_are_no_trend_and_nobody_says_that_nothing_changed(tmp_path: Path) -> None:
    for number in range(2):
        nightly(tmp_path, number, 5, drop=20 * number)
    ((series,),) = [history.series for history in found(tmp_path)]
    assert series.noise == "repeats" and not series.looked_for
    assert stillness(series) == "no change was looked for in 2 runs: comparing them tells more than a trend"


def test_a_judge_or_a_dataset_of_another_version_is_another_history(tmp_path: Path) -> None:
    nightly(tmp_path, 0, 2)
    nightly(tmp_path, 1, 2, judges={"quality": {"model": "judge-2"}})
    nightly(tmp_path, 2, 2, version="v2")
    nightly(tmp_path, 3, 2, pipeline={"prompt": 2})
    assert sorted(len(history.series[0].points) for history in found(tmp_path)) == [1, 1, 2]
    assert len(found(tmp_path, one_configuration=True)) == 4


def test_fragments_are_named_and_left_out(tmp_path: Path) -> None:
    for number in range(3):
        nightly(tmp_path, number, 2)
    write_run(tmp_path / "torn", {"quality": np.full((10, 2), 5.0)}, pipeline={"prompt": 1})
    (history,) = found(tmp_path)
    assert history.items == 40
    assert history.left_out == ("torn: 10 of 40 items",)


def test_two_configurations_in_turn_are_changes_and_not_noise(tmp_path: Path) -> None:
    """Every step between neighbours is large; those within a configuration tell how large noise is."""
    for number in range(6):
        nightly(tmp_path, number, 3, drop=number % 2 * 8, pipeline={"prompt": number % 2})
    ((series,),) = [history.series for history in found(tmp_path)]
    assert [change.place for change in series.changes] == [1, 2, 3, 4, 5]
    assert all(point.high - point.low < 0.5 for point in series.points)


def test_the_command_in_every_format(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(6):
        nightly(tmp_path, number, 2, drop=6 if number >= 3 else 0)
    assert main(["trend", str(tmp_path)]) == 0
    text = capsys.readouterr().out
    assert "2026-11-04 n3" in text
    assert "worse beyond noise" in text
    assert "◆" in text
    assert main(["trend", str(tmp_path), "--ascii"]) == 0
    assert capsys.readouterr().out.isascii()
    assert main(["trend", str(tmp_path), "--format", "json"]) == 0
    metric = json.loads(capsys.readouterr().out)["histories"][0]["metrics"][0]
    assert [change["run"] for change in metric["changes"]] == ["n3"]
    assert main(["trend", str(tmp_path), "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["change"] for row in rows] == ["0", "0", "0", "1", "0", "0"]
    assert main(["trend", str(tmp_path), "--metric", "tone"]) == 2
    assert "Metrics are: quality" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("points", "repeats", "drift", "labels"),
    [(6, 3.0, 0.0, 1), (8, 1.0, 0.0, 1), (8, 3.0, 2.0, 1), (12, 1.0, 2.0, 1), (6, 3.0, 2.0, 2), (10, 1.0, 2.0, 2)],
)
def test_the_error_rate_is_kept_and_steps_are_found(points: int, repeats: float, drift: float, labels: int) -> None:
    """120 series without a change: at most 5 % marked, give or take three Monte-Carlo errors; a large step shows."""
    rng = np.random.default_rng(int(points * 100 + drift))
    places = np.arange(points)
    changed = places >= points // 2 if labels == 1 else places % labels == 1
    false = shown = 0
    for _ in range(120):
        means = rng.standard_normal(points) / np.sqrt(repeats) + drift * rng.standard_normal(points)
        step = 8 * np.sqrt(1 / repeats + drift**2) * changed
        within = Noise(np.full(points, rng.chisquare(40) / 40 / repeats), 40.0) if repeats > 1 else None
        for series, is_step in ((means, False), (means + step, True)):
            noise = series_noise(series, np.full(points, repeats), within, 1e-9, list(places % labels))
            assert noise is not None
            marked = bool(change_points(series, noise, 0.05))
            false += marked and not is_step
            shown += marked and is_step
    assert false / 120 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 120)
    assert shown / 120 >= 0.7
