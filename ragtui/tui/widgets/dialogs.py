"""Small questions: pick one, yes or no, a line of text. Keyboard and mouse, escape always means no."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, OptionList, Static
from textual.widgets.option_list import Option

_CSS = """
Picker, Confirm, TextPrompt { align: center middle; background: $background 70%; }
.question { width: 64; max-width: 95%; height: auto; max-height: 80%; border: round $primary; padding: 0 1; background: $surface; }
.question OptionList { height: auto; max-height: 16; border: none; }
.question Horizontal { height: auto; align-horizontal: right; }
"""


class Picker(ModalScreen[str | None]):
    """Choose one of a list; typing narrows it.

    Args:
        title: what is chosen.
        choices: plain texts.
    """

    DEFAULT_CSS = _CSS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "none", "cancel", id="picker.cancel"),
        Binding("down", "move(1)", "down", show=False),
        Binding("up", "move(-1)", "up", show=False),
    ]

    def __init__(self, title: str, choices: Sequence[str]) -> None:
        super().__init__()
        self.title_text, self.choices = title, list(choices)
        self.shown = list(choices)

    def compose(self) -> ComposeResult:
        """A line to narrow, the list."""
        with Vertical(classes="question") as box:
            box.border_title, box.border_subtitle = self.title_text, "enter chooses · esc cancels"
            yield Input(placeholder="type to narrow", compact=True)
            yield OptionList()

    def on_mount(self) -> None:
        """Show all choices."""
        self._narrow("")
        self.query_one(Input).focus()

    def _narrow(self, wanted: str) -> None:
        self.shown = [choice for choice in self.choices if wanted.lower() in choice.lower()]
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([Option(Text(choice)) for choice in self.shown])
        if self.shown:
            options.highlighted = 0

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._narrow(event.value)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        place = self.query_one(OptionList).highlighted
        if place is not None and place < len(self.shown):
            self.dismiss(self.shown[place])

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self.shown[event.option_index])

    def action_move(self, step: int) -> None:
        """Move in the list while the line has the keys."""
        options = self.query_one(OptionList)
        if self.shown:
            options.highlighted = ((options.highlighted or 0) + step) % len(self.shown)

    def action_none(self) -> None:
        """Choose nothing."""
        self.dismiss(None)


class Confirm(ModalScreen[bool]):
    """Yes or no.

    Args:
        question: what would be done.
    """

    DEFAULT_CSS = _CSS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "yes", id="confirm.yes"),
        Binding("n,escape", "answer(False)", "no", id="confirm.no"),
    ]

    def __init__(self, question: str) -> None:
        super().__init__()
        self.question_text = question

    def compose(self) -> ComposeResult:
        """The question and two buttons; no is where the focus is."""
        with Vertical(classes="question"):
            yield Static(Text(self.question_text))
            with Horizontal():
                yield Button("yes (y)", id="yes")
                yield Button("no (n)", id="no")

    def on_mount(self) -> None:
        """No is the safe answer."""
        self.query_one("#no").focus()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")

    def action_answer(self, yes: bool) -> None:
        """Answer by key."""
        self.dismiss(yes)


class TextPrompt(ModalScreen[str | None]):
    """A line of text; None when cancelled.

    Args:
        title: what is asked.
        value: where to start from.
    """

    DEFAULT_CSS = _CSS
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "none", "cancel", id="prompt.cancel")]

    def __init__(self, title: str, value: str = "") -> None:
        super().__init__()
        self.title_text, self.value = title, value

    def compose(self) -> ComposeResult:
        """One line."""
        with Vertical(classes="question") as box:
            box.border_title, box.border_subtitle = self.title_text, "enter keeps · esc cancels"
            yield Input(self.value, compact=True)

    def on_mount(self) -> None:
        """Type at once."""
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value)

    def action_none(self) -> None:
        """Ask nothing."""
        self.dismiss(None)
