"""Help made from the keys themselves, so that it cannot drift from them, with the legend of signs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import Screen
from textual.widgets import Input, Static

from ragtui.present.gauge import gauge
from ragtui.present.verdicts import LEGEND
from ragtui.tui.guard import Dialog
from ragtui.tui.styles import styles_for


class HelpScreen(Dialog[None]):
    """Keys of the screen below, and what the signs mean.

    Args:
        below: the screen that is explained.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1", "close", "close", id="help.close", key_display="esc"),
    ]

    def __init__(self, below: Screen[object]) -> None:
        super().__init__()
        self.sections = describe_keys(below)

    def compose(self) -> ComposeResult:
        """Filter, keys, legend."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title, dialog.border_subtitle = "Help", "type to filter · esc closes"
            yield Input(placeholder="filter keys", compact=True)
            with VerticalScroll():
                yield Static(id="keys")

    def on_mount(self) -> None:
        """Show every key."""
        self.query_one(Input).focus()
        self._show("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter as one types."""
        self._show(event.value)

    def _show(self, wanted: str) -> None:
        styles = styles_for(self.app)
        out, roomy = Text(), self.app.size.width >= 100
        for title, lines in self.sections:
            shown = [line for line in lines if wanted.lower() in f"{line.keys} {line.does} {line.id}".lower()]
            if shown:
                out.append(f"{title}\n", styles["title"])
            for line in shown:
                out.append(f"  {line.keys:<12} ", styles["accent"])
                out.append(f"{line.does:<52} {line.id}\n" if roomy else f"{line.does}\n")
        if not out:
            out.append("no key matches\n", styles["muted"])
        if not wanted:
            out.append_text(_legend(styles))
        self.query_one("#keys", Static).update(out)

    def action_close(self) -> None:
        """Close."""
        self.dismiss(None)


def _legend(styles: Mapping[str, Style]) -> Text:
    out = Text()
    out.append("\nSigns: shape first, word second, colour last\n", styles["title"])
    for sign, meaning in LEGEND:
        out.append(f"  {sign.glyph} ", styles[sign.style])
        out.append(f"{sign.word:<18} {meaning}\n")
    out.append("\nGauge: the delta in units of the noise band\n", styles["title"])
    for bands, meaning in ((0.5, "inside the band"), (1.6, "beyond it"), (-9.0, "off the scale")):
        out.append(f"  {gauge(bands)}  {meaning}\n")
    out.append('\nRemap a key in config.toml:  [keys]  "compare.next_flagged" = "n"\n', styles["muted"])
    return out


@dataclass(frozen=True, slots=True)
class KeyHelp:
    """One action: its keys, what it does, and the id under which it can be remapped."""

    keys: str
    does: str
    id: str


def describe_keys(screen: Screen[object]) -> list[tuple[str, list[KeyHelp]]]:
    """Every key that works on a screen, one line an action: the screen's own, the common ones, then movement."""
    found: dict[str, tuple[list[str], str, str]] = {}
    own = [(binding, binding.tooltip) for binding in Binding.make_bindings(type(screen).BINDINGS)]
    active = [(entry.binding, entry.tooltip or entry.binding.tooltip) for entry in screen.active_bindings.values()]
    for binding, tooltip in (*own, *active):
        if binding.system or not binding.description:
            continue
        does = tooltip or binding.description
        keys = found.setdefault(binding.id or binding.action, ([], does, binding.id or ""))[0]
        shown = screen.app.get_key_display(binding)
        if shown not in keys:
            keys.append(shown)
    sections: dict[str, list[KeyHelp]] = {"This screen": [], "Everywhere": [], "Moving": []}
    for keys, does, binding_id in found.values():
        kind = binding_id.partition(".")[0]
        common = {"app": "Everywhere", "screen": "Everywhere", "table": "Moving", "": "Moving"}
        sections[common.get(kind, "This screen")].append(KeyHelp(" ".join(keys), does, binding_id))
    return list(sections.items())
