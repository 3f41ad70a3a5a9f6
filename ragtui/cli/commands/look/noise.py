"""`ragtui noise`: how much does nothing change?"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from ragtui.cli.options import add_columns, add_places, add_problems, add_reading, add_without, form_names, say_problems
from ragtui.cli.output import check_writable, emit
from ragtui.exits import Exit

DESCRIPTION = """\
Show how much repeats of one configuration differ from each other: how many items ever vary, item noise and
run drift, the smallest difference these repeats could show, and how often a repeat would be flagged by chance.
"""

EPILOG = """\
examples:
  ragtui noise sample_runs/support-docs/baseline
  ragtui noise sample_runs/local-rag --format json
  ragtui noise sample_runs/support-docs/baseline --save noise.json     a profile for single runs

exit codes: 0 shown, 2 usage or unusable input, 3 nothing was repeated
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("runs", nargs="+", metavar="PATH", help="runs; those of one configuration are pooled")
    add_places(parser)
    add_columns(parser)
    add_problems(parser)
    add_reading(parser)
    parser.add_argument("-f", "--format", choices=form_names("noise"), default="text")
    add_without(parser)
    parser.add_argument("--save", metavar="FILE", help="store a noise profile, for comparisons of single runs")


def run(args: argparse.Namespace) -> int:
    """Measure and print."""
    from ragtui.cli.options import how_read, open_places, places_for, tell_age
    from ragtui.errors import UsageError
    from ragtui.model import Problem, distinct, group_runs
    from ragtui.present.noise import Measured
    from ragtui.present.numbers import count
    from ragtui.present.report.registry import form
    from ragtui.stats import noise_report
    from ragtui.workbench import copy_problem, leave_out, once_more, side_of
    from ragtui.workbench.judge_noise import judge_split
    from ragtui.workbench.why.causes import split_flicker

    if args.save:
        check_writable(Path(args.save), "--save", read=args.runs)
    library = open_places(places_for(args, args.runs), args.columns, **how_read(args)).library
    named = [library.find(ref) for ref in args.runs]
    # Chosen items are no repeat of a whole run; one that is named by itself is what is asked about.
    wanted = [one for found in named for one in found if one.selection is None or one.rejudge_of or len(found) == 1]
    headers = {header.uid: header for header in wanted}
    groups = group_runs(distinct(wanted), library.marks)
    if not groups:
        raise UsageError(f"no runs under {', '.join(args.runs)}", "Give a run folder or a folder of runs.")
    if args.save and len(groups) > 1:
        names = ", ".join(group.label for group in groups)
        raise UsageError(f"--save takes one configuration, these are {len(groups)}: {names}", "Name the runs of one.")
    repeated = False
    reports = []
    said = [problem for problem in library.problems if problem.where not in {h.location for h in headers.values()}]
    said += [copy_problem(header) for header in once_more(wanted)]
    said += [
        Problem(header.location, f"chosen items only ({count(len(header.selection), 'item')}): its noise is theirs")
        for header in wanted
        if header.selection is not None
    ]
    sides = [("baseline", side_of(library, group.headers)) for group in groups]
    for side in leave_out(sides, args.without):
        said += side.problems
        report = noise_report(side.scores)
        repeated = repeated or len(side.scores.repeats) > 1
        reports.append(Measured(side.label, report, judge_split(library, side), side.origins, split_flicker(side)))
    say_problems(said, every=args.problems)
    tell_age(library.loaded)
    emit(form(args.format, "noise").write(reports), args.format)
    if args.save:
        from ragtui.workbench.noise_profiles import save_profile

        (side,) = leave_out(sides, args.without)
        save_profile(Path(args.save), side)
        print(f"noise profile of {side.label} saved as {args.save}", file=sys.stderr)
    return Exit.OK if repeated else Exit.CANNOT_TELL


def next_step(args: argparse.Namespace) -> str:
    """Keep what was learned."""
    if args.save:
        return f"ragtui compare BASE --vs CANDIDATE --profile {shlex.quote(args.save)}"
    return f"ragtui noise {shlex.join(args.runs)} --save noise.json keeps it for single runs"
