"""Runs that live in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ragtui.model import (
    RESOURCES,
    Configuration,
    Item,
    Kind,
    Metric,
    Repeat,
    Result,
    RunHeader,
    RunStatus,
    Scores,
    State,
)
from ragtui.sources import LoadedRun
from ragtui.workbench import Side


class MemoryRun(LoadedRun):
    """A loaded run without a file."""

    def __init__(self, header: RunHeader, scores: Scores, items: Mapping[str, Item]) -> None:
        self.header, self.scores, self.problems = header, scores, ()
        self._items = items

    def item(self, item_id: str) -> Item:
        return self._items.get(item_id, Item(item_id))

    def result(self, item_id: str, repeat: str) -> Result | None:
        return None


def make_scores(
    values: Mapping[str, ArrayLike],
    *,
    uid: str = "run",
    items: Sequence[str] | None = None,
    kinds: Mapping[str, Kind] | None = None,
    failed: ArrayLike | None = None,
) -> Scores:
    """A cube of (items, repeats) arrays by metric; NaN is missing, `failed` marks pipeline errors."""
    arrays = {name: np.asarray(array, float) for name, array in values.items()}
    shape = next(iter(arrays.values())).shape
    names = tuple(items) if items is not None else tuple(f"{row:03d}" for row in range(shape[0]))
    metrics = tuple(RESOURCES.get(name) or Metric(name, (kinds or {}).get(name)) for name in arrays)
    cube = np.stack(list(arrays.values()), axis=1)
    states = np.where(np.isfinite(cube), State.SCORED, State.MISSING).astype(np.uint8)
    if failed is not None:
        errors = np.asarray(failed, bool)[:, None, :]
        cube = np.where(errors, np.nan, cube)
        states = np.where(errors, State.ITEM_ERROR, states).astype(np.uint8)
    repeats = tuple(Repeat(uid, str(number + 1)) for number in range(shape[1]))
    return Scores(names, metrics, repeats, cube, states)


def side_from(
    values: Mapping[str, ArrayLike],
    *,
    name: str,
    items: Sequence[str] | None = None,
    failed: ArrayLike | None = None,
    kinds: Mapping[str, Kind] | None = None,
    status: RunStatus = RunStatus.COMPLETE,
    version: str = "v1",
    judges: Mapping[str, Any] | None = None,
    pipeline: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Mapping[str, Any]] | None = None,
) -> Side:
    """One side made of one run."""
    scores = make_scores(values, uid=name, items=items, failed=failed, kinds=kinds)
    golden = {
        item: Item(item, f"What about {item}?", "An answer.", (metadata or {}).get(item, {})) for item in scores.items
    }
    configuration = Configuration(
        "suite", version, pipeline or {"prompt": name}, judges or {"quality": {"model": "judge-1"}}
    )
    header = RunHeader(
        uid=name, id=name, name=name, source="memory", format="memory", location=f"memory/{name}",
        configuration=configuration, status=status, repeats=len(scores.repeats),
    )  # fmt: skip
    return Side(name, (MemoryRun(header, scores, golden),), scores)
