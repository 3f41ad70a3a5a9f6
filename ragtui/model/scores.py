"""The score cube: items x metrics x repeats, with a state for every cell that is not a score."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ragtui.model.metric import Metric

Floats = NDArray[np.float64]
States = NDArray[np.uint8]


LARGEST = 1e150
"""Of numbers that are scores: squares of larger ones overflow, and nobody measures them. They are taken as infinite."""


class State(IntEnum):
    """Why a cell holds what it holds. Only SCORED cells have a value; nothing else ever counts as one."""

    MISSING = 0
    """No record of this item, repeat and metric."""
    SCORED = 1
    ITEM_ERROR = 2
    """The pipeline failed, so no judge could score."""
    METRIC_ERROR = 3
    """The answer exists, but this judge failed, refused or answered nonsense."""
    NON_FINITE = 4
    """A number was written that is NaN, infinite or beyond `LARGEST`."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """One complete pass over the items: which run, and which pass within it (1-based text label)."""

    run_uid: str
    label: str

    def __str__(self) -> str:
        return self.label


@dataclass(frozen=True, eq=False)
class Scores:
    """All scores of one side of a comparison, or of one run.

    Attributes:
        items: ids, one a row.
        metrics: definitions, one a column.
        repeats: passes, one a layer.
        values: float64 (items, metrics, repeats); NaN wherever the state is not SCORED.
        states: uint8 (items, metrics, repeats) of `State`.
    """

    items: tuple[str, ...]
    metrics: tuple[Metric, ...]
    repeats: tuple[Repeat, ...]
    values: Floats
    states: States

    def __post_init__(self) -> None:
        shape = (len(self.items), len(self.metrics), len(self.repeats))
        if self.values.shape != shape or self.states.shape != shape:
            raise ValueError(f"score cube is {self.values.shape} / {self.states.shape}, its labels say {shape}")

    @cached_property
    def row_of(self) -> dict[str, int]:
        """Row number by item id."""
        return {item: row for row, item in enumerate(self.items)}

    @cached_property
    def column_of(self) -> dict[str, int]:
        """Column number by metric name."""
        return {metric.name: column for column, metric in enumerate(self.metrics)}

    def of(self, metric: str) -> Floats:
        """Scores of one metric, (items, repeats)."""
        return self.values[:, self.column_of[metric], :]

    def states_of(self, metric: str) -> States:
        """States of one metric, (items, repeats)."""
        return self.states[:, self.column_of[metric], :]

    def only(self, repeats: Sequence[int]) -> Scores:
        """Some of the repeats, by their places."""
        chosen = list(repeats)
        layers = tuple(self.repeats[place] for place in chosen)
        return Scores(self.items, self.metrics, layers, self.values[:, :, chosen], self.states[:, :, chosen])

    def aligned(self, items: Sequence[str], metrics: Sequence[Metric]) -> Scores:
        """The same scores laid out on other rows and columns; what is not there is MISSING."""
        values = np.full((len(items), len(metrics), len(self.repeats)), np.nan)
        states = np.zeros(values.shape, np.uint8)
        to_rows = [row for row, item in enumerate(items) if item in self.row_of]
        from_rows = [self.row_of[items[row]] for row in to_rows]
        to_columns = [column for column, metric in enumerate(metrics) if metric.name in self.column_of]
        from_columns = [self.column_of[metrics[column].name] for column in to_columns]
        if to_rows and to_columns:
            target, origin = np.ix_(to_rows, to_columns), np.ix_(from_rows, from_columns)
            values[target] = self.values[origin]
            states[target] = self.states[origin]
        return Scores(tuple(items), tuple(metrics), self.repeats, values, states)

    @staticmethod
    def pooled(parts: Sequence[Scores]) -> Scores:
        """Several runs of one configuration as one cube: repeats side by side, items and metrics united in order.

        Raises:
            ValueError: when there is nothing to pool.
        """
        if not parts:
            raise ValueError("no runs to pool")
        if len(parts) == 1:
            return parts[0]
        items = _united(part.items for part in parts)
        by_name = {metric.name: metric for part in reversed(parts) for metric in part.metrics}
        metrics = tuple(by_name[name] for name in _united([m.name for m in part.metrics] for part in parts))
        laid_out = [part.aligned(items, metrics) for part in parts]
        return Scores(
            items,
            metrics,
            tuple(repeat for part in parts for repeat in part.repeats),
            np.concatenate([part.values for part in laid_out], axis=2),
            np.concatenate([part.states for part in laid_out], axis=2),
        ).with_every_label()

    def with_every_label(self) -> Scores:
        """The same cube, where a label of a category that a repeat does not list was not given if another was.

        Runs list the labels they saw: one that never said "tie" has no column for it, which is a count of zero and not
        a missing score.
        """
        by_category: dict[str, list[int]] = {}
        for column, metric in enumerate(self.metrics):
            if metric.label_of:
                by_category.setdefault(metric.label_of, []).append(column)
        if not by_category:
            return self
        values, states = self.values.copy(), self.states.copy()
        for columns in by_category.values():
            given = (values[:, columns, :] == 1.0).any(axis=1)
            for column in columns:
                empty = given & (states[:, column, :] == State.MISSING)
                values[:, column, :][empty], states[:, column, :][empty] = 0.0, State.SCORED
        return Scores(self.items, self.metrics, self.repeats, values, states)


def _united(groups: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for group in groups for name in group))
