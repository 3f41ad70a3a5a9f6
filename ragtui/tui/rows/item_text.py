"""Panes of the item screen as text: answers and judges. Pure: data in, `Text` out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.style import Style
from rich.text import Text

from ragtui.model import Repeat, Result
from ragtui.present.clean import clean, one_line
from ragtui.present.diff import Piece, TextChange, word_diff
from ragtui.present.numbers import duration, money
from ragtui.workbench import Side

Styles = Mapping[str, Style]


def answer(result: Result | None) -> str:
    """An answer, clean; "" when there is none."""
    return clean(result.output).strip() if result is not None else ""


def split_diff(before: str, after: str, styles: Styles) -> tuple[Text, Text]:
    """Two answers side by side: words gone on the left, words new on the right."""
    pieces = word_diff(before, after)
    return _side(pieces, TextChange.REMOVED, styles), _side(pieces, TextChange.ADDED, styles)


def _side(pieces: Sequence[Piece], own: TextChange, styles: Styles) -> Text:
    out = Text()
    opening, closing = ("[-", "-]") if own is TextChange.REMOVED else ("{+", "+}")
    for piece in pieces:
        if piece.change is TextChange.SAME:
            out.append(piece.text)
        elif piece.change is own and piece.text.strip():
            out.append(f"{opening}{piece.text}{closing}", styles[own.value])
        elif piece.change is own:
            out.append(piece.text)
    return out


def unified_diff(before: str, after: str, styles: Styles) -> Text:
    """Both answers in one text, in wdiff's notation."""
    out = Text()
    for piece in word_diff(before, after):
        if piece.change is TextChange.SAME or not piece.text.strip():
            out.append(piece.text if piece.change is not TextChange.REMOVED else "")
        elif piece.change is TextChange.REMOVED:
            out.append(f"[-{piece.text}-]", styles["removed"])
        else:
            out.append(f"{{+{piece.text}+}}", styles["added"])
    return out


def facts(result: Result | None, styles: Styles) -> Text:
    """Latency, cost, tokens and error of one result, in a line."""
    if result is None:
        return Text("no record of this item in this repeat", styles["warning"])
    if result.error:
        return Text(f"failed: {one_line(result.error)}", styles["failed"])
    parts = [duration(result.latency_s), money(result.cost_usd)]
    if result.tokens:
        parts.append(f"{sum(result.tokens.values()):,} tok")
    if result.attempt > 1:
        parts.append(f"attempt {result.attempt}")
    return Text(" · ".join(part for part in parts if part != "—"), styles["muted"])


def judgements(result: Result | None, metrics: Sequence[str], styles: Styles) -> Text:
    """What each judge said about one result: score and rationale, or why there is none."""
    out = Text()
    if result is None:
        return Text("no record", styles["muted"])
    names = [*(name for name in metrics if name in result.judgements), *(set(result.judgements) - set(metrics))]
    for name in names:
        found = result.judgements[name]
        out.append(f"{one_line(name)} ", styles["title"])
        if found.value is not None:
            out.append(f"{found.value:g} ")
        elif found.label:
            out.append(f"{one_line(found.label)} ")
        if found.error:
            out.append(f"no score: {one_line(found.error)} ", styles["failed"])
        if found.judge:
            out.append(f"({one_line(found.judge)})", styles["muted"])
        out.append("\n")
        if found.rationale:
            out.append(f"  {clean(found.rationale).strip()}\n")
        if found.raw and found.error:
            out.append(f"  said: {one_line(found.raw)[:300]}\n", styles["muted"])
    if not names:
        out.append("no judgements recorded", styles["muted"])
    return out


def all_rationales(side: Side, results: Mapping[Repeat, Result | None], metric: str, styles: Styles) -> Text:
    """One line a repeat: score and rationale of one metric."""
    out = Text()
    for repeat, result in results.items():
        found = result.judgements.get(metric) if result is not None else None
        out.append(f"{one_line(side.repeat_name(repeat)):<8} ", styles["muted"])
        if result is not None and result.error:
            out.append(f"failed: {one_line(result.error)}\n", styles["failed"])
        elif found is None:
            out.append("no record\n", styles["warning"])
        elif found.value is None:
            out.append(f"no score: {one_line(found.error) or 'not a number'}\n", styles["failed"])
        else:
            out.append(f"{found.value:g}  ")
            out.append(f"{one_line(found.rationale)}\n")
    return out
