"""Guessing what the columns of a score table mean, by their names and by what is in them, with reasons."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ragtui.model import guess_metric
from ragtui.sources import aliases
from ragtui.sources.columns import ColumnMap
from ragtui.sources.table.cells import WORDS, is_blank, plain_number

Row = Mapping[str, Any]

FITTING = 0.5
"""Confidence from which a table found in a folder is listed; a table named directly needs only to be readable."""

_NUMBERED = re.compile(r" \(\d+\)$")
_SAID_BY = ("judge", "grader", "evaluator", "scorer")
"""Columns that name metrics when they differ, and only who judged when they are all the same."""
_DIVIDERS = ("turn", "turn_id", "subtask", "task", "category", "filter", "split", "language")


def guess_columns(columns: Sequence[str], rows: Sequence[Row]) -> ColumnMap:
    """The most likely map of a table.

    Args:
        columns: names in order.
        rows: as many rows as are at hand, cells by column name.

    Returns:
        A map with `reasons` by role and a `confidence`; without scores or items where none could be found.
    """
    return _Guess(columns, rows).made()


class _Guess:
    def __init__(self, columns: Sequence[str], rows: Sequence[Row]) -> None:
        self.columns = tuple(columns)
        self.rows = rows
        self.reasons: dict[str, str] = {}
        self.taken: set[str] = set()
        self._by_name = {aliases.snake(column): column for column in reversed(columns)}
        twice = {column: _NUMBERED.sub("", column) for column in columns if _NUMBERED.search(column)}
        self._repeated = {name for pair in twice.items() if pair[1] in columns for name in pair}

    def made(self) -> ColumnMap:
        metric, score = self._long_form()
        item = self._named("item", aliases.ITEM)
        repeat = self._named("repeat", aliases.REPEAT)
        question = self._text("question", aliases.QUESTION)
        texts = {
            "expected": self._text("expected", aliases.EXPECTED),
            "output": self._text("output", (*aliases.OUTPUT, "output_2")),
            "rationale": self._text("rationale", aliases.RATIONALE),
            "contexts": self._text("contexts", aliases.CONTEXTS),
            "error": self._named("error", aliases.ERROR),
        }
        key = tuple(column for column in (item or question, metric) if column)
        repeat = repeat or self._counter(key)
        run = self._run(repeat)
        items = self._items(item, question, repeat, run, metric)
        metrics = () if metric else self._metrics(bool(texts["error"]))
        words = self._words((score,) if metric else metrics)
        return ColumnMap(
            item=items,
            repeat=repeat,
            run=run,
            metric=metric,
            score=score,
            metrics=metrics,
            question=question,
            words=words,
            higher_is_better=tuple(name for name in metrics if guess_metric(name).sign > 0),
            lower_is_better=tuple(name for name in metrics if guess_metric(name).sign < 0),
            reasons=self.reasons,
            confidence=self._confidence(items, question, repeat, run, metric, metrics, texts),
            expected=texts["expected"],
            output=texts["output"],
            rationale=texts["rationale"],
            contexts=texts["contexts"],
            error=texts["error"],
            latency="" if metric else self._named("latency", aliases.SECONDS),
            cost="" if metric else self._named("cost", aliases.COST),
            tokens="" if metric else self._named("tokens", aliases.TOKENS),
        )

    def _long_form(self) -> tuple[str, str]:
        metric, score = self._find(aliases.METRIC), self._find(aliases.SCORE)
        names = {text for row in self.rows if (text := row.get(metric)) and isinstance(text, str)} if metric else set()
        if not metric or not score or not names or any(plain_number(name) is not None for name in names):
            return "", ""
        if len(names) == 1 and metric.strip().lower() in _SAID_BY:
            return "", ""
        self.reasons["metric"] = f"{metric!r} names the metric of each row: {_some(sorted(names))}"
        self.reasons["score"] = f"{score!r} holds its score"
        self.taken |= {metric, score}
        return metric, score

    def _run(self, repeat: str) -> str:
        run = next(
            (found for name in aliases.RUN if (found := self._by_name.get(name)) and found not in self.taken), ""
        )
        several = len(self._values(run)) > 1 if run else False
        other = self._by_name.get("generator_2", "")
        if not run and other:
            run, several = other, True
        if not run or (not several and run != other and not repeat):
            self.taken |= {run} - {""}
            return ""
        self.taken.add(run)
        self.reasons["run"] = f"{run!r} names the configuration: {_some(self._values(run))}"
        return run

    def _counter(self, key: tuple[str, ...]) -> str:
        """A column of whole numbers that tells apart the rows of one item, and is called like a counter."""
        if not key or self._unique(key):
            return ""
        for name in aliases.COUNTERS:
            column = self._by_name.get(name, "")
            if not column or column in self.taken or not all(value.isdecimal() for value in self._values(column)):
                continue
            if self._unique((*key, column)):
                self.taken.add(column)
                self.reasons["repeat"] = f"{column!r} counts the rows of each item"
                return column
        return ""

    def _items(self, item: str, question: str, repeat: str, run: str, metric: str) -> tuple[str, ...]:
        if not item:
            if question:
                self.reasons["item"] = f"no id column; ids are made from {question!r}"
            return ()
        if repeat:
            return (item,)
        key = tuple(column for column in (item, run, metric) if column)
        divider = self._find(_DIVIDERS)
        if divider and not self._unique(key) and self._unique((*key, divider)):
            self.reasons["item"] = f"{item!r} names the item together with {divider!r}: only both are unique"
            self.taken.add(divider)
            return (item, divider)
        return (item,)

    def _metrics(self, has_error: bool) -> tuple[str, ...]:
        found = []
        for column in self.columns:
            if column in self.taken or not aliases.could_be_metric(column):
                continue
            if column in self._repeated:
                self.reasons[f"not a metric: {column}"] = "its name occurs twice in the header"
                continue
            if has_error and column.strip().lower() in ("success", "succeeded", "ok"):
                self.reasons[f"not a metric: {column}"] = "it only repeats whether there was an error"
                continue
            cells = [value for row in self.rows if not is_blank(value := row.get(column))]
            numbers = sum(plain_number(cell) is not None for cell in cells)
            known_words = sum(isinstance(cell, str) and cell.strip().casefold() in WORDS for cell in cells)
            if not cells:
                self.reasons[f"not a metric: {column}"] = "it is empty"
            elif numbers + known_words >= 0.8 * len(cells):
                found.append(column)
                self.reasons[f"metric: {column}"] = "numbers" if numbers >= known_words else "words that mean 1 or 0"
        return tuple(found)

    def _words(self, columns: Sequence[str]) -> dict[str, float]:
        said = {
            cell.strip().casefold()
            for column in columns
            for row in self.rows
            if isinstance(cell := row.get(column), str) and cell.strip().casefold() in WORDS
        }
        words = {word: WORDS[word] for word in sorted(said)}
        if words:
            self.reasons["words"] = ", ".join(f"{word} is {value:g}" for word, value in words.items())
        return words

    def _confidence(
        self,
        items: tuple[str, ...],
        question: str,
        repeat: str,
        run: str,
        metric: str,
        metrics: tuple[str, ...],
        texts: Mapping[str, str],
    ) -> float:
        if not (metric or metrics) or not (items or question):
            return 0.0
        evaluated = bool(metric or repeat or run or texts["output"] or texts["rationale"])
        telling = bool(metric) or any(map(aliases.sounds_like_score, metrics))
        parts = (0.3, 0.25 if items else 0.0, 0.25 if evaluated else -0.1, 0.2 if telling else -0.1)
        return round(max(0.0, min(1.0, sum(parts))), 2)

    def _named(self, role: str, names: Sequence[str]) -> str:
        column = self._find(names)
        if column:
            self.taken.add(column)
            self.reasons.setdefault(role, f"{column!r} by its name")
        return column

    def _text(self, role: str, names: Sequence[str]) -> str:
        column = self._find(names)
        if not column or all(plain_number(row.get(column)) is not None for row in self.rows if row.get(column)):
            return ""
        return self._named(role, names)

    def _find(self, names: Sequence[str]) -> str:
        return next((found for name in names if (found := self._by_name.get(name, "")) and found not in self.taken), "")

    def _values(self, column: str) -> list[str]:
        return list(dict.fromkeys(str(row.get(column)) for row in self.rows if not is_blank(row.get(column))))

    def _unique(self, columns: Sequence[str]) -> bool:
        keys = [tuple(str(row.get(column)) for column in columns) for row in self.rows]
        return len(set(keys)) == len(keys)


def _some(values: Sequence[str]) -> str:
    shown = [value if len(value) <= 40 else value[:39] + "…" for value in values[:3]]
    return ", ".join(shown) + (f" and {len(values) - 3} more" if len(values) > 3 else "")
