"""Before a run starts or goes on: one item tried, the baseline beside it, a plan found, edits shown."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import pytest
from textual.widgets import Input
from tui.driving import until

from ragtui.runner.launch.child import Worker
from ragtui.runner.launch.prepare import Launch, prepare
from ragtui.runner.plan.planfile import read_plan
from ragtui.runner.work.worker import work
from ragtui.tui.app import RagtuiApp
from ragtui.tui.dialogs.ask import Confirm, TextPrompt
from ragtui.tui.dialogs.paths import PathSuggester
from ragtui.tui.dialogs.picker import Picker
from ragtui.tui.live import LiveRun
from ragtui.tui.plans import find_plans
from ragtui.tui.screens.launch import LaunchScreen
from ragtui.tui.screens.progress import ProgressScreen
from ragtui.tui.screens.runs import RunsScreen

SIZE = (120, 36)
PLAN = """
name = "colours"
dataset = "golden.csv"
lexical = ["exact_match"]
[target]
kind = "command"
command = ["echo", "red"]
"""


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    (tmp_path / "golden.csv").write_text("question,expected\nWhich colour?,red\nAnd this?,blue\n")
    path = tmp_path / "colours.plan.toml"
    path.write_text(PLAN)
    return path


def done(path: Path) -> Launch:
    launch = prepare(read_plan(path))
    work(launch)
    return launch


def shown(app: RagtuiApp) -> str:
    return str(app.screen.query_one("#plan").render())


def said(app: RagtuiApp) -> str:
    """All that is written on the screen."""
    return " ".join(str(found.render()) for found in app.screen.query("Static"))


async def test_the_first_step_is_one_item_and_the_next_one_the_run(plan: Path) -> None:
    app = RagtuiApp([str(plan.parent)])
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: isinstance(app.screen, RunsScreen))
        app.open_launch(plan)
        await until(pilot, lambda: isinstance(app.screen, LaunchScreen) and app.screen.estimate is not None)
        assert "enter tries one item" in shown(app)
        await pilot.press("enter")
        await until(pilot, lambda: "one item, tried: every score is there" in shown(app))
        assert "answer    red" in shown(app)
        assert "exact_match: 1" in shown(app)
        assert "enter starts in the background" in shown(app)
        assert not (plan.parent / "runs").exists()
        plan.write_text(PLAN.replace('["echo", "red"]', '["false"]'))
        await pilot.press("R")
        await until(pilot, lambda: "enter tries one item" in shown(app))
        await pilot.press("E")
        await until(pilot, lambda: "one item, tried: something is missing" in shown(app))


async def test_the_baseline_is_offered_in_turn_with_the_plan(plan: Path) -> None:
    await asyncio.to_thread(done, plan)
    plan.write_text(PLAN.replace('name = "colours"', 'name = "other"').replace('"red"]', '"blue"]'))
    app = RagtuiApp([str(plan.parent)])
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: isinstance(app.screen, RunsScreen) and bool(app.screen.rows))
        app.open_launch(plan)
        await until(pilot, lambda: isinstance(app.screen, LaunchScreen) and app.screen.estimate is not None)
        screen = app.screen
        assert isinstance(screen, LaunchScreen)
        await pilot.press("I")
        await until(pilot, lambda: screen.plan is not None and len(screen.plan.sides) == 2)
        assert screen.plan is not None
        assert [side.name for side in screen.plan.sides] == ["colours", "other"]
        assert "1, interleaved" in shown(app)
        both = prepare(screen.plan, dataset=screen.dataset)
        await asyncio.to_thread(work, both)
        assert [folder.name.partition("-")[0] for folder in both.folders] == ["colours", "other"]
        await pilot.press("plus", "I")
        await until(pilot, lambda: screen.plan is not None and len(screen.plan.sides) == 1)
        assert screen.plan.repeats == 2


async def test_a_baseline_that_is_no_other_configuration_is_not_run_beside_it(plan: Path) -> None:
    await asyncio.to_thread(done, plan)
    app = RagtuiApp([str(plan.parent)])
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: isinstance(app.screen, RunsScreen) and bool(app.screen.rows))
        app.open_launch(plan)
        await until(pilot, lambda: isinstance(app.screen, LaunchScreen) and app.screen.estimate is not None)
        screen = app.screen
        await pilot.press("I")
        await until(pilot, lambda: "is the plan's own configuration" in said(app))
        assert isinstance(screen, LaunchScreen) and screen.plan is not None and len(screen.plan.sides) == 1


def suggests(app: RagtuiApp, whole: str) -> bool:
    return app.screen.query_one(Input)._suggestion == whole


async def test_a_plan_is_found_by_typing_its_path(plan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(plan.parent)
    (plan.parent / "empty").mkdir()
    hidden = plan.parent / "deep"
    hidden.mkdir()
    plan.rename(hidden / "colours.toml")
    (plan.parent / "golden.csv").rename(hidden / "golden.csv")
    app = RagtuiApp([str(plan.parent / "empty")])
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: isinstance(app.screen, RunsScreen))
        await pilot.press("L")
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await pilot.press(*"another", "enter")
        await until(pilot, lambda: isinstance(app.screen, TextPrompt))
        for letters, whole in (("de", "deep/"), ("co", "deep/colours.toml")):
            await pilot.press(*letters)
            await until(pilot, partial(suggests, app, whole))
            await pilot.press("tab")
            assert app.screen.query_one(Input).value == whole
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, LaunchScreen) and app.screen.estimate is not None)
        assert "colours" in shown(app)


async def test_paths_are_completed_from_any_folder_and_nonsense_from_none(tmp_path: Path) -> None:
    for name in ("b.toml", "a.txt", ".hidden.toml", "sub/c.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    paths = PathSuggester(".toml", tmp_path)
    found = {typed: await paths.get_suggestion(typed) for typed in ("", "s", "sub/", "./b", ".h", f"{tmp_path}/b")}
    assert found == {
        "": "b.toml", "s": "sub/", "sub/": "sub/c.toml", "./b": "./b.toml", ".h": ".hidden.toml",
        f"{tmp_path}/b": f"{tmp_path}/b.toml",
    }  # fmt: skip
    for nonsense in ("nowhere/x", "~nobody-of-that-name/", "\0", "a.t", "x" * 5000):
        assert await paths.get_suggestion(nonsense) is None


def test_plans_lie_here_beside_what_is_opened_and_behind_runs(plan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    launch = done(plan)
    monkeypatch.chdir("/")
    assert find_plans([str(plan.parent)]) == [plan]
    assert find_plans([str(plan.parent / "runs")]) == [plan]
    assert find_plans([], [launch.lead, plan.parent]) == [plan]
    plan.unlink()
    assert find_plans([], [launch.lead]) == []
    (launch.lead / "launch.json").write_text("{")
    assert find_plans([], [launch.lead]) == []


async def test_an_edit_is_asked_about_before_a_run_goes_on(plan: Path) -> None:
    plan.write_text(PLAN.replace('["echo", "red"]', '["false"]'))
    launch = await asyncio.to_thread(done, plan)
    (plan.parent / "golden.csv").write_text("question,expected\nWhich colour?,green\nAnd this?,blue\n")
    app = RagtuiApp([str(plan.parent)])
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: isinstance(app.screen, RunsScreen) and bool(app.screen.rows))
        run = LiveRun(Worker.attach(launch.lead), "colours")
        run.take(run.worker.poll())
        app.open_progress(run)
        await until(pilot, lambda: isinstance(app.screen, ProgressScreen) and app.screen.focused is not None)
        await pilot.press("t")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        assert "dataset: 1 changed" in said(app)
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, ProgressScreen))
        assert run.ended or not run.worker.poll().alive
