"""Whether there is enough to judge at all: comparable sides, finished runs, covered items."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ragtui.exits import Exit
from ragtui.gate.deciding.case import Case, SideFacts
from ragtui.gate.deciding.finding import Finding
from ragtui.gate.deciding.gated import is_gated
from ragtui.gate.deciding.policy import Policy
from ragtui.present.numbers import count, share
from ragtui.present.sentences.config import toml_key
from ragtui.present.sentences.notes import say_notes
from ragtui.stats import Coverage, MetricComparison

NAMED = 10
"""Missing items that are named before the rest is counted."""


def comparability(case: Case, policy: Policy) -> Iterator[Finding]:
    """Why these sides are not two measurements of the same thing."""
    for blocker in say_notes(case.blockers):
        yield Finding(Exit.NOT_COMPARABLE, "comparison", f"{blocker[:1].upper()}{blocker[1:]}.")
    for entry in case.comparison.metrics:
        if entry.refused and _asked(entry, policy):
            yield Finding(Exit.NOT_COMPARABLE, entry.metric.name, f"{entry.metric.name} is refused: {entry.refused}.")
        elif entry.metric.higher_is_better is None and _asked(entry, policy):
            yield Finding(Exit.NOT_COMPARABLE, entry.metric.name, _undirected(entry.metric.name, policy))


def _undirected(metric: str, policy: Policy) -> str:
    where = policy.source or "a policy file, given with --policy"
    return (
        f"Whether a higher {metric} is better is not known, so no change of it is a regression or an improvement. "
        f'Add to {where}: [metrics.{toml_key(metric)}] direction = "higher" (or "lower").'
    )


def completeness(case: Case, policy: Policy) -> Iterator[Finding]:
    """What is missing on either side."""
    for who, side in (("baseline", case.baseline), ("candidate", case.candidate)):
        yield from _of_side(who, side)
    if case.candidate.fragments:
        runs = count(case.candidate.fragments, "repeat")
        yield Finding(
            Exit.INCOMPLETE,
            "candidate",
            f"{runs} of the candidate cover less than half of the common items: resume them.",
        )
    for entry in case.comparison.metrics:
        if _asked(entry, policy) and not entry.refused:
            yield from _of_metric(entry, case, policy)
    yield from _error_rate(case, policy)


def evidence(case: Case) -> Iterator[Finding]:
    """Sides whose repeats may prove nothing."""
    for who, side in (("baseline", case.baseline), ("candidate", case.candidate)):
        if side.doubtful:
            yield Finding(Exit.CANNOT_TELL, who, f"The {who} proves nothing: {side.doubtful}.")


def _of_side(who: str, side: SideFacts) -> Iterator[Finding]:
    for unfinished in side.unfinished:
        yield Finding(Exit.INCOMPLETE, who, f"{unfinished}: resume it, or leave it out of the {who}.")
    if side.copied:
        yield Finding(Exit.INCOMPLETE, who, f"The {who}'s repeats are not repeats: {side.copied}.")
    if side.fragments and not side.repeats:
        yield Finding(
            Exit.INCOMPLETE, who, f"The {who} has no complete repeat, only {count(side.fragments, 'fragment')}."
        )


def _of_metric(entry: MetricComparison, case: Case, policy: Policy) -> Iterator[Finding]:
    name, wanted = entry.metric.name, policy.coverage_of(entry.metric.name)
    for who, coverage in (("baseline", entry.coverage_a), ("candidate", entry.coverage_b)):
        if coverage.share < wanted:
            yield Finding(
                Exit.INCOMPLETE,
                name,
                f"{name} is scored in {coverage.scored} of {coverage.expected} {who} results "
                f"({share(coverage.share)}, required {share(wanted)}){_reasons(coverage)}.",
            )
    if entry.aggregate is None:
        yield Finding(Exit.INCOMPLETE, name, f"No item has a {name} score on both sides.")
        return
    cells = entry.cells
    have, paired = cells.n_a > 0, (cells.n_a > 0) & (cells.n_b > 0)
    if have.any() and paired.sum() / have.sum() < wanted:
        lost = [case.comparison.items[row] for row in np.flatnonzero(have & ~paired)]
        more = f" and {len(lost) - NAMED} more" if len(lost) > NAMED else ""
        yield Finding(
            Exit.INCOMPLETE,
            name,
            f"{int(paired.sum())} of the baseline's {count(int(have.sum()), 'item')} have a {name} score in the "
            f"candidate (required {share(wanted)}); missing: {', '.join(lost[:NAMED])}{more}.",
        )


def _reasons(coverage: Coverage) -> str:
    parts = [
        (coverage.item_errors, "failed results"),
        (coverage.metric_errors, "judge failures"),
        (coverage.non_finite, "scores that are no finite number"),
        (coverage.missing, "never written"),
    ]
    said = [f"{amount} {what}" for amount, what in parts if amount]
    return f": {', '.join(said)}" if said else ""


def _error_rate(case: Case, policy: Policy) -> Iterator[Finding]:
    entry = case.comparison.error_rate
    if entry is None or entry.aggregate is None:
        return
    for who, rate in (("baseline", entry.aggregate.mean_a), ("candidate", entry.aggregate.mean_b)):
        if rate > policy.errors.most:
            yield Finding(
                Exit.INCOMPLETE,
                "error rate",
                f"{share(rate)} of the {who}'s results failed (limit {share(policy.errors.most)}).",
            )


def _asked(entry: MetricComparison, policy: Policy) -> bool:
    return entry.metric.name in policy.limits or is_gated(entry, policy)
