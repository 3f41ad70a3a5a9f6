"""When further repeats of an item need not be made, however often one looks.

A Bayes factor may be looked at after every repeat: one of two behaviours that are the same reaches 1/b with a chance
below b at any look (Ville, 1939), so waiting until it is large does not make it large by itself. The band and the
p-value of a mean have no such property, which is why nothing here stops on those alone.
"""

from __future__ import annotations

import math

import numpy as np

from ragtui.stats.arrays import Bools
from ragtui.stats.cells import T_NOISE
from ragtui.stats.comparison import Cells
from ragtui.stats.verdict import PROVEN, Verdict

LEAST_LOG_BF = math.log(20)
"""Odds of 20 : 1 that the behaviours differ: at most 5 % of unchanged items ever get there."""
LEAST_RUNS = 3
"""Of two runs a side, an item that fails now and then too often shows only its good days, or only its bad ones.

Simulated (`tests/bench/settling.py`): of unchanged items that looked changed at first, 6-10 % settle as changed when
two runs are enough and 4-6 % with three.
"""


def settled(cells: Cells, t_noise: float = T_NOISE) -> Bools:
    """Cells that further repeats are not needed for, (rows,).

    From three runs a side on, a change is settled when it is proven and its Bayes factor is 20 or more, and "no change"
    when the runs speak for one behaviour rather than two; stopping there can hide a change, never invent one.
    A cell without a score on both sides is never settled.
    """
    changed = np.isin(cells.verdict, PROVEN) & (cells.p_noise <= t_noise)
    changed &= np.nan_to_num(cells.log_bf, nan=-np.inf) >= LEAST_LOG_BF
    unchanged = np.isin(cells.verdict, (Verdict.SAME, Verdict.WITHIN))
    unchanged &= cells.log_bf < 0
    return np.asarray((changed | unchanged) & (np.minimum(cells.n_a, cells.n_b) >= LEAST_RUNS))
