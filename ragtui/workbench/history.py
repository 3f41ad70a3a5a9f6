"""All runs of one dataset over time: means with intervals, and changes beyond noise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ragtui.model import Floats, Metric, RunHeader, distinct, measured_key, poolable
from ragtui.sources import LoadedRun
from ragtui.stats import make_grid, t_quantile
from ragtui.stats.changepoints import Noise, change_points, series_noise
from ragtui.stats.history import FEWEST_POINTS, History, Series, TrendPoint
from ragtui.stats.means.components import run_block, variance_components, whole_runs
from ragtui.workbench.library import Library

ALPHA = 0.05
"""Chance that a history without a change shows a mark on any metric."""

FRAGMENT_SHARE = 0.5
"""A run with fewer of the items is named and left out."""


def histories(library: Library, headers: Iterable[RunHeader], *, one_configuration: bool = False) -> list[History]:
    """Histories of these runs, the longest first.

    Runs share a history when dataset, dataset version and judges agree: another judge is another ruler.

    Args:
        library: loads the runs.
        headers: the runs.
        one_configuration: keep configurations apart, so that a change is drift of what should not change.
    """
    groups: dict[tuple[str, ...], list[RunHeader]] = {}
    # How a hosted run was made is known once it was read: the list alone would sort them by what was read before.
    for header in library.told(distinct(headers)):
        groups.setdefault(_key(header, one_configuration), []).append(header)
    found = [_history(library, runs, one_configuration) for runs in groups.values()]
    return sorted(found, key=lambda history: -max((len(series.points) for series in history.series), default=0))


def _key(header: RunHeader, one_configuration: bool) -> tuple[str, ...]:
    configuration = header.configuration
    ruler = (configuration.dataset, configuration.dataset_version, configuration.judge_fingerprint())
    return (*ruler, configuration.fingerprint()) if one_configuration else ruler


def _history(library: Library, headers: Sequence[RunHeader], one_configuration: bool) -> History:
    full = sorted((header for header in headers if poolable(header)), key=lambda header: header.made)
    left_out = [f"{header.name}: {_other_question(header)}" for header in headers if not poolable(header)]
    runs = [library.load(header.uid) for header in full]
    every = {item for run in runs for item in run.scores.items}
    kept = [run for run in runs if len(run.scores.items) >= FRAGMENT_SHARE * len(every)]
    left_out += [f"{run.header.name}: {len(run.scores.items)} of {len(every)} items" for run in runs if run not in kept]
    items = _common(kept)
    names = dict.fromkeys(metric.name for run in kept for metric in run.scores.metrics)
    alpha = ALPHA / max(1, len(names))
    series = tuple(one for name in names if (one := _series(name, kept, items, alpha)) is not None)
    configuration = headers[0].configuration
    version = f"@{configuration.dataset_version}" if configuration.dataset_version else ""
    label = f"{configuration.dataset or 'dataset unnamed'}{version}"
    return History(
        label=f"{label} · {full[0].name}" if one_configuration and full else label,
        items=len(items),
        series=series,
        left_out=tuple(left_out),
        configurations=len({header.configuration.fingerprint() for header in full}),
        origins=tuple(dict.fromkeys(header.origin for header in full)),
    )


def _other_question(header: RunHeader) -> str:
    return "chosen items only" if header.selection is not None else "stored answers judged again"


def _common(runs: Sequence[LoadedRun]) -> list[str]:
    if not runs:
        return []
    shared = set(runs[0].scores.items).intersection(*(run.scores.items for run in runs[1:]))
    return [item for item in runs[0].scores.items if item in shared]


def _series(name: str, runs: Sequence[LoadedRun], items: Sequence[str], alpha: float) -> Series | None:
    """Means over the items that every run with this metric scored at least once."""
    having = [run for run in runs if name in run.scores.column_of]
    metric = having[0].scores.metrics[having[0].scores.column_of[name]]
    cubes = [run.scores.aligned(items, (metric,)).of(name) for run in having]
    scored = np.logical_and.reduce([np.isfinite(cube).any(axis=1) for cube in cubes])
    if not scored.any():
        return None
    cubes = [cube[scored] for cube in cubes]
    means = np.array([float(np.nanmean(cube, axis=1).mean()) for cube in cubes])
    repeats = np.array([max(1, int(whole_runs(cube).sum())) for cube in cubes], float)
    noise, within = _noise(metric, cubes, means, repeats, [measured_key(run.header) for run in having])
    source = "none" if noise is None else "repeats" if noise is within else "scatter"
    changes = () if noise is None or len(means) < FEWEST_POINTS else change_points(means, noise, alpha)
    half = np.full(len(means), np.nan) if noise is None else _half_widths(noise)
    points = tuple(
        TrendPoint(run.header, float(mean), int(count), float(mean - reach), float(mean + reach))
        for run, mean, count, reach in zip(having, means, repeats, half, strict=True)
    )
    return Series(metric, points, changes, source)


def _noise(
    metric: Metric, cubes: Sequence[Floats], means: Floats, repeats: Floats, labels: Sequence[str]
) -> tuple[Noise | None, Noise | None]:
    """The noise to judge by, and the noise of repeats within the runs."""
    grid = make_grid(np.concatenate([cube.ravel() for cube in cubes]), kind=metric.kind)
    step = 0.0 if grid is None else grid.smallest_step
    items = len(cubes[0])
    parts = variance_components([run_block(cube[:, whole_runs(cube)]) for cube in cubes], step)
    within = None
    if parts is not None:
        df = parts.df_run if parts.sigma2_run > 0 else parts.df_e
        within = Noise((parts.sigma2_e / items + parts.sigma2_run) / repeats, max(1.0, float(df)))
    # A series that never moves is judged by one step of one item.
    return series_noise(means, repeats, within, (step / items) ** 2, labels), within


def _half_widths(noise: Noise) -> Floats:
    return np.asarray(t_quantile(0.95, noise.df) * np.sqrt(noise.variance))
