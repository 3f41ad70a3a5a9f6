"""Lines whose records hold others: what a JSON list of them would be, read line by line.

{"id": "q1", "rollouts": [{"reward": 1}, {"reward": 0}]} on a line has two rows, and {"id": "q1", "models": {"a": {…},
"b": {…}}} one for each model, as in a document (see `ragtui.sources.table.shape`), but only one line is in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ragtui.files.problems import ProblemLog
from ragtui.sources.table.rows import Cells, Row, Rows
from ragtui.sources.table.shape import left_out_of, rows_within

MOST = 1000
"""Rows of one line; a line with more is told by the first ones."""
_LOOKED_AT = 64


def nested(rows: Rows) -> Rows:
    """The rows inside of the records of lines; the same rows where the records hold none."""
    sample = rows.probe(_LOOKED_AT)
    if not any(type(cell) in (list, dict) for cells in sample for cell in cells.values()):
        return rows
    within = rows_within(sample)
    return rows if within is None else NestedRows(rows, within, left_out_of(sample))


class NestedRows(Rows):
    """The rows inside of the records of other rows.

    Args:
        rows: the records.
        within: the rows of one record.
        left_out: scores of the records themselves, which are not read; as a sentence.
    """

    def __init__(self, rows: Rows, within: Callable[[Cells], list[Cells]], left_out: str = "") -> None:
        self.path = rows.path
        self.assumed = (*rows.assumed, *([left_out] if left_out else []))
        self._rows = rows
        self._within = within
        self.columns = tuple(dict.fromkeys(name for cells in self.probe(_LOOKED_AT) for name in cells))

    def read(self, problems: ProblemLog) -> Iterator[Row]:
        """Every row of every record."""
        for row in self._rows.read(problems):
            inner = self._within(row.cells)
            for number, cells in enumerate(inner[:MOST]):
                yield Row(row.line, row.place * MOST + number, hash((row.digest, number)), cells)
            if len(inner) > MOST:
                problems.add(
                    f"holds {len(inner)} rows, of which the first {MOST} are read",
                    "write one record a row",
                    line=row.line or None,
                    kind="more rows",
                )

    def at(self, place: int) -> Cells:
        """One row of a record."""
        record, number = divmod(place, MOST)
        return self._within(self._rows.at(record))[number]
