"""Panes of the item screen as text: answers, contexts, repeats, judges. Pure: data in, `Text` out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from rich.style import Style
from rich.text import Text

from ragtui.model import Context, Repeat, Result, Scores, State
from ragtui.present.clean import clean, one_line
from ragtui.present.diff import Change, Piece, word_diff
from ragtui.present.gauge import axis, dots
from ragtui.present.numbers import decimals, duration, money, number, plus_minus, signed
from ragtui.present.verdicts import verdict_sign
from ragtui.stats import Verdict
from ragtui.tui.rows.run_rows import scale_of
from ragtui.workbench import Side, SideComparison

Styles = Mapping[str, Style]

STATE_WORDS = {
    State.MISSING: "no record",
    State.ITEM_ERROR: "failed",
    State.METRIC_ERROR: "judge failed",
    State.NON_FINITE: "not a number",
}


def answer(result: Result | None) -> str:
    """An answer, clean; "" when there is none."""
    return clean(result.output).strip() if result is not None else ""


def split_diff(before: str, after: str, styles: Styles) -> tuple[Text, Text]:
    """Two answers side by side: words gone on the left, words new on the right."""
    pieces = word_diff(before, after)
    return _side(pieces, Change.REMOVED, styles), _side(pieces, Change.ADDED, styles)


def _side(pieces: Sequence[Piece], own: Change, styles: Styles) -> Text:
    out = Text()
    opening, closing = ("[-", "-]") if own is Change.REMOVED else ("{+", "+}")
    for piece in pieces:
        if piece.change is Change.SAME:
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
        if piece.change is Change.SAME or not piece.text.strip():
            out.append(piece.text if piece.change is not Change.REMOVED else "")
        elif piece.change is Change.REMOVED:
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


def contexts(own: Sequence[Context], other: Sequence[Context], styles: Styles, *, right: bool) -> Text:
    """Passages in rank order; on the right side with their moves, and those that were lost."""
    if not own and not other:
        return Text("no contexts recorded", styles["muted"])
    ranks = {context.id: place for place, context in enumerate(other)}
    out = Text()
    for place, context in enumerate(own):
        relevant = {True: "●", False: "○", None: " "}[context.relevant]
        out.append(f"{place + 1} {relevant} {one_line(context.title or context.id)}")
        if context.score is not None:
            out.append(f"  {number(context.score, 2)}", styles["muted"])
        if right:
            out.append(*_move(place, ranks.get(context.id), styles))
        out.append("\n")
        excerpt = one_line(context.text)
        out.append(f"    {excerpt[:160]}{'…' if len(excerpt) > 160 else ''}\n", styles["muted"])
    if right:
        kept = {context.id for context in own}
        for context in other:
            if context.id not in kept:
                out.append(f"- {one_line(context.title or context.id)}  lost\n", styles["removed"])
    return out


def _move(place: int, before: int | None, styles: Styles) -> tuple[str, Style]:
    if before is None:
        return "  new", styles["added"]
    if before == place:
        return "", styles["muted"]
    up, down = "↑", "↓"
    return f"  {up if before > place else down}{abs(before - place)}", styles["accent"]


def repeats(result: SideComparison, item: str, current: str, width: int, styles: Styles) -> Text:
    """Dots of every repeat on both sides, metric by metric, with mean, spread and verdict."""
    comparison, row = result.comparison, result.comparison.row_of[item]
    room = max(16, min(52, width - 50))
    out = Text()
    for entry in comparison.metrics:
        name = entry.metric.name
        scale, digits = scale_of(result, name), decimals(entry.metric)
        out.append(f"{one_line(name)[:18]:<18}      {axis(scale, room)}    mean     sd  n\n", styles["muted"])
        here = "title" if name == current else ""
        for tag, side in (("base", result.a), ("cand", result.b)):
            values, lost = _scores_of(side.scores, item, name)
            spread = float(np.std(values, ddof=1)) if values.size > 1 else float("nan")
            mean = float(values.mean()) if values.size else float("nan")
            out.append(f"{'':<18} {tag} ", styles.get(here, ""))
            out.append(dots([float(v) for v in values], scale, room))
            out.append(f" {number(mean, digits):>7} {number(spread, digits):>6} {values.size:>2}")
            if lost:
                out.append(f"  {lost}", styles["warning"])
            out.append("\n")
        verdict, delta = Verdict(int(entry.cells.verdict[row])), float(entry.cells.delta[row])
        sign = verdict_sign(verdict, delta, higher_is_better=entry.metric.higher_is_better)
        factor = entry.cells.grid is not None and entry.cells.grid.log
        band = plus_minus(float(entry.cells.band[row]), digits, factor=factor)
        out.append(f"{'':<24}{sign.glyph} {sign.word} ", styles[sign.style])
        out.append(f"{signed(delta, digits)}, band {band}\n")
    return out


def _scores_of(scores: Scores, item: str, metric: str) -> tuple[np.ndarray, str]:
    """Finite scores of one cell, and in words what happened to the rest."""
    row = scores.row_of.get(item)
    if row is None or metric not in scores.column_of:
        return np.zeros(0), ""
    values, states = scores.of(metric)[row], scores.states_of(metric)[row]
    lost = [f"{int((states == state).sum())} {word}" for state, word in STATE_WORDS.items() if (states == state).any()]
    return values[states == State.SCORED], ", ".join(lost)


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


def all_rationales(side: Side, item: str, metric: str, styles: Styles) -> Text:
    """One line a repeat: score and rationale of one metric."""
    out = Text()
    for repeat in side.scores.repeats:
        result = side.result(item, repeat)
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


def result_text(side: Side, item: str, repeat: Repeat | None) -> str:
    """One side's answer in full, for the clipboard or the editor."""
    found = side.result(item, repeat) if repeat is not None else None
    return answer(found)
