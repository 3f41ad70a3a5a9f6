"""Repeats of one cell, drawn on the item's own scale with the noise band behind them; no digit that is not a score."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.style import Style
from rich.text import Text

from ragtui.model import Kind, State, given_labels
from ragtui.present.clean import one_line
from ragtui.present.numbers import number, shortest
from ragtui.stats import MetricComparison
from ragtui.workbench import Side, SideComparison

_HEIGHTS = "▁▂▃▄▅▆▇█"
SCORES_PRINTED = 12


@dataclass(frozen=True, eq=False)
class Drawn:
    """Repeats of one cell.

    Attributes:
        low, high: what the first and the last cell of a line stand for.
        band: low and high end of the noise band around the baseline's mean; NaN where noise is unknown.
        base, cand: finite scores of each side.
    """

    low: float
    high: float
    band: tuple[float, float]
    base: tuple[float, ...]
    cand: tuple[float, ...]

    def line(self, tag: str, width: int) -> str:
        """One side: a bar where repeats lie, as high as the share of them; the band behind, where none lies."""
        cells = [" "] * width
        if all(math.isfinite(end) for end in self.band):
            for place in range(self._cell(self.band[0], width), self._cell(self.band[1], width) + 1):
                cells[place] = "░"
        values = self.base if tag == "a" else self.cand
        piles: dict[int, int] = {}
        for value in values:
            place = self._cell(value, width)
            piles[place] = piles.get(place, 0) + 1
        for place, pile in piles.items():
            cells[place] = _HEIGHTS[max(0, math.ceil(pile / len(values) * len(_HEIGHTS)) - 1)]
        return "".join(cells)

    def axis(self, width: int, unit: str = "") -> str:
        """Its two ends, with the unit."""
        left, right = _tick(self.low), f"{_tick(self.high)}{f' {unit}' if unit else ''}"
        return f"{left}{right.rjust(max(1, width - len(left)))}"

    def _cell(self, value: float, width: int) -> int:
        place = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return min(width - 1, max(0, round(place * (width - 1))))


def scores_of(side: Side, item: str, metric: str) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Scores and states of every repeat of one cell; empty where the side does not have it."""
    scores = side.scores
    row = scores.row_of.get(item)
    if row is None or metric not in scores.column_of:
        return np.zeros(0), np.zeros(0, np.uint8)
    return scores.of(metric)[row], scores.states_of(metric)[row]


def labels_given(side: Side, category: str, item: str) -> tuple[str, ...]:
    """The label of every repeat of a category's cell, a cross where none was given."""
    return tuple(label or "×" for label in given_labels(side.scores, category, item))


def drawn(result: SideComparison, entry: MetricComparison, item: str) -> Drawn:
    """Repeats of one cell on a scale of its own: the metric's where it has one of few levels, else what was seen."""
    name = entry.metric.name
    base, cand = (scores_of(side, item, name) for side in (result.a, result.b))
    sides = [tuple(float(v) for v in values[states == State.SCORED]) for values, states in (base, cand)]
    row = result.comparison.row_of.get(item)
    mean, band = (math.nan, math.nan) if row is None else (float(entry.cells.mean_a[row]), float(entry.cells.band[row]))
    factor = entry.cells.grid is not None and entry.cells.grid.log
    ends = (mean / band, mean * band) if factor and band > 0 else (mean - band, mean + band)
    seen = [value for value in (*sides[0], *sides[1], *ends) if math.isfinite(value)]
    low, high = (min(seen), max(seen)) if seen else (0.0, 1.0)
    if entry.metric.scale is not None:
        low, high = entry.metric.scale
    elif (bounds := _bounds(entry)) is not None:
        scores = [value for value in (*sides[0], *sides[1]) if math.isfinite(value)]
        low, high = max(low, min(bounds[0], *scores)), min(high, max(bounds[1], *scores))
    return Drawn(low, high, ends, sides[0], sides[1])


def _bounds(entry: MetricComparison) -> tuple[float, float] | None:
    """What no score of the metric goes beyond: a band drawn past it puts figures on the axis that nobody scores."""
    grid = entry.cells.grid
    if grid is None or grid.kind in (Kind.LOGPOS, Kind.LINEAR):
        return None
    return grid.lo, grid.lo + grid.step * (grid.levels - 1)


def strip(values: NDArray[np.float64], scale: tuple[float, float], most: int, *, ascii_only: bool, quiet: bool) -> str:
    """Repeats of one side beside each other, for a table cell: bars, dots where nothing changed, scores in ASCII."""
    shown = [float(value) for value in values[:most]]
    if ascii_only:
        return printed(shown)
    low, high = scale
    out = []
    for value in shown:
        if not math.isfinite(value):
            out.append("×")
            continue
        place = (value - low) / (high - low) if high > low else 1.0
        out.append("·" if quiet else _HEIGHTS[min(len(_HEIGHTS) - 1, max(0, round(place * (len(_HEIGHTS) - 1))))])
    return "".join(out)


def printed(values: Sequence[float]) -> str:
    """Scores as they are: "5 5 4.5", "x" for one that is missing."""
    said = []
    for value in values[:SCORES_PRINTED]:
        exact = math.isfinite(value) and value == round(value, 2)
        said.append(f"{value:g}" if exact else number(value, 2) if math.isfinite(value) else "x")
    return " ".join(said) + (" …" if len(values) > SCORES_PRINTED else "")


def _tick(value: float) -> str:
    return shortest(value, 6) if abs(value - round(value, 2)) < 1e-9 else shortest(value, 2)


def repeat_lines(
    result: SideComparison,
    entry: MetricComparison,
    item: str,
    width: int,
    styles: Mapping[str, Style],
    *,
    ascii_only: bool,
    brief: bool = False,
) -> Text:
    """Two lines of repeats over an axis with its unit; scores in ASCII."""
    shape, out = drawn(result, entry, item), Text()
    if entry.labels is not None:
        for name, side in (("base", result.a), ("cand", result.b)):
            out.append(f"{name} ", styles["muted"])
            out.append(f"{one_line(' '.join(labels_given(side, entry.metric.name, item))) or 'no label'}\n")
        return out
    if ascii_only:
        for name, values in (("base", shape.base), ("cand", shape.cand)):
            out.append(f"{name} ", styles["muted"])
            out.append(f"{printed(values) or 'no score'}\n")
        return out
    room = max(10, min(48, width - 12))
    if not brief:
        out.append(f"     {shape.axis(room, entry.metric.unit)}\n", styles["muted"])
    for name, tag, values in (("base", "a", shape.base), ("cand", "b", shape.cand)):
        out.append(f"{name} ", styles["muted"])
        for part in _shaded(shape.line(tag, room)):
            out.append(*(part if part[0].strip("░") else (part[0], styles["muted"])))
        out.append(f" {len(values)}×\n", styles["muted"])
    return out


def _shaded(line: str) -> list[tuple[str, str]]:
    parts: list[tuple[str, str]] = []
    for character in line:
        kind = character == "░"
        if parts and (parts[-1][0][-1] == "░") == kind:
            parts[-1] = (parts[-1][0] + character, "")
        else:
            parts.append((character, ""))
    return parts
