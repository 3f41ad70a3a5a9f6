"""`ragtui bless`: make runs the baseline that `gate` compares against."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ragtui.cli.options import add_places, add_reading
from ragtui.cli.parsing import kept
from ragtui.errors import UsageError
from ragtui.exits import Exit

if TYPE_CHECKING:
    from ragtui.gate.baselines import Blessing

DESCRIPTION = """\
Make runs of one configuration the baseline of a project. Blessings are kept with their reason in
.ragtui/baselines.jsonl, which belongs in version control; lines are only ever added, so blessing the former
runs again undoes a blessing.
"""

EPILOG = """\
examples:
  ragtui bless runs/main-1 runs/main-2 runs/main-3 --reason "rerank v2 shipped"
  ragtui bless runs/nightly --name nightly --reason "first nightly"
  ragtui bless --list
  ragtui gate --baseline main --candidate runs/pr-12

exit codes: 0 blessed or listed, 2 usage or unusable input, 4 a run is not complete
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("runs", nargs="*", metavar="RUN", help="runs of one configuration; they are pooled as repeats")
    parser.add_argument("-n", "--name", type=kept, default="main", help="name of the baseline (default: main)")
    parser.add_argument("-r", "--reason", type=kept, default="", help="why these runs are the baseline from now on")
    parser.add_argument("-l", "--list", action="store_true", help="show the history of blessings")
    add_places(parser)
    add_reading(parser, decides=True)


def run(args: argparse.Namespace) -> int:
    """Bless or list."""
    from contextlib import closing

    from ragtui.cli.options import how_read, open_places, say_problems
    from ragtui.gate.baselines import Baselines, blessing_of
    from ragtui.gate.references import headers_of, run_reference
    from ragtui.model import RunStatus, distinct
    from ragtui.present.clean import one_line
    from ragtui.workbench import copy_problem, once_more
    from ragtui.workbench.recipe import project_folder

    baselines = Baselines(project_folder())
    if args.list and args.runs:
        raise UsageError("--list shows what is blessed and blesses nothing", f"Leave {args.runs[0]} out, or --list.")
    if args.list:
        print(_lines(baselines.history()), end="")
        return Exit.OK
    references = [run_reference(word, args.places) for word in args.runs]
    places = [*args.places, *(place for reference in references for place in reference.places)]
    with closing(open_places(list(dict.fromkeys(places)), **how_read(args)).library) as library:
        found = headers_of(library, references)
        say_problems(map(copy_problem, once_more(found)), every=False)
        headers = distinct(found)
        unfinished = [header.name for header in headers if header.status is not RunStatus.COMPLETE]
        if unfinished:
            print(f"ragtui: not complete: {one_line(', '.join(unfinished))}", file=sys.stderr)
            return Exit.INCOMPLETE
        runs = [(header, library.load(header.uid).scores) for header in headers]
    blessing = blessing_of(baselines, args.name, args.reason, runs)
    baselines.bless(blessing)
    repeats = sum(len(scores.repeats) for _, scores in runs)
    names = one_line(", ".join(header.name for header, _ in runs))
    print(f"{one_line(blessing.name)} is now {names} ({repeats} {'repeat' if repeats == 1 else 'repeats'})")
    print(f"written to {baselines.path}", file=sys.stderr)
    return Exit.OK


def _lines(history: Sequence[Blessing]) -> str:
    """The history, oldest first; a star marks what counts now."""
    from ragtui.present.clean import one_line

    current = {blessing.name: blessing for blessing in history}
    lines = [
        f"{'*' if current[blessing.name] is blessing else ' '} {blessing.at}  {one_line(blessing.name)}  "
        f"{one_line(', '.join(run.place for run in blessing.runs))}  {one_line(blessing.reason)}\n"
        for blessing in history
    ]
    return "".join(lines) or "nothing is blessed yet\n"


def next_step(args: argparse.Namespace) -> str:
    """What it was blessed for."""
    return f"ragtui gate --baseline {shlex.quote(args.name)} --candidate RUN; commit .ragtui/baselines.jsonl"
