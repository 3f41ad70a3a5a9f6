"""What was recorded of one item on one side, repeat by repeat, as codes: equal codes are equal things."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from ragtui.stats.arrays import Bools, Floats, Ints

_PRIME = (1 << 61) - 1
"""Two different sets get one code with a chance of 4e-19."""


@dataclass(frozen=True, eq=False)
class Trail:
    """One item on one side; every array has one entry a repeat.

    Attributes:
        passages: whether each passage was retrieved, (repeats, passages); the same columns on both sides.
        order: code of the whole list in its rank order; -1 where no passages were recorded.
        answer: code of the answer's text; -1 where there is none.
        words: whether each word occurs in the answer, (repeats, words); the same columns on both sides.
        failed: no answer: an error, a timeout.
        poor: an answer that is none: a refusal, empty, cut off.
    """

    passages: Bools
    order: Ints
    answer: Ints
    words: Bools
    failed: Bools
    poor: Bools

    def __len__(self) -> int:
        return len(self.order)

    @property
    def sets(self) -> Ints:
        """Code of the retrieved set whatever its order; -1 where none was recorded. Comparable across sides."""
        codes = [int.from_bytes(np.packbits(row).tobytes()) % _PRIME for row in self.passages]
        return np.where(self.order >= 0, np.array(codes, np.int64).reshape(len(self)), -1)

    @property
    def retrieved(self) -> Ints:
        """Repeats in which passages were recorded."""
        return np.flatnonzero(self.order >= 0)


@dataclass(frozen=True, slots=True)
class Habits:
    """How often two repeats of one side retrieve or answer differently, over all items that were looked at.

    Attributes:
        passages: share of pairs with other passages; None when too few pairs are known to tell.
        order: share of pairs with the same passages in another order.
        answers: share of pairs with the same passages and another answer.
    """

    passages: float | None
    order: float | None
    answers: float | None


FEWEST_PAIRS = 20
"""Pairs of repeats from which a habit can be told."""


def habits(trails: Sequence[Trail]) -> Habits:
    """Count over the pairs of repeats within every trail."""
    pairs = differ = same = moved = said = other = 0
    for trail in trails:
        sets, order, answer = trail.sets, trail.order, trail.answer
        for r, s in combinations(trail.retrieved.tolist(), 2):
            pairs += 1
            if sets[r] != sets[s]:
                differ += 1
                continue
            same += 1
            moved += bool(order[r] != order[s])
            if answer[r] >= 0 and answer[s] >= 0:
                said += 1
                other += bool(answer[r] != answer[s])
    return Habits(_share(differ, pairs), _share(moved, same), _share(other, said))


def _share(hits: int, of: int) -> float | None:
    """With one hit and one miss added, so that a habit never seen is rare, not impossible (Laplace)."""
    return (hits + 1) / (of + 2) if of >= FEWEST_PAIRS else None


def set_distances(passages: Bools) -> Floats:
    """Jaccard distance of every pair of sets, (repeats, repeats); two empty sets are equal."""
    has = passages.astype(float)
    shared = has @ has.T
    size = has.sum(axis=1)
    union = size[:, None] + size[None, :] - shared
    likeness = np.divide(shared, union, out=np.ones_like(shared), where=union > 0)
    distances: Floats = 1.0 - likeness
    return distances
