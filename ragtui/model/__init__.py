"""What an evaluation is: datasets, items, runs, repeats, metrics and scores. No UI, no network, no files."""

from typing import TYPE_CHECKING

from ragtui.lazy import lazily
from ragtui.model.copies import copies, distinct
from ragtui.model.dataset import Dataset, Item, canonical_hash
from ragtui.model.direction import guess_metric
from ragtui.model.group import ALONE, Group, age_order, group_runs, measured_key, poolable, repeated_name, repeats_told
from ragtui.model.metric import COST, LATENCY, RESOURCES, TOKENS, DirectionFrom, Kind, Metric, Role
from ragtui.model.note import About, Note, Weight
from ragtui.model.problem import Problem
from ragtui.model.run import Configuration, MetricSummary, Part, Revision, RunHeader, RunStatus

if TYPE_CHECKING:
    from ragtui.model.category import (
        categories,
        category_metric,
        category_parts,
        given_labels,
        good_scores,
        judged_label,
        label_metric,
        label_name,
        metric_rows,
    )
    from ragtui.model.raters import HUMAN, JUDGE, is_human, said_by_most, what_is_rated
    from ragtui.model.result import Context, Judgement, Rating, Result
    from ragtui.model.scores import LARGEST, Floats, Repeat, Scores, State, States
    from ragtui.model.trace import Exchange, Observation, Trace

__all__ = [
    "ALONE",
    "COST",
    "HUMAN",
    "JUDGE",
    "LARGEST",
    "LATENCY",
    "RESOURCES",
    "TOKENS",
    "About",
    "Configuration",
    "Context",
    "Dataset",
    "DirectionFrom",
    "Exchange",
    "Floats",
    "Group",
    "Item",
    "Judgement",
    "Kind",
    "Metric",
    "MetricSummary",
    "Note",
    "Observation",
    "Part",
    "Problem",
    "Rating",
    "Repeat",
    "Result",
    "Revision",
    "Role",
    "RunHeader",
    "RunStatus",
    "Scores",
    "State",
    "States",
    "Trace",
    "Weight",
    "age_order",
    "canonical_hash",
    "categories",
    "category_metric",
    "category_parts",
    "copies",
    "distinct",
    "given_labels",
    "good_scores",
    "group_runs",
    "guess_metric",
    "is_human",
    "judged_label",
    "label_metric",
    "label_name",
    "measured_key",
    "metric_rows",
    "poolable",
    "repeated_name",
    "repeats_told",
    "said_by_most",
    "what_is_rated",
]  # fmt: skip
__getattr__ = lazily(
    __name__,
    {
        "ragtui.model.category": (
            "categories", "category_metric", "category_parts", "given_labels", "good_scores", "judged_label",
            "label_metric", "label_name", "metric_rows",
        ),
        "ragtui.model.raters": ("HUMAN", "JUDGE", "is_human", "said_by_most", "what_is_rated"),
        "ragtui.model.result": ("Context", "Judgement", "Rating", "Result"),
        "ragtui.model.scores": ("LARGEST", "Floats", "Repeat", "Scores", "State", "States"),
        "ragtui.model.trace": ("Exchange", "Observation", "Trace"),
    },
)  # fmt: skip
