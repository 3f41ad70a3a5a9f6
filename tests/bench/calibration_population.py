"""Simulated items with known noise: what a judge, a retriever or a clock does when nothing changed.

Shares of noise classes are guesses in the range of published flip rates; a real table decides (`calibration_real`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ragtui.model import Kind

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

DET, MILD, FLAKY, WILD, STICKY = range(5)
STRATA = ("det", "mild", "flaky", "wild", "sticky")
CHANGED_SHARE = 0.10


@dataclass(frozen=True)
class Items:
    """Latent truth of some items; one entry an item.

    Attributes:
        kind: what their scores look like.
        stratum: noise class.
        level: where the item scores: chance of 1 (binary), level 1..5, score 0..1, or log seconds.
        width: standard deviation of the jitter, in the unit of `level`.
        jump: chance that a run lands somewhere else altogether.
        target: the level a jump leads to; NaN where every jump lands anew, wherever scores usually are.
    """

    kind: Kind
    stratum: NDArray[np.int64]
    level: Floats
    width: Floats
    jump: Floats
    target: Floats

    def __len__(self) -> int:
        return len(self.level)

    def chosen(self, rows: Bools) -> Items:
        """Some of the items."""
        return self._each(lambda column: column[rows])

    def repeated(self, times: int) -> Items:
        """Every item so many times over."""
        return self._each(lambda column: np.repeat(column, times))

    def _each(self, turned: Callable[[NDArray[Any]], NDArray[Any]]) -> Items:
        columns = (self.stratum, self.level, self.width, self.jump, self.target)
        return Items(self.kind, *map(turned, columns))


def draw_items(kind: Kind, count: int, rng: np.random.Generator) -> Items:
    """Items of the typical population."""
    return _POPULATIONS[kind](count, rng)


SHARES = {
    Kind.BINARY: (0.72, 0.13, 0.10, 0.05, 0.0),
    Kind.ORDINAL: (0.66, 0.17, 0.12, 0.05, 0.0),
    Kind.UNIT: (0.40, 0.25, 0.09, 0.04, 0.22),
    Kind.LOGPOS: (0.0, 0.55, 0.40, 0.05, 0.0),
}
"""Shares of the noise classes; of latencies the quiet, the noisy and those with outliers stand for mild to wild."""
DROP = {
    Kind.BINARY: {"large": 1.0, "small": 0.75},
    Kind.ORDINAL: {"large": 2.0, "small": 1.0},
    Kind.UNIT: {"large": 0.3, "small": 0.1},
    Kind.LOGPOS: {"large": -np.log(1.6), "small": -np.log(1.2)},
}
"""How much worse a changed item gets: a binary one then fails so often, the others fall by so much (latency rises)."""


def _strata(shares: tuple[float, ...], count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    return rng.choice(len(shares), count, p=shares)


def _between(stratum: NDArray[np.int64], bounds: dict[int, tuple[float, float]], rng: np.random.Generator) -> Floats:
    """A uniform number in the bounds of each item's stratum; 0 for strata without bounds."""
    low = np.array([bounds.get(s, (0.0, 0.0))[0] for s in range(len(STRATA))])
    high = np.array([bounds.get(s, (0.0, 0.0))[1] for s in range(len(STRATA))])
    return np.asarray(low[stratum] + (high - low)[stratum] * rng.random(len(stratum)))


def _binary_items(count: int, rng: np.random.Generator) -> Items:
    stratum = _strata(SHARES[Kind.BINARY], count, rng)
    flip = _between(stratum, {MILD: (0.02, 0.10), FLAKY: (0.10, 0.30), WILD: (0.30, 0.50)}, rng)
    passes = rng.random(count) < 0.75
    nothing = np.zeros(count)
    return Items(Kind.BINARY, stratum, np.where(passes, 1 - flip, flip), nothing, nothing, nothing)


def _ordinal_items(count: int, rng: np.random.Generator) -> Items:
    stratum = _strata(SHARES[Kind.ORDINAL], count, rng)
    level = rng.choice([5.0, 4.0, 3.0, 2.0, 1.0], count, p=[0.60, 0.16, 0.12, 0.07, 0.05])
    width = _between(stratum, {MILD: (0.25, 0.40), FLAKY: (0.45, 0.80), WILD: (0.60, 1.00)}, rng)
    jump = _between(stratum, {WILD: (0.15, 0.40)}, rng)
    return Items(Kind.ORDINAL, stratum, level, width, jump, level)


def _unit_items(count: int, rng: np.random.Generator) -> Items:
    stratum = _strata(SHARES[Kind.UNIT], count, rng)
    level = _usual_shares(count, rng)
    width = _between(stratum, {MILD: (0.01, 0.04), FLAKY: (0.05, 0.12), WILD: (0.12, 0.30)}, rng)
    jump = _between(stratum, {STICKY: (0.05, 0.30)}, rng)
    return Items(Kind.UNIT, stratum, level, width, jump, np.full(count, np.nan))


def _usual_shares(shape: int | tuple[int, int], rng: np.random.Generator) -> Floats:
    """Where scores between 0 and 1 usually lie: often at 1, otherwise high."""
    return np.where(rng.random(shape) < 0.30, 1.0, rng.beta(3.0, 1.5, shape))


def two_state(items: Items, rng: np.random.Generator) -> Items:
    """The same items, but every jump of one item leads to the same other score: harder than the typical population."""
    return replace(items, target=_usual_shares(len(items), rng))


def _latency_items(count: int, rng: np.random.Generator) -> Items:
    """Quiet, noisy, and a few with outliers, as mild, flaky and wild."""
    stratum = _strata(SHARES[Kind.LOGPOS], count, rng)
    level = rng.normal(0.5, 0.6, count)
    width = _between(stratum, {MILD: (0.02, 0.06), FLAKY: (0.12, 0.30), WILD: (0.10, 0.20)}, rng)
    jump = np.where(stratum == WILD, 0.15, 0.0)
    return Items(Kind.LOGPOS, stratum, level, width, jump, level + np.log(rng.uniform(2.0, 5.0, count)))


_POPULATIONS = {
    Kind.BINARY: _binary_items,
    Kind.ORDINAL: _ordinal_items,
    Kind.UNIT: _unit_items,
    Kind.LOGPOS: _latency_items,
}


def draw_scores(items: Items, runs: int, rng: np.random.Generator, run_effect: float = 0.0) -> Floats:
    """Scores of so many runs, (items, runs).

    Args:
        run_effect: standard deviation of what all items of a run share, on the logit scale of a binary item and in
            widths of the others. Exactly repeatable items do not feel it.
    """
    shape = (len(items), runs)
    effect = run_effect * rng.normal(size=(1, runs))
    level, width = items.level[:, None], items.width[:, None]
    jumps = rng.random(shape) < items.jump[:, None]
    if items.kind is Kind.BINARY:
        odds = level / np.maximum(1 - level, 1e-300) * np.exp(effect)
        return (rng.random(shape) < np.where(level >= 1, 1.0, odds / (1 + odds))).astype(float)
    latent = level + width * (rng.normal(size=shape) + effect)
    if items.kind is Kind.ORDINAL:
        latent = np.where(jumps, rng.integers(1, 6, size=shape), latent)
        return np.clip(np.rint(latent), 1, 5)
    target = np.broadcast_to(items.target[:, None], shape)
    if items.kind is Kind.UNIT:
        target = np.where(np.isnan(target), _usual_shares(shape, rng), target)
    latent = np.where(jumps, target + width * rng.normal(size=shape), latent)
    return np.exp(latent) if items.kind is Kind.LOGPOS else np.clip(latent, 0, 1)


def worsened(items: Items, size: str, rng: np.random.Generator) -> tuple[Items, Bools]:
    """One item in ten gets worse, of those that can. Returns the items afterwards and which changed."""
    drop = DROP[items.kind][size]
    room = {Kind.BINARY: 0.5, Kind.ORDINAL: 1 + drop, Kind.UNIT: drop, Kind.LOGPOS: -np.inf}[items.kind]
    able = np.nonzero(items.level >= room)[0]
    chosen = rng.choice(able, min(len(able), round(CHANGED_SHARE * len(items))), replace=False)
    changed = np.zeros(len(items), bool)
    changed[chosen] = True
    lower = np.full(len(items), 1 - drop) if items.kind is Kind.BINARY else items.level - drop
    return replace(items, level=np.where(changed, lower, items.level)), changed


def true_means(items: Items, rng: np.random.Generator, draws: int = 4000) -> Floats:
    """Expected score of every item, by simulation where no formula is at hand, (items,)."""
    if items.kind is Kind.BINARY:
        return items.level
    return np.asarray(draw_scores(items, draws, rng).mean(axis=1))
