"""Runs over time for programs; the schema is `ragtui.present.report.schemas` "trend"."""

from __future__ import annotations

import json

from ragtui.present.numbers import finite
from ragtui.present.origin import origin_field
from ragtui.present.sentences.trend import Trend

TITLE, SUFFIX = "JSON", ".json"


def write(trend: Trend, *, ascii_only: bool = False) -> str:
    """Every history; null where there is no number."""
    document = {
        "schema": "ragtui.trend/1",
        "histories": [
            {
                "label": history.label,
                "origin": origin_field(history.origins),
                "items": history.items,
                "configurations": history.configurations,
                "left_out": list(history.left_out),
                "metrics": [
                    {
                        "name": series.metric.name,
                        "noise": series.noise,
                        "points": [
                            {
                                "run": point.run.name,
                                "created": point.run.created.isoformat() if point.run.created else None,
                                "repeats": point.repeats,
                                "mean": finite(point.mean),
                                "low": finite(point.low),
                                "high": finite(point.high),
                            }
                            for point in series.points
                        ],
                        "changes": [
                            {
                                "run": series.points[change.place].run.name,
                                "before": finite(change.before),
                                "after": finite(change.after),
                                "p": finite(change.p),
                            }
                            for change in series.changes
                        ],
                    }
                    for series in trend.series(history)
                ],
            }
            for history in trend.histories
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
