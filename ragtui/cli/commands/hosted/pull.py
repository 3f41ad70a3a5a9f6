"""`ragtui pull`: hosted runs as run folders, to keep, to diff and to compare without a server."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from ragtui.cli.options import add_reading
from ragtui.cli.output import tell
from ragtui.errors import InputError, RagtuiError, UsageError
from ragtui.exits import Exit
from ragtui.sources.addresses import is_langfuse

DESCRIPTION = (
    "Write hosted runs as run folders, read anew: scores, comments, errors, answers, contexts and items.\n"
    "Each run gets a folder of its own below DIR; nothing is overwritten."
)

EPILOG = """\
examples:
  ragtui pull langfuse:support-docs/main kept/        main, or main #1, main #2, … when it has repeats
  ragtui pull langfuse:support-docs kept/             every run of the dataset
  ragtui seed langfuse:support-docs --to golden.json  the dataset itself

exit codes: 0 written, 2 usage, no answer, or a run that cannot be read or written (the others are)
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("runs", nargs="+", metavar="langfuse:DATASET[/RUN]", help="runs, or datasets with all theirs")
    parser.add_argument("target", metavar="DIR", help="where the run folders are made")
    add_reading(parser, decides=True)


def run(args: argparse.Namespace) -> int:
    """Read, and write what was read."""
    from ragtui.cli.options import how_read, open_places
    from ragtui.present.clean import one_line
    from ragtui.workbench.converting import write_run

    strange = next((word for word in args.runs if not is_langfuse(word)), None)
    if strange is not None:
        raise UsageError(f"{strange}: not a Langfuse address", "`ragtui convert` writes runs of files as run folders.")
    target = Path(args.target)
    if target.exists() and not target.is_dir():
        raise InputError(f"{target}: is a file", "Name a folder.")
    library = open_places(args.runs, **how_read(args)).library
    headers = {header.uid: header for word in args.runs for header in library.find(word)}
    code = Exit.OK
    for uid in headers:
        try:
            written = write_run(library.load(uid), target)
        except RagtuiError as error:
            tell(str(error))
            code = Exit.ERROR
            continue
        print(one_line(f"{written.folder}: {written.header.name}, {written.results} results"))
    return code


def next_step(args: argparse.Namespace) -> str:
    """Compare them without the server."""
    return f"ragtui {shlex.quote(args.target)} opens them"
