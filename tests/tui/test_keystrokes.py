"""The five flows of a day, counted in keys: none takes more than seven, reading at most three."""

from pathlib import Path

import pytest
from runner_kit import lay_out_doubts
from textual.pilot import Pilot
from tui.driving import ROOT, SAMPLES, compare, item, opened, press, runs, until
from tui.frames import frame

from ragtui.runner.launch.prepare import Launch, prepare
from ragtui.runner.plan.planfile import read_plan
from ragtui.runner.work.worker import work
from ragtui.tui.screens.progress import ProgressScreen

MOST, MOST_READING = 7, 3


class Hands:
    """Presses keys and counts them."""

    def __init__(self, pilot: Pilot[None]) -> None:
        self.pilot, self.keys = pilot, 0

    async def press(self, *keys: str) -> None:
        self.keys += len(keys)
        await press(self.pilot, *keys)


@pytest.fixture
def launched(tmp_path: Path) -> Launch:
    launch = prepare(read_plan(lay_out_doubts(tmp_path)))
    work(launch)
    return launch


async def test_find_what_regressed_and_read_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    async with opened(SAMPLES) as (app, pilot):
        hands = Hands(pilot)
        place = next(place for place, row in enumerate(runs(app).shown) if row.label == "regressed")
        await hands.press(*["down"] * (place - runs(app).table.cursor), "enter")
        await until(pilot, lambda: "lost “Plans and prices" in frame(app))
        first = hands.keys
        shown = frame(app)
        assert "7 of 40 items are worse or failed: 031" in shown and "▼ −4.00" in shown, "found"
        assert "judge of candidate" in shown and "upgrade" in shown, "answers and the judge's words are in the preview"
        await hands.press("n")
        assert compare(app).item == "013", "the next one"
        await hands.press("enter")
        assert item(app).item == "013" and "why  lost" in frame(app)
        assert first <= MOST and hands.keys <= MOST, hands.keys
        assert hands.keys - first <= MOST_READING


async def test_settle_a_doubtful_item(launched: Launch) -> None:
    async with opened(launched.lead.parent) as (app, pilot):
        hands = Hands(pilot)
        await hands.press("enter", "space", "t", "u")
        hands.keys += 1
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ProgressScreen))
        assert hands.keys <= MOST
        await until(pilot, lambda: app.live.runs[-1].ended)


async def test_launch_repeats_of_a_line(launched: Launch) -> None:
    async with opened(launched.lead.parent) as (app, pilot):
        hands = Hands(pilot)
        await hands.press("t")
        hands.keys += 1
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ProgressScreen))
        assert hands.keys <= MOST_READING
        await until(pilot, lambda: app.live.runs[-1].ended)


async def test_write_the_report(launched: Launch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with opened(launched.lead.parent) as (app, pilot):
        hands = Hands(pilot)
        await hands.press("enter", "w", "enter", "enter")
        assert list(tmp_path.glob("*.md")), frame(app)
        assert hands.keys <= MOST
