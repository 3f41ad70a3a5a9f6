"""`ragtui trend`: means over time, and changes beyond noise."""

from __future__ import annotations

import argparse

from ragtui.cli.options import add_ascii, add_columns, add_places, add_reading, ascii_only, form_names
from ragtui.cli.output import emit
from ragtui.exits import Exit

DESCRIPTION = """\
Show all runs of a dataset over time: the mean of each metric with the interval of run noise, over the items that
all runs have. A change is marked only where it is beyond noise: a history without any change shows a mark on any
metric with a chance of 5 % at most. Without repeats, and with fewer than six runs, noise is unknown and nothing is
marked.
"""

EPILOG = """\
examples:
  ragtui trend runs/
  ragtui trend runs/ --metric faithfulness
  ragtui trend runs/ --by configuration      drift of what should not change
  ragtui trend langfuse:support-docs --format json

exit codes: 0 shown, 2 usage or unusable input
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("runs", nargs="+", metavar="PATH", help="runs, folders of runs, langfuse:DATASET")
    add_places(parser)
    add_columns(parser)
    add_reading(parser)
    parser.add_argument("-m", "--metric", action="append", default=[], help="only this metric; may be repeated")
    parser.add_argument(
        "--by", choices=("dataset", "configuration"), default="dataset",
        help="dataset: all runs on the same items with the same judges (default); configuration: repeats only",
    )  # fmt: skip
    parser.add_argument("-f", "--format", choices=form_names("trend"), default="text")
    add_ascii(parser)


def run(args: argparse.Namespace) -> int:
    """Collect and print."""
    from contextlib import closing

    from ragtui.cli.options import check_metric, how_read, open_places, places_for, say_problems, tell_age
    from ragtui.present.report.registry import form
    from ragtui.present.sentences.trend import Trend
    from ragtui.workbench import copy_problem, once_more
    from ragtui.workbench.history import histories

    with closing(open_places(places_for(args, args.runs), args.columns, **how_read(args)).library) as library:
        headers = [header for ref in args.runs for header in library.find(ref)]
        found = histories(library, headers, one_configuration=args.by == "configuration")
        say_problems(map(copy_problem, once_more(headers)), every=False)
        tell_age(library.loaded)
    known = sorted({series.metric.name for history in found for series in history.series})
    for name in args.metric:
        check_metric(name, known, "--metric")
    emit(form(args.format, "trend").write(Trend(found, args.metric), ascii_only=ascii_only(args)), args.format)
    return Exit.OK


def next_step(_args: argparse.Namespace) -> str:
    """What stands behind a step."""
    return "ragtui compare RUN --vs RUN shows which items changed between two of them"
