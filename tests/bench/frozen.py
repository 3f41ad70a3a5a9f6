"""What copied repeats can prove: `python tests/bench/frozen.py [--datasets N]` simulates kinds of copies and of reruns.

Prints, for each kind, the share of unchanged cells called proven, the power for cells that fell by two levels, the
share of those that are at least amber, how many means were called moved, and what was said of the candidate's repeats.
At commit 3fc6624 copies of both sides had 14 % of the unchanged cells proven and every mean moved; temperature 0 with
session effects 4.1 % of cells.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from numpy.typing import NDArray
from stats_kit import cube_of

from ragtui.model import Kind, Metric
from ragtui.stats import Outcome, Verdict, compare

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
QUALITY = Metric("quality", Kind.ORDINAL, scale=(1, 5))
REPEATS = 3
CHANGED = 4


@dataclass
class Tally:
    """Counts over data sets of one kind."""

    unchanged: int = 0
    changed: int = 0
    false: int = 0
    found: int = 0
    amber: int = 0
    moved: int = 0
    said: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        rates = (100 * self.false / self.unchanged, self.found / self.changed, self.amber / self.changed)
        words = ", ".join(f"{word} {times}" for word, times in self.said.most_common())
        power = f"proven {rates[1]:.2f}  at least amber {rates[2]:.2f}"
        return f"false {rates[0]:5.2f} %  {power}  moved {self.moved:3d}  {words}"


def simulate(kind: str, items: int, datasets: int) -> Tally:
    """Judge so many data sets of one kind."""
    tally = Tally()
    for number in range(datasets):
        rng = np.random.default_rng([5, number, items])
        a, b, changed = _DRAWN[kind](items, rng)
        result = compare(cube_of(a, QUALITY), cube_of(b, QUALITY, "cand"))
        cells, mean = result.metric("quality").cells, result.metric("quality").aggregate
        assert mean is not None
        proven = np.isin(cells.verdict, (Verdict.IMPROVED, Verdict.REGRESSED))
        tally.unchanged += int((~changed).sum())
        tally.changed += int(changed.sum())
        tally.false += int((proven & ~changed).sum())
        tally.found += int((proven & changed).sum())
        tally.amber += int(((proven | (cells.verdict == Verdict.UNPROVEN)) & changed).sum())
        tally.moved += mean.outcome in (Outcome.REGRESSED, Outcome.IMPROVED)
        tally.said[result.fresh_b.reruns.value] += 1
    return tally


def _levels(items: int, rng: np.random.Generator) -> Floats:
    return rng.choice([1.0, 2.0, 3.0, 4.0, 5.0], items, p=[0.07, 0.08, 0.10, 0.15, 0.60])


def _judged(levels: Floats, flaky: Bools, rng: np.random.Generator) -> Floats:
    noise = np.where(flaky, 0.6, 0.0)[:, None] * rng.standard_normal((len(levels), REPEATS))
    return np.clip(np.rint((levels - 0.3 * flaky)[:, None] + noise), 1, 5)


def _broken(scores: Floats, levels: Floats, rng: np.random.Generator) -> tuple[Floats, Bools]:
    chosen = rng.permutation(np.flatnonzero(levels >= 4))[:CHANGED]
    worse, changed = scores.copy(), np.zeros(len(scores), bool)
    worse[chosen], changed[chosen] = np.maximum(worse[chosen] - 2, 1), True
    return worse, changed


def _noisy(items: int, rng: np.random.Generator, *, copy_a: bool, copy_b: bool) -> tuple[Floats, Floats, Bools]:
    levels, flaky = _levels(items, rng), rng.random(items) < 0.3
    a, b = _judged(levels, flaky, rng), _judged(levels, flaky, rng)
    a = np.repeat(a[:, :1], REPEATS, axis=1) if copy_a else a
    b = np.repeat(b[:, :1], REPEATS, axis=1) if copy_b else b
    return (a, *_broken(b, levels, rng))


def _temperature_0(items: int, rng: np.random.Generator, *, session: bool) -> tuple[Floats, Floats, Bools]:
    """Half a per cent of scores slips; or two per cent of items do, for a whole session."""
    levels = _levels(items, rng)

    def run() -> Floats:
        if session:
            return np.repeat(np.clip(levels - (rng.random(items) < 0.02), 1, 5)[:, None], REPEATS, axis=1)
        return np.clip(levels[:, None] - (rng.random((items, REPEATS)) < 0.005), 1, 5)

    return (run(), *_broken(run(), levels, rng))


_DRAWN: dict[str, Callable[[int, np.random.Generator], tuple[Floats, Floats, Bools]]] = {
    "run again": lambda n, rng: _noisy(n, rng, copy_a=False, copy_b=False),
    "both copied": lambda n, rng: _noisy(n, rng, copy_a=True, copy_b=True),
    "candidate copied": lambda n, rng: _noisy(n, rng, copy_a=False, copy_b=True),
    "temperature 0, run again": lambda n, rng: _temperature_0(n, rng, session=False),
    "temperature 0, one session": lambda n, rng: _temperature_0(n, rng, session=True),
}
KINDS = tuple(_DRAWN)


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 when a kind of copy has anything proven."""
    parser = argparse.ArgumentParser(description="What copied repeats can prove.")
    parser.add_argument("--datasets", type=int, default=40)
    options = parser.parse_args(arguments)
    broken = False
    for items in (40, 100):
        for kind in KINDS:
            tally = simulate(kind, items, options.datasets)
            print(f"{items:4d} items  {kind:<27} {tally}", flush=True)
            broken |= "copied" in kind and (tally.false > 0 or tally.moved > 0)
    return int(broken)


if __name__ == "__main__":
    sys.exit(main())
