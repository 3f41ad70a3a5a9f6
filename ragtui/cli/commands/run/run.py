"""`ragtui run`: run a plan, or go on with a run."""

from __future__ import annotations

import argparse
import shlex
import sys
from typing import TYPE_CHECKING

from ragtui.cli.choosing import add_choice, chosen
from ragtui.cli.parsing import kept, whole
from ragtui.cli.trusting import add_trust, agree
from ragtui.places import real_path

if TYPE_CHECKING:
    from ragtui.runner.launch.prepare import Launch

DESCRIPTION = "Run an evaluation plan, or resume a run that stopped. Finished results are never repeated nor lost."

EPILOG = """\
examples:
  ragtui run                              the ragtui.toml of this folder
  ragtui run nightly.toml --repeats 5     five passes over the items
  ragtui run nightly.toml --langfuse docs publish to Langfuse as it goes; an outage there costs nothing
  ragtui run nightly.toml --limit 20      the first twenty items; --sample 20 --seed 1 draws them
  ragtui run nightly.toml --where topic=billing --only-failed
  ragtui run nightly.toml --shard 2/8     the second of eight parts; ragtui merge puts them together
  ragtui run nightly.toml --on local:4    on a cluster; the plan, the journal and resuming stay the same
  ragtui run runs/nightly-20261101-0900   resume: after Ctrl-C, kill -9, a power cut, a full disk
  ragtui run runs/nightly-… --retry-failed
  ragtui run runs/nightly-… --repeats 8   two more than the six it has; nothing finished is done again

Ctrl-C lets calls under way finish; a second one does not. The folders of the runs are printed on stdout.

exit codes: 0 complete, 2 stopped by a failure (nothing is lost), 4 complete with errors, cancelled or over budget, or
            (with --langfuse) not everything was read back from there, 130 interrupted
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("what", nargs="?", default="ragtui.toml", metavar="PLAN|RUN", help="default: ragtui.toml")
    parser.add_argument("--repeats", type=whole(1), metavar="N", help="passes over the items, instead of the plan's")
    parser.add_argument("--concurrency", type=whole(1), metavar="N", help="item-repeats under way at once")
    parser.add_argument("--items", metavar="ID,ID", help="only these items")
    add_choice(parser)
    parser.add_argument(
        "--shard", metavar="I/N",
        help='only part I of N, for many machines with one plan; "auto" takes both from a job array\'s variables',
    )  # fmt: skip
    parser.add_argument(
        "--shard-of",
        type=kept,
        default="",
        metavar="NAME",
        help="what tells this splitting from another one",
        needs="--shard",
    )
    parser.add_argument(
        "--on", default="", metavar="CLUSTER",
        help="let a cluster do the work: dask://HOST:8786, or local:N for N worker processes here",
    )  # fmt: skip
    parser.add_argument("--out", type=kept, metavar="DIR", help="where the run folders are made, instead of the plan's")
    parser.add_argument(
        "--langfuse", type=kept, metavar="DATASET", help="publish to this Langfuse dataset while it runs"
    )
    parser.add_argument("--publish", action="store_true", help="publish while it runs, to the plan's own dataset")
    parser.add_argument("--profile", default="", metavar="P", help="Langfuse profile of the config file")
    parser.add_argument("--resume", action="store_true", help="only resume: refuse to start anything new")
    parser.add_argument("--retry-failed", action="store_true", help="do results again that are errors or lack a score")
    parser.add_argument(
        "--as-started", action="store_true", help="resume with plan and dataset as they were, although they were edited"
    )
    add_trust(parser)


_STARTING = ("out", "items", "shard", "limit", "sample", "where", "only_failed", "only_flagged")
"""Options that say what a new run takes: passed over while resuming, they would let all of it run and be paid for."""


def run(args: argparse.Namespace) -> int:
    """Start or resume."""
    from pathlib import Path

    from ragtui.cli.choosing import follow_edits
    from ragtui.cli.launching import overrides_of
    from ragtui.cli.waiting import Telling
    from ragtui.errors import UsageError
    from ragtui.runner.launch.first.checking import check_keys, check_plan
    from ragtui.runner.launch.launchfile import LAUNCH
    from ragtui.runner.launch.prepare import change_launch, open_launch, prepare
    from ragtui.runner.plan.planfile import read_plan
    from ragtui.runner.plan.shard import read_shard
    from ragtui.sources.own.summary import SUMMARY
    from ragtui.workbench.starting.plan_items import plan_items

    what, overrides = Path(args.what), overrides_of(args)
    if (what / SUMMARY).is_file() or (what / LAUNCH).is_file():
        for option in _STARTING:
            if getattr(args, option) not in (None, []):
                raise UsageError(
                    f"--{option.replace('_', '-')} starts a run, it does not change one",
                    "Leave it out, or give the plan instead of the run folder.",
                )
        folder = real_path(what)
        launch = open_launch(folder)
        agree(launch, trusted=args.trust)
        follow_edits(launch, as_started=args.as_started)
        return _work(args, change_launch(folder, overrides))
    if args.resume or args.retry_failed:
        raise UsageError(f"{what}: not a run folder", "Give the folder that `ragtui run` printed.")
    shard = read_shard(args.shard, args.shard_of) if args.shard else None
    plan = read_plan(what)
    check_plan(plan)
    if not args.on:  # on a cluster the workers hold the keys
        check_keys(plan)
    dataset = plan_items(plan.dataset, plan.columns, on_wait=Telling().wait)
    overrides = chosen(args, plan, overrides, dataset)
    out = Path(args.out) if args.out else None
    launch = prepare(plan, overrides=overrides, out=out, dataset=dataset, shard=shard)
    code = _work(args, launch)
    if shard is not None:
        print(f"ragtui: when all {shard.count} parts are here\n  ragtui merge {launch.lead.parent}", file=sys.stderr)
    return code


def _work(args: argparse.Namespace, launch: Launch) -> int:
    from ragtui.cli.launching import publish_while_running, work_and_tell

    if args.publish or args.langfuse:
        publish_while_running(launch, args.langfuse or "", args.profile)
    code = work_and_tell(launch, retry_failed=args.retry_failed, on=args.on)
    if len(launch.folders) > 1:
        baseline, *others = (shlex.quote(str(folder)) for folder in launch.folders)
        lines = [f"  ragtui compare {baseline} --vs {other}" for other in others]
        print("\n".join(["compare:", *lines]), file=sys.stderr)
    return code
