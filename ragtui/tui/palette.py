"""Every action of the screen by name, in the command palette."""

from __future__ import annotations

from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider


class ScreenActions(Provider):
    """Actions bound to keys on the screen, so that the palette and the keys never differ."""

    def _actions(self) -> list[tuple[str, str, str]]:
        """(label, help, action) of every bound action."""
        seen: dict[str, tuple[str, str, str]] = {}
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if binding.system or not binding.description or binding.action == "command_palette":
                continue
            key = self.app.get_key_display(binding)
            tip = active.tooltip or binding.tooltip or binding.description
            seen.setdefault(binding.action, (binding.description, f"{tip}  ({key})", binding.action))
        return list(seen.values())

    async def discover(self) -> Hits:
        """All actions, before anything is typed."""
        for label, tip, action in self._actions():
            yield DiscoveryHit(label, partial(self._run, action), help=tip)

    async def search(self, query: str) -> Hits:
        """Actions whose label or tip matches."""
        matcher = self.matcher(query)
        for label, tip, action in self._actions():
            score = max(matcher.match(label), matcher.match(tip))
            if score > 0:
                yield Hit(score, matcher.highlight(label), partial(self._run, action), help=tip)

    async def _run(self, action: str) -> None:
        await self.screen.run_action(action)
