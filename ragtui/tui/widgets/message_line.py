"""One line for short messages that go away by themselves."""

from __future__ import annotations

from typing import Literal

from textual import events
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from ragtui.tui.widgets.glyphs import GLYPHS
from ragtui.tui.widgets.table.row_painting import line_of

Tone = Literal["plain", "warning", "error"]


class MessageLine(Widget):
    """The latest message; hidden when there is none. A click, or `clear`, takes it away at once."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    MessageLine {
        height: 1;
        display: none;
        &.-showing { display: block; }
        &.-warning { color: $text-warning; }
        &.-error { color: $text-error; text-style: bold; }
        &:nocolor { color: $foreground; }
    }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self.text = ""
        self._timer: Timer | None = None

    def say(self, text: str, tone: Tone = "plain", seconds: float | None = 5.0) -> None:
        """Show a message in place of the one before. Warnings and errors carry a sign beside their colour.

        Args:
            text: may hold untrusted text.
            tone: how it is drawn.
            seconds: how long; None until cleared.
        """
        self._stop()
        self.text = text if tone == "plain" else f"! {text}"
        self.remove_class("-warning", "-error")
        self.add_class("-showing", *([] if tone == "plain" else [f"-{tone}"]))
        if seconds is not None:
            self._timer = self.set_timer(seconds, self.clear)
        self.refresh()

    def clear(self) -> None:
        """Take the message away."""
        self._stop()
        self.text = ""
        self.remove_class("-showing")

    def on_click(self, _event: events.Click) -> None:
        """Seen."""
        self.clear()

    def render_line(self, y: int) -> Strip:
        """The line."""
        return line_of(f" {self.text}" if not y else "", self.size.width, self.rich_style, GLYPHS.ellipsis)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
