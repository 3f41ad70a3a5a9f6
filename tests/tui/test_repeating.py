"""Running again from the screens: items in doubt, a whole configuration, the judges alone; real workers throughout."""

import asyncio
from pathlib import Path

import pytest
from runner_kit import lay_out_doubts
from textual.widgets import Input
from tui.driving import SMALL, compare, go_to, opened, press, runs, settled, until
from tui.frames import frame

from ragtui.present.sentences.evidence import say_taught
from ragtui.runner.launch.again import targeted
from ragtui.runner.launch.launchfile import LAUNCH
from ragtui.runner.launch.prepare import Launch, open_launch, prepare
from ragtui.runner.plan.planfile import read_plan
from ragtui.runner.work.worker import work
from ragtui.tui.app import RagtuiApp
from ragtui.tui.dialogs.message import MessageScreen
from ragtui.tui.dialogs.picker import Picker
from ragtui.tui.dialogs.repeat import RepeatDialog
from ragtui.tui.live import LiveRun
from ragtui.tui.screens.item import ItemScreen
from ragtui.tui.screens.launch import LaunchScreen
from ragtui.tui.screens.progress import ProgressScreen
from ragtui.workbench import doubts


@pytest.fixture
def full(tmp_path: Path) -> Launch:
    launch = prepare(read_plan(lay_out_doubts(tmp_path)))
    work(launch)
    return launch


def verdict_text(app: RagtuiApp) -> str:
    return str(app.screen.query_one("#verdict").render())


def cost_text(app: RagtuiApp) -> str:
    return str(app.screen.query_one("#cost").render())


def columns(app: RagtuiApp) -> list[str]:
    return sorted(compare(app).drawn)


def latest(app: RagtuiApp) -> LiveRun:
    return app.live.runs[-1]


async def test_doubts_are_repeated_until_settled_and_seen_before_and_after(full: Launch) -> None:
    async with opened(full.lead.parent) as (app, pilot):
        await go_to(app, pilot, "cand")
        await press(pilot, "enter")
        result = compare(app).result
        assert result is not None and {"q1", "q2"} <= set(doubts(result))
        assert "fresh" not in columns(app)
        await press(pilot, "t")
        assert isinstance(app.screen, RepeatDialog)
        assert "exactly 3; u ends them" in cost_text(app) and "your own code" in cost_text(app)
        await press(pilot, "u")
        assert "the first look comes after 3, so give more" in cost_text(app)
        await press(pilot, "up", "up", "up")
        assert app.screen.query_one(Input).value == "6"
        assert "at most 6; ends once every doubt is settled" in cost_text(app)
        await press(pilot, "x", "a")
        assert app.screen.query_one(Input).value == "6", "only digits are a number"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ProgressScreen) and latest(app).ended)
        await until(pilot, lambda: "confirmed" in verdict_text(app))
        assert "settled after repeat" in verdict_text(app)
        assert latest(app).done == latest(app).total
        assert len(full.folders) + 2 == len(list(full.lead.parent.iterdir()))
        await press(pilot, "escape")
        await until(pilot, lambda: compare(app).result is not result)
        await settled(pilot)
        assert "fresh" in columns(app)
        await until(pilot, lambda: "fresh repeats of" in frame(app) and "confirmed" in frame(app))
        assert "▼ confirmed" in frame(app), "the row has the new verdict"
        await press(pilot, "slash", *"fresh:confirmed", "enter", "enter")
        assert isinstance(app.screen, ItemScreen)
        await until(pilot, lambda: "fresh repeats: q" in frame(app))
        await press(pilot, "V")
        assert isinstance(app.screen, MessageScreen) and "Before and after" in frame(app)
        assert "→" in str(app.screen.body_text) and "confirmed" in str(app.screen.body_text)


async def test_before_and_after_is_there_again_when_the_app_was_closed(full: Launch) -> None:
    again = targeted(full.folders, ["q1", "q2"], 3).prepare()
    await asyncio.to_thread(work, again)
    async with opened(full.lead.parent) as (app, pilot):
        app.live.start(open_launch(again.lead))
        await press(pilot, "p")
        await until(pilot, lambda: isinstance(app.screen, ProgressScreen) and "q1" in verdict_text(app))
        await until(pilot, lambda: "Before and after" in frame(app))
    async with opened(full.lead.parent) as (app, pilot):
        for label in ("cand", "base"):
            await go_to(app, pilot, label)
            await press(pilot, "V")
        assert "q1" in frame(app), "from the line it confirms"
        await press(pilot, "escape", "z")
        await go_to(app, pilot, "base-again")
        await press(pilot, "V")
        await until(pilot, lambda: isinstance(app.screen, MessageScreen))
        assert "Only the fresh repeats confirm" in frame(app)


async def test_targeted_runs_stand_against_each_other_not_against_old_repeats(full: Launch) -> None:
    await asyncio.to_thread(work, targeted(full.folders, ["q1", "q2"], 3).prepare())
    async with opened(full.lead.parent) as (app, pilot):
        for label in ("base", "cand"):
            await go_to(app, pilot, label)
            await press(pilot, "z")
        await go_to(app, pilot, "cand-again")
        await until(pilot, lambda: "targeted" in frame(app) and "against base-again" in frame(app))
        await press(pilot, "enter")
        result = compare(app).result
        assert result is not None
        assert (result.a.label, result.b.label) == ("base-again", "cand-again")
        assert "full repeats" in say_taught(result.evidence)
        await press(pilot, "escape")
        row = next(row for row in runs(app).rows if row.label == "base-again")
        assert runs(app).figures[row.key] is None


async def test_a_configuration_runs_again_and_is_pooled(full: Launch) -> None:
    async with opened(full.lead.parent) as (app, pilot):
        await go_to(app, pilot, "cand")
        await press(pilot, "t")
        assert isinstance(app.screen, RepeatDialog)
        assert not app.screen.stops_early
        await press(pilot, "minus", "minus", "minus")
        assert app.screen.query_one(Input).value == "1"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ProgressScreen) and latest(app).ended)
        await until(pilot, lambda: "exact_match" in verdict_text(app))
        await until(pilot, lambda: "against base" in frame(app) or "Verdict" in frame(app))
        await press(pilot, "escape")
        await until(pilot, lambda: {row.label: row.repeats for row in runs(app).rows} == {"base": 3, "cand": 4})


async def test_leaving_the_question_starts_nothing(full: Launch) -> None:
    async with opened(full.lead.parent, size=SMALL) as (app, pilot):
        await press(pilot, "t", "backspace")
        assert "a whole number" in cost_text(app)
        await press(pilot, "enter")
        assert isinstance(app.screen, RepeatDialog)
        await press(pilot, "escape")
        assert app.screen is runs(app)
        assert not app.live.runs


async def test_judges_alone_run_again(tmp_path: Path) -> None:
    from ragtui.runner.launch.demo import demo_plan, lay_out
    from ragtui.runner.launch.prepare import Overrides

    lay_out(tmp_path / "demo")
    launch = prepare(demo_plan(tmp_path / "demo"), overrides=Overrides(repeats=1, items=("001", "002")))
    await asyncio.to_thread(work, launch)
    async with opened(tmp_path / "demo") as (app, pilot):
        await press(pilot, "A")
        assert isinstance(app.screen, RepeatDialog)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ProgressScreen) and latest(app).ended)
        assert latest(app).done == 2 * 3
        await press(pilot, "escape")
        await until(pilot, lambda: any(row.first.rejudge_of for row in runs(app).rows))
        row = next(row for row in runs(app).rows if row.first.rejudge_of)
        await go_to(app, pilot, row.label)
        await until(pilot, lambda: "re-judged answers of" in " ".join(frame(app).split()))


async def test_a_plan_that_lies_in_the_current_folder_does_not_judge_unasked(
    foreign: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = foreign.lead.parent.parent
    plan = next(here.rglob("ragtui.toml"))
    text = plan.read_text()
    plan.write_text(f'{text}\n[judge]\nmodel = "m"\nbase_url = "http://127.0.0.1:9/v1"\nmetrics = ["relevance"]\n')
    monkeypatch.chdir(plan.parent)
    async with opened(foreign.lead.parent) as (app, pilot):
        await press(pilot, "A")
        assert isinstance(app.screen, Picker) and "No plan is known for" in frame(app)
        assert "ragtui.toml" in frame(app)
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(app.screen, RepeatDialog))
        assert "again, by ragtui.toml" in " ".join(frame(app).replace("│", " ").split())
        assert "to 1 judge" in cost_text(app), "the judges of the plan, not those that the run once had"


@pytest.fixture
def foreign(full: Launch) -> Launch:
    """Runs as another harness would leave them: nothing says how they were made; a plan lies beside."""
    for folder in full.folders:
        (folder / LAUNCH).unlink()
    return full


async def test_doubts_are_repeated_by_a_plan_that_is_named(foreign: Launch) -> None:
    async with opened(foreign.lead.parent) as (app, pilot):
        await go_to(app, pilot, "cand")
        await press(pilot, "enter")
        result = compare(app).result
        assert result is not None
        await press(pilot, "t")
        assert isinstance(app.screen, Picker) and "No plan is known for base" in frame(app)
        assert "ragtui.toml" in frame(app) and "demo" not in frame(app)
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(app.screen, RepeatDialog))
        assert "runs base and cand: that these are the two" in " ".join(frame(app).replace("│", " ").split())
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ProgressScreen) and latest(app).ended)
        await until(pilot, lambda: "confirmed" in verdict_text(app))
        await press(pilot, "escape")
        await until(pilot, lambda: compare(app).result is not result)
        await until(pilot, lambda: "▼ confirmed" in frame(app))


async def test_a_plan_that_cannot_repeat_two_runs_says_why(foreign: Launch) -> None:
    plan = foreign.plan.base / "one.plan.toml"
    document = (foreign.plan.base / "ragtui.toml").read_text("utf-8")
    plan.write_text(document.partition("[candidate]")[0], encoding="utf-8")
    async with opened(foreign.lead.parent) as (app, pilot):
        await go_to(app, pilot, "cand")
        await press(pilot, "enter", "t", *"one", "enter")
        await until(pilot, lambda: isinstance(app.screen, MessageScreen))
        assert isinstance(app.screen, MessageScreen)
        assert "has 1 side; doubts are repeated on baseline and candidate" in " ".join(
            str(app.screen.body_text).split()
        )


async def test_a_line_without_a_plan_leads_to_the_launch_screen(foreign: Launch) -> None:
    async with opened(foreign.lead.parent) as (app, pilot):
        await press(pilot, "t")
        assert isinstance(app.screen, Picker)
        await press(pilot, "escape")
        assert app.screen is runs(app)
        await press(pilot, "t", "enter")
        await until(pilot, lambda: isinstance(app.screen, LaunchScreen))
