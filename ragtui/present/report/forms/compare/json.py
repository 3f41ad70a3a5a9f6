"""The comparison as JSON, for programs: null where there is no number (see `SIGNIFICANT` about digits)."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

from ragtui.model import Weight
from ragtui.present.numbers import finite
from ragtui.present.report.content import CellLine, Subject, cell_line, few_unproven, headline
from ragtui.present.sentences.causes import say_causes
from ragtui.present.sentences.notes import say_notes
from ragtui.present.sentences.refusals import say_refusal
from ragtui.stats import Interval, MetricComparison

SCHEMA = "ragtui.compare/1"

TITLE, SUFFIX = "JSON", ".json"


def write(subject: Subject, *, ascii_only: bool = False, every: bool = True) -> str:
    """Everything, one document."""
    comparison = subject.comparison
    document = {
        "schema": SCHEMA,
        "baseline": {
            "label": subject.label_a,
            "repeats": len(comparison.repeats_a),
            "runs": list(subject.runs_a),
        },
        "candidate": {
            "label": subject.label_b,
            "repeats": len(comparison.repeats_b),
            "runs": list(subject.runs_b),
        },
        "dataset": subject.dataset,
        "origin": subject.origin,
        "evidence": subject.evidence,
        "changes": [asdict(change) for change in subject.changes],
        "comparable": not subject.blockers,
        "blockers": say_notes(subject.blockers),
        "warnings": say_notes(subject.notes),
        "headline": headline(comparison),
        "upshot": subject.upshot,
        "causes": say_causes(subject.causes) if subject.causes is not None else None,
        "expected_false": finite(comparison.expected_false()),
        "seed": comparison.seed,
        "metrics": [_metric(subject, entry) for entry in comparison.metrics],
        "error_rate": _aggregate(comparison.error_rate) if comparison.error_rate else None,
    }
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _metric(subject: Subject, entry: MetricComparison) -> dict[str, Any]:
    settling = few_unproven(subject.comparison)
    lines = [cell_line(subject, entry, row, settling=settling) for row in subject.rows]
    return {
        "name": entry.metric.name,
        "role": entry.metric.role.value,
        "higher_is_better": entry.metric.higher_is_better,
        "refused": say_refusal(entry.refused) if entry.refused else None,
        "direction_from": entry.metric.direction_from.value,
        "notes": say_notes([replace(note, metric="") for note in entry.notes], least=Weight.DETAIL),
        "coverage": {"baseline": asdict(entry.coverage_a), "candidate": asdict(entry.coverage_b)},
        **(_aggregate(entry) or {"aggregate": None}),
        **_category(entry),
        "noise": {
            "source": entry.cells.source,
            "repeated": entry.cells.repeated,
            "changed_share": finite(entry.cells.changed_share),
        },
        "cells": [{**_cell(line), **_given(entry, row)} for row, line in zip(subject.rows, lines, strict=True)],
    }


def _category(entry: MetricComparison) -> dict[str, Any]:
    """What a category has beside: shares of labels with their intervals, flips, how often repeats flip."""
    facts = entry.labels
    if facts is None:
        return {}
    return {
        "category": {
            "outcome": None if entry.outcome is None else entry.outcome.value,
            "good": list(facts.good),
            "labels": [
                {"label": label, **(_aggregate(share) or {"aggregate": None})}
                for label, share in zip(facts.labels, facts.shares, strict=True)
            ],
            "flips": [{"from": one, "to": other, "items": n} for (one, other), n in facts.flips().items()],
            "flip_rate": {"baseline": finite(facts.flip_rate_a), "candidate": finite(facts.flip_rate_b)},
        }
    }


def _given(entry: MetricComparison, row: int) -> dict[str, Any]:
    if entry.labels is None:
        return {}
    sides = {name: dict(entry.labels.given(side, row)) for name, side in (("baseline", "a"), ("candidate", "b"))}
    return {"labels": sides}


def _cell(line: CellLine) -> dict[str, Any]:
    return {
        "item": line.item,
        "verdict": line.verdict.name.lower(),
        "n": [line.n_a, line.n_b],
        "baseline": finite(line.mean_a),
        "candidate": finite(line.mean_b),
        "delta": finite(line.delta),
        "band": finite(line.band),
        "delta_in_bands": finite(line.ratio),
        "p_noise": finite(line.p_noise),
        "borrowed": _borrowed(line),
        "explanation": line.explanation,
        "note": line.note or None,
        "why": line.why or None,
        "fresh": {"standing": line.standing, "explanation": line.fresh} if line.standing else None,
    }


def _borrowed(line: CellLine) -> dict[str, Any] | None:
    if (lent := line.borrowed) is None:
        return None
    return {"band": finite(lent.band), "delta_in_bands": finite(lent.ratio), "from": list(lent.names)}


def row_json(subject: Subject, entry: MetricComparison, row: int) -> str:
    """One cell as a JSON object."""
    line = cell_line(subject, entry, row)
    return json.dumps(
        {"metric": line.metric, "question": line.question, **_cell(line), **_given(entry, row)},
        ensure_ascii=False,
        allow_nan=False,
    )


def _aggregate(entry: MetricComparison) -> dict[str, Any] | None:
    aggregate = entry.aggregate
    if aggregate is None:
        return None
    return {
        "aggregate": {
            "items": aggregate.n,
            "baseline": finite(aggregate.mean_a),
            "candidate": finite(aggregate.mean_b),
            "delta": finite(aggregate.delta),
            "outcome": aggregate.outcome.value,
            "estimand": str(aggregate.estimand),
            "suite": _interval(aggregate.suite),
            "population": _interval(aggregate.population),
            "p_flip": finite(aggregate.p_flip),
            "smallest_detectable": finite(aggregate.mde),
            "noise_source": aggregate.source,
        }
    }


def _interval(interval: Interval | None) -> dict[str, float | None] | None:
    return None if interval is None else {name: finite(value) for name, value in asdict(interval).items()}
