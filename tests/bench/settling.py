"""Targeted repeats that end when they are settled: what that costs in wrong calls, and what it saves.

python tests/bench/settling.py [DATASETS]

Each data set has 40 items and 3 full runs a side on a 1-5 scale: a third of the items jitter, some are wild. Items in
doubt after the full runs get fresh repeats, at most 6 a side. "settled" looks after every repeat and ends them all, as
the engine does, once the rule of `ragtui.stats.settled` holds for every item in doubt; "all 6" and "all 3" make that
many and look once. Shares of items called changed, and repeats made; seeded.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ragtui.model import Kind
from ragtui.stats import Verdict, compare_cells, settled

ITEMS, FULL, MOST, FEW = 40, 3, 6, 3
CHANGED = (Verdict.IMPROVED, Verdict.REGRESSED)
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Suite:
    """Items with their usual score, and how they vary."""

    usual: Floats
    jitters: NDArray[np.bool_]
    wild: NDArray[np.bool_]

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Suite:
        """A suite."""
        usual = rng.choice([5.0, 4.0, 3.0], size=ITEMS, p=[0.6, 0.3, 0.1])
        return cls(usual, rng.random(ITEMS) < 0.35, rng.random(ITEMS) < 0.05)

    def scores(self, rng: np.random.Generator, level: Floats, runs: int) -> Floats:
        """(items, runs) around other usual scores."""
        out = np.repeat(level[:, None], runs, axis=1)
        moved = self.jitters[:, None] & (rng.random(out.shape) < 0.25)
        out = np.where(moved, np.clip(out + rng.choice([-1, 1, -2], size=out.shape), 1, 5), out)
        return np.where(self.wild[:, None] & (rng.random(out.shape) < 0.3), 1.0, out)


Change = Callable[[np.random.Generator, Floats, NDArray[np.bool_]], Floats]


def nothing(_rng: np.random.Generator, level: Floats, _hit: NDArray[np.bool_]) -> Floats:
    """The same code twice."""
    return level


def drop(size: float) -> Change:
    """The items that are hit always lose this much."""
    return lambda _rng, level, hit: np.where(hit, np.maximum(level - size, 1), level)


@dataclass(frozen=True, slots=True)
class Call:
    """One item in doubt: whether it changed, how many repeats its data set took, and what each way of looking said."""

    changed: bool
    repeats: int
    at_stop: bool
    at_most: bool
    at_few: bool


def trial(rng: np.random.Generator, change: Change, share: float, every: float) -> list[Call]:
    """One data set; `every` is the chance that a hit item shows its change in a run."""
    suite = Suite.drawn(rng)
    hit = rng.random(ITEMS) < share

    def candidate(runs: int) -> Floats:
        level = change(rng, suite.usual, hit)
        shown = rng.random((ITEMS, runs)) < every
        return np.where(shown, suite.scores(rng, level, runs), suite.scores(rng, suite.usual, runs))

    a, b = suite.scores(rng, suite.usual, FULL), candidate(FULL)
    first = compare_cells(a, b, kind=Kind.ORDINAL)
    chosen = np.nonzero(np.isin(first.verdict, (*CHANGED, Verdict.UNPROVEN)))[0]
    if not len(chosen):
        return []
    fresh_a, fresh_b = suite.scores(rng, suite.usual, MOST)[chosen], candidate(MOST)[chosen]
    end = MOST
    said: dict[int, NDArray[np.bool_]] = {}
    for runs in range(2, MOST + 1):
        cells = compare_cells(fresh_a[:, :runs], fresh_b[:, :runs], kind=Kind.ORDINAL, learn_from=np.vstack([a, b]))
        said[runs] = np.isin(cells.verdict, CHANGED)
        if end == MOST and settled(cells).all():
            end = runs
    return [
        Call(bool(hit[item]), end, bool(said[end][place]), bool(said[MOST][place]), bool(said[FEW][place]))
        for place, item in enumerate(chosen)
    ]


SCENARIOS: tuple[tuple[str, Change, float, float], ...] = (
    ("nothing changed", nothing, 0.0, 1.0),
    ("10 % of items drop 2", drop(2), 0.1, 1.0),
    ("10 % of items drop 1", drop(1), 0.1, 1.0),
    ("10 % drop 3 in every other run", drop(3), 0.1, 0.5),
)


def main(datasets: int) -> int:
    """Print the table; returns 1 when unchanged items settle as changed in more than 8 % of cases."""
    print(f"{'':<44}{'items':>7}{'settled':>9}{'all 6':>8}{'all 3':>8}{'repeats':>9}")
    worst = 0.0
    for name, change, share, every in SCENARIOS:
        rng = np.random.default_rng(11)
        calls = [call for _ in range(datasets) for call in trial(rng, change, share, every)]
        for changed in (False, True):
            rows = [call for call in calls if call.changed is changed]
            if not rows:
                continue
            shares = [np.mean([getattr(call, way) for call in rows]) for way in ("at_stop", "at_most", "at_few")]
            label = f"{name}: {'changed' if changed else 'unchanged'}"
            repeats = np.mean([call.repeats for call in rows])
            print(f"{label:<44}{len(rows):>7}{shares[0]:>9.3f}{shares[1]:>8.3f}{shares[2]:>8.3f}{repeats:>9.2f}")
            worst = worst if changed else max(worst, float(shares[0]))
    return 1 if worst > 0.08 else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 600))
