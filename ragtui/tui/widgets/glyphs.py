"""Characters the widgets draw with, and their ASCII stand-ins."""

from __future__ import annotations

from dataclasses import dataclass

from textual.widget import Widget


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One set of characters.

    Attributes:
        ellipsis: end of a cut text.
        up: a column sorted from its least value.
        down: a column sorted from its greatest value.
        crumb: between the steps of a path.
        done: a cell of finished work.
        left: a cell of work left.
        pointer: before the chosen one of a list.
    """

    ellipsis: str = "…"
    up: str = "↑"
    down: str = "↓"
    crumb: str = "›"
    done: str = "█"
    left: str = "░"
    pointer: str = "▸"


UNICODE = Glyphs()
ASCII = Glyphs(ellipsis="~", up="^", down="v", crumb=">", done="#", left=".", pointer=">")


def drawn_with(widget: Widget) -> Glyphs:
    """ASCII when the app says so (its attribute `ascii_only`)."""
    return ASCII if getattr(widget.app, "ascii_only", False) else UNICODE
