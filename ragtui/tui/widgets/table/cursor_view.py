"""Lines under a cursor: keys, mouse and scrolling of a table, without its cells."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.reactive import reactive
from textual.scroll_view import ScrollView


def _key(keys: str, action: str, does: str) -> Binding:
    return Binding(keys, action, does, id=f"table.{action.partition('(')[0]}", show=False, tooltip=does)


class CursorView(ScrollView, can_focus=True):
    """A header line over scrolling lines with a cursor on one of them.

    A *place* is a line from the top, header not counted. Subclasses say how many places there are (`places`) and what
    happens on a move (`cursor_moved`), on opening (`opened`), on a click on the header (`header_clicked`), and where a
    step sideways goes (`step_sideways`).
    """

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("down,j", "cursor_down", "down"),
        _key("up,k", "cursor_up", "up"),
        _key("home,g", "cursor_first", "first"),
        _key("end,G", "cursor_last", "last"),
        _key("pagedown", "page_down", "page down"),
        _key("pageup", "page_up", "page up"),
        _key("ctrl+d", "half_page_down", "half a page down"),
        _key("ctrl+u", "half_page_up", "half a page up"),
        _key("right,l", "columns_right", "scroll columns right"),
        _key("left,h", "columns_left", "scroll columns left"),
        _key("enter", "open", "open"),
    ]

    cursor: reactive[int] = reactive(0, repaint=False)
    """Place of the cursor."""

    header: int = 1
    """Lines of the header, which stays in place."""

    @property
    def places(self) -> int:
        """How many lines there are."""
        raise NotImplementedError

    def shows(self, row: int) -> bool:
        """Whether a data row is among the lines."""
        raise NotImplementedError

    def cursor_moved(self) -> None:
        """Called after the cursor went to another place."""

    def opened(self) -> None:
        """Called on enter and on a double click."""

    def header_clicked(self, x: int) -> None:
        """Called on a click on the header, `x` cells from the left edge of the whole row."""

    def step_sideways(self, step: int) -> None:
        """Called to scroll by one column to the right (1) or left (-1)."""

    # ---------------------------------------------------------------- cursor

    def validate_cursor(self, place: int) -> int:
        """Keep the cursor on a line."""
        return max(0, min(place, self.places - 1))

    def watch_cursor(self, old: int, new: int) -> None:
        """Paint the two lines concerned, and no other."""
        self.refresh_line(self.header + old)
        self.refresh_line(self.header + new)
        self.show_cursor()
        self.cursor_moved()

    @property
    def page(self) -> int:
        """Lines on the screen at a time."""
        return max(self.size.height - self.header, 1)

    def show_cursor(self) -> None:
        """Scroll as little as needed to have the cursor on the screen."""
        top = self.scroll_offset.y
        if self.size and not top <= self.cursor < top + self.page:
            wanted = self.cursor if self.cursor < top else self.cursor - self.page + 1
            self.scroll_to(y=wanted, animate=False, force=True)

    def refresh_lines(self, y_start: int, line_count: int = 1) -> None:
        """Refresh lines counted from the top of the content, header included."""
        self.refresh(Region(0, y_start - self.scroll_offset.y, self.size.width, line_count))

    def refresh_line(self, y: int) -> None:
        """Refresh one line counted from the top of the content, header included."""
        self.refresh_lines(y)

    # ---------------------------------------------------------------- keys

    def action_cursor_down(self) -> None:
        """One line down."""
        self.cursor += 1

    def action_cursor_up(self) -> None:
        """One line up."""
        self.cursor -= 1

    def action_cursor_first(self) -> None:
        """To the first line."""
        self.cursor = 0

    def action_cursor_last(self) -> None:
        """To the last line."""
        self.cursor = self.places - 1

    def action_page_down(self) -> None:
        """One page down."""
        self._leap(self.page)

    def action_page_up(self) -> None:
        """One page up."""
        self._leap(-self.page)

    def action_half_page_down(self) -> None:
        """Half a page down."""
        self._leap(max(self.page // 2, 1))

    def action_half_page_up(self) -> None:
        """Half a page up."""
        self._leap(-max(self.page // 2, 1))

    def action_columns_right(self) -> None:
        """Scroll the columns."""
        self.step_sideways(1)

    def action_columns_left(self) -> None:
        """Scroll the columns back."""
        self.step_sideways(-1)

    def action_open(self) -> None:
        """Open the line under the cursor."""
        self.opened()

    def _leap(self, lines: int) -> None:
        """Move page and cursor together, so that the cursor keeps its height on the screen."""
        self.scroll_to(y=self.scroll_offset.y + lines, animate=False, force=True)
        self.cursor += lines

    # ---------------------------------------------------------------- mouse

    def on_click(self, event: events.Click) -> None:
        """Select a line; open it on the second click; sort by a click on the header."""
        offset = event.get_content_offset(self)
        if offset is None or event.button != 1:
            return
        event.stop()
        if offset.y < self.header:
            self.header_clicked(offset.x + self.scroll_offset.x)
            return
        place = offset.y - self.header + self.scroll_offset.y
        if place < self.places:
            self.cursor = place
            if event.chain == 2:
                self.opened()
