"""`ragtui [PATH…]`: the app."""

from __future__ import annotations

import argparse
import gc
import os
import sys

from ragtui.cli.options import add_days
from ragtui.exits import Exit
from ragtui.sources.addresses import is_there

DESCRIPTION = """\
Open the app on run folders, other tools' run files, score tables, or Langfuse.
Without a path it opens the current folder.
"""

EPILOG = """\
examples:
  ragtui sample_runs                 browse, press B on the baseline, enter on a candidate
  ragtui runs/ logs/*.eval           several places in one list
  ragtui langfuse:support-docs       the runs of a Langfuse dataset

keys: ? shows all of them; : or ctrl+p opens the command palette
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("places", nargs="*", default=["."], metavar="PATH", help="files, folders, langfuse:[DATASET]")
    add_days(parser)
    parser.add_argument("--theme", help="name of a theme; the command palette lists them")
    parser.add_argument("--ascii", action="store_true", help="draw with ASCII characters only")
    parser.add_argument("--no-mouse", action="store_true", help="leave the mouse to the terminal")


def check_looks(theme: str | None) -> None:
    """See that the themes and keys asked for exist, before a screen is drawn that has others.

    Raises:
        UsageError: a theme or binding of the command line or the configuration does not exist, or two bindings of one
            screen would share a key.
    """
    from ragtui.errors import UsageError
    from ragtui.settings import read_settings

    settings = read_settings()
    for name, said in ((theme, "--theme"), (settings.theme, f"{settings.path}: theme")):
        if name:
            from ragtui.cli.parsing import nearest
            from ragtui.tui.looks.themes import theme_names

            if name not in theme_names():
                raise UsageError(f"{said} {name}: no such theme", nearest(name, theme_names()) or _themes())
    if settings.keys:
        from ragtui.tui.keymap import check_keys

        check_keys(settings)


def _themes() -> str:
    from ragtui.tui.looks.themes import theme_names

    return f"Themes are {', '.join(theme_names())}."


def run(args: argparse.Namespace) -> int:
    """Open the app."""

    from ragtui.errors import InputError

    for place in args.places:
        if not is_there(place):
            raise InputError(f"{place}: no such file, folder or command", "`ragtui help` lists the commands.")
    check_looks(args.theme)
    if not (sys.stdin.isatty() and sys.stdout.isatty()) and not os.environ.get("TEXTUAL_DRIVER"):  # `ragtui serve`
        print("ragtui: the app needs a terminal; `ragtui runs` and `ragtui compare` print to a pipe.", file=sys.stderr)
        return Exit.ERROR
    from ragtui.tui.app import RagtuiApp

    app = RagtuiApp(args.places, theme=args.theme, ascii_only=args.ascii, days=args.days)
    gc.freeze()  # 35 000 objects of the libraries stay: the collector walks 15 ms over them, in the midst of a key
    app.run(mouse=not args.no_mouse)
    return app.return_code or Exit.OK
