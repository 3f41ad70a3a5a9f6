"""How far a judge says what people say of the same answers, and people what other people say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ragtui.stats.arrays import Floats
from ragtui.stats.means.share import share_interval

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
    low, high = share_interval(alike / len(one), len(one))
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


@dataclass(frozen=True, slots=True)
class AmongRaters:
    """Several people beside each other.

    Attributes:
        answers: rated by two people or more.
        alike: those of which all say the same.
        low, high: 95 % interval of the share of `alike` (Wilson 1927, eq. 5).
        alpha: Krippendorff's alpha (2011, "Computing Krippendorff's Alpha-Reliability"), nominal for labels, interval
            for numbers; None where everybody always says the same one thing, so that no chance can be told.
    """

    answers: int
    alike: int
    low: float
    high: float
    alpha: float | None


def among_raters(answers: Sequence[Floats], *, labels: bool = False) -> AmongRaters | None:
    """How far people agree among themselves, however many rated each answer.

    Args:
        answers: what was given to each answer: scores, or numbers of labels, finite, one a person.
        labels: the numbers stand for labels in no order.

    Returns:
        None where no answer was rated twice.
    """
    rated = [given for given in answers if len(given) >= 2]
    if not rated:
        return None
    alike = sum(bool(np.isclose(given, given[0]).all()) for given in rated)
    apart = _apart_labels if labels else _apart_numbers
    everything = np.concatenate(rated)
    total = len(everything)
    seen = sum(apart(given) / (len(given) - 1) for given in rated) / total
    by_chance = apart(everything) / (total * (total - 1))
    low, high = share_interval(alike / len(rated), len(rated))
    return AmongRaters(len(rated), alike, low, high, 1 - seen / by_chance if by_chance > 0 else None)


def _apart_labels(given: Floats) -> float:
    """Ordered pairs of different labels."""
    _, counts = np.unique(given, return_counts=True)
    return float(len(given) ** 2 - (counts**2).sum())


def _apart_numbers(given: Floats) -> float:
    """Squared differences, summed over ordered pairs."""
    return float(2 * len(given) * ((given - given.mean()) ** 2).sum())


def _kappa(one: Floats, other: Floats) -> float | None:
    levels = np.unique(np.concatenate([one, other]))
    if len(levels) > MOST_LEVELS or len(np.unique(one)) < 2 or len(np.unique(other)) < 2:
        return None
    chance = sum(float((one == level).mean() * (other == level).mean()) for level in levels)
    return (float((one == other).mean()) - chance) / (1 - chance)
