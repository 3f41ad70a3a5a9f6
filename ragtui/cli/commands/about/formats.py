"""`ragtui formats`: which files are read, how they are recognised, what becomes what."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from ragtui.errors import UsageError
from ragtui.exits import Exit

if TYPE_CHECKING:
    from ragtui.sources.format import Format

DESCRIPTION = "List the file formats that ragtui reads; with NAME, what becomes item, repeat, configuration and error."

EPILOG = """\
examples:
  ragtui formats
  ragtui formats promptfoo
  ragtui formats --format json

Another package adds a format by an entry point in the group ragtui.formats.

exit codes: 0 listed, 2 no such format
"""

_SAID = ("files", "told_by", "item", "repeat", "configuration", "error", "directions")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these formats, with all that is known of them")
    parser.add_argument("-f", "--format", choices=("text", "markdown", "json"), default="text")


def run(args: argparse.Namespace) -> int:
    """List and print.

    Raises:
        UsageError: a name is no format.
    """
    from ragtui.manual.tables import format_tables
    from ragtui.sources.registry import registry

    found = registry()
    known = {format_.name: format_ for format_ in found.formats}
    for name in args.names:
        if name not in known:
            raise UsageError(f"no format {name!r}", f"known: {', '.join(sorted(known))}")
    chosen = [known[name] for name in args.names] or list(known.values())
    if args.format == "json":
        sys.stdout.write(_json(chosen, found.of_others))
    elif args.format == "markdown":
        sys.stdout.write(format_tables(chosen))
    else:
        print(_each(chosen) if args.names else _table(chosen), end="")
    for message in found.failures.values():
        print(f"ragtui: {message}", file=sys.stderr)
    return Exit.OK


def _table(formats: list[Format]) -> str:
    from ragtui.present.report.table import table

    rows = [(known.name, known.tool, known.files) for known in formats]
    return table(("name", "tool", "files"), rows, "lll") + "\n"


def _each(formats: list[Format]) -> str:
    lines = []
    for known in formats:
        lines.append(f"{known.name}: {known.tool}")
        lines += [f"  {field.replace('_', ' '):<14} {getattr(known, field)}" for field in _SAID]
    return "\n".join(lines) + "\n"


def _json(formats: list[Format], of_others: dict[str, str]) -> str:
    import orjson

    out = [
        {
            "name": known.name,
            "tool": known.tool,
            **{field: getattr(known, field) for field in _SAID},
            "endings": known.endings,
            "package": of_others.get(known.name, "ragtui"),
        }
        for known in formats
    ]
    return orjson.dumps({"schema": "ragtui.formats/1", "formats": out}, option=orjson.OPT_INDENT_2).decode() + "\n"
