"""How many more runs a cell needs: an unproven one, if they agree, and one within noise to show what it moved by."""

from __future__ import annotations

import numpy as np

from ragtui.stats.arrays import Floats, Ints
from ragtui.stats.cells import ALPHA, T_NOISE, provable, unlikely_noise
from ragtui.stats.comparison import Cells
from ragtui.stats.noise.chance import calibrated, noise_posterior
from ragtui.stats.noise.evidence import judge_counts
from ragtui.stats.noise.grid import Grid
from ragtui.stats.noise.levels import count_levels

MOST_RUNS = 10
"""Nobody is told to re-run one item more often than this."""


def repeats_to_settle(
    cells: Cells, row: int, *, alpha: float = ALPHA, t_noise: float = T_NOISE, most: int = MOST_RUNS
) -> int | None:
    """Candidate runs at its usual level that would prove the change; the noise model is held as it is.

    Returns:
        0 for a cell that is settled already; None when no number up to `most` is enough, or there is no model.
    """
    model, grid = cells.model, cells.grid
    if model is None or grid is None or cells.levels_a is None or cells.levels_b is None:
        return None
    if not cells.n_a[row] or not cells.n_b[row] or cells.shares is None:
        return None
    a, b = _counts(cells.levels_a, row, grid), _counts(cells.levels_b, row, grid)
    profile = None if cells.levels_profile is None else _counts(cells.levels_profile, row, grid)
    usual = _usual_level(b[0])
    sizes = None
    if cells.sizes is not None:
        sizes = cells.sizes.without(_mean_level(b) - _mean_level(a), 1 - cells.p_noise[row : row + 1])
    for more in range(most + 1):
        shift = _mean_level(b) - _mean_level(a)
        evidence = judge_counts(model, grid, a, b, profile, shift, alpha)
        sized = 0.0 if sizes is None else sizes.log_factor(shift, np.zeros(1))
        posterior = noise_posterior(evidence.log_bf + sized, np.sign(shift), cells.shares)
        runs = a.sum(axis=1), b.sum(axis=1)
        noise = calibrated(posterior, np.minimum(*runs), grid.kind, model.units)
        proven = provable(*runs, model.units) & unlikely_noise(
            evidence.p_band <= alpha, noise, np.minimum(*runs), t_noise
        )
        if proven[0]:
            return more
        b[0, usual] += 1
    return None


MOST_TO_SEE = 99
"""More repeats than this of one item show nothing worth their price."""


def repeats_to_see(cells: Cells, row: int, *, most: int = MOST_TO_SEE) -> int | None:
    """Further repeats on each side after which the band of a cell within noise is as narrow as its delta.

    The band is taken to narrow with the square root of 1/n_a + 1/n_b, as the spread of a difference of means does.

    Returns:
        None for a cell that did not move, has no band, or needs more than `most`.
    """
    n_a, n_b, ratio = int(cells.n_a[row]), int(cells.n_b[row]), float(cells.ratio[row])
    if not n_a or not n_b or not 0 < ratio <= 1:
        return None
    room = ratio**2 * (1 / n_a + 1 / n_b)
    return next((more for more in range(1, most + 1) if 1 / (n_a + more) + 1 / (n_b + more) <= room), None)


def _counts(levels: Ints, row: int, grid: Grid) -> Floats:
    return count_levels(levels[row : row + 1], grid.levels)


def _mean_level(counts: Floats) -> Floats:
    mean: Floats = counts @ np.arange(counts.shape[1]) / counts.sum(axis=1)
    return mean


def _usual_level(counts: Floats) -> int:
    """The level seen most often; of equals, the one nearest to the mean."""
    levels = np.arange(len(counts))
    distance = np.abs(levels - counts @ levels / counts.sum())
    return int(np.lexsort((distance, -counts))[0])
