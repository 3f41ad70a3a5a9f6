"""The top line: where one is on the left, what is shown there on the right, and at the end what is not measured."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from ragtui.tui.widgets.glyphs import GLYPHS
from ragtui.tui.widgets.table.cell_text import cell_line, fit, shorten
from ragtui.tui.widgets.table.row_painting import strip_of


class Crumbs(Widget):
    """`ragtui › runs › A ⇄ B` and a status. When space is short the steps in the middle go first."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES = {"crumbs--path", "crumbs--last", "crumbs--status", "crumbs--badge"}
    DEFAULT_CSS = """
    Crumbs {
        height: 1;
        & > .crumbs--path { color: $text-muted; }
        & > .crumbs--last { text-style: bold; }
        & > .crumbs--status { color: $text-muted; }
        & > .crumbs--badge { color: $text-warning; text-style: bold reverse; }
        &:ansi > .crumbs--path, &:ansi > .crumbs--status { color: ansi_default; }
    }
    """

    class Chosen(Message):
        """A click on a step of the path. `step` counts from 0, the leftmost; `back` is how many steps that is back."""

        def __init__(self, crumbs: Crumbs, step: int, back: int) -> None:
            super().__init__()
            self.crumbs = crumbs
            self.step = step
            self.back = back

        @property
        def control(self) -> Crumbs:
            """The line, for selectors of `on`."""
            return self.crumbs

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._path: tuple[str, ...] = ()
        self._status = ""
        self._badge = ""

    def show(self, path: Sequence[str], status: str = "", badge: str = "") -> None:
        """Say where one is. All may hold untrusted text. The badge keeps up to half the line."""
        self._path, self._status = tuple(cell_line(step) for step in path), cell_line(status)
        self._badge = cell_line(badge)
        self.refresh()

    @property
    def _shown_badge(self) -> str:
        kept = shorten(self._badge, max(0, self.size.width // 2 - 2), GLYPHS.ellipsis)
        return f" {kept} " if kept else ""

    @property
    def _room(self) -> int:
        """Cells for path and status."""
        badge = self._shown_badge
        return self.size.width - cell_len(badge) - bool(badge)

    def render_line(self, y: int) -> Strip:
        """The line."""
        width, glyphs = self._room, GLYPHS
        if y or width <= 0:
            return Strip.blank(self.size.width, self.rich_style)
        steps, status = lay_out_crumbs(self._path, self._status, width, f" {glyphs.crumb} ", glyphs.ellipsis)
        path_style = self.get_component_rich_style("crumbs--path", partial=True)
        runs = [(" ", path_style)]
        for place, (_, text) in enumerate(steps):
            last = place == len(steps) - 1
            if place:
                runs.append((f" {glyphs.crumb} ", path_style))
            runs.append((text, self.get_component_rich_style("crumbs--last", partial=True) if last else path_style))
        left = sum(cell_len(text) for text, _ in runs)
        runs += fit(
            [(status, self.get_component_rich_style("crumbs--status", partial=True))], width - left - 1, "right"
        )
        runs.append((" ", path_style))
        if badge := self._shown_badge:
            runs.append((badge, self.get_component_rich_style("crumbs--badge", partial=True)))
        return strip_of(runs, self.rich_style, self.size.width)

    def on_click(self, event: events.Click) -> None:
        """Go back to the step clicked."""
        glyphs = GLYPHS
        steps, _ = lay_out_crumbs(self._path, self._status, self._room, f" {glyphs.crumb} ", glyphs.ellipsis)
        x = 1
        for step, text in steps:
            if x <= event.x < x + cell_len(text) and step is not None:
                self.post_message(self.Chosen(self, step, len(self._path) - 1 - step))
                return
            x += cell_len(text) + 3


def lay_out_crumbs(
    path: Sequence[str], status: str, width: int, between: str, ellipsis: str
) -> tuple[list[tuple[int | None, str]], str]:
    """Steps to draw, each with its number (None: left out steps), and the status, together within `width` cells.

    First the steps in the middle make room, then the first one, then the status is cut, at last the last step.
    """
    room = width - 2
    numbered: list[tuple[int | None, str]] = list(enumerate(path))
    gone: list[tuple[int | None, str]] = [(None, ellipsis)]
    shortest = gone + numbered[-1:] if len(path) > 1 else numbered
    ways = [numbered, *(numbered[:1] + gone + numbered[kept:] for kept in range(2, len(path))), shortest]

    def cells(steps: Sequence[tuple[int | None, str]]) -> int:
        return sum(cell_len(text) for _, text in steps) + cell_len(between) * max(len(steps) - 1, 0)

    gap = 2 if status else 0
    for steps in ways:
        if cells(steps) + gap + cell_len(status) <= room:
            return list(steps), status
    left = room - cells(shortest) - gap
    if status and left > 0:
        return shortest, shorten(status, left, ellipsis)
    step, text = shortest[-1] if shortest else (None, "")
    return [*shortest[:-1], (step, shorten(text, room - cells(shortest) + cell_len(text), ellipsis))], ""
