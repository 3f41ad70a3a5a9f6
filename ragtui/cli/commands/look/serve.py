"""`ragtui serve`: the app in a browser, for a colleague without a terminal."""

from __future__ import annotations

import argparse

from ragtui.cli.parsing import whole
from ragtui.errors import UsageError
from ragtui.exits import Exit

DESCRIPTION = """\
Serve the app to a browser: the same screens and keys, one app a page. It listens on this machine only, and the address
that it prints carries a key: who has it drives ragtui as you.
"""

EPILOG = """\
examples:
  ragtui serve runs/                                  on http://127.0.0.1:8000, this machine only
  ssh -L 8000:127.0.0.1:8000 machine                  a colleague's way to it, encrypted; then the printed address
  ragtui serve runs/ --host 0.0.0.0 --expose          for everybody on the network who has the address; not encrypted

needs: pip install 'ragtui[serve]'

exit codes: 0 stopped with ctrl+c, 2 usage, or nothing can be listened on
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("places", nargs="*", default=["."], metavar="PATH", help="files, folders, langfuse:[DATASET]")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=whole(1), default=8000, help="port to listen on (default: 8000)")
    parser.add_argument("--expose", action="store_true", help="allow a --host that other machines can reach")


def run(args: argparse.Namespace) -> int:
    """Serve until ctrl+c."""
    from ragtui.cli.serving import app_server, check_host, check_places

    if args.port > 65535:
        raise UsageError(f"--port {args.port}: not a port", "Ports are 1 to 65535.")
    check_host(args.host, exposed=args.expose)
    check_places(args.places)
    try:
        server = app_server(args.places, args.host, args.port)
    except ImportError as error:
        raise UsageError("serving needs a package that is not installed", "pip install 'ragtui[serve]'") from error
    server.until_stopped()
    return Exit.OK
