"""The trace of an item in the app: read when asked for, kept, given up, refused, and every key of it."""

from typing import Any

import pytest
from langfuse_standin import Fault, StandIn
from textual.pilot import Pilot
from textual.widgets import Static
from tui.driving import press, settled, until

from ragtui.tui.app import RagtuiApp
from ragtui.tui.dialogs.message import MessageScreen
from ragtui.tui.screens.item import ItemScreen
from ragtui.tui.screens.runs import RunsScreen
from ragtui.tui.screens.trace import TraceScreen
from ragtui.tui.widgets.message_line import MessageLine

ITEMS = {f"q{number:02d}": {"input": f"Question {number}?"} for number in range(1, 9)}


@pytest.fixture
def server(server: StandIn) -> StandIn:
    server.add_dataset("faq", ITEMS)
    for day, name, level, version in ((3, "base", 5, 3), (2, "cand", 4, 4)):
        server.add_run("faq", name, answers(level, version), start=server.clock() - day * 86_400)
    return server


def answers(level: float, version: int) -> dict[str, dict[str, Any]]:
    call: dict[str, Any] = {"model": "gpt-x", "parameters": {"temperature": 0.5}, "prompt": ("answer", version)}
    call |= {"cost": 0.0025, "tokens": {"input": 70, "output": 5}, "seconds": 1.5, "session": f"talk {version}"}
    found = {item: {"output": f"Answer to {item}", "scores": {"quality": level}, **call} for item in ITEMS}
    found["q02"]["error"] = "the index \x1b[31mwas\x07 gone"
    return found


async def open_item(pilot: Pilot[None], item: str) -> ItemScreen:
    await settled(pilot)
    runs = pilot.app.screen
    assert isinstance(runs, RunsScreen)
    runs.table.move_to(next(place for place, row in enumerate(runs.rows) if row.label == "cand"))
    await pilot.press("enter")
    await settled(pilot)
    await pilot.press("enter")
    await settled(pilot)
    screen = pilot.app.screen
    assert isinstance(screen, ItemScreen)
    screen._go(item)
    await settled(pilot)
    return screen


def texts(screen: TraceScreen) -> str:
    return str(screen.query_one("#observation").render())


def traces_asked(server: StandIn) -> int:
    return sum("fields" in call.query and ",io," in call.query["fields"] for call in server.asked("GET", "/v2/observ"))


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_the_tree_the_texts_and_the_comments(server: StandIn, size: tuple[int, int]) -> None:
    app = RagtuiApp(["langfuse:faq"])
    async with app.run_test(size=size) as pilot:
        await open_item(pilot, "q02")
        trace = app.screen.shown_results()[1][1].trace_id  # type: ignore[attr-defined]
        server.comments.append({"objectType": "TRACE", "objectId": trace, "content": "see [bold]ticket[/bold] 7"})
        call = next(span.id for span in server.stored_spans() if span.trace_id == trace and span.name == "llm")
        server.comments.append({"objectType": "OBSERVATION", "objectId": call, "content": "the price is wrong"})
        await pilot.press("ctrl+t")
        await settled(pilot)
        screen = app.screen
        assert isinstance(screen, TraceScreen)
        assert screen.trace is not None
        assert [one.depth for one in screen.trace.observations] == [0, 1]
        assert "see [bold]ticket[/bold] 7" in str(screen.query_one("#comments").render())
        assert "status  ERROR: the index" in texts(screen)
        assert "\x1b" not in texts(screen) and "\x07" not in texts(screen)
        assert "turn 2 of 8 in session talk 4" in str(screen.query_one("#comments").render())
        assert "> 2 user: Question 2?" in texts(screen) and "3 assistant: Answer to q03" in texts(screen)
        await pilot.press("j")
        for said in ("gpt-x (temperature 0.5)", "answer@4", "75 tokens (input 70, output 5)", "$0.0025", "1.5s",
                     "the price is wrong"):  # fmt: skip
            assert said in texts(screen), said
        await pilot.press("n")
        assert screen.query_one("#tree").cursor_row == 0  # type: ignore[attr-defined]
        before = traces_asked(server)
        await pilot.press("greater_than_sign")
        await settled(pilot)
        await pilot.press("j")
        assert "answer@3" in texts(screen), "the other side's trace"
        assert traces_asked(server) == before + 1
        await pilot.press("less_than_sign")
        await settled(pilot)
        assert "answer@4" in texts(screen)
        assert traces_asked(server) == before + 1, "what was read once is kept"
        await pilot.press("R")
        await settled(pilot)
        assert traces_asked(server) == before + 2, "unless it is asked for"
        await pilot.press("tab")
        assert screen.query_one("#observation-pane").has_focus
        await pilot.press("escape")
        assert isinstance(app.screen, ItemScreen)


async def test_a_failure_is_said_where_the_tree_would_be_and_asked_again(server: StandIn) -> None:
    app = RagtuiApp(["langfuse:faq"])
    async with app.run_test(size=(120, 36)) as pilot:
        await open_item(pilot, "q01")
        server.fail(Fault("GET", "/v2/observations", status=403, times=1))
        await pilot.press("ctrl+t")
        await settled(pilot)
        screen = app.screen
        assert isinstance(screen, TraceScreen)
        assert "403" in texts(screen) and "R asks again" in texts(screen)
        await pilot.press("R")
        await settled(pilot)
        assert screen.trace is not None and "Answer to q01" in texts(screen)


async def test_leaving_gives_up_and_no_key_waits(server: StandIn) -> None:
    app = RagtuiApp(["langfuse:faq"])
    async with app.run_test(size=(120, 36)) as pilot:
        await open_item(pilot, "q01")
        with server.held():
            await pilot.press("ctrl+t")
            await pilot.press("escape")
            assert isinstance(app.screen, ItemScreen), "the server still has not answered"
        await settled(pilot)
        await pilot.press("ctrl+t")
        await until(pilot, lambda: isinstance(app.screen, TraceScreen) and app.screen.trace is not None)
        assert isinstance(app.screen, TraceScreen) and app.screen.trace is not None


async def test_files_have_no_trace_to_read(tmp_path_factory: pytest.TempPathFactory) -> None:
    from builders import steady, write_run

    folder = tmp_path_factory.mktemp("runs")
    write_run(folder / "base", steady(5, 6, 2, i003=[5, 4]))
    write_run(folder / "cand", steady(4, 6, 2, i003=[2, 4]), day=2, pipeline={"version": "new"})
    app = RagtuiApp([str(folder)])
    async with app.run_test(size=(120, 36)) as pilot:
        await open_item(pilot, "003")
        await press(pilot, "ctrl+t")
        assert isinstance(app.screen, ItemScreen)
        assert "only runs on Langfuse" in app.screen.query_one("#said", MessageLine).text


async def test_a_changed_prompt_is_shown_with_what_changed_in_it(server: StandIn) -> None:
    chat = [{"role": "system", "content": "Be brief. Cite sources."}, {"type": "placeholder", "name": "history"}]
    server.prompts += [
        {"name": "answer", "version": 3, "labels": [], "type": "text", "prompt": "[system]\nBe brief.\n\n{{history}}"},
        {"name": "answer", "version": 4, "labels": ["production"], "type": "chat", "prompt": chat},
    ]
    app = RagtuiApp(["langfuse:faq"])
    async with app.run_test(size=(120, 36)) as pilot:
        await open_item(pilot, "q01")
        await pilot.press("c")
        await settled(pilot)
        assert isinstance(app.screen, MessageScreen)
        shown = str(app.screen.query_one(Static).render())
        assert "- answer@3" in shown and "+ answer@4" in shown
        assert "answer@3 → answer@4" in shown
        assert "Be brief.{+ Cite sources.+}" in shown and "{{history}}" in shown
        asked = len(server.asked("GET", "/v2/prompts/answer"))
        await pilot.press("escape", "c")
        await settled(pilot)
        assert len(server.asked("GET", "/v2/prompts/answer")) == asked == 2, "a version never changes"


async def test_a_prompt_that_is_gone_leaves_the_settings_readable(server: StandIn) -> None:
    app = RagtuiApp(["langfuse:faq"])
    async with app.run_test(size=(120, 36)) as pilot:
        await open_item(pilot, "q01")
        await pilot.press("c")
        await settled(pilot)
        shown = str(app.screen.query_one(Static).render())
        assert "+ answer@4" in shown and "the prompts cannot be read: answer@3: no such prompt" in shown
