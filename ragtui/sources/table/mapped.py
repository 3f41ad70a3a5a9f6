"""A table's rows as records of the own format, under a column map."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ragtui.files.fields import identifier, mapping, text
from ragtui.files.problems import ProblemLog
from ragtui.model import COST, LATENCY, TOKENS
from ragtui.sources import aliases
from ragtui.sources.columns import ColumnMap
from ragtui.sources.cube.records import token_sum
from ragtui.sources.drafts.values import asked_in, conversation_in, is_prompt, parsed, spoken
from ragtui.sources.table.book import shown
from ragtui.sources.table.cells import amount, is_blank, plain_number, stated_score, written_score
from ragtui.sources.table.flat import container_of, judged
from ragtui.sources.table.meaning import names
from ragtui.sources.table.meaning.keys import item_id, question_id
from ragtui.sources.table.meaning.kinds import Kinds
from ragtui.sources.table.rows import Cells, Row
from ragtui.sources.table.texts import passages, token_counts

Record = dict[str, Any]

_BOOLEANS = {"true": 1.0, "false": 0.0}
_EMPTY_ERRORS = frozenset({
    "nan", "none", "null", "false", "[]", "{}", "0", "0.0", "no", "no error", "ok", "nein", "keine", "keiner",
    "kein fehler", "non", "aucun", "aucune", "ninguno", "ninguna", "nessuno", "nessuna", "não", "nao", "nenhum", "nee",
    "geen", "nej", "nei", "ingen", "ei", "nie", "brak", "ne", "hayır", "yok", "tidak", "нет", "ні", "いいえ", "なし",
    "否", "无", "無", "아니오", "없음",
})  # fmt: skip
"""What stands in a column of errors where there was none."""
_OWN = ("trace_id", "trace_url", "started_at", "attempt", "judging")


class RowReader:
    """Reads rows as a column map says.

    Args:
        columns: the map.
        items: item by place, for rows whose item their cells do not name.
        failing: metrics that were scored nowhere: their blank cells are failed scores, not gaps.
        attempts: rows of one item are tries of one result.
        varying: columns that differ between the rows of an item; they describe a result, not the item.
    """

    def __init__(
        self,
        columns: ColumnMap,
        items: Mapping[int, str] | None = None,
        failing: frozenset[str] = frozenset(),
        varying: frozenset[str] = frozenset(),
        *,
        attempts: bool = False,
    ) -> None:
        self._attempts = attempts
        self.columns = columns
        self._items = items or {}
        self._failing = failing
        self._varying = varying
        self._used = frozenset(columns.used())
        self._words = {**_BOOLEANS, **{word.strip().casefold(): value for word, value in columns.words.items()}}

    def scores(self, cells: Cells) -> Record:
        """Scores of a row by metric; a blank cell is no score."""
        take = self.columns
        if take.is_long:
            error = self._error(cells)
            score = self.score(cells.get(take.score), take.score)
            name = self.metric_of(cells)
            base = text(cells.get(take.metric)).strip()
            said = {name: self._doubted(base, score) if error is None else {"value": None, "error": error}}
        else:
            said = {self._called(name, cells): self._said(name, cells.get(name)) for name in take.metrics}
            for column, labels in take.categories.items():
                said |= category_scores(take.name_of(column), labels, cells.get(column))
        return {name: score for name, score in said.items() if score is not None}

    def _called(self, column: str, cells: Cells) -> str:
        name = self.columns.name_of(column)
        return f"{name}[{shown(cells.get(self.columns.judge))}]" if self.columns.judge else name

    def _said(self, column: str, cell: Any) -> Any:
        if column in self._failing and is_blank(cell):
            return {"value": None, "error": "no score was written for any row"}
        return self._doubted(self.columns.name_of(column), self.score(cell, column))

    def _doubted(self, name: str, score: Any) -> Any:
        """A score that was found to stand for a failure, as a failed score."""
        failed = self.columns.failed_values.get(name)
        value = score.get("value") if isinstance(score, dict) else score
        if not failed or value not in failed:
            return score
        said = {"value": None, "error": f"{value:g} is suspected to be a failed score", "raw": text(value)}
        return {**score, **said} if isinstance(score, dict) else said

    def judgements(self, cells: Cells) -> Record:
        """Scores of a row with what the judge said."""
        take = self.columns
        reason = text(cells.get(take.rationale)) if take.rationale else ""
        own = {self._called(column, cells): text(cells.get(where)) for column, where in take.rationales.items()}
        return {name: _with_reason(score, own.get(name) or reason) for name, score in self.scores(cells).items()}

    def numbers(self, row: Row, scores: Mapping[str, Any]) -> Record:
        """What the cube needs of a row, as a record of the own format."""
        take, cells = self.columns, row.cells
        error = None if take.is_long else self._error(cells)
        if not error and take.status:
            error = self.unsuccessful(cells, scores)
        own = {name: cells[name] for name in _OWN if name in cells and name not in self._used}
        spent = self.spent(cells)
        failed = {name: said for name, value in spent.items() if (said := self._failed_amount(name, value))}
        return {
            "item": self.item_of(row),
            "id_from_question": not take.item or not item_id(cells, take.item[:1]),
            "repeat": self.repeat_of(cells),
            "error": error,
            "scores": {**failed, **scores},
            "latency_s": None if LATENCY.name in failed else self._seconds(cells),
            "cost_usd": None if COST.name in failed else spent.get(COST.name, _unread(cells.get(take.cost))),
            "tokens": self._tokens(cells) if take.tokens and TOKENS.name not in failed else None,
            **own,
        }

    def spent(self, cells: Cells) -> dict[str, float]:
        """What a row took, as it is written: latency in the column's own unit, cost, all tokens."""
        take = self.columns
        found = {
            LATENCY.name: took.value if take.latency and (took := amount(cells.get(take.latency))) else None,
            COST.name: cost.value if take.cost and (cost := amount(cells.get(take.cost))) else None,
            TOKENS.name: token_sum(token_counts(cells.get(take.tokens))) if take.tokens else None,
        }
        return {name: value for name, value in found.items() if value is not None}

    def _failed_amount(self, name: str, value: float) -> Record | None:
        if value not in (*self.columns.failed_values.get(name, ()), *self.columns.missing_values):
            return None
        return {"value": None, "error": f"{value:g} is suspected to be no measurement", "raw": f"{value:g}"}

    def _seconds(self, cells: Cells) -> Any:
        take = self.columns
        took = amount(cells.get(take.latency)) if take.latency else None
        if took is None:
            return _unread(cells.get(take.latency))
        if took.seconds is not None:
            return took.value * took.seconds
        return took.value / 1000 if names.tail(take.latency) in aliases.MILLISECONDS else took.value

    def _tokens(self, cells: Cells) -> Any:
        counts = token_counts(cells.get(self.columns.tokens))
        return _unread(cells.get(self.columns.tokens)) if counts is None else counts

    def _error(self, cells: Cells) -> Any:
        error = cells.get(self.columns.error) if self.columns.error else None
        if is_blank(error) or error in (False, 0, [], {}):
            return None
        if isinstance(error, float) and error != error:  # pandas writes a missing text so
            return None
        if isinstance(error, str) and error.strip().casefold() in _EMPTY_ERRORS:
            return None
        return mapping(error).get("message") or text(error)

    def unsuccessful(self, cells: Cells, scores: Mapping[str, Any]) -> str | None:
        """Why a row counts as failed that says it did not succeed and holds nothing but zeros; None for others."""
        values = [mapping(score).get("value", score) if isinstance(score, dict) else score for score in scores.values()]
        cell, column = cells.get(self.columns.status), self.columns.status
        if Kinds.truth(cell, column) is not False or not values or any(values):
            return None
        said = text(cell) if names.is_http(column) else "false"
        return f"{names.short(column)} is {said} and every score is 0: suspected to be a failed call"

    def record(self, row: Row, scores: Mapping[str, Any]) -> Record:
        """A row with its text, as a record of the own format."""
        take, cells = self.columns, row.cells
        named = {"question": take.question, "expected": take.expected, "output": take.output}
        texts = {role: cells.get(column) for role, column in named.items() if column}
        if recorded := conversation_in(texts.get("question")):
            texts = {"output": recorded, **texts, "question": asked_in(texts["question"])}
        elif is_prompt(asked := texts.get("question")):
            texts["question"] = spoken(parsed(asked))
        texts["contexts"] = passages(cells.get(take.contexts)) if take.contexts else None
        rest = {metadata_name(name): value for name, value in self._rest(cells)}
        return {**texts, **self.numbers(row, scores), "metadata": rest}

    def about_item(self, row: Row) -> dict[str, Any]:
        """What describes the item: other columns that say the same on all its rows."""
        return {metadata_name(name): value for name, value in self._rest(row.cells) if name not in self._varying}

    def _rest(self, cells: Cells) -> Iterator[tuple[str, Any]]:
        for name, value in cells.items():
            if name not in self._used and not is_blank(value) and not names.is_row_number(name) and name not in _OWN:
                yield name, value

    def score(self, cell: Any, column: str = "") -> Any:
        """A cell as a score: a number, an object with an error, or a word nobody mapped; None when blank."""
        if type(cell) is dict:
            found = judged(cell)
            value = self.score(found["value"], column)
            if isinstance(value, dict):
                return {**found, **value}
            return {**found, "value": value}
        if is_blank(cell) and not (isinstance(cell, str) and cell.strip() and container_of(column)):
            return None  # "n/a" stands for nothing in a table; under `scores` it is what somebody wrote there
        if isinstance(cell, str):
            word = cell.strip().casefold()
            if word in self._words:
                return self._words[word]
            if (value := self._written(cell, column)) is not None:
                return value
        number = plain_number(cell)
        if number is None:
            return cell
        if number in self.columns.missing_values:
            return {"value": None, "error": f"{number:g} means that there is no score", "raw": text(cell)}
        return number

    def _written(self, cell: str, column: str) -> float | None:
        """A score written as text, read as the whole column is; None when it is written otherwise."""
        form = self.columns.forms.get(column)
        written = (written_score(cell) or stated_score(cell)) if form else None
        if written is None:
            return None
        if written.form == "percent":
            return written.value if form == "percent" else written.value / 100 if form == "share" else None
        if written.form == "fraction":
            if form in ("ratio", "share"):
                return written.value / written.whole
            scale = self.columns.scales.get(self.columns.name_of(column))
            return written.value if form == "fraction" and (scale is None or scale[1] == written.whole) else None
        return written.value

    def item_of(self, row: Row) -> str:
        """Item id of a row; empty when it has none."""
        if (own := self._items.get(row.place)) is not None:
            return own
        return named_item(row.cells, self.columns)

    def repeat_of(self, cells: Cells) -> str:
        """Repeat label of a row; empty without such a column."""
        if self._attempts:
            return "1"
        return identifier(cells.get(self.columns.repeat)) if self.columns.repeat else ""

    def run_of(self, cells: Cells) -> tuple[str, ...]:
        """The settings of the run a row belongs to; empty without such columns."""
        return tuple(shown(cells.get(column)) for column in self.columns.run)

    def metric_of(self, cells: Cells) -> str:
        """Metric of a row in long form."""
        name = text(cells.get(self.columns.metric)).strip() if self.columns.metric else ""
        return f"{name}[{shown(cells.get(self.columns.judge))}]" if name and self.columns.judge else name

    @property
    def joins_rows(self) -> bool:
        """Whether several rows make one record: one score a row, or one judge a row."""
        return self.columns.is_long or bool(self.columns.judge)


def _unread(cell: Any) -> Any:
    """A measurement that is no number, as it is written: it is named, not passed over."""
    return None if is_blank(cell) or type(cell) is not str else cell


def named_item(cells: Cells, columns: ColumnMap) -> str:
    """The item that a row's own cells name: by its columns, else by its question; empty when it has neither."""
    if columns.item and (found := item_id(cells, columns.item)):
        return found
    question = cells.get(columns.question)
    return "" if is_blank(question) else question_id(question)


def category_scores(name: str, labels: Sequence[str], cell: Any) -> Record:
    """One score a label: 1 for the one that was said, 0 for the others; a text nobody knows is no score of any."""
    if is_blank(cell):
        return {}
    said = text(cell).strip()
    known = said in labels
    return {f"{name} = {label}": float(said == label) if known else said for label in labels}


def metadata_name(column: str) -> str:
    """What a column is called among an item's metadata: "metadata.topic" is "topic"."""
    return column.removeprefix("metadata.")


def _with_reason(score: Any, reason: str) -> Record:
    found = dict(score) if isinstance(score, dict) else {"value": score}
    return {**found, "rationale": found.get("rationale") or reason}


def wide_records(reader: RowReader, rows: Iterable[Row]) -> Iterable[tuple[Row, Record]]:
    """One record a row."""
    for row in rows:
        yield row, reader.numbers(row, reader.scores(row.cells))


def joined_records(
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
        item, repeat, scores = reader.item_of(row), reader.repeat_of(row.cells), reader.scores(row.cells)
        told = reader.metric_of(row.cells) if reader.columns.is_long else shown(row.cells.get(reader.columns.judge))
        cell = (item, repeat, told)
        occurrence = seen[cell] = seen.get(cell, 0) + 1
        if repeat:
            if occurrence > 1:
                _refuse_second(joined[item, repeat, 1][1], row, cell, scores, first_line[cell], problems)
                continue
            occurrence = 1
        first_line[cell] = row.line
        first, record = joined.setdefault((item, repeat, occurrence), (row, reader.numbers(row, {})))
        parts.setdefault(first.place, []).append(row.place)
        record["scores"].update(scores)
    return list(joined.values())


def _refuse_second(
    record: Record, row: Row, cell: tuple[str, str, str], scores: Record, first: int, problems: ProblemLog
) -> None:
    item, repeat, told = cell
    if all(record["scores"].get(name) == score for name, score in scores.items()):
        problems.add(
            f"item {item}, repeat {repeat}, {told} is written twice with the same score: counted once",
            line=row.line or None,
            kind="same twice",
        )
        return
    for name in scores:
        record["scores"].pop(name, None)
    problems.add(
        f"item {item}, repeat {repeat}, {told} has two different scores (first on line {first}): both are left out",
        "remove one of them, or name the column that tells them apart",
        line=row.line or None,
        kind="duplicate",
    )
