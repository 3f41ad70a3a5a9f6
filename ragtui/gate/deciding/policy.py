"""What a team asks of a candidate before it may merge: a small TOML file, read strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from ragtui.stats import Estimand
from ragtui.stats.means.claim import Mode


@dataclass(frozen=True, slots=True)
class MetricRule:
    """What is asked of one metric. None means: as the policy says for all metrics.

    Attributes:
        margin: smallest change of the mean that matters, in score units.
        higher_is_better: direction, where the run files have it wrong.
        coverage: share of item-repeats that must be scored, 0..1.
        mode: see `Mode`.
        good: labels of a category that are good; none for a metric of numbers.
    """

    margin: float | None = None
    higher_is_better: bool | None = None
    coverage: float | None = None
    mode: Mode | None = None
    good: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limit:
    """Budget of a resource metric (latency, cost, tokens) or of any other metric's mean.

    Attributes:
        most: highest mean a result allowed, in the metric's unit.
        increase: highest relative rise of the mean over the baseline; 0.2 is 20 %.
    """

    most: float | None = None
    increase: float | None = None


@dataclass(frozen=True, slots=True)
class ErrorRule:
    """Failed results.

    Attributes:
        most: share of item-repeats that may fail before nothing is decided, 0..1.
        margin: smallest rise of the error rate that matters.
    """

    most: float = 0.05
    margin: float = 0.0


@dataclass(frozen=True, slots=True)
class ItemRule:
    """Single questions.

    Attributes:
        never_regress: item ids or shell patterns; one of them proven worse fails the gate.
        most_regressed: how many items may be proven worse on one metric; None: any number, they are only named.
    """

    never_regress: tuple[str, ...] = ()
    most_regressed: int | None = None

    def protects(self, item: str) -> bool:
        """Whether this item may never regress."""
        return any(self.matches(pattern, item) for pattern in self.never_regress)

    @staticmethod
    def matches(pattern: str, item: str) -> bool:
        """Whether a pattern means an item; an id with wildcard characters in it means itself, too."""
        return item == pattern or fnmatchcase(item, pattern)


@dataclass(frozen=True, slots=True)
class SliceRule:
    """Part of the suite that is judged on its own.

    Attributes:
        by: metadata key; every value of it is a slice.
        where: metadata values that items of the slice have.
        name: what reports call it.
        margin: smallest change that matters here; None: the metric's own.
    """

    by: str = ""
    where: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    margin: float | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything a gate is asked.

    Attributes:
        mode, margin, coverage: for every metric without a rule of its own.
        metrics: gated metrics by name; empty: every quality metric.
        confidence: two-sided level of the intervals; 1 - confidence is the gate's error rate over all its tests.
        estimand: which question is asked (see `ragtui.stats.Estimand`).
        require_not_worse: in no-regression mode, "not shown to be not worse" is "cannot tell".
        min_repeats: repeats each side needs before anything is decided.
        smallest_slice: a slice of fewer items is shown, not judged.
        profile_days: age at which a noise profile is stale.
        repeats_are_fresh: a person vouches that repeats which never vary were run again.
        source: file it was read from, for messages and reports; empty for the defaults.
    """

    mode: Mode = Mode.NO_REGRESSION
    margin: float | None = None
    coverage: float = 0.95
    metrics: Mapping[str, MetricRule] = field(default_factory=dict)
    confidence: float = 0.95
    estimand: Estimand = Estimand.SUITE
    require_not_worse: bool = False
    min_repeats: int = 1
    errors: ErrorRule = field(default_factory=ErrorRule)
    limits: Mapping[str, Limit] = field(default_factory=dict)
    items: ItemRule = field(default_factory=ItemRule)
    slices: tuple[SliceRule, ...] = ()
    smallest_slice: int = 8
    profile_days: float = 30.0
    repeats_are_fresh: bool = False
    source: str = ""

    @property
    def alpha(self) -> float:
        """Chance that a gate over unchanged sides calls anything regressed, all tests together."""
        return 1.0 - self.confidence

    def mode_of(self, metric: str) -> Mode:
        """What this metric must show; `require_not_worse` turns the default mode into non-inferiority."""
        mode = self._rule(metric).mode or self.mode
        return Mode.NON_INFERIORITY if mode is Mode.NO_REGRESSION and self.require_not_worse else mode

    def margin_of(self, metric: str) -> float | None:
        """Smallest change of this metric that matters; None when the policy does not say."""
        margin = self._rule(metric).margin
        return self.margin if margin is None else margin

    def coverage_of(self, metric: str) -> float:
        """Scored share that this metric needs."""
        coverage = self._rule(metric).coverage
        return self.coverage if coverage is None else coverage

    def direction_of(self, metric: str) -> bool | None:
        """Whether higher is better; None when the run files decide."""
        return self._rule(metric).higher_is_better

    def good_labels(self, category: str) -> tuple[str, ...]:
        """Labels of a category that count as good; none when the policy does not say."""
        return self._rule(category).good

    def gates(self, metric: str) -> bool:
        """Whether this quality metric is gated."""
        return not self.metrics or metric in self.metrics

    def _rule(self, metric: str) -> MetricRule:
        return self.metrics.get(metric, _NO_RULE)


_NO_RULE = MetricRule()
