"""`ragtui rejudge`: the judges' noise, apart from the pipeline's."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from ragtui.cli.parsing import kept, whole
from ragtui.cli.trusting import add_trust, agree
from ragtui.places import real_path

if TYPE_CHECKING:
    from ragtui.runner.launch.prepare import Launch

DESCRIPTION = (
    "Score the stored answers of a run again, k times. The answers stay the same, so what varies is the judges;\n"
    "compared with the run's own repeats that tells judge noise from pipeline noise."
)

EPILOG = """\
examples:
  ragtui rejudge runs/nightly-20261101-0900 --times 3
  ragtui rejudge runs/nightly-… --times 3 --items 001,002
  ragtui rejudge runs/nightly-… --times 3 --batch      at half price, within a day
  ragtui rejudge RUN --add tone                        one more judge of the plan, on the answers there are
  ragtui rejudge RUN --times 2 --plan nightly.toml     a run made elsewhere, judged by this plan's judges
  ragtui rejudge RUN --local FILE.gguf                 a run of ragtui demo --local, judged by a model served here

exit codes: 0 complete with every score, 2 stopped by a failure or not one score,
            4 complete with errors or missing scores, or cancelled, 130 interrupted
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("run_folder", metavar="RUN", help="a run folder with answers")
    parser.add_argument("--times", type=whole(1), default=3, metavar="K", help="judgements of each answer (default 3)")
    parser.add_argument("--plan", metavar="PLAN", help="take the judges from this plan")
    parser.add_argument(
        "--add", nargs="+", default=[], metavar="SCORE",
        help="add a judge, an evaluator (module:function) or a score without a model to the run itself, as its plan "
        "file, or --plan, describes it now: only that is paid for. One of which the run has nothing but errors may be "
        "corrected so; what else failed is asked again with it",
    )  # fmt: skip
    parser.add_argument("--items", metavar="ID,ID", help="only these items")
    parser.add_argument("--concurrency", type=whole(1), metavar="N", help="answers judged at once")
    parser.add_argument(
        "--batch", action="store_true",
        help="through the provider's batch queue: within a day, at half price; Ctrl-C and resume as you like",
    )  # fmt: skip
    parser.add_argument("--local", metavar="FILE.gguf", help="serve this model on a free loopback port and ask it")
    parser.add_argument(
        "--threads", type=whole(1), default=1, metavar="N", help="threads of that model (default 1)", needs="--local"
    )
    parser.add_argument(
        "--out", type=kept, metavar="DIR", help="where the new run folder is made (default: beside the run)"
    )
    add_trust(parser)


def run(args: argparse.Namespace) -> int:
    """Prepare, judge, say where to look."""
    from pathlib import Path

    from ragtui.cli.launching import overrides_of
    from ragtui.errors import UsageError
    from ragtui.runner.launch.prepare import open_launch
    from ragtui.runner.launch.rejudge import prepare_rejudge
    from ragtui.runner.plan.planfile import read_plan

    if args.times < 1:
        raise UsageError(f"--times {args.times}", "Give a whole number from 1 up.")
    if args.add:
        return _add(args)
    if not args.plan:
        agree(open_launch(real_path(args.run_folder)), trusted=args.trust)
    launch = prepare_rejudge(
        Path(args.run_folder),
        args.times,
        plan=read_plan(args.plan) if args.plan else None,
        overrides=overrides_of(args),
        out=Path(args.out) if args.out else None,
        batch=args.batch,
    )
    code = _work(args, launch)
    print(f"judge noise apart from pipeline noise:\n  ragtui noise {args.run_folder} {launch.lead}", file=sys.stderr)
    return code


def _add(args: argparse.Namespace) -> int:
    from pathlib import Path

    from ragtui.runner.launch.adding import add_scores, score_names
    from ragtui.runner.launch.prepare import open_launch
    from ragtui.runner.plan.planfile import read_plan

    folder = real_path(args.run_folder)
    launch = open_launch(folder)
    agree(launch, trusted=args.trust)
    plan = read_plan(args.plan or launch.plan.base / Path(launch.plan.source).name)
    corrected = bool(score_names(launch.plan) & set(args.add))
    return _work(args, add_scores(folder, args.add, plan), retry_failed=corrected)


def _work(args: argparse.Namespace, launch: Launch, *, retry_failed: bool = False) -> int:
    from pathlib import Path

    from ragtui.cli.launching import work_and_tell

    if not args.local:
        return work_and_tell(launch, retry_failed=retry_failed)
    from ragtui.runner.endpoints.local import serve_model

    with serve_model(Path(args.local), threads=args.threads) as base_url:
        return work_and_tell(launch, retry_failed=retry_failed, base_url=base_url)
