"""Asking whether a run folder that came from elsewhere may be executed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragtui.runner.launch.prepare import Launch


def add_trust(parser: argparse.ArgumentParser) -> None:
    """--trust"""
    parser.add_argument(
        "--trust", action="store_true",
        help="run what the run folder names (commands, code, addresses, keys) although it was not made here; "
        "remembered until the folder or the code changes",
    )  # fmt: skip


def agreement(args: argparse.Namespace) -> Callable[[Launch], None]:
    """What asks before a launch is executed: nothing for our own folders, a person on a terminal, else --trust.

    The function it returns raises UntrustedError where nobody agrees.
    """
    return lambda launch: agree(launch, trusted=bool(args.trust))


def agree(launch: Launch, *, trusted: bool) -> None:
    """Ask once about a launch that was not written here.

    Raises:
        UntrustedError: nobody agreed.
    """
    from ragtui.present.clean import clean
    from ragtui.runner.launch.trust import UntrustedError, allow, execution_of, is_trusted

    execution = execution_of(launch)
    if is_trusted(execution):
        return
    refused = UntrustedError(execution)
    if not trusted:
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise refused
        print(clean(f"ragtui: {refused.message}"), file=sys.stderr)
        print("Run it, and remember that? [y/N] ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise refused
    allow(execution)
