"""`ragtui confirm`: only the items in doubt, again, on both sides."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ragtui.cli.failing import exit_of
from ragtui.cli.options import (
    add_ascii,
    add_reading,
    add_sides,
    add_statistics,
    ascii_only,
    compare_words,
    open_places,
    places_for,
    side_words,
)
from ragtui.cli.parsing import kept, whole
from ragtui.cli.trusting import add_trust, agree
from ragtui.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragtui.runner.launch.again import Again
    from ragtui.runner.launch.prepare import Launch
    from ragtui.stats import Comparison
    from ragtui.workbench import SideComparison

DESCRIPTION = """\
Run the items in doubt (flagged, unproven or unknown) k more times on both sides. They were chosen because of what
their old repeats said, so only the fresh repeats confirm; the full runs teach how noisy the metrics are.
"""

EPILOG = """\
examples:
  ragtui confirm runs/base-… --vs runs/cand-… --times 3
  ragtui confirm base --vs cand --in runs --times 8 --until-settled   fewer as soon as every doubt is settled
  ragtui confirm base --vs cand --in runs --items 018,031             these items, whatever their verdict
  ragtui confirm base --vs cand --in runs --dry-run                   which items, and what it costs

`ragtui compare` and the app then show beside each verdict what its fresh repeats made of it.

exit codes: 0 done, 1 with --fail-on regressed and a regression that the fresh repeats prove,
            2 usage, unusable input or stopped by a failure,
            3 with --fail-on where copied or cached repeats cannot tell,
            4 complete with errors or cancelled, 130 interrupted
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_sides(parser)
    parser.add_argument("--times", type=whole(1), default=3, metavar="K", help="fresh repeats a side (default 3)")
    parser.add_argument(
        "--until-settled", action="store_true", help="end before K, from 3 on, as soon as every doubt is settled"
    )
    parser.add_argument("--items", metavar="ID,ID", help="these items instead of those in doubt")
    parser.add_argument("--concurrency", type=whole(1), metavar="N", help="item-repeats at once, instead of the plan's")
    parser.add_argument(
        "--out", type=kept, metavar="DIR", help="where the new run folders are made (default: beside the runs)"
    )
    parser.add_argument("--dry-run", action="store_true", help="say which items and what it costs, then stop")
    parser.add_argument("--fail-on", choices=("regressed",), help="exit 1 when the fresh repeats prove a regression")
    add_reading(parser, decides=True)
    add_statistics(parser)
    add_ascii(parser)
    add_trust(parser)


def run(args: argparse.Namespace) -> int:
    """Choose, estimate, run, say what became of each doubt."""
    from ragtui.cli.launching import overrides_of, work_and_tell
    from ragtui.errors import RagtuiError, UsageError
    from ragtui.present.clean import clean
    from ragtui.runner.launch.again import launched_one, targeted
    from ragtui.workbench import doubts
    from ragtui.workbench.stopping import stop_rule

    if args.times < 1:
        raise UsageError(f"--times {args.times}", "Give a whole number from 1 up.")
    chosen = overrides_of(args)
    before = compare_words(args)
    found = doubts(before)
    items = list(chosen.items or found)
    if not items:
        print("nothing is in doubt; --items repeats items all the same")
        return Exit.OK
    for side in (before.a, before.b):
        if all(header.format == "langfuse" for header in side.headers):
            raise UsageError(
                f"{side.headers[0].location} is a hosted run: nothing there says how it is run again",
                f"Name the run folder it was published from; in doubt are {', '.join(items[:5])}"
                f"{f' and {len(items) - 5} more' if len(items) > 5 else ''}.",
            )
    folders = [launched_one(header.location for header in side.headers) for side in (before.a, before.b)]
    again = targeted(folders, items, args.times, Path(args.out) if args.out else None)
    again = again.with_numbers(concurrency=chosen.concurrency)
    print(clean(_announcement(again, items, args)), file=sys.stderr)
    if args.dry_run:
        return Exit.OK
    for source in again.sources:
        agree(source, trusted=args.trust)
    launch = again.prepare(stop_rule(before) if args.until_settled else None)
    code = work_and_tell(launch, folders_to=sys.stderr)
    try:
        fresh = _fresh(args, launch)
    except RagtuiError:
        if code:  # it was said already why there is nothing to compare
            return code
        raise
    print(clean(_table(before.comparison, fresh.comparison, items, plain=ascii_only(args))), end="")
    return code or exit_of(fresh, args.fail_on, means=False)


def _announcement(again: Again, items: Sequence[str], args: argparse.Namespace) -> str:
    from ragtui.present.numbers import count
    from ragtui.runner.launch.estimate import estimate

    most = "up to " if args.until_settled else ""
    return (
        f"ragtui: {count(len(items), 'item')}, {most}{args.times} repeats on both sides: {', '.join(items)}\n"
        f"ragtui: {estimate(again.plan, again.dataset).in_words()}"
    )


def _fresh(args: argparse.Namespace, launch: Launch) -> SideComparison:
    from ragtui.cli.options import how_read, settings_of
    from ragtui.workbench import Asked, comparison, load_side

    paths = [str(folder) for folder in launch.folders]
    library = open_places(places_for(args, [*args.base, *args.vs, *paths]), **how_read(args)).library
    a, b = (load_side(library, [path]) for path in paths)
    return comparison(library, a, b, Asked(settings_of(args, a, b)))


def _table(before: Comparison, fresh: Comparison, items: Sequence[str], *, plain: bool) -> str:
    from ragtui.present.clean import ascii_signs, one_line
    from ragtui.present.confirming import stands, turns
    from ragtui.present.numbers import decimals, share, signed
    from ragtui.present.report.table import table

    head = ("item", "metric", "before", "fresh", "Δ fresh", "repeats", "P(noise)", "stands")
    rows = [
        (
            one_line(turn.item),
            one_line(turn.metric),
            f"{turn.before.shown(ascii_only=plain)} {turn.before.word}",
            f"{turn.fresh.shown(ascii_only=plain)} {turn.fresh.word}",
            signed(turn.delta, decimals(before.metric(turn.metric).metric)),
            f"{turn.n_a} v {turn.n_b}",
            share(turn.p_noise),
            stands(turn, before.metric(turn.metric).metric),
        )
        for turn in turns(before, fresh, items)
    ]
    if not rows:
        return "no fresh score\n"
    text = table(head, rows, "llllrrrl") + "\n"
    return ascii_signs(text) if plain else text


def next_step(args: argparse.Namespace) -> str:
    """The new verdicts beside the old ones."""
    return f"ragtui compare {side_words(args)} lists what the fresh repeats made of each"
