"""All metrics of one item as a small table, and their repeats drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rich.style import Style
from rich.text import Text

from ragtui.model import Scores, State, category_parts
from ragtui.present.clean import one_line
from ragtui.present.numbers import decimals, share
from ragtui.present.sentences.labels import band_text, moved_text, side_text
from ragtui.present.verdicts import verdict_sign
from ragtui.stats import MetricComparison, Verdict
from ragtui.tui.rows.repeats import drawn, labels_given, printed, repeat_lines
from ragtui.tui.widgets.table.column_table import Column
from ragtui.workbench import SideComparison

Styles = Mapping[str, Style]
REPEATS_WIDE = 12

STATE_WORDS = {
    State.MISSING: "no record",
    State.ITEM_ERROR: "failed",
    State.METRIC_ERROR: "judge failed",
    State.NON_FINITE: "not a number",
}


def metric_table(
    result: SideComparison, item: str, current: str, styles: Styles, *, ascii_only: bool, most: int
) -> tuple[list[Column], list[MetricComparison]]:
    """One row a metric: both means, delta, band, chance of noise, repeats, verdict; those of quality first.

    Args:
        result: the comparison.
        item: the item.
        current: the metric at hand, marked.
        styles: style names as colours.
        ascii_only: print scores in place of drawn repeats.
        most: rows; the metric at hand is always among them.
    """
    entries, heading = list(result.comparison.metrics), "  metric"
    total = len(entries)
    if total > most:
        place = next((n for n, entry in enumerate(entries) if entry.metric.name == current), 0)
        first = max(0, min(place - most + 1, len(entries) - most))
        entries = entries[first : first + most]
        heading = f"{heading} {first + 1}-{first + most} of {total}"
    row = result.comparison.row_of[item]

    def cell(paint: Callable[[MetricComparison], str | tuple[str, str]]) -> Callable[[int], Text]:
        def render(line: int) -> Text:
            entry = entries[line]
            found = paint(entry)
            text, style = found if isinstance(found, tuple) else (found, "")
            if not style and entry.metric.name != current:
                style = "muted"
            return Text(text, styles.get(style, ""))

        return render

    def sign(entry: MetricComparison) -> tuple[str, str]:
        verdict = Verdict(int(entry.cells.verdict[row]))
        found = verdict_sign(verdict, float(entry.cells.delta[row]), higher_is_better=entry.metric.higher_is_better)
        return f"{found.glyph} {found.word}", found.style

    def band(entry: MetricComparison) -> str:
        return band_text(entry, row, decimals(entry.metric))

    def chance(entry: MetricComparison) -> str:
        value = float(entry.cells.p_noise[row])
        return share(value) if value == value else ""

    def repeats(line: int) -> Text:
        shape, entry = drawn(result, entries[line], item), entries[line]
        if entry.labels is not None:
            given = (one_line(" ".join(labels_given(side, entry.metric.name, item))) for side in (result.a, result.b))
            return Text("│".join(f"{said[:REPEATS_WIDE]:<{REPEATS_WIDE}}" for said in given), styles["muted"])
        if ascii_only:
            return Text(f"{printed(shape.base)} > {printed(shape.cand)}", styles["muted"])
        calm = Verdict(int(entry.cells.verdict[row])) in (Verdict.SAME, Verdict.ABSENT)
        both = f"{shape.line('a', REPEATS_WIDE)}│{shape.line('b', REPEATS_WIDE)}"
        return Text(both, styles["muted"] if calm else "")

    def name(entry: MetricComparison) -> str:
        unit = f" ({entry.metric.unit})" if entry.metric.unit else ""
        return f"{'▸' if entry.metric.name == current else ' '} {one_line(entry.metric.name)}{unit}"

    def mean(side: str) -> Callable[[MetricComparison], str]:
        return lambda entry: side_text(entry, row, side, decimals(entry.metric))

    def delta(entry: MetricComparison) -> tuple[str, str]:
        return moved_text(entry, row, decimals(entry.metric)), sign(entry)[1]

    wide = 14 if any(entry.labels is not None for entry in entries) else 8
    longest = min(40, max(16, len(heading), *(len(name(entry)) for entry in entries)))
    columns = [
        Column("metric", heading, longest, 0, render=cell(name), names=lambda: map(name, entries)),
        Column("base", "base", wide, 0, align="right", render=cell(mean("a"))),
        Column("cand", "cand", wide, 0, align="right", render=cell(mean("b"))),
        Column("delta", "Δ", wide + 1, 0, align="right", render=cell(delta)),
        Column("band", "band", 11, 2, align="right", render=cell(band)),
        Column("noise", "P(noise)", 8, 3, align="right", render=cell(chance)),
        Column("repeats", "baseline     │candidate", 2 * REPEATS_WIDE + 1, 1, render=repeats),
        Column("verdict", "verdict", 15, 0, render=cell(sign)),
    ]  # fmt: skip
    return columns, entries


def repeats(result: SideComparison, item: str, current: str, width: int, styles: Styles, *, ascii_only: bool) -> Text:
    """Repeats of both sides, metric by metric, on the item's own scale with the band behind them."""
    out = Text()
    for entry in result.comparison.metrics:
        name = entry.metric.name
        unit = f" ({entry.metric.unit})" if entry.metric.unit else ""
        out.append(f"{one_line(name)}{unit}\n", styles["title" if name == current else "muted"])
        out.append_text(repeat_lines(result, entry, item, width, styles, ascii_only=ascii_only))
        for tag, side in (("base", result.a), ("cand", result.b)):
            if lost := lost_words(side.scores, item, name):
                out.append(f"{tag} {lost}\n", styles["warning"])
    return out


def lost_words(scores: Scores, item: str, metric: str) -> str:
    """What happened to the repeats of a cell that have no score: "2 failed, 1 no record"."""
    row = scores.row_of.get(item)
    metric = next((part.name for part in category_parts(scores, metric)), metric)
    if row is None or metric not in scores.column_of:
        return ""
    states = scores.states_of(metric)[row]
    lost = [f"{int((states == state).sum())} {word}" for state, word in STATE_WORDS.items() if (states == state).any()]
    return ", ".join(lost)
