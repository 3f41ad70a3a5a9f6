"""The comparison as CSV, one line a cell."""

from __future__ import annotations

from collections.abc import Iterator

from ragtui.present.clean import csv_text
from ragtui.present.numbers import finite
from ragtui.present.report.content import Subject, cell_line, few_unproven

TITLE, SUFFIX = "CSV", ".csv"

_COLUMNS = (
    "item", "metric", "verdict", "n_baseline", "n_candidate", "baseline", "candidate", "delta", "band",
    "delta_in_bands", "p_noise", "question", "explanation", "fresh", "note", "why",
    "borrowed_band",
)  # fmt: skip


def write(subject: Subject, *, ascii_only: bool = False, every: bool = True) -> str:
    """One line a cell."""
    return csv_text([_COLUMNS, *_rows(subject)])


def _rows(subject: Subject) -> Iterator[tuple[object, ...]]:
    settling = few_unproven(subject.comparison)
    for entry in subject.comparison.metrics:
        for row in subject.rows:
            line = cell_line(subject, entry, row, settling=settling)
            numbers = (line.mean_a, line.mean_b, line.delta, line.band, line.ratio, line.p_noise)
            yield (
                *(line.item, line.metric, line.verdict.name.lower(), line.n_a, line.n_b),
                *("" if (shown := finite(value)) is None else shown for value in numbers),
                *(line.question, line.explanation, line.standing, line.note, line.why),
                "" if line.borrowed is None else line.borrowed.band,
            )
