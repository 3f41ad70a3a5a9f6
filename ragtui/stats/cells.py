"""Every cell of one metric: delta, noise band, chance of noise and verdict.

A cell is one item of one metric. Its delta is judged against how the item and its peers repeat themselves.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ragtui.model import Kind
from ragtui.stats.arrays import Bools, Floats, Ints, keep_memory
from ragtui.stats.comparison import Cells
from ragtui.stats.noise.band import band_in_scores
from ragtui.stats.noise.chance import FULL_RUNS, Changes, calibrated, chance_of_noise
from ragtui.stats.noise.evidence import Evidence, judge_counts
from ragtui.stats.noise.grid import BINS, MAX_LEVELS, Grid, make_grid
from ragtui.stats.noise.levels import combined_codes, row_codes
from ragtui.stats.noise.noise_model import NoiseModel, fit_noise
from ragtui.stats.noise.sizes import Moves, Sizes
from ragtui.stats.noise.whole_cells import MOST_RUNS, chosen_cells, with_two_points
from ragtui.stats.two_sides import Sides, finite
from ragtui.stats.verdict import Verdict

ALPHA = 0.05
"""Share of unchanged cells that may leave the band."""
T_NOISE = 0.10
"""Largest chance of noise of a proven cell."""
SURELY = 0.1
"""So much of that chance proves a cell inside its band too: the band looks at means, and runs that jump now and then
have wide ones, though all of them together may show two ways to behave.

Of simulated 0-to-1 items that fell by a tenth it finds 9 of 100 more at 5 v 5, at the price of one or two
false ones among thousands in some designs.
"""
MIN_UNITS = 10
"""With fewer repeated item-sides the noise model is mostly its default prior, so nothing is proven."""
MIN_RUNS_A_SIDE = 2
MIN_RUNS_TOTAL = 6
"""A side with a single run can prove only from this many runs in all."""
_NUMBERS_AT_ONCE = 1 << 18
"""Size of the largest table held while many items are worked out."""
_MOST_EQUAL = 4
"""So many times more items are taken at once where their baselines are equal."""


def compare_cells(
    x: ArrayLike,
    y: ArrayLike,
    *,
    kind: Kind | None = None,
    profile: ArrayLike | None = None,
    learn_from: ArrayLike | None = None,
    higher_is_better: bool | None = True,
    alpha: float = ALPHA,
    t_noise: float = T_NOISE,
    grid: Grid | None = None,
    scale: tuple[float, float] | None = None,
) -> Cells:
    """Judge every item of one metric.

    Args:
        x, y: scores of baseline and candidate, (items, repeats), rows are the same items; NaN or infinite is missing.
        kind: the metric's kind; None detects it.
        profile: earlier repeats of another configuration on the same items under the same judge, (items, repeats).
        learn_from: further repeats under the same judge, (any rows, repeats): they teach how the metric is noisy, and
            say nothing about the items compared.
        higher_is_better: direction of "improved"; None when nobody told.
        alpha: level of the band.
        t_noise: largest chance of noise of a proven cell.
        grid: levels to use in place of those found from the scores.
        scale: declared lowest and highest score of an ordinal metric.

    Returns:
        One entry a row. A row without scores on both sides is `Verdict.ABSENT`.
    """
    keep_memory()
    a, b = finite(x), finite(y)
    earlier = None if profile is None else finite(profile)
    others = None if learn_from is None else finite(learn_from)
    everything = np.concatenate([side.ravel() for side in (a, b, earlier, others) if side is not None])
    grid = make_grid(everything, kind, scale) if grid is None else grid
    if grid is None:
        return without_scores(len(a))
    sides = Sides.of(a, b, earlier, grid, others)
    units, seen = sides.repeated_units()
    if not seen or not sides.both.any():
        return _without_noise(sides, seen)
    model = fit_noise(units, grid.levels, sides.level_frequencies(), seen)
    return _judged(sides, model, higher_is_better, alpha, t_noise)


def _judged(sides: Sides, model: NoiseModel, higher_is_better: bool | None, alpha: float, t_noise: float) -> Cells:
    both, same = sides.both, sides.same
    model = _of_whole_cells(sides, model)
    log_bf, p_band, half_width = _evidence(sides, model, alpha)
    log_bf[same] = np.minimum(log_bf[same], 0.0)
    p_band[same] = 1.0
    shift = np.where(same, 0.0, sides.shift)
    sizes = Sizes.of(Moves(sides.position_a[both], shift[both]), sides.grid.levels)
    p_noise, changes = chance_of_noise(log_bf, shift, both, sizes)
    fewest = np.minimum(sides.n_a, sides.n_b)
    p_noise = np.where(same, 1.0, calibrated(p_noise, fewest, sides.grid.kind, model.units))
    outside = both & ~same & (p_band <= alpha)
    proven = both & provable(sides.n_a, sides.n_b, model.units) & unlikely_noise(outside, p_noise, fewest, t_noise)
    delta = sides.mean_b - sides.mean_a
    proven &= np.sign(delta) == np.sign(sides.shift)
    verdict = np.full(len(both), Verdict.ABSENT, np.uint8)
    verdict[both] = Verdict.WITHIN
    verdict[same] = Verdict.SAME
    verdict[outside] = Verdict.UNPROVEN
    up, down = _directions(higher_is_better)
    verdict[proven & (delta > 0)] = up
    verdict[proven & (delta <= 0)] = down
    return _cells(
        sides,
        band=band_in_scores(half_width, sides.grid),
        ratio=_ratio(sides.shift, half_width, same, outside),
        log_bf=log_bf,
        p_band=p_band,
        p_noise=p_noise,
        verdict=verdict,
        changes=changes,
        repeated=model.units,
        model=model,
    )


def _of_whole_cells(sides: Sides, model: NoiseModel) -> NoiseModel:
    """The model with two-point items, where few repeats hide them.

    On few levels jumps land on the same one anyway, and an item between two neighbours would pass for a two-point one.
    """
    both = sides.both
    fewest = float(np.median(np.minimum(sides.n_a, sides.n_b)[both]))
    if sides.grid.levels <= MAX_LEVELS or sides.levels_profile is not None or fewest > MOST_RUNS:
        return model
    rows = chosen_cells(np.flatnonzero(both))
    shift = np.where(sides.same, 0.0, sides.shift)[rows]
    return with_two_points(model, sides.counts_a[rows], sides.counts_b[rows], shift)


def _directions(higher_is_better: bool | None) -> tuple[Verdict, Verdict]:
    """Verdicts of a proven rise and a proven fall; without a known direction neither is better or worse."""
    if higher_is_better is None:
        return Verdict.CHANGED_UP, Verdict.CHANGED_DOWN
    return (Verdict.IMPROVED, Verdict.REGRESSED) if higher_is_better else (Verdict.REGRESSED, Verdict.IMPROVED)


def provable(n_a: Ints, n_b: Ints, units: int) -> Bools:
    """Whether the number of runs allows a proof: two a side, or six in all, and enough repeats to learn noise from."""
    enough = (np.minimum(n_a, n_b) >= MIN_RUNS_A_SIDE) | (n_a + n_b >= MIN_RUNS_TOTAL)
    return np.asarray(enough & (units >= MIN_UNITS))


def unlikely_noise(outside: Bools, p_noise: Floats, fewest: Ints, t_noise: float) -> Bools:
    """Whether a chance of noise is small enough to prove a change: inside the band smaller still, and of enough runs.

    Args:
        fewest: runs of the side that has fewer; with less than `FULL_RUNS` there is hardly more than a mean to look at.
    """
    enough = np.where(outside, t_noise, np.where(fewest >= FULL_RUNS, SURELY * t_noise, -1.0))
    return np.asarray(p_noise <= enough)


def _ratio(shift: Floats, half_width: Floats, same: Bools, outside: Bools) -> Floats:
    """Shift in bands: above 1 exactly where outside, whatever rounding does."""
    size = np.abs(shift)
    ratio = np.divide(size, half_width, out=np.where(size > 0, np.inf, 0.0), where=half_width > 0)
    ratio = np.where(outside, np.maximum(ratio, np.nextafter(1.0, 2.0)), np.minimum(ratio, 1.0))
    return np.where(np.isfinite(shift), np.where(same, 0.0, ratio), np.nan)


def _evidence(sides: Sides, model: NoiseModel, alpha: float) -> Evidence:
    """Evidence and band of every row; NaN where a side has no score. Rows that are alike are worked out once."""
    rows, inverse = sides.alike()
    worked = np.empty((3, len(rows)))
    for part in _alike_together(sides, rows, len(model.behaviours)):
        chosen = rows[part]
        a, b = sides.counts_a[chosen], sides.counts_b[chosen]
        profile = None if sides.counts_profile is None else sides.counts_profile[chosen]
        worked[:, part] = judge_counts(model, sides.grid, a, b, profile, sides.shift[chosen], alpha)
    out = np.full((3, len(sides.n_a)), np.nan)
    out[:, sides.both] = worked[:, inverse]
    return Evidence(*out)


def _alike_together(sides: Sides, rows: Ints, behaviours: int) -> Iterator[Ints]:
    """Places in `rows`, in pieces that fit a processor's cache.

    The items of a piece have equal numbers of runs, and baselines that are equal or near: what equal ones have in
    common is worked out once, and near ones share the few behaviours they can have.
    """
    n_a, n_b, levels = sides.n_a[rows], sides.n_b[rows], sides.levels_a[rows]
    codes, baseline = combined_codes([n_a, n_b]), row_codes(levels)
    order = np.lexsort((baseline, np.maximum(levels, 0).sum(axis=1), codes))
    apart = sides.levels_profile is not None
    equal = 1 if apart else min(_MOST_EQUAL, len(rows) // max(1, len(np.unique(baseline))))
    for group in np.split(order, np.nonzero(np.diff(codes[order]))[0] + 1):
        width = max(behaviours, BINS * math.lcm(int(n_a[group[0]]), int(n_b[group[0]])))
        at_once = max(1, _NUMBERS_AT_ONCE // width) * max(1, equal)
        yield from (group[start : start + at_once] for start in range(0, len(group), at_once))


def _without_noise(sides: Sides, repeated: int) -> Cells:
    """Nothing was repeated anywhere: deltas without a verdict, never a guess."""
    unknown = np.full(len(sides.n_a), np.nan)
    verdict = np.full(len(sides.n_a), Verdict.ABSENT, np.uint8)
    verdict[sides.both] = Verdict.UNKNOWN
    verdict[sides.same] = Verdict.SAME
    return _cells(
        sides,
        band=unknown,
        ratio=unknown,
        log_bf=unknown,
        p_band=unknown,
        p_noise=unknown,
        verdict=verdict,
        changes=None,
        repeated=repeated,
        model=None,
    )


def without_scores(rows: int) -> Cells:
    """Cells of a metric that has no score anywhere, or must not be compared."""
    nothing, none = np.full(rows, np.nan), np.zeros(rows, np.int64)
    return Cells(
        n_a=none,
        n_b=none,
        mean_a=nothing,
        mean_b=nothing,
        delta=nothing,
        band=nothing,
        ratio=nothing,
        log_bf=nothing,
        p_band=nothing,
        p_noise=nothing,
        verdict=np.full(rows, Verdict.ABSENT, np.uint8),
        grid=None,
        shares=None,
        repeated=0,
        shape_weights=None,
        source="none",
    )


def _cells(
    sides: Sides,
    *,
    band: Floats,
    ratio: Floats,
    log_bf: Floats,
    p_band: Floats,
    p_noise: Floats,
    verdict: NDArray[np.uint8],
    changes: Changes | None,
    repeated: int,
    model: NoiseModel | None,
) -> Cells:
    return Cells(
        n_a=sides.n_a,
        n_b=sides.n_b,
        mean_a=sides.mean_a,
        mean_b=sides.mean_b,
        delta=sides.mean_b - sides.mean_a,
        band=band,
        ratio=ratio,
        log_bf=log_bf,
        p_band=p_band,
        p_noise=p_noise,
        verdict=verdict,
        grid=sides.grid,
        shares=None if changes is None else changes.shares,
        sizes=None if changes is None else changes.sizes,
        repeated=repeated,
        shape_weights=None if model is None else model.shape_weights,
        source=_source(sides, model),
        model=model,
        levels_a=sides.levels_a,
        levels_b=sides.levels_b,
        levels_profile=sides.levels_profile,
    )


def _source(sides: Sides, model: NoiseModel | None) -> str:
    """Where the noise came from: the compared runs when any item was repeated in them, else the profile."""
    if model is None:
        return "none"
    return "repeats" if max(sides.n_a.max(), sides.n_b.max()) >= 2 else "profile"
