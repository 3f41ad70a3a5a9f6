"""Choose one of a list, by typing part of it or by moving to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from ragtui.tui.dialogs.ask import DIALOG_CSS
from ragtui.tui.guard import Dialog
from ragtui.tui.looks.titles import title
from ragtui.tui.widgets.glyphs import GLYPHS
from ragtui.tui.widgets.key_line import KeyLine
from ragtui.tui.widgets.table.cell_text import cell_line
from ragtui.tui.widgets.table.column_table import Column, ColumnTable


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the list: the result when chosen, what is shown, and more about it."""

    key: str
    label: str = ""
    about: str = ""

    @property
    def shown(self) -> str:
        """Label, or the key without one."""
        return self.label or self.key


class Picker(Dialog[str | None]):
    """Type to narrow the list, enter or a double click to choose; the result is a key, or None when left.

    Args:
        title: what is chosen.
        choices: the list; a plain text is a choice of that key.
        current: key of the choice in force, marked and under the cursor at first.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "choose", id="picker.choose", priority=True),
        Binding("escape", "leave", "cancel", id="picker.cancel", priority=True),
        Binding("down,ctrl+n", "move(1)", "next", id="picker.down", show=False, priority=True),
        Binding("up,ctrl+p", "move(-1)", "previous", id="picker.up", show=False, priority=True),
        Binding("pagedown", "leap(1)", "page down", id="picker.page_down", show=False, priority=True),
        Binding("pageup", "leap(-1)", "page up", id="picker.page_up", show=False, priority=True),
    ]
    DEFAULT_CSS = (
        DIALOG_CSS.format(name="Picker")
        + """
    Picker Input, Picker Input:focus { border: none; padding: 0; height: 1; }
    Picker ColumnTable { height: auto; max-height: 16; min-height: 3; }
    """
    )

    def __init__(self, title: str, choices: Sequence[Choice | str], current: str | None = None) -> None:
        super().__init__()
        self._title = cell_line(title)
        self._choices = [Choice(choice) if isinstance(choice, str) else choice for choice in choices]
        self._current = current

    def compose(self) -> ComposeResult:
        """Input over the list."""
        with Vertical(classes="dialog-box") as box:
            box.border_title = title(self._title)
            yield Input(placeholder="type to narrow the list", select_on_focus=False)
            yield ColumnTable(empty="nothing matches")
            yield KeyLine()

    @property
    def table(self) -> ColumnTable:
        """The list."""
        return self.query_one(ColumnTable)

    def on_mount(self) -> None:
        """Fill the list."""
        widest = max([8, *(len(choice.shown) for choice in self._choices)])
        self.table.can_focus = False
        self.table.set_data(
            [
                Column("current", "", 1, render=self._mark),
                Column(
                    "label",
                    "",
                    min(widest, 30),
                    flexible=True,
                    cut="middle",
                    render=lambda row: Text(self._choices[row].shown),
                ),
                Column("about", "", 24, 1, flexible=True, render=lambda row: Text(self._choices[row].about, "dim")),
            ],
            len(self._choices),
        )
        keys = [choice.key for choice in self._choices]
        if self._current in keys:
            self.table.move_to(keys.index(self._current))
        self.query_one(Input).focus()

    def _mark(self, row: int) -> str:
        return GLYPHS.pointer if self._choices[row].key == self._current else ""

    @on(Input.Changed)
    def _narrow(self, event: Input.Changed) -> None:
        words = event.value.lower().split()
        texts = [f"{choice.key} {choice.shown} {choice.about}".lower() for choice in self._choices]
        self.table.set_order(np.flatnonzero([all(word in text for word in words) for text in texts]))

    @on(ColumnTable.RowSelected)
    def _opened(self, event: ColumnTable.RowSelected) -> None:
        if not event.stale:
            self.dismiss(self._choices[event.row].key)

    def action_choose(self) -> None:
        """Take the choice under the cursor."""
        if (row := self.table.cursor_row) is not None:
            self.dismiss(self._choices[row].key)

    def action_move(self, step: int) -> None:
        """Move the cursor."""
        self.table.cursor += step

    def action_leap(self, step: int) -> None:
        """Move the cursor by a page."""
        self.table.cursor += step * self.table.page

    def action_leave(self) -> None:
        """Take nothing."""
        self.dismiss(None)
