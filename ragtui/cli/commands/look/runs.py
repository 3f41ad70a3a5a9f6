"""`ragtui runs`: what is there, by configuration."""

from __future__ import annotations

import argparse
import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ragtui.cli.options import add_columns, add_problems, add_reading, form_names, say_problems
from ragtui.cli.output import emit
from ragtui.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragtui.model import Group, Problem
    from ragtui.sources.base import RunSource

DESCRIPTION = "List runs, grouped by configuration: runs with the same settings are repeats of each other."

EPILOG = """\
examples:
  ragtui runs sample_runs
  ragtui runs sample_runs --format json
  ragtui runs langfuse:support-docs
  ragtui runs langfuse: --days 365 --where 'env:staging tag:nightly meta.team:search age:<30d'

exit codes: 0 listed, 2 usage or unusable input: a file without a run that can be read, a folder with nothing but such
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "places", nargs="*", default=["."], metavar="PATH", help="files, folders, langfuse: (default .)"
    )
    add_columns(parser)
    add_reading(parser)
    parser.add_argument(
        "--where",
        default="",
        metavar="RUN-FILTER",
        help="only configurations that meet all of it, as in the app's filter line: 'quality:>=4 !tag:old'",
    )
    parser.add_argument("-f", "--format", choices=form_names("runs"), default="text")
    add_problems(parser)


def run(args: argparse.Namespace) -> int:
    """List and print."""
    from ragtui.cli.options import how_read, open_places, tell_age
    from ragtui.present.clean import one_line
    from ragtui.present.report.listing import RunListing
    from ragtui.present.report.registry import form

    library = open_places(args.places, args.columns, **how_read(args)).library
    if args.refresh:
        library.read_anew()
    groups = _chosen(library.groups(), args.where)
    args.listed = tuple(group.label for group in groups)
    if groups or args.format != "text":
        listing = RunListing(groups, library.problems, datetime.now(UTC))
        emit(form(args.format, "runs").write(listing), args.format)
    else:
        met = f" that meet {args.where}" if args.where else ""
        print(one_line(f"No runs{met} under {', '.join(args.places)}."), file=sys.stderr)
    say_problems(library.problems, every=args.problems)
    tell_age(library.headers.values())
    return Exit.ERROR if any(_unusable(source, library.problems) for source in library.unread) else Exit.OK


def _unusable(source: RunSource, problems: Sequence[Problem]) -> bool:
    """Whether a place that listed no run is a file, or a folder in which something could not be read.

    An empty folder is none: before the first run there is nothing to list.
    """
    from ragtui.sources.folder import FolderSource

    if not isinstance(source, FolderSource):
        return False
    return not source.path.is_dir() or any(source.path in Path(problem.where).parents for problem in problems)


def _chosen(groups: list[Group], where: str) -> list[Group]:
    """The groups that meet a filter; says on stderr how many cannot be judged because they were never read.

    Raises:
        UsageError: it asks for what no run has, or compares with what is no number.
    """
    from ragtui.cli.output import tell
    from ragtui.errors import UsageError
    from ragtui.present.filters import parse_filter
    from ragtui.present.numbers import count
    from ragtui.workbench.run_fields import READ_ONLY_THEN, RUN_WORDS, is_unread, run_fields, unfit

    wanted, now = parse_filter(where), datetime.now(UTC)
    fields = [run_fields(group.headers, group.label, group.known_repeats, now) for group in groups]
    known = {name for each in fields for name in each}
    problem = unfit(wanted, known, RUN_WORDS)
    if problem:
        raise UsageError(f"--where {where}: {problem}", "`ragtui help reading` shows what a filter can ask.")
    unread = [header for group in groups for header in group.headers if is_unread(header)]
    if unread and any(term.key in READ_ONLY_THEN for term in wanted.terms):
        tell(f"{count(len(unread), 'hosted run')} never read: environment and tags not known; --refresh reads them")
    hosted = [header for group in groups for header in group.headers if header.format == "langfuse"]
    bare = [header for header in hosted if not header.extra.get("metadata")]
    if bare and any(term.key.startswith("meta.") for term in wanted.terms):
        tell(
            f"{count(len(bare), 'hosted run')} without metadata: a listing forgets that of old runs; --refresh reads it"
        )
    texts = [f"{group.label} {group.headers[0].dataset} {group.headers[0].location}" for group in groups]
    rows = zip(groups, fields, texts, strict=True)
    return [group for group, each, text in rows if wanted.matches(each, text)]


def next_step(args: argparse.Namespace) -> str:
    """Two of them side by side; repeats of a lone one, and a first run where there is none."""
    places = shlex.join(args.places)
    if not args.listed:
        first = "ragtui init writes a first plan; ragtui demo shows a whole run without key or network"
        return "ragtui runs without --where lists all" if args.where else first
    if len(args.listed) == 1:
        name = shlex.quote(args.listed[0])
        return f"ragtui {places} opens it; ragtui noise {name} --in {places} says how much its repeats differ"
    return f"ragtui {places} opens them; ragtui compare BASE --vs CANDIDATE --in {places}"
