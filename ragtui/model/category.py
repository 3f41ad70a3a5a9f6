"""Scores that are labels: "left", "right" or "tie". They are counted, never averaged.

In the score cube a categorical score is one column a label, "winner = left", which is 1 where that label was given and
0 where another was: a mean of such a column is a share, and what is missing or failed stays so.
"""

from __future__ import annotations

from ragtui.model.metric import Kind, Metric

_IS = " = "


def label_metric(category: str, label: str) -> Metric:
    """The column of one label of a categorical score. Whether the label is a good one is not known yet."""
    return Metric(f"{category}{_IS}{label}", Kind.BINARY, higher_is_better=None, label_of=category)


def label_name(column: Metric) -> str:
    """The label that a column counts."""
    return column.name.removeprefix(f"{column.label_of}{_IS}")
