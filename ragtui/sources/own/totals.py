"""Totals and means of a run as they follow from its results file; written into the summary when a run ends."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ragtui.model import RunHeader, Scores
from ragtui.sources.own.runfolder import load_folder

_DIGITS = 10
"""Means are rounded, so that a summary does not change with the order of addition."""


def totals_of(folder: Path, summary: Mapping[str, Any]) -> dict[str, Any]:
    """Summary fields: results, errors, error_rate, aggregates, and duration, cost and tokens where measured.

    Raises:
        InputError: the results cannot be read.
    """
    header = RunHeader(uid="", id="", name="", source="", format="ragtui", location=str(folder))
    cube = load_folder(folder, header).cube
    scores = cube.scores
    results, errors = int((cube.places >= 0).sum()), int(cube.failed.sum())
    expected = summary.get("expected_results")
    expected = expected if isinstance(expected, int) else results
    totals: dict[str, Any] = {
        "results": results,
        "errors": errors,
        "error_rate": round(errors / results, _DIGITS) if results else None,
        "aggregates": _aggregates(scores, max(expected, results)),
    }
    for field, metric, digits in (("cost_usd", "cost", 6), ("tokens", "tokens", 0)):
        if metric in scores.column_of:
            total = float(np.nansum(scores.of(metric)))
            totals[field] = round(total, digits) if digits else int(total)
    return totals


def _aggregates(scores: Scores, expected: int) -> dict[str, Any]:
    aggregates: dict[str, Any] = {}
    for metric in scores.metrics:
        cells = scores.of(metric.name)
        scored = cells[np.isfinite(cells)]
        mean = round(float(scored.mean()), _DIGITS) if scored.size else None
        aggregates[metric.name] = {"mean": mean, "scored": int(scored.size), "expected": expected}
    return aggregates
