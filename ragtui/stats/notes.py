"""What a reader must know before trusting a number. Values only: their words are in `ragtui.present`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from ragtui.model import About, DirectionFrom, Metric, Note, Role, Scores
from ragtui.stats.arrays import Floats
from ragtui.stats.cells import MIN_UNITS
from ragtui.stats.comparison import Aggregate, Cells, Comparison
from ragtui.stats.doubts.copies import Circumstances
from ragtui.stats.doubts.oddities import far_level, one_shift, telling_gap
from ragtui.stats.doubts.wild import wild_repeats
from ragtui.stats.means.components import whole_runs
from ragtui.stats.settings import Settings
from ragtui.stats.verdict import MOVED, Verdict

_MIN_IDENTICAL_ITEMS = 10
"""Fewer repeated items than this may all repeat exactly by chance."""
_SHORTEST_GAP = 3600.0
"""Seconds between two sides from which on "different times" means something."""


def metric_notes(
    metric: Metric, cells: Cells, aggregate: Aggregate | None, a: Floats, b: Floats, settings: Settings
) -> tuple[Note, ...]:
    """Notes on one metric; a and b are its scores, (items, repeats)."""
    found = _metric_notes(metric, cells, aggregate, a, b, settings)
    return tuple(replace(note, metric=metric.name) for note in found)


def _metric_notes(
    metric: Metric, cells: Cells, aggregate: Aggregate | None, a: Floats, b: Floats, settings: Settings
) -> Iterator[Note]:
    scored = np.concatenate([side[np.isfinite(side)] for side in (a, b)])
    if not scored.size:
        yield Note(About.NO_SCORE)
        return
    if aggregate is None:
        yield Note(About.NO_COMMON_SCORE)
    if scored.min() == scored.max():
        yield Note(About.CONSTANT, count=scored.size)
    elif metric.role is Role.QUALITY:
        sides = (("baseline", a), ("candidate", b))
        yield from (Note(About.IDENTICAL, side) for side, scores in sides if identical_repeats(scores))
    if metric.role is Role.QUALITY:
        yield from _oddities(cells, a, b)
    if aggregate is not None:
        yield from _margin_notes(metric, aggregate, float(scored.min()), float(scored.max()))
    yield from _noise_notes(cells, aggregate)
    yield from _fragment_notes(a, b, settings.fragment_share)


def _margin_notes(metric: Metric, aggregate: Aggregate, lowest: float, highest: float) -> Iterator[Note]:
    """A margin that is larger than all that is left to lose: from 4.0 on a scale that begins at 1, nobody loses 3.5.

    Where nobody stated the scale it is as wide as the scores, from zero on, and 0 to 1 at least; what is counted in
    seconds or tokens has no end.
    """
    if aggregate.margin is None or metric.higher_is_better is None or metric.role is not Role.QUALITY:
        return
    low, high = metric.scale or (min(0.0, lowest), max(1.0, highest))
    room = aggregate.mean_a - low if metric.higher_is_better else high - aggregate.mean_a
    if aggregate.margin > room + 1e-9:
        yield Note(About.NO_ROOM, sizes=(aggregate.margin, aggregate.mean_a, max(room, 0.0)))


def _oddities(cells: Cells, a: Floats, b: Floats) -> Iterator[Note]:
    if (shift := one_shift(cells)) is not None:
        grid = cells.grid
        yield Note(About.ONE_SHIFT, sizes=(shift,), detail="factor" if grid is not None and grid.log else "")
    for side, kept, lost in (("candidate", a, b), ("baseline", b, a)):
        if gap := telling_gap(kept, lost):
            yield Note(About.TELLING_GAP, side, count=gap.items, sizes=(gap.mean, gap.others))
    if far := far_level(np.concatenate([a.ravel(), b.ravel()])):
        yield Note(About.FAR_LEVEL, count=far.times, sizes=(far.score, far.lowest, far.highest))


def _noise_notes(cells: Cells, aggregate: Aggregate | None) -> Iterator[Note]:
    """What the noise was learned from."""
    if cells.source == "none":
        yield Note(About.NO_REPEATS)
    elif cells.repeated < MIN_UNITS:
        yield Note(About.FEW_REPEATS, count=cells.repeated, total=MIN_UNITS)
    if cells.source == "profile":
        yield Note(About.PROFILE)
    if aggregate is not None and aggregate.components is not None:
        yield Note(About.DRIFT, count=round(aggregate.components.df_run_raw))
    elif aggregate is not None:
        yield Note(About.DRIFT_UNKNOWN)


def _fragment_notes(a: Floats, b: Floats, share: float) -> Iterator[Note]:
    both = np.isfinite(a).any(axis=1) & np.isfinite(b).any(axis=1)
    for side, scores in (("baseline", a[both]), ("candidate", b[both])):
        sparse = int((np.isfinite(scores).any(axis=0) & ~whole_runs(scores, share)).sum())
        if sparse:
            yield Note(About.SPARSE_REPEATS, side, count=sparse)


def identical_repeats(scores: Floats) -> bool:
    """Whether at least ten items were repeated and not one of them ever varied."""
    present = np.isfinite(scores)
    repeated = present.sum(axis=1) >= 2
    if repeated.sum() < _MIN_IDENTICAL_ITEMS:
        return False
    low = np.where(present, scores, np.inf).min(axis=1)
    high = np.where(present, scores, -np.inf).max(axis=1)
    return bool((low[repeated] == high[repeated]).all())


def comparison_notes(
    comparison: Comparison, a: Scores, b: Scores, beside: tuple[Circumstances, Circumstances]
) -> tuple[Note, ...]:
    """Notes for the header."""
    return (*_comparison_notes(comparison, a, b), *_apart_in_time(comparison, beside))


def _apart_in_time(comparison: Comparison, beside: tuple[Circumstances, Circumstances]) -> Iterator[Note]:
    """Means that moved between sides that were run at different times: any difference of the two times is in them.

    What changes within the time that a side's own repeats take is in their noise already, so only a longer gap is told.
    """
    a, b = (side.span for side in beside)
    moved = [entry for entry in comparison.quality if entry.aggregate and entry.aggregate.outcome in MOVED]
    if a is None or b is None or not moved:
        return
    gap = max(b[0] - a[1], a[0] - b[1])
    if gap > max(_SHORTEST_GAP, a[1] - a[0], b[1] - b[0]):
        deltas = [entry.aggregate.delta for entry in moved if entry.aggregate]
        side = "candidate" if b[1] < a[0] else "baseline"
        names = tuple(entry.metric.name for entry in moved)
        yield Note(About.APART_IN_TIME, side, names=names, sizes=(gap, *deltas))


def _comparison_notes(comparison: Comparison, a: Scores, b: Scores) -> Iterator[Note]:
    only_a = sum(item not in b.row_of for item in a.items)
    only_b = sum(item not in a.row_of for item in b.items)
    if only_a == len(a.items):
        yield Note(About.NO_COMMON_ITEMS)
    else:
        yield from (
            Note(About.ONLY_HERE, side, count=only)
            for side, only in (("baseline", only_a), ("candidate", only_b))
            if only
        )
    for side, left_out in (("baseline", comparison.left_out_a), ("candidate", comparison.left_out_b)):
        if left_out:
            yield Note(About.LEFT_OUT, side, names=tuple(f"{one.run_uid} #{one.label}" for one in left_out))
    for side, scores in (("baseline", a), ("candidate", b)):
        for wild in wild_repeats(scores):
            name = f"{wild.repeat.run_uid.rpartition('|')[2]} #{wild.repeat.label}"
            yield Note(About.WILD_REPEAT, side, names=(name, wild.metric), sizes=(wild.distance, wild.usual))
        if any("." in repeat.label for repeat in scores.repeats):
            yield Note(About.JUDGINGS, side)
    lent = [entry.cells for entry in comparison.quality if entry.cells.borrowed is not None]
    if lent:
        names = dict.fromkeys(name for cells in lent if cells.borrowed is not None for name in cells.borrowed.names)
        yield Note(About.BORROWED, count=sum(cells.count(Verdict.BORROWED) for cells in lent), names=tuple(names))
    yield from _direction_notes([entry.metric for entry in comparison.metrics])
    for entry in comparison.metrics:
        if entry.refused:
            yield Note(About.REFUSED, metric=entry.metric.name, why=entry.refused)
        elif (failed := entry.cells.count(Verdict.ERROR)) and entry.metric.role is Role.QUALITY:
            yield Note(About.FAILED_ITEMS, metric=entry.metric.name, count=failed)


def _direction_notes(metrics: Sequence[Metric]) -> Iterator[Note]:
    """Directions that nobody told, of the metrics that carry verdicts."""
    quality = [metric for metric in metrics if metric.role is Role.QUALITY]
    for way, higher in (("higher", True), ("lower", False)):
        guessed = [
            metric.name
            for metric in quality
            if metric.direction_from is DirectionFrom.GUESSED and metric.higher_is_better is higher
        ]
        if guessed:
            yield Note(About.GUESSED_DIRECTIONS, names=tuple(guessed), detail=way)
    if unknown := [metric.name for metric in quality if metric.higher_is_better is None and not metric.categorical]:
        yield Note(About.UNKNOWN_DIRECTIONS, names=tuple(unknown))


def looks_cached(scores: Scores) -> bool:
    """Whether no quality metric with more than one value ever varied between repeats."""
    quality = [scores.of(metric.name) for metric in scores.metrics if metric.role is Role.QUALITY]
    varied = [x for x in quality if np.isfinite(x).any() and np.nanmin(x) != np.nanmax(x)]
    return bool(varied) and all(identical_repeats(x) for x in varied)
