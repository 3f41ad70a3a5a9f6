"""Every action of the screen by name, in the command palette."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol, runtime_checkable

from textual.binding import Binding
from textual.command import DiscoveryHit, Hit, Hits, Provider


@runtime_checkable
class Jumping(Protocol):
    """A screen with places that have names."""

    def jumps(self) -> list[tuple[str, Callable[[], None]]]:
        """Name of each place, and how to go there."""


class ScreenActions(Provider):
    """Actions bound to keys on the screen, so that the palette and the keys never differ."""

    def _actions(self) -> list[tuple[str, str, str]]:
        """(label, help, action) of every bound action."""
        seen: dict[str, tuple[str, str, str]] = {}
        # The screen's own bindings first: a table answers enter itself, so the screen's enter is not an active one.
        own = [(binding, binding.tooltip) for binding in Binding.make_bindings(type(self.screen).BINDINGS)]
        active = [(entry.binding, entry.tooltip) for entry in self.screen.active_bindings.values()]
        for binding, tooltip in (*own, *active):
            if binding.system or not binding.description or binding.action == "command_palette":
                continue
            key = self.app.get_key_display(binding)
            tip = tooltip or binding.tooltip or binding.description
            seen.setdefault(binding.action, (binding.description, f"{tip}  ({key})", binding.action))
        return list(seen.values())

    async def discover(self) -> Hits:
        """All actions, before anything is typed."""
        for label, tip, action in self._actions():
            yield DiscoveryHit(label, partial(self._run, action), help=tip)

    async def search(self, query: str) -> Hits:
        """Actions whose label or tip matches, and places to jump to: "run NAME", "item ID", "view NAME"."""
        matcher = self.matcher(query)
        jumps = self.screen.jumps() if isinstance(self.screen, Jumping) else []
        for place, go in jumps:
            score = matcher.match(place)
            if score > 0:
                yield Hit(score, matcher.highlight(place), go, text=place, help="jump")
        for label, tip, action in self._actions():
            score = max(matcher.match(label), matcher.match(tip))
            if score > 0:
                yield Hit(score, matcher.highlight(label), partial(self._run, action), help=tip)

    async def _run(self, action: str) -> None:
        await self.screen.run_action(action)
