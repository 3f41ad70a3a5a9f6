"""Finding the columns of a table for a role: by their names, or texts by what is in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ragtui.model import guess_metric
from ragtui.sources import aliases
from ragtui.sources.drafts.values import asked_in, is_prompt
from ragtui.sources.table.flat import container_of
from ragtui.sources.table.meaning import names
from ragtui.sources.table.meaning.kinds import Kinds

_LONG_TEXT = 24
"""Letters from which a text is likely to be a sentence rather than a name."""


class ColumnFinder:
    """The columns of a table that have no role yet.

    Args:
        columns: names in order.
        rows: as many rows as are at hand, cells by column name.
    """

    def __init__(self, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
        self.columns = tuple(columns)
        self.rows = rows
        self.reasons: dict[str, str] = {}
        self.taken: set[str] = set()
        self.kinds = Kinds(rows)
        self._by_name = {aliases.snake(column): column for column in reversed(columns)}
        self._by_tail: dict[str, list[str]] = {}
        for column in columns:
            self._by_tail.setdefault(names.tail(column), []).append(column)

    def known(self, name: str) -> str:
        """The free column of this name, or the only one that ends with it behind a point."""
        column = self._by_name.get(name, "")
        if column and column not in self.taken:
            return column
        free = [c for c in self._by_tail.get(name, ()) if c not in self.taken and not container_of(c)]
        return free[0] if len(free) == 1 else ""

    def find(self, among: Sequence[str]) -> str:
        """The free column of the first of these names that has one."""
        return next((found for name in among if (found := self.known(name))), "")

    def named(self, role: str, among: Sequence[str]) -> str:
        """The same column, taken for a role."""
        column = self.find(among)
        if column:
            self.taken.add(column)
            self.reasons.setdefault(role, f"{column!r} by its name")
        return column

    def text(self, role: str, among: Sequence[str]) -> str:
        """A column of texts for a role: by its name, by what it stands in, or by a word in its name."""
        for name in among:
            column = self.known(name)
            if column and not self.holds_numbers(column) and not (role == "rationale" and self.holds_words(column)):
                return self.named(role, (name,))
        if role == "expected" and (column := self._within_expected()):
            return column
        if role in ("question", "expected", "output"):
            return self._text_by_words(role)
        return ""

    def _within_expected(self) -> str:
        """A text in an object of what was expected: "expectedOutput.answer" is no answer of the pipeline."""
        for column in self.columns:
            outer = {aliases.snake(part) for part in column.split(".")[:-1]}
            if outer & set(aliases.EXPECTED) and column not in self.taken and not self.holds_numbers(column):
                self.taken.add(column)
                self.reasons["expected"] = f"{column!r} by what it stands in"
                return column
        return ""

    def _text_by_words(self, role: str) -> str:
        """A column of sentences whose name holds the word: "customer_question", "gold_answer", "rag_response"."""
        words = {
            "question": {"question", "query", "prompt", "instruction", "input", "utterance"},
            "expected": {"expected", "reference", "gold", "golden", "truth", "target", "ideal"},
            "output": {"answer", "response", "output", "completion", "prediction", "reply", "generation"},
        }[role]
        for column in self.columns:
            parts = set(names.words(column))
            if column in self.taken or not words & parts or guess_metric(names.tail(column)).sign:
                continue
            if role == "output" and (names.is_expected(column) or 2 * self.kinds.of(column).written > len(self.rows)):
                continue  # what was expected, or what a judge said with a score before it
            if self.kinds.of(column).longest >= _LONG_TEXT or (role == "expected" and names.is_expected(column)):
                self.taken.add(column)
                self.reasons[role] = f"{column!r} by a word in its name"
                return column
        return ""

    def asking(self, item: str) -> str:
        """Where no name tells, a column in which most texts end with a question mark."""
        if item:
            return ""
        for column in self.columns:
            texts = [cell for row in self.rows if isinstance(cell := row.get(column), str) and cell.strip()]
            asking = sum(cell.rstrip().endswith(("?", "？")) for cell in texts)
            if column not in self.taken and asking >= 2 and asking >= 0.6 * len(texts):
                self.taken.add(column)
                self.reasons["question"] = f"{column!r} holds questions"
                return column
        return ""

    def conversation(self) -> str:
        """A column of recorded conversations: what the user said in them is the question."""
        for column in self.columns:
            cells = [cell for row in self.rows[:20] if (cell := row.get(column)) not in (None, "")]
            if column not in self.taken and cells and (all(map(asked_in, cells)) or all(map(is_prompt, cells))):
                self.taken.add(column)
                self.reasons["question"] = f"{column!r} holds conversations: the user's turns are the question"
                return column
        return ""

    def holds_numbers(self, column: str) -> bool:
        """Whether nothing but numbers stand there."""
        kind = self.kinds.of(column)
        return kind.filled > 0 and kind.numbers == kind.filled

    def holds_words(self, column: str) -> bool:
        """Whether nothing but words for 1 and 0 stand there, thumbs or "yes": a score, whatever it is called."""
        kind = self.kinds.of(column)
        return kind.filled > 0 and kind.truths == kind.filled
