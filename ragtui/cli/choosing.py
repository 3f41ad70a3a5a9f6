"""Which items a run takes, and what became of its plan since it was started: options and questions."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ragtui.cli.parsing import is_blank, whole
from ragtui.errors import UsageError

if TYPE_CHECKING:
    from ragtui.model import Dataset
    from ragtui.runner.launch.prepare import Launch, Overrides
    from ragtui.runner.plan.plan import Plan


def add_choice(parser: argparse.ArgumentParser) -> None:
    """--limit, --sample, --seed, --where, --only-failed, --only-flagged"""
    parser.add_argument("--limit", type=whole(1), metavar="N", help="the first N items, of those chosen otherwise")
    parser.add_argument("--sample", type=whole(1), metavar="N", help="N items drawn at random, the same for one --seed")
    parser.add_argument(
        "--seed", type=whole(0), default=0, metavar="N", help="of --sample (default 0)", needs="--sample"
    )
    parser.add_argument(
        "--where", action="append", default=[], metavar="NAME=VALUE", help="items with this metadata; may be repeated"
    )
    parser.add_argument(
        "--only-failed", nargs="?", const="", metavar="RUN",
        help="items that failed or lack a score in RUN (default: the newest run of this plan)",
    )  # fmt: skip
    parser.add_argument(
        "--only-flagged", nargs=2, metavar=("BASE", "CAND"), help="items that differ beyond noise between two runs"
    )


def chosen(args: argparse.Namespace, plan: Plan, overrides: Overrides, dataset: Dataset) -> Overrides:
    """The overrides with the items that the options choose.

    Raises:
        UsageError: an option cannot be read, or nothing is left.
    """
    from ragtui.runner.launch.first.choosing import ItemChoice, failed_items, newest_run
    from ragtui.runner.launch.prepare import selected_items

    if not (args.limit or args.sample or args.where or args.only_flagged or args.only_failed is not None):
        return overrides
    among: frozenset[str] | None = None
    if args.only_failed is not None:
        run = Path(args.only_failed) if args.only_failed else newest_run(plan.out, plan.sides[0].name)
        among = failed_items(run)
    if args.only_flagged:
        flagged = _flagged(*args.only_flagged)
        among = flagged if among is None else among & flagged
    choice = ItemChoice(tuple(map(_pair, args.where)), among, args.sample, args.seed, args.limit)
    return replace(overrides, items=choice.ids(dataset, selected_items(dataset, overrides.items)))


def _pair(word: str) -> tuple[str, str]:
    name, equals, value = word.partition("=" if "=" in word else ":")  # topic:billing, as filters have it
    if not (name and equals):
        raise UsageError(f"--where {word}: not NAME=VALUE", "For example --where topic=billing")
    if is_blank(value):
        raise UsageError(f"--where {word}: has no value (an unset variable?)", "For example --where topic=billing")
    return name, value


def _flagged(base: str, candidate: str) -> frozenset[str]:
    from ragtui.cli.options import open_places
    from ragtui.stats import Verdict
    from ragtui.workbench import comparison, load_side

    library = open_places([base, candidate]).library
    a, b = load_side(library, [base]), load_side(library, [candidate])
    compared = comparison(library, a, b).comparison
    found = {
        item
        for entry in compared.quality
        for item, row in compared.row_of.items()
        if Verdict(entry.cells.verdict[row]).flagged
    }
    if not found:
        raise UsageError(f"{base} and {candidate}: no item is flagged", "Leave --only-flagged out.")
    return frozenset(found)


_WAYS_ON = (
    "--as-started goes on with both as they were; for the new ones start a new run. A judge or an evaluator that gave "
    "nothing but errors so far may be corrected: ragtui rejudge RUN --add NAME takes it as it is now."
)


def follow_edits(launch: Launch, *, as_started: bool) -> None:
    """Take over a raised budget and the like; show every other edit, and ask.

    Raises:
        UsageError: plan or dataset were edited so that something else would be measured, and nobody agreed to go on.
    """
    from ragtui.cli.waiting import Telling
    from ragtui.present.clean import clean
    from ragtui.runner.launch.edited import follow
    from ragtui.workbench.starting.plan_items import edits_of

    edits = edits_of(launch, on_wait=Telling().wait)
    if edits.unknown:
        print(clean(f"ragtui: {edits.unknown}"), file=sys.stderr)
    if edits.others and not as_started:
        shown = "\n".join(f"  {line}" for line in edits.others)
        message = f"{launch.lead}: edited since the run was started:\n{shown}"
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise UsageError(message, _WAYS_ON)
        print(clean(f"ragtui: {message}"), file=sys.stderr)
        print("Go on with both as they were? [y/N] ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise UsageError(f"{launch.lead}: not resumed", "Start a new run from the plan: ragtui run PLAN")
    for key, value in edits.followed.items():
        print(clean(f"ragtui: {key} as in the plan now: {value}"), file=sys.stderr)
    follow(launch, edits)
