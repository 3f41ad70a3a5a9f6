"""`ragtui bisect`: the first commit that made an evaluation worse."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from ragtui.cli.options import margin_of
from ragtui.cli.parsing import kept, whole
from ragtui.errors import UsageError

if TYPE_CHECKING:
    from ragtui.gate.bisecting.search import Search, Step

DESCRIPTION = """\
Run a plan at commits between GOOD and BAD, each in a working tree of its own, and repeat until each step is decided:
worse than GOOD beyond noise, or a loss of the margin ruled out. The error rate (5 %, or the policy's) holds for the
whole search: it is shared out over its steps and looks. Plan and dataset are those of the working tree, so that only
the code under test differs; the repository you work in is not touched.
"""

EPILOG = """\
examples:
  ragtui bisect v1.4 HEAD --plan nightly.toml --margin 0.1
  ragtui bisect v1.4 HEAD --plan nightly.toml --margin faithfulness=0.2 --budget 6 --out bisect
  ragtui bisect v1.4 HEAD --plan nightly.toml --policy gate.toml --format json

Runs are kept in --out: a search that was stopped goes on with them.

exit codes: 0 the first bad commit is named, 2 usage or git, 3 not narrowed down to one commit, or BAD is not worse
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("good", metavar="GOOD", help="a commit from before; an ancestor of BAD")
    parser.add_argument("bad", metavar="BAD", help="a commit that is worse")
    parser.add_argument("--plan", required=True, metavar="PLAN", help="what is run at every commit")
    parser.add_argument("-p", "--policy", metavar="FILE", help="TOML file that says what worse means; needs margins")
    parser.add_argument(
        "--margin", action="append", default=[], metavar="[METRIC=]DELTA",
        help="smallest loss that matters, for one metric or for all; without one nothing can be called good",
    )  # fmt: skip
    parser.add_argument("--repeats", type=whole(1), default=2, metavar="N", help="of a commit at first (default: 2)")
    parser.add_argument(
        "--budget", type=whole(0), default=6, metavar="N", help="most further repeats a step (default: 6)"
    )
    parser.add_argument(
        "--out", type=kept, default="bisect", metavar="DIR", help="runs and working trees (default: bisect)"
    )
    parser.add_argument("-f", "--format", choices=("text", "json"), default="text", help="what is printed")


def run(args: argparse.Namespace) -> int:
    """Search, and say what every step rests on."""
    from contextlib import closing
    from dataclasses import replace
    from pathlib import Path

    from ragtui.exits import Exit
    from ragtui.gate.bisecting.checkouts import Checkouts
    from ragtui.gate.bisecting.search import most_steps, search
    from ragtui.gate.deciding.policy import Policy
    from ragtui.gate.deciding.policyfile import read_policy
    from ragtui.stats.means.claim import Mode

    policy = read_policy(Path(args.policy)) if args.policy else Policy(mode=Mode.NON_INFERIORITY)
    every, single = _margins(args.margin)
    policy = replace(policy, margin=every or policy.margin, metrics=_with_margins(policy, single))
    if policy.margin is None and not any(rule.margin for rule in policy.metrics.values()):
        raise UsageError("bisect needs a margin: without one no commit is ever shown to be good", "Give --margin 0.1.")
    with closing(Checkouts(Path(args.plan), Path(args.out), policy, args.repeats)) as checkouts:
        good, commits = checkouts.between(args.good, args.bad)
        _say(f"{len(commits)} commits after {good.short}; at most {most_steps(len(commits))} steps if none is skipped")
        found = search(commits, checkouts, policy, args.budget, lambda step: _say(_step_line(step)))
        spent = checkouts.spent()
    print(_json(found, spent) if args.format == "json" else _text(found, spent))
    return Exit.OK if found.first_bad is not None else Exit.CANNOT_TELL


def _margins(words: list[str]) -> tuple[float | None, dict[str, float]]:
    found: dict[str, float] = {}
    for word in words:
        name, amount = margin_of(word if "=" in word else f"*={word}")
        if name in found:
            raise UsageError(f"--margin {word}: given twice, {found[name]:g} and {amount:g}", "Give one.")
        found[name] = amount
    return found.pop("*", None), found


def _with_margins(policy: Any, single: dict[str, float]) -> Any:
    from dataclasses import replace

    from ragtui.gate.deciding.policy import MetricRule

    rules = dict(policy.metrics)
    for name, margin in single.items():
        rules[name] = replace(rules.get(name, MetricRule()), margin=margin)
    return rules


def _say(words: str) -> None:
    from ragtui.present.clean import clean

    print(clean(f"ragtui: {words}"), file=sys.stderr, flush=True)


def _step_line(step: Step) -> str:
    from ragtui.present.clean import one_line

    said = step.why or (f"{step.repeats[0]} v {step.repeats[1]} repeats" if step.verdict else "")
    return f"{step.commit.short} is {step.answer}  {one_line(step.commit.subject)[:60]}  ({one_line(said)[:200]})"


def _text(found: Search, spent: float | None) -> str:
    from ragtui.present.clean import clean, one_line
    from ragtui.present.numbers import money, share

    lines = []
    if found.first_bad is not None:
        lines.append(f"first bad commit: {found.first_bad.id}  {one_line(found.first_bad.subject)}")
    elif len(found.steps) == 1:
        last = found.steps[0]
        lines.append(f"not searched: {last.commit.short} is {last.answer} beside GOOD, not shown to be worse")
    else:
        lines.append(f"one of these {len(found.suspects)} commits is the first bad one:")
        lines.extend(f"  {commit.short}  {one_line(commit.subject)}" for commit in found.suspects)
    lines.append("")
    for step in found.steps:
        lines.append(_step_line(step))
        if step.verdict is not None:
            lines.extend(f"    {one_line(finding.sentence)}" for finding in step.verdict.findings[:3])
    cost = "cost unknown" if spent is None else f"{money(spent)} spent"
    lines.append(f"\n{len(found.steps)} steps at an error rate of {share(found.alpha)} each; {cost}")
    return clean("\n".join(lines))


def _json(found: Search, spent: float | None) -> str:
    from ragtui.files.atomic import dump_json

    document = {
        "schema": "ragtui.bisect/1",
        "first_bad": found.first_bad.id if found.first_bad else None,
        "suspects": [commit.id for commit in found.suspects],
        "alpha_a_step": found.alpha,
        "cost_usd": spent,
        "steps": [
            {
                "commit": step.commit.id,
                "subject": step.commit.subject,
                "answer": step.answer.value,
                "repeats": {"candidate": step.repeats[0], "baseline": step.repeats[1]},
                "why": step.why or None,
                "findings": [finding.sentence for finding in step.verdict.findings] if step.verdict else [],
            }
            for step in found.steps
        ],
    }
    return dump_json(document, indent=True).decode().rstrip()
