"""`ragtui trend`: means over time, and changes beyond noise."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ragtui.cli.options import add_ascii, add_columns, add_places, add_reading, ascii_only
from ragtui.cli.output import emit
from ragtui.exits import Exit

if TYPE_CHECKING:
    from ragtui.workbench.history import History, Series

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
    parser.add_argument("-f", "--format", choices=("text", "json", "csv"), default="text")
    add_ascii(parser)


def run(args: argparse.Namespace) -> int:
    """Collect and print."""
    from contextlib import closing

    from ragtui.cli.options import check_metric, open_places, places_for, reading_of, tell_age
    from ragtui.workbench.history import histories

    with closing(open_places(places_for(args, args.runs), args.columns, reading_of(args)).library) as library:
        headers = {header.uid: header for ref in args.runs for header in library.find(ref)}
        found = histories(library, headers.values(), one_configuration=args.by == "configuration")
        tell_age(library.loaded)
    known = sorted({series.metric.name for history in found for series in history.series})
    for name in args.metric:
        check_metric(name, known, "--metric")
    write = {"text": _text, "json": _json, "csv": _csv}[args.format]
    emit(write(found, args.metric, ascii_only(args)), args.format)
    return Exit.OK


def _shown(history: History, only: Sequence[str]) -> list[Series]:
    return [series for series in history.series if not only or series.metric.name in only]


def _text(found: Sequence[History], only: Sequence[str], ascii_signs: bool) -> str:
    from ragtui.present.origin import origin_note

    blocks = []
    for history in found:
        blocks.append(f"{history.label}, {history.items} common items, {history.configurations} configurations")
        blocks += [_series_text(series, ascii_signs) for series in _shown(history, only)]
        blocks += [f"left out: {reason}" for reason in history.left_out]
        blocks += [f"note: {note}"] if (note := origin_note(history.label, history.origins)) else []
    return "\n\n".join(blocks) + "\n"


def _series_text(series: Series, ascii_signs: bool) -> str:
    from ragtui.present.gauge import spark
    from ragtui.present.numbers import mean_decimals, number
    from ragtui.present.report.table import table
    from ragtui.workbench.history import described

    digits = mean_decimals(series.metric)
    marks = {change.place for change in series.changes}
    sign = ">" if ascii_signs else "◆"
    rows = [
        (
            sign if place in marks else "",
            point.run.created.date().isoformat() if point.run.created else "undated",
            point.run.name,
            str(point.repeats),
            number(point.mean, digits),
            f"{number(point.low, digits)} … {number(point.high, digits)}",
        )
        for place, point in enumerate(series.points)
    ]
    strip = spark([point.mean for point in series.points], series.scale, ascii_only=ascii_signs)
    lines = [f"{series.metric.name}  {strip}", table(("", "day", "run", "repeats", "mean", "95 %"), rows, "lllrrl")]
    lines += [f"{sign} {described(change, series)}" for change in series.changes]
    if not series.changes:
        lines.append(series.stillness)
    return "\n".join(lines)


def _json(found: Sequence[History], only: Sequence[str], ascii_signs: bool) -> str:
    import json

    from ragtui.present.numbers import finite
    from ragtui.present.origin import origin_field

    document = {
        "schema": "ragtui.trend/1",
        "histories": [
            {
                "label": history.label,
                "origin": origin_field(history.origins),
                "items": history.items,
                "configurations": history.configurations,
                "left_out": list(history.left_out),
                "metrics": [
                    {
                        "name": series.metric.name,
                        "noise": series.noise,
                        "points": [
                            {
                                "run": point.run.name,
                                "created": point.run.created.isoformat() if point.run.created else None,
                                "repeats": point.repeats,
                                "mean": finite(point.mean),
                                "low": finite(point.low),
                                "high": finite(point.high),
                            }
                            for point in series.points
                        ],
                        "changes": [
                            {
                                "run": series.points[change.place].run.name,
                                "before": finite(change.before),
                                "after": finite(change.after),
                                "p": finite(change.p),
                            }
                            for change in series.changes
                        ],
                    }
                    for series in _shown(history, only)
                ],
            }
            for history in found
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _csv(found: Sequence[History], only: Sequence[str], ascii_signs: bool) -> str:
    from ragtui.present.clean import csv_text

    rows: list[tuple[object, ...]] = [
        ("history", "metric", "created", "run", "repeats", "mean", "low", "high", "change")
    ]
    for history in found:
        for series in _shown(history, only):
            marks = {change.place for change in series.changes}
            for place, point in enumerate(series.points):
                created = point.run.created.isoformat() if point.run.created else ""
                numbers = [float(value) if value == value else "" for value in (point.mean, point.low, point.high)]
                row = (history.label, series.metric.name, created, point.run.name, point.repeats, *numbers)
                rows.append((*row, int(place in marks)))
    return csv_text(rows)


def next_step(_args: argparse.Namespace) -> str:
    """What stands behind a step."""
    return "ragtui compare RUN --vs RUN shows which items changed between two of them"
