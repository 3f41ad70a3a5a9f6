"""How far is the engine from the best rule there is? `python tests/bench/oracle.py [--datasets N] [--kinds ...]`.

Prints power at the engine's own rate of false flags, so that nobody wins by flagging more: of the engine, of an oracle,
and of the rules of other tools. The oracle knows the population the items are drawn from, how many of them changed, by
how much and which way; it does not know the single item. Its score is the exact likelihood ratio, worked out on a fine
lattice. No rule can find more changes at the same rate (Neyman and Pearson 1933).

The others are ranked by what they compare: the size of the delta (a fixed threshold), whether the ranges of both
sides' repeats are apart (then the delta), Welch's t for each item, and limma's moderated t (Smyth 2004).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from bench.calibration_population import (
    DET,
    DROP,
    FLAKY,
    MILD,
    SHARES,
    STICKY,
    WILD,
    Bools,
    Floats,
    draw_items,
    draw_scores,
    worsened,
)

from ragtui.model import Kind
from ragtui.stats import Verdict, compare_cells

DESIGNS = ((2, 2), (3, 3), (5, 1), (5, 5))
DATASETS = {Kind.BINARY: 1_000, Kind.ORDINAL: 400, Kind.UNIT: 200, Kind.LOGPOS: 200}
ITEMS = 40
PROMISED = 0.90
"""Share of the oracle's power that large changes keep at 3 v 3 and 5 v 5, and at 2 v 2 of binary and ordinal."""
_TINY = 1e-300


@dataclass(frozen=True)
class Latent:
    """Every sort of item on a fine lattice.

    Attributes:
        chance: share of each sort, (sorts,).
        before: chance of each lattice point, (sorts, points).
        after: the same once the item got worse.
        able: share of each sort that can get worse, 0 or 1.
        place: maps scores to lattice points.
    """

    chance: Floats
    before: Floats
    after: Floats
    able: Floats
    place: Callable[[Floats], np.ndarray[tuple[int, ...], np.dtype[np.int64]]]

    def log_ratio(self, x: Floats, y: Floats) -> Floats:
        """Log likelihood ratio of "got worse" against "did not", one an item."""
        log_x = _log_likelihood(self.place(x), self.before)
        unchanged = log_x + _log_likelihood(self.place(y), self.before)
        worse = log_x + _log_likelihood(self.place(y), self.after)
        ability = self.chance * self.able
        return _log_mean(worse, ability / ability.sum()) - _log_mean(unchanged, self.chance)


def _log_likelihood(points: np.ndarray[tuple[int, ...], np.dtype[np.int64]], pmf: Floats) -> Floats:
    log = np.log(np.maximum(pmf, _TINY)).T
    total: Floats = np.sum([log[points[:, run]] for run in range(points.shape[1])], axis=0)
    return total


def _log_mean(log: Floats, weights: Floats) -> Floats:
    top = log.max(axis=1, keepdims=True)
    mean: Floats = np.log(np.maximum(np.exp(log - top) @ weights, _TINY)) + top[:, 0]
    return mean


@lru_cache(maxsize=8)
def latent(kind: Kind, change: str) -> Latent:
    """The population of `calibration_population` in full, for one size of change."""
    return {
        Kind.BINARY: _binary,
        Kind.ORDINAL: _ordinal,
        Kind.UNIT: _unit,
        Kind.LOGPOS: _latency,
    }[kind](DROP[kind][change])


def _middles(low: float, high: float, count: int) -> Floats:
    return low + (high - low) * (np.arange(count) + 0.5) / count


def _binary(drop: float) -> Latent:
    flips = [(DET, 0.0, 1.0)]
    for stratum, low, high in ((MILD, 0.02, 0.10), (FLAKY, 0.10, 0.30), (WILD, 0.30, 0.50)):
        flips += [(stratum, flip, 1 / 16) for flip in _middles(low, high, 16)]
    rows = [
        (SHARES[Kind.BINARY][stratum] * part * share, 1 - flip if passes else flip)
        for stratum, flip, part in flips
        for passes, share in ((True, 0.75), (False, 0.25))
    ]
    chance, level = (np.array(column) for column in zip(*rows, strict=True))
    lower = np.full(len(level), 1 - drop)
    return Latent(
        chance,
        np.column_stack([1 - level, level]),
        np.column_stack([1 - lower, lower]),
        (level >= 0.5).astype(float),
        lambda scores: scores.astype(np.int64),
    )


def _ordinal(drop: float) -> Latent:
    shares = SHARES[Kind.ORDINAL]
    rows: list[tuple[float, float, float, float]] = []
    for at, common in zip((5.0, 4.0, 3.0, 2.0, 1.0), (0.60, 0.16, 0.12, 0.07, 0.05), strict=True):
        rows.append((common * shares[DET], at, 1e-3, 0.0))
        rows += [(common * shares[MILD] / 4, at, spread, 0.0) for spread in _middles(0.25, 0.40, 4)]
        rows += [(common * shares[FLAKY] / 6, at, spread, 0.0) for spread in _middles(0.45, 0.80, 6)]
        for wide in _middles(0.60, 1.00, 4):
            rows += [(common * shares[WILD] / 16, at, wide, jumps) for jumps in _middles(0.15, 0.40, 4)]
    chance, level, width, jump = (np.array(column) for column in zip(*rows, strict=True))
    edges = np.arange(1.5, 5)

    def pmf(where: Floats) -> Floats:
        return (1 - jump)[:, None] * _between_edges(edges, where, width) + jump[:, None] / 5

    able = (level >= 1 + drop).astype(float)
    return Latent(chance, pmf(level), pmf(level - drop), able, lambda scores: np.rint(scores).astype(np.int64) - 1)


def _unit(drop: float, points: int = 101) -> Latent:
    """Levels and scores on hundredths; both ends hold what was clipped."""
    shares, places = SHARES[Kind.UNIT], np.linspace(0, 1, points)
    usual = _beta_mass(points)
    noises = [(DET, 1e-4, 0.0, 1)]
    noises += [(MILD, width, 0.0, 4) for width in _middles(0.01, 0.04, 4)]
    noises += [(FLAKY, width, 0.0, 4) for width in _middles(0.05, 0.12, 4)]
    noises += [(WILD, width, 0.0, 4) for width in _middles(0.12, 0.30, 4)]
    noises += [(STICKY, 1e-4, jump, 6) for jump in _middles(0.05, 0.30, 6)]
    edges = (places[1:] + places[:-1]) / 2
    chance, before, after, able = [], [], [], []
    for stratum, width, jump, parts in noises:
        wide = np.full(points, width)
        chance.append(shares[stratum] / parts * usual)
        before.append((1 - jump) * _between_edges(edges, places, wide) + jump * usual)
        after.append((1 - jump) * _between_edges(edges, places - drop, wide) + jump * usual)
        able.append((places >= drop - 1e-9).astype(float))
    return Latent(
        np.concatenate(chance),
        np.vstack(before),
        np.vstack(after),
        np.concatenate(able),
        lambda scores: np.rint(scores * (points - 1)).astype(np.int64),
    )


def _beta_mass(points: int) -> Floats:
    """30 % at 1, the rest Beta(3, 1.5), by quadrature."""
    fine = (np.arange(20_000) + 0.5) / 20_000
    density = fine**2 * (1 - fine) ** 0.5
    mass = np.bincount(np.rint(fine * (points - 1)).astype(int), density, points)
    usual: Floats = 0.7 * mass / mass.sum()
    usual[-1] += 0.3
    return usual


def _latency(drop: float, step: float = 0.02) -> Latent:
    """Logarithms on fiftieths; levels on twenty-fifths."""
    low, high = -2.0, 5.0
    places = np.arange(low, high + step / 2, step)
    levels = np.arange(-1.5, 2.5, 2 * step)
    usual = np.exp(-0.5 * ((levels - 0.5) / 0.6) ** 2)
    usual /= usual.sum()
    edges = (places[1:] + places[:-1]) / 2
    shares = SHARES[Kind.LOGPOS]
    noises = [(MILD, width, 0.0, 0.0, 4) for width in _middles(0.02, 0.06, 4)]
    noises += [(FLAKY, width, 0.0, 0.0, 5) for width in _middles(0.12, 0.30, 5)]
    noises += [(WILD, w, 0.15, np.log(f), 12) for w in _middles(0.10, 0.20, 3) for f in _middles(2.0, 5.0, 4)]
    chance, before, after = [], [], []
    for stratum, width, jump, far, parts in noises:
        wide = np.full(len(levels), width)
        chance.append(shares[stratum] / parts * usual)
        landing = jump * _between_edges(edges, levels + far, wide)
        before.append((1 - jump) * _between_edges(edges, levels, wide) + landing)
        after.append((1 - jump) * _between_edges(edges, levels - drop, wide) + landing)
    return Latent(
        np.concatenate(chance),
        np.vstack(before),
        np.vstack(after),
        np.ones(len(levels) * len(noises)),
        lambda scores: np.clip(np.rint((np.log(scores) - low) / step), 0, len(places) - 1).astype(np.int64),
    )


def _between_edges(edges: Floats, level: Floats, width: Floats) -> Floats:
    """Normal scores rounded to a lattice, what lies beyond its ends at its ends: (levels, points)."""
    below = _normal_cdf((edges[None, :] - level[:, None]) / width[:, None])
    ends = np.zeros((len(level), 1))
    pmf: Floats = np.diff(np.hstack([ends, below, ends + 1]), axis=1)
    return pmf


def _normal_cdf(z: Floats) -> Floats:
    """Abramowitz and Stegun (1964) 7.1.26, good to 1e-7."""
    t = 1 / (1 + 0.3275911 * np.abs(z) / np.sqrt(2))
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    half = 0.5 * series * np.exp(-z * z / 2)
    cdf: Floats = np.where(z > 0, 1 - half, half)
    return cdf


@dataclass(frozen=True)
class Row:
    """One kind, design and size of change; `power` by rule, at the share `false` of unchanged cells flagged."""

    kind: Kind
    runs: tuple[int, int]
    change: str
    false: float
    power: dict[str, float]
    range_false: float
    at_range: tuple[float, float]
    """Power of the range rule and of the engine's ranking at the range rule's own share of false flags."""
    stated: float
    actual: float
    proven: int

    @property
    def ratio(self) -> float:
        """The engine's power in units of the oracle's; NaN where that finds nothing at so few false flags."""
        return self.power["engine"] / self.power["oracle"] if self.power["oracle"] else float("nan")

    def __str__(self) -> str:
        rules = "  ".join(f"{name} {power:.2f}" for name, power in self.power.items())
        runs = f"{self.runs[0]} v {self.runs[1]}"
        ranges = (
            f"range rule's own {100 * self.range_false:5.2f} %: {self.at_range[0]:.2f}, engine {self.at_range[1]:.2f}"
        )
        noise = f"noise stated {self.stated:.3f} true {self.actual:.3f} of {self.proven}"
        return (
            f"{self.kind:<8}{runs}  {self.change:<6}false {100 * self.false:5.3f} %  of oracle {self.ratio:.2f}  "
            f"{rules} | {ranges} | {noise}"
        )


def measure(kind: Kind, runs: tuple[int, int], change: str, datasets: int, seed: int = 13) -> Row:
    """Simulate and rank; the seed depends on kind, design and change alone."""
    number = list(DATASETS).index(kind)
    rng = np.random.default_rng([seed, number, *runs, ord(change[0])])
    parts: dict[str, list[Floats]] = {}
    for _ in range(datasets):
        for name, values in _judged(kind, runs, change, rng).items():
            parts.setdefault(name, []).append(values)
    cells = {name: np.concatenate(values) for name, values in parts.items()}
    changed, proven, apart = (cells.pop(name) > 0 for name in ("changed", "proven", "apart"))
    stated = cells.pop("stated")
    false = float(proven[~changed].mean())
    power = {"engine": float(proven[changed].mean())}
    power |= {name: power_at(score, changed, false) for name, score in cells.items()}
    range_false = float(apart[~changed].mean())
    return Row(
        kind,
        runs,
        change,
        false,
        power,
        range_false,
        (float(apart[changed].mean()), power_at(cells["ranking"], changed, range_false)),
        float(stated[proven].mean()) if proven.any() else float("nan"),
        float((~changed)[proven].mean()) if proven.any() else float("nan"),
        int(proven.sum()),
    )


def power_at(score: Floats, changed: Bools, false: float) -> float:
    """Share of changed cells a rule finds when it flags that share of the unchanged ones; ties are split evenly."""
    order = np.argsort(-score, kind="stable")
    last = np.append(np.flatnonzero(np.diff(score[order])), len(order) - 1)
    wrong = np.append(0.0, np.cumsum(~changed[order])[last] / (~changed).sum())
    right = np.append(0.0, np.cumsum(changed[order])[last] / changed.sum())
    return float(np.interp(false, wrong, right)) if false > 0 else float(right[wrong <= 0].max())


def _judged(kind: Kind, runs: tuple[int, int], change: str, rng: np.random.Generator) -> dict[str, Floats]:
    before = draw_items(kind, ITEMS, rng)
    after, changed = worsened(before, change, rng)
    x, y = draw_scores(before, runs[0], rng), draw_scores(after, runs[1], rng)
    cells = compare_cells(x, y, kind=kind)
    log = kind is Kind.LOGPOS
    a, b = (np.log(x), np.log(y)) if log else (x, y)
    delta = np.abs(b.mean(axis=1) - a.mean(axis=1))
    apart = (b.min(axis=1) > a.max(axis=1) + 1e-9) | (b.max(axis=1) < a.min(axis=1) - 1e-9)
    return {
        "changed": changed.astype(float),
        "proven": np.isin(cells.verdict, (Verdict.IMPROVED, Verdict.REGRESSED)).astype(float),
        "stated": cells.p_noise,
        "apart": apart.astype(float),
        "ranking": -cells.p_noise,
        "oracle": latent(kind, change).log_ratio(x, y),
        "delta": delta,
        "range": np.where(apart, 1e6, 0.0) + delta,
        "Welch": _welch(a, b),
        "limma": _moderated(a, b),
    }


def _welch(a: Floats, b: Floats) -> Floats:
    """Welch's t; without any spread whatever moves is certain. A side with one run lends the other's variance."""
    error = sum(_variance(own, other) / own.shape[1] for own, other in ((a, b), (b, a)))
    return _t(np.abs(b.mean(axis=1) - a.mean(axis=1)), np.asarray(error))


def _variance(own: Floats, other: Floats) -> Floats:
    return np.asarray((own if own.shape[1] > 1 else other).var(axis=1, ddof=1))


def _moderated(a: Floats, b: Floats) -> Floats:
    """A t with the pooled variance drawn halfway to that of all items: limma's, with as many prior degrees as own."""
    degrees = [side.shape[1] - 1 for side in (a, b)]
    pooled = sum(side.var(axis=1) * side.shape[1] for side in (a, b)) / max(1, sum(degrees))
    error = (pooled + pooled.mean()) / 2 * sum(1 / side.shape[1] for side in (a, b))
    return _t(np.abs(b.mean(axis=1) - a.mean(axis=1)), np.asarray(error))


def _t(delta: Floats, variance: Floats) -> Floats:
    return np.where(delta < 1e-9, 0.0, delta / np.sqrt(np.maximum(variance, 1e-12)))


def promised(row: Row) -> bool:
    """Whether the ratio to the oracle is promised for this row."""
    full = row.runs in ((3, 3), (5, 5)) or (row.runs == (2, 2) and row.kind in (Kind.BINARY, Kind.ORDINAL))
    return row.change == "large" and full


def rows(kinds: list[Kind], datasets: int | None) -> Iterator[Row]:
    """The table."""
    for kind in kinds:
        for change in ("large", "small"):
            for runs in DESIGNS:
                yield measure(kind, runs, change, datasets or DATASETS[kind])


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 when a promised ratio is broken."""
    parser = argparse.ArgumentParser(description="Power beside an oracle and other rules, at the same false flags.")
    parser.add_argument("--datasets", type=int, help="data sets a row, in place of 1000 (binary), 400 (ordinal), 200")
    parser.add_argument(
        "--kinds", nargs="*", choices=[str(kind) for kind in DATASETS], default=[str(k) for k in DATASETS]
    )
    options = parser.parse_args(arguments)
    broken = 0
    for row in rows([kind for kind in DATASETS if str(kind) in options.kinds], options.datasets):
        short = promised(row) and row.ratio < PROMISED
        broken += short
        print(row, f"  below {PROMISED}" if short else "", flush=True)
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main())
