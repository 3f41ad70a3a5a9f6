"""Screens that were left are let go: what they show is a comparison, and texts of whole runs."""

from pathlib import Path

from tui.driving import opened, press, settled
from tui.soak import lay_out


async def test_a_screen_that_was_left_hears_of_nothing_any_more(tmp_path: Path) -> None:
    home = tmp_path / "runs"
    lay_out(home)
    async with opened(home) as (app, pilot):
        for keys in (["question_mark", "m", "escape", "escape"], ["down", "enter", "enter", "escape", "escape"], ["N"]):
            await press(pilot, *keys)
        while len(app.screen_stack) > 2:
            await press(pilot, "escape")
        await settled(pilot)
        kept = [node for node in app.theme_changed_signal._subscriptions if node not in (app, *app.screen_stack)]
        assert not kept, "subscribed callbacks hold their screens"
