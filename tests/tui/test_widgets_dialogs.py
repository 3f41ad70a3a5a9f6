"""Questions over the screen, by keys and by mouse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.app import App
from textual.screen import ModalScreen
from tui.frames import assert_frame, frame

from ragtui.tui.dialogs.ask import Confirm, TextPrompt
from ragtui.tui.dialogs.picker import Choice, Picker

CHOICES: list[Choice | str] = [
    Choice("text", "Text", "for the terminal"),
    Choice("md", "Markdown", "for a pull request"),
    "json",
]
NOTHING = object()


class DialogApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.answer: object = NOTHING

    def ask(self, dialog: ModalScreen[Any]) -> None:
        self.push_screen(dialog, lambda answer: setattr(self, "answer", answer))


def picker() -> Picker:
    return Picker("Write as [what]?", CHOICES, "md")


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (["enter"], "md"),
        (["down", "enter"], "json"),
        (["up", "up", "enter"], "text"),
        (["pageup", "enter"], "text"),
        (["j", "s", "enter"], "json"),
        (["p", "u", "l", "l", "enter"], "md"),
        (["z", "z", "enter", "backspace", "backspace", "t", "e", "x", "enter"], "text"),
        (["escape"], None),
    ],
)
async def test_picking_by_keys(keys: list[str], answer: str | None) -> None:
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.ask(picker())
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()
        assert app.answer == answer


async def test_picking_by_mouse() -> None:
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.ask(picker())
        await pilot.pause()
        await pilot.click("ColumnTable", offset=(6, 3))
        assert app.answer is NOTHING, "one click moves, two choose"
        await pilot.press("enter")
        await pilot.pause()
        assert app.answer == "json"
        app.ask(picker())
        await pilot.pause()
        await pilot.click("ColumnTable", offset=(6, 1), times=2)
        await pilot.pause()
        assert app.answer == "text"


@pytest.mark.parametrize(
    ("keys", "answer"),
    [(["y"], True), (["n"], False), (["escape"], False), (["enter"], False), (["right", "enter"], True),
     (["tab", "enter"], True), (["left", "h", "enter"], False)],
)  # fmt: skip
async def test_confirming_by_keys(keys: list[str], answer: bool) -> None:
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.ask(Confirm("Cancel the run?", "Finished items are kept.", yes="Cancel run", no="Go on"))
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()
        assert app.answer is answer


async def test_confirming_by_mouse() -> None:
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.ask(Confirm("Cancel the run?"))
        await pilot.pause()
        await pilot.click("#yes")
        await pilot.pause()
        assert app.answer is True


@pytest.mark.parametrize(
    ("keys", "answer"), [(["!", "enter"], "old!"), (["escape"], None), (["backspace"] * 3 + ["enter"], "")]
)
async def test_asking_for_a_line(keys: list[str], answer: str | None) -> None:
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.ask(TextPrompt("Note on faq-0042", "old", hint="an empty note removes it"))
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()
        assert app.answer == answer


async def test_untrusted_titles_are_text() -> None:
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.ask(Confirm("[red]Delete[/red] \x1b[31mit?", "[b]kept[/b]"))
        await pilot.pause()
        assert "[red]Delete[/red] it?" in frame(app) and "[b]kept[/b]" in frame(app)


DIALOGS: dict[str, Callable[[], ModalScreen[Any]]] = {
    "picker": picker,
    "confirm": lambda: Confirm("Cancel the run?", "Finished items are kept.", yes="Cancel run", no="Go on"),
    "prompt": lambda: TextPrompt("Note on faq-0042", "flaky question", hint="an empty note removes it"),
}


@pytest.mark.parametrize("name", DIALOGS)
async def test_frames(name: str) -> None:
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.ask(DIALOGS[name]())
        await pilot.pause()
        assert_frame(app, f"dialog-{name}-80x24")
