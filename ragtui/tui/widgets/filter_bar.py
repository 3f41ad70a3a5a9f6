"""The filter line: hidden until opened, posts what is typed, stays visible while it filters."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from ragtui.present.filters import parse_filter, unknown_field, without_last

DEBOUNCE_SECONDS = 0.08


class FilterBar(Horizontal):
    """One line to type conditions into.

    Enter keeps the filter and leaves the line; escape clears it and leaves; ctrl+w takes the last condition off.

    Args:
        text: the filter to begin with.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "keep", "keep", id="filter.keep", tooltip="keep the filter, back to the list", priority=True),
        Binding("escape", "drop", "clear", id="filter.clear", tooltip="show everything again", priority=True),
        Binding("ctrl+w", "peel", "drop last", id="filter.peel", tooltip="drop the last condition", priority=True),
        Binding("down", "keep", "to the list", id="filter.leave", show=False, priority=True),
    ]  # fmt: skip
    DEFAULT_CSS = """
    FilterBar {
        height: 1;
        display: none;
        & > #filter-sign { width: 3; color: $text-accent; text-style: bold; }
        & > Input, & > Input:focus { border: none; padding: 0; height: 1; width: 1fr; background: transparent; }
        & > #filter-hint { width: auto; max-width: 60%; color: $text-muted; padding: 0 1; }
        &.-open { display: block; }
        &:nocolor > #filter-sign { color: $foreground; }
    }
    """

    class FilterMessage(Message):
        """Something about a filter line."""

        def __init__(self, bar: FilterBar) -> None:
            super().__init__()
            self.bar = bar

        @property
        def control(self) -> FilterBar:
            """The line, for selectors of `on`."""
            return self.bar

    class Changed(FilterMessage):
        """The filter is another one; at most every 80 ms while someone types."""

        def __init__(self, bar: FilterBar, text: str) -> None:
            super().__init__(bar)
            self.text = text

    class Closed(FilterMessage):
        """The line was left."""

    def __init__(self, text: str = "", *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self.known: Callable[[], Collection[str]] = tuple
        self._posted = text
        self._pending: Timer | None = None

    def compose(self) -> ComposeResult:
        """Sign, input, hint."""
        yield Static(" / ", id="filter-sign", markup=False)
        yield Input(self._posted, placeholder="words, key:value, key:>0.5, age:<7d, !not", select_on_focus=False)
        yield Static(id="filter-hint", markup=False)

    def on_mount(self) -> None:
        """Show a filter that was stored."""
        self.set_class(bool(self._posted), "-open")

    @property
    def text(self) -> str:
        """What is typed."""
        return self.query_one(Input).value

    @property
    def waiting(self) -> bool:
        """Whether something was typed that is not posted yet."""
        return self._pending is not None

    def open(self) -> None:
        """Show the line and type into it."""
        self.add_class("-open")
        line = self.query_one(Input)
        line.focus()
        line.cursor_position = len(line.value)

    def set_text(self, text: str) -> None:
        """Filter by something else, without typing."""
        self._write(text)
        self._post()
        self.set_class(bool(text), "-open")

    def clear(self) -> None:
        """Filter nothing, and hide the line."""
        self._write("")
        self._post()
        self.remove_class("-open")

    def action_keep(self) -> None:
        """Leave the line and keep the filter."""
        self._post()
        self.set_class(bool(self.text.strip()), "-open")
        self.post_message(self.Closed(self))

    def action_drop(self) -> None:
        """Clear the filter and leave the line."""
        self.clear()
        self.post_message(self.Closed(self))

    def action_peel(self) -> None:
        """Take the last condition off."""
        self._write(without_last(self.text))
        self._post()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        wanted, known = parse_filter(event.value), self.known()
        hint = wanted.problem or (unknown_field(wanted, known) if known else "")
        self.query_one("#filter-hint", Static).update(hint)
        if self._pending is not None:
            self._pending.stop()
        self._pending = self.set_timer(DEBOUNCE_SECONDS, self._post)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()

    def on_click(self, _event: events.Click) -> None:
        """A click anywhere on the line is a wish to type."""
        self.open()

    def _write(self, text: str) -> None:
        line = self.query_one(Input)
        line.value = text
        line.cursor_position = len(text)

    def _post(self) -> None:
        if self._pending is not None:
            self._pending.stop()
            self._pending = None
        if self.text != self._posted:
            self._posted = self.text
            self.post_message(self.Changed(self, self._posted))
