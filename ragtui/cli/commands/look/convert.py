"""`ragtui convert`: runs of any format as run folders or as one long table."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragtui.cli.options import add_reading
from ragtui.errors import InputError, RagtuiError, UsageError
from ragtui.exits import Exit
from ragtui.places import real_path, user_path
from ragtui.sources.addresses import is_address

if TYPE_CHECKING:
    from ragtui.workbench import Library

DESCRIPTION = """\
Write runs that any tool wrote as ragtui run folders, or as one long table with a row a score.

DST ending in .csv, .jsonl or .parquet is a table; anything else is a folder, in which each run gets one of its own.
Nothing is overwritten. Scores, errors, rationales, repeats and metadata are all kept; in CSV, a text that a
spreadsheet would run gets an apostrophe in front.
"""

EPILOG = """\
examples:
  ragtui convert out.json converted/             run folders: converted/NAME/
  ragtui convert results/ all.csv                every run below results/ in one table
  ragtui convert mlflow.db langfuse:docs all.parquet

exit codes: 0 written, 2 usage, or a run that cannot be read or written (the others are)
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("sources", nargs="+", metavar="SRC", help="files, folders, langfuse: addresses")
    parser.add_argument("target", metavar="DST", help="a folder, or a file ending in .csv, .jsonl or .parquet")
    add_reading(parser, decides=True)


def run(args: argparse.Namespace) -> int:
    """Convert, and say what was written.

    Raises:
        InputError: nothing can be read there, or nothing can be written.
        UsageError: Parquet without its library, or a folder that is called like a file.
    """
    from ragtui.cli.options import how_read, open_places
    from ragtui.present.clean import clean
    from ragtui.workbench.long_table import WRITERS

    target = Path(args.target)
    _check_ending(target)
    _check_apart(target, args.sources)
    library = open_places(args.sources, **how_read(args)).library
    headers = list(library.headers.values())
    for problem in library.problems:
        print(clean(f"ragtui: {problem}"), file=sys.stderr)
    if not headers:
        raise InputError(f"{', '.join(args.sources)}: holds no runs", "`ragtui formats` lists what is read")
    failed: list[RagtuiError] = []
    if target.suffix.lower() in WRITERS:
        _to_table(library, target, failed)
    else:
        _to_folders(library, target, failed)
    for error in failed:
        print(clean(f"ragtui: {error}"), file=sys.stderr)
    return Exit.ERROR if failed else Exit.OK


_NO_FOLDERS = (".tsv", ".xlsx", ".xls", ".json", ".ndjson", ".txt", ".md", ".html", ".db", ".sqlite", ".yaml", ".gz")
"""Endings that nobody gives a folder: a folder called all.xlsx would be a surprise."""


def _check_ending(target: Path) -> None:
    """See that a new folder is not called like a file.

    Raises:
        UsageError: it is called like one, or nearly like a table that is written.
    """
    from ragtui.cli.parsing import nearest
    from ragtui.workbench.long_table import WRITERS

    ending = target.suffix.lower()
    if target.exists() or not ending or ending in WRITERS:
        return
    if ending in _NO_FOLDERS or get_close_matches(ending, WRITERS, n=1):
        raise UsageError(
            f"{target}: tables do not end in {ending}, and a folder would be made of that name",
            f"{nearest(ending, WRITERS, 'Endings')} For a folder, leave the ending out.",
        )


def _check_apart(target: Path, sources: Sequence[str]) -> None:
    """See that nothing is written among what is read: copies there would count as further repeats the next time.

    Raises:
        UsageError: the folder is or lies in a folder that is read, or is or lies in a run folder.
    """
    from ragtui.sources.locate import is_own
    from ragtui.sources.own.summary import SUMMARY

    place = real_path(target)
    around = (place, *place.parents)
    for source in [word for word in sources if not is_address(word) and user_path(word).is_dir()]:
        if real_path(user_path(source)) in around:
            raise UsageError(f"{target}: lies in {source}, which is read", "Name a place outside of it.")
    read = {real_path(user_path(word)).parent for word in sources if not is_address(word)}
    for folder in (place, place.parent):
        if folder not in read and is_own(folder / SUMMARY):
            raise UsageError(f"{target}: {folder} is a run folder, which others do not go into", "Name another folder.")


def _to_folders(library: Library, target: Path, failed: list[RagtuiError]) -> None:
    from ragtui.present.clean import clean
    from ragtui.workbench.converting import write_run

    if target.exists() and not target.is_dir():
        raise InputError(f"{target}: is a file", "name a folder, or a file ending in .csv, .jsonl or .parquet")
    for uid in library.headers:
        try:
            written = write_run(library.load(uid), target)
        except RagtuiError as error:
            failed.append(error)
            continue
        print(clean(f"{written.folder}: {written.header.name}, {written.results} results"))


def _to_table(library: Library, target: Path, failed: list[RagtuiError]) -> None:
    from ragtui.workbench.converting import long_rows
    from ragtui.workbench.long_table import write_table

    def rows() -> Iterator[dict[str, Any]]:
        for uid in library.headers:
            try:
                run = library.load(uid)
            except RagtuiError as error:
                failed.append(error)
                continue
            yield from long_rows(run)

    print(f"{target}: {write_table(target, rows())} rows")


def next_step(args: argparse.Namespace) -> str:
    """Look at it."""
    return f"ragtui {shlex.quote(args.target)} opens it"
