"""From two sides to a case: the shared comparison, the slices, and the facts a verdict needs beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches

import numpy as np

from ragtui.errors import UsageError
from ragtui.gate.deciding.case import Case, SideFacts, SliceFacts
from ragtui.gate.deciding.claims import gated
from ragtui.gate.deciding.gated import is_gated, only_side
from ragtui.gate.deciding.policy import Policy, SliceRule
from ragtui.gate.recording import Setting
from ragtui.model import About, DirectionFrom, Floats, Item, Metric, Note, RunStatus, Scores, judged_label, metric_rows
from ragtui.present.origin import origin_field
from ragtui.present.sentences.evidence import say_taught
from ragtui.stats import Comparison, Estimand, Freshness, MetricComparison, Settings, compare_mean
from ragtui.stats.doubts.withheld import without_copies
from ragtui.workbench import NoiseEvidence, Side, SideComparison, check_margins, compare_sides


def settings_for(policy: Policy, metrics: Sequence[Metric]) -> Settings:
    """What the shared comparison is told; with a policy that says nothing, exactly what `compare` tells it."""
    names = dict.fromkeys(name for metric in metrics for name in (metric.name, metric.label_of) if name)
    margins = {name: margin for name in names if (margin := policy.margin_of(name))}
    estimand = Estimand.POPULATION if policy.estimand is Estimand.POPULATION else None
    return Settings(
        confidence=policy.confidence,
        estimand=estimand,
        margins=margins,
        repeats_are_fresh=policy.repeats_are_fresh,
        borrow=False,
    )


def by_policy(policy: Policy, a: Side, b: Side) -> tuple[Side, Side, Settings]:
    """The sides with the policy's directions, and its margins and question.

    Raises:
        UsageError: a margin is as wide as a metric's whole scale.
    """
    a, b = _directed(a, policy), _directed(b, policy)
    settings = settings_for(policy, (*a.scores.metrics, *b.scores.metrics))
    check_margins(settings.margins, (a, b), policy.source or "policy")
    return a, b, settings


def compare_by_policy(policy: Policy, a: Side, b: Side, evidence: NoiseEvidence | None = None) -> SideComparison:
    """The comparison by a policy of sides that are in no library, with evidence at hand.

    Raises:
        UsageError: a run stands on both sides.
        NotComparable: no common item.
    """
    a, b, settings = by_policy(policy, a, b)
    return replace(compare_sides(a, b, settings, evidence), learned=evidence)


def case_of(result: SideComparison, policy: Policy) -> Case:
    """Everything a verdict rests on.

    Raises:
        UsageError: a slice names metadata that no item has.
    """
    comparison = result.comparison
    fragments = (len(comparison.left_out_a), len(comparison.left_out_b))
    return Case(
        comparison=comparison,
        baseline=_facts(result.a, fragments[0], comparison.fresh_a),
        candidate=_facts(result.b, fragments[1], comparison.fresh_b),
        slices=tuple(_slices(result, policy, result.learned)),
        blockers=(*result.blockers, *_mixed("baseline", result.a), *_mixed("candidate", result.b)),
        warnings=(*result.notes, *_one_sided(comparison, policy), *_unscored(comparison, policy)),
        evidence=say_taught(result.evidence),
        if_cached=None
        if comparison.if_cached is None
        else case_of(replace(result, comparison=comparison.if_cached), policy),
    )


def setting_of(result: SideComparison, now: datetime) -> Setting:
    """Words for the record: dataset, revisions, questions, traces."""
    configuration = result.a.configuration
    version = f"@{configuration.dataset_version}" if configuration.dataset_version else ""
    return Setting(
        dataset=f"{configuration.dataset}{version}",
        origin=origin_field(result.origins),
        git=(_revision(result.a), _revision(result.b)),
        question=lambda item: result.a.item(item).question or result.b.item(item).question,
        url=lambda item: _trace(result.b, item),
        now=now,
    )


def _directed(side: Side, policy: Policy) -> Side:
    def turned(metric: Metric) -> Metric:
        if good := policy.good_labels(metric.label_of):
            metric = judged_label(metric, good, DirectionFrom.POLICY)
        direction = policy.direction_of(metric.name)
        return metric.directed(direction, DirectionFrom.POLICY)

    if all(turned(metric) is metric for metric in side.scores.metrics):
        return side
    return replace(side, scores=replace(side.scores, metrics=tuple(map(turned, side.scores.metrics))))


def _facts(side: Side, fragments: int, fresh: Freshness) -> SideFacts:
    unfinished = (
        *((header.name, header.status) for header in side.headers if header.status is not RunStatus.COMPLETE),
        *((header.name, None) for header in side.headers if header.selection is not None),
    )
    return SideFacts(
        label=side.label,
        runs=tuple(header.name for header in side.headers),
        repeats=len(side.scores.repeats) - fragments,
        fragments=fragments,
        unfinished=unfinished,
        fresh=fresh,
        places=tuple(header.location for header in side.headers),
    )


def _one_sided(comparison: Comparison, policy: Policy) -> Iterator[Note]:
    for entry in comparison.quality:
        side = only_side(entry)
        if side and not is_gated(entry, policy):
            yield Note(About.ONE_SIDED, side, metric=entry.metric.name)


def _unscored(comparison: Comparison, policy: Policy) -> Iterator[Note]:
    """Results of gated metrics that have no score, though enough have one: the losses may be among them."""
    for entry in gated(comparison, policy):
        cells = entry.cells
        lost = np.flatnonzero((cells.n_a > 0) & (cells.n_b == 0))
        names = {"baseline": (), "candidate": tuple(comparison.items[row] for row in lost)}
        for who, found in (("baseline", entry.coverage_a), ("candidate", entry.coverage_b)):
            if policy.coverage_of(entry.metric.name) <= found.share < 1:  # below it the verdict says so
                missing = found.expected - found.scored
                yield Note(About.UNSCORED, who, entry.metric.name, missing, found.expected, names[who])


def _mixed(who: str, side: Side) -> list[Note]:
    prints = {header.configuration.fingerprint() for header in side.headers if header.configuration.known}
    return [Note(About.MIXED_SIDE, who, count=len(prints))] if len(prints) > 1 else []


def _revision(side: Side) -> str:
    return ", ".join(dict.fromkeys(str(header.revision) for header in side.headers if header.revision))


def _trace(side: Side, item: str) -> str:
    for repeat in side.scores.repeats:
        result = side.result(item, repeat)
        if result is not None and result.trace_url:
            return result.trace_url
    return ""


def _slices(result: SideComparison, policy: Policy, evidence: NoiseEvidence | None) -> Iterator[SliceFacts]:
    if not policy.slices:
        return
    comparison = result.comparison
    metadata = {item: _metadata(result, item) for item in comparison.items}
    sides = tuple(
        without_copies(side.scores.aligned(comparison.items, side.scores.metrics), fresh)
        for side, fresh in ((result.a, comparison.fresh_a), (result.b, comparison.fresh_b))
    )
    for rule in policy.slices:
        for name, members in _members(rule, metadata, policy):
            for entry in gated(comparison, policy):
                margin = policy.margin_of(entry.metric.name) if rule.margin is None else rule.margin
                if rule.margin is not None:
                    source = f"{policy.source or 'policy'}: slices: {rule.name}"
                    check_margins({entry.metric.name: rule.margin}, (result.a, result.b), source)
                yield _slice(sides, policy, evidence, entry, name, members, margin)


def _metadata(result: SideComparison, item: str) -> dict[str, str]:
    found: Item = result.a.item(item)
    raw = found.metadata or result.b.item(item).metadata
    return {key: str(value) for key, value in raw.items()}


def _members(
    rule: SliceRule, metadata: dict[str, dict[str, str]], policy: Policy
) -> Iterator[tuple[str, tuple[str, ...]]]:
    keys = (rule.by,) if rule.by else tuple(rule.where)
    known = sorted({key for values in metadata.values() for key in values})
    for key in keys:
        if key not in known:
            near = get_close_matches(key, known, n=1) or known
            raise UsageError(
                f"{policy.source or 'policy'}: slices: no item has metadata {key!r}",
                f"Known: {', '.join(near)}." if near else "The runs carry no item metadata.",
            )
    if rule.by:
        for value in sorted({values[rule.by] for values in metadata.values() if rule.by in values}):
            yield (
                f"{rule.name} = {value}",
                tuple(item for item, values in metadata.items() if values.get(rule.by) == value),
            )
        return
    members = tuple(
        item
        for item, values in metadata.items()
        if all(values.get(key) == wanted for key, wanted in rule.where.items())
    )
    if not members:
        raise UsageError(
            f"{policy.source or 'policy'}: slices: {rule.name} has no items", "Check the values under `where`."
        )
    yield rule.name, members


def _slice(
    sides: Sequence[Scores],
    policy: Policy,
    evidence: NoiseEvidence | None,
    entry: MetricComparison,
    name: str,
    members: tuple[str, ...],
    margin: float | None,
) -> SliceFacts:
    metric = entry.metric
    x, y = (_rows(scores, metric, members) for scores in sides)
    profile = None if evidence is None or evidence.scores is None else _rows(evidence.scores, metric, members)
    settings = settings_for(policy, (metric,))
    aggregate = compare_mean(
        x,
        y,
        profile=profile,
        confidence=settings.confidence,
        step=0.0 if entry.cells.grid is None else entry.cells.grid.smallest_step,
        estimand=settings.estimand,
        higher_is_better=metric.higher_is_better,
        margin=margin or None,
        seed=settings.seed,
    )
    items = 0 if aggregate is None else aggregate.n
    return SliceFacts(name, metric.name, members, items, aggregate if items >= policy.smallest_slice else None, margin)


def _rows(scores: Scores, metric: Metric, members: tuple[str, ...]) -> Floats:
    return metric_rows(scores, metric, members)
