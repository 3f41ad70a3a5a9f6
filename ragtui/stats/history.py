"""Means of runs over time, as values; `ragtui.workbench.history` works them out."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ragtui.model import Metric, RunHeader
from ragtui.stats.changepoints import LevelChange

FEWEST_POINTS = 3
"""Runs from which a change is looked for: two are compared, item by item, which sees far more."""


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One run on one metric.

    Attributes:
        run: its header.
        mean: over the common items.
        repeats: complete repeats behind it.
        low, high: 95 % interval of run noise for these items; NaN when noise is unknown.
    """

    run: RunHeader
    mean: float
    repeats: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Series:
    """One metric over time.

    Attributes:
        metric: its definition.
        points: oldest first.
        changes: marked changes; empty when nothing is beyond noise, and when noise is unknown.
        noise: where the noise was learned: "repeats" within the runs, "scatter" of the runs in time, or "none".
    """

    metric: Metric
    points: tuple[TrendPoint, ...]
    changes: tuple[LevelChange, ...]
    noise: str

    @property
    def looked_for(self) -> bool:
        """Whether there are runs and noise enough to look for changes: where not, that none is marked says nothing."""
        return self.noise != "none" and len(self.points) >= FEWEST_POINTS

    @property
    def scale(self) -> tuple[float, float]:
        """Declared scale; else from the lowest to the highest interval end, so that noise looks as wide as it is."""
        if self.metric.scale is not None:
            return self.metric.scale
        return self.reach

    @property
    def reach(self) -> tuple[float, float]:
        """Lowest and highest end of an interval."""
        ends = [end for point in self.points for end in (point.low, point.high, point.mean) if math.isfinite(end)]
        return min(ends), max(ends)


@dataclass(frozen=True, slots=True)
class History:
    """Runs that were measured with the same rulers on the same items.

    Attributes:
        label: dataset and version, or the configuration's name.
        items: how many items all runs have.
        series: one a metric.
        left_out: runs that are not shown, with the reason.
        configurations: how many different ones the runs have.
        origins: of the runs; "" for a measured one.
    """

    label: str
    items: int
    series: tuple[Series, ...]
    left_out: tuple[str, ...]
    configurations: int
    origins: tuple[str, ...] = ()
