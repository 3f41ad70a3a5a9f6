"""Repeats until it is decided, with the error rates kept.

Looking again and again at growing runs and stopping at the first alarm multiplies false alarms. So look k may
spend only alpha / (k (k + 1)), which sums to alpha over any number of looks, for regressions and for "not worse"
alike. Single items are judged by their Bayes factor, which may be looked at as often as one likes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ragtui.errors import UsageError
from ragtui.exits import Exit
from ragtui.gate.deciding.case import Case
from ragtui.gate.deciding.gated import is_gated
from ragtui.gate.deciding.policy import Policy
from ragtui.gate.deciding.verdict import GateVerdict, decide
from ragtui.gate.record import LookLine
from ragtui.present.sentences.gate import TITLES
from ragtui.stats import look_alpha
from ragtui.stats.means.claim import Mode, Standing, Topic


@dataclass(frozen=True, eq=False)
class Decided:
    """Where the looks ended."""

    case: Case
    verdict: GateVerdict
    looks: tuple[LookLine, ...]


def until_decided(measure: Callable[[], Case], repeat: Callable[[], None], policy: Policy, budget: int) -> Decided:
    """Look, and while undecided make one more repeat of the candidate and look again.

    Args:
        measure: the case as the runs stand now.
        repeat: makes one further repeat of the candidate; returns when it is written.
        policy: what is asked; every gated metric needs a margin, or superiority as its mode.
        budget: most further repeats.

    Raises:
        UsageError: a gated metric has nothing to decide: no margin.
    """
    looks: list[LookLine] = []
    for look in range(1, budget + 2):
        case = measure()
        check_margins(case, policy, "--until-decided")
        alpha = look_alpha(look, policy.alpha)
        verdict = decide(case, policy, alpha=alpha, sequential=True)
        looks.append(LookLine(look, case.candidate.repeats, alpha, TITLES[verdict.exit].lower()))
        if settled(verdict) or look > budget:
            return Decided(case, verdict, tuple(looks))
        repeat()
    raise AssertionError("the last look returns")


def settled(verdict: GateVerdict) -> bool:
    """Whether another repeat of the candidate could change nothing that is asked."""
    if verdict.exit is Exit.CANNOT_TELL:
        return False
    if verdict.exit is not Exit.OK:
        return True
    return all(
        claim.standing is Standing.IMPROVED or (claim.ruled_out and claim.mode is not Mode.SUPERIORITY)
        for claim in verdict.claims
        if claim.topic is Topic.METRIC
    )


def check_margins(case: Case, policy: Policy, what: str) -> None:
    """Refuse to look again and again where nothing can ever be decided.

    Args:
        what: looks again; for the message.

    Raises:
        UsageError: a gated metric has no margin.
    """
    for entry in case.comparison.quality:
        name = entry.metric.name
        if is_gated(entry, policy) and not policy.margin_of(name) and policy.mode_of(name) is not Mode.SUPERIORITY:
            raise UsageError(
                f"{policy.source or 'policy'}: {what} needs a margin for {name}",
                f"Without a smallest change that matters nothing is ever decided: set metrics.{name}.margin or margin.",
            )
