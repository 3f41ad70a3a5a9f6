"""Single questions: those that may never regress, and those that carry a change of the mean."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np

from ragtui.exits import Exit
from ragtui.gate.deciding.case import Case
from ragtui.gate.deciding.claims import gated
from ragtui.gate.deciding.finding import Finding
from ragtui.gate.deciding.policy import Policy
from ragtui.stats import NOISE_UNKNOWN, MetricComparison, Verdict, cell_facts
from ragtui.stats.doubts.reasons import ProtectedUnscored, ProtectedWorse, TooManyWorse


def protected_items(case: Case, policy: Policy, *, sequential: bool = False) -> Iterator[Finding]:
    """Findings about items that may never regress.

    Proven worse is a regression, as is any item of `never_regress`; leaning worse without proof is "cannot tell";
    no score at all is incomplete. Looked at once, "proven" is the cell's own verdict. Looked at after every
    repeat, the Bayes factor must also reach 1/alpha: an unchanged item ever does so with chance alpha at most
    (Ville 1939), however often one looks.
    """
    if not policy.items.never_regress:
        return
    for entry in gated(case.comparison, policy):
        for row, item in enumerate(case.comparison.items):
            if policy.items.protects(item):
                yield from _protected(case, policy, entry, row, sequential)


def _protected(case: Case, policy: Policy, entry: MetricComparison, row: int, sequential: bool) -> Iterator[Finding]:
    item, cells = case.comparison.items[row], entry.cells
    verdict = Verdict(int(cells.verdict[row]))
    name = f"{item} · {entry.metric.name}"
    if verdict is Verdict.ONLY_A or (verdict is Verdict.ERROR and not cells.n_b[row]):
        yield Finding(Exit.INCOMPLETE, name, ProtectedUnscored(item, entry.metric.name), item)
        return
    if not verdict.compared or not is_worse(entry, row):
        return
    worse = ProtectedWorse(item, cell_facts(case.comparison, entry.metric.name, item))
    proven = verdict is Verdict.REGRESSED and (not sequential or cells.log_bf[row] >= -math.log(policy.alpha))
    if proven:
        yield Finding(Exit.REGRESSION, name, worse, item)
    elif verdict in (Verdict.REGRESSED, Verdict.UNPROVEN, *NOISE_UNKNOWN):
        yield Finding(Exit.CANNOT_TELL, name, worse, item)


def too_many_regressed(case: Case, policy: Policy) -> Iterator[Finding]:
    """Findings about the number of items that are proven worse, where the policy sets one."""
    most = policy.items.most_regressed
    if most is None:
        return
    for entry in gated(case.comparison, policy):
        found = entry.cells.count(Verdict.REGRESSED)
        if found > most:
            yield Finding(Exit.REGRESSION, entry.metric.name, TooManyWorse(entry.metric.name, found, most))


def is_worse(entry: MetricComparison, row: int) -> bool:
    """Whether a cell's delta points the bad way."""
    delta = float(entry.cells.delta[row])
    return delta * entry.metric.sign < 0


@dataclass(frozen=True, slots=True)
class Carrier:
    """An item behind a loss of the mean.

    Attributes:
        row: its row in the comparison.
        share: part of all losses of this metric that it carries, 0..1.
        proven: whether the item alone is proven worse.
    """

    row: int
    share: float
    proven: bool


LARGEST_LOSSES = 5
"""Items that are named where none stands out on its own."""


def carriers(entry: MetricComparison, rows: Collection[int] | None = None) -> list[Carrier]:
    """Items that carry a loss: those proven worse, then those outside their band; without any, the largest losses.

    Args:
        entry: the metric.
        rows: rows of a slice; None for the whole suite.
    """
    cells = entry.cells
    worse = -entry.metric.sign * cells.delta
    losses = np.where(np.isfinite(cells.delta), np.maximum(0.0, worse), 0.0)
    if rows is not None:
        losses[[row for row in range(len(losses)) if row not in rows]] = 0.0
    total = float(losses.sum())
    if total == 0:
        return []
    rank = np.select([cells.verdict == Verdict.REGRESSED, cells.verdict == Verdict.UNPROVEN], [0, 1], 2)
    order = [int(row) for row in np.lexsort((-losses, rank)) if losses[row] > 0]
    standing_out = [row for row in order if rank[row] < 2]
    return [
        Carrier(row, float(losses[row]) / total, bool(rank[row] == 0)) for row in standing_out or order[:LARGEST_LOSSES]
    ]
