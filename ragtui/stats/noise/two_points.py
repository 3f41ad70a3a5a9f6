"""Items that jump between two scores of their own: usually here, else always there.

The dictionary lets every jump land anew, wherever scores usually are. Then a baseline that shows one score of such an
item and a candidate that shows the other look like a change, because two equal scores are a strange place to land by
chance. With two repeats a side no single side can tell the two sorts apart; over both sides they can be told.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ragtui.stats.arrays import Floats
from ragtui.stats.noise.behaviours import JUMP_CHANCES

_TINY = 1e-300


@dataclass(frozen=True, eq=False)
class TwoPoints:
    """Two-point behaviours, and what is left for the others.

    Attributes:
        chances: share of the items with each of `JUMP_CHANCES`, (jump chances,).
        usual: where items usually score, (levels,), sums to 1.
        landing: where jumps lead, (levels,), sums to 1.
        beside: share of every behaviour of the dictionary beside them, (behaviours,).
    """

    chances: Floats
    usual: Floats
    landing: Floats
    beside: Floats

    def likelihood(self, counts: Floats, scale: Floats) -> Floats:
        """Weighed likelihood of count vectors (rows, levels), divided by exp(scale)."""
        weighed: Floats = two_point_likelihood(counts, scale, self.usual, self.landing) @ self.chances
        return weighed


def two_point_likelihood(counts: Floats, scale: Floats, usual: Floats, landing: Floats) -> Floats:
    """Likelihood of count vectors (rows, levels) for each of `JUMP_CHANCES`, divided by exp(scale).

    In closed form: all but one or two levels rule such an item out. Of two levels either may be the usual one; of one
    level it may be the usual one, or the one that every run jumped to.

    Args:
        usual, landing: see `TwoPoints`.
    """
    rows, runs = np.arange(len(counts)), counts.sum(axis=1)
    first = counts.argmax(axis=1)
    n_first = counts[rows, first]
    rest = counts.copy()
    rest[rows, first] = 0
    second = rest.argmax(axis=1)
    n_second = rest[rows, second]
    from_here = usual / np.maximum(1 - landing, _TINY)
    led_to = landing * (from_here.sum() - from_here)
    two, possible = n_second > 0, n_first + n_second == runs
    stays = np.where(two, from_here[first] * landing[second], usual[first]) * possible
    leads = np.where(two, from_here[second] * landing[first], led_to[first]) * possible
    out = np.empty((len(counts), len(JUMP_CHANCES)))
    for column, chance in enumerate(JUMP_CHANCES):
        stay, jump = np.log(1 - chance), np.log(chance)
        usually, seldom = n_first * stay + n_second * jump - scale, n_first * jump + n_second * stay - scale
        out[:, column] = stays * np.exp(np.where(possible, usually, 0.0)) + leads * np.exp(
            np.where(possible, seldom, 0.0)
        )
    return out
