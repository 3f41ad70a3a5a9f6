"""A mean with its interval in terminal cells."""

from __future__ import annotations

import math


def span(
    mean: float, low: float, high: float, scale: tuple[float, float], width: int, *, ascii_only: bool = False
) -> str:
    """ "  ─────●─────  ": the mean on a scale, with its interval; only the mean where the interval is unknown.

    Args:
        mean, low, high: NaN where unknown.
        scale: what the first and the last cell stand for.
        width: cells.
        ascii_only: draw with ASCII characters.
    """
    line, dot = ("-", "o") if ascii_only else ("─", "●")
    cells = [" "] * width
    if not math.isfinite(mean):
        return "".join(cells)

    def cell(value: float) -> int:
        first, last = scale
        place = (value - first) / (last - first) if last > first else 0.5
        return min(width - 1, max(0, round(place * (width - 1))))

    if math.isfinite(low) and math.isfinite(high):
        for place in range(cell(low), cell(high) + 1):
            cells[place] = line
    cells[cell(mean)] = dot
    return "".join(cells)
