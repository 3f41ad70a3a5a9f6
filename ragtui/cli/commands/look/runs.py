"""`ragtui runs`: what is there, by configuration."""

from __future__ import annotations

import argparse
import shlex
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ragtui.cli.options import add_columns, add_problems, add_reading, say_problems
from ragtui.cli.output import emit
from ragtui.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragtui.model import Group, Problem, RunHeader

DESCRIPTION = "List runs, grouped by configuration: runs with the same settings are repeats of each other."

EPILOG = """\
examples:
  ragtui runs sample_runs
  ragtui runs sample_runs --format json
  ragtui runs langfuse:support-docs

exit codes: 0 listed, 2 usage or unusable input
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "places", nargs="*", default=["."], metavar="PATH", help="files, folders, langfuse: (default .)"
    )
    add_columns(parser)
    add_reading(parser)
    parser.add_argument("-f", "--format", choices=("text", "json"), default="text")
    add_problems(parser)


def run(args: argparse.Namespace) -> int:
    """List and print."""
    from ragtui.cli.options import open_places, reading_of, tell_age

    library = open_places(args.places, args.columns, reading_of(args)).library
    if args.refresh:
        library.read_anew()
    groups = library.groups()
    if args.format == "json":
        emit(_json(groups, library.problems), "json")
    elif groups:
        emit(_text(groups))
    else:
        print(f"No runs under {', '.join(args.places)}.", file=sys.stderr)
    say_problems(library.problems, every=args.problems)
    tell_age(library.headers.values())
    return Exit.OK


def _text(groups: list[Group]) -> str:
    from ragtui.present.numbers import MISSING, age, number
    from ragtui.present.report.table import table

    now = datetime.now(UTC)
    rows = []
    for group in groups:
        for place, header in enumerate((*group.headers, *group.copies)):
            copy = " copy" if place >= len(group.headers) else ""
            errors = MISSING if header.errors is None else str(header.errors)
            means = "  ".join(f"{m.name} {number(m.mean)} ({m.scored}/{m.expected})" for m in header.metrics[:4])
            rows.append(
                (
                    header.name if place == 0 else f"  {header.name}",
                    header.dataset or MISSING,
                    age(header.created, now),
                    str(header.items if header.items is not None else MISSING),
                    str(header.repeats if header.repeats is not None else MISSING),
                    errors,
                    " ".join(word for word in (header.status.value, header.origin) if word) + copy,
                    means,
                )
            )
    return table(("run", "dataset", "age", "items", "repeats", "errors", "status", "means (scored)"), rows, "llrrrrll")


def _json(groups: list[Group], problems: Sequence[Problem]) -> str:
    import orjson

    out = [
        {
            "configuration": group.key,
            "label": group.label,
            "by_hand": group.by_hand,
            "repeats": group.repeats,
            "runs": [_run(header) for header in group.headers],
            "copies": [_run(header) for header in group.copies],
        }
        for group in groups
    ]
    document = {
        "schema": "ragtui.runs/1",
        "groups": out,
        "problems": [_problem(one) for one in dict.fromkeys(problems)],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n"


def _run(header: RunHeader) -> dict[str, object]:
    fields = (
        "id", "name", "location", "format", "dataset", "created", "status", "origin", "items", "repeats", "errors",
        "metrics", "assumed",
    )  # fmt: skip
    return {field: getattr(header, field) for field in fields}


def _problem(problem: Problem) -> dict[str, object]:
    return {field: getattr(problem, field) for field in ("where", "line", "message", "hint", "count")}


def next_step(args: argparse.Namespace) -> str:
    """Two of them side by side."""
    places = shlex.join(args.places)
    return f"ragtui {places} opens them; ragtui compare BASE --vs CANDIDATE --in {places}"
