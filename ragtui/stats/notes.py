"""What a reader must know before trusting a number, in one short sentence each."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ragtui.model import Metric, Repeat, Role, Scores
from ragtui.stats.arrays import Floats
from ragtui.stats.cells import MIN_UNITS
from ragtui.stats.comparison import Aggregate, Cells, Comparison
from ragtui.stats.means.components import whole_runs
from ragtui.stats.settings import Settings
from ragtui.stats.verdict import Verdict

_MIN_IDENTICAL_ITEMS = 10
"""Fewer repeated items than this may all repeat exactly by chance."""


_IDENTICAL = "every item repeats exactly in the {side}: right for a deterministic metric, otherwise cached answers"


def metric_notes(
    metric: Metric, cells: Cells, aggregate: Aggregate | None, a: Floats, b: Floats, settings: Settings
) -> tuple[str, ...]:
    """Notes on one metric; a and b are its scores, (items, repeats)."""
    scored = np.concatenate([side[np.isfinite(side)] for side in (a, b)])
    if not scored.size:
        return ("no score on either side",)
    notes = [] if aggregate else ["no item has a score on both sides"]
    if scored.min() == scored.max():
        notes.append(f"no variation seen in {scored.size} runs")
    elif metric.role is Role.QUALITY:
        sides = (("baseline", a), ("candidate", b))
        notes += [_IDENTICAL.format(side=side) for side, scores in sides if identical_repeats(scores)]
    return (*notes, *_noise_notes(cells, aggregate), *_fragment_notes(a, b, settings.fragment_share))


def _noise_notes(cells: Cells, aggregate: Aggregate | None) -> Iterator[str]:
    """What the noise was learned from."""
    if cells.source == "none":
        yield "no repeats: noise unknown"
    elif cells.repeated < MIN_UNITS:
        yield f"too few repeats to learn noise ({cells.repeated} repeated, {MIN_UNITS} needed): nothing can be proven"
    if cells.source == "profile":
        yield "noise taken from a profile of another configuration"
    if aggregate is not None and aggregate.components is not None:
        yield f"run drift measured on {aggregate.components.df_run_raw:g} df"
    elif aggregate is not None:
        yield "run drift cannot be measured without repeats: if there is any, the interval is too narrow"


def _fragment_notes(a: Floats, b: Floats, share: float) -> Iterator[str]:
    both = np.isfinite(a).any(axis=1) & np.isfinite(b).any(axis=1)
    for side, scores in (("baseline", a[both]), ("candidate", b[both])):
        sparse = int((np.isfinite(scores).any(axis=0) & ~whole_runs(scores, share)).sum())
        if sparse:
            repeats = "repeat scores" if sparse == 1 else "repeats score"
            yield f"{sparse} {side} {repeats} too few items to measure run drift"


def identical_repeats(scores: Floats) -> bool:
    """Whether at least ten items were repeated and not one of them ever varied."""
    present = np.isfinite(scores)
    repeated = present.sum(axis=1) >= 2
    if repeated.sum() < _MIN_IDENTICAL_ITEMS:
        return False
    low = np.where(present, scores, np.inf).min(axis=1)
    high = np.where(present, scores, -np.inf).max(axis=1)
    return bool((low[repeated] == high[repeated]).all())


def comparison_notes(comparison: Comparison, a: Scores, b: Scores) -> tuple[str, ...]:
    """Notes for the header."""
    return tuple(_comparison_notes(comparison, a, b))


def _comparison_notes(comparison: Comparison, a: Scores, b: Scores) -> Iterator[str]:
    only_a = sum(item not in b.row_of for item in a.items)
    only_b = sum(item not in a.row_of for item in b.items)
    if only_a == len(a.items):
        yield "no common items"
    else:
        if only_a:
            yield f"{_items(only_a)} only in the baseline"
        if only_b:
            yield f"{_items(only_b)} only in the candidate"
    for side, left_out in (("baseline", comparison.left_out_a), ("candidate", comparison.left_out_b)):
        if left_out:
            yield f"{side} {_names(left_out)}: too few of the common items to count as whole runs"
    for side, scores in (("baseline", a), ("candidate", b)):
        if any("." in repeat.label for repeat in scores.repeats):
            yield f"{side} repeats are judgings of the same answers: they show the judge's noise only"
    for entry in comparison.metrics:
        if entry.refused:
            yield f"{entry.metric.name} is not compared: {entry.refused}"
        elif (failed := entry.cells.count(Verdict.ERROR)) and entry.metric.role is Role.QUALITY:
            yield f"{entry.metric.name}: {_items(failed)} failed in every run of a side"


def looks_cached(scores: Scores) -> bool:
    """Whether no quality metric with more than one value ever varied between repeats."""
    quality = [scores.of(metric.name) for metric in scores.metrics if metric.role is Role.QUALITY]
    varied = [x for x in quality if np.isfinite(x).any() and np.nanmin(x) != np.nanmax(x)]
    return bool(varied) and all(identical_repeats(x) for x in varied)


def _items(count: int) -> str:
    return f"{count} item{'' if count == 1 else 's'}"


def _names(repeats: tuple[Repeat, ...]) -> str:
    return ("repeat " if len(repeats) == 1 else "repeats ") + ", ".join(f"{r.run_uid} #{r.label}" for r in repeats)
