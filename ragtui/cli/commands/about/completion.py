"""`ragtui completion`: shell completion scripts."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from ragtui.exits import Exit

DESCRIPTION = "Print a completion script for your shell: commands, options, their choices, and files where files go."

EPILOG = """\
examples:
  ragtui completion bash > ~/.local/share/bash-completion/completions/ragtui
  ragtui completion zsh > ~/.zfunc/_ragtui
  ragtui completion fish > ~/.config/fish/completions/ragtui.fish
  ragtui completion powershell >> $PROFILE

exit codes: 0 printed, 2 usage
"""

_SHELLS = ("bash", "zsh", "fish", "tcsh", "powershell")
_FILES = ("PATH", "RUN", "FILE", "FILE.gguf", "PLAN", "PLAN|RUN", "BASE", "CAND", "REF", "DATASET.json")
_FOLDERS = ("DIR",)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("shell", choices=_SHELLS)


def run(args: argparse.Namespace) -> int:
    """Print the script."""
    import shtab

    from ragtui.cli.main import build_parser
    from ragtui.errors import UsageError

    if args.shell not in shtab.SUPPORTED_SHELLS:
        raise UsageError(f"shtab {shtab.__version__} knows no {args.shell}", "pip install --upgrade shtab")
    parser = build_parser(every=True)
    for action in _actions(parser):
        if action.metavar in _FILES:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
        elif action.metavar in _FOLDERS:
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
    print(shtab.complete(parser, shell=args.shell))
    return Exit.OK


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for inner in dict.fromkeys(action.choices.values()):
                yield from _actions(inner)
