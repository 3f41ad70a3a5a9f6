"""`ragtui completion`: shell completion scripts."""

from __future__ import annotations

import argparse

from ragtui.exits import Exit

DESCRIPTION = "Print a completion script for your shell."

EPILOG = """\
examples:
  ragtui completion bash > ~/.local/share/bash-completion/completions/ragtui
  ragtui completion zsh > ~/.zfunc/_ragtui

exit codes: 0 printed, 2 usage
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("shell", choices=("bash", "zsh", "tcsh"))


def run(args: argparse.Namespace) -> int:
    """Print the script."""
    import shtab

    from ragtui.cli.main import build_parser

    print(shtab.complete(build_parser(every=True), shell=args.shell))
    return Exit.OK
