"""Completion of paths while they are typed."""

from __future__ import annotations

import asyncio
from pathlib import Path

from textual.suggester import Suggester

from ragtui.places import user_path

_MOST_LOOKED_AT = 2000


class PathSuggester(Suggester):
    """Suggests the first folder, or file of one ending, that begins as what is typed.

    Args:
        ending: of the files, such as ".toml".
        base: folder that relative paths start from.
    """

    def __init__(self, ending: str, base: Path) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._ending, self._base = ending, base

    async def get_suggestion(self, value: str) -> str | None:
        """The whole path, or None."""
        return await asyncio.to_thread(self._first, value)

    def _first(self, value: str) -> str | None:
        folder, slash, begun = value.rpartition("/")
        place = user_path(f"{folder}{slash}")
        try:
            names = sorted(_names(self._base / place, self._ending, begun))
        except (OSError, RuntimeError, ValueError):  # no such folder, no such user, or no path at all
            return None
        return f"{folder}{slash}{names[0]}" if names else None


def _names(folder: Path, ending: str, begun: str) -> list[str]:
    found = []
    for seen, entry in enumerate(folder.iterdir()):
        if seen == _MOST_LOOKED_AT:
            break
        name = entry.name
        hidden = name.startswith(".") and not begun.startswith(".")
        if name.startswith(begun) and not hidden:
            if entry.is_dir():
                found.append(f"{name}/")
            elif name.endswith(ending):
                found.append(name)
    return found
