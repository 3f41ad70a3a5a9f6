"""Runs that a stranger's harness recorded: several candidates, metadata, scores alone; what the screens make of it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tui.driving import compare, go_to, item, opened, press, runs, until
from tui.frames import frame

import ragtui
from ragtui.tui.rows.repeats import drawn
from ragtui.tui.screens.noise import NoiseScreen

ITEMS = 16
Scored = Callable[[int, int], dict[str, float]]


def steady(number: int, repeat: int) -> dict[str, float]:
    """Two metrics, a little noise in both."""
    return {"tone": 4.0 + (number + repeat) % 2, "recall": 0.9 + 0.01 * ((number + repeat) % 3)}


def worse_on(metric: str) -> Scored:
    """The same, but one metric falls on every third item."""

    def scored(number: int, repeat: int) -> dict[str, float]:
        found = steady(number, repeat)
        return {**found, metric: found[metric] / 4} if number % 3 == 0 else found

    return scored


def record(home: Path, name: str, scored: Scored, *, texts: bool = True) -> None:
    with ragtui.Recorder(home / name, name=name, dataset="golden", pipeline={"v": name}, durable=False) as run:
        for number in range(ITEMS):
            for repeat in range(4):
                said = {"output": "Seven days.", "question": f"How long is {number}?"} if texts else {}
                topic = {"topic": "billing" if number % 3 == 0 else "notes"}
                run.add(f"i{number:02d}", scores=scored(number, repeat), metadata=topic, **said)  # type: ignore[arg-type]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A baseline, a candidate that is no different, and one that is worse."""
    record(tmp_path, "baseline", steady)
    record(tmp_path, "calm", lambda number, repeat: steady(number, repeat + 1))
    record(tmp_path, "worse", worse_on("recall"))
    return tmp_path


async def test_several_candidates_open_where_the_proven_regressions_are(home: Path) -> None:
    async with opened(home) as (app, pilot):
        for name in ("calm", "worse"):
            await go_to(app, pilot, name)
            await press(pilot, "space")
        await press(pilot, "enter")
        await until(pilot, lambda: compare(app).result is not None)
        screen = compare(app)
        assert screen.metric == "recall", "the calm candidate stands first, and its worst metric is another"
        assert screen.board.flagged_cells.any()
        assert screen.candidates[screen.place][0].name == "worse"


async def test_a_slice_of_one_candidate_shows_the_items_it_named(home: Path) -> None:
    async with opened(home) as (app, pilot):
        for name in ("calm", "worse"):
            await go_to(app, pilot, name)
            await press(pilot, "space")
        await press(pilot, "enter", "F")
        await until(pilot, lambda: "billing" in frame(app))
        assert "topic" in frame(app), "metadata that was recorded comes first"
        await press(pilot, "f", *"verdict", "enter")
        await until(pilot, lambda: "regressed" in frame(app))
        await press(pilot, "g", "enter")
        await until(pilot, lambda: len(compare(app).shown_items) == len(range(0, ITEMS, 3)))


async def test_a_list_knows_items_and_repeats_of_what_was_recorded(home: Path) -> None:
    async with opened(home) as (app, _pilot):
        assert {(row.first.items, row.repeats) for row in runs(app).rows} == {(ITEMS, 4)}


async def test_axes_end_where_scores_end(home: Path) -> None:
    async with opened(home) as (app, pilot):
        await go_to(app, pilot, "worse")
        await press(pilot, "enter")
        await until(pilot, lambda: compare(app).result is not None)
        result = compare(app).result
        assert result is not None
        shape = drawn(result, result.comparison.metric("recall"), "i00")
        assert 0 <= shape.low < shape.high <= 1, shape


async def test_equal_answers_and_missing_ones_are_told_apart(home: Path) -> None:
    for name, scored in (("bare-base", steady), ("bare", worse_on("tone"))):
        record(home / "scores", name, scored, texts=False)
    async with opened(home) as (app, pilot):
        await go_to(app, pilot, "worse")
        await press(pilot, "enter")
        await until(pilot, lambda: "both answered the same" in frame(app))
    async with opened(home / "scores") as (app, pilot):
        await go_to(app, pilot, "bare")
        await press(pilot, "enter")
        await until(pilot, lambda: "no answers recorded" in frame(app))
        await press(pilot, "enter")
        await until(pilot, lambda: item(app).record is not None)
        assert "no answer recorded" in frame(app) and "no passages" in frame(app)


async def test_the_noise_screen_splits_the_flicker(home: Path) -> None:
    async with opened(home) as (app, pilot):
        await go_to(app, pilot, "baseline")
        await press(pilot, "r")
        assert isinstance(app.screen, NoiseScreen)
        await until(pilot, lambda: "judge" in frame(app) and "(" in frame(app))
        assert "flicker     judge 100 %" in frame(app), frame(app)
