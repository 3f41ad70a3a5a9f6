"""A repeat that is not like the others of its side: another judge, a broken endpoint, shuffled ids.

One such repeat of three hides nearly every change, because all of its differences count as noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from ragtui.model import Repeat, Role, Scores
from ragtui.stats.arrays import Floats

LEAST_REPEATS = 3
"""Of two repeats that disagree nobody can say which is the odd one."""
_LEAST_ITEMS = 10
_LEAST_FACTOR = 2.0
"""A wild repeat is at least this many times as far from the others as they are from each other."""
_LEAST_Z = 3.7
"""Standard errors: a chance of 1e-4, for every repeat of every metric of both sides is looked at."""


@dataclass(frozen=True, slots=True)
class WildRepeat:
    """One repeat that stands apart.

    Attributes:
        repeat: which.
        metric: where it shows most.
        distance: mean distance to the other repeats of the same items, in score units.
        usual: mean distance of the others to each other.
    """

    repeat: Repeat
    metric: str
    distance: float
    usual: float


def wild_repeats(side: Scores) -> tuple[WildRepeat, ...]:
    """Repeats of one side that agree with the others far less than those with each other; the wildest of a metric."""
    found: dict[Repeat, tuple[float, WildRepeat]] = {}
    for metric in side.metrics:
        if metric.role is not Role.QUALITY:
            continue
        wildest = _wildest(side.of(metric.name))
        if wildest is None:
            continue
        layer, z, distance, usual = wildest
        repeat = side.repeats[layer]
        if repeat not in found or z > found[repeat][0]:
            found[repeat] = z, WildRepeat(repeat, metric.name, distance, usual)
    return tuple(one for _, one in found.values())


def _wildest(scores: Floats) -> tuple[int, float, float, float] | None:
    """The repeat that stands apart: its place, standard errors, distance and the usual distance; None without one."""
    present = scores[:, np.isfinite(scores).any(axis=0)]
    layers = np.flatnonzero(np.isfinite(scores).any(axis=0))
    complete = present[np.isfinite(present).all(axis=1)]
    if len(layers) < LEAST_REPEATS or len(complete) < _LEAST_ITEMS:
        return None
    count = len(layers)
    own = np.zeros((count, len(complete)))  # distance of each repeat to all others, summed
    for one, other in combinations(range(count), 2):
        apart = np.abs(complete[:, one] - complete[:, other])
        own[one] += apart
        own[other] += apart
    everything = own.sum(axis=0) / 2
    best = None
    for layer in range(count):
        to_others = own[layer] / (count - 1)
        among_others = (everything - own[layer]) / ((count - 1) * (count - 2) / 2)
        excess = to_others - among_others
        error = float(excess.std(ddof=1)) / np.sqrt(len(excess))
        distance, usual = float(to_others.mean()), float(among_others.mean())
        z = float(excess.mean()) / error if error > 0 else (np.inf if excess.mean() > 0 else 0.0)
        if z >= _LEAST_Z and distance >= _LEAST_FACTOR * usual and (best is None or z > best[1]):
            best = int(layers[layer]), z, distance, usual
    return best
