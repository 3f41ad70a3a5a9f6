"""`ragtui try`: one item of a plan, before the whole."""

from __future__ import annotations

import argparse
import shlex
import sys

from ragtui.exits import Exit

DESCRIPTION = (
    "Run one item of a plan through its target, every evaluator and every judge, and show everything: the answer,\n"
    "the contexts as they were understood, the prompts as they were sent, the scores, tokens, seconds and cost, and\n"
    "what the whole run will then cost. Nothing is written."
)

EPILOG = """\
examples:
  ragtui try                      the ragtui.toml of this folder, its first item
  ragtui try nightly.toml --item 018
  ragtui try nightly.toml --prompts   also the whole prompts of the judges

exit codes: 0 answer and every score are there, 2 nothing can work, 4 some score is missing
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("plan", nargs="?", default="ragtui.toml", metavar="PLAN", help="default: ragtui.toml")
    parser.add_argument("--item", default="", metavar="ID", help="which item (default: the first)")
    parser.add_argument("--prompts", action="store_true", help="show the judges' prompts in full")


def run(args: argparse.Namespace) -> int:
    """Try it, show it."""
    from pathlib import Path

    from ragtui.cli.waiting import Telling
    from ragtui.present.clean import clean
    from ragtui.runner.launch.first.checking import check_plan
    from ragtui.runner.plan.planfile import read_plan
    from ragtui.runner.work.trying import try_plan
    from ragtui.workbench.starting.plan_items import plan_items
    from ragtui.workbench.starting.trial_text import trial_text

    plan = read_plan(Path(args.plan))
    check_plan(plan, scores=False)
    if plan.origin:
        print(f"ragtui: {plan.origin}: no model is asked", file=sys.stderr)
    trial = try_plan(plan, plan_items(plan.dataset, plan.columns, on_wait=Telling().wait), args.item)
    print(clean(trial_text(trial, whole=args.prompts)))
    if not plan.scores_anything:
        print('ragtui: a run needs a metric: add [judge], [[evaluators]] or lexical = ["token_f1"]', file=sys.stderr)
    if all(side.works for side in trial.sides):
        return Exit.OK
    return Exit.INCOMPLETE if any(side.scored for side in trial.sides) else Exit.ERROR


def next_step(args: argparse.Namespace) -> str:
    """Run the whole of it."""
    return f"ragtui run {shlex.quote(args.plan)}"
