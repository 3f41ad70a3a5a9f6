"""From records in any order to the score cube.

A record is one item in one repeat. Records are added one by one as they are read and only keep numbers; `build` lays
them out as items x metrics x repeats. Which records count is settled by `ragtui.sources.cube.ledger`. What is not
a finite number gets a state, never a value.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ragtui.errors import InputError
from ragtui.files.fields import written_number
from ragtui.files.problems import ProblemLog
from ragtui.model import LARGEST, Metric, Repeat, Role, Scores, State, guess_metric, label_metric
from ragtui.sources.cube.ledger import Ledger, natural_order

_NAN = math.nan
_SCORED, _MISSING = int(State.SCORED), int(State.MISSING)
_METRIC_ERROR, _NON_FINITE = int(State.METRIC_ERROR), int(State.NON_FINITE)
_MOST_LABELS = 24
"""A category of more is free text: its columns would each count one answer."""

_ROOMY = 5_000_000
_SPARSE = 50
"""A cube of more than `_ROOMY` cells with fewer than one in `_SPARSE` filled is a misread file, not a run."""


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
        self._categories = {metric.label_of for metric in metrics if metric.label_of}
        names = dict.fromkeys(metric.name for metric in metrics if metric.name not in self._categories)
        self._metrics: dict[str, int] = {name: n for n, name in enumerate(names)}
        self._ledger = Ledger(problems)
        self._cell_record = array("q")
        self._cell_metric = array("q")
        self._cell_value = array("d")
        self._cell_state = bytearray()
        self._words: dict[str, Counter[str]] = {}
        self._labels: dict[str, list[tuple[int, str]]] = {}

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
        """One record; returns its number for `scores`. An empty `repeat` is numbered when everything is known."""
        return self._ledger.add(item, repeat, place, line, digest, attempt, failed)

    def scores(self, record: int, values: Mapping[str, Any], line: int = 0) -> None:
        """Raw values of one record by metric name: numbers, booleans, or objects with `value`, `error`,
        `label`. A metric of labels becomes a column a label."""
        metrics, numbers, states = self._metrics, self._cell_value, self._cell_state
        records, columns = self._cell_record, self._cell_metric
        for name, raw in values.items():
            if name in self._categories:
                continue  # its labels are columns of their own
            error: Any = None
            if type(raw) is dict:
                error, said = raw.get("error"), raw
                raw = raw.get("value")
                if raw is None and not error and (label := said.get("label")) and str(label).strip():
                    self._labels.setdefault(name, []).append((record, str(label).strip()))
                    continue
            column = metrics.get(name)
            if column is None:
                column = metrics.setdefault(name, len(metrics))
            kind = type(raw)
            value, state = _NAN, _SCORED
            if kind is float and not error and -LARGEST <= raw <= LARGEST:
                value = raw
            elif kind is int or kind is float or kind is bool:
                try:
                    value = float(raw)
                except OverflowError:
                    value = math.inf
                if error:
                    value, state = _NAN, _METRIC_ERROR
                elif not -LARGEST <= value <= LARGEST:
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
            records.append(record)
            columns.append(column)
            numbers.append(value)
            states.append(state)

    def build(self, items_first: Iterable[str] = ()) -> Cube:
        """The cube. `items_first` are the dataset's item ids: they give the order, and rows even without a record.

        Raises:
            InputError: repeats are needed but cannot be told apart, or labels and names make a cube of empty cells.
        """
        self._ledger.number_repeats()
        refused = self._refuse_words() | self._tell_labels_apart()
        items = tuple(dict.fromkeys([*items_first, *self._ledger.items]))
        labels = sorted(self._ledger.repeats, key=natural_order)
        metrics = self._ordered_metrics(refused)
        shape = (len(items), len(metrics), len(labels))
        self._refuse_emptiness(shape)
        places = np.full((shape[0], shape[2]), -1, np.int64)
        repeats = tuple(Repeat(self._run_uid, label) for label in labels)
        scores = Scores(items, tuple(metrics), repeats, np.full(shape, np.nan), np.zeros(shape, np.uint8))
        cube = Cube(scores, places, np.zeros(places.shape, bool))
        if len(self._ledger):
            self._lay_out(cube)
        return cube

    def _lay_out(self, cube: Cube) -> None:
        values, states, ledger = cube.scores.values, cube.scores.states, self._ledger
        layer_of = {repeat.label: layer for layer, repeat in enumerate(cube.scores.repeats)}
        rows = _positions(ledger.items, cube.scores.row_of)[ledger.rows]
        layers = _positions(ledger.repeats, layer_of)[ledger.layers]
        kept = ledger.counts
        cube.places[rows[kept], layers[kept]] = ledger.places[kept]

        records = np.array(self._cell_record, np.int64)
        columns = _positions(self._metrics, cube.scores.column_of)[np.array(self._cell_metric, np.int64)]
        cells = kept[records] & (columns >= 0)
        at = (rows[records[cells]], columns[cells], layers[records[cells]])
        values[at] = np.array(self._cell_value, np.float64)[cells]
        states[at] = np.frombuffer(bytes(self._cell_state), np.uint8)[cells]

        failed = kept & ledger.failed
        values[rows[failed], :, layers[failed]] = np.nan
        states[rows[failed], :, layers[failed]] = State.ITEM_ERROR
        cube.failed[rows[failed], layers[failed]] = True

    def _refuse_emptiness(self, shape: tuple[int, int, int]) -> None:
        filled = max(len(self._cell_state), len(self._ledger), 1)
        items, metrics, repeats = shape
        if items * max(metrics, 1) * repeats > max(_ROOMY, _SPARSE * filled):
            raise InputError(
                f"{self._problems.where}: {items} items, {repeats} repeats and {metrics} metrics for {filled} scores:"
                " one of them is something else",
                "check which fields name the item, the repeat and the metrics",
            )

    def _not_a_number(self, name: str, raw: Any, line: int) -> tuple[float, int]:
        if isinstance(raw, str):
            value = written_number(raw)
            if value is not None:
                if -LARGEST <= value <= LARGEST:
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

    def _tell_labels_apart(self) -> set[str]:
        """Give each label of a category its column, 1 where it was given and 0 where another was; the categories.

        Where a category was not given, its columns hold why, as they would for a number.
        """
        categories = set()
        for name, given in self._labels.items():
            own = self._metrics.get(name, -1)
            beside = [at for at, column in enumerate(self._cell_metric) if column == own] if own >= 0 else []
            labels = sorted({label for _, label in given})
            mixed = any(self._cell_state[at] == _SCORED for at in beside)
            if mixed or len(labels) > _MOST_LABELS:
                shown = ", ".join(label[:40] for label in labels[:4])
                why = "beside numbers" if mixed else f"of {len(labels)} kinds"
                self._problems.add(
                    f"{name} holds labels ({shown}) {why}: left out, they count as nothing",
                    "give a metric either numbers or one of a few labels",
                    count=len(given),
                )
                column = self._metrics.setdefault(name, len(self._metrics))
                for record, _ in given:
                    self._cell(record, column, _NAN, _METRIC_ERROR)
                continue
            categories.add(name)
            for label in labels:
                metric = label_metric(name, label)
                self._defined.setdefault(metric.name, metric)
                column = self._metrics.setdefault(metric.name, len(self._metrics))
                for record, said in given:
                    self._cell(record, column, float(said == label), _SCORED)
                for at in beside:
                    self._cell(self._cell_record[at], column, _NAN, self._cell_state[at])
        return categories

    def _cell(self, record: int, column: int, value: float, state: int) -> None:
        self._cell_record.append(record)
        self._cell_metric.append(column)
        self._cell_value.append(value)
        self._cell_state.append(state)

    def _ordered_metrics(self, refused: set[str]) -> list[Metric]:
        named = [self._defined.get(name) or guess_metric(name) for name in self._metrics if name not in refused]
        return sorted(named, key=lambda metric: metric.role is Role.RESOURCE)


def _positions(names: Mapping[str, int], among: Mapping[str, int]) -> NDArray[np.int64]:
    """For each name in its order, its position among others; -1 where it is not among them."""
    return np.array([among.get(name, -1) for name in names] or [-1], np.int64)
