"""Questions, answers and judgements of one comparison, read in the background and kept: painting reads no file.

Whatever happens to the files meanwhile, what was read once stays on the screen; what cannot be read any more says so.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ragtui.errors import RagtuiError
from ragtui.model import Item

if TYPE_CHECKING:
    from ragtui.model import Repeat, Result
    from ragtui.workbench import Side, SideComparison

RECORDS_KEPT = 200
REPEATS_READ = 40
"""Answers read for one item and side at most; nobody reads more, and each is a seek."""


@dataclass(frozen=True, slots=True)
class Record:
    """Everything recorded about one item.

    Attributes:
        item: the golden item, from the side that carries its text.
        base, cand: results by repeat, in the order of the side's repeats.
        earlier: passes of an item in one run that a later one replaced, by side and repeat.
        problem: why something could not be read; "" when everything was.
    """

    item: Item
    base: Mapping[Repeat, Result | None] = field(default_factory=dict)
    cand: Mapping[Repeat, Result | None] = field(default_factory=dict)
    earlier: Mapping[tuple[str, Repeat], tuple[Result, ...]] = field(default_factory=dict)
    problem: str = ""

    def of(self, tag: str) -> Mapping[Repeat, Result | None]:
        """Results of side "a" or "b"."""
        return self.base if tag == "a" else self.cand


class Texts:
    """Texts of a comparison. `read…` may wait for a disk and belongs in a thread; the rest answers at once.

    Args:
        result: the comparison.
    """

    def __init__(self, result: SideComparison) -> None:
        self.result = result
        self.problem = ""
        self._items: dict[str, Item] = {}
        self._records: OrderedDict[str, Record] = OrderedDict()

    def item(self, item: str) -> Item | None:
        """The golden item, as far as it has been read."""
        return self._items.get(item)

    def question(self, item: str) -> str:
        """Its question; an ellipsis while it has not been read."""
        found = self._items.get(item)
        return "…" if found is None else found.question

    def record(self, item: str) -> Record | None:
        """Everything about an item, as far as it has been read."""
        return self._records.get(item)

    def missing(self, items: Iterable[str]) -> list[str]:
        """Those whose golden item has not been read."""
        return [item for item in items if item not in self._items]

    def read_items(self, items: Iterable[str]) -> None:
        """Read golden items; one that cannot be read is an item without text."""
        for item in items:
            if item not in self._items:
                self._items[item], problem = self._golden(item)
                self.problem = problem or self.problem

    def read_record(self, item: str) -> Record:
        """Read everything about one item anew; what was read before stands in for what has become unreadable."""
        before = self._records.get(item)
        golden, problem = self._golden(item)
        sides: dict[str, dict[Repeat, Result | None]] = {"a": {}, "b": {}}
        earlier: dict[tuple[str, Repeat], tuple[Result, ...]] = {}
        for tag, side in (("a", self.result.a), ("b", self.result.b)):
            if item not in side.scores.row_of:
                continue
            for repeat in side.scores.repeats[:REPEATS_READ]:
                try:
                    sides[tag][repeat] = side.result(item, repeat)
                    if len(attempts := side.attempts(item, repeat)) > 1:
                        earlier[tag, repeat] = attempts
                except RagtuiError as error:
                    problem = error.message
                    sides[tag][repeat] = before.of(tag).get(repeat) if before is not None else None
        self.problem = problem or self.problem
        if problem and before is not None and golden.question == "":
            golden = before.item
        record = Record(golden, sides["a"], sides["b"], earlier, problem)
        self._items[item] = golden
        self._records[item] = record
        self._records.move_to_end(item)
        while len(self._records) > RECORDS_KEPT:
            self._records.popitem(last=False)
        return record

    def _golden(self, item: str) -> tuple[Item, str]:
        found, problem = Item(item), ""
        for side in (self.result.a, self.result.b):
            try:
                one = side.item(item)
            except RagtuiError as error:
                problem = error.message
                continue
            if one.question:
                return one, problem
            found = one if one.expected or one.metadata else found
        return found, problem


def shown_repeat(side: Side, item: str, metric: str) -> Repeat | None:
    """The repeat whose score lies nearest to the item's mean on its side: the one to read first."""
    scores = side.scores
    if item not in scores.row_of or not scores.repeats:
        return None
    if metric not in scores.column_of:
        return scores.repeats[0]
    values = [float(value) for value in scores.of(metric)[scores.row_of[item]]]
    finite = [value for value in values if value == value]
    if not finite:
        return scores.repeats[0]
    mean = sum(finite) / len(finite)
    place = min(range(len(values)), key=lambda n: abs(values[n] - mean) if values[n] == values[n] else float("inf"))
    return scores.repeats[place]
