"""From a case and its verdict to the record."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from ragtui.errors import NotComparable, RagtuiError
from ragtui.exits import Exit
from ragtui.gate.deciding.case import Case, SideFacts
from ragtui.gate.deciding.claims import gated
from ragtui.gate.deciding.items import carriers, is_worse
from ragtui.gate.deciding.policy import Policy
from ragtui.gate.deciding.verdict import GateVerdict
from ragtui.gate.record import FindingLine, GateRecord, ItemLine, LookLine, MeanLine, PlotPoint, SideLine, Spread
from ragtui.present.clean import clean, one_line
from ragtui.present.explain import explain_cell
from ragtui.present.numbers import decimals, finite
from ragtui.present.order import ranked_cells
from ragtui.present.sentences.gate import QUESTIONS, TITLES, headline, say_claim, say_needs
from ragtui.present.sentences.notes import say_notes
from ragtui.stats import PROVEN, MetricComparison
from ragtui.stats import Verdict as CellVerdict
from ragtui.stats.means.claim import Claim, Standing, Topic
from ragtui.version import __version__

NOT_JUDGED = "not judged"
"""Standing of every mean whose two sides were measured with different rulers."""

MOST_POINTS = 400
"""Items a plot shows."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Words around a case that the decision does not need.

    Attributes:
        dataset: name and version, as shown.
        origin: "constructed" or "simulated" where a side is not a measurement.
        git: revisions of baseline and candidate, as shown.
        question: text of an item's question.
        url: trace of an item's candidate result; "" when there is none.
        now: when the gate decided.
    """

    dataset: str
    origin: str
    git: tuple[str, str]
    question: Callable[[str], str]
    url: Callable[[str], str]
    now: datetime
    looks: tuple[LookLine, ...] = field(default=())


def write_record(case: Case, policy: Policy, verdict: GateVerdict, setting: Setting) -> GateRecord:
    """Put a decision into plain values. All text of runs is cleaned of control characters here, once."""
    estimand = _estimand(verdict, policy)
    items = tuple(_items(case, policy, verdict, setting))
    said = headline(verdict.exit, verdict.claims, [finding.sentence for finding in verdict.deciding], policy.mode)
    return GateRecord(
        verdict=TITLES[verdict.exit].lower(),
        exit=int(verdict.exit),
        headline=one_line(said + (_moved(items) if verdict.exit is Exit.OK else "")),
        question=QUESTIONS[estimand],
        estimand=estimand,
        mode=policy.mode.value,
        confidence=policy.confidence,
        policy=policy.source,
        dataset=one_line(setting.dataset),
        origin=one_line(setting.origin),
        created=setting.now.isoformat(timespec="seconds"),
        version=__version__,
        seed=case.comparison.seed,
        baseline=_side(case.baseline, setting.git[0]),
        candidate=_side(case.candidate, setting.git[1]),
        evidence=one_line(case.evidence),
        findings=tuple(
            FindingLine(
                TITLES[found.exit].lower(),
                int(found.exit),
                one_line(found.subject),
                one_line(found.sentence),
                found.item,
            )
            for found in verdict.findings
        ),
        means=tuple(_mean(claim, case, verdict) for claim in verdict.claims),
        items=items,
        spreads=tuple(_spread(case, entry) for entry in gated(case.comparison, policy)),
        warnings=tuple(map(one_line, say_notes(case.warnings))),
        looks=setting.looks,
    )


def _moved(items: Sequence[ItemLine]) -> str:
    """A mean that stays can hide gains and losses that cancel out."""
    worse, better = ([line for line in items if line.role == role] for role in ("proven worse", "proven better"))
    if not worse:
        return ""
    return f"; {len(worse)} proven worse and {len(better)} proven better among the items"


def refused_record(error: RagtuiError, policy: Policy, labels: tuple[str, str], now: datetime) -> GateRecord:
    """A record for a gate that could not even compare, so that no report of an earlier run is left standing."""
    exit_code = Exit.NOT_COMPARABLE if isinstance(error, NotComparable) else Exit.ERROR
    title = TITLES[exit_code]
    sentence = one_line(f"{error.message.rstrip('.')}. {error.hint}".strip())
    sides = [SideLine(one_line(label), (), 0, 0) for label in labels]
    return GateRecord(
        verdict=title.lower(),
        exit=int(exit_code),
        headline=f"{title}: {one_line(error.message)}",
        question=QUESTIONS[policy.estimand.value],
        estimand=policy.estimand.value,
        mode=policy.mode.value,
        confidence=policy.confidence,
        policy=policy.source,
        dataset="",
        origin="",
        created=now.isoformat(timespec="seconds"),
        version=__version__,
        seed=0,
        baseline=sides[0],
        candidate=sides[1],
        evidence="",
        findings=(FindingLine(title.lower(), int(exit_code), "gate", sentence),),
        means=(),
        items=(),
        spreads=(),
        warnings=(),
    )


def _estimand(verdict: GateVerdict, policy: Policy) -> str:
    used = {claim.estimand for claim in verdict.claims if claim.topic is Topic.METRIC}
    return used.pop() if len(used) == 1 else policy.estimand.value


def _side(side: SideFacts, git: str) -> SideLine:
    return SideLine(
        one_line(side.label), tuple(map(one_line, side.runs)), side.repeats, side.fragments, one_line(git), side.places
    )


def _mean(claim: Claim, case: Case, verdict: GateVerdict) -> MeanLine:
    entry = None if claim.topic is Topic.ERRORS else case.comparison.metric(claim.metric)
    bounds = claim.interval
    whole = claim.topic is Topic.METRIC and entry is not None
    return MeanLine(
        name=one_line(claim.name),
        topic=claim.topic.value,
        metric=one_line(claim.metric),
        slice=one_line(claim.slice),
        mode=claim.mode.value,
        higher_is_better=claim.higher_is_better,
        items=claim.items,
        baseline=finite(claim.mean_a),
        candidate=finite(claim.mean_b),
        delta=finite(claim.delta),
        low=finite(bounds.lo) if bounds else None,
        high=finite(bounds.hi) if bounds else None,
        confidence=bounds.confidence if bounds else None,
        estimand=claim.estimand,
        margin=claim.margin,
        p=finite(claim.p) if bounds else None,
        p_worse=finite(claim.p_worse) if bounds else None,
        worst_loss=finite(claim.worst),
        standing=NOT_JUDGED if verdict.exit is Exit.NOT_COMPARABLE else claim.standing.value,
        smallest_detectable=finite(claim.smallest),
        noise=claim.noise,
        sentence=one_line(say_claim(claim)) if verdict.exit is not Exit.NOT_COMPARABLE else "",
        needs=one_line(say_needs(claim, verdict.needs.get(claim.metric))) if whole else "",
        coverage_baseline=entry.coverage_a.share if whole and entry else None,
        coverage_candidate=entry.coverage_b.share if whole and entry else None,
        digits=claim.digits,
    )


def _items(case: Case, policy: Policy, verdict: GateVerdict, setting: Setting) -> list[ItemLine]:
    """Flagged cells of every gated metric, and the carriers of every loss of a mean."""
    regressed = {claim.metric for claim in verdict.claims if claim.standing is Standing.REGRESSED}
    shares = {
        entry.metric.name: {carrier.row: carrier.share for carrier in carriers(entry)}
        for entry in gated(case.comparison, policy)
    }
    out = []
    for entry, row in ranked_cells(case.comparison):
        name = entry.metric.name
        if name in shares:
            role = _role(entry, row, name in regressed and row in shares[name])
            if role:
                out.append(_item(case, policy, entry, row, role, shares[name].get(row), setting))
    return sorted(out, key=lambda line: _ROLES.index(line.role))


_ROLES = ("proven worse", "failed", "proven better", "leans worse")


def _role(entry: MetricComparison, row: int, leaning: bool) -> str:
    verdict = CellVerdict(int(entry.cells.verdict[row]))
    if verdict is CellVerdict.ERROR and not entry.cells.n_b[row]:
        return "failed"
    if verdict is CellVerdict.REGRESSED:
        return "proven worse"
    if verdict is CellVerdict.IMPROVED:
        return "proven better"
    return "leans worse" if leaning and is_worse(entry, row) else ""


def _item(
    case: Case, policy: Policy, entry: MetricComparison, row: int, role: str, share: float | None, setting: Setting
) -> ItemLine:
    cells, item = entry.cells, case.comparison.items[row]
    return ItemLine(
        item=clean(item),
        metric=one_line(entry.metric.name),
        role=role,
        question=one_line(setting.question(item)),
        baseline=finite(float(cells.mean_a[row])),
        candidate=finite(float(cells.mean_b[row])),
        n_baseline=int(cells.n_a[row]),
        n_candidate=int(cells.n_b[row]),
        delta=finite(float(cells.delta[row])),
        band=finite(float(cells.band[row])),
        p_noise=finite(float(cells.p_noise[row])),
        share=finite(share),
        protected=policy.items.protects(item),
        explanation=one_line(explain_cell(case.comparison, entry.metric.name, item)),
        url=setting.url(item),
        digits=decimals(entry.metric),
    )


def _spread(case: Case, entry: MetricComparison) -> Spread:
    cells = entry.cells
    rows = np.flatnonzero(np.isfinite(cells.delta))
    rows = rows[np.argsort(cells.delta[rows] * (entry.metric.sign or 1), kind="stable")]
    step = max(1, math.ceil(len(rows) / MOST_POINTS))
    proven = np.isin(cells.verdict[rows], PROVEN)
    kept = rows[proven | (np.arange(len(rows)) % step == 0)]
    points = tuple(
        PlotPoint(
            clean(case.comparison.items[row]),
            finite(float(cells.delta[row])) or 0.0,
            finite(float(cells.band[row])),
            CellVerdict(int(cells.verdict[row])).name.lower(),
        )
        for row in kept
    )
    return Spread(one_line(entry.metric.name), len(rows), points, decimals(entry.metric))
