"""How often a planted slice is found, and how often a slice is named where nothing changed.

python tests/bench/slices.py [TRIALS] [FIRST_SEED]

A suite has 200 items with 8 metadata fields of 2 to 12 values, documents, and 3 repeats a side on a 1-5 scale. In a
planted trial, the items of one value that 8 to 20 items have lose a level: in nine repeats of ten, in six of ten, or
in nine of ten but only three items of four. In a null trial nothing changed. Seeded; a first seed that was never used
while the search was made is a held-out check.
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


LOSSES = {"9 of 10 repeats": (0.9, 1.0), "6 of 10 repeats": (0.6, 1.0), "3 of 4 items": (0.9, 0.75)}
"""Of a planted slice: the share of repeats that lose a level, and the share of its items that do so."""


def side(
    rng: np.random.Generator, level: Floats, restless: NDArray[np.bool_], loss: Floats, often: float = 0.9
) -> Floats:
    """Scores of one side: a third of the items jitter; those that lose do so in some share of the repeats."""
    out = np.repeat(level[:, None], REPEATS, axis=1)
    out -= loss[:, None] * (rng.random(out.shape) < often)
    moved = restless[:, None] & (rng.random(out.shape) < 0.25)
    return np.clip(np.where(moved, out + rng.choice([-1, 1], size=out.shape), out), 1, 5)


def trial(seed: int, *, planted: tuple[float, float] | None) -> tuple[bool, bool]:
    """Whether the planted slice is named (or any, where none is planted), and whether a slice without a loser is."""
    rng = np.random.default_rng(seed)
    has = features(rng)
    level = rng.choice([5.0, 4.0, 3.0], size=ITEMS, p=[0.6, 0.3, 0.1])
    restless = rng.random(ITEMS) < 0.35
    loss = np.zeros(ITEMS)
    target, often = -1, 0.0
    if planted is not None:
        often, items = planted
        target = int(rng.choice(np.flatnonzero((has.sum(axis=0) >= 8) & (has.sum(axis=0) <= 20))))
        loss[has[:, target]] = rng.random(int(has[:, target].sum())) < items if items < 1 else 1.0
    x, y = side(rng, level, restless, np.zeros(ITEMS)), side(rng, level, restless, loss, often)
    cells = compare_cells(x, y, kind=Kind.ORDINAL, scale=(1, 5))
    ratios = np.sign(cells.delta) * cells.ratio
    named = [one.feature for one in search(evidence(ratios[:, None]), has)]
    if planted is None:
        return bool(named), False
    return target in named, any(not (has[:, column] & (loss > 0)).any() for column in named)


def main() -> None:
    """Print the rates."""
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    print(f"{trials} trials each, seeds from {first}")
    for name, planted in LOSSES.items():
        found = [trial(first + seed, planted=planted) for seed in range(trials)]
        hits, wrong = np.mean(found, axis=0)
        print(f"planted, {name:<16} named {hits:6.1%}   a slice without a loser {wrong:6.1%}", flush=True)
    null = [trial(first + 10_000 + seed, planted=None)[0] for seed in range(trials)]
    print(f"nothing changed           named {np.mean(null):6.1%}")


if __name__ == "__main__":
    main()
