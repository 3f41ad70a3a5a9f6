"""A comparison with everything held back that its repeats cannot prove."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ragtui.model import Scores, State
from ragtui.stats.arrays import Floats
from ragtui.stats.comparison import Aggregate, Cells
from ragtui.stats.doubts.freshness import Freshness
from ragtui.stats.two_sides import row_means
from ragtui.stats.verdict import PROVEN, Outcome, Verdict


def unproven(cells: Cells) -> Cells:
    """The same cells, none of them proven."""
    proven = np.isin(cells.verdict, PROVEN)
    return replace(cells, verdict=np.where(proven, np.uint8(Verdict.UNPROVEN), cells.verdict))


def undecided(mean: Aggregate | None) -> Aggregate | None:
    """The same mean without a claim: neither that it moved nor that it did not."""
    return None if mean is None else replace(mean, outcome=Outcome.UNKNOWN)


def without_copies(side: Scores, found: Freshness) -> Scores:
    """The same scores with nothing in the results that are copies of others."""
    left_out = np.zeros((len(side.items), len(side.repeats)), bool)
    left_out[:, ~found.counted(len(side.repeats))] = True
    if found.some is not None:
        left_out |= found.some
    if not left_out.any():
        return side
    hidden = left_out[:, None, :]
    return replace(
        side,
        values=np.where(hidden, np.nan, side.values),
        states=np.where(hidden, np.uint8(State.MISSING), side.states),
    )


def once(scores: Floats) -> Floats:
    """One column of item means: repeats that never vary know no more than one of them."""
    means: Floats = row_means(scores)[:, None]
    return means
