"""Screens that were left are let go: what they show is a comparison, and texts of whole runs."""

import gc
from pathlib import Path

from textual._styles_cache import StylesCache
from textual.widget import Widget
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


async def test_the_painted_lines_of_widgets_that_are_gone_are_let_go(tmp_path: Path) -> None:
    home = tmp_path / "runs"
    lay_out(home)
    async with opened(home) as (app, pilot):
        await press(pilot, "down", "enter", "enter", "escape", "escape", "question_mark", "escape")
        while len(app.screen_stack) > 2:
            await press(pilot, "escape")
        await settled(pilot)
        gc.collect()
        caches = [one for one in gc.get_objects() if type(one) is StylesCache]
        held = {id(one._styles_cache) for one in gc.get_objects() if isinstance(one, Widget)}
        assert [one for one in caches if id(one) not in held] == []
