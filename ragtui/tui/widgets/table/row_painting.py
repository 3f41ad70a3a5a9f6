"""Strips of a table: cells beside each other in one row style, cut to the part of the row that is on the screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.strip import Strip

from ragtui.tui.widgets.table.cell_text import Run, cell_line, cut_middle, fit, shorten, styled_runs
from ragtui.tui.widgets.table.column_layout import Layout, Placed
from ragtui.tui.widgets.table.short_names import told_apart

_STRIPS_KEPT, _ROWS_KEPT = 1024, 512
_NOT_DIM = Style(dim=False)

Resolve = Callable[[Style | str], Style]


class RowPainter:
    """Strips of rows and header, made once and kept while neither data nor layout change.

    Args:
        resolve: style of a style name.
    """

    def __init__(self, resolve: Resolve) -> None:
        self.layout = Layout()
        self.ellipsis = "…"
        self._resolve = resolve
        self._repaints: dict[int, int] = {}
        self._names: dict[Placed, Mapping[str, str]] = {}
        self._cells: LRUCache[tuple[int, int], list[list[Run]]] = LRUCache(_ROWS_KEPT)
        self._strips: LRUCache[tuple[object, ...], Strip] = LRUCache(_STRIPS_KEPT)

    def forget(self) -> None:
        """Render and paint everything again."""
        self._repaints.clear()
        self._names.clear()
        self._cells.clear()
        self._strips.clear()

    def forget_row(self, row: int) -> None:
        """Render and paint one data row again."""
        self._repaints[row] = self._repaints.get(row, 0) + 1

    def row(self, row: int, style: Style, scroll_x: int, width: int, cell: tuple[str, Style] | None = None) -> Strip:
        """The line of a data row in a style; the cell under the cursor, by its column, in a style of its own."""
        version = self._repaints.get(row, 0)
        key = (row, version, style, scroll_x, width, cell)
        strip = self._strips.get(key)
        if strip is None:
            cells = self._cells.get((row, version))
            if cells is None:
                cells = self._cells[(row, version)] = [self._cell(place, row) for place in self.layout.placed]
            strip = self._strips[key] = join(self.layout, cells, style, scroll_x, width, cell)
        return strip

    def header(self, line: int, sorted_by: str | None, arrow: str, style: Style, scroll_x: int, width: int) -> Strip:
        """One line of the titles, the uppermost being 0."""
        key = (line, sorted_by, arrow, style, scroll_x, width)
        strip = self._strips.get(key)
        if strip is None:
            cells = header_cells(self.layout, line, sorted_by, arrow, self.ellipsis)
            strip = self._strips[key] = join(self.layout, cells, style, scroll_x, width)
        return strip

    def _cell(self, place: Placed, row: int) -> list[Run]:
        runs = styled_runs(place.column.render(row), self._resolve)
        if place.column.names is not None:
            runs = [(self._apart(place).get(text, text), style) for text, style in runs]
        elif place.column.cut == "middle":
            runs = cut_middle(runs, place.width, self.ellipsis)
        return fit(runs, place.width, place.column.align, self.ellipsis)

    def _apart(self, place: Placed) -> Mapping[str, str]:
        """What is shown of each name of a column."""
        known = self._names.get(place)
        if known is None:
            assert place.column.names is not None
            known = self._names[place] = told_apart(place.column.names(), place.width, self.ellipsis)
        return known


def header_cells(layout: Layout, line: int, key: str | None, arrow: str, ellipsis: str) -> list[list[Run]]:
    """One line of the column titles, which stand on the lowest lines; that of the sorted column ends in the arrow."""

    def cell(place: Placed) -> list[Run]:
        lines = [*[""] * layout.header, *place.column.title.split("\n")][-layout.header :]
        title, room = lines[line], place.width - 1 - cell_len(arrow)
        if place.column.key == key and line == _arrow_line(lines, room):
            title = f"{shorten(title.rstrip(), room, ellipsis)} {arrow}" if title.strip() and room > 0 else arrow
        return fit([(cell_line(title), Style.null())], place.width, place.column.align, ellipsis)

    return [cell(place) for place in layout.placed]


def _arrow_line(lines: Sequence[str], room: int) -> int:
    """The lowest line of a title that leaves room for the arrow of the sort; the shortest when none does."""
    fitting = [number for number, text in enumerate(lines) if cell_len(text) <= room]
    return max(fitting, default=min(range(len(lines)), key=lambda number: cell_len(lines[number])))


def join(
    layout: Layout,
    cells: Sequence[Sequence[Run]],
    style: Style,
    scroll_x: int,
    width: int,
    under_cursor: tuple[str, Style] | None = None,
) -> Strip:
    """One line of exactly `width` cells.

    Args:
        layout: where the columns are.
        cells: one entry a placed column, each as wide as its column.
        style: of the whole row; a cell's own style goes on top.
        scroll_x: cells scrolled out on the left.
        width: cells of the line.
        under_cursor: column whose cell stands out, and the style that goes on top there.
    """
    segments: list[Segment] = []
    x = 0
    for place, runs in zip(layout.placed, cells, strict=True):
        if place.x > x:
            segments.append(Segment(" " * (place.x - x), style))
        on_top = under_cursor[1] if under_cursor is not None and place.column.key == under_cursor[0] else None
        if on_top is not None:  # one block in the colour of what it says
            own = next((own for text, own in runs if text.strip()), Style.null())
            runs = [("".join(text for text, _ in runs), own)]
        # Dim letters on a reversed row are grey on light grey: 16 colours, no colour.
        own_top = _NOT_DIM + (on_top or Style.null()) if style.reverse else on_top
        segments += [
            Segment(text, style + own + own_top if own_top else style + own if own else style) for text, own in runs
        ]
        x = place.x + place.width
    strip = Strip(segments, x)
    if scroll_x or x > width:
        strip = strip.crop(scroll_x, scroll_x + width)
    # Blank cells get no background by themselves; fewer segments make every later step of a frame cheaper.
    return strip.extend_cell_length(width, style).simplify()


def line_of(text: str, width: int, style: Style, ellipsis: str) -> Strip:
    """A line of plain text in one style."""
    runs = fit([(cell_line(text), Style.null())], width, "left", ellipsis)
    return Strip([Segment(part, style) for part, _ in runs], width)


def strip_of(runs: Sequence[Run], style: Style, width: int) -> Strip:
    """A line of runs over one style, cut or filled to `width` cells."""
    strip = Strip([Segment(text, style + own if own else style) for text, own in runs if text])
    return strip.adjust_cell_length(width, style)
