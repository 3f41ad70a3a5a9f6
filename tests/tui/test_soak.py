"""A thousand random events over all screens, while the runs shown vanish and change: the app goes on."""

from pathlib import Path

import pytest
from tui.driving import compare, opened, press
from tui.soak import KEYS, key_event, lay_out, soak


@pytest.mark.parametrize("seed", [1, 2])
async def test_nothing_ends_the_app(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EDITOR", "true")
    home = tmp_path / "runs"
    lay_out(home)
    async with opened(home, paints_at_once=True) as (app, pilot):
        out = await soak(pilot, home, 500, seed)
        assert app.is_running and not out.faults, out.faults
        assert len(out.screens) >= 5, out.screens


async def test_every_key_while_sides_are_still_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sides have been swapped, the old board still stands there, and its comparison is not a thing to ask any more."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EDITOR", "true")
    home = tmp_path / "runs"
    lay_out(home)
    async with opened(home, paints_at_once=True) as (app, pilot):
        await press(pilot, "down", "enter")
        screen = compare(app)
        for key in dict.fromkeys([key for key in KEYS if key != "escape"]):  # escape leaves
            screen.results = [None] * len(screen.results)
            app.post_message(key_event(key))
            await pilot.pause(0)
            assert not app.faults, (key, app.faults)
            while app.screen is not screen:
                app.pop_screen()
                await pilot.pause(0)
