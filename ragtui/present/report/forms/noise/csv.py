"""Noise for a spreadsheet: one line a configuration and metric."""

from __future__ import annotations

from collections.abc import Sequence

from ragtui.present.clean import csv_text
from ragtui.present.noise import Measured
from ragtui.present.numbers import finite

TITLE, SUFFIX = "CSV", ".csv"

_HEAD = (
    "configuration", "metric", "repeats", "items", "share_of_items_that_vary", "item_sd", "run_sd", "signal_to_noise",
    "smallest_detectable",
)  # fmt: skip


def write(measured: Sequence[Measured]) -> str:
    """All configurations in one table; a cell is empty where there is no number."""
    rows: list[tuple[object, ...]] = [_HEAD]
    for one in measured:
        for entry in one.report.metrics:
            numbers = (entry.varied_share, entry.sigma_e, entry.sigma_run, entry.snr, entry.mde)
            cells = ["" if (number := finite(value)) is None else number for value in numbers]
            rows.append((one.label, entry.metric.name, len(one.report.repeats), entry.items, *cells))
    return csv_text(rows)
