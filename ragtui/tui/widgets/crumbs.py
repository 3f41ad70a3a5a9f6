"""Where one is, on the left, and what is looked at, on the right: the first line of every screen."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size
from rich.text import Text
from textual.widgets import Static


def cut(text: str, width: int) -> str:
    """Text of at most `width` cells; what is cut ends in an ellipsis."""
    return text if cell_len(text) <= width else f"{set_cell_size(text, max(0, width - 1)).rstrip()}…"


class Crumbs(Static):
    """The header line; the middle of the path goes first when space is short, then the status."""

    def __init__(self) -> None:
        super().__init__()
        self._path: tuple[str, ...] = ()
        self._status = ""

    def show(self, path: Sequence[str], status: str = "") -> None:
        """Say where this is and what is looked at."""
        self._path, self._status = tuple(path), status
        self.refresh()

    def render(self) -> Text:
        """One line as wide as the screen."""
        width = self.size.width
        path = " › ".join(self._path)
        if cell_len(path) + cell_len(self._status) + 4 > width and len(self._path) > 2:
            path = " › ".join(("…", *self._path[2:]))
        path = cut(path, max(1, width - 2))
        room = width - cell_len(path) - 4
        status = cut(self._status, room) if room > 8 else ""
        gap = " " * max(1, width - 2 - cell_len(path) - cell_len(status))
        return Text.assemble(" ", (path, "bold"), gap, status, no_wrap=True, overflow="crop")
