"""`ragtui slices`: parts of the suite, and what the items that moved have in common."""

from __future__ import annotations

import argparse

from ragtui.cli.options import add_ascii, add_reading, add_sides, add_statistics, ascii_only, side_words
from ragtui.cli.output import emit
from ragtui.exits import Exit

DESCRIPTION = """\
Show how each value of a field moved, by metadata or with --by by verdict, why (the cause), document, error, judge,
length, question_length, language or refuses, and search what the items that moved have in common: metadata,
documents that were retrieved, lost or gained, the length of question and answer, the language, refusing words. The
whole search has one error rate: with an unchanged pipeline about one in ten names anything.
"""

EPILOG = """\
examples:
  ragtui slices sample_runs/support-docs/baseline --vs sample_runs/support-docs/regressed
  ragtui slices baseline --vs regressed --in sample_runs/support-docs --by topic
  ragtui slices baseline --vs regressed --in sample_runs/support-docs --by document --by why

next: open the app on the runs and press F on a column, or `ragtui explain ITEM BASE --vs CAND` for one item

exit codes: 0 shown, 2 usage or unusable input (no such field)
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_sides(parser)
    parser.add_argument(
        "--by", action="append", default=[], metavar="FIELD", help="slice by this field only; may be repeated"
    )
    parser.add_argument("-f", "--format", choices=("text", "json"), default="text")
    add_reading(parser)
    add_statistics(parser)
    add_ascii(parser)


def run(args: argparse.Namespace) -> int:
    """Slice, search and print."""
    from ragtui.cli.options import compare_opened, tell_age
    from ragtui.present.clean import ascii_signs
    from ragtui.present.sentences.notes import say_notes
    from ragtui.present.slices import as_json, as_text
    from ragtui.workbench.why.causes import find_causes
    from ragtui.workbench.why.columns import columns, metadata
    from ragtui.workbench.why.slices import slices, what_they_share

    library, result = compare_opened(args)
    tell_age(library.loaded)
    known = columns(result, find_causes(result)) if args.by else metadata(result)
    parts = {field: slices(result, field, known) for field in args.by or known}
    searched = what_they_share(result)
    if args.format == "json":
        emit(as_json(parts, searched), "json")
        return Exit.OK
    metrics = {entry.metric.name: entry.metric for entry in result.comparison.metrics}
    blocked = "".join(f"NOT COMPARABLE: {why}\n" for why in say_notes(result.blockers))
    if not parts:
        blocked += "no metadata to slice by; --by takes verdict, why, document, length and more (see --help)\n"
    text = blocked + as_text(parts, searched, metrics, ascii_only=ascii_only(args))
    emit(ascii_signs(text) if ascii_only(args) else text)
    return Exit.OK


def next_step(args: argparse.Namespace) -> str:
    """The items of a line."""
    return f"ragtui explain ITEM {side_words(args)}; ragtui compare {side_words(args)} --where FIELD:VALUE"
