"""The test of a mean as new runs would meet it: how likely a change of some size is proven.

How much runs drift is hardly known from a few of them, so it is no number here but chances of several. A change named
as if the drift that two runs a side happened to show were the true one was proven by .61 to .72 of the next
experiments where runs drifted (200 items, 2 v 2), in place of .80.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

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
_NO_DRIFT = 0.4
"""Chance that runs do not drift, before anything is seen."""
_SMALLEST_DRIFT, _LARGEST_DRIFT = 0.004, 0.25
"""What runs may share, as a variance, in units of the noise of a single score."""
_BEYOND_SEEN = 8.0
"""Drift may be so many times larger than it looks."""
_NEGLIGIBLE = 1e-6


class Drift(NamedTuple):
    """How much runs may drift: a variance, and the chance that it is this one."""

    chance: float
    variance: float

    def times(self, share: float) -> Drift:
        """The same in the variance of a mean delta of which runs make so much."""
        return Drift(self.chance, self.variance * share)


class _Case(NamedTuple):
    """One width that the interval may have: its chance, the standard deviation of the mean delta, half the width."""

    chance: float
    size: float
    half: float


def likely_drifts(noise: Components) -> tuple[Drift, ...]:
    """What all items of a run may share, as far as the runs at hand tell: drifts of the mean of one run.

    By Bayes' rule from the mean square between runs, which is chi square around its true value. Two fifths of the
    weight before anything is seen are on no drift, the rest spread evenly over powers of two.
    """
    if not noise.ms_e > 0 or not noise.df_run_raw > 0:
        return (Drift(1.0, noise.sigma2_run),)
    seen = noise.ms_run_raw / noise.ms_e
    most = max(_LARGEST_DRIFT, _BEYOND_SEEN * seen / noise.n)
    shares = _SMALLEST_DRIFT * 2.0 ** np.arange(math.ceil(math.log2(most / _SMALLEST_DRIFT)) + 1)
    sizes = np.append(0.0, shares)
    before = np.append(_NO_DRIFT, np.full(len(shares), (1 - _NO_DRIFT) / len(shares)))
    scatter = 1 + noise.n * sizes
    log = np.log(before) - noise.df_run_raw / 2 * (np.log(scatter) + seen / scatter)
    chances = np.exp(log - log.max())
    chances /= chances.sum()
    found = zip(chances.tolist(), (noise.ms_e * sizes).tolist(), strict=True)
    return tuple(Drift(chance, variance) for chance, variance in found if chance > _NEGLIGIBLE)


@dataclass(frozen=True, slots=True)
class MeanTest:
    """The test of a mean delta as new runs of this design would meet it: true variances, and what tells them.

    Attributes:
        base: variance of the mean delta when runs do not drift.
        base_df: degrees of freedom that its interval stands on.
        noise_df: degrees of freedom that tell it: fewer where few items carry the noise.
        unit: what noise of single scores alone puts between the means of runs, in the variance of the mean delta.
        drifts: what runs may share beyond that, each with its chance.
        run_df: degrees of freedom between runs, from which the test tells drift; 0 where it does not ask.
    """

    base: float
    base_df: float
    noise_df: float
    unit: float = 0.0
    drifts: tuple[Drift, ...] = (Drift(1.0, 0.0),)
    run_df: float = 0.0

    def shows(self, change: float) -> bool:
        """Whether a true change is proven with a chance of 80 % (two-sided 5 %)."""
        return self._power(change, self._cases()) >= POWER

    def smallest(self) -> float:
        """The smallest true change that `shows`."""
        size = math.sqrt(self.base + max(drift.variance for drift in self.drifts))
        if not 0 < size < math.inf:
            return size
        cases = self._cases()
        low, high = 0.0, 4 * size
        while self._power(high, cases) < POWER:
            low, high = high, 2 * high
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if self._power(middle, cases) < POWER else (low, middle)
        return high

    def _cases(self) -> list[_Case]:
        """Every width the interval may have.

        The test estimates drift anew: where means of runs scatter more than noise of single scores explains, its
        interval is wider and stands on few degrees of freedom, though nothing may have drifted.
        """
        return [case for drift in self.drifts for case in self._cases_of(drift)]

    def _cases_of(self, drift: Drift) -> Iterator[_Case]:
        size = math.sqrt(self.base + drift.variance)
        calm = t_quantile(_CONFIDENCE, self.base_df) * math.sqrt(self.base)
        nu, between = self.run_df, self.unit + drift.variance
        if not nu > 0 or not between > 0:
            yield _Case(drift.chance, size, calm)
            return
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
        quantiles = {step: t_quantile(_CONFIDENCE, math.exp(step)) for step in set(steps.tolist())}
        widths = (quantiles[step] * math.sqrt(of) for step, of in zip(steps.tolist(), variance.tolist(), strict=True))
        yield _Case(drift.chance * max(0.0, 1 - float(chances.sum())), size, calm)
        yield from (
            _Case(drift.chance * chance, size, half) for chance, half in zip(chances.tolist(), widths, strict=True)
        )

    def _power(self, change: float, cases: list[_Case]) -> float:
        """Chance that a change is proven. The noise behind both, the change named and the interval, is estimated.

        A standard deviation on df degrees of freedom is nearly normal with mean 1 - 1 / 4 df and variance 1 / 2 df
        (Abramowitz & Stegun 1964, 26.7.10).
        """
        bias, doubt = 1 - 1 / (4 * self.noise_df), 1 / (2 * self.noise_df)
        return sum(
            chance * _normal(bias * (change - half) / math.sqrt(size**2 + doubt * (change**2 + half**2)))
            if size > 0
            else chance * (change > 0)
            for chance, size, half in cases
        )


def _normal(z: float) -> float:
    return math.erfc(-z / math.sqrt(2)) / 2
