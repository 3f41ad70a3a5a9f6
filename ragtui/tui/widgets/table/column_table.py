"""A table of columns over data rows that is as quick at a million rows as at ten.

Nothing is made for a row before it is on the screen. What is kept a row is one number, its place in the order; sorting
and filtering swap that array. Lines are painted by Textual's line API and kept as strips, so a cursor key costs the
painting of two lines.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from rich.errors import StyleSyntaxError
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.strip import Strip

from ragtui.tui.widgets.glyphs import GLYPHS
from ragtui.tui.widgets.table import table_messages
from ragtui.tui.widgets.table.column_layout import EDGE, Column, lay_out
from ragtui.tui.widgets.table.cursor_view import CursorView
from ragtui.tui.widgets.table.row_order import RowOrder, Rows
from ragtui.tui.widgets.table.row_painting import RowPainter, line_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Column", "ColumnTable"]


class ColumnTable(CursorView):
    """Rows of any number under a cursor, sortable by their columns.

    A *data row* is an index into the data; a *place* is a line of the table from the top. When columns were dropped for
    want of space, stepping right shows all of them, wider than the screen, and stepping back at the left edge fits them
    again.

    Args:
        empty: shown in place of rows when there are none.
        row_style: data row to style name: "dim", or a Rich style; "" for none.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"column-table--{part}" for part in ("header", "cursor", "cell", "marked", "dim")
    }
    DEFAULT_CSS = """
    ColumnTable {
        height: 1fr;
        scrollbar-size: 1 1;
        & > .column-table--header { color: $text-muted; text-style: bold; }
        & > .column-table--cursor { background: $foreground 10%; }
        & > .column-table--cell { text-style: underline; }
        &:focus > .column-table--cell { text-style: bold reverse; }
        & > .column-table--marked { text-style: bold; }
        & > .column-table--dim { color: $text-muted; }
        &:ansi > .column-table--dim { color: ansi_default; text-style: dim; }
        &:nocolor > .column-table--dim { text-style: dim; }
        &:focus > .column-table--cursor { background: $primary 22%; text-style: bold; }
        &:light:focus > .column-table--cursor { background: $primary 14%; }
        &:nocolor:focus > .column-table--cursor { text-style: reverse; }
        &:nocolor > .column-table--cursor { text-style: underline; }
        &:ansi:focus > .column-table--cursor { background: ansi_default; text-style: reverse; }
        &:ansi > .column-table--cursor { background: ansi_default; text-style: underline; }
        &:ansi > .column-table--header { color: ansi_default; }
    }
    """

    RowHighlighted: TypeAlias = table_messages.RowHighlighted
    RowSelected: TypeAlias = table_messages.RowSelected
    CellHighlighted: TypeAlias = table_messages.CellHighlighted
    HeaderClicked: TypeAlias = table_messages.HeaderClicked

    def __init__(
        self,
        *,
        empty: str = "nothing here",
        row_style: Callable[[int], str] | None = None,
        id: str | None = None,  # noqa: A002 - what Textual calls it
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.empty = empty
        self.row_style = row_style
        self._rows = RowOrder()
        self._everything = False
        self._marked: frozenset[int] = frozenset()
        self._plain = Style.null()  # the style of the table, taken once for all lines: asking walks up all ancestors
        self._cells: tuple[str, ...] = ()
        self._cell: str | None = None
        self._announced: int | None = None
        self._painter = RowPainter(self._style_named)

    # ---------------------------------------------------------------- data

    def set_data(
        self, columns: Sequence[Column], rows: int, order: NDArray[Any] | None = None, keep_cursor: bool = True
    ) -> None:
        """Show other data. A chosen sort stays as long as its column does.

        Args:
            columns: in the order shown.
            rows: how many data rows there are.
            order: the data rows shown, in their order; all of them when None.
            keep_cursor: stay on the same data row where it is still shown, else at the same place.
        """
        row = self.cursor_row
        self._rows.take(columns)
        self._rows.give(range(rows) if order is None else order)
        self._reordered(self._kept_place(row) if keep_cursor else 0)

    def set_order(self, order: NDArray[Any], keep_cursor: bool = True) -> None:
        """Show these data rows in this order, or in the chosen sort."""
        row = self.cursor_row
        self._rows.give(order)
        self._reordered(self._kept_place(row) if keep_cursor else 0)

    @property
    def places(self) -> int:
        """How many rows are shown."""
        return len(self._rows.shown)

    @property
    def order(self) -> Rows:
        """Data rows from top to bottom, as shown."""
        return self._rows.shown

    def shows(self, row: int) -> bool:
        """Whether a data row is shown."""
        return self._rows.place_of(row) is not None

    @property
    def cursor_row(self) -> int | None:
        """Data row under the cursor; None in an empty table."""
        return int(self.order[self.cursor]) if self.cursor < self.places else None

    def move_to(self, data_row: int) -> bool:
        """Put the cursor on a data row; False when it is not shown."""
        place = self._rows.place_of(data_row, self.cursor)
        if place is not None:
            self.cursor = place
            self.show_cursor()
        return place is not None

    def refresh_row(self, data_row: int) -> None:
        """Paint a data row again: what its columns render has changed."""
        self._painter.forget_row(data_row)
        top = self.scroll_offset.y
        for line, shown in enumerate(self.order[top : top + self.size.height]):
            if shown == data_row:
                self.refresh_line(self.header + top + line)

    def repaint_rows(self) -> None:
        """Paint every row again: what their columns render has changed."""
        self._repaint()

    @property
    def marked(self) -> frozenset[int]:
        """Data rows that stand out; assign to change them."""
        return self._marked

    @marked.setter
    def marked(self, rows: Collection[int]) -> None:
        self._marked = frozenset(rows)
        self._repaint()

    def _kept_place(self, row: int | None) -> int:
        place = None if row is None else self._rows.place_of(row, self.cursor)
        return self.cursor if place is None else place

    def _reordered(self, place: int) -> None:
        self._lay_out()
        self._repaint()
        self.cursor = place
        self.show_cursor()
        self.cursor_moved()

    # ---------------------------------------------------------------- cells

    @property
    def cell(self) -> str | None:
        """Column of the cell under the cursor; None where the cursor is a whole row."""
        return self._cell

    def put_cells(self, keys: Sequence[str], at: str | None) -> None:
        """Let the cursor stand in these columns, and put it into one of them; no columns make it a row again."""
        self._cells = tuple(keys)
        self._cell = at if at in keys else (keys[0] if keys else None)
        self.refresh()

    def _step_cell(self, step: int) -> None:
        place = self._cells.index(self._cell) if self._cell in self._cells else 0
        self._cell = self._cells[max(0, min(place + step, len(self._cells) - 1))]
        self.refresh_line(self.header + self.cursor)
        if (row := self.cursor_row) is not None:
            self.post_message(self.CellHighlighted(self, row, self._cell))

    # ---------------------------------------------------------------- sorting

    @property
    def sorting(self) -> tuple[str | None, bool]:
        """Key of the sorted column, None for the order given; and whether from the greatest value down."""
        return self._rows.key, self._rows.reverse

    def sort(self, key: str | None, reverse: bool = False) -> None:
        """Sort by a column and go to the top; None returns to the order given.

        Raises:
            KeyError: no sortable column is called that.
        """
        self._rows.sort(key, reverse=reverse)
        self._reordered(0)

    def title_of(self, key: str) -> str:
        """What a column is called, in one line."""
        found = next((column for column in self._rows.columns if column.key == key), None)
        return key if found is None else " ".join(found.title.split()) or key

    def sort_next(self) -> None:
        """Sort by the next sortable column; after the last, return to the order given."""
        self.sort(self._rows.next_key)

    def reverse_sort(self) -> None:
        """Turn the sort round; the order given has no other end to show."""
        key, reverse = self.sorting
        if key is not None:
            self.sort(key, not reverse)

    # ---------------------------------------------------------------- layout

    @property
    def dropped(self) -> tuple[str, ...]:
        """Keys of the columns that do not fit at present."""
        return self._painter.layout.dropped

    def _lay_out(self) -> None:
        width = self.size.width
        self._painter.layout = layout = lay_out(self._rows.columns, width, everything=self._everything)
        self.header = layout.header
        # A row that fits claims no width, or the vertical scrollbar's coming would call for a horizontal one.
        self.virtual_size = Size(layout.width if layout.width > width else 1, self.places + self.header)

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """Width of an `auto` table: every column at its least."""
        return lay_out(self._rows.columns, 0, everything=True).width

    def on_resize(self, _event: events.Resize) -> None:
        """Fit the columns again."""
        self._painter.ellipsis = GLYPHS.ellipsis
        self._lay_out()
        self._repaint()
        self.show_cursor()

    # ---------------------------------------------------------------- moves

    def cursor_moved(self) -> None:
        """Tell about the data row under the cursor, once."""
        row = self.cursor_row
        if row != self._announced:
            self._announced = row
            if row is not None:
                self.post_message(self.RowHighlighted(self, row))

    def opened(self) -> None:
        """Select the data row under the cursor."""
        if (row := self.cursor_row) is not None:
            self.post_message(self.RowSelected(self, row))

    def header_clicked(self, x: int) -> None:
        """Sort by a column, then the other way round, then as given."""
        if (column := self._painter.layout.at(x)) is None:
            return
        if column.key in self._rows.sortable:
            key, reverse = self.sorting
            self.sort(*((column.key, False) if key != column.key else (None, False) if reverse else (key, True)))
        self.post_message(self.HeaderClicked(self, column.key))

    def step_sideways(self, step: int) -> None:
        """To the next cell; without cells, scroll to the next column and see all columns where some were dropped."""
        if self._cells:
            self._step_cell(step)
            return
        left = self.scroll_offset.x
        if (step > 0 and self.dropped) or (step < 0 and left == 0 and self._everything):
            self._everything = step > 0
            self._lay_out()
            self._repaint()
        edges = [place.x - EDGE for place in self._painter.layout.placed]
        after = [x for x in edges if x > left] if step > 0 else [x for x in reversed(edges) if x < left]
        if after:
            self.scroll_to(x=after[0], animate=False, force=True)

    # ---------------------------------------------------------------- painting

    def _repaint(self) -> None:
        self._painter.forget()
        self.refresh()

    def notify_style_update(self) -> None:
        """Colours are part of the strips."""
        super().notify_style_update()
        self._painter.forget()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Lines of a region.

        Without border, padding or opacity there is nothing to add around a strip. Handing out the kept strips
        themselves keeps their filtered and cut forms as well, which makes scrolling by a line cheaper.
        """
        self._plain = self.rich_style
        if self.styles.gutter or self.opacity < 1:
            return super().render_lines(crop)
        background, strips = self.background_colors[1], [self.render_line(y) for y in crop.line_range]
        for line_filter in self.get_line_filters():
            strips = [strip.apply_filter(line_filter, background) for strip in strips]
        return [strip.crop(crop.x, crop.right) for strip in strips]

    def render_line(self, y: int) -> Strip:
        """The header, a row, or what is below the rows."""
        left, top = self.scroll_offset
        place, width = y - self.header + top, self.size.width
        if y < self.header:
            glyphs, (key, reverse) = GLYPHS, self.sorting
            style = self.get_component_rich_style("column-table--header")
            return self._painter.header(y, key, glyphs.down if reverse else glyphs.up, style, left, width)
        if place < self.places:
            row = int(self.order[place])
            at_cursor = place == self.cursor
            cell = None
            style = self._row_style(row, at_cursor)
            if at_cursor and self._cell is not None:
                on_top = self.get_component_rich_style("column-table--cell", partial=True)
                # A reversed cell of a reversed row would look like its neighbours: 16 colours, no colour.
                cell = (self._cell, on_top + Style(reverse=False, underline=True) if style.reverse else on_top)
            return self._painter.row(row, style, left, width, cell)
        if not self.places and y == min(self.header + 1, self.size.height - 1):
            style = self._plain + self._style_named("dim")
            return line_of(f" {self.empty}", width, style, GLYPHS.ellipsis)
        return Strip.blank(width, self._plain)

    def _row_style(self, row: int, at_cursor: bool) -> Style:
        style = self.get_component_rich_style("column-table--cursor") if at_cursor else self._plain
        if row in self._marked:
            style += self._style_named("marked")
        if self.row_style is not None:
            style += self._style_named(self.row_style(row))
        return style

    def _style_named(self, style: Style | str) -> Style:
        if isinstance(style, Style):
            return style
        if (component := f"column-table--{style}") in self.COMPONENT_CLASSES:
            return self.get_component_rich_style(component, partial=True)
        try:
            return Style.parse(style)
        except StyleSyntaxError:
            return Style.null()
