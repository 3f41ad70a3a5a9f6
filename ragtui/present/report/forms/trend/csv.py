"""Runs over time for a spreadsheet."""

from __future__ import annotations

from ragtui.present.clean import csv_text
from ragtui.present.sentences.trend import Trend

TITLE, SUFFIX = "CSV", ".csv"


def write(trend: Trend, *, ascii_only: bool = False) -> str:
    """One line a run and metric."""
    rows: list[tuple[object, ...]] = [
        ("history", "metric", "created", "run", "repeats", "mean", "low", "high", "change")
    ]
    for history in trend.histories:
        for series in trend.series(history):
            marks = {change.place for change in series.changes}
            for place, point in enumerate(series.points):
                created = point.run.created.isoformat() if point.run.created else ""
                numbers = [float(value) if value == value else "" for value in (point.mean, point.low, point.high)]
                row = (history.label, series.metric.name, created, point.run.name, point.repeats, *numbers)
                rows.append((*row, int(place in marks)))
    return csv_text(rows)
