"""Is the change of the mean that a comparison says it would show shown four times in five?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from bench.calibration_population import draw_items, draw_scores
from bench.calibration_targets import AGGREGATE_DESIGNS, LARGE_SUITE, RUN_EFFECT, Line
from bench.calibration_trial import STEP

from ragtui.model import Kind
from ragtui.stats import compare_mean

PAIRS = 400
LEAST_POWER = 0.76
FEW_ITEMS = 40


@dataclass(frozen=True)
class MdeRow:
    """One design: how often a change of the size that one experiment named was proven by the next one.

    Attributes:
        drift: spread of what all items of a run share (`draw_scores`).
        pairs: experiments that named a size.
        size: median of the sizes named.
        power: share of the next experiments that prove it; NaN without any.
    """

    kind: Kind
    runs: tuple[int, int]
    items: int
    drift: float
    pairs: int
    size: float
    power: float

    def __str__(self) -> str:
        drift = f" drift {self.drift:g}" if self.drift else ""
        design = f"{self.kind:<8}{self.runs[0]} v {self.runs[1]}  N={self.items}{drift}"
        return f"{design:<34}{self.pairs:>5} pairs  names {self.size:.3f}  proven {self.power:.3f}"

    @property
    def error(self) -> float:
        """Standard error of a power of `LEAST_POWER` measured on so many pairs."""
        return float(np.sqrt(LEAST_POWER * (1 - LEAST_POWER) / max(1, self.pairs)))


def mde_rows(kinds: list[Kind], pairs: int = PAIRS) -> Iterator[MdeRow]:
    """Every design of the means, on few items and many, and with runs that drift."""
    for kind in kinds:
        for runs in AGGREGATE_DESIGNS:
            for items in (FEW_ITEMS, LARGE_SUITE):
                for drift in (0.0, RUN_EFFECT):
                    yield mde_row(kind, runs, items, drift, pairs)


def mde_row(kind: Kind, runs: tuple[int, int], items: int, drift: float, pairs: int) -> MdeRow:
    """Measure one design. The next experiment runs the same items anew, and every one of them has changed as named.

    A change of all items by as much moves the mean and no noise, so that only the test of the mean is tried.
    """
    rng = np.random.default_rng([9006, ord(str(kind)[0]), *runs, items, int(drift > 0)])
    named, proven = [], []
    for _ in range(pairs):
        population = draw_items(kind, items, rng)
        first, second = ([draw_scores(population, count, rng, drift) for count in runs] for _ in range(2))
        told = compare_mean(first[0], first[1], step=STEP[kind])
        if told is None or told.mde is None:
            continue
        then = compare_mean(second[0], second[1] + told.mde, step=STEP[kind])
        named.append(told.mde)
        proven.append(then is not None and then.suite is not None and then.suite.lo > 0)
    if not named:
        return MdeRow(kind, runs, items, drift, 0, float("nan"), float("nan"))
    return MdeRow(kind, runs, items, drift, len(named), float(np.median(named)), float(np.mean(proven)))


def mde_lines(rows: list[MdeRow]) -> Iterator[Line]:
    """The promise: .76 in every design, where runs drift as well, less two standard errors of the measurement."""
    for drifts, where in ((False, ""), (True, ", where runs drift")):
        if chosen := [row for row in rows if bool(row.drift) is drifts]:
            worst = min(chosen, key=lambda row: row.power)
            promise = f"power at the change said to show{where}: {LEAST_POWER} less 2 errors"
            yield Line("17", promise, LEAST_POWER - 2 * worst.error, worst.power, at_least=True)
