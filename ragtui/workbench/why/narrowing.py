"""A comparison narrowed to some metrics and items, for reading: what is proven stays what the whole suite proves."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

import numpy as np

from ragtui.errors import UsageError
from ragtui.model import About, Note
from ragtui.present.filters import Filter, parse_filter
from ragtui.stats import MetricComparison, Verdict
from ragtui.stats.why.causes import Cause, Causes
from ragtui.workbench.comparing import SideComparison
from ragtui.workbench.run_fields import unfit
from ragtui.workbench.why.columns import columns, outcomes

ITEM_WORDS = {
    "verdict": tuple(verdict.name.lower() for verdict in Verdict),
    "why": (*(cause.value for cause in Cause), "not flagged"),
}
"""Fields of few words, as those of runs."""
_OF_A_METRIC = ("base", "cand", "delta", "bands", "noise")


def narrowed(result: SideComparison, metrics: Sequence[str], items: Collection[str] | None) -> SideComparison:
    """The same comparison with fewer metrics and cells.

    Means, intervals and verdicts are those of the whole suite: a mean of items that were chosen by their scores would
    say nothing. Cells of other items become `Verdict.ABSENT`, so no list and no count has them, and a note says how
    many items are left.

    Args:
        result: the comparison.
        metrics: those kept, in their order there; empty keeps all.
        items: those kept; None keeps all.

    Raises:
        UsageError: there is no such metric or item.
    """
    comparison = result.comparison
    names = [entry.metric.name for entry in comparison.metrics]
    _known(metrics, names, "metric", "Metrics are {}.")
    entries = [entry for entry in comparison.metrics if not metrics or entry.metric.name in metrics]
    if items is not None:
        _known(items, comparison.items, "item", "`ragtui compare … --format csv` lists all items.")
        keep = np.isin(np.array(comparison.items, dtype=str), list(items))
        entries = [_without(entry, keep) for entry in entries]
        note = Note(About.LISTED, count=int(keep.sum()), names=(str(len(comparison.items)),))
        result = replace(result, warnings=(*result.warnings, note))
    return replace(result, comparison=replace(comparison, metrics=tuple(entries)))


def items_where(
    result: SideComparison, where: str, metric: str, causes: Causes | None, notes: Mapping[str, str]
) -> list[str]:
    """Items that meet a filter, in the words of the board's filter line. Reads answers where it asks for them.

    Args:
        result: the whole comparison.
        where: the filter.
        metric: the metric whose `delta`, `base`, `cand`, `bands` and `noise` are meant; "" where none was named.
        causes: for `why`.
        notes: what a person wrote, by item.

    Raises:
        UsageError: it asks for a field that there is not, or for a number of no metric.
    """
    wanted, known = parse_filter(where), outcomes(result, causes) | columns(result, causes)
    numbers = _OF_A_METRIC if metric else ()
    _judgeable(wanted, where, [*known, "item", "question", "note", *numbers])
    members = {name: {value: set(items) for value, items in values.items()} for name, values in known.items()}
    found = []
    for row, item in enumerate(result.comparison.items):
        question = result.a.item(item).question or result.b.item(item).question
        fields: dict[str, object] = {
            name: [value for value, items in values.items() if item in items] for name, values in members.items()
        }
        fields |= {"item": item, "question": question, "note": notes.get(item, "")}
        if metric:
            cells = result.comparison.metric(metric).cells
            values = (cells.mean_a, cells.mean_b, cells.delta, cells.ratio, cells.p_noise)
            fields |= {name: float(value[row]) for name, value in zip(_OF_A_METRIC, values, strict=True)}
        if wanted.matches(fields, f"{item} {question} {notes.get(item, '')}"):
            found.append(item)
    return found


def _judgeable(wanted: Filter, where: str, known: Collection[str]) -> None:
    asked = {term.key for term in wanted.terms}
    problem = unfit(wanted, known, ITEM_WORDS)
    hint = "`ragtui help reading` shows what a filter can ask."
    if problem and (missing := asked & set(_OF_A_METRIC) - set(known)):
        problem, hint = f"{min(missing)} of which metric", "Add --metric NAME."
    if problem:
        raise UsageError(f"--where {where}: {problem}", hint)


def _known(asked: Collection[str], there: Sequence[str], what: str, hint: str) -> None:
    for name in asked:
        if name not in there:
            near = get_close_matches(name, there, n=1)
            raise UsageError(
                f"no {what} {name} in this comparison",
                f"Did you mean {near[0]}?" if near else hint.format(", ".join(there)),
            )


def _without(entry: MetricComparison, keep: np.ndarray) -> MetricComparison:
    verdict = np.where(keep, entry.cells.verdict, np.uint8(Verdict.ABSENT)).astype(np.uint8)
    return replace(entry, cells=replace(entry.cells, verdict=verdict))
