"""The label columns of one categorical score as one entry of a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ragtui.model import About, Metric, Note, Role, label_name
from ragtui.stats.arrays import Floats
from ragtui.stats.cells import MIN_UNITS
from ragtui.stats.comparison import Aggregate, Cells, LabelFacts, MetricComparison
from ragtui.stats.labels.label_cells import compare_labels
from ragtui.stats.labels.label_noise import flip_rate, usual_label
from ragtui.stats.settings import Settings
from ragtui.stats.verdict import MOVED


@dataclass(frozen=True, eq=False)
class LabelColumn:
    """One label of a category.

    Attributes:
        entry: the column compared by itself, as a share.
        a, b: 1 where the label was given, 0 where another was, (items, repeats).
        profile: repeats of another configuration on the same items.
    """

    entry: MetricComparison
    a: Floats
    b: Floats
    profile: Floats | None


def compare_category(
    metric: Metric, columns: Sequence[LabelColumn], taught: Floats | None, mean: Aggregate | None, settings: Settings
) -> MetricComparison:
    """One entry for a category from those of its labels.

    Args:
        metric: the category.
        columns: one a label.
        taught: label counts of item-sides that only teach the noise, (any rows, labels).
        mean: share of good labels; None where nobody said which are good.
        settings: levels of the comparison.
    """
    first = columns[0].entry
    a, b = (_counts([getattr(column, side) for column in columns]) for side in ("a", "b"))
    profile = _profile([column.profile for column in columns])
    teaching = [counts for counts in (profile, taught) if counts is not None]
    good = np.array([column.entry.metric.higher_is_better is True for column in columns])
    cells = compare_labels(
        a,
        b,
        others=np.vstack(teaching) if teaching else None,
        profiled=profile is not None,
        good=good if metric.direction_known else None,
        alpha=settings.alpha,
        t_noise=settings.t_noise,
    )
    entries = tuple(column.entry for column in columns)
    facts = LabelFacts(
        labels=tuple(label_name(entry.metric) for entry in entries),
        good=tuple(label_name(entry.metric) for entry in entries if entry.metric.higher_is_better),
        counts_a=a,
        counts_b=b,
        usual_a=usual_label(a),
        usual_b=usual_label(b),
        flip_rate_a=flip_rate(a),
        flip_rate_b=flip_rate(b),
        shares=entries,
        moved=_moved(entries, settings),
    )
    return MetricComparison(
        metric=metric,
        cells=cells,
        aggregate=mean,
        coverage_a=first.coverage_a,
        coverage_b=first.coverage_b,
        notes=tuple(_notes(metric, cells, facts)),
        labels=facts,
    )


def _counts(columns: Sequence[Floats]) -> Floats:
    return np.column_stack([(column == 1.0).sum(axis=1) for column in columns]).astype(float)


def _profile(columns: Sequence[Floats | None]) -> Floats | None:
    """Counts of another configuration's repeats; a label that they never gave has no column."""
    given = [column for column in columns if column is not None]
    if not given:
        return None
    nothing = np.zeros((len(given[0]), 1))
    return _counts([nothing if column is None else column for column in columns])


def _moved(entries: Sequence[MetricComparison], settings: Settings) -> bool:
    """Whether the share of any label moved beyond noise, corrected for looking at several (Bonferroni)."""
    level = (1 - settings.confidence) / max(1, len(entries) - (len(entries) == 2))
    return any(
        entry.aggregate is not None
        and entry.aggregate.outcome in MOVED
        and entry.aggregate.interval is not None
        and entry.aggregate.interval.p <= level
        for entry in entries
    )


def _notes(metric: Metric, cells: Cells, facts: LabelFacts) -> list[Note]:
    found = []
    if not cells.n_a.any() and not cells.n_b.any():
        return [Note(About.NO_SCORE, metric=metric.name)]
    if not cells.compared():
        found.append(Note(About.NO_COMMON_SCORE, metric=metric.name))
    if cells.source == "none":
        found.append(Note(About.NO_REPEATS, metric=metric.name))
    elif cells.repeated < MIN_UNITS:
        found.append(Note(About.FEW_REPEATS, metric=metric.name, count=cells.repeated, total=MIN_UNITS))
    if not metric.direction_known and metric.role is Role.QUALITY:
        found.append(Note(About.UNORDERED_LABELS, metric=metric.name, names=facts.labels, detail=metric.name))
    return found
