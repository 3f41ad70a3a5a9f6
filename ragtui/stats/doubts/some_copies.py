"""Items whose repeats are copies, in a side that was run again otherwise: half of the answers came from a cache.

Such items show no noise, so whatever moves in them looks proven. Times show them item by item: the same to the last
digit of a fine clock, or a small part of what a call takes, with scores that are equal. Nothing else does. Scores and
answers of a steady item are equal as well, and which items are steady differs between two honest pipelines: rules that
took such items for copies named 25 to 40 of 40 simulated comparisons that held none, and hid what had regressed there.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from ragtui.model import Role, Scores
from ragtui.stats.arrays import Bools, Floats
from ragtui.stats.doubts.copies import negligible, times_of
from ragtui.stats.two_sides import finite

_LEAST_ITEMS, _LEAST_SHARE = 3, 0.1
"""Fewer copied items than this are left alone: a retry or a short answer may do the same to one."""
_CACHED = 20.0
"""A result this many times faster than another of its item, and than most of its side, was not computed: times a
factor e apart (a standard deviation of the logarithm of 1) reach it in 1 of 700 results."""
_FINEST = 1e-3
"""Seconds of a clock whose times may be equal by chance; finer ones are not."""


def some_copies(side: Scores) -> Bools | None:
    """Results that do not count because they are copies of another repeat of their item, (items, repeats).

    Args:
        side: scores of one side, with a latency.

    Returns:
        None without any, and where no times are known.
    """
    times = times_of(side)
    if times is None:
        return None
    scores = finite(side.values[:, [metric.role is Role.QUALITY for metric in side.metrics], :])
    slack = negligible(scores)
    known = np.where(times > 0, times, np.nan)
    usual = known[np.isfinite(known)]
    pace = float(np.median(usual)) if len(usual) else np.nan
    fine = _finer_than(known, _FINEST)
    copies = np.zeros(times.shape, bool)
    for one, other in combinations(range(times.shape[1]), 2):
        x, y = scores[:, :, one], scores[:, :, other]
        both = np.isfinite(x) & np.isfinite(y)
        equal = both.any(axis=1) & ((np.abs(x - y) <= slack) | ~both).all(axis=1)
        first, second = known[:, one], known[:, other]
        copies[equal & fine[:, one] & (first == second), other] = True
        copies[equal & (second * _CACHED <= np.minimum(first, pace)), other] = True
        copies[equal & (first * _CACHED <= np.minimum(second, pace)), one] = True
    if copies.any(axis=1).sum() < max(_LEAST_ITEMS, _LEAST_SHARE * len(times)):
        return None
    return copies


def _finer_than(times: Floats, step: float) -> Bools:
    """Which times lie between the ticks of a clock."""
    ticks = times / step
    with np.errstate(invalid="ignore"):
        return np.asarray(np.abs(ticks - np.round(ticks)) > 1e-6 * np.maximum(1.0, np.abs(ticks)))
