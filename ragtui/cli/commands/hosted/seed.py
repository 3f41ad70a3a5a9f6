"""`ragtui seed`: a dataset onto Langfuse, so that doing it again changes nothing."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ragtui.cli.parsing import whole
from ragtui.errors import UsageError
from ragtui.exits import Exit
from ragtui.sources.addresses import is_langfuse

if TYPE_CHECKING:
    from ragtui.langfuse.write.seeding.seedplan import SeedPlan

DESCRIPTION = (
    "Bring a dataset on Langfuse to the state of a file: new items are added, changed ones updated, items that left\n"
    "the file archived. Items that ragtui did not make are never touched. Run it again after any interruption."
)

EPILOG = """\
examples:
  ragtui seed golden.json --langfuse support-docs --dry-run   what would change
  ragtui seed golden.json --langfuse support-docs
  ragtui seed golden.json --langfuse support-docs --profile staging
  ragtui seed langfuse:support-docs --to golden.json          the other way
  ragtui seed langfuse:support-docs@2026-11-01T12:00Z --to golden.json   as it was then

Keys come from LANGFUSE_PUBLIC_KEY, LANGFUSE_SECRET_KEY and LANGFUSE_BASE_URL, or from a profile of the config file
that names environment variables.

exit codes: 0 the server holds exactly this dataset (with --dry-run: the changes were printed),
            2 usage, unusable input or no answer, 4 read back and not (fully) as wanted
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("dataset", metavar="DATASET.json", help="the golden items; or langfuse:DATASET, with --to")
    parser.add_argument("--to", metavar="FILE", help="the other way: write the hosted dataset to a file, fit for git")
    parser.add_argument("--langfuse", metavar="NAME", help="name of the dataset there (default: the name in the file)")
    parser.add_argument("--profile", default="", metavar="P", help="Langfuse profile of the config file")
    parser.add_argument("--dry-run", action="store_true", help="print the changes and send nothing")
    parser.add_argument("--concurrency", type=whole(1), default=3, metavar="N", help="requests at once (default 3)")


def run(args: argparse.Namespace) -> int:
    """Compare, send, read back."""
    from ragtui.cli.waiting import Telling
    from ragtui.langfuse.api.patience import Patience
    from ragtui.langfuse.api.sending import sending
    from ragtui.langfuse.write.publishing_folder import salts_folder
    from ragtui.langfuse.write.seeding.remote import ensure_dataset, find_dataset, project_id_of
    from ragtui.langfuse.write.seeding.seed import Salts, Seeder
    from ragtui.langfuse.write.seeding.seedplan import plan_seed
    from ragtui.present.clean import clean
    from ragtui.sources import read_dataset

    if args.to or is_langfuse(args.dataset):
        return _to_file(args)
    dataset = read_dataset(Path(args.dataset), blanks=True)
    name, patience = args.langfuse or dataset.name, Patience()
    with sending(args.profile, Telling().wait) as http:
        project = project_id_of(http, patience)
        remote = find_dataset(http, name, project, patience)
        if args.dry_run and remote is None:
            print(clean(f"dataset {name} is not there yet and would be made"))
            _print_changes(plan_seed(dataset, [], project, "", {}))
            return Exit.OK
        remote = remote or ensure_dataset(http, dataset, name, project, patience)
        salts = Salts.for_dataset(salts_folder(), http.server, remote)
        seeder = Seeder(
            http, remote, salts, patience=patience, concurrency=max(1, args.concurrency), progress=_progress
        )
        if args.dry_run:
            _print_changes(seeder.plan(dataset))
            return Exit.OK
        report = seeder.apply(dataset)
    _print_changes(report.plan)
    for problem in report.problems:
        _say(str(problem))
    verdict = "verified: the server holds exactly these items" if report.verified else "not as wanted"
    print(clean(f"{name}: {report.sent} of {len(report.plan.pending)} changes sent; {verdict}"))
    if report.version:
        print(clean(f"dataset version {report.version}"))
    return Exit.OK if report.verified else Exit.INCOMPLETE


def _to_file(args: argparse.Namespace) -> int:
    """Write a hosted dataset, items in the order of their names, so that two versions can be compared line by line."""
    from ragtui.cli.waiting import Telling
    from ragtui.files.atomic import write_named
    from ragtui.langfuse.read.dataset import read_hosted_dataset
    from ragtui.present.clean import one_line
    from ragtui.sources.datasetfile import dataset_text

    if not (args.to and is_langfuse(args.dataset)):
        raise UsageError("--to and langfuse:DATASET belong together", "ragtui seed langfuse:docs --to golden.json")
    dataset = read_hosted_dataset(args.dataset, profile=args.profile, on_wait=Telling().wait)
    write_named(Path(args.to), dataset_text(dataset))
    print(one_line(f"{args.to}: {len(dataset.items)} items of {dataset.name}"))
    return Exit.OK


def _print_changes(plan: SeedPlan) -> None:
    from ragtui.langfuse.write.seeding.seedplan import Action
    from ragtui.present.clean import clean

    signs = {Action.CREATE: "+", Action.UPDATE: "~", Action.ARCHIVE: "-"}
    for change in plan.pending:
        print(clean(f"{signs[change.action]} {change.key}  {change.body.get('input', '')}")[:120])
    counts = ", ".join(f"{plan.count(action)} to {action}" for action in signs)
    others = f"; {plan.foreign} items of other origin left alone" if plan.foreign else ""
    adopted = f"; {plan.count(Action.ADOPT)} used as they are" if plan.count(Action.ADOPT) else ""
    print(f"{counts}, {plan.count(Action.KEEP)} unchanged{adopted}{others}")


def _progress(done: int, total: int) -> None:
    if done == total or done % 25 == 0:
        _say(f"{done} of {total} sent")


def _say(message: str) -> None:
    from ragtui.present.clean import clean

    print(clean(f"ragtui: {message}"), file=sys.stderr)


def next_step(args: argparse.Namespace) -> str:
    """Use it."""
    return f"ragtui run PLAN --langfuse {shlex.quote(args.langfuse or 'DATASET')}"
