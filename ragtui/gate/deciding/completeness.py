"""Whether there is enough to judge at all: comparable sides, finished runs, covered items."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ragtui.exits import Exit
from ragtui.gate.deciding.case import Case, SideFacts
from ragtui.gate.deciding.finding import Finding
from ragtui.gate.deciding.gated import is_gated, undirected
from ragtui.gate.deciding.policy import Policy
from ragtui.model import About, Note
from ragtui.stats import MetricComparison
from ragtui.stats.doubts.reasons import (
    CandidateFragments,
    Copied,
    CopyOfBaseline,
    Doubtful,
    LowCoverage,
    MetricRefused,
    NoDirection,
    NothingPaired,
    NotOneRuler,
    OnlyFragments,
    TooManyErrors,
    Unfinished,
    Unpaired,
)


def comparability(case: Case, policy: Policy) -> Iterator[Finding]:
    """Why these sides are not two measurements of the same thing."""
    same: dict[Note, list[Note]] = {}
    for note in case.blockers:
        same.setdefault(replace(note, metric=""), []).append(note)
    for notes in same.values():
        yield Finding(Exit.NOT_COMPARABLE, "comparison", NotOneRuler(tuple(notes)))
    for entry in case.comparison.every_metric:
        name = entry.metric.name
        if entry.refused and _asked(entry, policy):
            yield Finding(Exit.NOT_COMPARABLE, name, MetricRefused(name, entry.refused))
        elif undirected(entry.metric) and _asked(entry, policy):
            yield Finding(Exit.NOT_COMPARABLE, name, NoDirection(name, policy.source, _labels(entry)))


def _labels(entry: MetricComparison) -> tuple[str, ...]:
    return () if entry.labels is None else entry.labels.labels


def completeness(case: Case, policy: Policy) -> Iterator[Finding]:
    """What is missing on either side."""
    for who, side in (("baseline", case.baseline), ("candidate", case.candidate)):
        yield from _of_side(who, side)
    if case.candidate.fragments:
        yield Finding(Exit.INCOMPLETE, "candidate", CandidateFragments(case.candidate.fragments))
    for entry in case.comparison.every_metric:
        if _asked(entry, policy) and not entry.refused:
            yield from _of_metric(entry, case, policy)
    yield from _error_rate(case, policy)


def evidence(case: Case) -> Iterator[Finding]:
    """Sides whose repeats may prove nothing: by themselves, or because they are the other side's."""
    for who, side in (("baseline", case.baseline), ("candidate", case.candidate)):
        if not side.fresh.proves and not side.fresh.certain:
            yield Finding(Exit.CANNOT_TELL, who, Doubtful(who, side.fresh, side.repeats + side.fragments))
    if any(note.about is About.COPY_OF_BASELINE for note in case.warnings):
        yield Finding(Exit.CANNOT_TELL, "candidate", CopyOfBaseline("candidate"))


def _of_side(who: str, side: SideFacts) -> Iterator[Finding]:
    for run, status in side.unfinished:
        yield Finding(Exit.INCOMPLETE, who, Unfinished(who, run, status))
    if not side.fresh.proves and side.fresh.certain:
        yield Finding(Exit.INCOMPLETE, who, Copied(who, side.fresh, side.repeats + side.fragments))
    if side.fragments and not side.repeats:
        yield Finding(Exit.INCOMPLETE, who, OnlyFragments(who, side.fragments))


def _of_metric(entry: MetricComparison, case: Case, policy: Policy) -> Iterator[Finding]:
    name, wanted = entry.metric.name, policy.coverage_of(entry.metric.name)
    for who, coverage in (("baseline", entry.coverage_a), ("candidate", entry.coverage_b)):
        if coverage.share < wanted:
            yield Finding(Exit.INCOMPLETE, name, LowCoverage(name, who, coverage, wanted))
    if entry.aggregate is None and not (entry.labels is not None and entry.cells.compared()):
        yield Finding(Exit.INCOMPLETE, name, NothingPaired(name))
        return
    cells = entry.cells
    have, paired = cells.n_a > 0, (cells.n_a > 0) & (cells.n_b > 0)
    if have.any() and paired.sum() / have.sum() < wanted:
        lost = tuple(case.comparison.items[row] for row in np.flatnonzero(have & ~paired))
        yield Finding(Exit.INCOMPLETE, name, Unpaired(name, int(have.sum()), lost, wanted))


def _error_rate(case: Case, policy: Policy) -> Iterator[Finding]:
    entry = case.comparison.error_rate
    if entry is None or entry.aggregate is None:
        return
    for who, rate in (("baseline", entry.aggregate.mean_a), ("candidate", entry.aggregate.mean_b)):
        if rate > policy.errors.most:
            yield Finding(Exit.INCOMPLETE, "error rate", TooManyErrors(who, rate, policy.errors.most))


def _asked(entry: MetricComparison, policy: Policy) -> bool:
    return entry.metric.name in policy.limits or is_gated(entry, policy)
