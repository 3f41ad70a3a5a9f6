"""`ragtui demo`: a whole run, at once."""

from __future__ import annotations

import argparse
import shlex
import sys
from typing import TYPE_CHECKING

from ragtui.cli.parsing import kept, whole
from ragtui.places import real_path
from ragtui.sources.addresses import LANGFUSE

if TYPE_CHECKING:
    from ragtui.runner.launch.prepare import Launch

DESCRIPTION = (
    "Run a small evaluation end to end with no key and no network: a baseline and a candidate over packaged pages.\n"
    "Answers and judges are simulated and labelled so; the lexical scores are real. With --local a real model answers."
)

EPILOG = """\
examples:
  ragtui demo
  ragtui demo --langfuse 'ragtui demo'       and on Langfuse, to look at both side by side
  ragtui demo --repeats 3 --seed 7 --out /tmp/demo
  pip install 'ragtui[local]' && ragtui demo --local --model FILE.gguf --items 001,002,003 --repeats 2

exit codes: 0 complete with every score, 2 stopped by a failure or not one score,
            4 complete with errors or missing scores, or cancelled, 130 interrupted
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--out", type=kept, default="ragtui-demo", metavar="DIR", help="for pages and runs (default: ragtui-demo)"
    )
    parser.add_argument("--repeats", type=whole(1), metavar="N", help="passes over the items (default 5, --local 2)")
    parser.add_argument("--concurrency", type=whole(1), metavar="N", help="item-repeats under way at once")
    parser.add_argument("--items", metavar="ID,ID", help="only these items")
    parser.add_argument("--seed", type=whole(0), metavar="N", help="make the simulation say the same again")
    parser.add_argument("--local", action="store_true", help="serve a real model on a free loopback port")
    parser.add_argument("--model", metavar="FILE.gguf", help="the model for --local")
    parser.add_argument(
        "--threads", type=whole(1), default=1, metavar="N", help="threads of the model (default 1)", needs="--model"
    )
    parser.add_argument("--resume", metavar="RUN", help="with --local: go on with a run of this demo")
    parser.add_argument("--langfuse", type=kept, metavar="DATASET", help="publish to Langfuse while it runs")
    parser.add_argument(
        "--langfuse-profile", default="", metavar="P", help="Langfuse profile of the config file", needs="--langfuse"
    )
    parser.add_argument("--retry-failed", action="store_true", help="with --resume: do errors again")


def run(args: argparse.Namespace) -> int:
    """Lay out, run, say what to look at."""
    from pathlib import Path

    from ragtui.cli.launching import overrides_of, work_and_tell
    from ragtui.cli.trusting import agree
    from ragtui.errors import UsageError
    from ragtui.runner.launch.demo import prepare_demo
    from ragtui.runner.launch.prepare import change_launch, open_launch

    folder = Path(args.out)
    if args.resume and not args.local:
        raise UsageError("--resume goes with --local", f"ragtui run {args.resume} resumes a simulated demo.")
    if args.local != bool(args.model):
        raise UsageError("--local and --model belong together", "ragtui demo --local --model FILE.gguf")
    overrides = overrides_of(args)
    repeats = args.repeats or (2 if args.local else 5)
    if args.local:
        from ragtui.runner.endpoints.local import serve_model

        again = f"ragtui demo --local --model {args.model} --resume"
        with serve_model(Path(args.model), threads=args.threads) as base_url:
            if args.resume:
                agree(open_launch(real_path(args.resume)), trusted=False)
                launch = change_launch(real_path(args.resume), overrides)
            else:
                launch = prepare_demo(folder, local=True, repeats=repeats, overrides=overrides)
            _follow(args, launch)
            code = work_and_tell(launch, retry_failed=args.retry_failed, base_url=base_url, resume=again)
    else:
        launch = prepare_demo(folder, repeats=repeats, seed=args.seed, overrides=overrides)
        _follow(args, launch)
        code = work_and_tell(launch)
    names = " --vs ".join(made.name for made in launch.folders)
    place = launch.lead.parent
    there = f"\n  ragtui {shlex.quote(_hosted(args))}" if args.langfuse else ""
    print(f"look at it:\n  ragtui {place}\n  cd {place} && ragtui compare {names}{there}", file=sys.stderr)
    return code


def _hosted(args: argparse.Namespace) -> str:
    """The address of the dataset it was published to."""
    profile = f"{args.langfuse_profile}/" if args.langfuse_profile else "/" if "/" in args.langfuse else ""
    return f"{LANGFUSE}{profile}{args.langfuse}"


def _follow(args: argparse.Namespace, launch: Launch) -> None:
    if args.langfuse is not None:
        from ragtui.cli.launching import publish_while_running

        publish_while_running(launch, args.langfuse, args.langfuse_profile)
