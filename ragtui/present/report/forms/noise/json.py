"""Noise for programs; the schema is `ragtui.present.report.schemas` "noise"."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ragtui.present.noise import Measured, Split
from ragtui.present.numbers import finite
from ragtui.present.origin import origin_field
from ragtui.stats import MetricNoise
from ragtui.stats.why.flicker import Flicker, Share

TITLE, SUFFIX = "JSON", ".json"


def write(measured: Sequence[Measured]) -> str:
    """Every configuration; null where there is no number."""
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
