"""The filter line: opened by `/`, filters as one types."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from ragtui.present.filters import parse_filter

DELAY = 0.08


class FilterBar(Horizontal):
    """Hidden until opened; escape clears and closes, enter keeps.

    Args:
        text: the filter in force.
    """

    DEFAULT_CSS = """
    FilterBar { height: 1; display: none; }
    FilterBar > Static { width: auto; padding: 0 1; }
    FilterBar > Input { width: 1fr; }
    """

    class Changed(Message):
        """The text changed."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Closed(Message):
        """Typing is over; the filter may still be in force."""

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self.text = text
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """A prompt and the line."""
        yield Static("/")
        yield Input(self.text, placeholder="words, key:value, key:>0.5, !not", compact=True)

    def open(self) -> None:
        """Show the line and take the keys."""
        self.display = True
        self.query_one(Input).focus()

    def clear(self) -> None:
        """Drop the filter and close."""
        self.query_one(Input).value = ""
        self.close()

    def close(self) -> None:
        """Hide the line."""
        self.display = False
        self.post_message(self.Closed())

    def key_escape(self) -> None:
        """Clear and close."""
        self.clear()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.close()

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(DELAY, self._announce)

    def _announce(self) -> None:
        text = self.query_one(Input).value
        if text != self.text:
            self.text = text
            problem = parse_filter(text).problem
            if problem:
                self.app.notify(problem, severity="warning", markup=False)
            self.post_message(self.Changed(text))
