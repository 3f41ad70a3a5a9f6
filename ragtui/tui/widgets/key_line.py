"""The bottom line: the keys that do something here, as many as fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual import events
from textual.binding import Binding
from textual.keys import REPLACED_KEYS, key_to_character
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from ragtui.tui.widgets.table.cell_text import Run, cell_line
from ragtui.tui.widgets.table.row_painting import strip_of

KEPT = ("app.help", "screen.back")
"""Ids of bindings that stay at the end of the line however narrow it is: the way to all others, and the way back."""
_BETWEEN = 2


@dataclass(frozen=True, slots=True)
class ShownKey:
    """A key on the line: what to press, what it does, and the key to simulate on a click."""

    display: str
    does: str
    key: str
    kept: bool = False

    @property
    def width(self) -> int:
        """Cells of the key with its word."""
        return cell_len(self.display) + cell_len(self.does) + bool(self.does)


def fit_keys(keys: Sequence[ShownKey], width: int) -> list[ShownKey]:
    """The keys that fit, in order: those to be kept at the end, and before them the first ones that leave room."""
    kept = [key for key in keys if key.kept]
    room = width - 2 - sum(key.width for key in kept) - _BETWEEN * max(len(kept) - 1, 0)
    shown = []
    for key in keys:
        if key.kept:
            continue
        if key.width + _BETWEEN > room:
            break
        shown.append(key)
        room -= key.width + _BETWEEN
    return shown + kept


def shown_keys(screen: Screen[object]) -> list[ShownKey]:
    """Bindings marked `show` from the focused widget outwards, one entry an action, screens' common ones last.

    A screen's `key_words` say by id what a key does at the moment, where that changes; "" where it does nothing.

    A binding that a widget hides behind its own quiet one of the same key is still shown: the table's enter leads to
    the screen's enter.
    """
    app, taken = screen.app, set[str]()
    found: list[Binding] = []
    for node, bindings in screen._modal_binding_chain:
        mine: dict[str, Binding] = {}
        for key, binding in bindings:
            free = key not in taken and not _typed(screen.focused, key)
            if binding.show and free and app._check_action_state(binding.action, node) is not False:
                mine.setdefault(binding.action, binding)
        taken.update(binding.key for binding in mine.values())
        found += mine.values()
    words: Mapping[str, str] = getattr(screen, "key_words", {})
    found.sort(key=lambda binding: (binding.id or "").startswith(("screen.", "app.")))
    return [
        ShownKey(
            _display(screen, binding),
            words.get(binding.id or "", binding.description),
            binding.key,
            (binding.id or "") in KEPT,
        )
        for binding in found
        if words.get(binding.id or "") != ""
    ]


def _typed(focused: Widget | None, key: str) -> bool:
    """Whether the focused widget takes the key as text, as an input line does."""
    # Textual looks its friendly names up as they are, and so takes no slash for a character.
    character = key_to_character(REPLACED_KEYS.get(key, key))
    return focused is not None and character is not None and focused.check_consume_key(key, character)


def _display(screen: Screen[object], binding: Binding) -> str:
    shown = screen.app.get_key_display(binding)
    plain = shown.isascii()
    if (plain and _typed(screen.focused, shown)) or not (plain or not getattr(screen.app, "ascii_only", False)):
        shown = binding.key
    return cell_line(shown)


class KeyLine(Widget):
    """One line of keys made from the bindings at hand, so that it cannot drift from them; each can be clicked."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES = {"key-line--key"}
    DEFAULT_CSS = """
    KeyLine {
        height: 1;
        color: $text-muted;
        & > .key-line--key { color: $text-accent; text-style: bold; }
        &:ansi { color: ansi_default; }
        &:nocolor > .key-line--key { color: $foreground; text-style: bold; }
    }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._keys: list[ShownKey] = []

    def on_mount(self) -> None:
        """Follow the focus."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)
        self._changed(self.screen)

    def _changed(self, screen: Screen[object]) -> None:
        if screen is self.screen and self.is_attached:
            self._keys = shown_keys(screen)
            self.refresh()

    @property
    def fitting(self) -> list[ShownKey]:
        """Keys drawn at the present width."""
        return fit_keys(self._keys, self.size.width)

    def render_line(self, y: int) -> Strip:
        """The line."""
        if y:
            return Strip.blank(self.size.width, self.rich_style)
        key_style = self.get_component_rich_style("key-line--key", partial=True)
        plain = key_style.null()
        runs: list[Run] = [(" ", plain)]
        for place, key in enumerate(self.fitting):
            runs += [(" " * _BETWEEN * bool(place), plain), (key.display, key_style)]
            runs += [(f" {key.does}", plain)] if key.does else []
        return strip_of(runs, self.rich_style, self.size.width)

    def on_click(self, event: events.Click) -> None:
        """Press the key clicked."""
        x = 1
        for key in self.fitting:
            if x <= event.x < x + key.width:
                self.app.simulate_key(key.key)
                return
            x += key.width + _BETWEEN
