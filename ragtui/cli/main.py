"""Finds the command, imports it, runs it; turns every known failure into one message and an exit code."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from ragtui import __version__
from ragtui.errors import RagtuiError
from ragtui.exits import Exit


class Command(Protocol):
    """What a module under `ragtui.cli.commands` offers."""

    DESCRIPTION: str
    EPILOG: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's arguments."""

    def run(self, args: argparse.Namespace) -> int:
        """Do it; return the exit code. Failures are raised as `RagtuiError`."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A command before its module is imported."""

    room: str
    name: str
    summary: str

    def load(self) -> Command:
        """Import the command's module."""
        module = f"ragtui.cli.commands.{self.room}.{self.name.replace('-', '_')}"
        return cast("Command", importlib.import_module(module))


COMMANDS = (
    Entry("look", "open", "open the app on files, folders or langfuse: (what `ragtui PATH` does)"),
    Entry("look", "runs", "list runs and their configurations"),
    Entry("look", "compare", "baseline against candidate, item by item, beyond noise or not"),
    Entry("look", "explain", "one item in plain sentences"),
    Entry("look", "noise", "how much the same configuration differs from itself; save a noise profile"),
    Entry("decide", "gate", "decide a merge: exit code and report"),
    Entry("decide", "bless", "make runs the baseline that `gate` compares against"),
    Entry("look", "trend", "a configuration's means over time, change points beyond noise"),
    Entry("run", "plan", "calls, tokens and cost of a run before anything is spent"),
    Entry("run", "run", "run an evaluation plan, or resume one"),
    Entry("run", "merge", "put the parts of a run together that were made with --shard"),
    Entry("run", "confirm", "only the items in doubt, again, on both sides"),
    Entry("run", "rejudge", "score stored answers again: judge noise apart from pipeline noise"),
    Entry("run", "demo", "a whole run with no key and no network (simulated), or a real local model"),
    Entry("hosted", "seed", "put a dataset on Langfuse, idempotently"),
    Entry("hosted", "publish", "mirror a local run to Langfuse and verify by reading back"),
    Entry("about", "formats", "which tools' files are read, how they are recognised, what becomes of them"),
    Entry("about", "help", "read the manual: ragtui help TOPIC"),
    Entry("about", "completion", "print a shell completion script"),
    Entry("about", "version", "the version, and where configuration, state and cache are"),
)

EPILOG = """\
first steps:
  ragtui sample_runs                    open the app on the sample runs
  ragtui compare BASE --vs CANDIDATE    the same verdicts as text, Markdown, JSON or CSV

exit codes: 0 done, 1 regression, 2 usage or unusable input, 3 cannot tell,
            4 incomplete, 5 not comparable, 130 interrupted
"""


def build_parser(only: str | None = None) -> argparse.ArgumentParser:
    """The argument parser; `only` names the one command whose arguments are needed (None: all of them)."""
    parser = argparse.ArgumentParser(
        prog="ragtui",
        usage="ragtui [PATH ...]\n       ragtui COMMAND [-h] ...",
        description="Tells signal from noise in RAG and LLM evaluation runs.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"ragtui {__version__}")
    commands = parser.add_subparsers(prog="ragtui", dest="command", metavar="COMMAND", title="commands")
    for entry in COMMANDS:
        if only is not None and entry.name != only:
            commands.add_parser(entry.name, help=entry.summary, add_help=False)
            continue
        command = entry.load()
        sub = commands.add_parser(
            entry.name,
            help=entry.summary,
            description=command.DESCRIPTION,
            epilog=command.EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_arguments(sub)
        sub.set_defaults(run=command.run)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point of the `ragtui` command; returns the exit code."""
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        # The matrices here are small: several threads cost more than they bring, three times so on a busy machine.
        os.environ.setdefault(name, "1")
    words = list(sys.argv[1:] if argv is None else argv)
    names = {entry.name for entry in COMMANDS}
    if not words or (words[0] not in names and words[0] not in ("-h", "--help", "--version")):
        words.insert(0, "open")
    parser = build_parser(only=words[0] if words[0] in names else "")
    try:
        args = parser.parse_args(words)
        return int(args.run(args))
    except RagtuiError as error:
        print(f"ragtui: {error}", file=sys.stderr)
        return Exit.ERROR
    except KeyboardInterrupt:
        print("ragtui: interrupted", file=sys.stderr)
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # The reader went away (`| head`): not an error, but stdout must not be flushed again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except Exception:  # a bug must not exit 1, which means "regression" to a CI job
        traceback.print_exc()
        return Exit.ERROR
