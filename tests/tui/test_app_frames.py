"""Every screen as text, at four sizes."""

from collections.abc import Iterator

import pytest
from tui.driving import LARGE, NOW, ROOT, SAMPLES, SMALL, go_to, opened, press, settled
from tui.frames import assert_frame, frame, widths

from ragtui.tui.screens.runs import RunsScreen

WIDE, TINY = (200, 50), (40, 10)
SIZES = [pytest.param(size, id=f"{size[0]}x{size[1]}") for size in (LARGE, SMALL, WIDE, TINY)]


@pytest.fixture(autouse=True)
def at_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Paths and ages are the same everywhere."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(RunsScreen, "clock", staticmethod(lambda: NOW))
    yield


def name(what: str, size: tuple[int, int]) -> str:
    return f"{what}-{size[0]}x{size[1]}"


@pytest.mark.parametrize("size", SIZES)
async def test_runs_compare_item_noise(size: tuple[int, int]) -> None:
    async with opened(SAMPLES, size=size) as (app, pilot):
        await go_to(app, pilot, "regressed")
        assert_frame(app, name("runs", size))
        await press(pilot, "enter")
        assert_frame(app, name("compare", size))
        await press(pilot, "m", "f")
        assert_frame(app, name("compare-flagged", size))
        await press(pilot, "d")
        assert_frame(app, name("detail", size))
        await press(pilot, "d", "space", "n", "enter")
        assert_frame(app, name("item", size))
        if size == SMALL:
            for tab in "2345":
                await press(pilot, tab)
                assert_frame(app, f"item-tab{tab}-80x24")
        await press(pilot, "enter")
        assert_frame(app, name("passages", size))
        await press(pilot, "escape", "escape", "escape", "escape", "r")
        assert_frame(app, name("noise", size))
        await press(pilot, "escape", "enter", "F")
        assert_frame(app, name("slices", size))


@pytest.mark.parametrize("size", SIZES)
async def test_help_launch_trend_and_messages(size: tuple[int, int]) -> None:
    async with opened(SAMPLES, size=size) as (app, pilot):
        await press(pilot, "question_mark")
        assert_frame(app, name("help", size))
        await press(pilot, "escape", "H")
        assert_frame(app, name("trend", size))
        await press(pilot, "escape")
        from ragtui.errors import InputError

        app.failed(InputError("runs/x/results.jsonl:7: cannot be read", "Restore the file, or leave it out."))
        await settled(pilot)
        assert_frame(app, name("message", size))


@pytest.mark.parametrize("size", SIZES)
async def test_an_empty_folder_says_what_to_do(
    size: tuple[int, int], tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("empty")
    monkeypatch.chdir(folder)
    (folder / "runs").mkdir()
    async with opened("runs", size=size) as (app, _pilot):
        assert_frame(app, name("empty", size))


@pytest.mark.parametrize("size", [(40, 10), (60, 16), (100, 30), (200, 60)])
async def test_no_size_breaks_a_screen(size: tuple[int, int]) -> None:
    async with opened(SAMPLES, size=size) as (app, pilot):
        await go_to(app, pilot, "regressed")
        for key in ("enter", "enter", "question_mark", "escape", "escape", "escape", "r"):
            await press(pilot, key)
            assert widths(app) == {size[0]}
            assert frame(app).count("\n") == size[1]


async def test_the_terminal_may_change_its_size() -> None:
    async with opened(SAMPLES) as (app, pilot):
        await go_to(app, pilot, "regressed")
        await press(pilot, "enter", "enter")
        for size in (SMALL, (40, 10), LARGE):
            await pilot.resize_terminal(*size)
            await settled(pilot)
            assert widths(app) == {size[0]}
