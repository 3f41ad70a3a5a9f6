"""Parts of a suite: how each value of a field moved, and what the items that lost have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from ragtui.errors import UsageError
from ragtui.model import Floats, Scores, metric_rows
from ragtui.stats import MetricComparison, compare_mean
from ragtui.stats.why.slices import MOST_EVIDENCE, Common, Searched, Slice, evidence, search
from ragtui.workbench.comparing import SideComparison
from ragtui.workbench.why.columns import (
    MOST_ITEMS,
    Columns,
    Recorded,
    documents,
    language,
    mean_length,
    metadata,
    mostly_refuses,
)

_MOST_DOCUMENTS = 300


def slices(result: SideComparison, field: str, known: Columns) -> list[Slice]:
    """Every value of a field, on every quality metric.

    Args:
        result: the comparison.
        field: which.
        known: the fields that there are (see `ragtui.workbench.why.columns`).

    Raises:
        UsageError: no item has that field, or it has too many values.
    """
    if field not in known:
        names = ", ".join(known) or "none"
        raise UsageError(f"no field {field!r} to slice by", f"Fields that tell items apart: {names}.")
    return [
        _slice(result, entry, field, value, items)
        for entry in result.comparison.quality
        for value, items in sorted(known[field].items())
    ]


def _slice(result: SideComparison, entry: MetricComparison, field: str, value: str, items: Sequence[str]) -> Slice:
    name, settings = entry.metric.name, result.comparison.settings
    x, y = (_rows(side.scores, entry, items) for side in (result.a, result.b))
    learned = result.learned
    profile = None if learned is None or learned.scores is None else _rows(learned.scores, entry, items)
    aggregate = compare_mean(
        x,
        y,
        profile=profile,
        confidence=settings.confidence,
        step=0.0 if entry.cells.grid is None else entry.cells.grid.smallest_step,
        estimand=settings.estimand,
        higher_is_better=entry.metric.higher_is_better,
        margin=settings.margins.get(name),
        seed=settings.seed,
    )
    return Slice(field, value, name, 0 if aggregate is None else aggregate.n, aggregate)


def _rows(scores: Scores, entry: MetricComparison, items: Sequence[str]) -> Floats:
    return metric_rows(scores, entry.metric, items)


def what_they_share(result: SideComparison, stop: Callable[[], bool] = lambda: False) -> Searched:
    """Search what the items that moved have in common. Reads answers: call it from a worker.

    Metadata, retrieved documents, documents that were lost or gained, the length of question and answer, the language
    of the question and refusing words are searched together, with one error rate over all of them.

    Args:
        result: the comparison.
        stop: asked now and then; True gives up reading answers.

    Raises:
        RagtuiError: a run cannot be read any more.
    """
    items = result.comparison.items
    columns = dict(_metadata_columns(result))
    read = len(items) <= MOST_ITEMS
    if read:
        columns |= _answer_columns(result, stop)
    if not columns:
        return Searched((), 0, read)
    ratios = [
        # Beyond a band of no width a delta is endlessly many bands: the strongest evidence there is, not a missing one.
        np.sign(entry.cells.delta) * np.minimum(entry.cells.ratio, MOST_EVIDENCE)
        * (1 if entry.metric.higher_is_better in (True, None) else -1)
        for entry in result.comparison.quality
        if entry.labels is None or entry.labels.good  # labels in no order have moved nowhere
    ]  # fmt: skip
    if not ratios:
        return Searched((), len(columns), read)
    names = list(columns)
    has = np.array([[item in columns[name] for name in names] for item in items], bool)
    found = search(evidence(np.array(ratios).T), has)
    common = (
        Common(names[one.feature], one, tuple(item for item in items if item in columns[names[one.feature]]))
        for one in found
    )
    return Searched(tuple(common), len(names), read)


def _metadata_columns(result: SideComparison) -> Iterator[tuple[str, set[str]]]:
    for key, values in metadata(result).items():
        for value, members in sorted(values.items()):
            yield f"{key} = {value}", set(members)


def _answer_columns(result: SideComparison, stop: Callable[[], bool]) -> dict[str, set[str]]:
    """Columns of what was asked, retrieved and answered."""
    columns: dict[str, set[str]] = {}
    asked: dict[str, float] = {}
    answered: dict[str, float] = {}
    for item in result.comparison.items:
        if stop():
            return {}
        found = Recorded.of(result, item)
        asked[item], answered[item] = len(found.question), mean_length(found.after or found.before)
        if spoken := language(found.question):
            columns.setdefault(f"question in {spoken}", set()).add(item)
        if mostly_refuses(found.after):
            columns.setdefault("answer refuses", set()).add(item)
        kept, got = documents(found.before), documents(found.after)
        for said, moved in (("lost a document", kept - got), ("got another document", got - kept)):
            if moved and found.before and found.after:
                columns.setdefault(said, set()).add(item)
        for document in kept:
            columns.setdefault(f"retrieved “{document}” in the baseline", set()).add(item)
        for document in kept - got:
            columns.setdefault(f"lost “{document}”", set()).add(item)
        for document in got - kept:
            columns.setdefault(f"got “{document}”", set()).add(item)
    columns |= _quarters("question", asked) | _quarters("answer", answered)
    most = Counter({name: len(members) for name, members in columns.items()}).most_common(_MOST_DOCUMENTS)
    return {name: columns[name] for name, _ in most}


def _quarters(what: str, lengths: Mapping[str, float]) -> dict[str, set[str]]:
    """The longest and the shortest quarter."""
    known = {item: length for item, length in lengths.items() if length == length and length > 0}
    if len(known) < 8:
        return {}
    low, high = np.quantile(list(known.values()), (0.25, 0.75))
    return {
        f"short {what} (the shortest quarter)": {item for item, length in known.items() if length <= low},
        f"long {what} (the longest quarter)": {item for item, length in known.items() if length >= high},
    }
