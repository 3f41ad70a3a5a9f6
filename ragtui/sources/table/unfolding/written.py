"""Objects written as text in a cell: a CSV whose `scores` column holds {"recall": 0.8}, as JSON or as Python prints it.

Python's form is turned into JSON by its quotes and three words; nothing is evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from ragtui.files.problems import ProblemLog
from ragtui.model import guess_metric
from ragtui.sources import aliases
from ragtui.sources.drafts.values import parsed
from ragtui.sources.table.cells import plain_number
from ragtui.sources.table.flat import flattened
from ragtui.sources.table.meaning import names
from ragtui.sources.table.rows import Cells, Row, Rows

_LONGEST = 20_000
"""Letters of the longest cell that is read as an object of scores."""
_PYTHON = re.compile(
    r"'(?P<text>[^'\"\\]*)'|\b(?P<word>None|True|False|nan)\b|\b(?:np|numpy)\.\w+\((?P<number>[^()]*)\)"
)
_FENCE = re.compile(r"(?s)\s*```(?:json)?\s*(?P<said>\{.*\})\s*```\s*")
"""As models answer who were asked for JSON."""
_WORDS = {"None": "null", "True": "true", "False": "false", "nan": "NaN"}


class WrittenRows(Rows):
    """Rows with their written objects taken apart, as dotted columns."""

    def __init__(self, rows: Rows, columns: Sequence[str]) -> None:
        self.path, self.assumed = rows.path, rows.assumed
        self._rows = rows
        self._written = columns
        self.columns = tuple(dict.fromkeys(name for cells in self.probe() for name in cells))

    def read(self, problems: ProblemLog) -> Iterator[Row]:
        """Every row, taken apart."""
        for row in self._rows.read(problems):
            yield row._replace(cells=self._apart(row.cells))

    def at(self, place: int) -> Cells:
        """The row at a place, taken apart."""
        return self._apart(self._rows.at(place))

    def _apart(self, cells: Cells) -> Cells:
        return flattened({name: _object(cell) if name in self._written else cell for name, cell in cells.items()})


def written_objects(rows: Rows) -> Rows:
    """The rows, taken apart where columns hold objects of scores as text."""
    sample = rows.probe(64)
    if not any(isinstance(cell, str) and cell[:1] in ("{", "`") for cells in sample for cell in cells.values()):
        return rows
    columns = [column for column in rows.columns if _holds_scores(column, [row.get(column) for row in sample])]
    return WrittenRows(rows, columns) if columns else rows


def _holds_scores(column: str, cells: Sequence[Any]) -> bool:
    filled = [cell for cell in cells if cell not in (None, "")]
    objects = [said for cell in filled if isinstance(said := _object(cell), dict)]
    if not objects or len(objects) < 0.8 * len(filled):
        return False
    numbers = [name for said in objects for name, value in said.items() if plain_number(value) is not None]
    return bool(numbers) and (
        names.tail(column) in aliases.SCORES or any(guess_metric(name).sign for name in numbers if name != "value")
    )


def _object(cell: Any) -> Any:
    """The object a cell writes; the cell itself where it writes none."""
    if not isinstance(cell, str) or len(cell) > _LONGEST:
        return cell
    if fenced := _FENCE.fullmatch(cell):
        cell = fenced["said"]
    if cell.lstrip()[:1] != "{":
        return cell
    said = parsed(cell)
    return parsed(_PYTHON.sub(_as_json, cell)) if isinstance(said, str) else said


def _as_json(found: re.Match[str]) -> str:
    if found["text"] is not None:
        return f'"{found["text"]}"'
    return _WORDS[found["word"]] if found["word"] else found["number"]
