"""Whether items of equal id are the same items, and finding them by what was asked where their ids do not tell.

Ids that are row numbers mean another question in every file that was shuffled or filtered; ids of events differ in
every run. Both are matched by their input. Other questions under equal ids are said, or make the sides incomparable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ragtui.model import About, Item, Note, Repeat, Result, Scores, Weight, canonical_hash
from ragtui.sources import LoadedRun
from ragtui.workbench.pairing.edited import SMALL_SHARE, edited_items
from ragtui.workbench.sides import Side

MOST_LOOKED_AT = 400
"""Items whose questions are read to see whether ids mean the same on both sides: about 20 ms of reading."""

ENOUGH_SHARED = 0.5
"""Inputs of the smaller side that must be on the other one to match by input."""

_HOSTED = ("langfuse",)
"""Formats whose item ids are made by a dataset: they are believed, and what an item asks is the dataset's word."""


@dataclass(frozen=True, eq=False)
class Matched:
    """Two sides whose items of equal id are the same items, as far as is known, and what was found on the way."""

    a: Side
    b: Side
    notes: tuple[Note, ...] = ()
    blockers: tuple[Note, ...] = ()


def match_sides(a: Side, b: Side) -> Matched:
    """See that equal ids mean equal questions; match by input where ids do not tell."""
    if any(header.format in _HOSTED for header in (*a.headers, *b.headers)):
        edited = edited_items(a, b)
        if edited is None:
            return Matched(a, b)
        return _told(a, b, edited)
    common = [item for item in a.scores.items if item in b.scores.row_of]
    if not common:
        return _by_input(a, b, 0, "") or Matched(a, b)
    chosen = _some(common)
    differing = [item for item in chosen if _differ(a.item(item), b.item(item))]
    if not differing:
        return Matched(a, b)
    example = differing[0]
    said = (example, _short(a.item(example).question), _short(b.item(example).question))
    if _row_numbers(a.scores.items) and _row_numbers(b.scores.items):
        found = _by_input(a, b, len(differing), f"{said[0]}: {said[1]!r} and {said[2]!r}")
        if found is not None:
            return found
    about = About.OTHER_QUESTIONS if len(differing) > SMALL_SHARE * len(chosen) else About.SOME_OTHER_QUESTIONS
    return _told(a, b, Note(about, count=len(differing), total=len(chosen), names=said))


def _told(a: Side, b: Side, note: Note) -> Matched:
    """Sides of which there is one thing to know, be it that they are not to be compared."""
    return Matched(a, b, blockers=(note,)) if note.weight is Weight.BLOCKER else Matched(a, b, notes=(note,))


def _by_input(a: Side, b: Side, differing: int, example: str) -> Matched | None:
    """The sides with items named by their input; None where inputs are missing or not the same."""
    asked_a, asked_b = _inputs(a), _inputs(b)
    if not asked_a or not asked_b:
        return None
    shared = set(asked_a.values()) & set(asked_b.values())
    if len(shared) < max(1, ENOUGH_SHARED * min(len(set(asked_a.values())), len(set(asked_b.values())))):
        return None
    if not (_even(asked_a) and _even(asked_b)):
        return None
    note = Note(About.MATCHED_BY_INPUT, count=differing, total=len(shared), detail=example)
    return Matched(_renamed(a, asked_a), _renamed(b, asked_b), (note,))


def _inputs(side: Side) -> dict[str, str]:
    """Input by item id: question and expected answer; empty where an item carries no question."""
    found = {}
    for item in side.scores.items:
        told = side.item(item)
        if not told.question:
            return {}
        found[item] = "q-" + canonical_hash([_plain(told.question), _plain(told.expected)], 10)
    return found


def _even(asked: Mapping[str, str]) -> bool:
    """Whether every input stands on equally many items; uneven ones cannot become repeats."""
    return len(set(Counter(asked.values()).values())) == 1


def _renamed(side: Side, asked: Mapping[str, str]) -> Side:
    runs = tuple(_ByInput(run, asked) for run in side.runs)
    return replace(side, runs=runs, scores=Scores.pooled([run.scores for run in runs]))


class _ByInput(LoadedRun):
    """A run whose items are named by their input; items of one input become repeats of it.

    Args:
        run: the run as it was loaded.
        asked: input by item id.
    """

    def __init__(self, run: LoadedRun, asked: Mapping[str, str]) -> None:
        self.header = run.header
        self.problems = run.problems
        self._run = run
        self._items: dict[str, list[str]] = {}
        for item in run.scores.items:
            if item in asked:
                self._items.setdefault(asked[item], []).append(item)
        self._often = max(map(len, self._items.values()), default=1)
        self.scores = self._laid_out(run.scores)

    def _laid_out(self, scores: Scores) -> Scores:
        names = tuple(self._items)
        repeats = tuple(Repeat(self.header.uid, label) for label in self._labels(scores.repeats))
        values = np.full((len(names), len(scores.metrics), len(repeats)), np.nan)
        states = np.zeros(values.shape, np.uint8)
        width = len(scores.repeats)
        for row, items in enumerate(self._items.values()):
            for place, item in enumerate(items):
                part = slice(place * width, (place + 1) * width)
                values[row, :, part] = scores.values[scores.row_of[item]]
                states[row, :, part] = scores.states[scores.row_of[item]]
        return Scores(names, scores.metrics, repeats, values, states)

    def _labels(self, repeats: Sequence[Repeat]) -> Iterator[str]:
        for place in range(self._often):
            for repeat in repeats:
                if self._often == 1:
                    yield repeat.label
                else:
                    yield str(place + 1) if len(repeats) == 1 else f"{place + 1}.{repeat.label}"

    def item(self, item_id: str) -> Item:
        """The golden item under its new name."""
        items = self._items.get(item_id)
        return replace(self._run.item(items[0]), id=item_id) if items else Item(item_id)

    def result(self, item_id: str, repeat: str) -> Result | None:
        """Text of one item in one repeat."""
        items, labels = self._items.get(item_id, []), list(self._labels(self._run.scores.repeats))
        if repeat not in labels:
            return None
        place, layer = divmod(labels.index(repeat), len(self._run.scores.repeats))
        if place >= len(items):
            return None
        found = self._run.result(items[place], self._run.scores.repeats[layer].label)
        return None if found is None else replace(found, item_id=item_id, repeat=repeat)

    def attempts(self, item_id: str) -> tuple[Result, ...]:
        """Every recorded pass of the items of this input."""
        return tuple(found for item in self._items.get(item_id, []) for found in self._run.attempts(item))


def _some(items: Sequence[str]) -> Sequence[str]:
    """Items spread evenly over all of them, at most as many as are looked at."""
    step = max(1, len(items) // MOST_LOOKED_AT)
    return items[::step][:MOST_LOOKED_AT]


def _differ(one: Item, other: Item) -> bool:
    return bool(one.question and other.question) and _plain(one.question) != _plain(other.question)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _short(text: str) -> str:
    said = _plain(text)
    return said if len(said) <= 60 else said[:59] + "…"


def _row_numbers(items: Sequence[str]) -> bool:
    """Whether ids are the numbers from 0 or 1 on."""
    if not all(item.isascii() and item.isdecimal() for item in items):
        return False
    numbers = sorted(map(int, items))
    return numbers[0] in (0, 1) and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
