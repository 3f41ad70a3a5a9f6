"""Runs over time, in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ragtui.present.numbers import count, mean_decimals, number, p_value
from ragtui.stats.changepoints import LevelChange
from ragtui.stats.history import History, Series


@dataclass(frozen=True, slots=True)
class Trend:
    """What a report of runs over time is about.

    Attributes:
        histories: the longest first.
        only: names of the metrics that are shown; empty for all.
    """

    histories: Sequence[History]
    only: Sequence[str] = ()

    def series(self, history: History) -> list[Series]:
        """Those of its metrics that are shown."""
        return [series for series in history.series if not self.only or series.metric.name in self.only]


def stillness(series: Series) -> str:
    """What it means that no change is marked."""
    if series.noise == "none":
        return "noise unknown: nothing was repeated, so no change is marked"
    if not series.looked_for:
        return f"no change was looked for in {count(len(series.points), 'run')}: comparing them tells more than a trend"
    return "no change beyond noise" if series.noise == "repeats" else "no change beyond the scatter of runs in time"


def described(change: LevelChange, series: Series) -> str:
    """ "2026-11-03 nightly-9: 4.61 → 4.32"."""
    run = series.points[change.place].run
    day = run.created.date().isoformat() if run.created else "undated"
    digits = mean_decimals(series.metric)
    towards = (change.after - change.before) * series.metric.sign
    word = "better" if towards > 0 else "worse" if towards < 0 else "changed"
    if math.isclose(change.before, change.after):
        word = "changed"
    moved = f"{number(change.before, digits)} → {number(change.after, digits)}"
    return f"{day} {run.name}: {moved}, {word} beyond noise (p {p_value(change.p)})"
