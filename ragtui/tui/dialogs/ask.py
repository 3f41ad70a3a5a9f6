"""Small questions over the screen: yes or no, and one line of text."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.suggester import Suggester
from textual.widgets import Button, Input, Static

from ragtui.tui.guard import Dialog
from ragtui.tui.looks.titles import title
from ragtui.tui.widgets.key_line import KeyLine
from ragtui.tui.widgets.table.cell_text import cell_line

DIALOG_CSS = """
    {name} {{
        align: center middle;
        background: $background 60%;
        & > .dialog-box {{
            width: 72; max-width: 94%; height: auto; max-height: 90%;
            border: round $primary; border-title-style: bold; border-title-color: $text-primary;
            background: $surface; padding: 0 1;
        }}
        & KeyLine {{ background: $surface; }}
        & Static {{ width: 1fr; height: auto; }}
    }}
"""


class Confirm(Dialog[bool]):
    """Asks before something that cannot be taken back; the result is the answer. No is the answer at hand.

    Args:
        title: what is about to happen, as a question.
        details: what exactly, and what is kept.
        yes: words of the button that goes ahead.
        no: words of the button that does not.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "yes", id="dialog.yes"),
        Binding("n", "answer(False)", "no", id="dialog.no"),
        Binding("left,right,h,l", "other", "other answer", id="dialog.other", show=False),
        Binding("escape", "answer(False)", "cancel", id="dialog.cancel", show=False),
    ]
    DEFAULT_CSS = (
        DIALOG_CSS.format(name="Confirm")
        + """
    Confirm #buttons { height: auto; align-horizontal: right; padding: 1 0; }
    Confirm Button { margin-left: 2; min-width: 0; width: auto; padding: 0 2; }
    Confirm Button:focus { text-style: reverse bold; }
    """
    )

    def __init__(self, title: str, details: str = "", *, yes: str = "Yes", no: str = "No") -> None:
        super().__init__()
        self._title, self._details, self._words = cell_line(title), details, (no, yes)

    def compose(self) -> ComposeResult:
        """Question and two buttons."""
        with Vertical(classes="dialog-box") as box:
            box.border_title = title(self._title)
            yield Static(self._details, markup=False)
            with Horizontal(id="buttons"):
                yield Button(self._words[0], id="no", compact=True)
                yield Button(self._words[1], id="yes", compact=True)
            yield KeyLine()

    def on_mount(self) -> None:
        """The harmless answer first."""
        self.query_one("#no").focus()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")

    def action_answer(self, yes: bool) -> None:
        """Answer."""
        self.dismiss(yes)

    def action_other(self) -> None:
        """Go to the other button."""
        self.focus_next(Button)


class TextPrompt(Dialog[str | None]):
    """Asks for one line of text; the result is the line, or None when left.

    Args:
        title: what is asked.
        text: to begin with.
        hint: said below, such as what an empty line means.
        suggester: completes what is typed; the right arrow or tab takes what it shows.
        replaced: the text is a mere proposal: the first key typed takes its place.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "accept", "save", id="prompt.save", priority=True),
        Binding("escape", "leave", "cancel", id="prompt.cancel", priority=True),
        Binding("tab", "complete", "complete", id="prompt.complete", priority=True, show=False),
    ]
    DEFAULT_CSS = (
        DIALOG_CSS.format(name="TextPrompt")
        + """
    TextPrompt Input, TextPrompt Input:focus { border: none; padding: 0; height: 1; margin: 1 0; }
    TextPrompt #hint { color: $text-muted; }
    """
    )

    def __init__(
        self, title: str, text: str = "", *, hint: str = "", suggester: Suggester | None = None, replaced: bool = False
    ) -> None:
        super().__init__()
        self._title, self._text, self._hint = cell_line(title), cell_line(text), hint
        self._suggester, self._replaced = suggester, replaced

    def compose(self) -> ComposeResult:
        """Input and hint."""
        with Vertical(classes="dialog-box") as box:
            box.border_title = title(self._title)
            yield Input(self._text, select_on_focus=False, suggester=self._suggester)
            if self._hint:
                yield Static(self._hint, id="hint", markup=False)
            yield KeyLine()

    def on_mount(self) -> None:
        """Type at once, after what is there or in its place."""
        line = self.query_one(Input)
        line.focus()
        if self._replaced:
            line.select_all()
        else:
            line.cursor_position = len(line.value)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Tab completes where there is something to complete with."""
        return self._suggester is not None if action == "complete" else True

    def action_complete(self) -> None:
        """Take what is suggested."""
        self.query_one(Input).action_cursor_right()

    def action_accept(self) -> None:
        """Take the line."""
        self.dismiss(self.query_one(Input).value)

    def action_leave(self) -> None:
        """Take nothing."""
        self.dismiss(None)
