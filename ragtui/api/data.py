"""Data that is already in memory, as runs: arrays, lists of dicts, data frames.

All of them become rows and are read by the reader of score tables, so that a missing value, a word or an infinite
number is treated as it is in a file.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from numbers import Number
from pathlib import Path
from typing import Any

import numpy as np

from ragtui.errors import RagtuiError, UsageError
from ragtui.model import Problem, RunHeader
from ragtui.sources import ColumnMap, LoadedRun, RunSource
from ragtui.sources.found import Found, Request
from ragtui.sources.table.meaning.names import is_repeat
from ragtui.sources.table.rows import ListRows
from ragtui.sources.table.table import IN_THE_APP, read_table
from ragtui.sources.table.table_runs import CHANGE
from ragtui.sources.table.unfolding.maps import are_items, is_metric
from ragtui.sources.table.unfolding.passes import NUMBERED_FIELDS

SCORE = "score"
"""Name of the metric of a plain array."""

_NUMBER = itertools.count(1)


class DataSource(RunSource):
    """Rows in memory as a place that holds runs.

    Args:
        rows: one dict a row.
        name: what the run is called.
        columns: what all columns mean; None guesses as for a file.
        roles: what some columns mean, as fields of a `ColumnMap`.

    Raises:
        UsageError: the columns are not in the rows, or nothing tells what they mean.
    """

    def __init__(
        self,
        rows: Sequence[Mapping[str, Any]],
        name: str,
        columns: ColumnMap | None = None,
        roles: Mapping[str, Any] | None = None,
    ) -> None:
        self.key = f"memory:{next(_NUMBER)}"
        self.label = name
        table = ListRows(Path(name), rows)
        given = {name: columns} if columns is not None else {}
        if not rows:
            raise UsageError(f"{name}: no rows", "Give at least one row with an item and a score.")
        self._found: dict[str, Found] = {}
        self._problems: list[Problem] = []
        try:
            asked = Request(self.key, name, direct=True, columns=given, roles=roles or {})
            for found in read_table(Path(name), asked, table):
                if isinstance(found, Found):
                    problems = tuple(map(_in_python, found.header.problems))
                    self._found[found.header.id] = Found(replace(found.header, problems=problems), found.load)
                else:
                    self._problems.append(_in_python(found))
        except RagtuiError as error:
            hint = error.hint.replace(IN_THE_APP, "Say what they mean with columns={…}.")
            raise UsageError(error.message.replace("--columns", "columns"), hint) from None

    def headers(self) -> Iterator[RunHeader | Problem]:
        """The runs of the rows; several when a column tells configurations apart."""
        yield from (found.header for found in self._found.values())
        yield from self._problems

    def load(self, run_id: str) -> LoadedRun:
        """Scores of one of them."""
        found = self._found[run_id]
        return found.load(found.header)


def _in_python(problem: Problem) -> Problem:
    """The same with a way out that a caller has: no key and no option, but an argument."""
    hint = problem.hint.replace(CHANGE, "columns={…} says it otherwise").replace("with K or --columns", "with columns")
    return replace(problem, hint=hint.replace(" or K", "").replace("press K and ", "").replace("--columns", "columns"))


_SPOKEN = ("__arrow_c_stream__", "__dataframe__", "__array__", "to_dicts", "collect")
"""What data of other libraries can be asked for: Arrow's stream, columns, an array, rows, or to be worked out."""


def is_data(value: Any) -> bool:
    """Whether a value is data and not words or runs."""
    if isinstance(value, str):
        return False
    if isinstance(value, Sequence):
        return not value or (isinstance(value[0], Mapping | Sequence | Number | None) and not isinstance(value[0], str))
    return isinstance(value, Mapping | np.ndarray) or any(hasattr(value, name) for name in _SPOKEN)


def rows_of(value: Any, name: str) -> list[dict[str, Any]]:
    """Any supported data as one dict a row.

    Args:
        value: (items,) or (items, repeats) array or nested lists; a mapping of metric to such an array, or of item to
            its score, its scores by metric or its repeats; a list of dicts; a data frame or column of pandas, polars or
            pyarrow, or of anything that speaks `__arrow_c_stream__`. A pandas index that has names, or holds words, is
            columns like others; columns of pandas that are named after repeats are rows.
        name: what to call it in messages.

    Raises:
        UsageError: it is none of these, the shapes differ, or a column occurs twice.
    """
    if isinstance(value, Mapping):
        return _from_mapping({str(key): held for key, held in value.items()}, name)
    if not isinstance(value, np.ndarray | Sequence):
        if hasattr(value, "collect") and not hasattr(value, "to_dicts"):  # polars' plans are carried out
            value = value.collect()
        if hasattr(value, "to_frame") and hasattr(value, "index"):  # a column of pandas
            metric = SCORE if value.name is None else str(value.name)
            value = _with_index(value.to_frame(metric))
            if list(value.columns) == [metric]:
                return _from_arrays({metric: value[metric].to_numpy()}, name)
        frame = _from_frame(value, name)
        if frame is not None:
            return [_plain(row) for row in frame]
        value = _column(value)
    if isinstance(value, Sequence) and value and all(isinstance(row, Mapping) for row in value):
        return [_plain(_flat(row)) for row in value]
    return _from_arrays({SCORE: value}, name)


def _from_mapping(value: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """{item: score}, {item: {metric: score}}, {metric: {item: score}}, {item: [repeat, …]} or {metric: array}."""
    held = list(value.values())
    if held and all(score is None or isinstance(score, Number) for score in held):
        return [{"item": item, SCORE: _value(score)} for item, score in value.items()]
    if held and all(isinstance(inner, Mapping) for inner in held):
        if all(map(is_metric, value)) and not all(is_metric(str(key)) for inner in held for key in inner):
            items = dict.fromkeys(str(item) for inner in held for item in inner)
            by_metric = {metric: {str(item): said for item, said in inner.items()} for metric, inner in value.items()}
            return [
                {"item": item, **{metric: _value(inner.get(item)) for metric, inner in by_metric.items()}}
                for item in items
            ]
        return [{"item": item, **_plain(_flat(inner))} for item, inner in value.items()]
    if held and are_items(list(value), "") and all(isinstance(inner, Sequence | np.ndarray) for inner in held):
        return [
            {"item": item, "repeat": str(place), SCORE: _value(score)}
            for item, repeats in value.items()
            for place, score in enumerate(repeats, start=1)
        ]
    return _from_arrays(value, name)


_COLUMNS = ("to_pylist", "to_list")
"""How one column of pyarrow or polars becomes a list."""


def _column(value: Any) -> Any:
    way = next((way for way in _COLUMNS if hasattr(value, way)), "")
    return getattr(value, way)() if way else value


def _from_frame(value: Any, name: str) -> Sequence[Mapping[Any, Any]] | None:
    named = getattr(value, "column_names", None)
    names = list(getattr(value, "columns", ()) if named is None else named)
    if twice := sorted({str(column) for column in names if names.count(column) > 1}):
        raise UsageError(f"{name}: columns occur twice: {', '.join(twice)}", "Give each column a name of its own.")
    rows: Sequence[Mapping[Any, Any]]
    if names and hasattr(value, "to_pylist"):  # pyarrow
        rows = value.to_pylist()
    elif names and hasattr(value, "to_dicts"):  # polars
        rows = value.to_dicts()
    elif hasattr(value, "to_dict") and hasattr(value, "index"):  # pandas
        rows = _with_index(_repeats_below(value)).to_dict("records")
    elif any(hasattr(value, way) for way in _COLUMNS):
        return None
    elif hasattr(value, "__arrow_c_stream__") or hasattr(value, "__dataframe__"):
        try:
            import pyarrow
        except ImportError:
            raise UsageError(
                f"{name}: a {type(value).__name__} needs pyarrow to be read",
                "pip install pyarrow, or give a list of dicts.",
            ) from None
        if hasattr(value, "__arrow_c_stream__"):
            rows = pyarrow.table(value).to_pylist()
        else:
            from pyarrow.interchange import from_dataframe

            rows = from_dataframe(value).to_pylist()
    else:
        return None
    return rows


def _repeats_below(frame: Any) -> Any:
    """A frame of pandas whose columns name repeats, as `pivot` and `unstack` make them, with a row a repeat.

    Columns of a single level that is called like a repeat ("seed") are repeats of one metric; of several levels the one
    that is called so goes into the rows, and what is left of a name is the metric.
    """
    levels = list(getattr(frame.columns, "names", ()))
    place = next(
        (place for place, level in enumerate(levels) if level in NUMBERED_FIELDS or is_repeat(str(level))), None
    )
    if place is None:
        return frame
    level = levels[place]
    if len(levels) == 1:
        return frame.stack(future_stack=True).rename(SCORE).to_frame()
    frame = frame.stack(level=level, future_stack=True)
    if frame.columns.nlevels > 1:
        frame.columns = [".".join(map(str, parts)) for parts in frame.columns]
    return frame


def _with_index(frame: Any) -> Any:
    """A frame of pandas with its index as columns, where the index tells rows apart: it has names, or it is words."""
    if frame.index.nlevels == 1 and frame.index.name is None:
        if len(frame.index) and all(isinstance(label, str) for label in frame.index) and "item" not in frame.columns:
            return frame.rename_axis("item").reset_index()
        return frame
    named = [level for level in frame.index.names if level is not None and level not in frame.columns]
    return frame.reset_index(level=named) if named else frame


class ByPlace(list[dict[str, Any]]):
    """Rows of arrays: nothing but their place tells items apart.

    Attributes:
        items: how many there are.
    """

    items: int


def _from_arrays(arrays: Mapping[str, Any], name: str) -> ByPlace:
    shaped: dict[str, np.ndarray[Any, Any]] = {}
    for metric, array in arrays.items():
        try:
            if np.iscomplexobj(array):
                raise TypeError("complex numbers have no order")
            found = np.asarray(array, float)
        except (TypeError, ValueError, OverflowError):
            raise UsageError(
                f"{name}: {metric} is no array of numbers ({type(array).__name__})",
                "Give items x repeats, a list of dicts, a data frame, a run or a path.",
            ) from None
        if not found.size:
            raise UsageError(f"{name}: {metric} holds nothing", "Give at least one item with a score.")
        if found.ndim not in (1, 2):
            raise UsageError(f"{name}: {metric} has shape {found.shape}", "Give (items,) or (items, repeats).")
        shaped[metric] = found[:, None] if found.ndim == 1 else found
    shapes = {array.shape for array in shaped.values()}
    if len(shapes) != 1:
        raise UsageError(f"{name}: metrics of different shapes: {sorted(shapes)}", "Give all of them items x repeats.")
    items, repeats = shapes.pop()
    width = len(str(items))
    rows = ByPlace(
        {
            "item": f"{row + 1:0{width}d}",
            "repeat": str(layer + 1),
            **{metric: _value(array[row, layer]) for metric, array in shaped.items()},
        }
        for row in range(items)
        for layer in range(repeats)
    )
    rows.items = items
    return rows


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row whose scores are in a mapping of their own has one column a metric."""
    scores = row.get("scores")
    rest = {str(key): value for key, value in row.items() if key != "scores"}
    return {**rest, **scores} if isinstance(scores, Mapping) else {**rest, **({"scores": scores} if scores else {})}


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(key): _value(value) for key, value in row.items()}


def _value(value: Any) -> Any:
    """A cell as JSON knows it: NaN and NaT are no value; numbers of numpy, `decimal` and `fractions` are Python's."""
    if hasattr(value, "item") and not isinstance(value, np.ndarray):
        value = value.item()
    if isinstance(value, Number) and not isinstance(value, int | float | complex):
        value = float(value)  # type: ignore[arg-type]  # Decimal and Fraction, which Number does not promise
    return None if isinstance(value, float) and value != value else value
