"""How many repeats it takes: smallest visible change, repeats for a change, judge against pipeline noise.

After Miller (2024, "Adding Error Bars to Evals"), with a component for drift between runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ragtui.stats.comparison import Components
from ragtui.stats.enough.mean_test import Drift, MeanTest, likely_drifts

_MOST = 1 << 40
"""So many repeats or items are more than anyone makes."""


def mde(
    items: int,
    runs_a: float,
    runs_b: float,
    sigma2_e: float,
    sigma2_run: float = 0.0,
    omega2: float = 0.0,
    *,
    noisy_items: float | None = None,
    profile_df: float = 0.0,
) -> float:
    """Smallest true change of the mean that shows with 80 % power, two-sided 5 %.

    Args:
        items: items in the comparison.
        runs_a, runs_b: repeats on each side.
        sigma2_e: variance of one score around its item's mean.
        sigma2_run: variance shared by all items of a run.
        omega2: variance of the items' true changes; 0 for the suite.
        noisy_items: see `Components`; None when all are equally noisy.
        profile_df: repeats less one of a profile, from which single runs learn their noise.

    Returns:
        Infinity where nothing tells the noise: single runs without a profile, or one item as a sample of items.
    """
    drift = (Drift(1.0, sigma2_run),)
    test = _planned(items, runs_a, runs_b, sigma2_e, drift, omega2, noisy_items or items, profile_df)
    return math.inf if test is None else test.smallest()


def repeats_needed(
    delta: float,
    items: int,
    sigma2_e: float,
    sigma2_run: float = 0.0,
    omega2: float = 0.0,
    *,
    noisy_items: float | None = None,
    profile_df: float = 0.0,
) -> int | None:
    """Repeats a side that make `mde` no larger than a change; None when no number is enough and items must be added."""
    drift = (Drift(1.0, sigma2_run),)
    return _repeats(delta, items, sigma2_e, drift, omega2, noisy_items or items, profile_df)


def _repeats(
    delta: float,
    items: int,
    sigma2_e: float,
    drifts: Sequence[Drift],
    omega2: float,
    noisy_items: float,
    profile_df: float,
) -> int | None:
    if not delta > 0 or (omega2 > 0 and (items < 2 or not MeanTest(omega2 / items, items - 1, items - 1).shows(delta))):
        return None

    def test(runs: int) -> MeanTest | None:
        return _planned(items, runs, runs, sigma2_e, drifts, omega2, noisy_items, profile_df)

    return _fewest(test, delta)


def _fewest(test: Callable[[int], MeanTest | None], delta: float) -> int | None:
    """The smallest number whose test shows a change; None beyond all that anyone makes."""

    def shows(number: int) -> bool:
        planned = test(number)
        return planned is not None and planned.shows(delta)

    few, enough = 0, 1
    while not shows(enough):
        few, enough = enough, 2 * enough
        if enough > _MOST:
            return None
    while enough - few > 1:
        middle = (few + enough) // 2
        few, enough = (few, middle) if shows(middle) else (middle, enough)
    return enough


def _planned(
    items: int,
    runs_a: float,
    runs_b: float,
    sigma2_e: float,
    drifts: Sequence[Drift],
    omega2: float,
    noisy_items: float,
    profile_df: float,
) -> MeanTest | None:
    share = 1 / runs_a + 1 / runs_b
    run_df = runs_a + runs_b - 2 or profile_df
    base_df = items - 1 if omega2 > 0 else items * run_df
    if not run_df > 0 or not base_df > 0:
        return None
    unit = sigma2_e / items * share
    noise_df = base_df if omega2 > 0 else noisy_items * run_df
    shared = tuple(drift.times(share) for drift in drifts)
    return MeanTest(omega2 / items + unit, base_df, noise_df, unit, shared, run_df)


def repeats_to_see(delta: float, items: int, noise: Components, omega2: float = 0.0) -> int | None:
    """`repeats_needed` with noise as it was measured, and drift as far as it is known (`likely_drifts`)."""
    drifts = likely_drifts(noise)
    return _repeats(delta, items, noise.sigma2_e, drifts, omega2, noise.noisy_items, noise.df_run_raw)


def mde_of(items: int, runs_a: float, runs_b: float, noise: Components) -> float:
    """`mde` with noise as it was measured, and drift as far as it is known (`likely_drifts`)."""
    drifts = likely_drifts(noise)
    test = _planned(items, runs_a, runs_b, noise.sigma2_e, drifts, 0.0, noise.noisy_items, noise.df_run_raw)
    return math.inf if test is None else test.smallest()


def items_to_see(
    delta: float, items: int, repeats: tuple[int, int], noise: Components, omega2: float = 0.0
) -> int | None:
    """Items of the same kind that make `mde` no larger than a change at these repeats; None when drift hides it."""
    runs_a, runs_b = (max(1, side) for side in repeats)
    noisy = noise.noisy_items / items

    def test(number: int) -> MeanTest | None:
        drift = (Drift(1.0, noise.sigma2_run),)  # more items help against none, so doubt about it hides nothing more
        return _planned(number, runs_a, runs_b, noise.sigma2_e, drift, omega2, noisy * number, noise.df_run_raw)

    return _fewest(test, delta)


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
