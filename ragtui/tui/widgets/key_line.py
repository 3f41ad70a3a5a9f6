"""The last line of every screen: the keys that work here, as many as fit."""

from __future__ import annotations

from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual.widgets import Static


class KeyLine(Static):
    """Keys of the screen's shown bindings, clickable, made from the bindings themselves."""

    def on_mount(self) -> None:
        """Follow the bindings as the focus moves."""
        self.screen.bindings_updated_signal.subscribe(self, lambda _screen: self.refresh())

    def render(self) -> Text:
        """One line; what does not fit is left out from the right, help and quit never."""
        self._spans: list[tuple[int, int, str]] = []
        shown: dict[str, tuple[str, str]] = {}
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if binding.show and binding.description and binding.action not in shown:
                shown[binding.action] = (self.app.get_key_display(binding), binding.description)
        last = [action for action in ("help", "back", "quit") if action in shown]
        order = [*(action for action in shown if action not in last), *last]
        width, reserve = self.size.width - 1, sum(self._cells(shown[action]) for action in last)
        line, used = Text(" ", no_wrap=True, overflow="crop"), 1
        for action in order:
            cells = self._cells(shown[action])
            if action in last:
                reserve -= cells
            if used + cells + reserve > width:
                continue
            key, label = shown[action]
            line.append(key, "bold")
            line.append(f" {label}  ")
            self._spans.append((used, used + cells, action))
            used += cells
        return line

    @staticmethod
    def _cells(entry: tuple[str, str]) -> int:
        return cell_len(entry[0]) + cell_len(entry[1]) + 3

    async def on_click(self, event: events.Click) -> None:
        """Do what the clicked key does."""
        for start, end, action in self._spans:
            if start <= event.x < end:
                await self.screen.run_action(action)
