"""How often a planted slice is found, and how often a slice is named where nothing changed.

python tests/bench/slices.py [TRIALS]

A suite has 200 items with 8 metadata fields of 2 to 12 values, documents, and 3 repeats a side on a 1-5 scale. In a
planted trial, the items of one value that 8 to 20 items have lose a level in most repeats; in a null trial nothing
changed. Seeded.
"""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import NDArray

from ragtui.model import Kind
from ragtui.stats import compare_cells
from ragtui.stats.why.slices import evidence, search

ITEMS, REPEATS = 200, 3
Floats = NDArray[np.float64]


def features(rng: np.random.Generator) -> NDArray[np.bool_]:
    """Every value of every field, and forty documents, as a column."""
    columns = []
    for values in (2, 3, 4, 5, 6, 8, 10, 12):
        field = rng.integers(values, size=ITEMS)
        columns += [field == value for value in range(values)]
    columns += [rng.random(ITEMS) < 0.05 for _ in range(40)]
    return np.array(columns).T


def side(rng: np.random.Generator, level: Floats, restless: NDArray[np.bool_], loss: Floats) -> Floats:
    """Scores of one side: a third of the items jitter; those that lose do so in nine repeats of ten."""
    out = np.repeat(level[:, None], REPEATS, axis=1)
    out -= loss[:, None] * (rng.random(out.shape) < 0.9)
    moved = restless[:, None] & (rng.random(out.shape) < 0.25)
    return np.clip(np.where(moved, out + rng.choice([-1, 1], size=out.shape), out), 1, 5)


def trial(seed: int, *, planted: bool) -> tuple[bool, bool]:
    """Whether the planted slice is named (or any, where none is planted), and whether a slice without a loser is."""
    rng = np.random.default_rng(seed)
    has = features(rng)
    level = rng.choice([5.0, 4.0, 3.0], size=ITEMS, p=[0.6, 0.3, 0.1])
    restless = rng.random(ITEMS) < 0.35
    loss = np.zeros(ITEMS)
    target = -1
    if planted:
        target = int(rng.choice(np.flatnonzero((has.sum(axis=0) >= 8) & (has.sum(axis=0) <= 20))))
        loss[has[:, target]] = 1.0
    x, y = side(rng, level, restless, np.zeros(ITEMS)), side(rng, level, restless, loss)
    cells = compare_cells(x, y, kind=Kind.ORDINAL, scale=(1, 5))
    ratios = np.sign(cells.delta) * cells.ratio
    named = [one.feature for one in search(evidence(ratios[:, None]), has)]
    if not planted:
        return bool(named), False
    return target in named, any(not (has[:, column] & (loss > 0)).any() for column in named)


def main() -> None:
    """Print both rates."""
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    found = [trial(seed, planted=True) for seed in range(trials)]
    null = [trial(10_000 + seed, planted=False) for seed in range(trials)]
    print(f"planted slice named     {np.mean([hit for hit, _ in found]):6.1%} of {trials} trials")
    print(f"a slice without a loser {np.mean([wrong for _, wrong in found]):6.1%}")
    print(f"named among unchanged   {np.mean([hit for hit, _ in null]):6.1%}")


if __name__ == "__main__":
    main()
