"""Whether the repeats of a side are evidence of noise at all.

Repeats that are copies of each other show no noise, so everything that moves looks proven. A side whose scores never
vary is believed only if its times or answers show that it was run again, or if the noise of the other side makes it
likely that nothing varies. Otherwise nothing is proven with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

import numpy as np

from ragtui.model import Metric, Role, Scores
from ragtui.stats.arrays import Bools, Floats, Ints
from ragtui.stats.doubts.copies import Circumstances, Tie, pace_of, ties, times_of
from ragtui.stats.doubts.sameness import chance_of_no_variation, chance_of_twin
from ragtui.stats.doubts.some_copies import some_copies

LEAST_CHANCE = 0.01
"""Repeats that agree less likely than this by chance are taken for copies."""
TWIN_CHANCE = 1e-5
"""The same for two repeats of a side that varies otherwise: there are many pairs, and little speaks for a copy."""
_LEAST_WITH_TWINS = 3
"""Repeats that tell a pair from the rest."""


class Reruns(StrEnum):
    """What is known of whether a side was run again."""

    SINGLE = "single run"
    SHOWN = "run again"
    CLAIMED = "said to be run again"
    PLAUSIBLE = "plausibly run again"
    """Nothing varies; the other side's noise makes that likely."""
    FROZEN = "nothing varies"
    """Nothing varies, and nothing shows or makes likely that it was run again."""
    JUDGED = "only judged again"
    """The same answers were judged again: their spread is the judge's noise and counts as such, the pipeline's is not
    known."""
    COPIED = "copies"


@dataclass(frozen=True, slots=True)
class Freshness:
    """Whether one side's repeats may prove anything.

    Attributes:
        reruns: what is known.
        copies: places of repeats that count as one with an earlier one, and that one's place.
        certain: the copies are shown by times or answers, not only by how unlikely such agreement is.
        chance: how likely runs made again would agree like this; None when not worked out.
    """

    reruns: Reruns = Reruns.SINGLE
    copies: tuple[tuple[int, int], ...] = ()
    certain: bool = False
    chance: float | None = None
    some: Bools | None = None
    """Results of single items that are copies, (items, repeats); None without any."""

    @property
    def proves(self) -> bool:
        """Whether a verdict may rest on this side."""
        return self.reruns not in (Reruns.FROZEN, Reruns.COPIED)

    def counted(self, repeats: int) -> Bools:
        """Which repeats count, (repeats,)."""
        kept = np.ones(repeats, bool)
        kept[[copy for copy, _ in self.copies]] = False
        return kept


def examine(
    sides: tuple[Scores, Scores], beside: tuple[Circumstances, Circumstances], *, claimed: bool
) -> tuple[Freshness, Freshness]:
    """Both sides of a comparison.

    Args:
        sides: baseline and candidate.
        beside: what is known of each beside its scores.
        claimed: a person vouches that repeats which look alike were run again; times that say otherwise win.
    """
    pace = pace_of(sides)
    tied = tuple(ties(side, around, pace) for side, around in zip(sides, beside, strict=True))
    a, b = _alone(sides[0], tied[0]), _alone(sides[1], tied[1])
    if claimed:
        first, second = _vouched(a), _vouched(b)
    else:
        live = (Reruns.SHOWN, Reruns.JUDGED)
        first = _beside_other(a, sides[0], sides[1]) if b.reruns in live else a
        second = _beside_other(b, sides[1], sides[0]) if a.reruns in live else b
        first, second = _without_twins(first, sides[0], tied[0]), _without_twins(second, sides[1], tied[1])
    return _item_by_item(first, sides[0]), _item_by_item(second, sides[1])


def _item_by_item(found: Freshness, side: Scores) -> Freshness:
    """Of a side that was run again as a whole: which results are copies all the same."""
    if found.reruns is not Reruns.SHOWN:
        return found
    return replace(found, some=some_copies(_of_counted(side, found)))


def _of_counted(side: Scores, found: Freshness) -> Scores:
    """A side without what its whole copies scored."""
    counted = found.counted(len(side.repeats))
    return side if counted.all() else replace(side, values=np.where(counted, side.values, np.nan))


def _alone(side: Scores, tied: Ints) -> Freshness:
    """What a side says of itself."""
    copies = _copies(tied == Tie.COPY, side)
    kept = np.setdiff1d(np.arange(len(tied)), [copy for copy, _ in copies])
    left = tied[np.ix_(kept, kept)]
    if copies and len(kept) == 1:
        return Freshness(Reruns.COPIED, copies, certain=True)
    if not left.any():
        return Freshness(Reruns.SINGLE, copies, certain=bool(copies))
    if len(set(_groups(left >= Tie.ALIKE))) > 1:
        reruns = Reruns.SHOWN
    else:
        reruns = Reruns.JUDGED if (left == Tie.JUDGED).any() else Reruns.FROZEN
    return Freshness(reruns, copies, certain=bool(copies))


def _vouched(side: Freshness) -> Freshness:
    return replace(side, reruns=Reruns.CLAIMED) if side.reruns is Reruns.FROZEN else side


def _beside_other(found: Freshness, side: Scores, other: Scores) -> Freshness:
    """A frozen side beside one that shows its noise: plausible, or most likely copies."""
    if found.reruns is not Reruns.FROZEN:
        return found
    chance = _least_chance(side, other, lambda metric: chance_of_no_variation(side, other, metric))
    if chance is None:
        return found
    if chance >= LEAST_CHANCE:
        return replace(found, reruns=Reruns.PLAUSIBLE, chance=chance)
    kept = np.flatnonzero(found.counted(len(side.repeats)))
    copies = (*found.copies, *((int(copy), int(kept[0])) for copy in kept[1:]))
    return Freshness(Reruns.COPIED, tuple(sorted(copies)), certain=False, chance=chance)


def _without_twins(found: Freshness, side: Scores, tied: Ints) -> Freshness:
    """Leave out repeats that agree with another one in everything, where the rest shows too much noise for that."""
    kept = np.flatnonzero(found.counted(len(side.repeats)))
    if found.reruns is not Reruns.SHOWN or len(kept) < _LEAST_WITH_TWINS:
        return found
    left = side.only([int(layer) for layer in kept])
    twins: dict[int, int] = {}
    for one, other in zip(*np.nonzero(np.triu(tied[np.ix_(kept, kept)] == Tie.ALIKE)), strict=True):
        chance = _least_chance(left, left, partial(chance_of_twin, left, int(one), int(other)))
        if chance is not None and chance < TWIN_CHANCE:
            twins.setdefault(int(kept[other]), int(kept[one]))
    if not twins:
        return found
    return replace(found, copies=tuple(sorted((*found.copies, *twins.items()))), certain=False)


def _least_chance(side: Scores, other: Scores, chance_of: Callable[[Metric], float | None]) -> float | None:
    """The least chance of any quality metric both have, times their number: metrics of one run depend on each other."""
    quality = [m for m in side.metrics if m.role is Role.QUALITY and m.name in other.column_of]
    found = [chance for metric in quality if (chance := chance_of(metric)) is not None]
    return min(1.0, min(found) * len(found)) if found else None


def _copies(copied: Bools, side: Scores) -> tuple[tuple[int, int], ...]:
    """Every copy with the repeat that counts for it: of a cache's answers and their original, the slow one."""
    groups = _groups(copied)
    times = times_of(side)
    out = []
    for group in sorted(set(groups)):
        members = [place for place, of in enumerate(groups) if of == group]
        original = members[0]
        if times is not None and len(members) > 1:
            original = max(members, key=lambda layer: (_typical(times[:, layer]), -layer))
        out += [(place, original) for place in members if place != original]
    return tuple(sorted(out))


def _typical(times: Floats) -> float:
    known = times[np.isfinite(times)]
    return float(np.median(known)) if len(known) else 0.0


def _groups(bound: Bools) -> list[int]:
    """Group number of each place, where bound places share a group."""
    group: Ints = np.arange(len(bound))
    for one, other in zip(*np.nonzero(bound), strict=True):
        group[group == group[other]] = group[one]
    return [int(number) for number in group]
