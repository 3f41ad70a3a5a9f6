"""Records whose scores are lists: {"id": "q1", "correct": [1, 0, 1]} holds three repeats of an item.

Scores of passages and tokens are lists too, so the name has to be that of a metric, every list equally long, and no
passages of the same number beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ragtui.files.problems import ProblemLog
from ragtui.model import Role, guess_metric
from ragtui.sources import aliases
from ragtui.sources.columns import ColumnMap
from ragtui.sources.table.cells import plain_number
from ragtui.sources.table.meaning import names
from ragtui.sources.table.rows import Cells, Row, Rows
from ragtui.sources.table.unfolding.maps import singular

_MOST = 100
_PASSAGES = aliases.word_set(
    "retrieval retrieved passage passages chunk chunks doc docs document documents similarity"
    " similarities rerank reranker distance distances logprob logprobs embedding embeddings token tokens"
    " vector vectors node nodes context contexts rank ranks ranking hits search"
)
REPEAT = "repeat"


def listed_repeats(rows: Rows, given: ColumnMap | None, roles: Mapping[str, Any]) -> Rows:
    """The rows, one for each repeat where their scores are lists of repeats.

    Args:
        rows: the table.
        given: the map that a person confirmed; it says with its `repeat` whether they are taken apart.
        roles: roles that a person named; a `repeat` of their own, or none, leaves the rows as they are.
    """
    if REPEAT in rows.columns or "repeat" in roles or (given is not None and given.repeat != REPEAT):
        return rows
    sample = rows.probe(64)
    if not any(type(cell) is list for cells in sample for cell in cells.values()):
        return rows
    several, columns = lists_in(rows.columns, sample)
    return ListedRows(rows, columns, several) if several else rows


def lists_in(columns: Sequence[str], sample: Sequence[Cells]) -> tuple[int, dict[str, str]]:
    """How many repeats stand in lists, and the columns that hold them by what one entry is called; 0 for none."""
    lengths = {column: _length(column, sample) for column in columns}
    scores = {column: length for column, length in lengths.items() if length and _is_score(column, sample)}
    if len(set(scores.values())) != 1:
        return 0, {}
    several = next(iter(scores.values()))
    if any(lengths[column] == several and names.tail(column) in _BESIDE for column in columns):
        return 0, {}  # one score for each passage
    held = [
        column
        for column, length in lengths.items()
        if length == several and (column in scores or _is_text(column) or column in aliases.ERROR)
    ]
    called = {column: singular(column) if singular(column) not in columns else column for column in held}
    return several, called


def _is_text(column: str) -> bool:
    """Whether a list holds what came out in each repeat, such as "parsed_outputs" or "raw_responses"."""
    last = names.words(singular(column))[-1:]
    return names.tail(singular(column)) in _TEXTS or (bool(last) and last[0] in _OUTPUTS)


_BESIDE = frozenset((*aliases.CONTEXTS, "chunks", "docs", "retrieved_docs", "retrieved_chunks", "context_ids"))
_OUTPUTS = frozenset(("output", "answer", "response", "prediction", "completion", "generation", "reply"))
_TEXTS = frozenset((*aliases.OUTPUT, *aliases.RATIONALE, *aliases.ERROR, *aliases.SECONDS, *aliases.COST))


def _length(column: str, sample: Sequence[Cells]) -> int:
    """The length that all lists of a column have; 0 where it holds other things, or lists of different lengths."""
    filled = [cell for cells in sample if (cell := cells.get(column)) not in (None, "")]
    if not filled or not all(isinstance(cell, list) for cell in filled):
        return 0
    lengths = {len(cell) for cell in filled}
    return lengths.pop() if len(lengths) == 1 and 2 <= max(lengths, default=0) <= _MOST else 0


def _is_score(column: str, sample: Sequence[Cells]) -> bool:
    tail = names.tail(column)
    if set(names.words(column)) & _PASSAGES or names.is_no_score(column) not in ("", "it is text"):
        return False
    metric = guess_metric(tail)
    told = metric.sign != 0 and metric.role is Role.QUALITY
    if not told and tail not in (*aliases.SCORE, "scores", "ratings", "grades", "values"):
        return False
    entries = [entry for cells in sample if isinstance(cell := cells.get(column), list) for entry in cell]
    return any(entry is not None for entry in entries) and all(
        entry is None or plain_number(entry) is not None for entry in entries
    )


class ListedRows(Rows):
    """Rows of records with lists of repeats, one for each of them; a list too short has a repeat without a score."""

    def __init__(self, rows: Rows, columns: Mapping[str, str], several: int) -> None:
        self.path = rows.path
        self._rows = rows
        self._listed = dict(columns)
        self._several = several
        self.columns = (*(columns.get(name, name) for name in rows.columns), REPEAT)
        self.assumed = (f"the {several} entries of `{next(iter(columns))}` are taken for repeats", *rows.assumed)

    def read(self, problems: ProblemLog) -> Iterator[Row]:
        """Every record once for each repeat."""
        for row in self._rows.read(problems):
            for number in range(self._several):
                yield Row(
                    row.line,
                    row.place * self._several + number,
                    hash((row.digest, number)),
                    self._of(row.cells, number),
                )
            longer = next(
                (c for c in self._listed if isinstance(s := row.cells.get(c), list) and len(s) > self._several), ""
            )
            if longer:
                problems.add(
                    f"`{longer}` has more than {self._several} entries: the others are left out",
                    "write one record a repeat",
                    line=row.line or None,
                    kind="longer list",
                )

    def at(self, place: int) -> Cells:
        """The cells of one repeat."""
        row, number = divmod(place, self._several)
        return self._of(self._rows.at(row), number)

    def _of(self, cells: Cells, number: int) -> Cells:
        out: dict[str, Any] = {}
        for name, cell in cells.items():
            called = self._listed.get(name)
            if called is None:
                out[name] = cell
            elif isinstance(cell, list):
                out[called] = cell[number] if number < len(cell) else None
            else:
                out[called] = cell if number == 0 else None
        return {**out, REPEAT: number + 1}
