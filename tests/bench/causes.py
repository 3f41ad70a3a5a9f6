"""Causes of changed cells and shares of flicker, on simulated pipelines of three stages whose causes are known.

python tests/bench/causes.py [SUITES] [FIRST_SEED]

A suite has 60 items and 5 repeats a side. Each item retrieves 4 of 12 passages, answers, and is judged from 1 to 5.
Of the items, 8 lose a passage they need, 8 are answered worse from the same passages, 8 are judged lower for the same
answer (not where no answer is ever worded twice: there nothing in the records tells), 4 fail. The pipelines differ in
their habits: how often a repeat retrieves other passages, how answers are worded, and how noisy the judge is. Printed:
of the cells proven to be worse, how many are given their right cause; and of the flicker of an unchanged pipeline, the
shares of the stages beside their true ones: how many are within ten points, how many would be if the cause of every
repeat were known, and how many 90 % intervals hold the true one. A first seed that the rules were never tuned on is a
held-out check.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ragtui.model import Kind
from ragtui.stats import PROVEN, compare_cells
from ragtui.stats.why.causes import Cause, reason
from ragtui.stats.why.flicker import flicker
from ragtui.stats.why.trail import Trail, habits

ITEMS, REPEATS, PASSAGES, TOP, WORDS = 60, 5, 12, 4, 42
SPLIT_ITEMS = 200
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Habit:
    """How a pipeline repeats itself.

    Attributes:
        shuffles: chance that a repeat swaps one of the passages it does not need.
        drops: chance that it misses the passage it needs.
        wordings: answers it chooses from; 0 for never the same twice.
        lapses: chance of a worse answer from the same passages.
        judge: chance that the judge is off by one.
    """

    name: str
    shuffles: float
    drops: float
    wordings: int
    lapses: float
    judge: float


HABITS = (
    Habit("steady", 0.0, 0.0, 1, 0.0, 0.03),
    Habit("same answers, noisy judge", 0.0, 0.02, 1, 0.05, 0.15),
    Habit("some reshuffling", 0.3, 0.03, 3, 0.05, 0.08),
    Habit("always reshuffles", 1.0, 0.03, 3, 0.05, 0.08),
    Habit("never words it twice", 0.2, 0.03, 0, 0.05, 0.05),
)


@dataclass(frozen=True)
class Item:
    """One question: the passage it needs, those it usually gets, and how well it is answered."""

    needed: int
    usual: tuple[int, ...]
    level: float


@dataclass(frozen=True)
class Fault:
    """What is wrong with the candidate on one item; None for nothing."""

    cause: Cause | None


def draw_item(rng: np.random.Generator) -> Item:
    """An item that is usually answered well."""
    order = rng.permutation(PASSAGES)
    return Item(int(order[0]), tuple(map(int, order[:TOP])), float(rng.choice([5.0, 4.0], p=[0.7, 0.3])))


def run_once(
    rng: np.random.Generator, item: Item, habit: Habit, fault: Fault, unique: count[int]
) -> tuple[NDArray[np.bool_], int, NDArray[np.bool_], float]:
    """Passages, answer and score of one repeat."""
    got = list(item.usual)
    if rng.random() < habit.shuffles:
        others = [passage for passage in range(PASSAGES) if passage not in got]
        got[rng.integers(1, TOP)] = int(rng.choice(others))
    lost = rng.random() < habit.drops or (fault.cause is Cause.RETRIEVAL and rng.random() < 0.95)
    if lost:
        got[0] = int(rng.choice([passage for passage in range(PASSAGES) if passage not in got]))
    lapse = rng.random() < habit.lapses or (fault.cause is Cause.GENERATION and rng.random() < 0.95)
    wording = int(rng.integers(habit.wordings)) if habit.wordings else next(unique)
    quality = item.level - 2.0 * lost - 2.0 * lapse
    answer = wording * 4 + 2 * lost + lapse
    off = float(rng.choice([-1, 1])) if rng.random() < habit.judge else 0.0
    score = quality + off - 2.0 * (fault.cause is Cause.JUDGE and rng.random() < 0.95)
    has = np.zeros(PASSAGES, bool)
    has[got] = True
    words = np.zeros(WORDS, bool)
    words[:20] = True
    words[10:20] ^= bool(lost or lapse)
    words[20:30] = bool(lost or lapse)
    words[30:] = [wording * 2654435761 >> bit & 1 for bit in range(20, 20 + WORDS - 30)]
    return has, answer, words, float(np.clip(score, 1, 5))


def run_side(
    rng: np.random.Generator, item: Item, habit: Habit, fault: Fault, unique: count[int]
) -> tuple[Trail, Floats]:
    """Every repeat of one item."""
    made = [run_once(rng, item, habit, fault, unique) for _ in range(REPEATS)]
    passages = np.array([one[0] for one in made])
    order = np.array([int.from_bytes(np.packbits(has).tobytes()) for has, *_ in made])
    answers = np.array([one[1] for one in made])
    scores = np.array([one[3] for one in made])
    failed = np.zeros(REPEATS, bool)
    if fault.cause is Cause.ERROR:
        failed[:], scores[:], answers[:], order[:] = True, np.nan, -1, -1
    words = np.array([one[2] for one in made])
    return Trail(passages, order, answers, words, failed, np.zeros(REPEATS, bool)), scores


def suite(seed: int, habit: Habit) -> list[tuple[Cause, Cause]]:
    """True and found cause of every cell that is proven worse, or failed."""
    rng, unique = np.random.default_rng(seed), count(1000)
    judged = 8 if habit.wordings else 0
    planted = [Cause.RETRIEVAL] * 8 + [Cause.GENERATION] * 8 + [Cause.JUDGE] * judged + [Cause.ERROR] * 4
    faults = [Fault(cause) for cause in planted] + [Fault(None)] * (ITEMS - len(planted))
    items = [draw_item(rng) for _ in faults]
    before = [run_side(rng, item, habit, Fault(None), unique) for item in items]
    after = [run_side(rng, item, habit, fault, unique) for item, fault in zip(items, faults, strict=True)]
    x, y = (np.array([scores for _, scores in side]) for side in (before, after))
    cells = compare_cells(x, y, kind=Kind.ORDINAL, scale=(1, 5))
    known = habits([trail for side in (before, after) for trail, _ in side])
    found = []
    for row, fault in enumerate(faults):
        failed = not np.isfinite(y[row]).any()
        if fault.cause is not None and (failed or (cells.verdict[row] in PROVEN and cells.delta[row] < 0)):
            why = reason(before[row][0], after[row][0], x[row], y[row], known)
            found.append((fault.cause, why.cause))
    return found


def true_shares(habit: Habit) -> Floats:
    """Shares of retrieval, generation and judge by the law of total variance, from many runs of each kind of item."""
    rng, unique = np.random.default_rng(99), count(10**9)
    parts = np.zeros(3)
    for level, weight in ((5.0, 0.7), (4.0, 0.3)):
        item = Item(0, (0, 1, 2, 3), level)
        made = [run_once(rng, item, habit, Fault(None), unique) for _ in range(20_000)]
        codes = [np.packbits(one[0]).tobytes() for one in made]
        worse = [bool(one[2][20]) for one in made]
        scores = np.array([one[3] for one in made])
        by_answer = _between(scores, list(zip(codes, worse, strict=True)))
        by_passages = _between(scores, codes)
        parts += weight * np.array([by_passages, by_answer - by_passages, scores.var() - by_answer])
    return np.asarray(parts / parts.sum())


def _between(scores: Floats, groups: list[Any]) -> float:
    """Variance of the group means."""
    _, place = np.unique([repr(group) for group in groups], return_inverse=True)
    means = np.bincount(place, scores) / np.bincount(place)
    return float(means[place].var())


@dataclass(frozen=True)
class Shares:
    """Shares of retrieval, generation and judge of one suite: as found with their intervals, and by known causes.

    NaN where they cannot be told apart.
    """

    found: Floats
    low: Floats
    high: Floats
    known: Floats


def found_shares(seed: int, habit: Habit) -> Shares:
    """One unchanged suite."""
    rng, unique = np.random.default_rng(seed), count(1000)
    items = [draw_item(rng) for _ in range(SPLIT_ITEMS)]
    made = [run_side(rng, item, habit, Fault(None), unique) for item in items]
    scores = np.array([scores for _, scores in made])
    split = flicker([trail for trail, _ in made], scores)
    parts = (None,) * 3 if split is None else (split.retrieval, split.generation, split.judge)
    found, low, high = np.array(
        [[np.nan] * 3 if part is None else [part.part, part.low, part.high] for part in parts]
    ).T
    return Shares(found, low, high, known_shares(items, [trail for trail, _ in made], scores, habit))


def known_shares(items: list[Item], trails: list[Trail], scores: Floats, habit: Habit) -> Floats:
    """Shares in this very suite, from what each repeat lost and whether its answer was a lapse."""
    level = np.array([item.level for item in items])[:, None]
    lost = np.array([~trail.passages[:, item.needed] for item, trail in zip(items, trails, strict=True)])
    lapse = np.array([trail.answer for trail in trails]) % 2

    def judged(quality: Floats) -> Floats:
        off = (np.clip(quality - 1, 1, 5) + np.clip(quality + 1, 1, 5)) / 2
        return np.asarray((1 - habit.judge) * quality + habit.judge * off)

    retrieved = level - 2.0 * lost
    answered = judged(retrieved - 2.0 * lapse)
    expected = (1 - habit.lapses) * judged(retrieved) + habit.lapses * judged(retrieved - 2.0)
    by_passages, by_answers, whole = (float(part.var(axis=1, ddof=1).mean()) for part in (expected, answered, scores))
    return np.array([by_passages, by_answers - by_passages, whole - by_answers]) / whole


def print_shares(suites: int, first: int) -> None:
    """True and found shares of retrieval, generation and judge, and how far those told are to be trusted."""
    print(f"\n{'pipeline':<28}{'true':>20}{'found':>20}{'within 10 points':>18}{'causes known':>14}{'covered':>9}")
    for place, habit in enumerate(HABITS):
        true = true_shares(habit)
        every = [found_shares(first + 1000 * place + seed, habit) for seed in range(suites)]
        found, known = (np.array([getattr(one, name) for one in every]) for name in ("found", "known"))
        told = np.isfinite(found)
        near = (np.abs(true - found)[told] <= 0.1).mean()
        best = (np.abs(true - known) <= 0.1).mean()
        held = np.array([(one.low <= true) & (true <= one.high) for one in every])[told].mean()
        means = [" ".join(f"{part:5.2f}" for part in shares) for shares in (true, found.mean(axis=0))]
        print(f"{habit.name:<28}{means[0]:>20}{means[1]:>20}{near:>18.0%}{best:>14.0%}{held:>9.0%}")


def main() -> None:
    """Print both tables."""
    suites = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    print(f"{'pipeline':<28}{'cells':>7}{'right':>8}{'untold':>8}{'wrong':>8}   by cause")
    every: list[tuple[Cause, Cause]] = []
    for habit in HABITS:
        pairs = [pair for seed in range(suites) for pair in suite(first + seed, habit)]
        every += pairs
        print(f"{habit.name:<28}{line_of(pairs)}")
    print(f"{'all':<28}{line_of(every)}")
    print_shares(suites, first)


def line_of(pairs: list[tuple[Cause, Cause]]) -> str:
    """Counts and shares of one pipeline."""
    right = sum(true is found for true, found in pairs)
    untold = sum(found is Cause.UNTOLD for _, found in pairs)
    shares = []
    for cause in (Cause.RETRIEVAL, Cause.GENERATION, Cause.JUDGE, Cause.ERROR):
        mine = [found for true, found in pairs if true is cause]
        shares.append(f"{cause.value} {sum(found is cause for found in mine) / max(1, len(mine)):.0%}")
    total = len(pairs)
    rest = total - right - untold
    return f"{total:>7}{right / total:>8.1%}{untold / total:>8.1%}{rest / total:>8.1%}   {', '.join(shares)}"


if __name__ == "__main__":
    main()
