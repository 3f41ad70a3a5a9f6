"""What may be claimed of a mean that a gate asks about: the values; `ragtui.gate` makes them, `ragtui.present` words
them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from ragtui.stats.comparison import Interval


class Mode(StrEnum):
    """What a metric must show."""

    NO_REGRESSION = "no-regression"
    """Fails only on a proven regression."""
    NON_INFERIORITY = "non-inferiority"
    """Passes only when "not worse than the margin" is shown."""
    SUPERIORITY = "superiority"
    """Passes only when an improvement is shown."""


class Topic(StrEnum):
    """What a claim is about."""

    METRIC = "metric"
    SLICE = "slice"
    ERRORS = "error rate"
    INCREASE = "increase"
    """Rise of a resource over the baseline."""
    BUDGET = "budget"
    """A resource against a fixed limit."""


class Standing(StrEnum):
    """What the runs show for one claim."""

    REGRESSED = "regressed"
    """Worse beyond noise and by at least the margin."""
    BELOW_MARGIN = "worse, below the margin"
    """Worse beyond noise, but by less than matters."""
    IMPROVED = "improved"
    """Better beyond noise and by at least the margin."""
    NOT_WORSE = "not worse"
    """A loss of the margin is ruled out."""
    NOT_SHOWN = "no regression shown"
    """Neither worse nor ruled out to be worse."""
    UNKNOWN = "noise unknown"
    """Nothing was repeated and no profile fits: no question about this suite can be answered."""
    NO_EVIDENCE = "no evidence"
    """The repeats of a side are copies, or may be: nothing is shown and nothing ruled out."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One gated mean.

    Attributes:
        topic, metric, slice: what it is about; `slice` is empty for the whole suite.
        mode: what it must show.
        items: items behind the means.
        mean_a, mean_b, delta: means of item means and their difference, candidate minus baseline.
        interval: the deciding interval of the delta, as the comparison shows it; None without one.
        estimand: which question the interval answers, "suite" or "population".
        margin: smallest change that matters, in score units; None when nobody said.
        higher_is_better: direction; None when nobody knows, so that any change may be a loss.
        p: two-sided p of the deciding interval; 1 without one.
        p_worse: p of "worse" after Holm over all claims of the gate; 1 where the delta is not on the bad side.
        worst: one-sided bound of the loss in score units: with the policy's confidence the loss is below it;
            NaN without an interval.
        standing: what the runs show.
        smallest: smallest true change these runs show with 80 % power, for the question that `estimand` names.
        noise: where noise was learned: "repeats", "profile", "none".
        digits: after the point, as every view shows this metric's means.
    """

    topic: Topic
    metric: str
    slice: str
    mode: Mode
    items: int
    mean_a: float
    mean_b: float
    delta: float
    interval: Interval | None
    estimand: str
    margin: float | None
    higher_is_better: bool | None
    p: float
    p_worse: float = 1.0
    worst: float = math.nan
    standing: Standing = Standing.NOT_SHOWN
    smallest: float | None = None
    noise: str = "none"
    digits: int = 3

    @property
    def loss(self) -> float:
        """How much worse the candidate is, in score units; negative when better; any change, without a direction."""
        if self.higher_is_better is None:
            return abs(self.delta)
        return -self.delta if self.higher_is_better else self.delta

    @property
    def ruled_out(self) -> bool:
        """Whether a loss of the margin is ruled out."""
        return self.margin is not None and self.worst < self.margin

    @property
    def name(self) -> str:
        """What reports call it."""
        return {
            Topic.SLICE: f"{self.metric} · {self.slice}",
            Topic.ERRORS: "error rate",
            Topic.INCREASE: f"{self.metric} against the baseline",
            Topic.BUDGET: f"{self.metric} limit",
        }.get(self.topic, self.metric)
