"""`ragtui compare`: the verdicts of the app as text, Markdown, JSON or CSV."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ragtui.cli.failing import exit_of
from ragtui.cli.options import (
    add_ascii,
    add_problems,
    add_reading,
    add_sides,
    add_statistics,
    ascii_only,
    compare_opened,
    confirm_words,
    form_names,
    kept_notes,
    say_problems,
    side_words,
)
from ragtui.cli.output import check_writable, emit, write_report
from ragtui.cli.parsing import listed
from ragtui.exits import Exit
from ragtui.places import real_path
from ragtui.sources.addresses import is_address

if TYPE_CHECKING:
    from ragtui.stats.why.causes import Causes
    from ragtui.workbench import SideComparison

DESCRIPTION = """\
Compare a baseline with a candidate, item by item. A delta counts only when it leaves the noise band that
repeated runs of one configuration span; without repeats the verdict is "noise unknown", never a guess.
"""

EPILOG = """\
examples:
  ragtui compare sample_runs/support-docs/baseline --vs sample_runs/support-docs/regressed
  ragtui compare run-1b --vs run-2 --in sample_runs/support-docs     names instead of paths
  ragtui compare a1 a2 a3 --vs b1 b2 b3 --in runs --format markdown  several runs are pooled as repeats
  ragtui compare base --vs new --in runs --margin faithfulness=0.1   show "not worse" within a margin
  ragtui compare base --vs new --in runs --format json | jq .headline
  ragtui compare base --vs new --in runs --metric faithfulness --where 'topic:billing delta:<0'

exit codes: 0 compared (whatever the verdict), 1 with --fail-on and a match, 2 usage or unusable input,
            3 with --fail-on where copied or cached repeats, or none at all, cannot tell,
            5 not comparable (datasets or judges differ; the report is printed all the same)
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_sides(parser)
    parser.add_argument("-f", "--format", choices=form_names(), default="text")
    parser.add_argument("-o", "--output", metavar="FILE", help="write to a file instead of stdout")
    parser.add_argument("-a", "--all", action="store_true", help="list every cell, not only those worth a look")
    parser.add_argument(
        "--metric", action="append", default=[], metavar="METRIC", help="show this metric only; may be repeated"
    )
    parser.add_argument("--items", metavar="ID,ID", help="list these items only; what is proven stays")
    parser.add_argument(
        "--where", default="", metavar="FILTER",
        help="list items that meet all of it, as in the app's filter line: 'topic:billing why:retrieval !note:flaky'",
    )  # fmt: skip
    parser.add_argument(
        "--fail-on", choices=("regressed", "any"),
        help="exit 1 when a metric or an item regressed beyond noise (any: or failed); `gate` decides with margins; "
        "metrics and items that are not shown count as well",
    )  # fmt: skip
    add_reading(parser)
    add_statistics(parser)
    add_problems(parser)
    add_ascii(parser)


def run(args: argparse.Namespace) -> int:
    """Compare and print."""
    from ragtui.present.report.registry import form
    from ragtui.workbench.reporting import subject_of
    from ragtui.workbench.why.causes import find_causes
    from ragtui.workbench.why.narrowing import narrowed

    if args.output:
        check_writable(Path(args.output), "--output", make_folder=False, read=(*args.base, *args.vs, *args.noise))
    (library, whole), notes = compare_opened(args), kept_notes(args)
    causes = find_causes(whole)
    result = _narrowed(args, whole, causes, notes)
    subject = subject_of(result, notes, causes, library)
    if result is not whole:
        subject = replace(subject, whole=narrowed(whole, args.metric, None).comparison)
    report = form(args.format).write(subject, ascii_only=ascii_only(args), every=args.all)
    if args.output:
        write_report(Path(args.output), report, "--output")
    else:
        emit(report, args.format)
    if args.problems or args.format == "csv":  # a table has no place for them
        say_problems((*result.a.problems, *result.b.problems), every=True)
    if result.blockers:
        return Exit.NOT_COMPARABLE
    return exit_of(whole, args.fail_on)


def _narrowed(
    args: argparse.Namespace, whole: SideComparison, causes: Causes | None, notes: Mapping[str, str]
) -> SideComparison:
    """What --metric, --items and --where leave to be shown."""
    from ragtui.workbench.reporting import notes_on
    from ragtui.workbench.why.narrowing import items_where, narrowed

    if not (args.metric or args.items or args.where):
        return whole
    items = None if args.items is None else listed(args.items)
    shown = narrowed(whole, args.metric, items)  # names what there is not before a filter reads answers
    if not args.where:
        return shown
    one = args.metric[0] if len(args.metric) == 1 else ""
    found = items_where(whole, args.where, one, causes, notes_on(whole, notes))
    return narrowed(whole, args.metric, [item for item in found if items is None or item in items])


def next_step(args: argparse.Namespace) -> str:
    """One item in sentences; where the others lie, or certainty about them where the sides can be run again.

    Where nothing was repeated and other runs lie beside the two, their repeats may tell the noise.
    """
    from ragtui.workbench import doubts

    if folder := _place_of_others(args):
        return (
            f"ragtui compare {side_words(args)} --in {shlex.quote(folder)} looks there for repeats that tell the noise"
        )
    found = doubts(args.compared)
    item = next(iter(found or args.compared.comparison.items), "ITEM")
    again = confirm_words(args) if found else ""
    then = (
        f"{again} runs what is in doubt again" if again else f"ragtui slices {side_words(args)} shows what they share"
    )
    return f"ragtui explain {shlex.quote(item)} {side_words(args)}; {then}"


def _place_of_others(args: argparse.Namespace) -> str:
    """The folder in which the sides lie beside others, where nobody named a place and nothing tells the noise."""
    words = [*args.base, *args.vs]
    measured = any(entry.cells.source != "none" for entry in args.compared.comparison.quality)
    if measured or args.places or args.noise or args.profile or any(map(is_address, words)):
        return ""
    paths = [Path(word) for word in words]
    folders = {real_path(path).parent for path in paths}
    if len(folders) != 1:
        return ""
    alike = (path for path in folders.pop().iterdir() if path.suffix == paths[0].suffix and path.name[:1] != ".")
    beside = {path.name for path in alike if path.is_dir() == paths[0].is_dir()}
    return str(paths[0].parent) if beside - {real_path(path).name for path in paths} else ""
