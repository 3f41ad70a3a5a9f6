"""Screens ask before they execute a folder that was not made here: what, where, and once."""

import json
import shutil
import sys
from pathlib import Path

import pytest
from runner_kit import lay_out_doubts
from textual.pilot import Pilot
from textual.widgets import Static
from tui.driving import go_to, opened, press, until

from ragtui.runner.launch.launchfile import LAUNCH
from ragtui.runner.launch.prepare import Launch, Overrides, prepare
from ragtui.runner.plan.planfile import read_plan
from ragtui.runner.work.worker import work
from ragtui.tui.app import RagtuiApp
from ragtui.tui.dialogs.ask import Confirm
from ragtui.tui.dialogs.repeat import RepeatDialog
from ragtui.tui.screens.progress import ProgressScreen


@pytest.fixture
def full(tmp_path: Path) -> Launch:
    launch = prepare(read_plan(lay_out_doubts(tmp_path, items=6)), overrides=Overrides(repeats=2))
    work(launch)
    return launch


@pytest.fixture
def got(full: Launch, tmp_path: Path) -> Path:
    """Both folders as somebody else hands them on: the target is a command that leaves a mark, and says simulated."""
    place = tmp_path / "got"
    shutil.copytree(full.lead.parent, place)
    for folder in place.iterdir():
        alter(folder, f"open({str(tmp_path / 'PWNED')!r}, 'w'); print('done')")
    return place


def alter(folder: Path, script: str) -> None:
    document = json.loads((folder / LAUNCH).read_text())
    for key in ("candidate", "target"):
        document["plan"].pop(key, None)
    command = {"kind": "command", "command": [sys.executable, "-c", script]}
    document["plan"]["sides"] = [{"name": name, "target": command} for name in ("base", "cand")]
    document["plan"]["simulated"] = {"latency_s": 0.0}
    (folder / LAUNCH).write_text(json.dumps(document))


WAYS = {
    "a configuration again": ("base", ("t",)),
    "only some items": ("cand", ("enter", "space", "t")),
}


@pytest.mark.parametrize("way", WAYS)
async def test_a_strangers_folder_is_asked_about_before_it_runs(way: str, got: Path, tmp_path: Path) -> None:
    mark, (line, keys) = tmp_path / "PWNED", WAYS[way]
    before = sorted(got.iterdir())
    async with opened(got) as (app, pilot):
        await go_to(app, pilot, line)
        await press(pilot, *keys)
        await until(pilot, lambda: isinstance(app.screen, RepeatDialog))
        for no in ("n", "enter"):
            await _ask(app, pilot, keys)
            assert "was not made by this user's ragtui" in asked(app), asked(app)
            assert "the command" in asked(app) and "open(" in asked(app)
            await press(pilot, no)
            assert not isinstance(app.screen, Confirm | ProgressScreen), "no is the answer at hand"
        assert not mark.exists() and sorted(got.iterdir()) == before, "nothing ran and nothing was made"
        await _ask(app, pilot, keys)
        await press(pilot, "y")
        await until(pilot, lambda: isinstance(app.screen, ProgressScreen) and app.live.runs[-1].ended)
        assert mark.exists()
        await press(pilot, "escape")
        for folder in before:
            alter(folder, "print('other')")
        await _ask(app, pilot, keys)
        assert "print('other')" in asked(app), "another content is another question"


def asked(app: RagtuiApp) -> str:
    return str(app.screen.query(Static).first().render())


async def _ask(app: RagtuiApp, pilot: Pilot[None], keys: tuple[str, ...]) -> None:
    if not isinstance(app.screen, RepeatDialog):
        await press(pilot, keys[-1])
        await until(pilot, lambda: isinstance(app.screen, RepeatDialog))
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(app.screen, Confirm))


async def test_our_own_folders_are_not_asked_about(full: Launch) -> None:
    async with opened(full.lead.parent) as (app, pilot):
        await go_to(app, pilot, "base")
        await press(pilot, "t")
        await until(pilot, lambda: isinstance(app.screen, RepeatDialog))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ProgressScreen) and app.live.runs[-1].ended)
