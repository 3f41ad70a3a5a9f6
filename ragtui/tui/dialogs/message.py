"""A message that waits until it has been read."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from ragtui.tui.guard import Dialog
from ragtui.tui.titles import title


class MessageScreen(Dialog[None]):
    """Title, body, and the way out.

    Args:
        title: what this is about.
        body: plain text, never markup.
        hint: what to do about it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "dismiss", "close", id="message.close", key_display="esc"),
    ]

    def __init__(self, title: str, body: str | Text, hint: str = "") -> None:
        super().__init__()
        self.title_text, self.body_text, self.hint = title, body, hint

    def compose(self) -> ComposeResult:
        """One dialog."""
        text = self.body_text if isinstance(self.body_text, Text) else Text(self.body_text)
        if self.hint:
            text = Text.assemble(text, "\n\n", (self.hint, "bold"))
        with Vertical(classes="dialog") as dialog:
            dialog.border_title, dialog.border_subtitle = title(self.title_text), "esc closes"
            with VerticalScroll():
                yield Static(text)

    async def action_dismiss(self, result: None = None) -> None:
        """Close."""
        self.dismiss(result)
