"""A list of runs for a spreadsheet: one line a run and metric, so that every column holds one kind of thing."""

from __future__ import annotations

from ragtui.present.clean import csv_text
from ragtui.present.numbers import finite
from ragtui.present.report.listing import RunListing

TITLE, SUFFIX = "CSV", ".csv"

_HEAD = (
    "configuration", "run", "location", "format", "dataset", "created", "status", "origin", "copy", "items", "repeats",
    "errors", "metric", "mean", "scored", "expected",
)  # fmt: skip


def write(listing: RunListing) -> str:
    """Every run; one without a metric has one line too."""
    rows: list[tuple[object, ...]] = [_HEAD]
    for group in listing.groups:
        for place, header in enumerate((*group.headers, *group.copies)):
            counts = ["" if amount is None else amount for amount in (header.items, header.repeats, header.errors)]
            created = header.created.isoformat() if header.created else ""
            copy = int(place >= len(group.headers))
            first = (group.label, header.name, header.location, header.format, header.dataset or "", created)
            line = (*first, header.status.value, header.origin, copy, *counts)
            for metric in header.metrics:
                mean = finite(metric.mean)
                rows.append((*line, metric.name, "" if mean is None else mean, metric.scored, metric.expected))
            if not header.metrics:
                rows.append((*line, "", "", "", ""))
    return csv_text(rows)
