"""The library of runs, while it is read and after."""

from pathlib import Path

import numpy as np
import pytest
from builders import steady, write_run
from sources_kit import own_run, record

from ragtui.model import State
from ragtui.sources import LoadedRun
from ragtui.workbench import load_side, open_library


def test_who_asks_beside_a_reader_what_is_listed_reads_nothing(tmp_path: Path) -> None:
    write_run(tmp_path / "run", steady(5, 2, 1))
    library = open_library([str(tmp_path)])
    reading = library.scan()
    first = next(reading)
    assert not library.listed and not library.listed  # asking is no reason to read: the reader is not done
    assert list(reading) == []
    assert list(library.listed.values()) == [first]


GRADES = [4, 5, -1, 3, 4, 5, -1, 4]


def graded(folder: Path, **summary: object) -> Path:
    records = [record(f"i{n}", scores={"grade": grade}, latency_s=1.5 + n) for n, grade in enumerate(GRADES)]
    return own_run(folder, records, **summary)


def loaded(path: Path, **options: object) -> LoadedRun:
    library = open_library([str(path)], roles=options)
    (uid,) = library.headers
    return library.load(uid)


def test_a_suspected_failure_in_a_run_folder_is_in_no_mean_and_said(tmp_path: Path) -> None:
    run = loaded(graded(tmp_path / "run"))
    assert float(np.nanmean(run.scores.of("grade"))) == pytest.approx(25 / 6)
    assert (run.scores.states_of("grade") == State.METRIC_ERROR).sum() == 2
    assert [problem.message for problem in run.problems] == [
        "`grade` is -1 on 2 of 8 rows: suspected failures, in no mean"
    ]


def test_a_scale_that_holds_it_or_a_persons_word_settles_a_suspicion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scaled = {"metrics": [{"name": "grade", "scale": [-1, 5], "higher_is_better": True}]}
    assert (loaded(graded(tmp_path / "scaled", **scaled)).scores.states_of("grade") == State.SCORED).all()
    assert (loaded(graded(tmp_path / "run"), missing_values=()).scores.states_of("grade") == State.SCORED).all()
    missing = loaded(tmp_path / "run", missing_values=(3.0,))
    assert (missing.scores.states_of("grade") == State.METRIC_ERROR).sum() == 1
    (tmp_path / "config.toml").write_text("[metrics.grade]\nscale = [-1, 5]\n")
    monkeypatch.setenv("RAGTUI_CONFIG", str(tmp_path / "config.toml"))
    assert (loaded(tmp_path / "run").scores.states_of("grade") == State.SCORED).all()


def test_two_files_of_one_name_are_told_apart_in_a_comparison(tmp_path: Path) -> None:
    from ragtui.workbench.sides import told_apart

    for folder, name in (("monday", "eval"), ("tuesday", "eval"), ("monday", "again")):
        own_run(tmp_path / folder / name, [record()], name="nightly")
    library = open_library([str(tmp_path)])
    places = [tmp_path / "monday/eval", tmp_path / "tuesday/eval", tmp_path / "monday/again"]
    sides = [load_side(library, [str(place)], "nightly") for place in places]
    assert [side.label for side in told_apart(sides[0], sides[1])] == ["nightly (monday)", "nightly (tuesday)"]
    assert [side.label for side in told_apart(sides[0], sides[2])] == ["nightly (eval)", "nightly (again)"]
    assert told_apart(sides[0], sides[0]) == (sides[0], sides[0])


THIRDS = [(-1, 0, 1)[n % 3] for n in range(30)]


@pytest.mark.parametrize(("name", "scores", "lost"), [
    ("score", THIRDS, 0), ("helpfulness", THIRDS, 0), ("agreement", [1] * 20 + [0] * 9 + [-1], 0),
    ("judge", [(-1, 0, 1, 2)[n % 4] for n in range(40)], 0), ("judge", [0, 0.5, 1, -1] * 5, 0),
    ("judge", [0, -1] * 9, 0), ("judge", [0.5, 0.75, 1.0, 0.25] * 5 + [-1], 1), ("grade", [3, 4, 5] * 5 + [-1] * 5, 5),
    ("grade", [3, 4, 5] * 5 + [999], 1), ("score", [*THIRDS, 9999], 1), ("latency", [0, 1.5, 2.5, 3.5], 0),
])  # fmt: skip
def test_what_is_suspected_in_a_run_of_our_own(tmp_path: Path, name: str, scores: list[float], lost: int) -> None:
    run = loaded(own_run(tmp_path / "run", [record(f"i{n}", scores={name: said}) for n, said in enumerate(scores)]))
    assert (run.scores.states_of(name) == State.METRIC_ERROR).sum() == lost
