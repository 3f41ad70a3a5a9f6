"""The preview beside the board: one cell with its numbers, what both sides answered, and what the judge said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rich.style import Style
from rich.text import Text

from ragtui.model import Result
from ragtui.present.clean import one_line
from ragtui.present.numbers import decimals, share, signed
from ragtui.present.sentences.causes import say_reason
from ragtui.present.sentences.labels import band_text, side_text
from ragtui.present.verdicts import verdict_sign
from ragtui.stats import MetricComparison, Verdict
from ragtui.tui.looks.clipped import clipped
from ragtui.tui.rows.item_text import answer, unified_diff
from ragtui.tui.rows.repeats import repeat_lines
from ragtui.tui.texts import Record, shown_repeat
from ragtui.workbench import SideComparison

Styles = Mapping[str, Style]


QUESTION_LINES = 2
"""Lines of a question, below what was found out about its item; the item screen has all of it."""


@dataclass(frozen=True, slots=True)
class PreviewedCell:
    """The cell that is previewed.

    Attributes:
        result: its comparison.
        entry: its metric.
        item: its item.
        record: texts of the item; None while they are read.
        why: the cell's cause in a sentence; "" where there is none.
        extra: lines to add below, such as a note, with the names of their styles.
    """

    result: SideComparison
    entry: MetricComparison
    item: str
    record: Record | None
    extra: tuple[tuple[str, str], ...] = ()
    why: str = ""


def preview(
    subject: PreviewedCell, width: int, styles: Styles, *, ascii_only: bool = False, brief: bool = False
) -> Text:
    """Everything about a cell that helps to decide whether to open it.

    Args:
        subject: the cell.
        width: cells of a line.
        styles: style names as colours.
        ascii_only: print scores where bars would be drawn.
        brief: few lines: without the question, which the list above shows, and the axis.
    """
    out, record = Text(), subject.record
    out.append_text(in_lines(cell_line(subject.result, subject.entry, subject.item, styles), width))
    out.append("\n")
    if subject.why:
        out.append(f"{say_reason(one_line(subject.why), 'why  ')}\n", styles["warning"])
    if not brief:  # the list above shows it
        asked = "…" if record is None else one_line(record.item.question) or "no question recorded"
        out.append_text(clipped(Text(asked, styles["title"]), width, QUESTION_LINES, " … ⏎"))
        out.append("\n")
    out.append_text(
        repeat_lines(subject.result, subject.entry, subject.item, width, styles, ascii_only=ascii_only, brief=brief)
    )
    out.append_text(_answers(subject, styles))
    for words, style in subject.extra:
        out.append(f"{one_line(words)}\n", styles[style])
    if record is not None and record.problem:
        out.append(f"! changed on disk: {one_line(record.problem)}\n", styles["warning"])
    return out


def cell_line(result: SideComparison, entry: MetricComparison, item: str, styles: Styles) -> Text:
    """ "▼ faithfulness  5.00 → 2.00  −3.00  band ±0.00  P <0.1 %": one cell in a line."""
    out = Text()
    row = result.comparison.row_of.get(item)
    if row is None:
        return Text(f"{one_line(entry.metric.name)}: the item is not in this comparison", styles["muted"])
    cells, digits = entry.cells, decimals(entry.metric)
    verdict, delta = Verdict(int(cells.verdict[row])), float(cells.delta[row])
    sign = verdict_sign(verdict, delta, higher_is_better=entry.metric.higher_is_better)
    unit = f" {entry.metric.unit}" if entry.metric.unit else ""
    out.append(f"{sign.glyph} {sign.word}  ", styles[sign.style])
    out.append(f"{one_line(entry.metric.name)}  ", styles["title"])
    out.append(f"{side_text(entry, row, 'a', digits)} → {side_text(entry, row, 'b', digits)}{unit}  ")
    out.append("" if entry.labels is not None else f"{signed(delta, digits)}  ")
    out.append(f"band {band_text(entry, row, digits)}", styles["muted"])
    chance = float(cells.p_noise[row])
    if chance == chance:
        out.append(f"  P(noise) {share(chance)}", styles["muted"])
    return out


def in_lines(text: Text, width: int) -> Text:
    """A line of parts two blanks apart, broken between parts only: a figure never stands apart from its unit."""
    lines: list[Text] = []
    for part in text.split("  "):
        if lines and lines[-1].cell_len + 2 + part.cell_len <= width:
            lines[-1] = Text("  ").join([lines[-1], part])
        else:
            lines.append(part)
    return Text("\n").join(lines)


def _answers(subject: PreviewedCell, styles: Styles) -> Text:
    out, record = Text(), subject.record
    if record is None:
        return Text("reading …\n", styles["muted"])
    name = subject.entry.metric.name
    found: dict[str, Result | None] = {}
    for tag, side in (("a", subject.result.a), ("b", subject.result.b)):
        repeat = shown_repeat(side, subject.item, name)
        found[tag] = record.of(tag).get(repeat) if repeat is not None else None
    sound = [one for one in found.values() if one is not None and not one.error]
    texts = [answer(one) for one in sound]
    if all(one is None for one in found.values()):
        out.append("no answers recorded\n", styles["muted"])
        return out
    for tag, label in (("a", "baseline"), ("b", "candidate")):
        one = found[tag]
        if one is None or one.error:
            out.append(f"{label}: {one_line(one.error) if one is not None else 'no record'}\n", styles["failed"])
    for tag, label in (("b", "judge of candidate"), ("a", "judge of baseline")):
        out.append_text(judge_line(found[tag], name, label, styles))
    if sound and not any(texts):
        out.append("no answers recorded\n", styles["muted"])
        return out
    if len(texts) == 2 and texts[0] == texts[1]:
        out.append("both answered the same:\n", styles["muted"])
    out.append_text(unified_diff(answer(found["a"]), answer(found["b"]), styles))
    out.append("\n")
    return out


def judge_line(result: Result | None, metric: str, label: str, styles: Styles) -> Text:
    """What the judge of a metric said about one answer: score and reason; nothing where it said nothing."""
    said = result.judgements.get(metric) if result is not None else None
    if said is None or not (said.rationale or said.error):
        return Text()
    out = Text(f"{label} ", styles["muted"])
    if said.value is not None:
        out.append(f"{said.value:g} ", styles["title"])
    if said.error:
        out.append(f"gave no score: {one_line(said.error)} ", styles["failed"])
    out.append(f"{one_line(said.rationale)}\n")
    return out
