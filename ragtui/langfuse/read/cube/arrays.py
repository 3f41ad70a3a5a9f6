"""The score cube of one repeat: a value where there is one, a state where there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ragtui.langfuse.api.records import ScoreConfig
from ragtui.langfuse.read.cube.cells import Cell, failure_of
from ragtui.langfuse.read.cube.kinds import number_of
from ragtui.langfuse.read.cube.metrics import metrics_of
from ragtui.model import COST, LATENCY, TOKENS, Metric, Repeat, Scores, State, label_name


def build(
    cells: Mapping[str, Cell],
    missing: Sequence[str],
    repeat: Repeat,
    expected_order: Sequence[str],
    own: bool = False,
    configs: Sequence[ScoreConfig] = (),
) -> tuple[Scores, tuple[str, ...]]:
    """The score cube of one repeat, and the names of metrics that have words only.

    Args:
        missing: keys of items the run should have and does not.
        expected_order: keys of the dataset's items, for the order of rows.
        own: ragtui wrote the run.
    """
    metrics, verbal = metrics_of(cells.values(), own, configs)
    given = {metric.name for metric in metrics}
    # A score called "cost" is what its author says it is; it takes the place of what the spans add up to.
    measured = [
        metric
        for metric in (LATENCY, COST, TOKENS)
        if metric.name not in given and any(_resource(cell, metric) is not None for cell in cells.values())
    ]
    columns = (*metrics, *measured)
    known = set(cells) | set(missing)
    rows = tuple(dict.fromkeys([*(key for key in expected_order if key in known), *cells, *missing]))
    values = np.full((len(rows), len(columns), 1), np.nan)
    states = np.full(values.shape, int(State.MISSING), np.uint8)
    for row, key in enumerate(rows):
        cell = cells.get(key)
        if cell is None:
            continue
        for column, metric in enumerate(columns):
            value, state = _measured(cell, metric) if column >= len(metrics) else _scored(cell, metric)
            states[row, column, 0] = int(state)
            if state is State.SCORED and value is not None:
                values[row, column, 0] = value
    return Scores(rows, columns, (repeat,), values, states), verbal


def _measured(cell: Cell, metric: Metric) -> tuple[float | None, State]:
    value = _resource(cell, metric)
    return value, State.MISSING if value is None else State.SCORED


def _scored(cell: Cell, metric: Metric) -> tuple[float | None, State]:
    of = metric.label_of or metric.name
    score = cell.scores.get(of)
    value = number_of(score)
    if metric.label_of and score is not None and score.label:
        value = float(score.label.strip() == label_name(metric))
    if value is not None:
        return value, State.SCORED
    if cell.error:
        return None, State.ITEM_ERROR
    if of in cell.scores or failure_of(cell, of):
        return None, State.METRIC_ERROR
    return None, State.MISSING


def _resource(cell: Cell, metric: Metric) -> float | None:
    if metric is LATENCY:
        latency = cell.chosen.latency
        # The server keeps milliseconds: a duration of zero is below what it can say.
        return latency if latency is not None and latency > 0 else None
    if cell.measure is None:
        return None
    if metric is COST:
        return cell.measure.cost
    return float(sum(cell.measure.tokens.values())) if cell.measure.tokens else None
