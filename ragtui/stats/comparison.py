"""What a comparison is made of. Plain records: computed in `compare.py`, read by every front end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ragtui.model import Metric, Note, Repeat, Role
from ragtui.stats.arrays import Floats, Ints
from ragtui.stats.doubts.freshness import Freshness
from ragtui.stats.noise.borrowed import Borrowed
from ragtui.stats.noise.chance import Shares
from ragtui.stats.noise.grid import Grid
from ragtui.stats.noise.noise_model import NoiseModel
from ragtui.stats.noise.sizes import Sizes
from ragtui.stats.refusal import Refusal
from ragtui.stats.settings import Settings
from ragtui.stats.verdict import PROVEN, Outcome, Verdict


@dataclass(frozen=True, eq=False)
class Cells:
    """One metric over all rows of a comparison; every array has one entry a row.

    Attributes:
        n_a, n_b: finite scores on each side.
        mean_a, mean_b: means over those scores; NaN without any.
        delta: mean_b - mean_a in score units.
        band: half-width of the 95 % noise band in score units (a factor for a logpos grid); NaN where unknown.
        ratio: |delta| in bands, measured on the metric's own lattice: above 1 is outside; NaN where unknown.
        log_bf: natural log of the Bayes factor "two behaviours" : "one behaviour".
        p_band: chance that a run of an unchanged item leaves by at least this delta.
        p_noise: posterior chance that the item did not change.
        verdict: uint8 of `Verdict`.
        grid: levels of the metric; None without any score.
        shares: estimated shares of really changed cells by direction; None without noise.
        sizes: how far changed cells moved; None without noise, and for labels.
        repeated: item-sides with two or more scores, from which the noise was learned.
        shape_weights: learned weight of each noise shape; None without repeats.
        source: where the noise came from: "repeats", "profile", or "none".
        model: the learned noise; None without repeats.
        levels_a, levels_b, levels_profile: level index of every score, (rows, repeats), -1 for missing.
        failed_a, failed_b: runs recorded without a usable score.
        borrowed: a provisional band from noise that others measured; None where these runs were repeated, or nothing
            of the sort was measured. It decides nothing: `band` and `p_noise` stay unknown.
    """

    n_a: Ints
    n_b: Ints
    mean_a: Floats
    mean_b: Floats
    delta: Floats
    band: Floats
    ratio: Floats
    log_bf: Floats
    p_band: Floats
    p_noise: Floats
    verdict: NDArray[np.uint8]
    grid: Grid | None
    shares: Shares | None
    repeated: int
    shape_weights: Floats | None
    source: str
    model: NoiseModel | None = None
    levels_a: Ints | None = None
    levels_b: Ints | None = None
    levels_profile: Ints | None = None
    failed_a: Ints | None = None
    failed_b: Ints | None = None
    sizes: Sizes | None = None
    borrowed: Borrowed | None = None

    @property
    def changed_share(self) -> float | None:
        """Estimated share of really changed cells, whichever way."""
        return None if self.shares is None else self.shares.total

    def compared(self) -> int:
        """How many cells have scores on both sides."""
        return int(((self.n_a > 0) & (self.n_b > 0)).sum())

    def count(self, *verdicts: Verdict) -> int:
        """How many cells carry one of these verdicts."""
        return int(np.isin(self.verdict, [int(verdict) for verdict in verdicts]).sum())


@dataclass(frozen=True, slots=True)
class Components:
    """Variance components pooled over both sides (or taken from a profile).

    Attributes:
        ms_run, df_run: mean square between whole runs, shrunk by one degree of freedom towards no drift.
        ms_run_raw, df_run_raw: the same before shrinking.
        ms_e, df_e: mean square of item-by-run noise, with one pseudo-flip.
        n: items a run, weighted by degrees of freedom.
        sigma2_e: variance of one score of one item around its own mean.
        sigma2_run: variance shared by all items of a run.
        noisy_items: how many equally noisy items would tell `sigma2_e` as well; few when few items carry the noise.
    """

    ms_run: float
    df_run: float
    ms_run_raw: float
    df_run_raw: float
    ms_e: float
    df_e: float
    n: float
    sigma2_e: float
    sigma2_run: float
    noisy_items: float


@dataclass(frozen=True, slots=True)
class Interval:
    """A two-sided confidence interval of the mean delta with its parts."""

    lo: float
    hi: float
    se: float
    df: float
    p: float
    confidence: float = 0.95


@dataclass(frozen=True, slots=True)
class Aggregate:
    """The mean delta of one metric over the common items.

    Attributes:
        n: items with at least one score on each side.
        mean_a, mean_b, delta: means of item means over those items.
        suite, population: intervals for the two questions (`Estimand`); None where they cannot be had.
        p_flip: sign-flip permutation mid-p, shown as a cross-check, never deciding.
        components: None when nothing was repeated and no profile is given.
        source: "repeats", "profile" or "none".
        outcome: verdict on the deciding interval.
        estimand: which interval decided.
        mde: smallest true change these runs would show with 80 % power; None when noise is unknown.
        repeats_for_half: repeats a side that would halve `mde`; None when no number is enough or noise is unknown.
        true_change_variance: of the items' true changes, as the deciding interval sees it; 0 for the suite.
        margin: largest harmless change for the worse it was judged with.
    """

    n: int
    mean_a: float
    mean_b: float
    delta: float
    suite: Interval | None
    population: Interval | None
    p_flip: float
    components: Components | None
    source: str
    outcome: Outcome
    estimand: str
    mde: float | None
    repeats_for_half: int | None
    true_change_variance: float = 0.0
    margin: float | None = None

    @property
    def interval(self) -> Interval | None:
        """The interval that decided the outcome."""
        return self.suite if self.estimand == "suite" else self.population


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of one side of one metric was scored; the rest by reason. Counts of item-repeats."""

    expected: int
    scored: int
    missing: int
    item_errors: int
    metric_errors: int
    non_finite: int

    @property
    def share(self) -> float:
        """Scored share of the expected item-repeats; 0 when nothing was expected."""
        return self.scored / self.expected if self.expected else 0.0


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """Baseline repeats judged against each other: every flag is false by construction.

    Attributes:
        cells: cells compared, over all splits.
        outside: of those, outside the band.
        proven: of those, called regressed or improved.
        nominal: the band's promise (0.05).
        warn: outside share above 0.08: noisier than the model.
    """

    cells: int
    outside: int
    proven: int
    nominal: float
    warn: bool

    @property
    def share(self) -> float:
        """Observed share outside the band."""
        return self.outside / self.cells if self.cells else 0.0


@dataclass(frozen=True, eq=False)
class LabelFacts:
    """What a category has in place of numbers.

    Attributes:
        labels: in the order of columns.
        good: those that somebody called good; none when nobody did.
        counts_a, counts_b: how often an item was given each label, (items, labels).
        usual_a, usual_b: the label an item gets most often, as its place in `labels`; -1 where none leads.
        flip_rate_a, flip_rate_b: chance that two repeats of an item differ in their label; NaN without repeats.
        shares: the share of each label as a metric of its own, with its interval.
        moved: whether the share of any label moved beyond noise, corrected for looking at all of them.
    """

    labels: tuple[str, ...]
    good: tuple[str, ...]
    counts_a: Floats
    counts_b: Floats
    usual_a: Ints
    usual_b: Ints
    flip_rate_a: float
    flip_rate_b: float
    shares: tuple[MetricComparison, ...]
    moved: bool

    def given(self, side: str, row: int) -> tuple[tuple[str, int], ...]:
        """Labels of an item on side "a" or "b" and how often each was given, most frequent first."""
        counts = (self.counts_a if side == "a" else self.counts_b)[row]
        order = np.argsort(-counts, kind="stable").tolist()
        return tuple((self.labels[place], int(counts[place])) for place in order if counts[place])

    def flips(self) -> dict[tuple[str, str], int]:
        """How many items went from one usual label to another, most frequent first."""
        known = (self.usual_a >= 0) & (self.usual_b >= 0) & (self.usual_a != self.usual_b)
        pairs = Counter(zip(self.usual_a[known].tolist(), self.usual_b[known].tolist(), strict=True))
        return {(self.labels[one], self.labels[other]): times for (one, other), times in pairs.most_common()}


@dataclass(frozen=True, eq=False)
class MetricComparison:
    """Everything said about one metric.

    `refused` explains why a metric is not compared at all; `labels` is there where scores are labels: then cells hold
    shares of good labels, or only how far labels lie apart where nobody said which are good (see `compare_labels`).
    """

    metric: Metric
    cells: Cells
    aggregate: Aggregate | None
    coverage_a: Coverage
    coverage_b: Coverage
    refused: Refusal | None = None
    notes: tuple[Note, ...] = ()
    labels: LabelFacts | None = None

    @property
    def outcome(self) -> Outcome | None:
        """Verdict on the mean, or on the shares of labels that have no order; None where nothing is compared."""
        if self.aggregate is not None:
            return self.aggregate.outcome
        if self.labels is None or not self.cells.compared():
            return None
        if self.labels.moved:
            return Outcome.CHANGED
        return Outcome.UNKNOWN if self.cells.source == "none" else Outcome.INCONCLUSIVE


@dataclass(frozen=True, eq=False)
class Comparison:
    """Baseline (A) against candidate (B).

    Attributes:
        items: union of both sides' ids: baseline order, then the candidate's own.
        metrics: one entry a metric on either side, quality metrics first.
        repeats_a, repeats_b: the layers that were compared.
        left_out_a, left_out_b: repeats covering less than half of the common items (fragments).
        error_rate: item-repeats that failed, as a binary metric of its own (lower is better).
        notes: warnings for the header.
        seed: seed of everything random in here.
        settings: levels and margins it was made with.
        fresh_a, fresh_b: whether the repeats of each side may prove anything.
        were_cached: makes the same comparison, were the items that look cached counted once (`Freshness.looks`); None
            where nothing looks it. See `if_cached`.
    """

    items: tuple[str, ...]
    metrics: tuple[MetricComparison, ...]
    repeats_a: tuple[Repeat, ...]
    repeats_b: tuple[Repeat, ...]
    left_out_a: tuple[Repeat, ...]
    left_out_b: tuple[Repeat, ...]
    error_rate: MetricComparison | None
    notes: tuple[Note, ...]
    seed: int
    settings: Settings = field(default_factory=Settings)
    fresh_a: Freshness = field(default_factory=Freshness)
    fresh_b: Freshness = field(default_factory=Freshness)
    were_cached: Callable[[], Comparison] | None = None

    @property
    def proves(self) -> bool:
        """Whether both sides' repeats are evidence; where not, nothing is called proven."""
        return self.fresh_a.proves and self.fresh_b.proves

    @cached_property
    def if_cached(self) -> Comparison | None:
        """The same comparison, were the items that look cached counted once; None where nothing looks it.

        What it does not say as well rests on those repeats having been run again. It costs as much as the comparison
        itself, and only who decides asks for it.
        """
        return None if self.were_cached is None else self.were_cached()

    @cached_property
    def row_of(self) -> dict[str, int]:
        """Row by item id."""
        return {item: row for row, item in enumerate(self.items)}

    def metric(self, name: str) -> MetricComparison:
        """One metric's entry; of a category, or of one of its labels.

        Raises:
            KeyError: no such metric.
        """
        for entry in self.every_metric:
            if entry.metric.name == name:
                return entry
        raise KeyError(name)

    @property
    def every_metric(self) -> tuple[MetricComparison, ...]:
        """The metrics, and behind them the labels of categories as shares of their own."""
        labels = (share for entry in self.metrics if entry.labels is not None for share in entry.labels.shares)
        return (*self.metrics, *labels)

    @property
    def quality(self) -> tuple[MetricComparison, ...]:
        """The metrics that carry verdicts and were not refused."""
        return tuple(m for m in self.metrics if m.metric.role is Role.QUALITY and not m.refused)

    def common_items(self) -> int:
        """Items with a score on both sides, on the metric that has most of them."""
        return max((entry.cells.compared() for entry in self.quality or self.metrics), default=0)

    def expected_false(self) -> float:
        """Expected number of proven cells that are noise: the sum of their P(noise)."""
        total = 0.0
        for entry in self.quality:
            proven = np.isin(entry.cells.verdict, PROVEN)
            total += float(entry.cells.p_noise[proven].sum())
        return total
