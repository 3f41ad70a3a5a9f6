"""How many repeats it takes: smallest visible change, repeats for a change, judge against pipeline noise.

After Miller (2024, "Adding Error Bars to Evals"), with a component for drift between runs.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ragtui.stats.means.student import t_quantile

Z_POWER = 0.8416212335729143
"""Normal quantile of 80 % power."""
Z_LEVEL = 1.959963984540054
"""Normal quantile of a two-sided 5 % level."""
MDE_FACTOR = Z_LEVEL + Z_POWER


def mde(
    items: int,
    runs_a: float,
    runs_b: float,
    sigma2_e: float,
    sigma2_run: float = 0.0,
    omega2: float = 0.0,
) -> float:
    """Smallest true change of the mean that shows with 80 % power, two-sided 5 %.

    Args:
        items: items in the comparison.
        runs_a, runs_b: repeats on each side.
        sigma2_e: variance of one score around its item's mean.
        sigma2_run: variance shared by all items of a run.
        omega2: variance of the items' true changes; 0 for the suite.
    """
    noise = (sigma2_e / items + sigma2_run) * (1 / runs_a + 1 / runs_b)
    return MDE_FACTOR * math.sqrt(omega2 / items + noise)


def visible_change(se: float, df: float) -> float:
    """Smallest true change that an interval of this standard error shows with 80 % power, two-sided 5 %.

    With quantiles of t on the interval's own degrees of freedom: at two or three repeats the normal ones (`mde`)
    promised changes that were found 61 to 73 times in 100.
    """
    return (t_quantile(0.95, df) + t_quantile(0.60, df)) * se


def repeats_needed(
    delta: float,
    items: int,
    sigma2_e: float,
    sigma2_run: float = 0.0,
    omega2: float = 0.0,
) -> int | None:
    """Repeats a side that make `mde` no larger than a change; None when no number is enough and items must be added."""
    room = (delta / MDE_FACTOR) ** 2 - omega2 / items
    if room <= 0:
        return None
    return max(1, math.ceil(2 * (sigma2_e / items + sigma2_run) / room - 1e-12))


class NoiseSplit(NamedTuple):
    """Noise of one score by where it comes from, as variances."""

    judge: float
    pipeline: float


def split_judge_pipeline(scores: ArrayLike) -> NoiseSplit:
    """Tell judge noise from pipeline noise (one-way random effects within items, method of moments).

    Args:
        scores: (items, pipeline runs, judgings), at least two runs and two judgings, no gaps.
    """
    values = np.asarray(scores, float)
    judge = float(values.var(axis=2, ddof=1).mean())
    between_outputs = float(values.mean(axis=2).var(axis=1, ddof=1).mean())
    return NoiseSplit(judge, max(0.0, between_outputs - judge / values.shape[2]))


def cheapest_judgings(split: NoiseSplit, pipeline_cost: float, judge_cost: float) -> int | None:
    """Judgings an output that give the least noise for the money; None when only the judge is noisy."""
    if split.pipeline <= 0 or judge_cost <= 0:
        return None
    return max(1, round(math.sqrt(split.judge / split.pipeline * pipeline_cost / judge_cost)))


def look_alpha(look: int, alpha: float = 0.05) -> float:
    """Level to spend at the k-th look (from 1) when repeats are added until the aggregate is clear; sums to alpha."""
    return alpha / (look * (look + 1))
