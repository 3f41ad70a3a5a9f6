"""The noise view as text and JSON: how much does nothing change?"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ragtui.model import Role
from ragtui.present.clean import one_line
from ragtui.present.numbers import MISSING, count, decimals, finite, number, share
from ragtui.present.origin import origin_field, origin_note
from ragtui.present.report.table import table
from ragtui.stats import MetricNoise, NoiseReport, SelfCheck
from ragtui.stats.why.flicker import Flicker, Share


class Split(Protocol):
    """Noise by origin (see `ragtui.workbench.judge_noise.JudgeSplit`)."""

    @property
    def judge_sd(self) -> float:
        """Of one fixed answer."""

    @property
    def pipeline_sd(self) -> float | None:
        """Of answers that differ."""

    @property
    def answers(self) -> int:
        """Fixed answers judged again."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One configuration's noise.

    Attributes:
        splits: metric name to judge and pipeline noise apart, where answers were judged again.
        origins: of its runs; "" for a measured one.
        flickers: metric name to the stages its flicker comes from, where the repeats' records tell.
    """

    label: str
    report: NoiseReport
    splits: Mapping[str, Split]
    origins: Sequence[str] = ()
    flickers: Mapping[str, Flicker] = field(default_factory=dict)


HEAD = ("metric", "vary", "item sd", "run sd", "signal/noise", "smallest Δ seen", "repeats to see")


def row(entry: MetricNoise) -> tuple[str, ...]:
    """One metric's line: share of items that vary, spreads, and what these repeats could show."""
    digits = decimals(entry.metric)
    plan = ", ".join(f"{number(delta, digits)}: {needed or 'more items'}" for delta, needed in entry.repeats_for)
    return (
        one_line(entry.metric.name),
        MISSING if entry.varied_share is None else share(entry.varied_share),
        number(entry.sigma_e, digits),
        number(entry.sigma_run, digits),
        number(entry.snr, 1),
        number(entry.mde, digits),
        plan or MISSING,
    )


def check_sentence(check: SelfCheck | None) -> str:
    """The self-check in words: what the band promises, and what it kept on these very repeats."""
    if check is None:
        return "needs three repeats to check itself"
    limit = share(check.nominal)
    sentence = (
        f"{share(check.share)} of {count(check.cells, 'cell')} leave the band between repeats (limit {limit}), "
        f"{check.proven} called changed"
    )
    return f"{sentence}: noisier than the model, trust unproven marks less" if check.warn else sentence


def split_sentence(split: Split, digits: int) -> str:
    """Judge noise beside pipeline noise."""
    judge = f"re-judging {count(split.answers, 'fixed answer')} moves a score by {number(split.judge_sd, digits)}"
    if split.pipeline_sd is None:
        return f"{judge}; judge noise only, the pipeline was not repeated"
    return f"{judge}, the pipeline's own answers by {number(split.pipeline_sd, digits)}"


def flicker_sentence(found: Flicker) -> str:
    """Which stages a metric's flicker comes from, each with its share and 90 % interval."""
    stages = (
        ("retrieval", found.retrieval),
        ("generation", found.generation),
        ("judge", found.judge),
        ("errors", found.errors if found.errors.part > 0 else None),
    )
    parts = [f"{name} {share(part.part)} ({share(part.low)} to {share(part.high)})" for name, part in stages if part]
    if found.untold > 0.005:
        parts.append(f"{share(found.untold)} cannot be told apart{_why_untold(found)}")
    failed = f"; {share(found.failed)} of the results failed" if found.failed else ""
    return f"flicker: {', '.join(parts)}{failed}"


def _why_untold(found: Flicker) -> str:
    if found.judge is None:
        return ", as hardly an answer came twice"
    return ", as the same passages hardly came twice" if found.retrieval is None else ""


def as_text(measured: Sequence[Measured]) -> str:
    """Every configuration, one block each."""
    blocks = []
    for one in measured:
        report, splits = one.report, one.splits
        lines = [f"{one_line(one.label)}: {count(len(report.repeats), 'repeat')}, {count(len(report.items), 'item')}"]
        if len(report.repeats) < 2:
            lines.append("nothing was repeated: noise unknown. Repeat this run three times to measure it.")
        if note := origin_note(one_line(one.label), one.origins):
            lines.append(f"note: {note}")
        if report.cached:
            lines.append("every repeat is identical: the answers look cached, so this is not noise but a copy")
        lines.append(table(HEAD, [row(entry) for entry in report.metrics], "lrrrrrl"))
        lines += [
            f"self-check {one_line(entry.metric.name)}: {check_sentence(entry.self_check)}" for entry in report.metrics
        ]
        lines += [
            f"{one_line(entry.metric.name)}: {split_sentence(splits[entry.metric.name], decimals(entry.metric))}"
            for entry in report.metrics
            if entry.metric.name in splits
        ]
        lines += [
            f"{one_line(entry.metric.name)} {flicker_sentence(one.flickers[entry.metric.name])}"
            for entry in report.metrics
            if entry.metric.name in one.flickers and entry.metric.role is Role.QUALITY
        ]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def as_json(measured: Sequence[Measured]) -> str:
    """The same for programs."""
    document = {
        "schema": "ragtui.noise/1",
        "configurations": [
            {
                "label": one.label,
                "origin": origin_field(one.origins),
                "repeats": len(one.report.repeats),
                "items": len(one.report.items),
                "looks_cached": one.report.cached,
                "metrics": [
                    _metric(entry, one.splits.get(entry.metric.name), one.flickers.get(entry.metric.name))
                    for entry in one.report.metrics
                ],
            }
            for one in measured
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)


def _metric(entry: MetricNoise, split: Split | None, found: Flicker | None) -> dict[str, Any]:
    check = entry.self_check
    return {
        "name": entry.metric.name,
        "items": entry.items,
        "scores": entry.scores,
        "share_of_items_that_vary": finite(entry.varied_share),
        "item_sd": finite(entry.sigma_e),
        "run_sd": finite(entry.sigma_run),
        "signal_to_noise": finite(entry.snr),
        "smallest_detectable": finite(entry.mde),
        "repeats_for": [{"delta": finite(delta), "repeats": needed} for delta, needed in entry.repeats_for],
        "run_means": [finite(mean) for _, mean in entry.run_means],
        "self_check": None
        if check is None
        else {
            "cells": check.cells,
            "outside": check.outside,
            "proven": check.proven,
            "share": finite(check.share),
            "nominal": check.nominal,
            "warn": check.warn,
        },
        "flicker": None if found is None else _flicker(found),
        "judge_sd": None if split is None else finite(split.judge_sd),
        "pipeline_sd": None if split is None else finite(split.pipeline_sd),
    }


def _flicker(found: Flicker) -> dict[str, Any]:
    def share_of(part: Share | None) -> dict[str, float | None] | None:
        if part is None:
            return None
        return {"share": finite(part.part), "low": finite(part.low), "high": finite(part.high)}

    return {
        "variance": finite(found.variance),
        "retrieval": share_of(found.retrieval),
        "generation": share_of(found.generation),
        "judge": share_of(found.judge),
        "errors": share_of(found.errors),
        "untold": finite(found.untold),
        "failed": finite(found.failed),
    }
