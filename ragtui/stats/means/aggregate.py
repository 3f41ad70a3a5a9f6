"""The mean delta of one metric: two intervals for two questions, and what may be said about it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ragtui.stats.arrays import Floats
from ragtui.stats.comparison import Aggregate, Components, Interval
from ragtui.stats.enough.mean_test import MeanTest, likely_drifts
from ragtui.stats.enough.planning import repeats_to_see
from ragtui.stats.means.components import FRAGMENT_SHARE, run_block, variance_components, whole_runs
from ragtui.stats.means.outcome import Question, decide
from ragtui.stats.means.sign_flip import SEED, flip_test
from ragtui.stats.means.student import t_quantile, t_two_sided
from ragtui.stats.two_sides import finite, row_means
from ragtui.stats.verdict import Estimand, Outcome

CONFIDENCE = 0.95
_NO_SPREAD = 1e-18
"""Variance between items, in squared deltas, that is rounding only."""


def compare_mean(
    x: ArrayLike,
    y: ArrayLike,
    *,
    profile: ArrayLike | None = None,
    confidence: float = CONFIDENCE,
    step: float = 0.0,
    groups: Sequence[str] | None = None,
    estimand: Estimand | None = None,
    higher_is_better: bool | None = True,
    margin: float | None = None,
    min_effect: float = 0.0,
    fragment_share: float = FRAGMENT_SHARE,
    seed: int = SEED,
) -> Aggregate | None:
    """Compare the means of one metric over the items scored on both sides.

    The suite interval decides. Without repeats and without a profile the noise of a score is unknown, so the suite
    cannot be asked about; the population interval decides then, because paired deltas of single runs carry that noise
    within them, though not the drift of whole runs. Where the deciding interval does not exist (a single item, or the
    suite asked for without repeats) the outcome is `Outcome.UNKNOWN`.

    Args:
        x, y: scores of baseline and candidate, (items, repeats), rows are the same items; non-finite is missing.
        profile: repeats of another configuration, used for the noise when neither side is repeated.
        confidence: of the intervals.
        step: smallest possible movement of one score (`Grid.smallest_step`); 0 for unbounded metrics.
        groups: one label a row; items of one group (a document, a conversation) move together. None: independent.
        estimand: which interval decides; None is the suite, or the population when the noise is unknown.
        higher_is_better, margin, min_effect: see `Question`.
        fragment_share: repeats scoring fewer of the common items are left out of the variance components.
        seed: of the flip test.

    Returns:
        None when no item has a score on both sides.
    """
    a, b = finite(x), finite(y)
    both = np.isfinite(a).any(axis=1) & np.isfinite(b).any(axis=1)
    if not both.any():
        return None
    pair = _Pair.of(a[both], b[both], fragment_share)
    components, source = _components(pair, profile, step, fragment_share)
    labels = None if groups is None else np.asarray(groups)[both]
    suite = None if components is None else _suite(pair, components, confidence)
    population = _population(pair, components, confidence, labels)
    estimand = estimand or (Estimand.POPULATION if components is None else Estimand.SUITE)
    interval = suite if estimand is Estimand.SUITE else population
    p_flip = flip_test(pair.deltas, seed)
    question = Question(higher_is_better, confidence, margin, min_effect)
    omega2 = _true_change_variance(pair, components) if components and estimand is Estimand.POPULATION else 0.0
    test = None if interval is None or components is None else _test(pair, components, estimand, labels)
    visible = None if test is None else test.smallest()
    repeats = None if components is None else repeats_to_see((visible or 0.0) / 2, pair.items, components, omega2)
    return Aggregate(
        n=pair.items,
        mean_a=pair.mean_a,
        mean_b=pair.mean_b,
        delta=pair.delta,
        suite=suite,
        population=population,
        p_flip=p_flip,
        components=components,
        source=source,
        outcome=Outcome.UNKNOWN if interval is None else decide(pair.delta, interval, question, p_flip),
        estimand=estimand.value,
        mde=visible,
        repeats_for_half=repeats,
        true_change_variance=omega2,
        margin=margin,
    )


@dataclass(frozen=True, eq=False)
class _Pair:
    """Both sides of one metric, on the items scored on both.

    Attributes:
        a, b: scores without fragments, (items, whole runs).
        deltas: of the item means, over all scores, (items,).
        run_share: 1/R_A + 1/R_B over whole runs: how much of the drift between runs is left in the mean delta.
        score_share: the same for the noise of single scores, which gaps make larger.
    """

    a: Floats
    b: Floats
    mean_a: float
    mean_b: float
    deltas: Floats
    run_share: float
    score_share: float

    @classmethod
    def of(cls, a: Floats, b: Floats, fragment_share: float) -> _Pair:
        means_a, means_b = row_means(a), row_means(b)
        scores_a, scores_b = np.isfinite(a).sum(axis=1), np.isfinite(b).sum(axis=1)
        whole_a, whole_b = a[:, whole_runs(a, fragment_share)], b[:, whole_runs(b, fragment_share)]
        return cls(
            a=whole_a,
            b=whole_b,
            mean_a=float(means_a.mean()),
            mean_b=float(means_b.mean()),
            deltas=means_b - means_a,
            run_share=1 / max(1, whole_a.shape[1]) + 1 / max(1, whole_b.shape[1]),
            score_share=float((1 / scores_a + 1 / scores_b).sum()) / len(a) ** 2,
        )

    @property
    def items(self) -> int:
        return len(self.deltas)

    @property
    def delta(self) -> float:
        return float(self.deltas.mean())


def _components(pair: _Pair, profile: ArrayLike | None, step: float, share: float) -> tuple[Components | None, str]:
    """Noise from the compared runs; only when neither side repeats, from the profile."""
    components = variance_components([run_block(pair.a), run_block(pair.b)], step)
    if components is not None:
        return components, "repeats"
    if profile is not None:
        earlier = finite(profile)
        components = variance_components([run_block(earlier[:, whole_runs(earlier, share)])], step)
    return components, "profile" if components is not None else "none"


def _suite(pair: _Pair, noise: Components, confidence: float) -> Interval:
    """These very items: only the noise of their runs counts."""
    if noise.sigma2_run > 0:
        variance = noise.ms_e * pair.score_share + noise.sigma2_run * pair.run_share
        return _interval(pair.delta, variance, noise.df_run, confidence)
    df = noise.df_run_raw + noise.df_e
    pooled = (noise.ms_run_raw * noise.df_run_raw + noise.ms_e * noise.df_e) / df
    return _interval(pair.delta, pooled * pair.score_share, df, confidence)


def _population(
    pair: _Pair, noise: Components | None, confidence: float, groups: NDArray[np.str_] | None
) -> Interval | None:
    """Items like these: paired deltas as a sample, cluster-robust with groups (Miller 2024), plus the drift of runs."""
    between_items, df_items = _between_items(pair.deltas, groups)
    if df_items < 1:
        return None
    if noise is None and between_items <= _NO_SPREAD * pair.delta**2:
        return None  # paired deltas of single runs carry the noise of scores; where they do not vary they carry none
    if noise is None or noise.sigma2_run <= 0:
        return _interval(pair.delta, between_items, df_items, confidence)
    variance = between_items + noise.sigma2_run * pair.run_share
    of_items, of_drift = between_items / variance, noise.ms_run / noise.n * pair.run_share / variance
    satterthwaite = 1 / (of_items**2 / df_items + of_drift**2 / noise.df_run)  # as shares: fourth powers overflow
    return _interval(pair.delta, variance, min(df_items, max(noise.df_run, satterthwaite)), confidence)


def _between_items(deltas: Floats, groups: NDArray[np.str_] | None) -> tuple[float, float]:
    """Variance of the mean delta over items (or groups of items) and its degrees of freedom."""
    items = len(deltas)
    if groups is None:
        return (float(deltas.var(ddof=1)) / items if items > 1 else 0.0), items - 1.0
    members, group = np.unique(groups, return_inverse=True)
    count = len(members)
    totals = np.bincount(group, deltas - deltas.mean(), count)
    variance = count / (count - 1) * float((totals**2).sum()) / items**2 if count > 1 else 0.0
    return variance, count - 1.0


def _interval(delta: float, variance: float, df: float, confidence: float) -> Interval:
    se = math.sqrt(variance)
    half = t_quantile(confidence, df) * se
    p = t_two_sided(delta / se, df) if se > 0 else float(delta == 0)
    return Interval(delta - half, delta + half, se, df, p, confidence)


def _test(pair: _Pair, noise: Components, estimand: Estimand, groups: NDArray[np.str_] | None) -> MeanTest:
    """The test that new runs like these would meet."""
    if estimand is Estimand.SUITE:
        base, df = noise.ms_e * pair.score_share, noise.df_run_raw + noise.df_e
        noise_df = noise.noisy_items * noise.df_run_raw
    else:
        base, df = _between_items(pair.deltas, groups)
        noise_df = df
    unit = noise.ms_e / noise.n * pair.run_share
    drifts = tuple(drift.times(pair.run_share) for drift in likely_drifts(noise))
    return MeanTest(base, df, noise_df, unit, drifts, noise.df_run_raw)


def _true_change_variance(pair: _Pair, noise: Components) -> float:
    """Variance of the items' true changes: what their deltas vary beyond the noise of single scores."""
    if pair.items < 2:
        return 0.0
    return max(0.0, float(pair.deltas.var(ddof=1)) - noise.sigma2_e * pair.items * pair.score_share)
