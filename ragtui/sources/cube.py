"""From records in any order to the score cube.

A record is one item in one repeat. Records are added one by one as they are read and only keep numbers; `build` lays
them out as items x metrics x repeats. Rules, the same for every format:

- the same item and repeat again: the highest attempt wins; equal attempts with equal content are one record; equal
  attempts with different content are refused by name, never averaged;
- a record without a repeat label is numbered by how often its item occurred, but only when every item occurs equally
  often; otherwise the items that occur more often are refused by name;
- what is not a finite number gets a state, never a value.
"""

from __future__ import annotations

import math
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ragtui.errors import InputError
from ragtui.model import Metric, Repeat, Role, Scores, State, guess_metric
from ragtui.sources.problems import ProblemLog

_NAN = math.nan
_SCORED, _MISSING = int(State.SCORED), int(State.MISSING)
_METRIC_ERROR, _NON_FINITE = int(State.METRIC_ERROR), int(State.NON_FINITE)
_ALONE = ""


@dataclass(frozen=True, eq=False)
class Cube:
    """Scores, and where the record behind each item and repeat is found again.

    Attributes:
        places: int64 (items, repeats): whatever `add` was given (a byte offset, a row number); -1 where there is none.
        failed: bool (items, repeats): the pipeline failed there.
    """

    scores: Scores
    places: NDArray[np.int64]
    failed: NDArray[np.bool_]

    def place(self, item: str, repeat: str) -> int | None:
        """Where the record of an item in a repeat is; None when there is none."""
        row = self.scores.row_of.get(item)
        layer = next((n for n, known in enumerate(self.scores.repeats) if known.label == repeat), None)
        if row is None or layer is None:
            return None
        place = int(self.places[row, layer])
        return place if place >= 0 else None

    def first_place(self, item: str) -> int | None:
        """Where any record of an item is."""
        row = self.scores.row_of.get(item)
        if row is None:
            return None
        known = self.places[row][self.places[row] >= 0]
        return int(known[0]) if known.size else None


class CubeBuilder:
    """Collects the records of one run.

    Args:
        run_uid: becomes part of every repeat.
        problems: where refusals are noted.
        metrics: declared by the run, so each is a column even where nothing was scored.
        definitions: of metrics that may occur; what is neither declared nor defined is guessed from its name.
    """

    def __init__(
        self,
        run_uid: str,
        problems: ProblemLog,
        metrics: Sequence[Metric] = (),
        definitions: Sequence[Metric] = (),
    ) -> None:
        self._run_uid = run_uid
        self._problems = problems
        self._defined = {metric.name: metric for metric in (*definitions, *metrics)}
        self._items: dict[str, int] = {}
        self._names: list[str] = []
        self._repeats: dict[str, int] = {}
        self._metrics: dict[str, int] = {metric.name: n for n, metric in enumerate(metrics)}
        self._known: dict[tuple[int, int], int] = {}
        self._unnumbered: dict[int, list[int]] = {}
        self._item_of = array("q")
        self._repeat_of = array("q")
        self._place_of = array("q")
        self._line_of = array("q")
        self._digest_of = array("q")
        self._attempt_of = array("q")
        self._dropped = bytearray()
        self._failed = bytearray()
        self._cell_record = array("q")
        self._cell_metric = array("q")
        self._cell_value = array("d")
        self._cell_state = bytearray()
        self._words: dict[str, Counter[str]] = {}

    def add(
        self,
        item: str,
        repeat: str,
        place: int,
        *,
        line: int = 0,
        digest: int = 0,
        attempt: int = 1,
        failed: bool = False,
    ) -> int:
        """One record; returns its number for `score`. An empty `repeat` is numbered when everything is known."""
        record = len(self._dropped)
        row = self._items.setdefault(item, len(self._items))
        if row == len(self._names):
            self._names.append(item)
        self._item_of.append(row)
        self._place_of.append(place)
        self._line_of.append(line)
        self._digest_of.append(digest)
        self._attempt_of.append(attempt)
        self._dropped.append(0)
        self._failed.append(failed)
        if repeat == _ALONE:
            self._repeat_of.append(-1)
            self._unnumbered.setdefault(row, []).append(record)
        else:
            layer = self._repeats.setdefault(repeat, len(self._repeats))
            self._repeat_of.append(layer)
            other = self._known.setdefault((row, layer), record)
            if other != record:
                self._settle((row, layer), other, record, item, repeat)
        return record

    def scores(self, record: int, values: Mapping[str, Any], line: int = 0) -> None:
        """Raw values of one record by metric name: numbers, booleans, or objects with `value` and `error`."""
        metrics, numbers, states = self._metrics, self._cell_value, self._cell_state
        for name, raw in values.items():
            error: Any = None
            if type(raw) is dict:
                error = raw.get("error")
                raw = raw.get("value")
            column = metrics.get(name)
            if column is None:
                column = metrics.setdefault(name, len(metrics))
            kind = type(raw)
            value, state = _NAN, _SCORED
            if kind is int or kind is float or kind is bool:
                try:
                    value = float(raw)
                except OverflowError:
                    value = math.inf
                if error:
                    value, state = _NAN, _METRIC_ERROR
                elif not math.isfinite(value):
                    self._problems.add(
                        f"{name} is {value}: left out, it counts as nothing",
                        line=line or None,
                        kind=f"{name} not finite",
                    )
                    value, state = _NAN, _NON_FINITE
            elif raw is None:
                state = _METRIC_ERROR if error else _MISSING
            else:
                value, state = self._not_a_number(name, raw, line)
            self._cell_record.append(record)
            self._cell_metric.append(column)
            numbers.append(value)
            states.append(state)

    def build(self, items_first: Iterable[str] = ()) -> Cube:
        """The cube. `items_first` are the dataset's item ids: they give the order, and rows even without a record.

        Raises:
            InputError: repeats are needed but cannot be told apart.
        """
        self._number_repeats()
        refused = self._refuse_words()
        items = tuple(dict.fromkeys([*items_first, *self._items]))
        labels = sorted((label for label in self._repeats if label), key=natural_order)
        metrics = self._ordered_metrics(refused)
        shape = (len(items), len(metrics), len(labels))
        values = np.full(shape, np.nan)
        states = np.zeros(shape, np.uint8)
        places = np.full((shape[0], shape[2]), -1, np.int64)
        repeats = tuple(Repeat(self._run_uid, label) for label in labels)
        cube = Cube(Scores(items, tuple(metrics), repeats, values, states), places, np.zeros(places.shape, bool))
        if len(self._dropped):
            self._lay_out(cube, metrics, labels)
        return cube

    def _lay_out(self, cube: Cube, metrics: list[Metric], labels: list[str]) -> None:
        items, values, states = cube.scores.items, cube.scores.values, cube.scores.states
        row_at = {item: row for row, item in enumerate(items)}
        to_row = np.array([row_at[item] for item in self._items], np.int64)
        column_at = {metric.name: column for column, metric in enumerate(metrics)}
        to_column = np.array([column_at.get(name, -1) for name in self._metrics] or [-1], np.int64)
        layer_at = {label: layer for layer, label in enumerate(labels)}
        to_layer = np.array([layer_at[label] for label in self._repeats] or [-1], np.int64)

        kept = ~np.frombuffer(bytes(self._dropped), np.uint8).astype(bool)
        rows = to_row[np.array(self._item_of, np.int64)]
        layers = to_layer[np.array(self._repeat_of, np.int64)]
        cube.places[rows[kept], layers[kept]] = np.array(self._place_of, np.int64)[kept]

        records = np.array(self._cell_record, np.int64)
        columns = to_column[np.array(self._cell_metric, np.int64)]
        cells = kept[records] & (columns >= 0)
        at = (rows[records[cells]], columns[cells], layers[records[cells]])
        values[at] = np.array(self._cell_value, np.float64)[cells]
        states[at] = np.frombuffer(bytes(self._cell_state), np.uint8)[cells]

        failed = kept & np.frombuffer(bytes(self._failed), np.uint8).astype(bool)
        values[rows[failed], :, layers[failed]] = np.nan
        states[rows[failed], :, layers[failed]] = State.ITEM_ERROR
        cube.failed[rows[failed], layers[failed]] = True

    def _settle(self, key: tuple[int, int], other: int, record: int, item: str, repeat: str) -> None:
        """Two records of one item and repeat: decide which one counts."""
        attempts, line = self._attempt_of, self._line_of[record]
        if attempts[record] != attempts[other]:
            winner, loser = (record, other) if attempts[record] > attempts[other] else (other, record)
            self._dropped[loser] = 1
            self._known[key] = winner
        elif self._digest_of[record] == self._digest_of[other]:
            self._dropped[record] = 1
            self._problems.add(
                f"item {item}, repeat {repeat} is written twice with the same content: counted once",
                line=line or None,
                kind="same twice",
            )
        else:
            self._dropped[record] = self._dropped[other] = 1
            first = f" (first on line {self._line_of[other]})" if self._line_of[other] else ""
            self._problems.add(
                f"item {item}, repeat {repeat} has two different records{first}: both are left out",
                "remove one of them, or give the later one a higher attempt",
                line=line or None,
                kind="duplicate",
            )

    def _number_repeats(self) -> None:
        """Give records without a repeat label the number of their occurrence."""
        if not self._unnumbered:
            return
        if len({len(records) for records in self._unnumbered.values()}) > 1:
            for records in self._unnumbered.values():
                self._drop_same(records)
        counts = {row: sum(not self._dropped[r] for r in records) for row, records in self._unnumbered.items()}
        several = max(counts.values())
        if several > 1 and len(set(counts.values())) == 1 and not self._known:
            self._problems.add(
                f"no repeat numbers: every item occurs {several} times, so its occurrences are taken as repeats 1 to"
                f" {several}",
                "add a repeat column if the order of the lines does not tell",
            )
        elif several > 1:
            self._refuse_uneven(counts)
        for row, records in self._unnumbered.items():
            for position, record in enumerate([r for r in records if not self._dropped[r]], start=1):
                layer = self._repeats.setdefault(str(position), len(self._repeats))
                other = self._known.setdefault((row, layer), record)
                self._repeat_of[record] = layer
                if other != record:
                    self._settle((row, layer), other, record, self._names[row], str(position))

    def _drop_same(self, records: list[int]) -> None:
        seen: dict[int, int] = {}
        for record in records:
            first = seen.setdefault(self._digest_of[record], record)
            if first != record:
                self._dropped[record] = 1
                self._problems.add(
                    f"item {self._names[self._item_of[record]]} is written twice with the same content: counted once",
                    line=self._line_of[record] or None,
                    kind="same twice",
                )

    def _refuse_uneven(self, counts: Mapping[int, int]) -> None:
        refused = [row for row, count in counts.items() if count > 1]
        names = ", ".join(self._names[row] for row in refused[:5]) + (" …" if len(refused) > 5 else "")
        hint = "add a repeat number to each record"
        if len(refused) == len(counts) and not self._known:
            raise InputError(
                f"{self._problems.where}: items occur {min(counts.values())} to {max(counts.values())} times"
                f" without a repeat number ({names}), so repeats cannot be told from duplicates",
                hint,
            )
        for row in refused:
            for record in self._unnumbered[row]:
                self._dropped[record] = 1
        first = self._unnumbered[refused[0]][1]
        self._problems.add(
            f"{len(refused)} of {len(counts)} items occur more than once without a repeat number and are left out: "
            f"{names}",
            hint,
            line=self._line_of[first] or None,
        )

    def _not_a_number(self, name: str, raw: Any, line: int) -> tuple[float, int]:
        if isinstance(raw, str):
            try:
                value = float(raw)
            except ValueError:
                pass
            else:
                if math.isfinite(value):
                    return value, _SCORED
                self._problems.add(
                    f"{name} is {value}: left out, it counts as nothing", line=line or None, kind=f"{name} not finite"
                )
                return _NAN, _NON_FINITE
            self._words.setdefault(name, Counter())[raw.strip()[:40]] += 1
        shown = repr(raw) if len(repr(raw)) <= 40 else repr(raw)[:39] + "…"
        self._problems.add(
            f"{name} is {shown}, not a number: left out, it counts as nothing",
            line=line or None,
            kind=f"{name} not a number",
        )
        return _NAN, _METRIC_ERROR

    def _refuse_words(self) -> set[str]:
        """Metrics that hold more words than numbers: their scores would be a selection of the odd ones."""
        if not self._words:
            return set()
        columns = np.array(self._cell_metric, np.int64)
        scored = np.frombuffer(bytes(self._cell_state), np.uint8) == _SCORED
        refused = set()
        for name, words in self._words.items():
            if words.total() > int((scored & (columns == self._metrics[name])).sum()):
                refused.add(name)
                common = ", ".join(word for word, _ in words.most_common(4))
                self._problems.add(
                    f"metric {name} holds words ({common}) and is refused",
                    "map each word to a number in a column map, or write numbers",
                )
        return refused

    def _ordered_metrics(self, refused: set[str]) -> list[Metric]:
        named = [self._defined.get(name) or guess_metric(name) for name in self._metrics if name not in refused]
        return sorted(named, key=lambda metric: metric.role is Role.RESOURCE)


_DIGITS = re.compile(r"(\d+)")


def natural_order(label: str) -> list[tuple[int, int, str]]:
    """Sort key that puts "2" before "10" and "1.2" before "1.10"."""
    return [
        (0, int(part), "") if part.isdecimal() and len(part) < 18 else (1, 0, part)
        for part in _DIGITS.split(label)
        if part
    ]
