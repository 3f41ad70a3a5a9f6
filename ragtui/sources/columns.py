"""What the columns of a score table mean: a map that can be guessed, explained, changed and remembered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from ragtui.errors import UsageError
from ragtui.files.fields import mapping, number, text
from ragtui.model import canonical_hash
from ragtui.places import real_path


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Roles of a table's columns, by column name; an empty name means the table has no such column.

    A table is in long form (`metric` and `score`: one score a row) or in wide form (`metrics`: one column a metric).

    Attributes:
        item: columns that together name the item; none when the id is made from the question.
        repeat: number of the pass.
        run: columns that together name the configuration of a row; each combination becomes a run of its own.
        judge: column whose values have metrics of their own, such as who judged, or a filter of answers.
        metric, score: long form.
        metrics: wide form.
        question, expected, output, rationale, contexts: text.
        error: text of a pipeline error; a row with one is an item error.
        status: says whether the call succeeded; with "false" and nothing but zeros the row counts as failed.
        latency, cost, tokens: measurements; latency in seconds.
        names: what to call a metric whose column is called otherwise.
        rationales: the column with the reason, by metric column, where each metric has one of its own.
        forms: how scores are written as text, by metric column: "percent" (85 % is 85), "share" (85 % is .85),
            "fraction" (4/5 is 4) or "ratio" (4/5 is .8).
        categories: columns whose few texts are results, with those texts; the share of each is a metric of its own,
            "winner = left", because texts have no mean.
        words: what words among the scores count as, such as {"pass": 1, "fail": 0}; case does not matter.
        failed_values: by metric, numbers that are taken for failed scores, such as -1.
        missing_values: numbers that say "no score" wherever they stand, such as -1.
        scales: declared lowest and highest score by metric.
        arms: words in column names that are configurations side by side: with "baseline" and "rag", `baseline_score`
            and `rag_score` are the `score` of two rows, and the other roles name columns of those rows.
        higher_is_better, lower_is_better: metrics for which it is known, or guessed, which way is better.
        reasons: why each role was guessed; empty for a map a person made.
        confidence: 0 to 1, how sure the guess is; 1 for a map a person made.
    """

    item: tuple[str, ...] = ()
    repeat: str = ""
    run: tuple[str, ...] = ()
    judge: str = ""
    metric: str = ""
    score: str = ""
    metrics: tuple[str, ...] = ()
    question: str = ""
    expected: str = ""
    output: str = ""
    rationale: str = ""
    contexts: str = ""
    error: str = ""
    status: str = ""
    latency: str = ""
    cost: str = ""
    tokens: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    rationales: Mapping[str, str] = field(default_factory=dict)
    forms: Mapping[str, str] = field(default_factory=dict)
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    words: Mapping[str, float] = field(default_factory=dict)
    failed_values: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    missing_values: tuple[float, ...] = ()
    scales: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    higher_is_better: tuple[str, ...] = ()
    lower_is_better: tuple[str, ...] = ()
    arms: tuple[str, ...] = ()
    reasons: Mapping[str, str] = field(default_factory=dict, compare=False)
    confidence: float = field(default=1.0, compare=False)

    @property
    def is_long(self) -> bool:
        """One score a row."""
        return bool(self.metric and self.score)

    def direction_of(self, metric: str) -> bool | None:
        """Whether more is better; None where the map does not say."""
        return True if metric in self.higher_is_better else False if metric in self.lower_is_better else None

    def name_of(self, column: str) -> str:
        """What the metric of a column is called."""
        return self.names.get(column, column)

    def used(self) -> tuple[str, ...]:
        """Every column the map names."""
        single = (getattr(self, role) for role in TEXT_ROLES)
        several = (*self.item, *self.run, *self.metrics, *self.rationales.values(), *self.categories)
        return tuple(dict.fromkeys(name for name in (*several, *single) if name))

    def check(self, columns: Sequence[str]) -> None:
        """See that the map fits a table.

        Raises:
            UsageError: it names a column that is not there, or says neither where the scores nor which item.
        """
        known = ", ".join(columns)
        had = set(columns)
        if absent := [name for name in self.used() if name not in had]:
            raise UsageError(f"column map: no column {', '.join(map(repr, absent))}", f"The table has: {known}.")
        if not self.is_long and not self.metrics and not self.categories:
            raise UsageError(
                "column map: no scores", f"Name `metrics`, or `metric` and `score`. The table has: {known}."
            )
        if not self.item and not self.question:
            raise UsageError(
                "column map: no item", f"Name the `item` or the `question` column. The table has: {known}."
            )

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON, without what is empty."""
        found: dict[str, Any] = {}
        for role in fields(self):
            value = getattr(self, role.name)
            if isinstance(value, tuple):
                value = list(value)
            elif isinstance(value, Mapping):
                value = {name: list(said) if isinstance(said, tuple) else said for name, said in value.items()}
            if value not in ("", [], {}):
                found[role.name] = value
        return found

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> ColumnMap:
        """Read a map back; unknown roles are ignored.

        Raises:
            UsageError: a role has a value of the wrong type.
        """
        found: dict[str, Any] = {}
        for role, said in value.items():
            if role in TEXT_ROLES and isinstance(said, str):
                found[role] = said
            elif role in _LISTS and isinstance(said, (list, tuple, str)):
                found[role] = (said,) if isinstance(said, str) else tuple(text(name) for name in said)
            elif role == "missing_values" and isinstance(said, (list, tuple)):
                found[role] = tuple(_number(role, entry) for entry in said)
            elif role == "words" and isinstance(said, dict):
                amounts = {text(word): number(amount) for word, amount in said.items()}
                found[role] = {word: amount for word, amount in amounts.items() if amount is not None}
            elif role in _NAMES and isinstance(said, dict):
                found[role] = {text(column): text(name) for column, name in said.items()}
            elif role == "categories" and isinstance(said, dict):
                found[role] = {
                    text(column): tuple(map(text, labels))
                    for column, labels in said.items()
                    if isinstance(labels, list)
                }
            elif role == "failed_values" and isinstance(said, dict):
                found[role] = {text(metric): _numbers(entry) for metric, entry in said.items()}
            elif role == "scales" and isinstance(said, dict):
                found[role] = {text(metric): _scale(metric, entry) for metric, entry in said.items()}
            elif role == "reasons":
                found[role] = mapping(said)
            elif role == "confidence":
                found[role] = number(said) or 0.0
            elif role in {known.name for known in fields(cls)}:
                raise UsageError(f"column map: {role} cannot be {said!r}", "see `ragtui help files`")
        return cls(**found)


TEXT_ROLES = (
    "repeat", "judge", "metric", "score", "question", "expected", "output", "rationale", "contexts", "error", "status",
    "latency", "cost", "tokens",
)  # fmt: skip
_NAMES = ("names", "rationales", "forms")
HIGHER, LOWER = "higher_is_better", "lower_is_better"
_LISTS = ("item", "run", "metrics", HIGHER, LOWER, "arms")


ROLES = (
    "item",
    "repeat",
    "run",
    "judge",
    *(role for role in TEXT_ROLES if role not in ("repeat", "judge")),
    *_LISTS[2:],
    "missing_values",
)
"""Roles that a person can name, the ones that tell rows apart first."""
NO_COLUMNS = frozenset(("arms", "missing_values", HIGHER, LOWER))
"""Those of them that name configurations, numbers or metrics rather than columns."""


def signature(columns: Sequence[str]) -> str:
    """A name for tables with the same columns, so that a confirmed map fits the next export of the same tool."""
    return "columns:" + canonical_hash(sorted(columns))


def confirmed(maps: Mapping[str, ColumnMap], path: Path, columns: Sequence[str]) -> ColumnMap | None:
    """The map a person confirmed for a table: by its path, its name, or its columns; None when there is none."""
    keys = (str(path), str(real_path(path)), path.name, signature(columns)) if maps else ()
    return next((maps[key] for key in keys if key in maps), None)


def _numbers(value: Any) -> tuple[float, ...]:
    return tuple(amount for amount in map(number, value) if amount is not None) if isinstance(value, list) else ()


def _number(role: str, value: Any) -> float:
    try:
        found = number(float(value)) if isinstance(value, str) else number(value)
    except ValueError:
        found = None
    if found is None:
        raise UsageError(f"column map: {role} cannot be {value!r}", "name numbers, such as -1")
    return found


def _scale(metric: str, value: Any) -> tuple[float, float]:
    bounds = [number(bound) for bound in value] if isinstance(value, (list, tuple)) and len(value) == 2 else []
    low, high = (bounds[0], bounds[1]) if len(bounds) == 2 else (None, None)
    if low is None or high is None or low >= high:
        raise UsageError(f"column map: the scale of {metric} cannot be {value!r}", "write it as [lowest, highest]")
    return low, high
