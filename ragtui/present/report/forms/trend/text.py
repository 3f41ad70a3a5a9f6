"""Runs over time for a terminal."""

from __future__ import annotations

from ragtui.present.clean import ascii_signs, flat, one_line
from ragtui.present.gauge import spark
from ragtui.present.numbers import mean_decimals, number
from ragtui.present.origin import origin_note
from ragtui.present.report.table import table
from ragtui.present.sentences.trend import Trend, described, stillness
from ragtui.stats.history import Series

TITLE, SUFFIX = "plain text", ".txt"


def write(trend: Trend, *, ascii_only: bool = False) -> str:
    """One block a history."""
    blocks = []
    for history in trend.histories:
        blocks.append(
            f"{one_line(history.label)}, {history.items} common items, {history.configurations} configurations"
        )
        blocks += [_series_text(series, ascii_only) for series in trend.series(history)]
        blocks += [f"left out: {flat(reason)}" for reason in history.left_out]
        blocks += [f"note: {flat(note)}"] if (note := origin_note(history.label, history.origins)) else []
    report = "\n\n".join(blocks) + "\n"
    return ascii_signs(report) if ascii_only else report


def _series_text(series: Series, ascii_only: bool) -> str:
    digits = mean_decimals(series.metric)
    marks = {change.place for change in series.changes}
    sign = ">" if ascii_only else "◆"
    rows = [
        (
            sign if place in marks else "",
            point.run.created.date().isoformat() if point.run.created else "undated",
            point.run.name,
            str(point.repeats),
            number(point.mean, digits),
            f"{number(point.low, digits)} … {number(point.high, digits)}",
        )
        for place, point in enumerate(series.points)
    ]
    strip = spark([point.mean for point in series.points], series.scale, ascii_only=ascii_only)
    lines = [
        f"{one_line(series.metric.name)}  {strip}",
        table(("", "day", "run", "repeats", "mean", "95 %"), rows, "lllrrl"),
    ]
    lines += [f"{sign} {flat(described(change, series))}" for change in series.changes]
    if not series.changes:
        lines.append(flat(stillness(series)))
    return "\n".join(lines)
