"""What is to be said about one cell, as a value: the facts its sentence rests on. The words are in `ragtui.present`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from ragtui.model import Metric
from ragtui.stats.cells import MIN_RUNS_A_SIDE, MIN_RUNS_TOTAL, MIN_UNITS
from ragtui.stats.comparison import Cells, Comparison
from ragtui.stats.enough.settle import repeats_to_settle
from ragtui.stats.refusal import Refusal
from ragtui.stats.settings import Settings
from ragtui.stats.verdict import Verdict


class Doubt(StrEnum):
    """Why a delta outside its band is not proven."""

    COPIES = "copies"
    """The repeats of a side are copies of each other, or may be."""
    FEW_REPEATS = "few repeats"
    """Too few repeated scores to learn the noise from."""
    SINGLE_RUNS = "single runs"
    """One run on each side."""
    SINGLE_BASELINE = "single baseline"
    """One run of the baseline, and too few of the candidate to make up for it."""
    SINGLE_CANDIDATE = "single candidate"
    """One run of the candidate, and too few of the baseline to make up for it."""
    BASELINE_DISAGREES = "baseline disagrees"
    """The baseline's own runs scored differently."""
    CANDIDATE_DISAGREES = "candidate disagrees"
    """The candidate's own runs scored differently."""
    FEW_RUNS = "few runs"
    """The runs agree, but are too few."""


@dataclass(frozen=True, slots=True)
class CellFacts:
    """One cell: an item on a metric.

    Attributes:
        refused: why the metric is not compared; None when it is.
        n_a, n_b: finite scores on each side.
        delta: mean_b - mean_a in score units; NaN where a side has no score.
        band: half-width of the noise band in score units, or a factor where `by_ratio`; NaN where unknown.
        p_noise: chance that the item did not change; NaN where unknown.
        outside: whether the means of the sides lie further apart than the band is wide.
        alpha: share of unchanged cells that may leave the band.
        repeated: item-sides that were repeated on this metric: the noise was learned from them.
        doubt: why it is unproven; None for every other verdict.
        more: agreeing candidate runs that would settle an unproven cell; None when no small number would.
        failed_a, failed_b: runs recorded without a usable score.
        borrowed_band: half-width of a band borrowed from measured noise of others; NaN without one.
        borrowed_from: the data sets it was measured on; empty without one.
        labels_a, labels_b: of a category, the labels given and how often, most frequent first; empty otherwise.
    """

    item: str
    metric: Metric
    verdict: Verdict
    refused: Refusal | None
    n_a: int
    n_b: int
    mean_a: float
    mean_b: float
    delta: float
    band: float
    by_ratio: bool
    p_noise: float
    alpha: float
    repeated: int
    outside: bool = True
    doubt: Doubt | None = None
    more: int | None = None
    failed_a: int = 0
    failed_b: int = 0
    borrowed_band: float = math.nan
    borrowed_from: tuple[str, ...] = ()
    labels_a: tuple[tuple[str, int], ...] = ()
    labels_b: tuple[tuple[str, int], ...] = ()

    @property
    def learnt(self) -> bool:
        """Whether enough scores were repeated to learn the noise from."""
        return self.repeated >= MIN_UNITS


def cell_facts(comparison: Comparison, metric: str, item: str, *, settling: bool = True) -> CellFacts:
    """The facts about one item of one metric.

    Args:
        settling: whether to work out how many runs would settle an unproven cell, which takes milliseconds.

    Raises:
        KeyError: no such metric or item.
    """
    entry, row = comparison.metric(metric), comparison.row_of[item]
    cells, verdict = entry.cells, Verdict(int(entry.cells.verdict[row]))
    unproven = verdict is Verdict.UNPROVEN and not entry.refused
    return CellFacts(
        item=item,
        metric=entry.metric,
        verdict=verdict,
        refused=entry.refused,
        n_a=int(cells.n_a[row]),
        n_b=int(cells.n_b[row]),
        mean_a=float(cells.mean_a[row]),
        mean_b=float(cells.mean_b[row]),
        delta=float(cells.delta[row]),
        band=float(cells.band[row]),
        by_ratio=cells.grid is not None and cells.grid.log,
        p_noise=float(cells.p_noise[row]),
        alpha=comparison.settings.alpha,
        repeated=cells.repeated,
        outside=bool(cells.p_band[row] <= comparison.settings.alpha),
        doubt=_doubt(cells, row, proves=comparison.proves) if unproven else None,
        more=_more(cells, row, comparison.settings) if settling and unproven and comparison.proves else None,
        failed_a=0 if cells.failed_a is None else int(cells.failed_a[row]),
        failed_b=0 if cells.failed_b is None else int(cells.failed_b[row]),
        borrowed_band=math.nan if cells.borrowed is None else float(cells.borrowed.band[row]),
        borrowed_from=() if cells.borrowed is None else cells.borrowed.names,
        labels_a=() if entry.labels is None else entry.labels.given("a", row),
        labels_b=() if entry.labels is None else entry.labels.given("b", row),
    )


def _doubt(cells: Cells, row: int, *, proves: bool) -> Doubt:
    n_a, n_b = int(cells.n_a[row]), int(cells.n_b[row])
    if cells.repeated < MIN_UNITS:
        return Doubt.FEW_REPEATS
    if min(n_a, n_b) < MIN_RUNS_A_SIDE and n_a + n_b < MIN_RUNS_TOTAL:
        if n_a == n_b:
            return Doubt.SINGLE_RUNS
        return Doubt.SINGLE_BASELINE if n_a < n_b else Doubt.SINGLE_CANDIDATE
    if not proves:
        return Doubt.COPIES
    for doubt, levels in ((Doubt.CANDIDATE_DISAGREES, cells.levels_b), (Doubt.BASELINE_DISAGREES, cells.levels_a)):
        if levels is not None and len({level for level in levels[row].tolist() if level >= 0}) > 1:
            return doubt
    return Doubt.FEW_RUNS


def _more(cells: Cells, row: int, settings: Settings) -> int | None:
    return repeats_to_settle(cells, row, alpha=settings.alpha, t_noise=settings.t_noise) or None
