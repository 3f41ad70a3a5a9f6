"""Every key that a screen documents does something, or says why it does nothing."""

from pathlib import Path

import pytest
from textual.app import App
from textual.events import Key
from textual.keys import key_to_character
from tui.driving import LARGE, ROOT, SAMPLES, SMALL, go_to, opened, press, runs, settled
from tui.frames import frame

from ragtui.tui.app import RagtuiApp
from ragtui.tui.dialogs.help import describe_keys

STOPS = {
    "runs": (), "board": ("enter",), "item": ("enter", "enter"), "slices": ("enter", "F"),
    "noise": ("r",), "history": ("H",), "launch": ("L", "enter"),
}  # fmt: skip
"""Screens, by the keys that lead to them from the list of runs."""
LEAVING = ("enter", "escape", "q", "ctrl+q", "ctrl+z", "exclamation_mark", "slash")
"""Keys that leave, or that take what is typed next: each has tests of its own."""


def listened_to(app: RagtuiApp, patch: pytest.MonkeyPatch) -> list[str]:
    """What is said on the screen on top, and what leaves the app: to the clipboard, the browser, the editor."""
    heard: list[str] = []
    patch.setattr(app, "copy_to_clipboard", heard.append)
    patch.setattr(app, "open_url", lambda url, **_: heard.append(url))
    patch.setattr(app.screen, "say", lambda text, **_: heard.append(text))
    patch.setenv("EDITOR", "true")
    return heard


async def dead_keys(
    place: Path | str, line: str, stop: str, size: tuple[int, int], patch: pytest.MonkeyPatch
) -> list[str]:
    """Keys of one screen after which nothing is other than before."""
    dead = []
    async with opened(place, size=size) as (app, pilot):
        if any(row.label == line for row in runs(app).shown):
            await go_to(app, pilot, line)
        await press(pilot, *STOPS[stop])
        base, depth, heard = app.screen, len(app.screen_stack), listened_to(app, patch)
        keys = [key for section, keys in describe_keys(base) if section != "Moving" for key in keys]
        for key in keys:
            name = key.press.split(",")[0]
            if name in LEAVING:
                continue
            before, words = frame(app), len(heard)
            app.post_message(Key(name, key_to_character(name)))
            await settled(pilot)
            if frame(app) == before and len(app.screen_stack) == depth and len(heard) == words:
                dead.append(f"{stop}: {name} ({key.does})")
            while len(app.screen_stack) > depth:
                App.pop_screen(app)  # the dialog's own escape may first close what it shows
                await settled(pilot)
            assert app.screen is base, name
    return dead


@pytest.mark.parametrize("stop", STOPS)
async def test_every_key_does_something_or_says_why_not(stop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    at_the_top = {"item: g (top)", "item: ctrl+d (half a page down)"}
    dead = await dead_keys(SAMPLES, "regressed", stop, LARGE, monkeypatch)
    assert not set(dead) - at_the_top


async def test_without_a_run_each_key_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not await dead_keys(tmp_path, "", "runs", SMALL, monkeypatch)


async def test_keys_say_why_when_a_filter_hides_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    async with opened(SAMPLES) as (app, pilot):
        await go_to(app, pilot, "regressed")
        await press(pilot, "slash", *"zzz", "enter", "r")
        assert "the filter hides every run" in frame(app)
        await press(pilot, "escape")
        await go_to(app, pilot, "regressed")
        await press(pilot, "enter", "slash", *"zzz", "enter", "a")
        assert "no item passes" in frame(app)
