"""Runs over time for a pull request or a notebook."""

from __future__ import annotations

from ragtui.present.clean import for_markdown, no_commands
from ragtui.present.numbers import count, mean_decimals, number
from ragtui.present.origin import origin_note
from ragtui.present.sentences.trend import Trend, described, stillness
from ragtui.stats.history import Series

TITLE, SUFFIX = "Markdown", ".md"


def write(trend: Trend, *, ascii_only: bool = False) -> str:
    """One table a history and metric, its changes below it."""
    sign = ">" if ascii_only else "◆"
    lines: list[str] = []
    for history in trend.histories:
        common = f"{count(history.items, 'common item')}, {count(history.configurations, 'configuration')}"
        lines += [f"### {for_markdown(history.label)}", "", f"{common}.", ""]
        for series in trend.series(history):
            lines += [f"**{for_markdown(series.metric.name)}**", "", *_rows(series, sign), ""]
            said = [for_markdown(described(change, series)) for change in series.changes] or [stillness(series)]
            lines += [f"- {words}" for words in said]
            lines.append("")
        lines += [f"- left out: {for_markdown(reason)}" for reason in history.left_out]
        lines += [f"> {for_markdown(note)}"] if (note := origin_note(history.label, history.origins)) else []
        lines.append("")
    return no_commands("\n".join(lines).rstrip() + "\n")


def _rows(series: Series, sign: str) -> list[str]:
    digits = mean_decimals(series.metric)
    marks = {change.place for change in series.changes}
    out = ["| | day | run | repeats | mean | 95 % |", "|---|---|---|--:|--:|---|"]
    for place, point in enumerate(series.points):
        day = point.run.created.date().isoformat() if point.run.created else "undated"
        bounds = f"{number(point.low, digits)} … {number(point.high, digits)}"
        cells = (day, for_markdown(point.run.name), str(point.repeats), number(point.mean, digits), bounds)
        out.append(f"| {for_markdown(sign) if place in marks else ''} | {' | '.join(cells)} |")
    return out
