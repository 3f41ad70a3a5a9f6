"""Small pictures made of cells: the delta in bands, repeats on a fixed scale, dots, bars."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ragtui.present.numbers import MISSING

GAUGE_WIDTH = 13
_CENTRE = GAUGE_WIDTH // 2
_BAND_CELLS = 2
_SPARKS = "▁▂▃▄▅▆▇█"


def gauge(bands: float, *, ascii_only: bool = False) -> str:
    """A delta in units of its noise band, on an axis from −3 to +3 bands.

    Rounding never carries the mark across the band's edge: beyond one band it stands outside, else inside.

    Args:
        bands: delta over band, signed; NaN when the band is unknown; infinite when the band is zero.
        ascii_only: draw with ASCII characters.
    """
    shade, middle, mark, off_left, off_right = ":|*<>" if ascii_only else "░│◆◂▸"
    cells = [" "] * GAUGE_WIDTH
    if math.isnan(bands):
        cells[_CENTRE] = middle
        return "".join(cells)
    for offset in range(-_BAND_CELLS, _BAND_CELLS + 1):
        cells[_CENTRE + offset] = shade
    cells[_CENTRE] = middle
    if abs(bands) > 3:
        cells[0 if bands < 0 else -1] = off_left if bands < 0 else off_right
        return "".join(cells)
    steps = round(abs(bands) * _BAND_CELLS)
    steps = min(steps, _BAND_CELLS) if abs(bands) <= 1 else max(steps, _BAND_CELLS + 1)
    cells[_CENTRE + (steps if bands >= 0 else -steps)] = mark
    return "".join(cells)


GAUGE_AXIS = "−3 −1 0 +1 +3"
"""Heading over a column of gauges."""


def spark(values: Sequence[float], scale: tuple[float, float], *, ascii_only: bool = False) -> str:
    """Repeats as bars on the metric's fixed scale, never on their own range: that would blow noise up to signal.

    Args:
        values: one a repeat; NaN shows as a gap.
        scale: lowest and highest score of the metric.
        ascii_only: digits 0 to 9 in place of bars.
    """
    low, high = scale
    steps = "0123456789" if ascii_only else _SPARKS
    out = []
    for value in values:
        if not math.isfinite(value):
            out.append("x" if ascii_only else "×")
            continue
        place = (value - low) / (high - low) if high > low else 1.0
        out.append(steps[min(len(steps) - 1, max(0, round(place * (len(steps) - 1))))])
    return "".join(out)


def dots(values: Sequence[float], scale: tuple[float, float], width: int) -> str:
    """Repeats on the metric's scale, each pile as high as its share of them: a digit would read as a score."""
    line = ["·"] * width
    low, high = scale
    piles: dict[int, int] = {}
    for value in values:
        if math.isfinite(value):
            place = (value - low) / (high - low) if high > low else 1.0
            cell = min(width - 1, max(0, round(place * (width - 1))))
            piles[cell] = piles.get(cell, 0) + 1
    for cell, height in piles.items():
        line[cell] = _SPARKS[math.ceil(height / sum(piles.values()) * len(_SPARKS)) - 1]
    return "".join(line)


def axis(scale: tuple[float, float], width: int, ticks: int = 5) -> str:
    """Tick labels for `dots`."""
    line = [" "] * width
    low, high = scale
    for tick in range(ticks):
        value = low + (high - low) * tick / (ticks - 1)
        label = f"{value:g}" if abs(value - round(value, 2)) < 1e-9 else f"{value:.2g}"
        start = min(max(0, round((width - 1) * tick / (ticks - 1)) - len(label) // 2), max(0, width - len(label)))
        line[start : start + len(label)] = label
    return "".join(line)[:width]


def bar(part: float, width: int, *, ascii_only: bool = False) -> str:
    """A horizontal bar for a share between 0 and 1."""
    if not math.isfinite(part):
        return MISSING
    eighths = round(min(1.0, max(0.0, part)) * width * 8)
    if ascii_only:
        return "#" * round(eighths / 8)
    return "█" * (eighths // 8) + (" ▏▎▍▌▋▊▉"[eighths % 8] if eighths % 8 else "")


def progress(done: int, total: int, width: int, *, ascii_only: bool = False) -> str:
    """A progress strip of fixed width."""
    filled = round(width * done / total) if total else 0
    full, empty = ("#", "-") if ascii_only else ("█", "░")
    return full * filled + empty * (width - filled)
