"""Building blocks for tests of the statistics: stored vectors and small score cubes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from ragtui.model import Metric, Repeat, Scores, State
from ragtui.stats import FLAGGED, Comparison

VECTORS = Path(__file__).parent / "stats" / "vectors"
Floats = NDArray[np.float64]

FAILED = "failed"
JUDGE_FAILED = "judge failed"
INFINITE = "infinite"
_STATES = {FAILED: State.ITEM_ERROR, JUDGE_FAILED: State.METRIC_ERROR, INFINITE: State.NON_FINITE, None: State.MISSING}


def vector(name: str) -> Any:
    """A stored reference vector."""
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


@overload
def array(values: Sequence[Any]) -> Floats: ...
@overload
def array(values: None) -> None: ...
def array(values: Sequence[Any] | None) -> Floats | None:
    """A list or table with null for NaN."""
    if values is None:
        return None
    return np.array(values, dtype=object).astype(float)


def cube(
    table: Mapping[Metric, Mapping[str, Sequence[Any]]], run: str = "run", labels: Sequence[str] | None = None
) -> Scores:
    """Scores from metric -> item -> one entry a repeat: a number, None for missing, or a kind of failure."""
    metrics = tuple(table)
    items = tuple(dict.fromkeys(item for rows in table.values() for item in rows))
    repeats = max(len(entries) for rows in table.values() for entries in rows.values())
    values = np.full((len(items), len(metrics), repeats), np.nan)
    states = np.zeros(values.shape, np.uint8)
    for column, metric in enumerate(metrics):
        for row, item in enumerate(items):
            for layer, entry in enumerate(table[metric].get(item, ())):
                if isinstance(entry, (int, float)):
                    values[row, column, layer] = entry
                    states[row, column, layer] = State.SCORED
                else:
                    states[row, column, layer] = _STATES[entry]
    names = labels or [str(layer + 1) for layer in range(repeats)]
    return Scores(items, metrics, tuple(Repeat(run, name) for name in names), values, states)


def cube_of(scores: Any, metric: Metric, run: str = "run") -> Scores:
    """One metric from an array (items, repeats), NaN for missing; items are numbered."""
    values = np.asarray(scores, float)
    states = np.where(np.isfinite(values), State.SCORED, State.MISSING).astype(np.uint8)
    items = tuple(f"{row:03}" for row in range(len(values)))
    repeats = tuple(Repeat(run, str(layer + 1)) for layer in range(values.shape[1]))
    return Scores(items, (metric,), repeats, values[:, None, :], states[:, None, :])


def flagged_items(comparison: Comparison) -> tuple[str, ...]:
    """Items with a flagged cell on any quality metric, in row order."""
    flagged = np.zeros(len(comparison.items), bool)
    for entry in comparison.quality:
        flagged |= np.isin(entry.cells.verdict, FLAGGED)
    return tuple(item for item, flag in zip(comparison.items, flagged, strict=True) if flag)
