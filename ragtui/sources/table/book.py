"""The rows of a table by number: whose item each is, and what stands in the columns that may tell rows apart."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from ragtui.files.fields import text

MOST_VALUES = 1000
"""A column with more values than this is the number of a row, a time or a text; it tells no configurations apart."""

Key = tuple[str, ...]


class Book:
    """What has to be known of every row to see what tells the rows of one item apart.

    Args:
        columns: the columns that may tell rows apart.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self.places: list[int] = []
        self.items: list[str] = []
        self.values: dict[str, list[str]] = {column: [] for column in columns}
        self.distinct: dict[str, dict[str, str]] = {column: {} for column in columns}

    def __len__(self) -> int:
        return len(self.items)

    def add(self, place: int, item: str, cells: Mapping[str, Any]) -> None:
        """One more row; cells of columns with too many values are forgotten."""
        self.places.append(place)
        self.items.append(item)
        for column, values in list(self.values.items()):
            cell = cells.get(column)
            said = "" if cell is None else shown(cell)  # "none" is a setting as well: no reranker
            known = self.distinct[column]
            values.append(known.setdefault(said, said))
            if len(known) > MOST_VALUES:
                del self.values[column], self.distinct[column]

    @property
    def columns(self) -> list[str]:
        """Columns that are still looked at."""
        return list(self.values)

    @cached_property
    def rows_of(self) -> dict[str, list[int]]:
        """Rows of each item; rows without an item are left out."""
        found: dict[str, list[int]] = defaultdict(list)
        for row, item in enumerate(self.items):
            if item:
                found[item].append(row)
        return dict(found)

    def rename(self, items: Sequence[str]) -> None:
        """Other items for the same rows."""
        self.items = list(items)
        self.__dict__.pop("rows_of", None)

    def varies(self, column: str) -> int:
        """Items whose rows differ in a column."""
        values = self.values[column]
        return sum(len({values[row] for row in rows}) > 1 for rows in self.rows_of.values())

    def several(self) -> int:
        """Items with more than one row."""
        return sum(len(rows) > 1 for rows in self.rows_of.values())

    def crossed(self, column: str) -> bool:
        """Whether every value of a column meets every item equally often, but for a few gaps: it was varied on purpose.

        What came out of a run is not: one item's answers are A, A, B, the next one's B, B, B. An empty cell is a value
        beside others: "reranker" is often left empty where there was none.
        """
        values = self.values[column]
        patterns = Counter(
            tuple(sorted(Counter(values[row] for row in rows).items()))
            for rows in self.rows_of.values()
            if len(rows) > 1
        )
        if not patterns:
            return False
        (pattern, count), *_ = patterns.most_common(1)
        equally = len({often for _, often in pattern}) == 1
        return len(pattern) > 1 and equally and count >= 0.8 * patterns.total() and count >= 3

    def constant_within_items(self, column: str) -> bool:
        """Whether a column says the same on all rows of an item, and not the same everywhere."""
        return self.several() > 0 and self.varies(column) == 0 and len(self.distinct[column]) > 1

    def tells(self, column: str, other: str) -> bool:
        """Whether the values of one column follow from those of another."""
        known: dict[str, str] = {}
        pairs = zip(self.values[other], self.values[column], strict=True)
        return all(known.setdefault(given, value) == value for given, value in pairs)

    def counts(self, columns: Iterable[str]) -> Counter[Key]:
        """Rows for each item and combination of values."""
        chosen = [self.values[column] for column in columns]
        return Counter((item, *(values[row] for values in chosen)) for row, item in enumerate(self.items) if item)

    def unique(self, columns: Iterable[str]) -> bool:
        """Whether item and these columns name every row."""
        return all(count == 1 for count in self.counts(columns).values())


def shown(cell: Any) -> str:
    """A cell as a person writes it: 3.0 as 3, yes and no as they are."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return text(cell).strip()
