"""Columns of a score table: what was guessed and why, changed where wrong, confirmed and remembered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from ragtui.errors import RagtuiError
from ragtui.places import real_path
from ragtui.present.clean import one_line
from ragtui.sources.columns import ColumnMap
from ragtui.sources.table.opening import preview_table
from ragtui.tui.dialogs.picker import Picker
from ragtui.tui.guard import Dialog
from ragtui.tui.looks.titles import title
from ragtui.tui.session import Session
from ragtui.tui.widgets.table.column_table import Column, ColumnTable

SINGLE = (
    "repeat", "judge", "metric", "score", "question", "expected", "output", "rationale", "contexts", "error", "status",
    "latency", "cost", "tokens",
)  # fmt: skip
SEVERAL = ("item", "run", "metrics", "higher_is_better", "lower_is_better", "arms")
ROLES = (*SEVERAL[:-1], *SINGLE, "arms", "missing_values")
NOTHING = "(none)"
TABLES = (
    ".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".yaml", ".yml", ".parquet", ".xlsx", ".sqlite", ".sqlite3", ".db",
    ".md", ".markdown", ".txt", ".html", ".htm",
)  # fmt: skip


class ColumnsScreen(Dialog[bool]):
    """Confirm a table's column map; dismissed with True when it was stored.

    Args:
        session: the shared session.
        path: the table.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "cancel", id="columns.cancel"),
        Binding("enter", "change", "change", id="columns.change"),
        Binding("c", "confirm", "confirm", id="columns.confirm"),
        Binding("a", "guess", "guess again", id="columns.guess"),
    ]

    def __init__(self, session: Session, path: Path) -> None:
        super().__init__()
        self.session = session
        self.path = path
        stored = session.state.columns.get(self.key)
        known = ColumnMap.from_dict(dict(stored)) if stored else None
        self.preview = preview_table(self.path, known.arms if known else None)
        self.map = known or self.preview.guess

    @property
    def key(self) -> str:
        """Under which the confirmed map is remembered."""
        return str(real_path(self.path))

    def compose(self) -> ComposeResult:
        """Roles, and the first rows of the table."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = title(f"Columns of {self.path.name}")
            dialog.border_subtitle = "enter changes · c confirms · a guesses again · esc leaves it"
            yield Static(self._rows())
            yield ColumnTable(id="roles")

    def on_mount(self) -> None:
        """Show the map."""
        self.query_one("#roles").styles.height = len(ROLES) + 1
        self._show()
        self.query_one("#roles").focus()

    def _rows(self) -> Text:
        out = Text()
        out.append("first rows\n", "dim")
        for row in self.preview.rows[:3]:
            cells = [f"{one_line(name)}={one_line(str(row.get(name, '')))[:24]}" for name in self.preview.columns[:8]]
            out.append(f"  {' · '.join(cells)}\n")
        return out

    def _show(self) -> None:
        def columns_of(row: int) -> Text:
            value = getattr(self.map, ROLES[row])
            if ROLES[row] == "missing_values":
                value = tuple(f"{number:g}" for number in self._failures())
            return Text(one_line(", ".join(value) if isinstance(value, tuple) else value) or "—")

        def reason(row: int) -> Text:
            return Text(one_line(str(self.map.reasons.get(ROLES[row], ""))), "dim")

        table = self.query_one("#roles", ColumnTable)
        table.set_data(
            [
                Column("role", "role", 16, 0, render=lambda row: Text(ROLES[row])),
                Column("columns", "column", 30, 0, flexible=True, render=columns_of),
                Column("reason", "why", 40, 1, render=reason),
            ],
            len(ROLES),
        )

    @on(ColumnTable.RowSelected)
    def _selected(self) -> None:
        self.action_change()

    def action_change(self) -> None:
        """Choose the column of the role under the cursor."""
        row = self.query_one("#roles", ColumnTable).cursor_row
        if row is None:
            return
        role = ROLES[row]

        def chosen(name: str | None) -> None:
            if name is not None:
                self.map = replace(self.map, **self._changed(role, name), reasons={}, confidence=1.0)
                self._show()

        def sides(name: str | None) -> None:
            if name is not None:  # other columns stand there then: everything is guessed anew
                self.preview = preview_table(self.path, () if name == NOTHING else self.preview.arms)
                self.map = self.preview.guess
                self._show()
                self.query_one(Static).update(self._rows())

        if role == "missing_values":
            found = [f"{number:g}" for number in self._suspected()]
            self.app.push_screen(Picker("Numbers that mean no score", [NOTHING, *found]), chosen)
            return
        if role == "arms":
            found = [", ".join(self.preview.arms)] if self.preview.arms else []
            self.app.push_screen(Picker("Configurations side by side", [NOTHING, *found]), sides)
            return
        self.app.push_screen(Picker(f"Column for {role}", [NOTHING, *self.preview.columns]), chosen)

    def _failures(self) -> tuple[float, ...]:
        """Numbers that are in no mean: suspected, or said to mean nothing."""
        suspected = (number for numbers in self.map.failed_values.values() for number in numbers)
        return tuple(dict.fromkeys((*self.map.missing_values, *suspected)))

    def _suspected(self) -> tuple[float, ...]:
        return tuple(dict.fromkeys(n for numbers in self.preview.guess.failed_values.values() for n in numbers))

    def _changed(self, role: str, name: str) -> dict[str, Any]:
        if role == "missing_values":
            if name == NOTHING:
                return {role: (), "failed_values": {}}
            held = {*self._failures()} ^ {float(name)}
            return {role: tuple(sorted(held)), "failed_values": {}}
        if role not in SEVERAL:
            return {role: "" if name == NOTHING else name}
        known: tuple[str, ...] = getattr(self.map, role)
        if name == NOTHING:
            return {role: ()}
        return {role: tuple(other for other in known if other != name) if name in known else (*known, name)}

    def action_guess(self) -> None:
        """Go back to the guess."""
        self.map = self.preview.guess
        self._show()

    def action_confirm(self) -> None:
        """Check the map and remember it."""
        try:
            self.map.check(self.preview.columns)
        except RagtuiError as error:
            self.app.notify(str(error), severity="warning", markup=False)
            return
        columns = {**self.session.state.columns, self.key: self.map.to_dict()}
        self.session.decide(replace(self.session.state, columns=columns), f"columns of {self.path.name}")
        self.dismiss(True)

    def action_cancel(self) -> None:
        """Leave the map as it was."""
        self.dismiss(False)
