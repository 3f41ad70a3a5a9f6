"""What the losers have in common: parts of a suite whose items moved more than the rest, searched with one error rate.

Every feature (a value of metadata, a document, a long answer) splits the items in two. For each, the mean evidence
inside is set against the mean outside; the largest of all these differences, over permutations of the evidence over
the items, says how large a difference chance alone would show somewhere in the whole search (max-T, Westfall & Young
1993). What is beyond that is named: with an unchanged pipeline, at most one search in ten names anything.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ragtui.stats.arrays import Bools, Floats
from ragtui.stats.comparison import Aggregate

LEVEL = 0.05
"""Chance that a search among items that did not change names any slice. The permutations keep it to the letter (named
in 4.2 % of 1500 searches of unchanged pipelines at .05, 7.7 % at .08), and of planted slices of 8 to 20 in 200 items
99 % are named at either: a level nearer to the one in ten that is promised found no more and left no room for luck."""
SMALLEST = 4
"""Items in a slice, and outside it, below which it is not looked at."""
MOST_EVIDENCE = 3.0
"""Bands at which one item's evidence is cut off, so that a single item never makes a slice."""
_PERMUTATIONS = 1_999
_SEED = 20240229
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Standout:
    """A slice that moved with its items.

    Attributes:
        feature: its column.
        items: how many it has.
        inside, outside: mean evidence, in bands; negative for the worse.
        p: chance that a search of an unchanged pipeline shows so much anywhere.
    """

    feature: int
    items: int
    inside: float
    outside: float
    p: float


@dataclass(frozen=True, slots=True)
class Slice:
    """One metric over the items with one value.

    Attributes:
        field, value: what they have in common.
        metric: name of the metric.
        items: how many have scores on both sides.
        aggregate: their mean delta; None without a common score.
    """

    field: str
    value: str
    metric: str
    items: int
    aggregate: Aggregate | None


@dataclass(frozen=True, slots=True)
class Common:
    """What items that moved have in common.

    Attributes:
        said: the feature in words, such as "topic = billing" or "retrieved “Refunds”".
        found: its numbers.
        members: ids of its items.
    """

    said: str
    found: Standout
    members: tuple[str, ...]


@dataclass(frozen=True)
class Searched:
    """A search over every feature of the items.

    Attributes:
        common: what was found, the least likely by chance first; empty when nothing stands out.
        features: how many were searched together.
        answers_read: whether documents, answers and questions were among them.
    """

    common: tuple[Common, ...]
    features: int
    answers_read: bool


def evidence(ratios: ArrayLike) -> Floats:
    """Evidence of every item: its signed moves in bands, cut off, averaged over metrics; NaN without any.

    Args:
        ratios: moves in bands, positive for the better, (items, metrics), NaN where there is none.
    """
    moves = np.clip(np.asarray(ratios, float), -MOST_EVIDENCE, MOST_EVIDENCE)
    present = np.isfinite(moves)
    count = present.sum(axis=1)
    total = np.where(present, moves, 0.0).sum(axis=1)
    return np.asarray(np.divide(total, count, out=np.full(len(moves), np.nan), where=count > 0))


def search(item_evidence: ArrayLike, features: Bools, *, level: float = LEVEL) -> list[Standout]:
    """Slices that moved, the least likely by chance first.

    Args:
        item_evidence: one number an item, NaN for items that say nothing.
        features: whether each item has each feature, (items, features); columns that are equal count once.
        level: chance of naming anything among unchanged items.
    """
    values = np.asarray(item_evidence, float)
    known = np.isfinite(values)
    values, has = values[known], np.asarray(features, bool)[known]
    n = len(values)
    sizes = has.sum(axis=0)
    usable = np.flatnonzero((sizes >= SMALLEST) & (n - sizes >= SMALLEST))
    if not len(usable) or np.ptp(values) == 0:
        return []
    _, first = np.unique(has[:, usable], axis=1, return_index=True)
    columns = usable[np.sort(first)]
    weights, scale = has[:, columns].astype(float), np.sqrt(1 / sizes[columns] + 1 / (n - sizes[columns]))
    centred = values - values.mean()
    size = sizes[columns].astype(float)

    def statistics(shuffled: Floats) -> Floats:
        inside = shuffled @ weights
        difference: Floats = np.abs(inside / size - (0.0 - inside) / (n - size)) / scale
        return difference

    seen = statistics(centred[None, :])[0]
    rng = np.random.default_rng(_SEED)
    largest = np.empty(_PERMUTATIONS)
    for start in range(0, _PERMUTATIONS, _AT_ONCE):
        rows = min(_AT_ONCE, _PERMUTATIONS - start)
        shuffled = rng.permuted(np.tile(centred, (rows, 1)), axis=1)
        largest[start : start + rows] = statistics(shuffled).max(axis=1)
    chances = (1 + (largest[:, None] >= seen[None, :] - 1e-12).sum(axis=0)) / (_PERMUTATIONS + 1)
    found = [
        Standout(
            int(column), int(sizes[column]), _mean(values, has[:, column]), _mean(values, ~has[:, column]), float(p)
        )
        for column, p in zip(columns, chances, strict=True)
        if p <= level
    ]
    strength = dict(zip(columns.tolist(), seen.tolist(), strict=True))
    return sorted(found, key=lambda one: (one.p, -strength[one.feature]))


def _mean(values: Floats, chosen: Bools) -> float:
    return float(values[chosen].mean())
