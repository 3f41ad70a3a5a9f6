"""The model tried on the user's own repeats, where every flag is false by construction."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ragtui.model import Kind
from ragtui.stats.cells import ALPHA, T_NOISE, compare_cells
from ragtui.stats.comparison import SelfCheck
from ragtui.stats.noise.grid import make_grid
from ragtui.stats.two_sides import finite
from ragtui.stats.verdict import PROVEN, Verdict

MIN_REPEATS = 3
WARN_ABOVE = 0.08
"""In simulation 95 % of well-behaved data sets stay below 0.071."""


def self_check(
    x: ArrayLike,
    *,
    kind: Kind | None = None,
    scale: tuple[float, float] | None = None,
    alpha: float = ALPHA,
    t_noise: float = T_NOISE,
) -> SelfCheck | None:
    """Let each repeat in turn play the candidate against all others.

    Args:
        x: scores of one side, (items, repeats); non-finite is missing.
        kind, scale: as in `make_grid`.
        alpha, t_noise: as in `compare_cells`.

    Returns:
        None with fewer than three repeats.
    """
    scores = finite(x)
    scores = scores[:, np.isfinite(scores).any(axis=0)]
    if scores.shape[1] < MIN_REPEATS:
        return None
    grid = make_grid(scores, kind, scale)
    splits = [
        compare_cells(np.delete(scores, run, axis=1), scores[:, [run]], grid=grid, alpha=alpha, t_noise=t_noise)
        for run in range(scores.shape[1])
    ]
    proven = sum(cells.count(*PROVEN) for cells in splits)
    outside = proven + sum(cells.count(Verdict.UNPROVEN) for cells in splits)
    compared = outside + sum(cells.count(Verdict.SAME, Verdict.WITHIN) for cells in splits)
    warn = compared > 0 and outside / compared > WARN_ABOVE
    return SelfCheck(cells=compared, outside=outside, proven=proven, nominal=alpha, warn=warn)
