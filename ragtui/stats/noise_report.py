"""How noisy one side is: what its own repeats say, before anything is compared."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ragtui.model import Kind, Metric, Repeat, Scores
from ragtui.stats.arrays import Floats
from ragtui.stats.comparison import Components, SelfCheck
from ragtui.stats.enough.planning import NoiseSplit, mde_of, repeats_to_see, split_judge_pipeline
from ragtui.stats.means.components import run_block, variance_components, whole_runs
from ragtui.stats.noise.grid import Grid, make_grid
from ragtui.stats.notes import identical_repeats, looks_cached
from ragtui.stats.refusal import kind_of
from ragtui.stats.selfcheck import self_check
from ragtui.stats.settings import Settings
from ragtui.stats.two_sides import finite, moves, row_means

PLANNED_SHARES = (0.02, 0.05, 0.10)
"""Changes to plan for, as shares of the metric's range."""


@dataclass(frozen=True, eq=False)
class MetricNoise:
    """Noise of one metric.

    Attributes:
        metric, kind: what it is; kind is None without a score.
        items, scores: items with a score, and scores.
        repeated_items: items with at least two scores.
        varied_share: of the repeated items, how many ever varied; None without one.
        sigma_e: standard deviation of one score of one item; None without repeats.
        sigma_run: standard deviation shared by all items of a run; None without repeats.
        snr: standard deviation of item means in `sigma_e`; None where it has no meaning.
        mde: smallest true change of the mean that shows with 80 % power when both sides have these repeats.
        repeats_for: change of the mean, and repeats a side that would show it; None when none is enough.
        run_means: mean of every repeat over the items scored in all whole repeats.
        item_sd: standard deviation of each item over its repeats, one a row; NaN below two scores.
        components: variance components behind the numbers above.
        split: judge against pipeline noise, where answers were judged more than once.
        self_check: the model tried on these repeats; None below three.
        identical: ten or more items were repeated and none ever varied.
    """

    metric: Metric
    kind: Kind | None
    items: int
    scores: int
    repeated_items: int
    varied_share: float | None
    sigma_e: float | None
    sigma_run: float | None
    snr: float | None
    mde: float | None
    repeats_for: tuple[tuple[float, int | None], ...]
    run_means: tuple[tuple[Repeat, float], ...]
    item_sd: Floats
    components: Components | None
    split: NoiseSplit | None
    self_check: SelfCheck | None
    identical: bool


@dataclass(frozen=True, eq=False)
class NoiseReport:
    """Noise of one side, one entry a metric.

    Attributes:
        items, repeats: rows and layers of the scores it was made from.
        cached: every quality metric repeats exactly on every item, as cached answers do.
    """

    items: tuple[str, ...]
    repeats: tuple[Repeat, ...]
    metrics: tuple[MetricNoise, ...]
    cached: bool

    def metric(self, name: str) -> MetricNoise:
        """One metric's entry.

        Raises:
            KeyError: no such metric.
        """
        for entry in self.metrics:
            if entry.metric.name == name:
                return entry
        raise KeyError(name)


def noise_report(
    scores: Scores, settings: Settings | None = None, deltas: Sequence[float] | None = None
) -> NoiseReport:
    """Noise of every metric of one side.

    Args:
        scores: repeats of one configuration.
        settings: None for the calibrated defaults.
        deltas: changes of the mean to plan repeats for, in score units; None takes 2, 5 and 10 % of the range.
    """
    settings = settings or Settings()
    metrics = tuple(_metric_noise(scores, metric, settings, deltas) for metric in scores.metrics)
    return NoiseReport(scores.items, scores.repeats, metrics, looks_cached(scores))


def _metric_noise(scores: Scores, metric: Metric, settings: Settings, deltas: Sequence[float] | None) -> MetricNoise:
    values = finite(scores.of(metric.name))
    grid = make_grid(values, kind_of(metric, values), metric.scale)
    whole = whole_runs(values[np.isfinite(values).any(axis=1)], settings.fragment_share)
    complete = values[:, whole]
    noise = variance_components([run_block(complete)], 0.0 if grid is None else grid.smallest_step)
    spread = _item_sd(values)
    repeated = np.isfinite(spread)
    items = int(np.isfinite(values).any(axis=1).sum())
    planned = tuple(deltas) if deltas is not None else _planned_deltas(grid)
    runs = int(whole.sum())
    return MetricNoise(
        metric=metric,
        kind=None if grid is None else grid.kind,
        items=items,
        scores=int(np.isfinite(values).sum()),
        repeated_items=int(repeated.sum()),
        varied_share=float((spread[repeated] > 0).mean()) if repeated.any() else None,
        sigma_e=None if noise is None else math.sqrt(noise.sigma2_e),
        sigma_run=None if noise is None else math.sqrt(noise.sigma2_run),
        snr=_signal_to_noise(values, noise),
        mde=None if noise is None else mde_of(items, runs, runs, noise),
        repeats_for=() if noise is None else tuple((d, repeats_to_see(d, items, noise)) for d in planned),
        run_means=_run_means(complete, [r for r, keep in zip(scores.repeats, whole, strict=True) if keep]),
        item_sd=spread,
        components=noise,
        split=judge_split(scores, metric.name),
        self_check=self_check(
            values,
            kind=None if grid is None else grid.kind,
            scale=metric.scale,
            alpha=settings.alpha,
            t_noise=settings.t_noise,
        ),
        identical=identical_repeats(values),
    )


def _item_sd(values: Floats) -> Floats:
    """Standard deviation over the repeats of each item; NaN below two scores."""
    runs = np.isfinite(values).sum(axis=1)
    moved = np.nan_to_num(moves(values))
    # whole steps stay whole, so that items that moved alike tie whatever the order of their repeats
    squares = runs * (moved**2).sum(axis=1) - moved.sum(axis=1) ** 2
    variance: Floats = np.divide(squares, runs * (runs - 1), out=np.full(len(values), np.nan), where=runs > 1)
    return np.sqrt(variance)


def _signal_to_noise(values: Floats, noise: Components | None) -> float | None:
    """After Heineman et al. (2025, "Signal and Noise"): how far items differ, in units of their noise."""
    means = row_means(values)
    means = means[np.isfinite(means)]
    if noise is None or noise.sigma2_e <= 0 or len(means) < 2:
        return None
    return float(means.std(ddof=1)) / math.sqrt(noise.sigma2_e)


def _planned_deltas(grid: Grid | None) -> tuple[float, ...]:
    if grid is None:
        return ()
    span = abs(grid.score(grid.levels - 1) - grid.score(0))
    return tuple(share * span for share in PLANNED_SHARES)


def _run_means(complete: Floats, repeats: Sequence[Repeat]) -> tuple[tuple[Repeat, float], ...]:
    everywhere = complete[np.isfinite(complete).all(axis=1)]
    if not len(everywhere) or not repeats:
        return ()
    return tuple((repeat, float(mean)) for repeat, mean in zip(repeats, everywhere.mean(axis=0), strict=True))


def judge_split(scores: Scores, metric: str) -> NoiseSplit | None:
    """Judge against pipeline noise from repeats labelled "r.j": judging j of pipeline run r.

    Returns:
        None unless two or more pipeline runs were judged equally often, twice or more, on at least one item.
    """
    layers: dict[tuple[str, str], list[int]] = {}
    for layer, repeat in enumerate(scores.repeats):
        run, dot, _ = repeat.label.partition(".")
        if dot:
            layers.setdefault((repeat.run_uid, run), []).append(layer)
    judged = {len(group) for group in layers.values()}
    if len(layers) < 2 or len(judged) != 1 or judged == {1}:
        return None
    cube = scores.of(metric)[:, np.array(list(layers.values()))]
    complete = cube[np.isfinite(cube).all(axis=(1, 2))]
    return split_judge_pipeline(complete) if len(complete) else None
