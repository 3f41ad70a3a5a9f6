"""Two sides into one comparison: every cell, every mean, and what a reader must know before trusting them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ragtui.model import (
    Kind,
    Metric,
    Repeat,
    Role,
    Scores,
    States,
    categories,
    category_metric,
    category_parts,
    good_scores,
)
from ragtui.stats.arrays import Bools, Floats
from ragtui.stats.cells import compare_cells, without_scores
from ragtui.stats.comparison import Aggregate, Cells, Comparison, Coverage, MetricComparison
from ragtui.stats.coverage import (
    coverage,
    coverage_of,
    failures,
    fragments,
    gap_verdicts,
    item_errors,
    scored_or_missing,
)
from ragtui.stats.doubts.copies import Circumstances
from ragtui.stats.doubts.freshness import Freshness, Reruns, examine
from ragtui.stats.doubts.withheld import once, undecided, unproven, without_copies
from ragtui.stats.labels.categorical import LabelColumn, compare_category
from ragtui.stats.means.aggregate import compare_mean
from ragtui.stats.noise.borrowed import borrow, sort_of
from ragtui.stats.notes import comparison_notes, metric_notes
from ragtui.stats.refusal import agreed_metric, kind_of, why_refused
from ragtui.stats.settings import Settings
from ragtui.stats.verdict import Verdict

ERROR_RATE = Metric("error rate", Kind.BINARY, higher_is_better=False)
"""Share of item-repeats in which the pipeline failed, compared like any binary metric."""


def compare(
    a: Scores,
    b: Scores,
    settings: Settings | None = None,
    profile: Scores | None = None,
    groups: Sequence[str] | None = None,
    learn_from: Sequence[Scores] = (),
    beside: tuple[Circumstances, Circumstances] | None = None,
) -> Comparison:
    """Compare a baseline with a candidate.

    Noise is learned from every repeated item-side of both sides, whether or not the other side has the item.
    Without a common item nothing is compared; the comparison then lists what each side has.

    Args:
        a, b: scores of baseline and candidate, repeats of one configuration each.
        settings: None for the calibrated defaults.
        profile: repeats of another configuration on the same dataset under the same judge.
        groups: one label for each of `a.items`; items of a group move together in the population interval.
        learn_from: repeats under the same judge, of these or other items, that teach how the metrics are noisy and
            nothing else: what targeted repeats of a few items are judged by.
        beside: what is known of the repeats of each side beside their scores; None: nothing.

    Raises:
        ValueError: `groups` has another length than `a.items`.
    """
    settings = settings or Settings()
    if groups is not None and len(groups) != len(a.items):
        raise ValueError(f"{len(groups)} group labels for {len(a.items)} items")
    table = _Table.of(a, b, profile, groups, learn_from)
    left_out = tuple(_left_out(side, table.common, settings) for side in (table.a, table.b))
    beside = beside or (Circumstances(), Circumstances())
    table = table.checked(beside, settings)
    comparison = _compared(table, a, b, left_out, settings)
    if any(side.looks is not None for side in table.fresh):
        were_cached = partial(_compared, table.if_cached(), a, b, left_out, settings)
        comparison = replace(comparison, were_cached=were_cached)
    return replace(comparison, notes=comparison_notes(comparison, a, b, beside))


def _compared(
    table: _Table, a: Scores, b: Scores, left_out: tuple[tuple[Repeat, ...], ...], settings: Settings
) -> Comparison:
    """Every cell and mean of a table, without the notes of the header."""
    return Comparison(
        items=table.items,
        metrics=_with_categories(
            table, [_compare_metric(table, metric, settings) for metric in table.metrics], settings
        ),
        repeats_a=a.repeats,
        repeats_b=b.repeats,
        left_out_a=left_out[0],
        left_out_b=left_out[1],
        error_rate=_compare_errors(table, settings),
        notes=(),
        seed=settings.seed,
        settings=settings,
        fresh_a=table.fresh[0],
        fresh_b=table.fresh[1],
    )


@dataclass(frozen=True, eq=False)
class _Table:
    """Both sides and the profile laid out on the same rows and columns."""

    items: tuple[str, ...]
    metrics: tuple[Metric, ...]
    original_a: Scores
    original_b: Scores
    a: Scores
    b: Scores
    profile: Scores | None
    groups: tuple[str, ...] | None
    common: Bools
    learn_from: tuple[Scores, ...]
    fresh: tuple[Freshness, Freshness] = (Freshness(), Freshness())

    @classmethod
    def of(
        cls,
        a: Scores,
        b: Scores,
        profile: Scores | None,
        groups: Sequence[str] | None,
        learn_from: Sequence[Scores],
    ) -> _Table:
        items = tuple(dict.fromkeys((*a.items, *b.items)))
        names = dict.fromkeys(metric.name for metric in (*a.metrics, *b.metrics))
        metrics = [agreed_metric(_definition(a, name), _definition(b, name)) for name in names]
        metrics.sort(key=lambda metric: metric.role is Role.RESOURCE)
        label_of = dict(zip(a.items, groups, strict=True)) if groups is not None else {}
        return cls(
            items=items,
            metrics=tuple(metrics),
            original_a=a.with_every_label(),
            original_b=b.with_every_label(),
            a=a.aligned(items, metrics).with_every_label(),
            b=b.aligned(items, metrics).with_every_label(),
            profile=None if profile is None else profile.aligned(items, metrics).with_every_label(),
            groups=None if groups is None else tuple(label_of.get(item, "") for item in items),
            common=np.array([item in a.row_of and item in b.row_of for item in items], bool),
            learn_from=tuple(side.with_every_label() for side in learn_from),
        )

    def checked(self, beside: tuple[Circumstances, Circumstances], settings: Settings) -> _Table:
        """The same table without repeats that are copies of others, knowing what each side's repeats can prove."""
        return self._without(examine((self.a, self.b), beside, claimed=settings.repeats_are_fresh))

    def if_cached(self) -> _Table:
        """The same table, were the results that look like copies ones."""
        return self._without((self.fresh[0].if_cached(), self.fresh[1].if_cached()))

    def _without(self, fresh: tuple[Freshness, Freshness]) -> _Table:
        a, b = (without_copies(side, found) for side, found in zip((self.a, self.b), fresh, strict=True))
        return replace(self, a=a, b=b, fresh=fresh)

    def profile_of(self, metric: str) -> Floats | None:
        """The profile's scores of a metric; None when it has none."""
        if self.profile is None:
            return None
        values = self.profile.of(metric)
        return values if np.isfinite(values).any() else None

    def others_of(self, values_of: Callable[[Scores], Floats | None]) -> Floats | None:
        """Values of every side that only teaches the noise, one below the other; None without any."""
        found = [values for side in self.learn_from if (values := values_of(side)) is not None and values.size]
        if not found:
            return None
        width = max(values.shape[1] for values in found)
        return np.vstack([np.pad(v, ((0, 0), (0, width - v.shape[1])), constant_values=np.nan) for v in found])


def _left_out(side: Scores, common: Bools, settings: Settings) -> tuple[Repeat, ...]:
    """The fragments of one side."""
    outside = fragments(side, common, settings.fragment_share)
    return tuple(repeat for repeat, out in zip(side.repeats, outside, strict=True) if out)


def _definition(scores: Scores, name: str) -> Metric | None:
    column = scores.column_of.get(name)
    return None if column is None else scores.metrics[column]


@dataclass(frozen=True, eq=False)
class _Column:
    """One metric of the table: scores and states are (items, repeats)."""

    metric: Metric
    a: Floats
    b: Floats
    profile: Floats | None
    learn_from: Floats | None
    states_a: States
    states_b: States
    coverage_a: Coverage
    coverage_b: Coverage


def _compare_metric(table: _Table, metric: Metric, settings: Settings) -> MetricComparison:
    name = metric.name
    column = _Column(
        metric=metric,
        a=table.a.of(name),
        b=table.b.of(name),
        profile=table.profile_of(name),
        learn_from=table.others_of(lambda side: side.of(name) if name in side.column_of else None),
        states_a=table.a.states_of(name),
        states_b=table.b.states_of(name),
        coverage_a=coverage(table.original_a, name),
        coverage_b=coverage(table.original_b, name),
    )
    refused = why_refused(
        _definition(table.original_a, name),
        _definition(table.original_b, name),
        (("baseline", table.original_a), ("candidate", table.original_b)),
    )
    if refused:
        cells = without_scores(len(table.items))
        return MetricComparison(metric, cells, None, column.coverage_a, column.coverage_b, refused=refused)
    judged = _judge(column, table, settings)
    return _lent(judged) if settings.borrow and not metric.label_of else judged


def _lent(entry: MetricComparison) -> MetricComparison:
    """The entry with a provisional band where nothing was repeated; it decides nothing."""
    cells, grid = entry.cells, entry.cells.grid
    if cells.source != "none" or grid is None or cells.levels_a is None or cells.levels_b is None:
        return entry
    sides = [levels.max(axis=1, initial=-1) for levels in (cells.levels_a, cells.levels_b)]
    positions = [grid.positions(means) for means in (cells.mean_a, cells.mean_b)]
    borrowed = borrow(sort_of(entry.metric, grid), grid, sides[0], sides[1], positions[1] - positions[0])
    if borrowed is None:
        return entry
    outside = borrowed.outside & (cells.verdict == Verdict.UNKNOWN)
    verdict = np.where(outside, np.uint8(Verdict.BORROWED), cells.verdict)
    return replace(entry, cells=replace(cells, verdict=verdict, borrowed=borrowed))


def _with_categories(
    table: _Table, entries: list[MetricComparison], settings: Settings
) -> tuple[MetricComparison, ...]:
    """The entries, where the labels of a category stand as one, in the place of the first of them."""
    out: list[MetricComparison] = []
    known = categories([entry.metric for entry in entries])
    by_name = {entry.metric.name: entry for entry in entries}
    for entry in entries:
        category = entry.metric.label_of
        columns = known.get(category, ())
        if not category:
            out.append(entry)
        elif columns[0].name == entry.metric.name:
            out.append(_category(table, category, [by_name[column.name] for column in columns], settings))
    return tuple(out)


def _category(
    table: _Table, category: str, entries: Sequence[MetricComparison], settings: Settings
) -> MetricComparison:
    metric = category_metric(category, [entry.metric for entry in entries])
    covered = [_covered(side, category) for side in (table.original_a, table.original_b)]
    if refused := next((entry.refused for entry in entries if entry.refused), None):
        return MetricComparison(metric, without_scores(len(table.items)), None, covered[0], covered[1], refused)
    columns = [
        LabelColumn(
            replace(entry, coverage_a=covered[0], coverage_b=covered[1]),
            table.a.of(entry.metric.name),
            table.b.of(entry.metric.name),
            table.profile_of(entry.metric.name),
        )
        for entry in entries
    ]
    mean = None
    if metric.direction_known:
        sides = (good_scores(table.a, category), good_scores(table.b, category))
        profile = None if table.profile is None else good_scores(table.profile, category)
        mean = _mean(table, metric, *sides, profile, 1.0, settings)
    found = compare_category(metric, columns, _taught(table, entries), mean, settings)
    if not all(side.proves for side in table.fresh):
        found = replace(found, cells=unproven(found.cells), aggregate=undecided(found.aggregate))
    states = (side.states_of(entries[0].metric.name) for side in (table.a, table.b))
    return replace(found, cells=_with_gaps(found.cells, *states))


def _covered(side: Scores, category: str) -> Coverage:
    columns = category_parts(side, category)
    return coverage(side, columns[0].name if columns else category)


def _taught(table: _Table, entries: Sequence[MetricComparison]) -> Floats | None:
    """Label counts of the sides that only teach the noise, one row an item-side."""
    found = []
    for side in table.learn_from:
        names = [entry.metric.name for entry in entries]
        counts = [
            (side.of(name) == 1.0).sum(axis=1) if name in side.column_of else np.zeros(len(side.items))
            for name in names
        ]
        found.append(np.column_stack(counts).astype(float))
    return np.vstack(found) if found else None


def _compare_errors(table: _Table, settings: Settings) -> MetricComparison | None:
    """The share of failed item-repeats as a metric of its own; None without a common item."""
    if not table.common.any():
        return None
    a, b = item_errors(table.a), item_errors(table.b)
    column = _Column(
        metric=ERROR_RATE,
        a=a,
        b=b,
        profile=None if table.profile is None else item_errors(table.profile),
        learn_from=table.others_of(item_errors),
        states_a=scored_or_missing(a),
        states_b=scored_or_missing(b),
        coverage_a=coverage_of(scored_or_missing(item_errors(table.original_a))),
        coverage_b=coverage_of(scored_or_missing(item_errors(table.original_b))),
    )
    return _judge(column, table, settings)


def _judge(column: _Column, table: _Table, settings: Settings) -> MetricComparison:
    metric, a, b = column.metric, column.a, column.b
    shown = all(side.proves for side in table.fresh)
    cells = compare_cells(
        a,
        b,
        kind=kind_of(metric, np.concatenate([a.ravel(), b.ravel()])),
        profile=column.profile,
        learn_from=column.learn_from,
        higher_is_better=metric.higher_is_better,
        alpha=settings.alpha,
        t_noise=settings.t_noise,
        scale=metric.scale,
    )
    step = 0.0 if cells.grid is None else cells.grid.smallest_step
    mean = _mean(table, metric, a, b, column.profile, step, settings)
    if not shown:
        cells, mean = unproven(cells), undecided(mean)
    return MetricComparison(
        metric=metric,
        cells=_with_gaps(cells, column.states_a, column.states_b),
        aggregate=mean,
        coverage_a=column.coverage_a,
        coverage_b=column.coverage_b,
        notes=metric_notes(metric, cells, mean, a, b, settings),
    )


def _mean(
    table: _Table, metric: Metric, a: Floats, b: Floats, profile: Floats | None, step: float, settings: Settings
) -> Aggregate | None:
    frozen = any(side.reruns is Reruns.FROZEN for side in table.fresh)
    return compare_mean(
        *((once(a), once(b)) if frozen else (a, b)),
        profile=profile,
        confidence=settings.confidence,
        step=step,
        groups=table.groups,
        estimand=settings.estimand,
        higher_is_better=metric.higher_is_better,
        margin=settings.margins.get(metric.name),
        min_effect=settings.min_effect.get(metric.name, 0.0),
        fragment_share=settings.fragment_share,
        seed=settings.seed,
    )


def _with_gaps(cells: Cells, states_a: States, states_b: States) -> Cells:
    """The same cells, with the rows that cannot be compared told apart."""
    return replace(
        cells,
        verdict=gap_verdicts(cells.verdict, states_a, states_b),
        failed_a=failures(states_a),
        failed_b=failures(states_b),
    )
