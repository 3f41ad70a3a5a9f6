"""The statistical half of a verdict: every gated mean as one test, and what it may claim."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from ragtui.gate.deciding.case import Case, SliceFacts
from ragtui.gate.deciding.gated import is_gated
from ragtui.gate.deciding.multiplicity import holm
from ragtui.gate.deciding.policy import Limit, Policy
from ragtui.present.numbers import mean_decimals
from ragtui.stats import Aggregate, Comparison, Estimand, Interval, MetricComparison, t_quantile, t_two_sided
from ragtui.stats.enough.mean_test import MeanTest
from ragtui.stats.means.claim import Claim, Mode, Standing, Topic


def claims(case: Case, policy: Policy, alpha: float | None = None) -> tuple[Claim, ...]:
    """Every gated mean with its standing.

    A regression needs a Holm-adjusted two-sided p at or below alpha on the bad side, and a loss of at least the
    margin. "Not worse" needs the one-sided bound above minus the margin. "Improved" is the mirror of regressed
    without the correction: in superiority mode every metric has to show it, so a gate cannot pass by luck on one.

    Args:
        case: what was compared.
        policy: what is asked.
        alpha: error rate of this look; None: the policy's.
    """
    alpha = policy.alpha if alpha is None else alpha
    raw = [
        *(_of_metric(entry, policy) for entry in gated(case.comparison, policy) if entry.aggregate is not None),
        *(_of_slice(part, case) for part in case.slices if part.aggregate is not None),
        *_of_errors(case, policy),
        *_of_limits(case, policy),
    ]
    adjusted = holm([claim.p if claim.loss > 0 else 1.0 for claim in raw])
    judged = (_judged(claim, p_worse, alpha, policy) for claim, p_worse in zip(raw, adjusted, strict=True))
    return tuple(judged) if case.comparison.proves else tuple(map(_withheld, judged))


def gated(comparison: Comparison, policy: Policy) -> tuple[MetricComparison, ...]:
    """Entries of the gated metrics that can be compared at all; the gate decides nothing without a direction."""
    return tuple(
        entry
        for entry in (*comparison.quality, *(e for e in comparison.every_metric if e.metric.label_of))
        if is_gated(entry, policy) and entry.metric.higher_is_better is not None
    )


def _of_metric(entry: MetricComparison, policy: Policy) -> Claim:
    assert entry.aggregate is not None
    name = entry.metric.name
    higher = _direction(entry)
    claim = _claim(Topic.METRIC, name, entry.aggregate, policy.mode_of(name), policy.margin_of(name), higher)
    return replace(claim, digits=mean_decimals(entry.metric))


def _direction(entry: MetricComparison) -> bool:
    assert entry.metric.higher_is_better is not None
    return entry.metric.higher_is_better


def _of_slice(part: SliceFacts, case: Case) -> Claim:
    """Slices may fail a gate, but "not worse" is asked of the whole suite only: a slice is small."""
    assert part.aggregate is not None
    higher = _direction(case.comparison.metric(part.metric))
    claim = _claim(Topic.SLICE, part.metric, part.aggregate, Mode.NO_REGRESSION, part.margin, higher)
    return replace(claim, slice=part.name, digits=mean_decimals(case.comparison.metric(part.metric).metric))


def _of_errors(case: Case, policy: Policy) -> Sequence[Claim]:
    entry = case.comparison.error_rate
    if entry is None or entry.aggregate is None or not (entry.aggregate.mean_a or entry.aggregate.mean_b):
        return ()
    margin = policy.errors.margin
    return (_claim(Topic.ERRORS, entry.metric.name, entry.aggregate, Mode.NO_REGRESSION, margin, False),)


def _of_limits(case: Case, policy: Policy) -> Sequence[Claim]:
    out = []
    entries = {entry.metric.name: entry for entry in case.comparison.every_metric if not entry.refused}
    for name, limit in policy.limits.items():
        entry = entries.get(name)
        if entry is None or entry.aggregate is None or entry.metric.higher_is_better is None:
            continue
        aggregate = entry.aggregate
        if limit.increase is not None:
            margin = limit.increase * abs(aggregate.mean_a)
            claim = _claim(Topic.INCREASE, name, aggregate, Mode.NO_REGRESSION, margin, _direction(entry))
            out.append(replace(claim, digits=mean_decimals(entry.metric)))
        if limit.most is not None:
            out.append(_against_budget(name, limit, entry, len(case.comparison.repeats_b)))
    return out


def _against_budget(name: str, limit: Limit, entry: MetricComparison, repeats: int) -> Claim:
    """The candidate's mean against a fixed number; run noise of the candidate alone counts."""
    aggregate = entry.aggregate
    assert aggregate is not None and limit.most is not None
    delta = aggregate.mean_b - limit.most
    parts = aggregate.components
    interval = None
    if parts is not None and repeats:
        variance = parts.sigma2_e / (aggregate.n * repeats) + parts.sigma2_run / repeats
        interval = _interval(delta, math.sqrt(variance), parts.df_run if parts.sigma2_run > 0 else parts.df_e)
    return Claim(
        topic=Topic.BUDGET,
        metric=name,
        slice="",
        mode=Mode.NO_REGRESSION,
        items=aggregate.n,
        mean_a=limit.most,
        mean_b=aggregate.mean_b,
        delta=delta,
        interval=interval,
        estimand="suite",
        margin=0.0,
        higher_is_better=False,
        p=interval.p if interval else 1.0,
        noise=aggregate.source,
        digits=mean_decimals(entry.metric),
    )


def _interval(delta: float, se: float, df: float, confidence: float = 0.95) -> Interval:
    half = t_quantile(confidence, df) * se
    p = t_two_sided(abs(delta) / se, df) if se > 0 else float(delta == 0)
    return Interval(delta - half, delta + half, se, df, p, confidence)


def _claim(
    topic: Topic, name: str, aggregate: Aggregate, mode: Mode, margin: float | None, higher_is_better: bool | None
) -> Claim:
    interval = aggregate.interval
    return Claim(
        topic=topic,
        metric=name,
        slice="",
        mode=mode,
        items=aggregate.n,
        mean_a=aggregate.mean_a,
        mean_b=aggregate.mean_b,
        delta=aggregate.delta,
        interval=interval,
        estimand=str(aggregate.estimand),
        margin=margin,
        higher_is_better=higher_is_better,
        p=_p_of(aggregate),
        smallest=_smallest(aggregate),
        noise=aggregate.source,
    )


def _smallest(aggregate: Aggregate) -> float | None:
    """Where run noise is unknown, the items' own spread still says what the population question could have shown."""
    if aggregate.mde is None and aggregate.interval is not None:
        return MeanTest(aggregate.interval.se**2, aggregate.interval.df, aggregate.interval.df).smallest()
    return aggregate.mde


def _p_of(aggregate: Aggregate) -> float:
    """The deciding interval's p. Scores that never vary make it zero at any delta: there the flip test decides."""
    interval = aggregate.interval
    if interval is None:
        return 1.0
    return interval.p if interval.se > 0 else max(interval.p, aggregate.p_flip)


def _judged(claim: Claim, p_worse: float, alpha: float, policy: Policy) -> Claim:
    claim = replace(claim, p_worse=p_worse, worst=loss_bound(claim, alpha))
    margin = claim.margin or 0.0
    # Without repeats the items' own spread still answers the population question, never the suite question.
    blind = claim.noise == "none" and policy.estimand is Estimand.SUITE and claim.topic is Topic.METRIC
    if claim.higher_is_better is None:
        standing = Standing.UNKNOWN
    elif claim.loss > 0 and p_worse <= alpha:
        standing = Standing.REGRESSED if claim.loss >= margin else Standing.BELOW_MARGIN
    elif claim.loss < 0 and claim.p <= alpha and -claim.loss >= margin:
        standing = Standing.IMPROVED
    elif blind:
        standing = Standing.UNKNOWN
    elif claim.ruled_out:
        standing = Standing.NOT_WORSE
    else:
        standing = Standing.NOT_SHOWN
    return replace(claim, standing=standing)


def _withheld(claim: Claim) -> Claim:
    return replace(claim, p=1.0, p_worse=1.0, worst=math.nan, standing=Standing.NO_EVIDENCE)


def loss_bound(claim: Claim, alpha: float) -> float:
    """One-sided upper bound of the loss at level alpha (the end of the two-sided 1 - 2 alpha interval)."""
    if claim.interval is None:
        return math.nan
    return claim.loss + t_quantile(1.0 - 2.0 * alpha, claim.interval.df) * claim.interval.se
