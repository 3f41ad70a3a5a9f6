"""The one record that every report is written from: plain values, nothing that needs a library to read."""

from __future__ import annotations

from dataclasses import dataclass

from ragtui.exits import Exit
from ragtui.stats.means.claim import Topic

SCHEMA_VERSION = 1
"""Raised whenever a field changes its meaning or disappears; added fields do not raise it."""


@dataclass(frozen=True, slots=True)
class MeanLine:
    """One gated mean: the claim's numbers and its sentences."""

    name: str
    topic: str
    metric: str
    slice: str
    mode: str
    higher_is_better: bool | None
    items: int
    baseline: float | None
    candidate: float | None
    delta: float | None
    low: float | None
    high: float | None
    confidence: float | None
    estimand: str
    margin: float | None
    p: float | None
    p_worse: float | None
    worst_loss: float | None
    standing: str
    smallest_detectable: float | None
    noise: str
    sentence: str
    needs: str = ""
    coverage_baseline: float | None = None
    coverage_candidate: float | None = None
    digits: int = 3
    """After the point, as every view shows this metric's means."""


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One item that a reviewer should look at, on one metric.

    Attributes:
        role: "proven worse", "proven better", "failed", "leans worse" (carries a loss that is proven only for the
            mean).
        share: part of the metric's losses that this item carries; None where it carries none.
        protected: whether it may never regress.
        url: trace of a candidate's result; "" when there is none.
        digits: after the point, as every view shows this metric's scores.
    """

    item: str
    metric: str
    role: str
    question: str
    baseline: float | None
    candidate: float | None
    n_baseline: int
    n_candidate: int
    delta: float | None
    band: float | None
    p_noise: float | None
    share: float | None
    protected: bool
    explanation: str
    url: str = ""
    digits: int = 3


@dataclass(frozen=True, slots=True)
class PlotPoint:
    """One item's delta for a plot."""

    item: str
    delta: float
    band: float | None
    verdict: str


@dataclass(frozen=True, slots=True)
class Spread:
    """The deltas of one metric, worst first; thinned evenly beyond `MOST_POINTS`, proven items always kept."""

    metric: str
    items: int
    points: tuple[PlotPoint, ...]
    digits: int = 3


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One reason against the candidate."""

    verdict: str
    exit: int
    subject: str
    sentence: str
    item: str = ""


@dataclass(frozen=True, slots=True)
class SideLine:
    """One side: its runs by name and by place, complete repeats, fragments, revision."""

    label: str
    runs: tuple[str, ...]
    repeats: int
    fragments: int
    git: str = ""
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LookLine:
    """One look of the sequential mode."""

    look: int
    repeats: int
    alpha: float
    verdict: str


@dataclass(frozen=True, slots=True)
class GateRecord:
    """A decision with its evidence.

    Attributes:
        verdict: "no regression shown", "regression", "cannot tell", "incomplete", "not comparable", "error".
        exit: exit code of the process.
        headline: the verdict in one line.
        question: which question was answered, in a sentence.
        created: when it was decided.
    """

    verdict: str
    exit: int
    headline: str
    question: str
    estimand: str
    mode: str
    confidence: float
    policy: str
    dataset: str
    origin: str
    created: str
    version: str
    seed: int
    baseline: SideLine
    candidate: SideLine
    evidence: str
    findings: tuple[FindingLine, ...]
    means: tuple[MeanLine, ...]
    items: tuple[ItemLine, ...]
    spreads: tuple[Spread, ...]
    warnings: tuple[str, ...]
    looks: tuple[LookLine, ...] = ()
    schema_version: int = SCHEMA_VERSION

    @property
    def title(self) -> str:
        """The verdict with a capital letter."""
        return self.verdict[:1].upper() + self.verdict[1:]

    @property
    def unsaid(self) -> tuple[MeanLine, ...]:
        """Gated metrics whose sentence is not among the findings already."""
        said = {finding.subject for finding in self.findings}
        return tuple(
            line for line in self.means if line.topic == Topic.METRIC and line.name not in said and line.sentence
        )

    @property
    def passed(self) -> bool:
        """Whether the merge may go ahead."""
        return self.exit == Exit.OK
