"""A table's rows as records of the own format, under a column map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ragtui.files.fields import identifier, text
from ragtui.files.problems import ProblemLog
from ragtui.sources.columns import ColumnMap
from ragtui.sources.plain import own_record, question_id
from ragtui.sources.table.cells import is_blank, plain_number
from ragtui.sources.table.rows import Cells, Row

Record = dict[str, Any]

_BOOLEANS = {"true": 1.0, "false": 0.0}


class RowReader:
    """Reads rows as a column map says."""

    def __init__(self, columns: ColumnMap) -> None:
        self.columns = columns
        self._words = {**_BOOLEANS, **{word.strip().casefold(): value for word, value in columns.words.items()}}

    def scores(self, cells: Cells) -> Record:
        """Scores of a row by metric; a blank cell is no score."""
        take = self.columns
        if not take.is_long:
            said = {name: self.score(cells.get(name)) for name in take.metrics}
        else:
            error = self._error(cells)
            score = self.score(cells.get(take.score))
            said = {self.metric_of(cells): score if error is None else {"value": None, "error": error}}
        return {name: score for name, score in said.items() if score is not None}

    def judgements(self, cells: Cells) -> Record:
        """Scores of a row with what the judge said."""
        rationale = text(cells.get(self.columns.rationale)) if self.columns.rationale else ""
        return {
            name: {**(score if isinstance(score, dict) else {"value": score}), "rationale": rationale}
            for name, score in self.scores(cells).items()
        }

    def numbers(self, cells: Cells, scores: Mapping[str, Any]) -> dict[str, Any]:
        """What the cube needs of a row, as a record of the own format."""
        take = self.columns
        return {
            "item": self.item_of(cells),
            "id_from_question": not take.item,
            "repeat": self.repeat_of(cells),
            "error": None if take.is_long else self._error(cells),
            "scores": dict(scores),
            "latency_s": plain_number(cells.get(take.latency)) if take.latency else None,
            "cost_usd": plain_number(cells.get(take.cost)) if take.cost else None,
            "tokens": self._tokens(cells.get(take.tokens)) if take.tokens else None,
        }

    def _tokens(self, cell: Any) -> Any:
        return plain_number(cell) if isinstance(cell, str) else own_record({"tokens": cell})["tokens"]

    def _error(self, cells: Cells) -> str | None:
        error = cells.get(self.columns.error) if self.columns.error else None
        return None if is_blank(error) or error is False else text(error)

    def record(self, cells: Cells, scores: Mapping[str, Any]) -> dict[str, Any]:
        """A row with its text, as a record of the own format."""
        take = self.columns
        named = {"question": take.question, "expected": take.expected, "output": take.output, "contexts": take.contexts}
        texts = own_record({role: cells.get(column) for role, column in named.items() if column})
        rest = {name: value for name, value in cells.items() if name not in take.used() and not is_blank(value)}
        return {**texts, **self.numbers(cells, scores), "metadata": rest}

    def score(self, cell: Any) -> Any:
        """A cell as a score: a number, an object with an error, or a word nobody mapped; None when blank."""
        if is_blank(cell):
            return None
        if isinstance(cell, str) and (word := cell.strip().casefold()) in self._words:
            return self._words[word]
        value = plain_number(cell)
        if value is None:
            return cell
        if value in self.columns.missing_values:
            return {"value": None, "error": f"{value:g} means that there is no score", "raw": text(cell)}
        return value

    def item_of(self, cells: Cells) -> str:
        """Item id of a row; empty when it has none."""
        if not self.columns.item:
            question = cells.get(self.columns.question)
            return "" if is_blank(question) else question_id(question)
        parts = [identifier(cells.get(column)) for column in self.columns.item]
        return "/".join(parts) if all(parts) else ""

    def repeat_of(self, cells: Cells) -> str:
        """Repeat label of a row; empty without such a column."""
        return identifier(cells.get(self.columns.repeat)) if self.columns.repeat else ""

    def run_of(self, cells: Cells) -> str:
        """Name of the run a row belongs to; empty without such a column."""
        return text(cells.get(self.columns.run)).strip() if self.columns.run else ""

    def metric_of(self, cells: Cells) -> str:
        """Metric of a row in long form."""
        return text(cells.get(self.columns.metric)).strip() if self.columns.metric else ""


def wide_records(reader: RowReader, rows: Iterable[Row]) -> Iterable[tuple[Row, Record]]:
    """One record a row."""
    for row in rows:
        yield row, reader.numbers(row.cells, reader.scores(row.cells))


def long_records(
    reader: RowReader, rows: Iterable[Row], parts: dict[int, list[int]], problems: ProblemLog
) -> list[tuple[Row, Record]]:
    """Rows of one item and repeat joined to one record; a metric that comes twice is refused.

    Args:
        parts: filled with the places of all rows of a record, by the place of its first.
    """
    joined: dict[tuple[str, str, int], tuple[Row, Record]] = {}
    seen: dict[tuple[str, str, str], int] = {}
    first_line: dict[tuple[str, str, str], int] = {}
    for row in rows:
        item, repeat = reader.item_of(row.cells), reader.repeat_of(row.cells)
        metric, scores = reader.metric_of(row.cells), reader.scores(row.cells)
        cell = (item, repeat, metric)
        occurrence = seen[cell] = seen.get(cell, 0) + 1
        if repeat:
            if occurrence > 1:
                _refuse_second(joined[item, repeat, 1][1], row, cell, scores.get(metric), first_line[cell], problems)
                continue
            occurrence = 1
        first_line[cell] = row.line
        first, record = joined.setdefault((item, repeat, occurrence), (row, reader.numbers(row.cells, {})))
        parts.setdefault(first.place, []).append(row.place)
        record["scores"].update(scores)
    return list(joined.values())


def _refuse_second(
    record: Record, row: Row, cell: tuple[str, str, str], score: Any, first: int, problems: ProblemLog
) -> None:
    item, repeat, metric = cell
    if record["scores"].get(metric) == score:
        problems.add(
            f"item {item}, repeat {repeat}, {metric} is written twice with the same score: counted once",
            line=row.line or None,
            kind="same twice",
        )
        return
    record["scores"].pop(metric, None)
    problems.add(
        f"item {item}, repeat {repeat}, {metric} has two different scores (first on line {first}): both are left out",
        "remove one of them, or name the column that tells them apart",
        line=row.line or None,
        kind="duplicate",
    )
