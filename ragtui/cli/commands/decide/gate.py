"""`ragtui gate`: decide a merge by its exit code, and say why."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ragtui.cli.options import (
    add_claim,
    add_columns,
    add_places,
    add_pool,
    add_problems,
    add_reading,
    add_without,
    form_names,
    say_problems,
)
from ragtui.cli.output import check_writable, emit, tell, write_report
from ragtui.cli.parsing import whole
from ragtui.cli.trusting import add_trust
from ragtui.errors import RagtuiError, UsageError

if TYPE_CHECKING:
    from ragtui.gate.record import GateRecord
    from ragtui.workbench import Library

DESCRIPTION = """\
Compare a candidate with a baseline and decide. A regression needs evidence beyond noise and, where the policy
sets one, a loss of at least the margin; what cannot be decided is never waved through as a pass or a failure.
A baseline that is missing or cannot be read is an error, not a pass. Hosted runs are read anew; when the server does
not answer, nothing is decided on what was read before, unless --as-of cache accepts it.
"""

EPILOG = """\
examples:
  ragtui gate --baseline runs/main --candidate runs/pr-12
  ragtui gate --baseline main --candidate runs/pr-12-*  --policy gate.toml     a blessed baseline, pooled repeats
  ragtui gate --baseline langfuse:support-docs/main --candidate runs/pr-12
  ragtui gate --baseline main --candidate runs/pr-12 --report gate.md gate.html gate.json junit.xml
  ragtui gate --baseline main --candidate runs/pr-12 --policy gate.toml --until-decided --budget 4

reports by suffix: .md pull request comment, .html page with plots, .json, .xml JUnit, .sarif, .txt,
                   .svg picture of the compare screen (of a gate that could compare)

exit codes: 0 no regression shown, 1 regression, 2 usage, unusable input or internal error, 3 cannot tell,
            4 incomplete, 5 not comparable. When several hold, the first of 2, 5, 4, 1, 3 is returned.
"""

_SCREEN = ".svg"
"""Suffix of a picture of the compare screen, which the app draws."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "-b", "--baseline", nargs="+", required=True, metavar="REF",
        help="a run's path, a blessed name (see `ragtui bless`), langfuse:DATASET/RUN, or a name within --in",
    )  # fmt: skip
    parser.add_argument(
        "-c", "--candidate", nargs="+", required=True, metavar="RUN",
        help="runs to be judged; several are pooled as repeats",
    )  # fmt: skip
    add_pool(parser, "all is shown, and the answer stays 5 (not comparable)")
    add_places(parser)
    add_columns(parser)
    add_problems(parser)
    add_reading(parser, decides=True)
    parser.add_argument("-p", "--policy", metavar="FILE", help="TOML file that says what is asked")
    parser.add_argument(
        "-f", "--format", choices=form_names("gate"), default="text", help="what is printed (default: text)"
    )
    parser.add_argument(
        "-o", "--report", nargs="+", action="extend", default=[], metavar="FILE",
        help="files to write; the suffix says the form",
    )  # fmt: skip
    parser.add_argument(
        "--estimand", choices=("suite", "population"),
        help="suite: did these items change (default); population: would new items like these agree",
    )  # fmt: skip
    parser.add_argument(
        "--require-not-worse", action="store_true", help="pass only when a loss of the margin is ruled out"
    )
    parser.add_argument("--profile", metavar="FILE", help="take noise from a profile saved by `ragtui noise --save`")
    add_claim(parser)
    add_without(parser)
    parser.add_argument(
        "--until-decided", action="store_true", help="launch further repeats of the candidate until it is decided"
    )
    parser.add_argument(
        "--budget", type=whole(0), default=3, metavar="N", help="most further repeats (default: 3)",
        needs="--until-decided",
    )  # fmt: skip
    add_trust(parser)


def run(args: argparse.Namespace) -> int:
    """Decide, print and write; a gate that cannot decide still writes its reports, as an error.

    The exit code is what was decided, before anything is printed or written: neither a reader that left nor a full
    disk turns a regression into a pass or an error into a regression.
    """
    from datetime import UTC, datetime

    from ragtui.gate.deciding.policy import Policy
    from ragtui.gate.recording import refused_record

    _check_reports(args)
    try:
        record = _decide(args)
    except RagtuiError as error:
        tell(str(error))
        labels = (", ".join(args.baseline), ", ".join(args.candidate))
        record = refused_record(error, Policy(source=args.policy or ""), labels, datetime.now(UTC))
    _publish(args, record)
    return record.exit


def _check_reports(args: argparse.Namespace) -> None:
    """Refuse a report nobody can write before anything is spent.

    Raises:
        UsageError: its suffix names no form.
        InputError: its place is not writable, is a folder, or its folder cannot be made.
    """
    from ragtui.gate.reports.registry import form_of

    for path in map(Path, args.report):
        if path.suffix.lower() != _SCREEN:
            form_of(path)
        check_writable(path, "--report", read=(*args.baseline, *args.candidate))


def _decide(args: argparse.Namespace) -> GateRecord:
    from ragtui.cli.options import how_read, open_places
    from ragtui.cli.trusting import agreement
    from ragtui.gate.deciding.policy import Policy
    from ragtui.gate.deciding.policyfile import read_policy, with_options
    from ragtui.gate.judging import GateRequest, judge
    from ragtui.gate.repeating import Repeater

    if args.budget < 0:
        raise UsageError(f"--budget {args.budget}: below zero", "Give the number of further repeats you can pay for.")
    policy = read_policy(Path(args.policy)) if args.policy else Policy()
    policy = with_options(
        policy,
        estimand=args.estimand,
        require_not_worse=args.require_not_worse,
        repeats_are_fresh=args.repeats_are_fresh,
    )
    request = GateRequest(
        baseline=tuple(args.baseline),
        candidate=tuple(args.candidate),
        places=tuple(args.places),
        policy=policy,
        pool=args.pool,
        profile=Path(args.profile) if args.profile else None,
        without=tuple(args.without),
        budget=args.budget if args.until_decided else None,
    )
    read = how_read(args)
    opened: list[Library] = []

    def opens(places: Sequence[str]) -> Library:
        opened.append(open_places(places, args.columns, **read).library)
        return opened[-1]

    record = judge(request, opens, Repeater(agreement(args)))
    if args.problems and opened:
        say_problems(opened[-1].known_problems, every=True)
    return record


def _publish(args: argparse.Namespace, record: GateRecord) -> None:
    """Print and write as much as can be; what cannot be is said and changes nothing."""
    from ragtui.gate.reports.registry import render

    emit(render(record, args.format), args.format)
    for path in map(Path, args.report):
        try:
            if _write(path, record):
                print(f"written {path}", file=sys.stderr)
        except RagtuiError as error:
            tell(str(error))


def _write(path: Path, record: GateRecord) -> bool:
    from ragtui.gate.reports.registry import form_of, render

    if path.suffix.lower() != _SCREEN:
        write_report(path, render(record, form_of(path)))
        return True
    if not record.means:
        return False
    from ragtui.cli.compare_svg import compare_svg

    sides = record.baseline.places, record.candidate.places
    write_report(path, compare_svg(_roots((*sides[0], *sides[1])), *sides))
    return True


def _roots(places: Sequence[str]) -> list[str]:
    """What the app opens to find runs at these places: a hosted run's dataset, a local run itself."""
    hosted = "langfuse:"
    roots = [place.rpartition("/")[0] if place.startswith(hosted) else place for place in places]
    return list(dict.fromkeys(roots))


def next_step(args: argparse.Namespace) -> str:
    """The items behind the verdict."""
    sides = f"{shlex.join(args.baseline)} --vs {shlex.join(args.candidate)}"
    return f"ragtui compare {sides} shows the items; ragtui help gate says what each exit code asks for"
