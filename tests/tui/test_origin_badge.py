"""What was not measured says so on every screen, however small."""

from pathlib import Path

import pytest
from builders import steady, write_run
from textual.pilot import Pilot
from tui.driving import SMALL, go_to, opened, press
from tui.frames import frame

from ragtui.runner.launch.child import Worker
from ragtui.tui.app import RagtuiApp
from ragtui.tui.live import LiveRun

ITEMS = 6


def lay_out(folder: Path, *origins: str) -> None:
    for day, origin in enumerate(origins, start=1):
        write_run(folder / f"run{day}", steady(5, ITEMS, 3), origin=origin, day=day)


def top(app: RagtuiApp) -> str:
    return frame(app).splitlines()[0].rstrip()


async def walk(app: RagtuiApp, pilot: Pilot[None]) -> list[str]:
    """The top line of every screen over runs."""
    lines = []
    await go_to(app, pilot, "run2")
    for keys in ((), ("enter",), ("enter",), ("escape", "escape", "r"), ("escape", "H")):
        await press(pilot, *keys)
        lines.append(top(app))
    return lines


@pytest.mark.parametrize("size", [SMALL, (40, 10)])
async def test_simulated_runs_say_so_on_every_screen(tmp_path: Path, size: tuple[int, int]) -> None:
    lay_out(tmp_path, "simulated", "simulated")
    async with opened(tmp_path, size=size) as (app, pilot):
        assert all(line.endswith(" simulated") for line in await walk(app, pilot))


async def test_measured_runs_say_nothing(tmp_path: Path) -> None:
    lay_out(tmp_path, "", "")
    async with opened(tmp_path, size=SMALL) as (app, pilot):
        lines = await walk(app, pilot)
        assert len(lines) == 5 and not any("measured" in line or "simulated" in line for line in lines)


async def test_a_mixture_says_so(tmp_path: Path) -> None:
    lay_out(tmp_path, "", "constructed")
    async with opened(tmp_path, size=SMALL) as (app, pilot):
        lines = await walk(app, pilot)
        noise = lines.pop(3)  # of the constructed run alone
        assert noise.endswith(" constructed") and "partly" not in noise
        assert all(line.endswith(" partly constructed") for line in lines)


@pytest.mark.parametrize(("origins", "said"), [(("", "constructed"), True), (("constructed", "constructed"), False)])
async def test_a_mixture_says_which_side(tmp_path: Path, origins: tuple[str, str], said: bool) -> None:
    """Where both sides are alike the top line says it all, and the notes keep their lines for other things."""
    lay_out(tmp_path, *origins)
    async with opened(tmp_path, size=SMALL) as (app, pilot):
        await go_to(app, pilot, "run2")
        await press(pilot, "enter")
        assert ("run2: constructed data, not a measurement" in frame(app)) is said
        await press(pilot, "enter")
        assert ("run2: constructed data, not a measurement" in frame(app)) is said


async def test_a_run_under_way_says_so_on_its_screen_and_in_the_strip(tmp_path: Path) -> None:
    lay_out(tmp_path, "", "")
    async with opened(tmp_path, size=SMALL) as (app, pilot):
        run = LiveRun(Worker(tmp_path / "run1"), "run1", {"origin": "simulated", "done": 3, "total": 9}, "running")
        app.live.runs.append(run)
        assert run.details() == "simulated"
        await press(pilot, "p")
        assert top(app).endswith(" simulated")


async def test_a_long_origin_leaves_room_for_the_path(tmp_path: Path) -> None:
    lay_out(tmp_path, "made up [bold]" * 40)
    async with opened(tmp_path, size=SMALL) as (app, _pilot):
        line = top(app)
        assert line.startswith(" ragtui › runs") and line.endswith("…") and "[bold]" in line
