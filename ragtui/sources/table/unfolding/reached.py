"""Columns that a person named by their place in an object that is otherwise one cell: `contexts.docs`, `usage.total`.

Records are flattened but for what is one thing to a reader: passages, tokens, errors, and what lies deep. A person who
names a place in one of these means what stands there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ragtui.files.problems import ProblemLog
from ragtui.sources.table.rows import Cells, Row, Rows


def reached(rows: Rows, wanted: Sequence[str]) -> Rows:
    """The rows with columns for the places that are wanted and are in objects of theirs; as they are where none is."""
    known = set(rows.columns)
    places = [name for name in dict.fromkeys(wanted) if "." in name and name not in known]
    if not places:
        return rows
    sample = rows.probe()
    found = [name for name in places if any(_at(cells, name) is not None for cells in sample)]
    return ReachedRows(rows, found) if found else rows


class ReachedRows(Rows):
    """Rows with further columns, each a place in an object of another column."""

    def __init__(self, rows: Rows, places: Sequence[str]) -> None:
        self.path, self.assumed = rows.path, rows.assumed
        self._rows = rows
        self._places = tuple(places)
        self.columns = (*rows.columns, *self._places)

    def read(self, problems: ProblemLog) -> Iterator[Row]:
        """Every row with them."""
        for row in self._rows.read(problems):
            yield row._replace(cells=self._with_places(row.cells))

    def at(self, place: int) -> Cells:
        """The cells of a row with them."""
        return self._with_places(self._rows.at(place))

    def _with_places(self, cells: Cells) -> Cells:
        return {**cells, **{name: _at(cells, name) for name in self._places}}


def _at(cells: Mapping[str, Any], name: str) -> Any:
    """What stands at a place, below the longest column that begins it; None where nothing does."""
    parts = name.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        inner: Any = cells.get(".".join(parts[:cut]))
        for part in parts[cut:]:
            inner = inner.get(part) if isinstance(inner, Mapping) else None
        if inner is not None:
            return inner
    return None
