"""What a published run says of its metrics, so that whoever compares it elsewhere need not guess what is better."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ragtui.files.fields import mapping, number
from ragtui.model import DirectionFrom, Metric, Role, Scores


def said_of(metrics: Iterable[Metric]) -> dict[str, dict[str, Any]]:
    """Stated directions and scales by metric; a guess from the name is left to the reader, who says that it is one."""
    said = {}
    for metric in metrics:
        if metric.role is Role.RESOURCE:
            continue
        words: dict[str, Any] = {"higher_is_better": metric.higher_is_better} if metric.direction_known else {}
        if metric.scale is not None:
            words["scale"] = list(metric.scale)
        if words:
            said[metric.name] = words
    return said


def told_by(scores: Scores, said: Any) -> Scores:
    """Scores whose metrics have what their run says of them, where the project says nothing.

    A scale that scores lie outside of is left: somebody changed them there, and it would refuse the whole metric.
    """
    return replace(scores, metrics=tuple(_told(metric, scores, mapping(mapping(said).get(metric.name)))
                                         for metric in scores.metrics))  # fmt: skip


def _told(metric: Metric, scores: Scores, words: Mapping[str, Any]) -> Metric:
    higher, scale = words.get("higher_is_better"), words.get("scale")
    if isinstance(higher, bool) and not metric.direction_known:
        metric = metric.directed(higher, DirectionFrom.FILE)
    bounds = [number(bound) for bound in scale] if isinstance(scale, list) and len(scale) == 2 else []
    if metric.scale is None and bounds and bounds[0] is not None and bounds[1] is not None:
        values = scores.of(metric.name)
        outside = (values < bounds[0]) | (values > bounds[1])  # NaN, where there is no score, is neither
        if bounds[0] < bounds[1] and not np.any(outside):
            metric = replace(metric, scale=(bounds[0], bounds[1]))
    return metric
