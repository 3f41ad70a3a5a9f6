"""The runs, compare and item screens over a Langfuse server: fragments, slow answers, rate limits, no answer."""

from pathlib import Path
from typing import Any

import pytest
from langfuse_standin import Fault, StandIn, scores
from stats_kit import flagged_items
from textual.widgets import Static
from tui.driving import press, settled, until
from tui.frames import frame

from ragtui.runner.launch.prepare import Overrides, prepare
from ragtui.tui.app import RagtuiApp
from ragtui.tui.dialogs.message import MessageScreen
from ragtui.tui.screens.compare import CompareScreen
from ragtui.tui.screens.item import ItemScreen
from ragtui.tui.screens.launch import LaunchScreen
from ragtui.tui.screens.runs import RunsScreen

SIZE = (120, 36)
ITEMS = {f"q{number:02d}": {"input": f"Question {number}?", "expectedOutput": "yes"} for number in range(1, 25)}
SETTINGS = '{"dataset": "faq", "pipeline": {"model": "%s"}, "judges": {"quality": {"model": "judge-1"}}}'


@pytest.fixture
def server(server: StandIn) -> StandIn:
    server.add_dataset("faq", ITEMS)
    return server


def results(level: float, items: list[str], **scores: float) -> dict[str, dict[str, Any]]:
    return {
        item: {"output": f"Answer to {item}", "scores": {"quality": (scores.get(item, level), "because")}}
        for item in items
    }


def varied(found: dict[str, dict[str, Any]], turn: int) -> dict[str, dict[str, Any]]:
    """Never twice the same words and scores: repeats that are copies prove nothing."""
    varied = {item: {**result, "output": f"{result['output']}, time {turn}"} for item, result in found.items()}
    last = list(varied)[-1]
    varied[last]["scores"] = {"quality": (5 - turn % 2, "because")}
    return varied


def add_repeats(server: StandIn, name: str, count: int, start: float, **scores: float) -> None:
    for turn in range(1, count + 1):
        server.add_run(
            "faq", f"{name} #{turn}", varied(results(5, list(ITEMS), **scores), turn),
            start=server.clock() - start + 60 * turn,
            metadata={"ragtui_configuration": SETTINGS % name, "ragtui_repeat": str(turn), "ragtui_run": name},
        )  # fmt: skip


def runs_screen(app: RagtuiApp) -> RunsScreen:
    return next(screen for screen in app.screen_stack if isinstance(screen, RunsScreen))


@pytest.mark.parametrize("size", [SIZE, (80, 24)])
async def test_what_people_said_is_beside_the_item_and_the_board_begins_where_both_sides_were_scored(
    server: StandIn, size: tuple[int, int]
) -> None:
    """Two people rated one answer of the candidate and nobody one of the baseline."""
    add_repeats(server, "base", 1, 86_400 * 3)
    add_repeats(server, "cand", 1, 86_400 * 2)
    span = next(iter(server.stored_items("0000000000000002")))
    for who, value in (("ana", 1), ("ben", 5)):
        body = {"traceId": span.trace_id, "source": "ANNOTATION", "authorUserId": who}
        scores.put(server.store, {**body, "name": "quality", "value": value})
    app = RagtuiApp(["langfuse:faq"])
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await press(pilot, "enter")
        await settled(pilot)
        assert isinstance(app.screen, CompareScreen) and app.screen.metric == "quality"
        await press(pilot, "enter")
        await settled(pilot)
        assert isinstance(app.screen, ItemScreen)
        while app.screen.item != "q01":
            await press(pilot, "]")
            await settled(pilot)
        assert "people say 1 and 5, scored 5" in " ".join(frame(app).split())


async def test_repeats_are_compared_and_drilled_into(server: StandIn) -> None:
    add_repeats(server, "base", 3, 86_400 * 3)
    add_repeats(server, "cand", 3, 86_400 * 2, q07=2)
    app = RagtuiApp(["langfuse:faq"])
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        screen = runs_screen(app)
        assert [(row.label, row.repeats) for row in screen.rows] == [("cand #1", 3), ("base #1", 3)]
        screen.table.move_to(0)
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(app.screen, CompareScreen)
        assert app.screen.result is not None
        assert len(flagged_items(app.screen.result.comparison)) == 1
        await pilot.press("n", "enter")
        await settled(pilot)
        assert isinstance(app.screen, ItemScreen)
        assert app.screen.result.b.item(app.screen.item).question == "Question 7?"
        app.screen.action_open()


async def test_a_split_run_is_one_line_until_it_is_overruled_and_undone(server: StandIn) -> None:
    items = list(ITEMS)
    now = server.clock() - 86_400
    server.add_run("faq", "nightly", results(5, items[:4]), start=now)
    server.add_run("faq", "nightly", results(5, items[4:]), start=now + 30)
    app = RagtuiApp(["langfuse:faq"])
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        screen = runs_screen(app)
        assert len(screen.rows) == 1
        assert len(screen.rows[0].first.parts) == 2
        assert "assembled from 2 parts (4 + 20 items)" in str(screen.rows[0].first.description) + " ".join(
            str(problem) for problem in screen.rows[0].first.problems
        )
        await pilot.press("O")
        await settled(pilot)
        assert len(screen.rows) == 2
        await pilot.press("u")
        screen.read()
        await settled(pilot)
        assert len(screen.rows) == 1


async def test_a_slow_server_costs_no_key_press(server: StandIn) -> None:
    add_repeats(server, "base", 2, 86_400)
    app = RagtuiApp(["langfuse:faq"])
    with server.held():
        async with app.run_test(size=SIZE) as pilot:
            while not any(isinstance(screen, RunsScreen) for screen in app.screen_stack):
                await pilot.pause(0.01)
            screen = runs_screen(app)
            assert screen.reading and not server.requests, "nothing was answered yet"
            await pilot.press("question_mark")
            assert not isinstance(app.screen, RunsScreen)
            await pilot.press("escape")
            assert (app.screen, screen.reading, server.requests) == (screen, True, []), "keys wait for no answer"
            server.release()
            await settled(pilot)
            assert len(screen.rows) == 1


async def test_offline_the_runs_are_shown_as_last_known(server: StandIn) -> None:
    add_repeats(server, "base", 2, 86_400)
    app = RagtuiApp(["langfuse:faq"])
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert len(runs_screen(app).rows) == 1
        assert "experiments" in str(app.screen.query_one("#runs-pane").border_title)
    server.stop()
    again = RagtuiApp(["langfuse:faq"])
    async with again.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: any(isinstance(each, RunsScreen) and each.rows for each in again.screen_stack))
        screen = runs_screen(again)
        assert screen.rows[0].first.as_of is not None
        screen.action_stop_reading()


async def test_a_wrong_key_is_said_without_showing_it(server: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGFUSE_SECRET_KEY", "sk-lf-wrong-and-secret")
    app = RagtuiApp(["langfuse:faq"])
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        empty = str(app.screen.query_one("#empty").render())
        assert "401" in empty or "key" in empty.lower()
        assert "sk-lf-wrong" not in empty


async def test_a_rate_limit_is_a_countdown(server: StandIn) -> None:
    add_repeats(server, "base", 2, 86_400)
    server.fail(Fault("GET", "/experiments", status=429, headers={"Retry-After": "1"}))
    app = RagtuiApp(["langfuse:faq"])
    said: list[str] = []
    with server.held():
        async with app.run_test(size=SIZE) as pilot:
            while app.session is None:
                await pilot.pause(0.01)
            listen = app.session.listen

            def heard(text: str) -> None:
                said.append(text)
                listen(text)

            app.session.listen = heard
            server.release()
            await settled(pilot)
            assert len(runs_screen(app).rows) == 1
    assert any("pause" in text or "rate limit" in text for text in said), said


async def test_a_launched_run_is_published_as_it_goes(
    server: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ragtui.tui.screens.launch as module

    few = Overrides(repeats=1, items=("001", "002", "003"))
    monkeypatch.setattr(module, "prepare", lambda *args, **kwargs: prepare(*args, **{**kwargs, "overrides": few}))
    app = RagtuiApp([str(tmp_path)])
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert app.session is not None
        app.push_screen(LaunchScreen(app.session, None))
        await settled(pilot)
        await press(pilot, "b", "enter")
        await settled(pilot)
        assert "published as it goes" in str(app.screen.query_one("#plan").render())
        await pilot.press("enter")
        await until(pilot, lambda: bool(app.live.runs) and app.live.runs[-1].ended)
        assert app.live.runs[-1].state == "complete"
    assert len(server.stored_items()) == 2 * 3, "three items on two sides"


async def test_what_is_wrong_with_a_hosted_run_is_read_under_p(server: StandIn) -> None:
    add_repeats(server, "base", 2, 86_400 * 3)
    server.add_run("faq", "partial", results(4, list(ITEMS)[:20]), start=server.clock() - 86_400)
    app = RagtuiApp(["langfuse:faq"])
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        screen = runs_screen(app)
        screen.table.move_to(next(place for place, row in enumerate(screen.rows) if row.label == "partial"))
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(app.screen, CompareScreen)
        for _ in ("of the comparison", "of the list"):
            await pilot.press("P")
            await settled(pilot)
            assert isinstance(app.screen, MessageScreen)
            said = " ".join(str(app.screen.query_one("MessageScreen Static", Static).render()).split())
            assert "langfuse:faq/partial: 4 of 24 items are missing: q21, q22, q23, q24" in said
            await pilot.press("escape", "escape")
            await settled(pilot)
