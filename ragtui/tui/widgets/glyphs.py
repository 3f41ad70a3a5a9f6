"""Characters the widgets draw with; where only ASCII can be shown, `ragtui.tui.looks.ascii` replaces them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The characters.

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


GLYPHS = Glyphs()
