"""Why the flagged items of a comparison changed, from the passages and answers that their repeats recorded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ragtui.model import Context, Floats, Result, Scores
from ragtui.present.order import ranked_cells
from ragtui.stats import FLAGGED, Verdict
from ragtui.stats.why.causes import Causes, CellCause, Ground, reason
from ragtui.stats.why.flicker import Flicker, flicker
from ragtui.stats.why.trail import Habits, Trail, habits
from ragtui.workbench.comparing import SideComparison
from ragtui.workbench.sides import Side

MOST_ITEMS = 60
"""Unflagged items, evenly spaced, that are read to learn how the pipelines repeat themselves."""

MOST_FLAGGED = 200
"""Flagged items that are looked into, the worst first: each costs milliseconds, and more are a change of the whole."""

_REFUSALS = re.compile(
    r"\b(?:i|we)(?:'m| am| are)? (?:do not|don't|cannot|can't|could not|couldn't|was not able to|unable|sorry)"
    r"|\b(?:not enough|no relevant|insufficient) (?:information|context)"
    r"|\b(?:the|provided|given) (?:context|documents?|passages?) (?:do|does) not (?:contain|mention|say|provide)",
    re.IGNORECASE,
)
_REFUSAL_WITHIN = 200
"""Characters: an answer that begins like this is a refusal; one that ends so may be careful only."""
_WORD = re.compile(r"\w+")


def find_causes(result: SideComparison) -> Causes:
    """Causes of every flagged cell. Reads answers: call it from a worker where the runs are large.

    Raises:
        RagtuiError: a run cannot be read any more.
    """
    comparison = result.comparison
    flagged = ranked_cells(comparison, *FLAGGED)
    if not flagged:
        return Causes({})
    every = list(dict.fromkeys(row for _, row in flagged))
    rows = dict.fromkeys(every[:MOST_FLAGGED])
    chosen = set(every)
    others = [row for row in range(len(comparison.items)) if row not in chosen]
    places = np.linspace(0, len(others) - 1, min(MOST_ITEMS, len(others))).round().astype(int)
    sample = [others[place] for place in places]
    items = [comparison.items[row] for row in (*rows, *sample)]
    a, b = _Reading(result.a, items), _Reading(result.b, items)
    records = {item: _Records.of(a, b, item) for item in items}
    known = habits([trail for one in records.values() for trail in (one.a, one.b)])
    cells = {}
    for entry, row in flagged:
        if row not in rows:
            continue
        item, name = comparison.items[row], entry.metric.name
        cells[item, name] = _cell(result, records[item], known, item, name, Verdict(int(entry.cells.verdict[row])))
    if all(cell.reason.ground is Ground.NO_RECORDS for cell in cells.values()):
        return Causes({})  # scores alone: there is nothing to look into
    return Causes(cells, len(records), len(every) - len(rows))


def _cell(
    result: SideComparison, records: _Records, known: Habits, item: str, metric: str, verdict: Verdict
) -> CellCause:
    x, y = (_scores(side.scores, item, metric) for side in (result.a, result.b))
    judges = [side.configuration.judges.get(metric) for side in (result.a, result.b)]
    same_judge = judges[0] is not None and judges[0] == judges[1]
    found = reason(records.a, records.b, x, y, known, same_judge=same_judge)
    delta = result.comparison.metric(metric).cells.delta[result.comparison.row_of[item]]
    return CellCause(item, metric, verdict, bool(delta > 0), found, records.passages)


def _scores(scores: Scores, item: str, metric: str) -> Floats:
    row = scores.row_of.get(item)
    if row is None or metric not in scores.column_of:
        return np.full(len(scores.repeats), np.nan)
    found: Floats = scores.of(metric)[row]
    return found


def split_flicker(side: Side) -> dict[str, Flicker]:
    """Where each metric's flicker comes from, on one side's own repeats. Reads answers: call it from a worker.

    Raises:
        RagtuiError: a run cannot be read any more.
    """
    if len(side.scores.repeats) < 2:
        return {}
    reading = _Reading(side, side.scores.items)
    trails = [_Records.of(reading, None, item).a for item in side.scores.items]
    found = {metric.name: flicker(trails, side.scores.of(metric.name)) for metric in side.scores.metrics}
    return {name: split for name, split in found.items() if split is not None}


class _Reading:
    """What a side recorded of items, each read once.

    Attributes:
        answers: whether it records answers at all: many files hold scores alone, and there an empty one says nothing.
    """

    def __init__(self, side: Side, items: Iterable[str]) -> None:
        self._side = side
        self._read: dict[str, list[Result | None]] = {}
        self.answers = any(self._has_answer(item) for item in items)

    def _has_answer(self, item: str) -> bool:
        self._read[item] = found = self._results(item)
        return any(one is not None and one.output.strip() for one in found)

    def _results(self, item: str) -> list[Result | None]:
        return [self._side.result(item, repeat) for repeat in self._side.scores.repeats]

    def of(self, item: str) -> list[Result | None]:
        """The repeats of an item, let go of once they were asked for."""
        found = self._read.pop(item, None)
        return self._results(item) if found is None else found


@dataclass(frozen=True, eq=False)
class _Records:
    """One item on both sides.

    Attributes:
        a, b: the repeats of each side.
        passages: names, by column.
    """

    a: Trail
    b: Trail
    passages: tuple[str, ...]

    @classmethod
    def of(cls, a: _Reading, b: _Reading | None, item: str) -> _Records:
        """Read them."""
        found = [side.of(item) if side else [] for side in (a, b)]
        told = a.answers, b is not None and b.answers
        contexts = [context for side in found for one in side if one for context in one.contexts]
        key = _key(contexts)
        names: dict[str, str] = {}
        for context in contexts:
            names.setdefault(key(context), " ".join((context.title or context.id or context.text[:60]).split()))
        column = {name: place for place, name in enumerate(names)}
        orders: dict[tuple[str, ...], int] = {}
        answers: dict[str, int] = {}
        words: dict[str, int] = {}
        for one in (one for side in found for one in side if one):
            orders.setdefault(tuple(map(key, one.contexts)), len(orders))
            answers.setdefault(_text(one), len(answers))
            for word in _WORD.findall(_text(one).lower()):
                words.setdefault(word, len(words))
        a_trail, b_trail = (
            _trail(side, key, column, orders, answers, words, told=known)
            for side, known in zip(found, told, strict=True)
        )
        return cls(a_trail, b_trail, tuple(names.values()))


def _trail(
    results: Sequence[Result | None],
    key: _Key,
    column: dict[str, int],
    orders: dict[tuple[str, ...], int],
    answers: dict[str, int],
    words: dict[str, int],
    *,
    told: bool,
) -> Trail:
    size = len(results)
    passages, used = np.zeros((size, len(column)), bool), np.zeros((size, len(words)), bool)
    order, answer = np.full(size, -1), np.full(size, -1)
    failed, poor = np.zeros(size, bool), np.zeros(size, bool)
    for place, one in enumerate(results):
        if one is None:
            continue
        failed[place] = bool(one.error)
        if one.contexts:
            order[place] = orders[tuple(map(key, one.contexts))]
            passages[place, [column[key(context)] for context in one.contexts]] = True
        if told and not one.error:
            text = _text(one)
            answer[place] = answers[text] if text else -1
            used[place, [words[word] for word in _WORD.findall(text.lower())]] = True
            poor[place] = _is_poor(one, text)
    return Trail(passages, order, answer, used, failed, poor)


class _Key:
    """What makes two passages the same: their text, where every one has it; else their id."""

    def __init__(self, *, by_text: bool) -> None:
        self._by_text = by_text

    def __call__(self, context: Context) -> str:
        return " ".join(context.text.split()) if self._by_text else context.id


def _key(contexts: Iterable[Context]) -> _Key:
    return _Key(by_text=all(context.text.strip() for context in contexts))


def _text(result: Result) -> str:
    return " ".join(result.output.split())


def _is_poor(result: Result, text: str) -> bool:
    finish = str(result.metadata.get("finish_reason") or result.metadata.get("stop_reason") or "")
    return not text or finish in ("length", "max_tokens") or is_refusal(text)


def is_refusal(text: str) -> bool:
    """Whether an answer begins like one that refuses or found nothing."""
    return bool(_REFUSALS.search(text[:_REFUSAL_WITHIN]))
