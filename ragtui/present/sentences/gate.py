"""What a gate says, in plain sentences. One place, so that every report says the same."""

from __future__ import annotations

from collections.abc import Sequence

from ragtui.exits import Exit
from ragtui.present.explain import say_cell
from ragtui.present.numbers import count, interval, number, p_value, share, signed
from ragtui.present.sentences.config import example_label, toml_key
from ragtui.present.sentences.evidence import CLAIM, freshness_note
from ragtui.present.sentences.notes import say_notes
from ragtui.present.sentences.refusals import say_refusal
from ragtui.stats.comparison import Coverage
from ragtui.stats.doubts.reasons import (
    CandidateFragments,
    ChangeReason,
    Copied,
    CopyOfBaseline,
    Doubtful,
    LowCoverage,
    MeanOpen,
    MeanRegressed,
    MetricReason,
    MetricRefused,
    NoDirection,
    NothingClaimed,
    NothingPaired,
    NotOneRuler,
    OnlyFragments,
    ProtectedUnscored,
    ProtectedWorse,
    Reason,
    RestsOnLookalikes,
    RunsReason,
    TooFewRepeats,
    TooManyErrors,
    TooManyWorse,
    Unfinished,
    Unpaired,
)
from ragtui.stats.enough.needs import Needs
from ragtui.stats.means.claim import Claim, Mode, Standing, Topic

TITLES = {
    Exit.OK: "No regression shown",
    Exit.REGRESSION: "Regression",
    Exit.ERROR: "Error",
    Exit.CANNOT_TELL: "Cannot tell",
    Exit.INCOMPLETE: "Incomplete",
    Exit.NOT_COMPARABLE: "Not comparable",
}

NAMED_IN_TITLE = 4
"""Regressed means that a headline names; metrics come before slices."""

QUESTIONS = {
    "suite": "Did this suite change? Only run noise counts; the answer says nothing about new questions.",
    "population": "Would new questions like these agree? The items count as a sample, besides run noise.",
}


def say_claim(claim: Claim) -> str:
    """One gated mean in one or two sentences, with its numbers."""
    digits = claim.digits
    if claim.topic is Topic.BUDGET:
        return _say_budget(claim, digits)
    move = f"{_means(claim, digits)}, {signed(claim.delta, digits)}"
    if claim.interval is not None:
        bounds = interval(claim.interval.lo, claim.interval.hi, digits)
        move += f", {share(claim.interval.confidence)} interval {bounds}"
    return f"{claim.name}: {move}; {_standing(claim, digits)}."


def _means(claim: Claim, digits: int) -> str:
    if claim.topic is Topic.ERRORS:
        return f"{share(claim.mean_a)} → {share(claim.mean_b)}"
    return f"{number(claim.mean_a, digits)} → {number(claim.mean_b, digits)}"


def _standing(claim: Claim, digits: int) -> str:
    margin = "" if not claim.margin else f" of {number(claim.margin, digits)}"
    if claim.standing is Standing.REGRESSED:
        size = f" and at least the margin{margin}" if margin else ""
        return f"worse beyond noise (p {p_value(claim.p_worse)} after Holm){size}"
    if claim.standing is Standing.BELOW_MARGIN:
        return f"worse beyond noise (p {p_value(claim.p_worse)} after Holm), but by less than the margin{margin}"
    if claim.standing is Standing.IMPROVED:
        return "better beyond noise"
    if claim.standing is Standing.NOT_WORSE:
        return f"a loss of the margin{margin} is ruled out"
    if claim.standing is Standing.NO_EVIDENCE:
        return "the repeats are no evidence, so nothing is shown or ruled out"
    if claim.standing is Standing.UNKNOWN:
        seen = (
            ""
            if claim.smallest is None
            else f" (new questions would have shown about {number(claim.smallest, digits)})"
        )
        why = "nothing was repeated" if claim.items > 1 else "one item cannot tell the noise of a mean"
        return f"{why} and no noise profile fits, so noise is unknown{seen}"
    said = {
        Mode.NO_REGRESSION: "no regression shown",
        Mode.NON_INFERIORITY: f"not shown to be not worse: it could be as bad as {signed(_worst_delta(claim), digits)}",
        Mode.SUPERIORITY: f"not shown to be better{f' by the margin{margin}' if margin else ''}",
    }[claim.mode]
    if claim.smallest is not None:
        said += f"; these runs show a change of about {number(claim.smallest, digits)} with 80 % power"
    return said


def _worst_delta(claim: Claim) -> float:
    return -claim.worst if claim.higher_is_better else claim.worst


def _say_budget(claim: Claim, digits: int) -> str:
    text = f"{claim.metric}: mean {number(claim.mean_b, digits)}, limit {number(claim.mean_a, digits)}"
    if claim.standing is Standing.REGRESSED:
        return f"{text}; above the limit beyond noise (p {p_value(claim.p_worse)} after Holm)."
    if claim.loss > 0:
        return f"{text}; above the limit, but within noise."
    return f"{text}; within the limit."


def say_needs(claim: Claim, needs: Needs | None) -> str:
    """What is still missing, as an instruction."""
    if needs is None:
        return ""
    if needs.target is None:
        parts = _repeats(needs)
        return f"To learn the noise, run {parts}, or load a noise profile." if parts else ""
    target = f"a change of {number(needs.target, claim.digits)}"
    if needs.items is not None:
        return f"To tell {target}, no number of repeats is enough: the suite needs about {count(needs.items, 'item')}."
    if needs.candidate is None:
        return f"Runs drift too much to tell {target} with any number of items at these repeats."
    parts = _repeats(needs)
    return f"To tell {target}, run about {parts}." if parts else ""


def _repeats(needs: Needs) -> str:
    sides = (("baseline", needs.baseline), ("candidate", needs.candidate))
    return " and ".join(f"{count(more, 'more repeat')} of the {side}" for side, more in sides if more)


def headline(exit_code: Exit, claims: Sequence[Claim], reasons: Sequence[str], mode: Mode) -> str:
    """The verdict in one line for a title, a commit status or an annotation."""
    if exit_code is Exit.OK:
        metrics = [claim for claim in claims if claim.topic is Topic.METRIC]
        return f"{_passed(metrics, mode)}: {_joined(metrics)}"
    regressed = [claim for claim in claims if claim.standing is Standing.REGRESSED]
    if exit_code is Exit.REGRESSION and regressed:
        said = ", ".join(f"{claim.name} {_move(claim)}" for claim in regressed[:NAMED_IN_TITLE])
        hidden = len(regressed) - NAMED_IN_TITLE
        return f"{TITLES[exit_code]}: {said}{f' and {hidden} more' if hidden > 0 else ''}"
    first = reasons[0].rstrip(".") if reasons else ""
    more = f" (and {count(len(reasons) - 1, 'more reason')})" if len(reasons) > 1 else ""
    return f"{TITLES[exit_code]}: {first}{more}"


def _move(claim: Claim) -> str:
    digits = claim.digits
    return f"{signed(claim.delta, digits)} ({_means(claim, digits)})"


def _passed(metrics: Sequence[Claim], mode: Mode) -> str:
    if metrics and all(claim.standing is Standing.IMPROVED for claim in metrics):
        return "Improved"
    if mode is not Mode.SUPERIORITY and metrics and all(claim.ruled_out for claim in metrics):
        return "Not worse"
    return TITLES[Exit.OK]


def _joined(metrics: Sequence[Claim]) -> str:
    return ", ".join(f"{claim.metric} {signed(claim.delta, claim.digits)}" for claim in metrics)


NAMED = 10
"""Items that are named before the rest is counted."""


def say_reason(reason: Reason) -> str:
    """Why the gate does not say "no regression", in whole sentences."""
    if isinstance(reason, RunsReason):
        return _say_of_runs(reason)
    return _say_of_metric(reason) if isinstance(reason, MetricReason) else _say_of_change(reason)


def _say_of_runs(reason: RunsReason) -> str:
    match reason:
        case NotOneRuler():
            said = say_notes(reason.notes)[0]
            return f"{said[:1].upper()}{said[1:]}."
        case Unfinished():
            state = "ran chosen items only" if reason.status is None else f"is {reason.status.value}"
            return f"{reason.run} {state}: resume it, or leave it out of the {reason.side}."
        case Copied():
            return f"The {reason.side}'s repeats are not repeats: {freshness_note(reason.fresh, reason.repeats)}."
        case Doubtful():
            return f"The {reason.side} proves nothing: {freshness_note(reason.fresh, reason.repeats)}."
        case RestsOnLookalikes():
            return (
                f'"{TITLES[reason.decided]}" would rest on {count(reason.items, "item")} that look cached; were they, '
                f'the answer would be "{TITLES[reason.if_cached].lower()}". Record latencies, run again with every '
                f"cache off, or say {CLAIM} if they were run again."
            )
        case CopyOfBaseline():
            return f"The {reason.side} holds a copy of a run of the baseline: being the same is no finding."
        case OnlyFragments():
            return f"The {reason.side} has no complete repeat, only {count(reason.fragments, 'fragment')}."
        case CandidateFragments():
            repeats = count(reason.fragments, "repeat")
            return f"{repeats} of the candidate cover less than half of the common items: resume them."
        case TooManyErrors():
            return f"{share(reason.rate)} of the {reason.side}'s results failed (limit {share(reason.most)})."
        case TooFewRepeats():
            return (
                f"The {reason.side} has {reason.repeats} of the {reason.wanted} repeats that are asked; "
                f"run {reason.missing} more."
            )


def _say_of_metric(reason: MetricReason) -> str:
    match reason:
        case MetricRefused():
            return f"{reason.metric} is refused: {say_refusal(reason.why)}."
        case NoDirection():
            return _undirected(reason)
        case NothingClaimed():
            return f"Nothing could be tested of {reason.metric}, so nothing is known of its change."
        case LowCoverage():
            covered = reason.coverage
            return (
                f"{reason.metric} is scored in {covered.scored} of {covered.expected} {reason.side} results "
                f"({share(covered.share)}, required {share(reason.wanted)}){_lost(covered)}."
            )
        case NothingPaired():
            return f"No item has a {reason.metric} score on both sides."
        case Unpaired():
            return (
                f"{reason.have - len(reason.missing)} of the baseline's {count(reason.have, 'item')} have a "
                f"{reason.metric} score in the candidate (required {share(reason.wanted)}); "
                f"missing: {_listed(reason.missing)}."
            )


def _say_of_change(reason: ChangeReason) -> str:
    match reason:
        case MeanRegressed():
            if not reason.carriers:
                return say_claim(reason.claim)
            start = "Carried by" if reason.proven else "No item is proven worse alone; the largest losses are"
            return f"{say_claim(reason.claim)} {start} {_listed(reason.carriers)}."
        case MeanOpen():
            return f"{say_claim(reason.claim)} {say_needs(reason.claim, reason.needs)}".strip()
        case ProtectedUnscored():
            return f"{reason.item} may never regress and has no {reason.metric} score."
        case ProtectedWorse():
            return f"{reason.item} may never regress. {say_cell(reason.facts)}"
        case TooManyWorse():
            return f"{reason.found} items are proven worse on {reason.metric}; the policy allows {reason.most}."


def _undirected(reason: NoDirection) -> str:
    where = reason.policy or "a policy file, given with --policy"
    table = f"[metrics.{toml_key(reason.metric)}]"
    if reason.labels:
        return (
            f"Which labels of {reason.metric} are good is not known, so no change of them is a regression or an "
            f"improvement. Add to {where}: {table} good = [{example_label(reason.metric, reason.labels)}] "
            f"(labels: {', '.join(reason.labels)}), or name the metrics that are gated."
        )
    return (
        f"Whether a higher {reason.metric} is better is not known, so no change of it is a regression or an "
        f'improvement. Add to {where}: {table} direction = "higher" (or "lower").'
    )


def _lost(coverage: Coverage) -> str:
    parts = [
        (coverage.item_errors, "failed results"),
        (coverage.metric_errors, "judge failures"),
        (coverage.non_finite, "scores that are no finite number"),
        (coverage.missing, "never written"),
    ]
    said = [f"{amount} {what}" for amount, what in parts if amount]
    return f": {', '.join(said)}" if said else ""


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {rest} more" if rest > 0 else "")
