"""Parts of a suite: how each value of an item's metadata moved, and what the items that lost have in common."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from ragtui.errors import UsageError
from ragtui.model import Floats, Result, Scores
from ragtui.stats import MetricComparison, compare_mean
from ragtui.stats.why.slices import MOST_EVIDENCE, Common, Searched, Slice, evidence, search
from ragtui.workbench.comparing import SideComparison
from ragtui.workbench.sides import Side
from ragtui.workbench.why.causes import is_refusal

MOST_VALUES = 30
"""A field with more different values is an id or a text, not a way to slice."""
MOST_ITEMS = 2_000
"""Items whose answers are read for the search; beyond that only metadata is searched."""
_MOST_DOCUMENTS = 300


def fields(result: SideComparison) -> dict[str, dict[str, str]]:
    """Metadata that can slice the items: field to (item to value)."""
    found: dict[str, dict[str, str]] = {}
    for item in result.comparison.items:
        raw = result.a.item(item).metadata or result.b.item(item).metadata
        for key, value in raw.items():
            if isinstance(value, str | int | float | bool):
                found.setdefault(str(key), {})[item] = str(value)
            elif isinstance(value, list | tuple):
                found.setdefault(str(key), {})[item] = ", ".join(map(str, value))
    return {key: values for key, values in found.items() if 2 <= len(set(values.values())) <= MOST_VALUES}


def slices(result: SideComparison, field: str) -> list[Slice]:
    """Every value of a field, on every quality metric.

    Raises:
        UsageError: no item has that field, or it has too many values.
    """
    known = fields(result)
    if field not in known:
        names = ", ".join(known) or "none"
        raise UsageError(f"no field {field!r} to slice by", f"Fields with 2 to {MOST_VALUES} values: {names}.")
    members: dict[str, list[str]] = {}
    for item, value in known[field].items():
        members.setdefault(value, []).append(item)
    return [
        _slice(result, entry, field, value, items)
        for entry in result.comparison.quality
        for value, items in sorted(members.items())
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
    return scores.aligned(tuple(items), (entry.metric,)).of(entry.metric.name)


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
    for key, values in fields(result).items():
        for value in sorted(set(values.values())):
            yield f"{key} = {value}", {item for item, found in values.items() if found == value}


def _answer_columns(result: SideComparison, stop: Callable[[], bool]) -> dict[str, set[str]]:
    """Columns of what was asked, retrieved and answered."""
    columns: dict[str, set[str]] = {}
    asked: dict[str, float] = {}
    answered: dict[str, float] = {}
    for item in result.comparison.items:
        if stop():
            return {}
        before, after = (_results(side, item) for side in (result.a, result.b))
        question = result.a.item(item).question or result.b.item(item).question
        asked[item], answered[item] = len(question), _mean_length(after or before)
        if language := _language(question):
            columns.setdefault(f"question in {language}", set()).add(item)
        if after and sum(is_refusal(one.output) for one in after) * 2 > len(after):
            columns.setdefault("answer refuses", set()).add(item)
        kept, got = _documents(before), _documents(after)
        for said, moved in (("lost a document", kept - got), ("got another document", got - kept)):
            if moved and before and after:
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


def _results(side: Side, item: str) -> list[Result]:
    if item not in side.scores.row_of:
        return []
    return [one for repeat in side.scores.repeats if (one := side.result(item, repeat)) is not None and not one.error]


def _documents(results: Sequence[Result]) -> set[str]:
    """Names of documents that most repeats retrieved."""
    seen = Counter(
        name
        for one in results
        for name in {" ".join((found.title or found.id).split()) for found in one.contexts}
        if name
    )
    return {name for name, count in seen.items() if count * 2 > len(results)}


def _mean_length(results: Sequence[Result]) -> float:
    return sum(len(one.output) for one in results) / len(results) if results else float("nan")


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


_STOP_WORDS = {
    "English": "the is are of and to what how does can my",
    "German": "der die das und ist wie was nicht ein ich kann",
    "French": "le la les des est et une que comment je pour",
    "Spanish": "el los las es una cómo qué para mi puedo del",
    "Italian": "il gli è una come che per posso del della",
    "Portuguese": "o os uma como que para meu posso é do da",
    "Dutch": "de het een is en hoe wat niet ik kan van",
}
_WORD = re.compile(r"\w+")


def _language(text: str) -> str:
    """The language whose small words a question holds most of; "" where nothing tells."""
    words = set(_WORD.findall(text.lower()))
    scores = {name: len(words & set(known.split())) for name, known in _STOP_WORDS.items()}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] >= 2 and list(scores.values()).count(scores[best]) == 1 else ""
