"""What it would take to decide: repeats or items still needed."""

from __future__ import annotations

from dataclasses import dataclass

from ragtui.stats.comparison import Aggregate
from ragtui.stats.enough.planning import items_to_see, repeats_to_see
from ragtui.stats.means.claim import Claim

FIRST_REPEATS = 3
"""Repeats of one side from which noise can be told at all."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What is still missing on the way to a decision about one metric.

    Attributes:
        baseline, candidate: repeats still to be made on each side; None when no number of repeats is enough.
        items: items the suite would need at the present repeats; None when repeats are the cheaper way or no
            number is enough.
        target: change that could then be told, in score units; None where the first step is to learn the noise.
    """

    baseline: int | None
    candidate: int | None
    items: int | None = None
    target: float | None = None


def needs(claim: Claim, aggregate: Aggregate, repeats: tuple[int, int], target: float | None) -> Needs:
    """What it takes to see a change of `target` with 80 % power.

    Variance of the mean delta: omega2 / N + (sigma2_e / N + sigma2_run) (1 / R_A + 1 / R_B), Miller 2024 with a
    run component; omega2, the spread of the items' true changes, counts for the population question only.

    Args:
        claim: the metric's claim.
        aggregate: its aggregate.
        repeats: repeats at hand on each side.
        target: change to be seen; None: half of what these runs show.
    """
    parts = aggregate.components
    if parts is None or aggregate.n == 0:
        return Needs(max(0, FIRST_REPEATS - repeats[0]), 0)
    if target is None:
        target = (aggregate.mde or 0.0) / 2
    if target <= 0:
        return Needs(0, 0)
    q = sum(1 / count for count in repeats if count)
    omega2 = 0.0
    if claim.estimand == "population" and aggregate.population is not None:
        spread = (aggregate.population.se**2 - parts.sigma2_run * q) * aggregate.n
        omega2 = max(0.0, spread - parts.sigma2_e * q)
    wanted = repeats_to_see(target, aggregate.n, parts, omega2)
    if wanted is not None:
        return Needs(max(0, wanted - repeats[0]), max(0, wanted - repeats[1]), None, target)
    return Needs(None, None, items_to_see(target, aggregate.n, repeats, parts, omega2), target)
