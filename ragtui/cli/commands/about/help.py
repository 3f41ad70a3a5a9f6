"""`ragtui help`: the manual in the terminal, and the help of any command."""

from __future__ import annotations

import argparse
import os
import sys

from ragtui.errors import UsageError
from ragtui.exits import Exit

DESCRIPTION = "Read the manual: without a topic, its contents; with one, that page. Commands' names print their help."

EPILOG = """\
examples:
  ragtui help                 commands and topics
  ragtui help reading         what signs, chances and intervals mean
  ragtui help gate | less     plain Markdown in a pipe
  ragtui help compare         the options of a command

exit codes: 0 done, 2 no such topic
"""

_WIDTH = 100
"""Prose wider than this is hard to read."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("topic", nargs="?", metavar="TOPIC", help="a page of the manual, or a command")


def run(args: argparse.Namespace) -> int:
    """Show a page, a command's help, or what there is."""
    from ragtui.cli.main import COMMANDS, build_parser, command_parser
    from ragtui.manual import TOPICS, page

    if args.topic is None:
        print(build_parser().format_help())
        print(contents())
        return Exit.OK
    names = {entry.name: entry for entry in COMMANDS}
    if args.topic in TOPICS:
        more = f"Options: ragtui {args.topic} --help\n" if args.topic in names else ""
        show(page(args.topic).text + ("\n" + more if more else ""))
        return Exit.OK
    if args.topic in names:
        print(command_parser(names[args.topic], names[args.topic].load()).format_help(), end="")
        return Exit.OK
    from difflib import get_close_matches

    near = get_close_matches(args.topic, [*TOPICS, *names], n=1)
    raise UsageError(
        f"help has no topic {args.topic!r}",
        (f"Did you mean `ragtui help {near[0]}`? " if near else "") + f"Topics: {', '.join(TOPICS)}; or any command.",
    )


def contents() -> str:
    """The topics of the manual with a sentence each."""
    from ragtui.manual import pages

    found = pages()
    width = max(len(page.topic) for page in found)
    lines = [f"  {page.topic:<{width}}  {page.summary}" for page in found]
    return "\n".join(["topics of the manual (ragtui help TOPIC):", *lines])


def show(markdown: str) -> None:
    """Print Markdown: rendered, and paged when it is long, on a terminal; as it is elsewhere."""
    if not sys.stdout.isatty():
        print(markdown, end="")
        return
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console()
    rendered = Markdown(markdown, hyperlinks=False)
    width = min(console.width, _WIDTH)
    if markdown.count("\n") > console.height:
        os.environ.setdefault("LESS", "-FRX")
        with console.pager(styles=True):
            console.print(rendered, width=width)
    else:
        console.print(rendered, width=width)
