"""Which columns of a table fit, where each begins, and how wide it is. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from rich.text import Text

from ragtui.tui.widgets.table.cell_text import Align

if TYPE_CHECKING:
    from numpy.typing import NDArray

EDGE = 1
"""Blank cells before the first and after the last column."""
GAP = 1
"""Blank cells between two columns."""


@dataclass(frozen=True)
class Column:
    """One column of a `ColumnTable`.

    Attributes:
        key: stable name, used for sorting and in messages.
        title: header text; a line break parts two lines of it.
        width: cells; the least ones for a flexible column.
        priority: how soon the column goes when space is short: the highest number first, 0 never.
        flexible: takes the space that is left, shared with other flexible columns.
        align: of cells and header.
        cut: what goes of a text that is too long: its end, or its middle, for names that begin alike.
        names: all texts of the column, where none that is cut may look like another; for some thousand rows at most.
        render: data row to cell; called for rows on the screen only. Text is shown as it is, never read as markup.
        sort_key: one value a data row, numbers or words; NaN sorts last either way. None: not sortable.
    """

    key: str
    title: str
    width: int
    priority: int = 0
    flexible: bool = False
    align: Align = "left"
    cut: Literal["end", "middle"] = "end"
    names: Callable[[], Iterable[str]] | None = None
    render: Callable[[int], Text | str] = str
    sort_key: Callable[[], NDArray[Any]] | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """A column with its place: first cell from the left edge of the whole row, and width in cells."""

    column: Column
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns of a row in order. `width` counts every cell, edges included; `dropped` names what did not fit."""

    placed: tuple[Placed, ...] = ()
    width: int = 0
    dropped: tuple[str, ...] = ()

    @property
    def header(self) -> int:
        """Lines of the header: as many as the highest title has."""
        return 1 + max((place.column.title.count("\n") for place in self.placed), default=0)

    def at(self, x: int) -> Column | None:
        """The column drawn at a cell of the row; the gap behind a column belongs to it."""
        return next((place.column for place in self.placed if place.x <= x < place.x + place.width + GAP), None)


def lay_out(columns: Sequence[Column], available: int, *, everything: bool = False) -> Layout:
    """Fit columns into a width.

    Columns go one by one, highest priority number first and the rightmost of equals, until the rest fits. Columns of
    priority 0 stay even when they do not fit: the row is then wider than `available`, and the table scrolls.

    Args:
        columns: in the order shown.
        available: cells.
        everything: drop nothing.
    """
    kept, dropped = list(columns), []
    while not everything and _least(kept) > available:
        last = max(range(len(kept)), key=lambda place: (kept[place].priority, place))
        if kept[last].priority <= 0:
            break
        dropped.append(kept.pop(last).key)
    widths = _shared(kept, available - _least(kept))
    placed, x = [], EDGE
    for column, width in zip(kept, widths, strict=True):
        placed.append(Placed(column, x, width))
        x += width + GAP
    return Layout(tuple(placed), x - GAP + EDGE if placed else 0, tuple(dropped))


def _least(columns: Sequence[Column]) -> int:
    if not columns:
        return 0
    return sum(column.width for column in columns) + GAP * (len(columns) - 1) + 2 * EDGE


def _shared(columns: Sequence[Column], spare: int) -> list[int]:
    """Widths with the spare cells given to flexible columns, the first ones getting the odd cells."""
    flexible = [place for place, column in enumerate(columns) if column.flexible]
    widths = [column.width for column in columns]
    if flexible and spare > 0:
        share, odd = divmod(spare, len(flexible))
        for turn, place in enumerate(flexible):
            widths[place] += share + (turn < odd)
    return widths
