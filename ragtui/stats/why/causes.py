"""Why one cell changed: retrieval, generation, judge or failures, from what the repeats of both sides recorded.

Stages are asked in the order in which they run. A stage is to blame only when the sides differ there by more than
repeats of one side differ from each other: a pipeline that always reshuffles is not blamed for reshuffling. Where
some repeats of the candidate retrieved (or answered) as the baseline did, their scores tell whether the stages after
it account for the change.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from itertools import combinations

import numpy as np

from ragtui.stats.arrays import Bools, Floats, Ints
from ragtui.stats.verdict import Verdict
from ragtui.stats.why.trail import Habits, Trail, set_distances

LEVEL = 0.10
"""Largest chance that one habit makes two sides look so different. The cell is known to have changed, so to miss its
stage costs as much as to blame a wrong one; and of five repeats a side, a passage lost in four of five has by chance
no less than 12 of 252 splits."""
_GOES_WITH = 0.5
"""Share of the spread within sides that must remain within the repeats with and without a passage for the scores to
go with the passage and not with the side."""
_MOST_SPLITS = 1000
_EXPLAINS = 0.6
"""Share of the change that a later stage alone must show to be its cause."""
_OFTEN = 0.5
"""A passage counts as lost when its share of repeats fell by at least this much."""


class Cause(StrEnum):
    """Where a change comes from."""

    RETRIEVAL = "retrieval"
    GENERATION = "generation"
    JUDGE = "judge"
    ERROR = "error"
    UNTOLD = "cannot tell"


class Ground(StrEnum):
    """What the cause rests on, or why there is none."""

    PASSAGES = "passages"
    """Other passages were retrieved."""
    ORDER = "order"
    """The same passages came in another order."""
    OTHER_ANSWER = "other answer"
    """The same passages, another answer."""
    SAME_ANSWER = "same answer"
    """The same answer, another score."""
    FAILED = "failed"
    """No answer at all."""
    UNSCORED = "unscored"
    """An answer, and no score of it in any repeat of a side: nothing moved that passages or words could explain."""
    POOR = "poor"
    """Refusals, empty or cut off answers."""
    NO_RECORDS = "no records"
    """Neither passages nor answers were recorded."""
    NO_PASSAGES = "no passages"
    """Passages were not recorded, so retrieval and generation cannot be told apart."""
    HABIT = "habit"
    """Each side's own repeats differ as much."""
    FEW_REPEATS = "few repeats"
    """Too few repeats to know each side's habit."""
    ANSWERS_VARY = "answers vary"
    """Each side's own answers differ as much as those of the two sides, and the judge may be another one."""


@dataclass(frozen=True, slots=True)
class Swing:
    """A passage that one side retrieved more often: repeats with it on each side."""

    passage: int
    in_a: int
    in_b: int


@dataclass(frozen=True, slots=True)
class Reason:
    """The cause of one cell's change and the counts it rests on.

    Attributes:
        cause, ground: what and why.
        n_a, n_b: repeats of each side that say something about it.
        lost, gained: passages by how often they came, the largest swing first.
        hits_a, hits_b: repeats of each side that show the ground: failures, refusals, shared answers.
        chance: that a side's own habit looks like this; NaN where nothing was tested.
    """

    cause: Cause
    ground: Ground
    n_a: int = 0
    n_b: int = 0
    lost: tuple[Swing, ...] = ()
    gained: tuple[Swing, ...] = ()
    hits_a: int = 0
    hits_b: int = 0
    chance: float = math.nan


def reason(a: Trail, b: Trail, x: Floats, y: Floats, known: Habits, *, same_judge: bool = False) -> Reason:
    """Why a cell that changed did so.

    Args:
        a, b: records of baseline and candidate.
        x, y: scores of the same repeats, NaN where there is none.
        known: the habits of these pipelines.
        same_judge: whether both sides are known to have one judge, so that only what it judged can have changed.
    """
    if failures := _failures(a, b, x, y):
        return failures
    retrieved_a, retrieved_b = a.retrieved, b.retrieved
    if not len(retrieved_a) or not len(retrieved_b):
        return _without_passages(a, b, x, y)
    chance, ground = _retrieval(a, b, known)
    if (chance <= LEVEL and not _unmoved(a, b, x, y, ground)) or _scores_go_with_a_passage(a, b, x, y):
        lost, gained = _swings(a, b)
        return Reason(
            Cause.RETRIEVAL, ground, len(retrieved_a), len(retrieved_b), lost, gained, chance=chance
        )  # fmt: skip
    if (a.answer < 0).all() or (b.answer < 0).all():
        return _poor(a, b) or Reason(Cause.UNTOLD, Ground.NO_RECORDS, len(a), len(b))
    if judged := _judged(a, b, x, y):
        return judged
    if chance > LEVEL and not _could_tell(a, b, known):
        return Reason(Cause.UNTOLD, Ground.FEW_REPEATS, len(a), len(b), chance=chance)
    if poor := _poor(a, b):
        return poor
    answered = _answers(a, b, known)
    if answered > LEVEL and not same_judge:
        return Reason(Cause.UNTOLD, Ground.ANSWERS_VARY, len(a), len(b), chance=answered)
    shared_a, shared_b = _shared(a.answer, b.answer)
    hits = int(shared_a.sum()), int(shared_b.sum())
    return Reason(
        Cause.GENERATION, Ground.OTHER_ANSWER, len(a), len(b), hits_a=hits[0], hits_b=hits[1], chance=answered
    )


def _failures(a: Trail, b: Trail, x: Floats, y: Floats) -> Reason | None:
    """A side without any score: because its runs failed, or because what they answered was not scored."""
    bare = [one for one, scores in ((b, y), (a, x)) if len(scores) and not np.isfinite(scores).any()]
    if any(one.failed.any() for one in bare):
        hits = int(a.failed.sum()), int(b.failed.sum())
        return Reason(Cause.ERROR, Ground.FAILED, len(a), len(b), hits_a=hits[0], hits_b=hits[1])
    if any((one.answer >= 0).any() for one in bare):
        hits = int((~np.isfinite(x)).sum()), int((~np.isfinite(y)).sum())
        return Reason(Cause.ERROR, Ground.UNSCORED, len(a), len(b), hits_a=hits[0], hits_b=hits[1])
    return None


def _poor(a: Trail, b: Trail) -> Reason | None:
    """Refusals and the like that one side has much more often."""
    if not len(a) or not len(b) or abs(float(a.poor.mean()) - float(b.poor.mean())) < _OFTEN:
        return None
    return Reason(
        Cause.ERROR, Ground.POOR, len(a), len(b), hits_a=int(a.poor.sum()), hits_b=int(b.poor.sum())
    )  # fmt: skip


def _without_passages(a: Trail, b: Trail, x: Floats, y: Floats) -> Reason:
    if (a.answer < 0).all() or (b.answer < 0).all():
        return _poor(a, b) or Reason(Cause.UNTOLD, Ground.NO_RECORDS, len(a), len(b))
    return _judged(a, b, x, y) or _poor(a, b) or Reason(Cause.UNTOLD, Ground.NO_PASSAGES, len(a), len(b))


def _judged(a: Trail, b: Trail, x: Floats, y: Floats) -> Reason | None:
    """The judge, when repeats that share their answer with the other side show the change on their own."""
    in_a, in_b = _shared(a.answer, b.answer)
    if not all(side.sum() >= min(2, len(side)) for side in (in_a, in_b)):
        return None
    if not _explained(x[in_a], y[in_b], x, y):
        return None
    return Reason(Cause.JUDGE, Ground.SAME_ANSWER, len(a), len(b), hits_a=int(in_a.sum()), hits_b=int(in_b.sum()))


def _unmoved(a: Trail, b: Trail, x: Floats, y: Floats, ground: Ground) -> bool:
    """Whether repeats that retrieved alike on both sides show the whole change, so that retrieval is not its cause."""
    in_a, in_b = _shared(a.order, b.order) if ground is Ground.ORDER else _shared(a.sets, b.sets)
    if in_b.sum() < 2 or not in_a.any():
        return False
    return _explained(x[in_a], y[in_b], x, y)


def _scores_go_with_a_passage(a: Trail, b: Trail, x: Floats, y: Floats) -> bool:
    """Whether a passage that one side lost or gained tells the scores better than the side does.

    The repeats in which the candidate still found what it usually lost decide it: they score as the baseline does.
    """
    kept = [np.flatnonzero(np.isfinite(scores) & (one.order >= 0)) for one, scores in ((a, x), (b, y))]
    scores = np.concatenate([x[kept[0]], y[kept[1]]])
    side = np.repeat([False, True], [len(kept[0]), len(kept[1])])
    if side.all() or not side.any() or (by_side := _spread_within(scores, side)) <= 0:
        return False
    passages = np.vstack([a.passages[kept[0]], b.passages[kept[1]]])
    swings = np.abs(passages[side].mean(axis=0) - passages[~side].mean(axis=0))
    return any(
        _spread_within(scores, passages[:, column]) <= _GOES_WITH * by_side
        for column in np.flatnonzero(swings >= _OFTEN).tolist()
    )


def _spread_within(scores: Floats, group: Bools) -> float:
    """Sum of squares around the means of two groups."""
    return sum(float(((part - part.mean()) ** 2).sum()) for part in (scores[group], scores[~group]) if len(part))


def _explained(x_part: Floats, y_part: Floats, x: Floats, y: Floats) -> bool:
    """Whether a part of the repeats moved by most of what all of them did."""
    scores = (x_part, y_part, x, y)
    if not all(np.isfinite(values).any() for values in scores):
        return False
    before, after, whole_before, whole_after = (float(np.nanmean(values)) for values in scores)
    part, whole = after - before, whole_after - whole_before
    return whole != 0 and part / whole >= _EXPLAINS


def _shared(a: np.ndarray, b: np.ndarray) -> tuple[Bools, Bools]:
    """Which entries of each side occur on the other; a missing one (-1) never does."""
    return np.isin(a, b) & (a >= 0), np.isin(b, a) & (b >= 0)


@lru_cache(maxsize=4096)
def _retrieval(a: Trail, b: Trail, known: Habits) -> tuple[float, Ground]:
    """Chance that one habit of retrieving makes the sides look so different, and in what they differ."""
    in_a, in_b = a.retrieved, b.retrieved
    passages = np.vstack([a.passages[in_a], b.passages[in_b]])
    by_set = _chance(_as_sets(passages), len(passages), len(in_a), known.passages)
    if by_set <= LEVEL:
        return by_set, Ground.PASSAGES
    order = np.concatenate([a.order[in_a], b.order[in_b]])
    by_order = _chance(_as_codes(order), len(order), len(in_a), _either(known))
    return (by_order, Ground.ORDER) if by_order <= LEVEL else (min(by_set, by_order), Ground.PASSAGES)


@lru_cache(maxsize=4096)
def _answers(a: Trail, b: Trail, known: Habits) -> float:
    """Chance that one habit of answering makes the sides' words so different."""
    in_a, in_b = np.flatnonzero(a.answer >= 0), np.flatnonzero(b.answer >= 0)
    words = np.vstack([a.words[in_a], b.words[in_b]])
    return _chance(_as_sets(words), len(words), len(in_a), known.answers)


def _either(known: Habits) -> float | None:
    if known.passages is None or known.order is None:
        return None
    return 1 - (1 - known.passages) * (1 - known.order)


Gap = Callable[[Bools], float]
"""How much further apart the sides are than each is in itself, given which repeats are the first side."""


def _as_sets(has: Bools) -> tuple[Gap, ...]:
    """Two ways to see that sets differ: as wholes, and in the one member that tells most."""
    distances = set_distances(has)
    members = has.astype(float)

    def largest_swing(here: Bools) -> float:
        return float(np.abs(members[here].mean(axis=0) - members[~here].mean(axis=0)).max(initial=0.0))

    return (lambda here: _gap(distances, here), largest_swing)


def _as_codes(codes: Ints) -> tuple[Gap, ...]:
    distances = (codes[:, None] != codes[None, :]).astype(float)
    return (lambda here: _gap(distances, here),)


def _chance(gaps: tuple[Gap, ...], n: int, n_a: int, habit: float | None) -> float:
    """Chance that a habit alone sets the sides apart by so much.

    A permutation p of the smallest rank over all ways to see it (Westfall & Young 1993), times the share of items
    whose own repeats differ at all: of repeats that hardly ever differ, two say as much as ten of others.
    """
    masks = _splits(n, n_a)
    here = masks[0]
    if gaps[0](here) <= 0:
        return 1.0
    values = np.array([[gap(mask) for mask in masks] for gap in gaps])
    ranks = np.array([(row[None, :] >= row[:, None] - 1e-12).mean(axis=1) for row in values]).min(axis=0)
    by_chance = float((ranks <= ranks[0] + 1e-12).mean())
    return by_chance * (1.0 if habit is None else min(1.0, 2 * habit))


@lru_cache(maxsize=64)
def _splits(n: int, n_a: int) -> tuple[Bools, ...]:
    """Ways to split the repeats, the one at hand first: all of them, or so many drawn with a fixed seed."""
    if math.comb(n, n_a) <= _MOST_SPLITS:
        chosen = list(combinations(range(n), n_a))
    else:
        rng = np.random.default_rng(n * 1009 + n_a)
        chosen = [tuple(range(n_a)), *(tuple(rng.permutation(n)[:n_a].tolist()) for _ in range(_MOST_SPLITS - 1))]
    masks = np.zeros((len(chosen), n), bool)
    for mask, split in zip(masks, chosen, strict=True):
        mask[list(split)] = True
    return tuple(masks)


def _gap(distances: Floats, here: Bools) -> float:
    """Mean distance between the sides minus the mean distance within them."""
    between = float(distances[np.ix_(here, ~here)].mean())
    within = []
    for side in (here, ~here):
        size = int(side.sum())
        if size > 1:
            within.append(float(distances[np.ix_(side, side)].sum()) / (size * (size - 1)))
    return between - (sum(within) / len(within) if within else 0.0)


def _could_tell(a: Trail, b: Trail, known: Habits) -> bool:
    """Whether a difference would have shown, so that finding none says something."""
    in_a, in_b = _shared(a.sets, b.sets)
    if in_a.any() and in_b.mean() >= _OFTEN:
        return True
    n_a, n_b = len(a.retrieved), len(b.retrieved)
    least = (2 if n_a == n_b else 1) / math.comb(n_a + n_b, n_a)
    return least * (1.0 if known.passages is None else min(1.0, 2 * known.passages)) <= LEVEL


def _swings(a: Trail, b: Trail) -> tuple[tuple[Swing, ...], tuple[Swing, ...]]:
    """Passages whose share of repeats changed most: lost ones and gained ones."""
    in_a, in_b = a.passages[a.retrieved], b.passages[b.retrieved]
    shift = in_b.mean(axis=0) - in_a.mean(axis=0)
    found: tuple[list[Swing], list[Swing]] = ([], [])
    for column in np.argsort(-np.abs(shift), kind="stable").tolist():
        if abs(shift[column]) >= _OFTEN:
            swing = Swing(column, int(in_a[:, column].sum()), int(in_b[:, column].sum()))
            found[0 if shift[column] < 0 else 1].append(swing)
    return tuple(found[0]), tuple(found[1])


@dataclass(frozen=True, slots=True)
class CellCause:
    """One changed cell with its cause.

    Attributes:
        item, metric: the cell.
        verdict: what it is.
        rose: whether the score rose.
        reason: why, with its counts.
        passages: names of the passages, in the columns that swings point to.
    """

    item: str
    metric: str
    verdict: Verdict
    rose: bool
    reason: Reason
    passages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Causes:
    """Causes of all flagged cells of a comparison, in the order of cells.

    Attributes:
        cells: by (item, metric).
        looked_at: items whose records told the habits.
        left_out: flagged items that were not looked into, being too many; the worst were.
    """

    cells: Mapping[tuple[str, str], CellCause]
    looked_at: int = 0
    left_out: int = 0

    @cached_property
    def of_item(self) -> Mapping[str, CellCause]:
        """The cause of each item's worst cell."""
        found: dict[str, CellCause] = {}
        for cell in self.cells.values():
            found.setdefault(cell.item, cell)
        return found

    def why(self, item: str) -> str:
        """ "retrieval", "generation", "judge", "error" or "cannot tell", for a filter; "" where nothing is flagged."""
        cell = self.of_item.get(item)
        return "" if cell is None else cell.reason.cause.value
