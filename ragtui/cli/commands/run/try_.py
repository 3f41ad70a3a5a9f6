"""`ragtui try`: one item of a plan, before the whole."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from ragtui.exits import Exit

if TYPE_CHECKING:
    from ragtui.runner.work.trying import Trial, Tried

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

_SHOWN = 400


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("plan", nargs="?", default="ragtui.toml", metavar="PLAN", help="default: ragtui.toml")
    parser.add_argument("--item", default="", metavar="ID", help="which item (default: the first)")
    parser.add_argument("--prompts", action="store_true", help="show the judges' prompts in full")


def run(args: argparse.Namespace) -> int:
    """Try it, show it."""
    from pathlib import Path

    from ragtui.present.clean import clean
    from ragtui.runner.launch.first.checking import check_plan
    from ragtui.runner.plan.planfile import read_plan
    from ragtui.runner.work.trying import try_plan
    from ragtui.sources import read_dataset

    plan = read_plan(Path(args.plan))
    check_plan(plan)
    if plan.origin:
        print(f"ragtui: {plan.origin}: no model is asked", file=sys.stderr)
    trial = try_plan(plan, read_dataset(plan.dataset, plan.columns), args.item)
    print(clean(text(trial, whole=args.prompts)))
    if all(side.works for side in trial.sides):
        return Exit.OK
    return Exit.INCOMPLETE if any(side.scored for side in trial.sides) else Exit.ERROR


def text(trial: Trial, *, whole: bool = False) -> str:
    """All of it, for people."""
    lines = [line for side in trial.sides for line in [*_side(side, whole=whole), ""]]
    lines += [f"note: {note}" for note in trial.notes]
    numbers = trial.estimate
    lines += [
        f"the whole run: {numbers.items} items x {numbers.repeats} repeats x {numbers.sides} sides",
        f"  {numbers.in_words()}",
    ]
    return "\n".join(lines)


def _side(side: Tried, *, whole: bool) -> list[str]:
    from ragtui.present.numbers import duration, money

    result = side.result
    lines = [f"{side.side}: item {side.item.id}", f"  question  {_short(side.item.question)}"]
    if side.failure:
        return [*lines, *(f"  failed    {line}" for line in side.failure.splitlines())]
    if result.error:
        return [*lines, *(f"  error     {line}" for line in result.error.splitlines())]
    lines.append(f"  answer    {_short(result.output)}")
    lines += [f"  context   {context.id}: {_short(context.text, 120)}" for context in result.contexts]
    if not result.contexts:
        lines.append("  context   none")
    for name, asked in side.asked.items():
        lines.append(f"  asked     {name}: {asked if whole else _short(asked, 120)}")
    for name, said in result.judgements.items():
        value = said.label or ("not applicable" if said.value is None else f"{said.value:g}")
        lines.append(
            f"  score     {name}: {f'error: {said.error}' if said.error else value} {_short(said.rationale, 120)}"
        )
        if said.error and said.raw and said.raw != said.error:
            lines.append(f"            it said: {_short(said.raw)}")
    usage = side.usage
    cost = f", {money(usage.cost_usd)}" if usage.cost_usd else ""
    guessed = " (estimated: the server does not count them)" if usage.estimated_calls else ""
    own = f", {sum(result.tokens.values())} tokens of the target's own" if result.tokens else ""
    lines.append(
        f"  used      {usage.calls} calls, {usage.tokens} tokens{guessed}{own}{cost}, {duration(side.seconds)}"
    )
    return lines


def _short(text: str, most: int = _SHOWN) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= most else f"{flat[: most - 1]}…"
