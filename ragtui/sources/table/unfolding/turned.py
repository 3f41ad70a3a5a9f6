"""Tables that lie on their side: a row for each metric, a column for each item."""

from __future__ import annotations

from typing import Any

from ragtui.sources import aliases
from ragtui.sources.table.cells import is_blank, plain_number
from ragtui.sources.table.meaning import names
from ragtui.sources.table.rows import ListRows, Rows
from ragtui.sources.table.unfolding.maps import are_items, is_metric

_MOST_METRICS = 60


class TurnedRows(ListRows):
    """One row an item, with a column a metric."""

    assumed = ("the table lies on its side: a row for each metric, a column for each item",)


def turned(rows: Rows) -> Rows:
    """The rows, turned where the first column names metrics and the others are called like items."""
    if len(rows.columns) < 4 or not are_items(list(rows.columns[1:]), ""):
        return rows
    first, *items = rows.columns
    cells = rows.probe(_MOST_METRICS + 1)
    called = [str(row.get(first, "")) for row in cells]
    if not 0 < len(cells) <= _MOST_METRICS or len(set(called)) < len(called) or not all(map(_may_name, called)):
        return rows
    if names.tail(first) not in (*aliases.METRIC, "metrics", "score") and not any(map(is_metric, called)):
        return rows
    values = [row.get(item) for row in cells for item in items]
    if any(plain_number(value) is None and not is_blank(value) for value in values):
        return rows
    made: list[dict[str, Any]] = [
        {"item": item, **{name: row.get(item) for name, row in zip(called, cells, strict=True)}} for item in items
    ]
    return TurnedRows(rows.path, made)


def _may_name(said: str) -> bool:
    return bool(said.strip()) and plain_number(said) is None
