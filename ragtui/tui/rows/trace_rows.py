"""The tree of a trace as rows, and one observation in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.style import Style
from rich.text import Text

from ragtui.model import Observation, Trace
from ragtui.present.clean import clean, one_line
from ragtui.present.numbers import count, duration, money
from ragtui.present.sentences.trace import say_conversation, say_level, say_tokens
from ragtui.tui.widgets.table.column_table import Column

LONGEST = 40_000
"""Characters of one text shown on the screen, about 500 lines; the editor and the command show the whole."""

Styles = Mapping[str, Style]


def level_style(one: Observation) -> str:
    """Name of the style for an observation's level."""
    return {"ERROR": "failed", "WARNING": "warning"}.get(one.level, "")


def tree_columns(observations: Sequence[Observation], styles: Styles) -> list[Column]:
    """Columns of the tree; the first is indented, and failures carry a sign beside their colour."""

    def name(row: int) -> Text:
        one = observations[row]
        sign = {"ERROR": "! ", "WARNING": "~ "}.get(one.level, "")
        style = styles[level_style(one)] if level_style(one) else ""
        said = f" ({count(len(one.comments), 'comment')})" if one.comments else ""
        shown = (f"{sign}{one_line(one.name) or one.kind}", style)
        return Text.assemble("  " * min(one.depth, 12), shown, (said, styles["warning"]))

    def plain(of: str) -> Column:
        width = {"kind": 10, "model": 18, "prompt": 14}[of]
        rank = {"kind": 1, "model": 2, "prompt": 3}[of]
        return Column(of, of, width, rank, render=lambda row: Text(one_line(getattr(observations[row], of))))

    def tokens(row: int) -> Text:
        amount = sum(observations[row].tokens.values())
        return Text(f"{amount}" if amount else "", styles["muted"])

    def cost(row: int) -> Text:
        found = observations[row].cost
        return Text(money(found) if found else "", styles["muted"])

    def seconds(row: int) -> Text:
        found = observations[row].seconds
        return Text("" if found is None else duration(found), styles["muted"])

    return [
        Column("name", "observation", 20, 0, flexible=True, render=name),
        plain("kind"),
        plain("model"),
        plain("prompt"),
        Column("tokens", "tokens", 7, 2, align="right", render=tokens),
        Column("cost", "cost", 8, 3, align="right", render=cost),
        Column("seconds", "time", 7, 0, align="right", render=seconds),
    ]


def observation_text(one: Observation, styles: Styles) -> Text:
    """Everything recorded of one observation; long texts are cut here, and say so."""
    out = Text()
    out.append(f"{one_line(one.kind)} {one_line(one.name)}\n", styles["title"])
    settings = " ".join(part for part in (one.model, f"({one.parameters})" if one.parameters else "") if part)
    facts = [("model", settings), ("prompt", one.prompt), ("tokens", say_tokens(one))]
    facts += [("cost", money(one.cost) if one.cost else ""), ("time", duration(one.seconds) if one.seconds else "")]
    for word, value in facts:
        if value:
            out.append(f"{word:<8}", styles["muted"]).append(f"{one_line(value)}\n")
    if said := say_level(one):
        out.append(f"{'status':<8}", styles["muted"]).append(f"{clean(said)}\n", styles[level_style(one) or "title"])
    for comment in one.comments:
        out.append(f"{'comment':<8}", styles["muted"]).append(f"{clean(comment)}\n", styles["warning"])
    for word, text in (("input", one.input), ("output", one.output)):
        out.append(f"\n{word}\n", styles["accent"])
        if not text:
            out.append("nothing recorded\n", styles["muted"])
            continue
        out.append(f"{clean(text[:LONGEST])}\n")
        if len(text) > LONGEST:
            out.append(f"… {len(text) - LONGEST} more characters: e opens all of it in the editor\n", styles["warning"])
    return out


def conversation_text(trace: Trace, styles: Styles) -> Text:
    """The conversation a trace is a turn of, each turn under who spoke, the turn at hand marked; nothing for none."""
    out = Text()
    for place, line in enumerate(say_conversation(trace)):
        style = styles["accent"] if not place else styles["title"] if line.startswith(">") else ""
        out.append(f"{'' if place else chr(10)}{clean(line)}\n", style)
    return out


def trace_text(trace: Trace) -> str:
    """A whole trace as plain text, for the editor."""
    parts = []
    for one in trace.observations:
        parts.append(f"{'#' * min(one.depth + 1, 6)} {one.kind} {one_line(one.name)}\n")
        parts += [
            f"{word}:\n\n{clean(text)}\n" for word, text in (("input", one.input), ("output", one.output)) if text
        ]
        parts += [f"comment: {clean(comment)}\n" for comment in one.comments]
    parts += [f"comment: {clean(comment)}\n" for comment in trace.comments]
    parts += [clean(line) for line in say_conversation(trace)]
    return "\n".join(parts)
