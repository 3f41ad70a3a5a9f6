"""Which data rows a table shows, in which order. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from ragtui.tui.widgets.table.column_layout import Column

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Rows: TypeAlias = "range | NDArray[np.intp]"
"""Data rows, first one shown first. All of them as they come are a range: a list that nobody sorts needs no numpy."""


class RowOrder:
    """An order given by the screen, and on top of it the sort a person chose.

    Attributes:
        columns: the columns of the data.
        given: data rows in the screen's own order.
        shown: data rows as shown.
        key: column sorted by; None for the order given.
        reverse: whether from the greatest value down.
    """

    def __init__(self) -> None:
        self.columns: tuple[Column, ...] = ()
        self.given: Rows = range(0)
        self.shown: Rows = self.given
        self.key: str | None = None
        self.reverse = False

    def take(self, columns: Sequence[Column]) -> None:
        """Other columns; a sort whose column is gone is forgotten."""
        self.columns = tuple(columns)
        if self.key not in self.sortable:
            self.key, self.reverse = None, False

    def give(self, order: range | NDArray[Any]) -> None:
        """Another order; the sort stays on top."""
        self.given = order if isinstance(order, range) else order.astype("intp", copy=False)
        self._sort()

    def sort(self, key: str | None, *, reverse: bool = False) -> None:
        """Sort by a column; None returns to the order given.

        Raises:
            KeyError: no sortable column is called that.
        """
        if key is not None and key not in self.sortable:
            raise KeyError(key)
        self.key, self.reverse = key, reverse and key is not None
        self._sort()

    @property
    def sortable(self) -> list[str]:
        """Keys of the columns that can be sorted by, from the left."""
        return [column.key for column in self.columns if column.sort_key is not None]

    @property
    def next_key(self) -> str | None:
        """The sortable column after the present one; after the last, None."""
        keys = [None, *self.sortable]
        return keys[(keys.index(self.key) + 1) % len(keys)]

    def place_of(self, row: int, hint: int = 0) -> int | None:
        """Place of a data row, looked for at `hint` first; None when it is not shown."""
        if hint < len(self.shown) and self.shown[hint] == row:
            return hint
        if isinstance(self.shown, range):
            return self.shown.index(row) if row in self.shown else None
        (found,) = (self.shown == row).nonzero()
        return int(found[0]) if found.size else None

    def _sort(self) -> None:
        self.shown = self.given
        for column in self.columns:
            if column.key == self.key and column.sort_key is not None:
                self.shown = sorted_rows(self.given, column.sort_key(), reverse=self.reverse)


def sorted_rows(order: Rows, keys: NDArray[Any], *, reverse: bool = False) -> NDArray[np.intp]:
    """Rows of `order` by their key; equal keys keep their order, and NaN goes last either way.

    Args:
        order: data rows.
        keys: one value a data row, numbers or words.
        reverse: from the greatest value down.
    """
    import numpy as np

    order = np.asarray(order, np.intp)
    values = np.asarray(keys)[order]
    missing = np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), bool)
    present, values = order[~missing], values[~missing]
    if reverse:
        # Sorting back to front keeps equal keys in order; negating the keys would too, but words have no minus.
        rank = len(values) - 1 - np.argsort(values[::-1], kind="stable")[::-1]
    else:
        rank = np.argsort(values, kind="stable")
    return np.concatenate([present[rank], order[missing]])
