"""Launch, progress and targeted repeats: a real worker process over the simulated demo."""

from pathlib import Path

import pytest
from textual.pilot import Pilot
from tui.driving import until

from ragtui.runner.launch.prepare import Overrides, prepare
from ragtui.tui.app import RagtuiApp
from ragtui.tui.dialogs.ask import Confirm
from ragtui.tui.live import LiveRun
from ragtui.tui.plans import find_plans
from ragtui.tui.screens.compare import CompareScreen
from ragtui.tui.screens.launch import LaunchScreen
from ragtui.tui.screens.progress import ProgressScreen, event_text
from ragtui.tui.screens.runs import RunsScreen
from ragtui.tui.widgets.key_line import KeyLine
from ragtui.workbench import doubts

SIZE = (120, 36)
PLAN = """
name = "base"
dataset = "ragtui-demo/dataset.json"
out = "runs"
repeats = 1
concurrency = 8
lexical = ["token_f1"]

[target]
kind = "rag"
corpus = "ragtui-demo/corpus"

[target.generator]
temperature = 0.7

[judge]
temperature = 0.7

[candidate]
name = "cand"

[candidate.target]
top_k = 1
context_words = 20

[simulated]
latency_s = 0.01
"""


def text_of(app: RagtuiApp, selector: str) -> str:
    return str(app.screen.query_one(selector).render())


def latest(app: RagtuiApp) -> LiveRun:
    return app.live.runs[-1]


def latest_done(app: RagtuiApp) -> int:
    return latest(app).done if app.live.runs else 0


async def launch(pilot: Pilot[None], plan: Path | None = None) -> None:
    app = pilot.app
    assert isinstance(app, RagtuiApp) and app.session is not None
    app.push_screen(LaunchScreen(app.session, plan))
    await until(pilot, lambda: isinstance(app.screen, LaunchScreen) and app.screen.estimate is not None)


@pytest.fixture
def small_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    """Launches of the demo run four items only."""
    import ragtui.tui.screens.launch as module

    def few(*args: object, **kwargs: object) -> object:
        kwargs["overrides"] = Overrides(repeats=2, items=("001", "002", "003", "004"))
        return prepare(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "prepare", few)


async def test_the_cost_is_shown_before_anything_is_spent(tmp_path: Path) -> None:
    app = RagtuiApp([str(tmp_path)])
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: isinstance(app.screen, RunsScreen))
        await pilot.press("L")
        await pilot.pause(0.2)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, LaunchScreen) and app.screen.estimate is not None)
        shown = text_of(app, "#plan")
        assert "simulated" in shown
        assert "400" in shown

        def footer() -> str:
            return app.screen.query_one(KeyLine).render_line(0).text

        await until(pilot, lambda: "start" in footer() and "try, then" not in footer())  # a simulated plan needs no try
        await pilot.press("plus")
        assert "480" in text_of(app, "#plan"), "one repeat more on both sides"
        assert not list(tmp_path.rglob("summary.json")), "nothing was started"


async def test_a_run_is_launched_watched_left_and_found_again(tmp_path: Path, small_demo: None) -> None:
    app = RagtuiApp([str(tmp_path)])
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: isinstance(app.screen, RunsScreen))
        await launch(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ProgressScreen) and app.screen.focused is not None)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, RunsScreen) and bool(app.screen.rows))
        await pilot.press("p")
        await until(pilot, lambda: isinstance(app.screen, ProgressScreen))
        await until(pilot, lambda: latest(app).ended)
        assert (latest(app).state, latest(app).done, latest(app).total) == ("complete", 16, 16)
        await until(pilot, lambda: "16/16" in text_of(app, "#figures"))
        assert any("faithfulness" in event_text(event) for event in latest(app).events)
    again = RagtuiApp([str(tmp_path)])
    async with again.run_test(size=SIZE) as pilot:
        screen = again.screen
        await until(pilot, lambda: isinstance(again.screen, RunsScreen) and len(again.screen.rows) == 2)
        screen = again.screen
        assert isinstance(screen, RunsScreen)
        assert {row.first.origin for row in screen.rows} == {"simulated"}
        assert again.live.current is None


async def test_cancel_keeps_what_is_finished_and_retry_goes_on(tmp_path: Path) -> None:
    app = RagtuiApp([str(tmp_path)])
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: isinstance(app.screen, RunsScreen))
        await launch(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: latest_done(app) > 5 and app.screen.focused is not None)
        await pilot.press("space")
        await until(pilot, lambda: latest(app).state == "paused")  # stays so however slow this screen is
        await pilot.press("ctrl+x")
        await until(pilot, lambda: isinstance(app.screen, Confirm) and app.screen.focused is not None)
        await pilot.press("y")
        await until(pilot, lambda: latest(app).ended)
        kept = latest(app).done
        assert latest(app).state == "cancelled"
        assert 5 < kept < latest(app).total
        await pilot.press("t")
        await until(pilot, lambda: latest(app).done > kept)
        latest(app).worker.cancel()
        await until(pilot, lambda: latest(app).ended)


async def test_a_pause_holds_until_it_is_ended(tmp_path: Path) -> None:
    app = RagtuiApp([str(tmp_path)])
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: isinstance(app.screen, RunsScreen))
        await launch(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: latest_done(app) > 5 and app.screen.focused is not None)
        await pilot.press("space")
        await until(pilot, lambda: latest(app).state == "paused")
        held = latest(app).done
        await pilot.press("space")
        await until(pilot, lambda: latest(app).done > held)
        latest(app).worker.cancel()
        await until(pilot, lambda: latest(app).ended)


async def test_chosen_items_are_repeated_on_both_sides(tmp_path: Path) -> None:
    from ragtui.runner.launch.demo import lay_out

    lay_out(tmp_path / "ragtui-demo")
    (tmp_path / "ragtui.toml").write_text(PLAN, encoding="utf-8")
    assert find_plans([str(tmp_path)]) == [(tmp_path / "ragtui.toml").resolve()]
    app = RagtuiApp([str(tmp_path)])
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: isinstance(app.screen, RunsScreen))
        await launch(pilot, tmp_path / "ragtui.toml")
        await pilot.press("enter")
        await until(pilot, lambda: bool(app.live.runs) and latest(app).ended)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, CompareScreen) and app.screen.result is not None)
        screen = app.screen
        assert isinstance(screen, CompareScreen) and screen.result is not None
        assert doubts(screen.result), "one run a side: noise unknown is doubt"
        screen.items.move_to(0)
        await pilot.press("space", "space")
        assert len(screen.items.marked) == 2
        await pilot.press("t")
        await pilot.pause(0.2)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ProgressScreen) and latest(app).ended)
        assert latest(app).total == 2 * 3 * 2
        await until(pilot, lambda: "→" in text_of(app, "#verdict"))
        headers = [header for header in screen.session.library.headers.values() if header.selection is not None]
        assert len(headers) == 2
        assert all(len(header.selection or ()) == 2 for header in headers)
