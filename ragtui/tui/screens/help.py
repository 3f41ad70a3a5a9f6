"""Help made from the keys themselves, so that it cannot drift from them, with the legend of signs."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen, Screen
from textual.widgets import Input, Static

from ragtui.present.gauge import gauge
from ragtui.present.signs import LEGEND
from ragtui.tui.styles import styles_for


class HelpScreen(ModalScreen[None]):
    """Keys of the screen below, and what the signs mean.

    Args:
        below: the screen that is explained.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1", "close", "close", id="help.close", key_display="esc"),
    ]

    def __init__(self, below: Screen[object]) -> None:
        super().__init__()
        self.keys = describe_keys(below)

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
        app = self.app
        styles = styles_for(app)
        plain = bool(getattr(app, "ascii_only", False))
        out = Text()
        shown = [line for line in self.keys if wanted.lower() in " ".join(line).lower()]
        out.append("Keys\n", styles["title"])
        for keys, label, tooltip, binding_id in shown:
            out.append(f"  {keys:<12} ", styles["accent"])
            out.append(f"{label:<18} {tooltip:<52} ")
            out.append(f"{binding_id}\n", styles["muted"])
        if not shown:
            out.append("  no key matches\n", styles["muted"])
        if not wanted:
            out.append("\nSigns: shape first, word second, colour last\n", styles["title"])
            for sign, meaning in LEGEND:
                out.append(f"  {sign.shown(ascii_only=plain)} ", styles[sign.style])
                out.append(f"{sign.word:<20} {meaning}\n")
            out.append("\nGauge: the delta in units of the noise band\n", styles["title"])
            for bands, meaning in ((0.5, "inside the band"), (1.6, "beyond it"), (-9.0, "off the scale")):
                out.append(f"  {gauge(bands, ascii_only=plain)}  {meaning}\n")
            out.append('\nRemap a key in config.toml:  [keys]  "compare.next_flagged" = "n"\n', styles["muted"])
        self.query_one("#keys", Static).update(out)

    def action_close(self) -> None:
        """Close."""
        self.dismiss(None)


def describe_keys(screen: Screen[object]) -> list[tuple[str, str, str, str]]:
    """(keys, label, tooltip, id) of every binding that works on a screen, one line an action."""
    lines: dict[str, tuple[list[str], str, str, str]] = {}
    for active in screen.active_bindings.values():
        binding = active.binding
        if binding.system or not binding.description:
            continue
        name = binding.id or binding.action
        keys = lines.setdefault(name, ([], binding.description, active.tooltip or binding.tooltip, binding.id or ""))[0]
        shown = screen.app.get_key_display(binding)
        if shown not in keys:
            keys.append(shown)
    return [(" ".join(keys), label, tooltip, binding_id) for keys, label, tooltip, binding_id in lines.values()]
