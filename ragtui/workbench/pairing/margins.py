"""Margins that no candidate could ever miss: they look like a demand and are none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from ragtui.errors import UsageError
from ragtui.model import Metric, Role
from ragtui.workbench.sides import Side


def check_margins(margins: Mapping[str, float], sides: tuple[Side, ...], said_by: str) -> None:
    """See that every margin is narrower than its metric's scale.

    Where nobody stated the scale, it is as wide as the scores of both sides, from zero on, and 0 to 1 at least. What is
    counted in seconds, dollars or tokens has no end and is not asked.

    Args:
        margins: by metric.
        said_by: where they were given, such as "--margin".

    Raises:
        UsageError: one is as wide as the scale, or wider.
    """
    for name, margin in margins.items():
        for low, high, stated in _bounds(name, sides):
            if margin < high - low:
                continue
            whose = "whose scale is" if stated else "whose scale nobody states and whose scores here lie within"
            state = "" if stated else f" Or state the scale: [metrics.{name}] scale = [LOW, HIGH] in config.toml."
            raise UsageError(
                f"{said_by}: a margin of {margin:g} for {name}, {whose} {low:g} to {high:g}",
                f"No candidate could ever fail. Give the smallest loss that matters.{state}",
            )


def _bounds(name: str, sides: tuple[Side, ...]) -> Iterator[tuple[float, float, bool]]:
    """Lowest and highest score, and whether somebody stated them: each stated scale, else what was seen."""
    found = [
        (side, metric) for side in sides for metric in side.scores.metrics if name in (metric.name, metric.label_of)
    ]
    scales = {metric.scale for _, metric in found if metric.scale is not None}
    yield from ((low, high, True) for low, high in scales)
    if not scales and found and all(metric.role is Role.QUALITY for _, metric in found):
        ends = [end for side, metric in found for end in _ends(side, metric)]
        yield min(0.0, *ends), max(1.0, *ends), False


def _ends(side: Side, metric: Metric) -> list[float]:
    values = side.scores.of(metric.name)
    seen = values[np.isfinite(values)]
    return [float(seen.min()), float(seen.max())] if seen.size else [0.0]
