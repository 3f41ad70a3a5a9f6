"""Help made from the keys themselves, so that it cannot drift from them, beside every sign and word of the screens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Input, Static

from ragtui.present.gauge import gauge
from ragtui.present.verdicts import LEGEND
from ragtui.tui.dialogs.glossary import GLOSSARY
from ragtui.tui.guard import Dialog
from ragtui.tui.looks.styles import styles_for
from ragtui.tui.widgets.table.column_table import Column, ColumnTable

SIDE_BY_SIDE = 110
"""Cells from which keys and words stand beside each other."""


@dataclass(frozen=True, slots=True)
class KeyHelp:
    """One action: its keys, what it does, the id under which it can be remapped, and the key that runs it."""

    keys: str
    does: str
    id: str
    press: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list: a heading where it has no left part."""

    left: str
    text: str
    style: str = ""
    press: str = ""


class HelpScreen(Dialog[str | None]):
    """Keys of the screen below, and what signs and words mean; the result is a key to press there.

    Args:
        below: the screen that is explained.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1,question_mark,q", "close", "close", id="help.close", key_display="esc"),
        Binding("slash", "find", "find", id="help.find"),
        Binding("tab", "other", "keys or words", id="help.other", priority=True),
        Binding("m", "manual", "manual", id="help.manual"),
    ]

    def __init__(self, below: Screen[object]) -> None:
        super().__init__()
        self.sections = describe_keys(below)
        self.lines: dict[str, list[Line]] = {"keys": [], "words": []}
        self.words_below = 0
        """Lines of words that stand below the keys, in the same list, where there is no room for two."""

    def compose(self) -> ComposeResult:
        """Two lists, a filter above."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Help"
            dialog.border_subtitle = "↑↓ move · enter runs it · / find · tab keys or words · m manual · esc"
            yield Input(placeholder="/ finds a key, a sign or a word", compact=True, id="help-find")
            with Horizontal():
                yield ColumnTable(id="keys", empty="no key matches")
                yield ColumnTable(id="words", empty="no word matches")
            yield Static(id="help-more", markup=False)

    def on_mount(self) -> None:
        """Show everything; the arrows move at once."""
        self.query_one("#keys").focus()
        self._show("")
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self._show_again())

    def on_resize(self) -> None:
        """One list at a time where there is no room for two; the size it opens with is known already."""
        if self.query("#words") and self.query_one("#words").display != self._has_room:
            self._show_again()

    @property
    def _has_room(self) -> bool:
        return self.app.size.width >= SIDE_BY_SIDE

    def _show_again(self) -> None:
        if self.query("#help-find"):
            self._show(self.query_one("#help-find", Input).value)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._show(event.value)

    @on(Input.Submitted)
    def _found(self) -> None:
        self.query_one("#keys").focus()

    def _show(self, wanted: str) -> None:
        beside = self._has_room
        keys, words = self._key_lines(wanted.lower()), self._word_lines(wanted.lower())
        self.words_below = 0 if beside else len(words)
        if not beside:
            keys, words = [*keys, *words], []
        self._fill("keys", keys)
        self._fill("words", words)
        self.query_one("#words").display = beside

    def _fill(self, name: str, lines: Sequence[Line]) -> None:
        styles = styles_for(self.app)
        self.lines[name] = list(lines)

        def left(row: int) -> Text:
            line = lines[row]
            return Text(line.left, styles[line.style or "accent"])

        def text(row: int) -> Text:
            line = lines[row]
            return Text(line.text, styles["title"] if not line.left else "")

        width = max([8, *(len(line.left) for line in lines)])
        self.query_one(f"#{name}", ColumnTable).set_data(
            [
                Column("left", "", min(width, 18), 0, render=left),
                Column("text", "", 20, 0, flexible=True, render=text),
            ],
            len(lines),
        )

    def _key_lines(self, wanted: str) -> list[Line]:
        out = []
        for heading, keys in self.sections:
            shown = [key for key in keys if wanted in f"{key.keys} {key.does} {key.id}".lower()]
            if shown:
                out.append(Line("", heading))
                out += [
                    Line(key.keys, f"{key.does}  ({key.id})" if wanted else key.does, "", key.press) for key in shown
                ]
        return out

    def _word_lines(self, wanted: str) -> list[Line]:
        gauges = [(gauge(bands), words) for bands, words in ((0.5, "inside the band"), (1.6, "beyond"), (-9.0, "off"))]
        sections: list[tuple[str, list[Line]]] = [
            ("Signs: shape first, word second, colour last",
             [Line(f"{sign.glyph} {sign.word}", meaning, sign.style) for sign, meaning in LEGEND]),
            *((heading, [Line(word, meaning) for word, meaning in entries]) for heading, entries in GLOSSARY),
            ("Gauge: the delta in units of the noise band", [Line(shape.strip(" "), words) for shape, words in gauges]),
            ("Own keys", [Line("config.toml", '[keys]  "compare.next_flagged" = "n": type here to see the ids')]),
        ]  # fmt: skip
        out = []
        for heading, lines in sections:
            shown = [line for line in lines if wanted in f"{line.left} {line.text}".lower()]
            out += [Line("", heading), *shown] if shown else []
        return out

    @on(ColumnTable.RowHighlighted)
    def _moved(self, event: ColumnTable.RowHighlighted) -> None:
        """The line under the cursor in full."""
        if event.stale:
            return
        line = self.lines[event.table.id or "keys"][event.row]
        more = f"{line.left}  {line.text}".strip() if line.left else ""  # a heading stands there in full
        self.query_one("#help-more", Static).update(more)

    @on(ColumnTable.RowSelected)
    def _chosen(self, event: ColumnTable.RowSelected) -> None:
        if event.stale:
            return
        line = self.lines[event.table.id or "keys"][event.row]
        if line.press:
            self.dismiss(line.press)
        else:
            self.app.notify("this explains a sign or a word; keys run", timeout=3)

    def action_find(self) -> None:
        """Type what is looked for."""
        self.query_one("#help-find").focus()

    def action_other(self) -> None:
        """To the other list, or where one list holds both, to its other half; from the filter to the keys."""
        words, keys = self.query_one("#words"), self.query_one("#keys", ColumnTable)
        if keys.has_focus and words.display:
            words.focus()
            return
        if keys.has_focus and not words.display:
            begins = len(self.lines["keys"]) - self.words_below
            there = 0 if keys.cursor >= begins else begins
            keys.move_to(there)
            keys.scroll_to(y=there, animate=False)
        keys.focus()

    def action_manual(self) -> None:
        """Read the manual; leaving it leads back here."""
        from ragtui.tui.dialogs.manual import ManualScreen

        self.app.push_screen(ManualScreen())

    def action_close(self) -> None:
        """Close."""
        self.dismiss(None)


def describe_keys(screen: Screen[object]) -> list[tuple[str, list[KeyHelp]]]:
    """Every key that works on a screen, one line an action: the screen's own, the common ones, then movement."""
    found: dict[str, tuple[list[str], str, str, str]] = {}
    own = [(binding, binding.tooltip) for binding in Binding.make_bindings(type(screen).BINDINGS)]
    active = [(entry.binding, entry.tooltip or entry.binding.tooltip) for entry in screen.active_bindings.values()]
    for binding, tooltip in (*own, *active):
        if binding.system or not binding.description:
            continue
        does = tooltip or binding.description
        keys = found.setdefault(binding.id or binding.action, ([], does, binding.id or "", binding.key))[0]
        shown = screen.app.get_key_display(binding)
        if shown not in keys:
            keys.append(shown)
    sections: dict[str, list[KeyHelp]] = {"This screen": [], "Everywhere": [], "Moving": []}
    for keys, does, binding_id, press in found.values():
        kind = binding_id.partition(".")[0]
        common = {"app": "Everywhere", "screen": "Everywhere", "table": "Moving", "": "Moving"}
        sections[common.get(kind, "This screen")].append(KeyHelp(" ".join(keys), does, binding_id, press))
    return list(sections.items())
