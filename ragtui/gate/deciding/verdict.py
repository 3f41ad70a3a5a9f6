"""The decision: findings, and the exit code they add up to. Pure.

Precedence, first match wins: not comparable (5), incomplete (4), regression (1), cannot tell (3), no regression
shown (0). A difference between two rulers is no regression, so comparability comes first. Missing results come
before a regression because an outage of a provider looks like one: the same commit would pass an hour later.
Everything else that was found is still listed. A usage or internal error (2) is raised, never decided.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ragtui.errors import UsageError
from ragtui.exits import Exit
from ragtui.gate.deciding.case import Case
from ragtui.gate.deciding.claims import claims, gated
from ragtui.gate.deciding.completeness import comparability, completeness, evidence
from ragtui.gate.deciding.finding import Finding
from ragtui.gate.deciding.gated import is_gated, only_side
from ragtui.gate.deciding.items import carriers, protected_items, too_many_regressed
from ragtui.gate.deciding.policy import ItemRule, Policy
from ragtui.model import About, Role
from ragtui.present.sentences.notes import say_notes
from ragtui.sources.addresses import is_langfuse
from ragtui.stats.doubts.freshness import looking_cached
from ragtui.stats.doubts.reasons import MeanOpen, MeanRegressed, NothingClaimed, RestsOnLookalikes, TooFewRepeats
from ragtui.stats.enough.needs import Needs, needs
from ragtui.stats.means.claim import Claim, Mode, Standing, Topic

PRECEDENCE = (Exit.NOT_COMPARABLE, Exit.INCOMPLETE, Exit.REGRESSION, Exit.CANNOT_TELL)


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """What the gate decided and everything it rests on.

    Attributes:
        exit: the process's exit code.
        findings: all reasons against the candidate, weightiest first; empty when the exit is OK.
        claims: every gated mean.
        needs: by metric, what it would take to decide it; only for metrics that are undecided.
    """

    exit: Exit
    findings: tuple[Finding, ...]
    claims: tuple[Claim, ...]
    needs: dict[str, Needs]

    @property
    def deciding(self) -> tuple[Finding, ...]:
        """Findings that led to the exit code."""
        return tuple(finding for finding in self.findings if finding.exit is self.exit)


def decide(case: Case, policy: Policy, *, alpha: float | None = None, sequential: bool = False) -> GateVerdict:
    """Judge a case by a policy; cannot tell what rests on items that look cached having been run again.

    Args:
        case: what was compared.
        policy: what is asked.
        alpha: error rate that this look may spend; None: all of the policy's.
        sequential: the runs were looked at before, so single items must meet the Bayes factor's own bound.

    Raises:
        UsageError: the policy names a metric or an item that neither side has, nothing can be gated, or no candidate
            could fail.
    """
    _check_names(case, policy)
    _check_room(case, policy)
    verdict = _decided(case, policy, alpha, sequential=sequential)
    if case.if_cached is None or verdict.exit not in (Exit.OK, Exit.REGRESSION):
        return verdict
    other = _decided(case.if_cached, policy, alpha, sequential=sequential)
    return verdict if other.exit is verdict.exit else _resting(verdict, other.exit, case)


def _resting(verdict: GateVerdict, if_cached: Exit, case: Case) -> GateVerdict:
    """A verdict that does not stand if what looks cached is: its regressions are no longer called."""
    items = looking_cached(case.comparison.fresh_a.looks, case.comparison.fresh_b.looks)
    rests = Finding(Exit.CANNOT_TELL, "comparison", RestsOnLookalikes(items, verdict.exit, if_cached))
    others = (replace(each, exit=Exit.CANNOT_TELL) for each in verdict.findings)
    return replace(verdict, exit=Exit.CANNOT_TELL, findings=(rests, *others))


def _decided(case: Case, policy: Policy, alpha: float | None, *, sequential: bool) -> GateVerdict:
    """The verdict as the repeats seem."""
    made = claims(case, policy, alpha)
    open_needs = {claim.metric: _needs(claim, case) for claim in made if _open(claim)}
    findings = [
        *comparability(case, policy),
        *completeness(case, policy),
        *evidence(case),
        *_from_claims(case, made, open_needs),
        *too_many_regressed(case, policy),
        *protected_items(case, policy, sequential=sequential),
        *_too_few_repeats(case, policy),
    ]
    findings += _unclaimed(case, policy, {*(claim.metric for claim in made), *(each.subject for each in findings)})
    findings.sort(key=lambda finding: PRECEDENCE.index(finding.exit))
    return GateVerdict(findings[0].exit if findings else Exit.OK, tuple(findings), made, open_needs)


def _unclaimed(case: Case, policy: Policy, told: set[str]) -> Iterator[Finding]:
    """Gated metrics of which nothing was tested and nothing said: silence is no "no regression"."""
    for entry in case.comparison.every_metric:
        if entry.metric.name not in told and is_gated(entry, policy):
            yield Finding(Exit.CANNOT_TELL, entry.metric.name, NothingClaimed(entry.metric.name))


def _open(claim: Claim) -> bool:
    """Whether something that is asked of a metric is neither shown nor ruled out."""
    if claim.topic is not Topic.METRIC or claim.standing in (Standing.REGRESSED, Standing.NO_EVIDENCE):
        return False
    if claim.standing is Standing.UNKNOWN or not _met(claim):
        return True
    return claim.margin is not None and not claim.ruled_out


def _needs(claim: Claim, case: Case) -> Needs:
    aggregate = case.comparison.metric(claim.metric).aggregate
    assert aggregate is not None
    return needs(claim, aggregate, (case.baseline.repeats, case.candidate.repeats), claim.margin)


def _from_claims(case: Case, made: Sequence[Claim], open_needs: dict[str, Needs]) -> Iterator[Finding]:
    for claim in made:
        if claim.standing is Standing.REGRESSED:
            yield Finding(Exit.REGRESSION, claim.name, MeanRegressed(claim, *_carried(case, claim)))
        elif claim.standing is Standing.NO_EVIDENCE:
            continue  # said once, of the side
        elif claim.standing is Standing.UNKNOWN or not _met(claim):
            yield Finding(Exit.CANNOT_TELL, claim.name, MeanOpen(claim, open_needs.get(claim.metric)))


def _carried(case: Case, claim: Claim) -> tuple[tuple[str, ...], bool]:
    """Items behind a loss, and whether any of them is proven worse alone."""
    if claim.topic not in (Topic.METRIC, Topic.SLICE):
        return (), False
    rows = None
    if claim.topic is Topic.SLICE:
        part = next(part for part in case.slices if (part.name, part.metric) == (claim.slice, claim.metric))
        rows = {case.comparison.row_of[item] for item in part.members}
    found = carriers(case.comparison.metric(claim.metric), rows)
    proven = [carrier for carrier in found if carrier.proven] or found
    names = tuple(case.comparison.items[carrier.row] for carrier in proven)
    return names, any(carrier.proven for carrier in found)


def _met(claim: Claim) -> bool:
    """Whether a claim that is no regression shows what its mode asks."""
    if claim.mode is Mode.NON_INFERIORITY:
        return claim.ruled_out
    if claim.mode is Mode.SUPERIORITY:
        return claim.standing is Standing.IMPROVED
    return True


def _too_few_repeats(case: Case, policy: Policy) -> Iterator[Finding]:
    for side, who in ((case.baseline, "baseline"), (case.candidate, "candidate")):
        missing = policy.min_repeats - (side.repeats - side.copies)
        if missing > 0:
            reason = TooFewRepeats(who, side.repeats, policy.min_repeats, missing)
            yield Finding(Exit.CANNOT_TELL, who, reason)


def _check_room(case: Case, policy: Policy) -> None:
    """See that some gated metric of the baseline has as much to lose as its margin, unless something else is asked."""
    if policy.limits or policy.slices or policy.items != ItemRule():
        return
    asked = [entry for entry in gated(case.comparison, policy) if entry.aggregate is not None]
    without = [note for entry in asked for note in entry.notes if note.about is About.NO_ROOM]
    if asked and len(without) == len(asked):
        raise UsageError(
            f"{policy.source or 'policy'}: no candidate could fail: {'; '.join(say_notes(without))}",
            "Give the smallest loss that matters, or a baseline that has something to lose.",
        )


def _nothing_common(case: Case, policy: Policy) -> str:
    """Why no metric can be gated: none was named, or those there are stand on one side only."""
    entries = [entry for entry in case.comparison.every_metric if entry.metric.role is Role.QUALITY]
    lone = [entry.metric.name for entry in entries if only_side(entry) and policy.gates(entry.metric.name)]
    if not lone:
        return "The runs carry no quality metric that the policy names."
    hosted = any(map(is_langfuse, (*case.baseline.places, *case.candidate.places)))
    waiting = " Scores of a hosted run that just ended may still be on their way." if hosted else ""
    return f"Scored on one side only: {', '.join(lone)}.{waiting}"


def _check_names(case: Case, policy: Policy) -> None:
    comparison = case.comparison
    place = policy.source or "policy"
    known = [entry.metric.name for entry in comparison.every_metric]
    for name in (*policy.metrics, *policy.limits):
        if name not in known:
            raise UsageError(f"{place}: no run scores {name!r}", f"Metrics at hand: {', '.join(known) or 'none'}.")
    resources = [entry.metric.name for entry in comparison.metrics if entry.metric.role is Role.RESOURCE]
    for name in policy.metrics:
        if name in resources:
            raise UsageError(
                f"{place}: metrics.{name}: {name} is a resource, not a quality", f"Write it as [limits.{name}]."
            )
    if not any(is_gated(entry, policy) for entry in comparison.every_metric):
        raise UsageError(f"{place}: nothing to gate", _nothing_common(case, policy))
    for pattern in policy.items.never_regress:
        if not any(policy.items.matches(pattern, item) for item in comparison.items):
            raise UsageError(
                f"{place}: items.never_regress names {pattern!r}, which no run has", "Correct the id or the pattern."
            )
