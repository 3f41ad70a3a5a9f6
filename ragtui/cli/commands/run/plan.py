"""`ragtui plan`: what a run will do and cost, before anything is spent."""

from __future__ import annotations

import argparse
import shlex
from typing import TYPE_CHECKING

from ragtui.cli.parsing import whole
from ragtui.exits import Exit

if TYPE_CHECKING:
    from ragtui.runner.launch.estimate import Estimate
    from ragtui.runner.plan.plan import Plan

DESCRIPTION = "Check a plan and show its calls, tokens and cost. Nothing is called and nothing is spent."

EPILOG = """\
examples:
  ragtui plan                    the ragtui.toml of this folder
  ragtui plan nightly.toml --repeats 5
  ragtui plan nightly.toml --format json

exit codes: 0 the plan can be run, 2 it cannot (the message names file, line and key)
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("plan", nargs="?", default="ragtui.toml", metavar="PLAN", help="default: ragtui.toml")
    parser.add_argument("--repeats", type=whole(1), metavar="N", help="instead of the plan's")
    parser.add_argument("--items", metavar="ID,ID", help="only these items")
    parser.add_argument("-f", "--format", choices=("text", "json"), default="text")


def run(args: argparse.Namespace) -> int:
    """Read, estimate, print."""
    from pathlib import Path

    from ragtui.cli.launching import overrides_of
    from ragtui.cli.waiting import Telling
    from ragtui.present.clean import clean
    from ragtui.runner.launch.estimate import estimate
    from ragtui.runner.launch.first.checking import check_plan
    from ragtui.runner.plan.planfile import read_plan
    from ragtui.workbench.starting.plan_items import plan_items

    plan = overrides_of(args).apply(read_plan(Path(args.plan)))
    check_plan(plan)
    numbers = estimate(plan, plan_items(plan.dataset, plan.columns, on_wait=Telling().wait))
    if args.format == "json":
        print(_json(plan, numbers))
    else:
        print(clean(text(plan, numbers)))
    return Exit.OK


def text(plan: Plan, numbers: Estimate) -> str:
    """The plan and its estimate, for people."""
    from ragtui.present.numbers import money
    from ragtui.present.report.table import table

    metrics = [judge.metric.name for judge in plan.judges] + list(plan.lexical)
    metrics += [spec.call for spec in plan.evaluators]
    facts = [
        ("plan", f"{plan.name}{'  (simulated: no model is asked)' if plan.simulation else ''}"),
        ("sides", ", ".join(side.name for side in plan.sides)),
        ("items", f"{numbers.items} of {plan.dataset.name}"),
        ("repeats", str(numbers.repeats)),
        ("metrics", ", ".join(metrics) or "none"),
        ("answers", str(numbers.answers)),
        ("calls", _calls(numbers)),
        ("tokens", f"about {numbers.tokens:,}"),
        ("cost", _cost(numbers)),
    ]
    width = max(len(name) for name, _ in facts)
    lines = [f"{name:<{width}}  {said}" for name, said in facts]
    rows = [
        (entry.purpose, entry.model, str(entry.calls), f"{entry.input_tokens:,}", f"{entry.output_tokens:,}",
         "no price" if entry.cost_usd is None else money(entry.cost_usd))
        for entry in numbers.models
    ]  # fmt: skip
    header = ("for", "model", "calls", "input tokens", "output tokens", "cost")
    return "\n".join([*lines, "", table(header, rows, "llrrrr")]) if rows else "\n".join(lines)


def _calls(numbers: Estimate) -> str:
    addressed = f", {numbers.addresses} to an address" if numbers.addresses else ""
    return f"{numbers.calls} to models{addressed}{', and what your own code calls' if numbers.outside_calls else ''}"


def _cost(numbers: Estimate) -> str:
    return _money(numbers) + ("; contexts of your own code come on top: ragtui try" if numbers.contexts_unknown else "")


def _money(numbers: Estimate) -> str:
    from ragtui.present.numbers import money

    if not numbers.models:
        return "unknown: what your own code calls cannot be seen from here"
    if numbers.cost_usd is not None:
        listed = f" by the prices of {', '.join(numbers.price_lists)}" if numbers.price_lists else ""
        return f"about {money(numbers.cost_usd)}, retries not counted{listed}"
    names = ", ".join(numbers.unpriced)
    return f'unknown: no price for {names}; add [prices."{numbers.unpriced[0]}"] input = …, output = … ($/M tokens)'


def _json(plan: Plan, numbers: Estimate) -> str:
    from ragtui.files.atomic import dump_json

    document = {
        "schema": "ragtui.plan/1",
        "name": plan.name,
        "sides": [side.name for side in plan.sides],
        "items": numbers.items,
        "repeats": numbers.repeats,
        "answers": numbers.answers,
        "calls": numbers.calls,
        "calls_to_addresses": numbers.addresses,
        "tokens": numbers.tokens,
        "cost_usd": numbers.cost_usd,
        "unpriced": numbers.unpriced,
        "models": numbers.models,
    }
    return dump_json(document, indent=True).decode().rstrip()


def next_step(args: argparse.Namespace) -> str:
    """Do it."""
    return f"ragtui run {shlex.quote(args.plan)}"
