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
from ragtui.stats.doubts.cached_items import cached_items
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
    looks: Bools | None = None
    """Results of single items that may be copies though nothing shows it (`cached_items`), (items, repeats); None
    without any. They count; `Comparison.if_cached` is what would be left if they did not."""

    def if_cached(self) -> Freshness:
        """The same, were the results that look like copies ones."""
        return replace(self, some=self.looks, looks=None)

    @property
    def proves(self) -> bool:
        """Whether a verdict may rest on this side."""
        return self.reruns not in (Reruns.FROZEN, Reruns.COPIED)

    def counted(self, repeats: int) -> Bools:
        """Which repeats count, (repeats,)."""
        kept = np.ones(repeats, bool)
        kept[[copy for copy, _ in self.copies]] = False
        return kept


def looking_cached(*sides: Bools | None) -> int:
    """How many items have results on either side that may be copies, by `Freshness.looks`."""
    found = [looks.any(axis=1) for looks in sides if looks is not None]
    return int(np.logical_or.reduce(found).sum()) if found else 0


def examine(
    sides: tuple[Scores, Scores], beside: tuple[Circumstances, Circumstances], *, claimed: bool
) -> tuple[Freshness, Freshness]:
    """Both sides of a comparison.

    Args:
        sides: baseline and candidate, the same items in the same order.
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
    found = _item_by_item(first, sides[0]), _item_by_item(second, sides[1])
    return found if claimed else _looking_cached(found, sides, beside)


def _looking_cached(
    found: tuple[Freshness, Freshness], sides: tuple[Scores, Scores], beside: tuple[Circumstances, Circumstances]
) -> tuple[Freshness, Freshness]:
    """Both sides with what looks cached, where both were run again as a whole and nothing else says more of it."""
    timed = any(times is not None and np.isfinite(times).any() for times in map(times_of, sides))
    if timed or any(side.reruns is not Reruns.SHOWN for side in found):
        return found
    a, b = (_of_counted(side, known) for side, known in zip(sides, found, strict=True))
    likely = cached_items(a, b)
    if likely is None or any(_answered_anew(*pair) for pair in zip(beside, likely, strict=True)):
        return found
    first, second = (_after_first(side, items) for side, items in zip((a, b), likely, strict=True))
    return replace(found[0], looks=first), replace(found[1], looks=second)


def _answered_anew(beside: Circumstances, items: Bools) -> bool:
    """Whether too few items have the same answer in all repeats for as many to be copies."""
    if beside.answers is None:
        return False
    codes = beside.answers()
    known = codes >= 0
    answered = known.sum(axis=1) >= 2
    filled = np.where(known, codes, codes.max(axis=1, initial=-1)[:, None])
    same = answered & (filled == filled[:, :1]).all(axis=1)
    return bool(answered.any()) and 2 * int(same.sum()) < int(items.sum())


def _after_first(side: Scores, items: Bools) -> Bools | None:
    """All results of some items but their first one, (items, repeats); None without any."""
    scored = np.isfinite(side.values).any(axis=1)
    later = scored & (np.cumsum(scored, axis=1) > 1) & items[:, None]
    return later if later.any() else None


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
        chance = least_chance_of_twin(left, int(one), int(other))
        if chance is not None and chance < TWIN_CHANCE:
            twins.setdefault(int(kept[other]), int(kept[one]))
    if not twins:
        return found
    return replace(found, copies=tuple(sorted((*found.copies, *twins.items()))), certain=False)


def least_chance_of_twin(side: Scores, one: int, other: int) -> float | None:
    """How likely repeat `other` would agree with repeat `one` in every score, given what else the side shows; None
    when it shows too little."""
    return _least_chance(side, side, partial(chance_of_twin, side, one, other))


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
