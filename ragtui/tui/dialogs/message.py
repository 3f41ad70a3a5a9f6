"""A message that waits until it has been read."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from ragtui.tui.guard import Dialog
from ragtui.tui.looks.titles import title


class MessageScreen(Dialog[None]):
    """Title, body, and the way out.

    Args:
        title: what this is about.
        body: plain text, never markup.
        hint: what to do about it.
        wide: long text, for which the screen is used.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "dismiss", "close", id="message.close", key_display="esc"),
        Binding("j", "scroll('down')", "down", id="message.down", show=False),
        Binding("k", "scroll('up')", "up", id="message.up", show=False),
        Binding("g", "scroll('home')", "top", id="message.top", show=False),
        Binding("G", "scroll('end')", "bottom", id="message.bottom", show=False),
        Binding("ctrl+d", "scroll('half_down')", "half a page down", id="message.half_down", show=False),
        Binding("ctrl+u", "scroll('half_up')", "half a page up", id="message.half_up", show=False),
    ]

    def __init__(self, title: str, body: str | Text, hint: str = "", *, wide: bool = False) -> None:
        super().__init__(classes="-wide-text" if wide else None)
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

    def show_body(self, text: Text) -> None:
        """Another body, as more became known; nothing once it was closed."""
        if self.is_attached:
            self.query_one(Static).update(text)

    def on_mount(self) -> None:
        """Scroll at once."""
        self.query_one(VerticalScroll).focus()

    def action_scroll(self, how: str) -> None:
        """Scroll as in every list."""
        pane = self.query_one(VerticalScroll)
        half = max(1, pane.size.height // 2)
        if how in ("home", "end"):
            (pane.scroll_home if how == "home" else pane.scroll_end)(animate=False)
        else:
            step = {"down": 1, "up": -1, "half_down": half, "half_up": -half}[how]
            pane.scroll_relative(y=step, animate=False)

    async def action_dismiss(self, result: None = None) -> None:
        """Close."""
        self.dismiss(result)
