"""The mean of a metric in a sentence, with its interval and what it may claim."""

from __future__ import annotations

from ragtui.model import Metric
from ragtui.present.numbers import count, share
from ragtui.present.sentences.amounts import mean_amount, mean_change
from ragtui.present.sentences.labels import category_sentence
from ragtui.present.sentences.refusals import say_refusal
from ragtui.stats import Aggregate, Estimand, Interval, MetricComparison, Outcome
from ragtui.stats.enough.planning import repeats_to_see


def explain_aggregate(entry: MetricComparison) -> str:
    """The mean of one metric in a sentence."""
    metric, name = entry.metric, entry.metric.name
    if entry.refused:
        return f"{name}: not compared, {say_refusal(entry.refused)}."
    mean = entry.aggregate
    if entry.labels is not None:
        return category_sentence(entry)
    if mean is None:
        return f"{name}: no item has a score on both sides."
    movement = (
        f"{name} {mean_amount(metric, mean.mean_a)} → {mean_amount(metric, mean.mean_b)} over {count(mean.n, 'item')}, "
        f"{mean_change(metric, mean.delta)}"
    )
    interval = mean.interval
    if interval is None:
        return f"{movement}: no repeats, so the noise is unknown. Repeat the baseline 3× or load a noise profile."
    scope = "these items" if mean.estimand == Estimand.SUITE else "items like these"
    bounds = f"{mean_change(metric, interval.lo)} to {mean_change(metric, interval.hi)}"
    conclusion = _conclusion(metric, mean, interval)
    return f"{movement} ({share(interval.confidence)} interval {bounds}, {scope}): {conclusion}."


def _conclusion(metric: Metric, mean: Aggregate, interval: Interval) -> str:
    match mean.outcome:
        case Outcome.NOT_WORSE:
            return f"not worse than the {mean_amount(metric, mean.margin or 0.0)} margin"
        case Outcome.EQUIVALENT:
            return f"equivalent within the ±{mean_amount(metric, mean.margin or 0.0)} margin"
        case Outcome.INCONCLUSIVE if metric.higher_is_better is None:
            return f"no change shown{_resolution(metric, mean)}"
        case Outcome.INCONCLUSIVE:
            worst = interval.lo if metric.higher_is_better else interval.hi
            return f"inconclusive, could be as bad as {mean_change(metric, worst)}{_resolution(metric, mean)}"
        case outcome:
            return outcome.value


def _resolution(metric: Metric, mean: Aggregate) -> str:
    """What it would take to know more."""
    noise = mean.components
    if noise is None or mean.mde is None:
        return "; repeats would show how much of this is noise"
    if mean.margin is None:
        return f"; these runs would show a change of about {mean_amount(metric, mean.mde)}"
    margin = mean_amount(metric, mean.margin)
    repeats = repeats_to_see(mean.margin, mean.n, noise, mean.true_change_variance)
    if repeats is None:
        return f"; no number of repeats would resolve the {margin} margin, more items would"
    return f"; about {count(repeats, 'repeat')} a side would resolve the {margin} margin"
