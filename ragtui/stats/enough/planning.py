"""How many repeats it takes: smallest visible change, repeats for a change, judge against pipeline noise.

After Miller (2024, "Adding Error Bars to Evals"), with a component for drift between runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ragtui.stats.comparison import Components
from ragtui.stats.means.student import t_quantile

POWER = 0.8
"""How often a change that is said to show does show."""
_CONFIDENCE = 0.95
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)
_REACH = 6.0
"""Spreads of a root mean square beyond which its chance is nothing."""
_DF_STEPS = 20
_HALVINGS = 36
_MOST = 1 << 40
"""So many repeats or items are more than anyone makes."""


@dataclass(frozen=True, slots=True)
class MeanTest:
    """The test of a mean delta as new runs of this design would meet it: true variances, and what tells them.

    Attributes:
        base: variance of the mean delta when runs do not drift.
        base_df: degrees of freedom that its interval stands on.
        noise_df: degrees of freedom that tell it: fewer where few items carry the noise.
        unit: what noise of single scores alone puts between the means of runs, in the variance of the mean delta.
        drift: what runs share beyond that, in the variance of the mean delta.
        run_df: degrees of freedom between runs, from which the test tells drift; 0 where it does not ask.
    """

    base: float
    base_df: float
    noise_df: float
    unit: float = 0.0
    drift: float = 0.0
    run_df: float = 0.0

    def shows(self, change: float) -> bool:
        """Whether a true change is proven with a chance of 80 % (two-sided 5 %)."""
        size = math.sqrt(self.base + self.drift)
        return change > 0 if not size > 0 else self._power(change / size, self._cases(size)) >= POWER

    def smallest(self) -> float:
        """The smallest true change that `shows`."""
        size = math.sqrt(self.base + self.drift)
        if not 0 < size < math.inf:
            return size
        cases = self._cases(size)
        low, high = 0.0, 4.0
        while self._power(high, cases) < POWER:
            low, high = high, 2 * high
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if self._power(middle, cases) < POWER else (low, middle)
        return high * size

    def _cases(self, size: float) -> list[tuple[float, float]]:
        """Chances and half widths of the interval, in units of the standard deviation of the mean delta.

        The test estimates drift anew: where means of runs scatter more than noise of single scores explains, its
        interval is wider and stands on few degrees of freedom, though nothing may have drifted.
        """
        calm = t_quantile(_CONFIDENCE, self.base_df) * math.sqrt(self.base) / size
        nu, between = self.run_df, self.unit + self.drift
        if not nu > 0 or not between > 0:
            return [(1.0, calm)]
        reach = _REACH / math.sqrt(2 * nu)
        start = max(math.sqrt(self.unit / between), 1 - reach)
        end = max(start, 1 + reach)
        root = start + (end - start) * (_NODES + 1) / 2  # of the mean square of runs: chi on nu, over sqrt(nu)
        log = math.log(2) + nu / 2 * math.log(nu / 2) - math.lgamma(nu / 2)
        chances = _WEIGHTS * (end - start) / 2 * np.exp(log + (nu - 1) * np.log(root) - nu * root**2 / 2)
        shrunken = (self.unit + nu * between * root**2) / (1 + nu)
        variance = self.base + shrunken - self.unit
        satterthwaite = 1 / ((self.base / variance) ** 2 / self.base_df + (shrunken / variance) ** 2 / (nu + 1))
        dfs = np.minimum(self.base_df, np.maximum(nu + 1, satterthwaite))
        steps = np.rint(np.log(dfs) * _DF_STEPS) / _DF_STEPS  # few different quantiles, within 1 % of the true ones
        halves = np.array([t_quantile(_CONFIDENCE, math.exp(step)) for step in steps]) * np.sqrt(variance) / size
        wider = zip(map(float, chances), map(float, halves), strict=True)
        return [(max(0.0, 1 - float(chances.sum())), calm), *wider]

    def _power(self, change: float, cases: list[tuple[float, float]]) -> float:
        """Chance that a change is proven. The noise behind both, the change named and the interval, is estimated.

        A standard deviation on df degrees of freedom is nearly normal with mean 1 - 1 / 4 df and variance 1 / 2 df
        (Abramowitz & Stegun 1964, 26.7.10).
        """
        bias, doubt = 1 - 1 / (4 * self.noise_df), 1 / (2 * self.noise_df)
        return sum(
            chance * _normal(bias * (change - half) / math.sqrt(1 + doubt * (change**2 + half**2)))
            for chance, half in cases
        )


def _normal(z: float) -> float:
    return math.erfc(-z / math.sqrt(2)) / 2


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
    test = _planned(items, runs_a, runs_b, sigma2_e, sigma2_run, omega2, noisy_items or items, profile_df)
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
    if not delta > 0 or (omega2 > 0 and (items < 2 or not MeanTest(omega2 / items, items - 1, items - 1).shows(delta))):
        return None

    def test(runs: int) -> MeanTest | None:
        return _planned(items, runs, runs, sigma2_e, sigma2_run, omega2, noisy_items or items, profile_df)

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
    sigma2_run: float,
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
    return MeanTest(omega2 / items + unit, base_df, noise_df, unit, sigma2_run * share, run_df)


def repeats_to_see(delta: float, items: int, noise: Components, omega2: float = 0.0) -> int | None:
    """`repeats_needed` with noise as it was measured."""
    return repeats_needed(
        delta,
        items,
        noise.sigma2_e,
        noise.sigma2_run,
        omega2,
        noisy_items=noise.noisy_items,
        profile_df=noise.df_run_raw,
    )


def items_to_see(
    delta: float, items: int, repeats: tuple[int, int], noise: Components, omega2: float = 0.0
) -> int | None:
    """Items of the same kind that make `mde` no larger than a change at these repeats; None when drift hides it."""
    runs_a, runs_b = (max(1, side) for side in repeats)
    noisy = noise.noisy_items / items

    def test(number: int) -> MeanTest | None:
        parts = noise.sigma2_e, noise.sigma2_run, omega2
        return _planned(number, runs_a, runs_b, *parts, noisy * number, noise.df_run_raw)

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
