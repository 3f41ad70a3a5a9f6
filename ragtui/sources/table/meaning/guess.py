"""Guessing what the columns of a score table mean, by their names and by what is in them, with reasons.

Which columns tell the rows of one item apart is settled later, over all rows (`ragtui.sources.table.meaning.apart`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ragtui.model import Role, guess_metric
from ragtui.sources import aliases
from ragtui.sources.columns import ColumnMap
from ragtui.sources.table.cells import WORDS, is_blank, plain_number
from ragtui.sources.table.flat import container_of
from ragtui.sources.table.meaning import names
from ragtui.sources.table.meaning.finding import ColumnFinder
from ragtui.sources.table.meaning.kinds import Kinds
from ragtui.sources.table.meaning.passed_over import FEW_TEXTS, PASSED_OVER, by_name, spread_of
from ragtui.sources.table.unfolding.maps import are_items

Row = Mapping[str, Any]

FITTING = 0.5
"""Confidence from which a table found in a folder is listed; a table named directly needs only to be readable."""

_NUMBERED = re.compile(r" \(\d+\)$")
_SAID_BY = ("judge", "grader", "evaluator", "scorer")
"""Columns that name metrics when they differ, and only who judged when they are all the same."""
_STATUS = ("success", "succeeded", "ok", "is_success", "completed", "finished", "status", "state", "call_status")
_REASONS = (
    "rationale", "reason", "reasons", "explanation", "reasoning", "comment", "comments", "justification", "feedback",
    "why", "because", "critique", "analysis", "thoughts", "remark", "remarks", "verdict_reason",
)  # fmt: skip
BY_SHAPE = "tells the rows apart"
_FEWEST_ITEMS = 3
_LONGEST_ID = 120


def guess_columns(columns: Sequence[str], rows: Sequence[Row]) -> ColumnMap:
    """The most likely map of a table.

    Args:
        columns: names in order.
        rows: as many rows as are at hand, cells by column name.

    Returns:
        A map with `reasons` by role and a `confidence`; without scores or items where none could be found.
    """
    return _Guess(columns, rows).made()


class _Guess(ColumnFinder):
    def __init__(self, columns: Sequence[str], rows: Sequence[Row]) -> None:
        super().__init__(columns, rows)
        twice = {column: _NUMBERED.sub("", column) for column in columns if _NUMBERED.search(column)}
        self._weak_item = False
        self._elsewhere: set[str] = set()
        self._repeated = {name for pair in twice.items() if pair[1] in columns for name in pair}

    def made(self) -> ColumnMap:
        metric, score = self._long_form()
        error = self.named("error", aliases.ERROR)
        item = self._item()
        texts = {
            "question": self.text("question", aliases.QUESTION) or self.asking(item) or self.conversation(),
            "expected": self.text("expected", aliases.EXPECTED),
            "output": self.text("output", (*aliases.OUTPUT, "output_2")),
            "contexts": self.text("contexts", aliases.CONTEXTS),
        }
        if not item and not texts["question"]:
            item = self._item_by_shape()
        self._without_other_records(item, texts["question"])
        status = "" if metric else self._status(bool(error))
        latency = "" if metric else self.named("latency", (*aliases.SECONDS, *aliases.MILLISECONDS))
        cost = "" if metric else self.named("cost", aliases.COST)
        tokens = "" if metric else self.named("tokens", aliases.TOKENS)
        rationales = {} if metric else self._rationales()
        rationale = self.text("rationale", aliases.RATIONALE)
        metrics = () if metric else self._metrics()
        categories = {} if metric else self._categories(metrics)
        called = self._called(metrics)
        scored = (score,) if metric else metrics
        return ColumnMap(
            item=(item,) if item else (),
            metric=metric,
            score=score,
            metrics=metrics,
            names={column: name for column, name in called.items() if name != column},
            rationales={column: reason for column, reason in rationales.items() if column in metrics},
            categories=categories,
            forms={column: form for column in scored if (form := self.kinds.of(column).form)},
            scales={
                called.get(column, column): (0.0, whole) for column in metrics if (whole := self.kinds.of(column).whole)
            },
            words=self._words(scored),
            higher_is_better=tuple(name for column, name in called.items() if self._sign(column, name) > 0),
            lower_is_better=tuple(name for name in called.values() if guess_metric(name).sign < 0),
            question=texts["question"],
            expected=texts["expected"],
            output=texts["output"],
            rationale=rationale,
            contexts=texts["contexts"],
            error=error,
            status=status,
            latency=latency,
            cost=cost,
            tokens=tokens,
            reasons=self.reasons,
            confidence=self._confidence(
                item, texts, metric, called, bool(rationale or rationales) or self._graded(metrics)
            ),
        )

    def _without_other_records(self, *naming: str) -> None:
        """Look away from records that name no item: the start, the end and the totals of a log are no results."""
        named = [row for row in self.rows if any(not is_blank(row.get(column)) for column in naming if column)]
        if not named or len(named) == len(self.rows):
            return
        left = Kinds(named)
        self._elsewhere = {c for c in self.columns if self.kinds.of(c).filled and not left.of(c).filled}
        self.rows, self.kinds = named, left

    def _long_form(self) -> tuple[str, str]:
        metric, score = self.find(aliases.METRIC), self.find(aliases.SCORE)
        said = {text for row in self.rows if (text := row.get(metric)) and isinstance(text, str)} if metric else set()
        if not metric or not score or not said or any(plain_number(name) is not None for name in said):
            return "", ""
        if aliases.snake(metric) in _SAID_BY and (
            len(said) == 1 or (names.is_judge(metric) and self._other_scores(score))
        ):
            return "", ""
        self.reasons["metric"] = f"{metric!r} names the metric of each row: {_some(sorted(said))}"
        self.reasons["score"] = f"{score!r} holds its score"
        self.taken |= {metric, score}
        return metric, score

    def _other_scores(self, score: str) -> bool:
        """Whether further columns hold scores: then a judge's column does not name the only one."""
        others = (name for name in self.columns if name != score and guess_metric(names.tail(name)).sign > 0)
        return any(self.kinds.of(name).scores for name in others)

    def _item(self) -> str:
        """A column that names the item; the number of the row only where there is no question to make ids from."""
        column = next((found for name in aliases.ITEM if (found := self.known(name)) and self._can_name(found)), "")
        if not column:
            ends = (c for c in self.columns if names.ends_like_id(c) and not self._is_measured(c))
            column = next((c for c in ends if c not in self.taken and self._can_name(c) and not names.is_event(c)), "")
        if not column:
            asked = self.find(aliases.QUESTION)
            numbers = (c for c in self.columns if names.is_row_number(c) or names.is_event_id(c))
            column = "" if asked else next((c for c in numbers if c not in self.taken and self._can_name(c)), "")
        if column:
            self.taken.add(column)
            self.reasons["item"] = f"{column!r} by its name"
        return column

    def _is_measured(self, column: str) -> bool:
        """Whether a column that ends like an id cannot be one: "json_valid" holds true and false, "hybrid" 0.35."""
        kind = self.kinds.of(column)
        return kind.truths == kind.filled or kind.parts > 0 or guess_metric(names.tail(column)).sign != 0

    def _item_by_shape(self) -> str:
        """A text that tells the rows apart, alone or with what says how they were made; at last one such as "task"."""
        free = [column for column in self.columns if column not in self.taken]
        dividers = [column for column in free if names.is_divider(column)]
        for column in (*(c for c in free if c not in dividers), *dividers):
            said = [cell for row in self.rows if isinstance(cell := row.get(column), str) and cell.strip()]
            if len(said) == len(self.rows) and self._may_name_items(column) and self._tells_rows_apart(column, said):
                self.taken.add(column)
                self.reasons["item"] = f"{column!r} {BY_SHAPE}"
                named = not any(" " in value for value in said) and are_items(list(dict.fromkeys(said)), "")
                self._weak_item = not named and names.tail(column) not in aliases.MEDIA
                return column
        return ""

    def _tells_rows_apart(self, column: str, said: Sequence[str]) -> bool:
        """Whether every value stands on one row, on as many as another column has values, or once a setting and repeat.

        The last item may have lost some of its rows where only the beginning of a table was looked at.
        """
        counts = Counter(said)
        if len(counts) < _FEWEST_ITEMS:
            return False
        several = {count for value, count in counts.items() if value != said[-1]} or {1}
        others = [other for other in self.columns if other != column and other not in self.taken]
        if several == {1}:
            return True
        if len(several) == 1 and any(self.kinds.of(other).distinct in several for other in others):
            return True
        made = [other for other in others if names.is_setting(other) or names.is_judge(other) or self._numbers(other)]
        rows = {(value, *(str(row.get(other)) for other in made)) for value, row in zip(said, self.rows, strict=True)}
        return bool(made) and len(rows) == len(said)

    def _numbers(self, column: str) -> bool:
        """Whether a column numbers repeats, by its name."""
        kind = self.kinds.of(column)
        return names.is_repeat(column) or (names.is_perhaps_repeat(column) and kind.numbers == kind.filled > 0)

    def _may_name_items(self, column: str) -> bool:
        kind = self.kinds.of(column)
        if kind.numbers or kind.truths or kind.written or kind.longest > _LONGEST_ID or container_of(column):
            return False
        sorted_out = names.is_setting(column) or names.is_judge(column) or names.is_repeat(column)
        told = names.is_result(column) or names.is_expected(column) or names.sorts(column)
        known = names.is_category(column) or guess_metric(names.tail(column)).sign != 0
        other = (
            names.is_no_score(column) != "" and not names.is_divider(column) and names.tail(column) not in aliases.MEDIA
        )
        return not (sorted_out or told or known or other)

    def _can_name(self, column: str) -> bool:
        kind = self.kinds.of(column)
        if names.tail(column) in ("name", "key", "test", "case") and (names.is_setting(column) or kind.distinct == 1):
            return kind.distinct == kind.filled and kind.filled > 0
        other = names.is_repeat(column) or (names.is_of_the_making(column) and kind.distinct < kind.filled)
        return kind.filled > 0 and kind.scalars == kind.filled and not other

    def _status(self, has_error: bool) -> str:
        said = (found for name in _STATUS if (found := self.known(name)))
        codes = (column for column in self.columns if column not in self.taken and names.is_http(column))
        column = next(
            (c for c in (*said, *codes) if any(self.kinds.truth(row.get(c), c) is not None for row in self.rows)), ""
        )
        if not column:
            return ""
        others = [
            c for c in self.columns if c != column and guess_metric(names.tail(c)).sign and self.kinds.of(c).scores
        ]
        if has_error and self.kinds.of(column).truths:
            self.taken.add(column)
            self.reasons[f"not a metric: {column}"] = "it only repeats whether there was an error"
            return ""
        if others and self._zeros_where_false(column, others):  # it stays a metric, as it is where nothing failed
            self.reasons["status"] = f"{column!r} is false only where every score is 0: such rows may be failed calls"
            return column
        return ""

    def _zeros_where_false(self, column: str, others: Sequence[str]) -> bool:
        """Whether rows are unsuccessful exactly where all scores are zero, and the others are not simply all ones."""
        ones = True
        unsuccessful = 0
        for row in self.rows:
            values = [number for name in others if (number := self.kinds.number(name, row.get(name))) is not None]
            succeeded = self.kinds.truth(row.get(column), column)
            if succeeded is None or not values:
                continue
            if succeeded:
                if not any(values):
                    return False
                ones &= all(value == 1 for value in values)
            else:
                unsuccessful += 1
                if any(values):
                    return False
        return bool(unsuccessful) and not ones

    def _rationales(self) -> dict[str, str]:
        """Reasons of single metrics: "groundedness_reason" beside "groundedness", "x/rationale" beside "x/value"."""
        found = {}
        for column in self.columns:
            stem = re.sub(rf"[_./ -]*({'|'.join(_REASONS)})$", "", column, flags=re.IGNORECASE)
            if stem == column or not stem or column in self.taken:
                continue
            beside = [stem, *(f"{stem}{sign}{value}" for sign in "/._ " for value in names.VALUES)]
            metric = next((name for name in beside if name in self.columns and name != column), "")
            if metric and not names.is_no_score(stem):
                found[metric] = column
                self.taken.add(column)
        return found

    def _metrics(self) -> tuple[str, ...]:
        found = []
        for column in self.columns:
            if column in self.taken:
                continue
            why_not = self._why_no_metric(column)
            if not why_not:
                found.append(column)
            elif why_not != "text":
                self.reasons[f"not a metric: {column}"] = why_not
        return tuple(found)

    def _why_no_metric(self, column: str) -> str:
        kind = self.kinds.of(column)
        inside = container_of(column)
        if column in self._elsewhere:
            return "it stands on records that name no item"
        if column in self._repeated:
            return "its name occurs twice in the header"
        why, doubt = ("", "") if inside else by_name(column, kind)
        if doubt:
            self.reasons[f"{PASSED_OVER}{column}"] = doubt
        if why and not (names.tail(column) in aliases.RATIONALE and self.holds_words(column)):
            return why
        if (of := spread_of(column, self.columns)) != "":
            return f"it says how far {of!r} spreads"
        known = guess_metric(names.tail(names.metric_part(column)))
        if not kind.filled:
            if (known.sign and known.role is Role.QUALITY) or inside:
                self.reasons[f"metric: {column}"] = "by its name; nothing was scored"
                return ""
            return "it is empty"
        if not kind.scalars and known.sign and known.role is Role.QUALITY and self.kinds.lists(column):
            return "only lists of numbers, which may be repeats or scores of passages"
        share = kind.scores / kind.filled
        if share >= 0.8 or inside:  # a score under `scores` that cannot be read is a fault, not a text
            self.reasons[f"metric: {column}"] = kind.described()
            return ""
        if share >= 0.5 and known.sign:
            self.reasons[f"metric: {column}"] = (
                f"{kind.described()}, though {kind.filled - kind.scores} are something else"
            )
            return ""
        if kind.scores and known.sign:
            return f"only {kind.scores} of {kind.filled} cells hold a score"
        return "text"

    def _categories(self, metrics: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Columns whose few texts are results: which of two won, what a judge decided."""
        found, scored = {}, set(metrics)
        for column in self.columns:
            if column in self.taken or column in scored or names.is_expected(column):
                continue
            labels = self.kinds.of(column).labels
            if not len(labels) == self.kinds.of(column).distinct > 1:
                continue
            if self._is_category(column, labels):
                found[column] = labels
                self.reasons[f"category: {column}"] = f"few texts: {_some(labels)}"
            elif labels and not (names.sorts(column) or names.is_no_score(column)):
                self.reasons[f"{FEW_TEXTS}{column}"] = _some(labels)
        return found

    def _sign(self, column: str, name: str) -> int:
        """Which way a metric is better: by its name, or by words such as "pass" and "fail" where that does not tell."""
        return guess_metric(name).sign or int(self.kinds.of(column).told)

    @staticmethod
    def _is_category(column: str, labels: Sequence[str]) -> bool:
        """Whether few texts are results: the column's name says so, or what the texts say."""
        if names.is_category(column):
            return True
        if names.sorts(column) or names.is_setting(column) or names.is_judge(column) or names.is_divider(column):
            return False
        known = guess_metric(names.tail(column))
        return (known.sign != 0 and known.role is Role.QUALITY) or names.are_outcomes(labels)

    def _called(self, metrics: Sequence[str]) -> dict[str, str]:
        """Names of metrics: without what they stood in, where that leaves them apart."""
        called = {}
        for column in metrics:
            inside = container_of(column)
            called[column] = names.inside(column, inside) if inside else names.short(names.metric_part(column))
        for longer in (names.metric_part, str):
            count = Counter(called.values())
            called = {column: longer(column) if count[name] > 1 else name for column, name in called.items()}
        return called

    def _words(self, columns: Sequence[str]) -> dict[str, float]:
        words = {
            cell.strip().casefold(): WORDS[cell.strip().casefold()]
            for column in columns
            for row in self.rows
            if isinstance(cell := row.get(column), str) and cell.strip().casefold() in WORDS
        }
        for column in columns:
            words |= self.kinds.of(column).letters
        words = dict(sorted(words.items()))
        if words:
            self.reasons["words"] = ", ".join(f"{word} is {round(value, 3):g}" for word, value in words.items())
        return words

    def _graded(self, metrics: Sequence[str]) -> bool:
        """Whether a score stands in an object of its own, as graders write it: {"score": 4, "why": "..."}."""
        return any(isinstance(row.get(name), Mapping) for name in metrics for row in self.rows)

    def _confidence(
        self, item: str, texts: Mapping[str, str], metric: str, metrics: Mapping[str, str], reasoned: bool
    ) -> float:
        categories = [column for column in self.columns if f"category: {column}" in self.reasons]
        called = (*metrics.values(), *categories)
        if self._weak_item:
            return 0.45 if metric or called else 0.0
        if not (metric or called) or not (item or texts["question"]):
            return 0.0
        if any(guess_metric(name).sign and not names.is_generic(name) for name in called):
            return round(0.6 + 0.2 * bool(item) + 0.2 * bool(texts["output"]), 2)
        told_apart = any(names.is_repeat(c) or names.is_setting(c) for c in self.columns if c not in self.taken)
        evaluated = bool(metric or reasoned or texts["output"] or told_apart)
        evaluated = evaluated or bool(not item and called and all(map(self.kinds.on_a_scale, metrics)))
        telling = bool(metric) or any(names.sounds_like_score(name) for name in called)
        telling = telling or any(container_of(c) for c in self.columns)
        parts = (0.3, 0.25 if item else 0.0, 0.25 if evaluated else -0.1, 0.2 if telling else -0.1)
        return round(max(0.0, min(1.0, sum(parts))), 2)


def _some(values: Sequence[str]) -> str:
    shown = [value if len(value) <= 40 else value[:39] + "…" for value in values[:3]]
    return ", ".join(shown) + (f" and {len(values) - 3} more" if len(values) > 3 else "")
