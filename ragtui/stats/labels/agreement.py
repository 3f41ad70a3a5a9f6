"""How far a judge says what people say of the same answers."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from ragtui.stats.arrays import Floats

_Z = 1.959964
"""Of a 95 % interval."""

MOST_LEVELS = 12
"""Scores with more different values are graded: how often two of them are the same says little."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """A judge beside people, answer by answer.

    Attributes:
        answers: rated by both.
        alike: those on which both say the same.
        low, high: 95 % interval of the share of `alike` (Wilson 1927, eq. 5).
        bias: mean of the judge's score less people's; None for labels.
        distance: mean absolute difference; None for labels.
        kappa: agreement beyond chance (Cohen 1960); None where one rater never varies, or scores are graded finely.
    """

    answers: int
    alike: int
    low: float
    high: float
    bias: float | None
    distance: float | None
    kappa: float | None


def agreement(judge: Floats, people: Floats, *, labels: bool = False) -> Agreement | None:
    """Compare two raters of the same answers.

    Args:
        judge, people: scores, or numbers of labels; arrays of one shape, NaN where one did not rate.
        labels: the numbers stand for labels in no order.

    Returns:
        None where no answer was rated by both.
    """
    both = np.isfinite(judge) & np.isfinite(people)
    one, other = judge[both], people[both]
    if not len(one):
        return None
    alike = int(np.isclose(one, other).sum())
    low, high = _wilson(alike, len(one))
    differences = one - other
    return Agreement(
        len(one),
        alike,
        low,
        high,
        None if labels else float(differences.mean()),
        None if labels else float(np.abs(differences).mean()),
        _kappa(one, other),
    )


def _wilson(hits: int, total: int) -> tuple[float, float]:
    share, z2 = hits / total, _Z * _Z
    middle = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = _Z / (1 + z2 / total) * sqrt(share * (1 - share) / total + z2 / (4 * total * total))
    return max(0.0, middle - half), min(1.0, middle + half)


def _kappa(one: Floats, other: Floats) -> float | None:
    levels = np.unique(np.concatenate([one, other]))
    if len(levels) > MOST_LEVELS or len(np.unique(one)) < 2 or len(np.unique(other)) < 2:
        return None
    chance = sum(float((one == level).mean() * (other == level).mean()) for level in levels)
    return (float((one == other).mean()) - chance) / (1 - chance)
