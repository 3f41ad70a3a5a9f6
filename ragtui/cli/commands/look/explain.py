"""`ragtui explain`: one item in plain sentences."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ragtui.cli.options import (
    add_ascii,
    add_reading,
    add_sides,
    add_statistics,
    ascii_only,
    check_metric,
    compare_words,
    confirm_words,
    kept_notes,
    side_words,
)
from ragtui.cli.output import emit
from ragtui.exits import Exit
from ragtui.present.sentences.causes import say_reason
from ragtui.present.sentences.evidence import say_taught

if TYPE_CHECKING:
    from ragtui.model import Note

DESCRIPTION = "Say in one sentence a metric why an item counts as changed, as noise, or as unknown."

EPILOG = """\
examples:
  ragtui explain 018 run-1b --vs run-2 --in sample_runs/support-docs
  ragtui explain 031 sample_runs/support-docs/baseline --vs sample_runs/support-docs/regressed

exit codes: 0 explained, 2 usage or unusable input (no such item among them)
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("item", metavar="ITEM", help="id of the item")
    add_sides(parser)
    parser.add_argument("-m", "--metric", action="append", help="only this metric; may be repeated")
    add_reading(parser)
    add_statistics(parser)
    add_ascii(parser)


def run(args: argparse.Namespace) -> int:
    """Explain and print."""
    from difflib import get_close_matches

    from ragtui.errors import UsageError
    from ragtui.present.clean import ascii_signs, flat, one_line
    from ragtui.present.report.content import cell_line
    from ragtui.present.sentences.notes import say_notes
    from ragtui.workbench.reporting import subject_of
    from ragtui.workbench.why.causes import find_causes

    result, item_notes = compare_words(args), kept_notes(args)
    comparison, subject = result.comparison, subject_of(result, item_notes, find_causes(result))
    if args.item not in comparison.row_of:
        near = get_close_matches(args.item, comparison.items, n=3) or comparison.items[:3]
        raise UsageError(f"no item {args.item!r} on either side", f"Items are called {', '.join(near)}, …")
    for name in args.metric or ():
        check_metric(name, [entry.metric.name for entry in comparison.metrics], "--metric")
    question = one_line(subject.question(args.item))
    lines = [question] if question else []
    for entry in comparison.quality if not args.metric else comparison.metrics:
        if args.metric and entry.metric.name not in args.metric:
            continue
        line = cell_line(subject, entry, comparison.row_of[args.item])
        lines.append(f"{line.sign.shown(ascii_only=ascii_only(args))} {line.explanation}")
        lines += [f"  {say_reason(line.why)}"] if line.why else []
        if line.fresh:
            lines.append(f"  fresh repeats, {line.standing}: {line.fresh}")
    if note := subject.item_notes.get(args.item):
        lines.append(f"note on {args.item}: {note}")
    lines += [f"The {pooled}." for pooled in subject.pooled()]
    if result.evidence:
        lines.append(f"Noise also from {say_taught(result.evidence)}.")
    lines += [f"NOT COMPARABLE: {blocker}" for blocker in say_notes(result.blockers)]
    lines += [f"note: {note}" for note in say_notes(_about(subject.notes, args.metric))]
    text = "\n".join(map(flat, lines))
    emit(ascii_signs(text) if ascii_only(args) else text)
    return Exit.OK


def _about(notes: Sequence[Note], metrics: Sequence[str] | None) -> list[Note]:
    """Without what is only about metrics that nobody asked for."""
    return [note for note in notes if not metrics or not note.metric or note.metric in metrics]


def next_step(args: argparse.Namespace) -> str:
    """This item again, on both sides; all items, where nothing says how one of them is run."""
    again = confirm_words(args, f" --items {shlex.quote(args.item)}")
    return f"{again} runs it again on both sides" if again else f"ragtui compare {side_words(args)} shows all items"
