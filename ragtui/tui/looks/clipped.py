"""Text in a pane of few lines: where more was said than fits, its last line says so."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import Static

MORE = " … i"
"""Where the rest is: `i` shows everything."""


def show_clipped(pane: Static, text: Text) -> None:
    """Fill a pane, with a sign at the end where the lines it may have do not hold the text."""
    limit = pane.styles.max_height
    width = pane.app.size.width - pane.styles.padding.width
    pane.update(text if limit is None or limit.cells is None else clipped(text, width, limit.cells))


def clipped(text: Text, width: int, lines: int, more: str = MORE) -> Text:
    """As much of a text as some lines hold, cut at a word, and where the rest is; the whole of it where it fits."""
    from rich.console import Console

    wrapped = text.wrap(Console(width=max(width, 1), color_system=None), max(width, 1))
    if len(wrapped) <= lines or width <= len(more):
        return text
    kept = wrapped[:lines]
    last, room = kept[-1], width - len(more)
    last.rstrip()
    if last.cell_len > room:
        last.truncate(room)
        if " " in (whole := last.plain.rstrip()):
            last.right_crop(len(last.plain) - whole.rfind(" "))
        last.rstrip()
    last.append(more)
    return Text("\n").join(kept)
