"""Scores that are labels: "left", "right" or "tie". They are counted, never averaged.

In the score cube a categorical score is one column a label, "winner = left", which is 1 where that label was given and
0 where another was: a mean of such a column is a share, and what is missing or failed stays so. A comparison takes the
columns of one category together again (`ragtui.stats.labels`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ragtui.model.metric import DirectionFrom, Kind, Metric

if TYPE_CHECKING:
    from ragtui.model.scores import Floats, Scores

_IS = " = "


def label_metric(category: str, label: str) -> Metric:
    """The column of one label of a categorical score. Whether the label is a good one is not known yet."""
    return Metric(f"{category}{_IS}{label}", Kind.BINARY, higher_is_better=None, label_of=category)


def label_name(column: Metric) -> str:
    """The label that a column counts."""
    return column.name.removeprefix(f"{column.label_of}{_IS}")


def categories(metrics: Iterable[Metric]) -> dict[str, tuple[Metric, ...]]:
    """Label columns by the category they belong to, both in order."""
    found: dict[str, list[Metric]] = {}
    for metric in metrics:
        if metric.label_of:
            found.setdefault(metric.label_of, []).append(metric)
    return {name: tuple(columns) for name, columns in found.items()}


def category_metric(name: str, columns: Iterable[Metric]) -> Metric:
    """The categorical score that label columns belong to.

    "Higher" means here: more of the good labels. It is better where somebody said which labels are good.
    """
    said = [column for column in columns if column.higher_is_better]
    source = said[0].direction_from if said else DirectionFrom.UNKNOWN
    return Metric(name, higher_is_better=True if said else None, direction_from=source, categorical=True)


def judged_label(column: Metric, good: Collection[str], source: DirectionFrom) -> Metric:
    """A label column after somebody listed the good labels of its category; the others are not good."""
    return replace(column, higher_is_better=label_name(column) in good, direction_from=source)


def category_parts(scores: Scores, category: str) -> tuple[Metric, ...]:
    """The label columns of a category that a cube has."""
    return tuple(metric for metric in scores.metrics if metric.label_of == category)


def good_scores(scores: Scores, category: str) -> Floats:
    """Whether each score of a category is a good label, (items, repeats): 1, 0, or NaN where nothing was scored.

    All NaN where nobody said which labels are good.
    """
    import numpy as np  # headers name categories too, and need no arrays

    columns = category_parts(scores, category)
    shape = (len(scores.items), len(scores.repeats))
    if not any(column.higher_is_better for column in columns):
        return np.full(shape, np.nan)
    whole = scores.with_every_label()
    good = np.zeros(shape)
    scored = np.zeros(shape, bool)
    for column in columns:
        values = whole.of(column.name)
        scored |= np.isfinite(values)
        if column.higher_is_better:
            good += np.nan_to_num(values)
    return np.where(scored, good, np.nan)


def metric_rows(scores: Scores, metric: Metric, items: Sequence[str]) -> Floats:
    """Scores of a metric on some items, (items, repeats): of a category whether each is a good label."""
    if not metric.categorical:
        return scores.aligned(items, (metric,)).of(metric.name)
    return good_scores(scores.aligned(items, category_parts(scores, metric.name)), metric.name)


def given_labels(scores: Scores, category: str, item: str) -> tuple[str, ...]:
    """The label of an item in every repeat; "" where none was given."""
    row = scores.row_of.get(item)
    if row is None:
        return ()
    found = [""] * len(scores.repeats)
    for column in category_parts(scores, category):
        for repeat, score in enumerate(scores.of(column.name)[row].tolist()):
            if score == 1.0:
                found[repeat] = label_name(column)
    return tuple(found)
