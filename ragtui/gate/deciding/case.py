"""What a gate looks at: the comparison and the facts around it, before any decision."""

from __future__ import annotations

from dataclasses import dataclass, field

from ragtui.model import Note, RunStatus
from ragtui.stats import Aggregate, Comparison, Freshness


@dataclass(frozen=True, slots=True)
class SideFacts:
    """One side in words and counts.

    Attributes:
        label: its name in reports.
        runs: names of the pooled runs.
        unfinished: runs that are not complete, with their state; None for one that ran chosen items only.
        repeats: complete repeats.
        fragments: repeats that cover less than half of the common items.
        places: where each run is.
        fresh: whether its repeats may prove anything.
    """

    label: str
    runs: tuple[str, ...]
    repeats: int
    fragments: int = 0
    unfinished: tuple[tuple[str, RunStatus | None], ...] = ()
    fresh: Freshness = field(default_factory=Freshness)
    places: tuple[str, ...] = ()

    @property
    def copies(self) -> int:
        """Of the repeats, those that count as one with another."""
        return len(self.fresh.copies)


@dataclass(frozen=True, slots=True)
class SliceFacts:
    """One metric over part of the items.

    Attributes:
        name: "topic = billing".
        metric: name of the metric.
        members: ids of its items.
        items: how many of them have scores on both sides.
        aggregate: their mean delta; None when too few items are left to judge.
        margin: smallest change that matters here; None when nobody said.
    """

    name: str
    metric: str
    members: tuple[str, ...]
    items: int
    aggregate: Aggregate | None
    margin: float | None


@dataclass(frozen=True, eq=False)
class Case:
    """Everything a verdict rests on.

    Attributes:
        comparison: the same record that the app and `compare` show.
        baseline, candidate: facts of the two sides.
        slices: one entry a slice and gated metric.
        blockers: why the sides cannot be compared.
        warnings: read before trusting a number.
        evidence: where noise was learned beside the two sides; "" for nowhere else.
        if_cached: the same case, were the items that look cached counted once; None where nothing looks it.
    """

    comparison: Comparison
    baseline: SideFacts
    candidate: SideFacts
    slices: tuple[SliceFacts, ...] = ()
    blockers: tuple[Note, ...] = ()
    warnings: tuple[Note, ...] = ()
    evidence: str = ""
    if_cached: Case | None = None
