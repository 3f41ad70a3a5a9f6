"""Finds the command, imports it, runs it; turns every known failure into one message and an exit code."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from keyword import iskeyword
from pathlib import Path
from types import FrameType
from typing import NoReturn, Protocol, cast

from ragtui.cli.output import Sheltered, sheltered, tell
from ragtui.cli.parsing import UNSET, Parser, nearest
from ragtui.errors import RagtuiError, UsageError, of_the_surroundings, without_credentials
from ragtui.exits import Exit
from ragtui.version import __version__


class Command(Protocol):
    """What a module under `ragtui.cli.commands` offers."""

    DESCRIPTION: str
    EPILOG: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's arguments."""

    def run(self, args: argparse.Namespace) -> int:
        """Do it; return the exit code. Failures are raised as `RagtuiError`.

        A module may also have `next_step(args)`: what a person at a terminal would do now, said when it is done.
        """


@dataclass(frozen=True, slots=True)
class CommandEntry:
    """A command before its module is imported."""

    room: str
    name: str
    summary: str

    def load(self) -> Command:
        """Import the command's module."""
        name = self.name.replace("-", "_")
        module = f"ragtui.cli.commands.{self.room}.{name}{'_' * iskeyword(name)}"
        return cast("Command", importlib.import_module(module))


COMMANDS = (
    CommandEntry("look", "open", "open the app on files, folders or langfuse: (what `ragtui PATH` does)"),
    CommandEntry("look", "serve", "the app in a browser, on this machine only (ragtui[serve])"),
    CommandEntry("look", "runs", "list runs and their configurations"),
    CommandEntry("look", "compare", "baseline against candidate, item by item, beyond noise or not"),
    CommandEntry("look", "explain", "one item in plain sentences"),
    CommandEntry("look", "slices", "parts of the suite, and what the items that moved have in common"),
    CommandEntry("look", "noise", "how much the same configuration differs from itself; save a noise profile"),
    CommandEntry("look", "convert", "write runs of any format as run folders or as one long table"),
    CommandEntry("decide", "gate", "decide a merge: exit code and report"),
    CommandEntry("decide", "bisect", "the first commit that made an evaluation worse, each step decided by repeats"),
    CommandEntry("decide", "bless", "make runs the baseline that `gate` compares against"),
    CommandEntry("look", "trend", "a configuration's means over time, change points beyond noise"),
    CommandEntry("run", "init", "write a first plan from what lies in this folder"),
    CommandEntry("run", "try", "one item of a plan through everything, shown, before the whole run"),
    CommandEntry("run", "plan", "calls, tokens and cost of a run before anything is spent"),
    CommandEntry("run", "run", "run an evaluation plan, or resume one"),
    CommandEntry("run", "merge", "put the parts of a run together that were made with --shard"),
    CommandEntry("run", "confirm", "only the items in doubt, again, on both sides"),
    CommandEntry("run", "rejudge", "score stored answers again: judge noise apart from pipeline noise"),
    CommandEntry("run", "demo", "a whole run with no key and no network (simulated), or a real local model"),
    CommandEntry("hosted", "seed", "put a dataset on Langfuse, idempotently"),
    CommandEntry("hosted", "pull", "hosted runs as run folders"),
    CommandEntry("hosted", "trace", "what the pipeline did for one item of a hosted run"),
    CommandEntry("hosted", "publish", "mirror a local run to Langfuse and verify by reading back"),
    CommandEntry("about", "formats", "which tools' files are read, how they are recognised, what becomes of them"),
    CommandEntry("about", "help", "read the manual: ragtui help TOPIC"),
    CommandEntry("about", "completion", "print a shell completion script"),
    CommandEntry("about", "version", "the version, and where configuration, state and cache are"),
)

EPILOG = """\
first steps:
  ragtui sample_runs                    open the app on the sample runs
  ragtui compare BASE --vs CANDIDATE    the same verdicts as text, Markdown, JSON or CSV

exit codes: 0 done, 1 regression, 2 usage or unusable input, 3 cannot tell,
            4 incomplete, 5 not comparable, 130 interrupted
"""


def build_parser(*, every: bool = False) -> argparse.ArgumentParser:
    """The parser of `ragtui` itself; with `every`, with the arguments of all commands, as completion needs them."""
    parser = Parser(
        prog="ragtui",
        usage="ragtui [PATH ...]\n       ragtui COMMAND [-h] ...",
        description="Tells signal from noise in RAG and LLM evaluation runs.",
        epilog=EPILOG,
    )
    parser.add_argument("--version", action="version", version=f"ragtui {__version__}")
    commands = parser.add_subparsers(prog="ragtui", dest="command", metavar="COMMAND", title="commands")
    for entry in COMMANDS:
        sub = commands.add_parser(entry.name, help=entry.summary, add_help=every)
        if every:
            entry.load().add_arguments(sub)
    return parser


def command_parser(entry: CommandEntry, command: Command) -> Parser:
    """The parser of one command."""
    parser = Parser(prog=f"ragtui {entry.name}", description=command.DESCRIPTION, epilog=command.EPILOG)
    command.add_arguments(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point of the `ragtui` command; returns the exit code, whatever becomes of its output."""
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        # The matrices here are small: several threads cost more than they bring, three times so on a busy machine.
        os.environ.setdefault(name, "1")
    words = list(sys.argv[1:] if argv is None else argv)
    with sheltered() as (out, err):
        try:
            code = _decided(words)
        except SystemExit as stopped:  # help and version end so
            assert stopped.code is None or isinstance(stopped.code, int)
            raise SystemExit(_after_output(stopped.code or 0, (), out, err)) from None
        return _after_output(code, words, out, err)


def _decided(words: list[str]) -> int:
    try:
        with _terminated_as_told():
            return _dispatch(words)
    except SystemExit as stopped:
        if isinstance(stopped.code, int) or stopped.code is None:
            raise
        print(f"ragtui: {stopped.code}", file=sys.stderr)
        return Exit.ERROR
    except RagtuiError as error:
        tell(str(error))
        return Exit.ERROR
    except KeyboardInterrupt:
        tell("interrupted")
        return Exit.INTERRUPTED
    except _Terminated:
        return Exit.TERMINATED
    except MemoryError:
        tell("there is not enough memory for this; nothing was decided")
        return Exit.ERROR
    except Exception as error:  # a bug must not exit 1, which means "regression" to a CI job
        if (told := of_the_surroundings(error)) is None:
            return _faulty(error)
        tell(str(told))
        return Exit.ERROR


def _faulty(error: Exception) -> int:
    if (hidden := _stopped_by(error)) is not None:
        return hidden
    with contextlib.suppress(Exception):  # what is broken may be what cleans the message
        from ragtui.present.clean import clean

        print(clean(without_credentials("".join(traceback.format_exception(error)))), end="", file=sys.stderr)
        tell("this is a fault of ragtui, not of your files; nothing was decided. Please report the lines above")
    return Exit.ERROR


def _dispatch(words: list[str]) -> int:
    entries = {entry.name: entry for entry in COMMANDS}
    first = words[0] if words else ""
    if first in ("-h", "--help", "--version"):
        build_parser().parse_args(words)
    if words and not first.strip():
        raise UsageError(UNSET, "`ragtui .` opens the current folder.")
    if first not in entries:
        from ragtui.sources.addresses import is_there

        if words and not first.startswith("-") and not is_there(first):
            raise UsageError(
                f"{first}: no such file, folder or command",
                f"{nearest(first, entries)} `ragtui help` lists the commands.".strip(),
            )
        words = ["open", *words]
    entry = entries[words[0]]
    command = entry.load()
    args = command_parser(entry, command).read(words[1:])
    if entry.room != "about":
        from ragtui.settings import read_settings

        _see_where_we_are()
        read_settings()  # what is mistyped there is said before anything rests on it
    try:
        code = int(command.run(args))
        if sys.stdout.isatty() and (next_step := getattr(command, "next_step", None)):
            tell(f"next: {next_step(args)}")
        return code
    finally:
        if (options := sys.modules.get("ragtui.cli.options")) is not None:
            options.close_places()


def _see_where_we_are() -> None:
    """See that the current folder is there: paths start from it, and so does the search for a project's baselines.

    Raises:
        UsageError: it was deleted.
    """
    try:
        Path.cwd()
    except OSError as error:
        raise UsageError(f"the current folder is gone ({error.strerror})", "Go to one that is there.") from None


def _after_output(code: int, words: Sequence[str], out: Sheltered, err: Sheltered) -> int:
    """The exit code in the light of what became of the output.

    A code that was decided stands. Only a command whose whole product is what it printed has failed when a disk that
    is full took it; a reader that left (`| head`) had enough.
    """
    out.flush()
    if out.replaced:
        tell(f"stdout is {out.encoding} and shows some signs as ?; set PYTHONIOENCODING=utf-8")
    err.flush()
    if out.lost is None or out.reader_left:
        return code
    tell(f"stdout: {getattr(out.lost, 'strerror', None) or out.lost}; the output is not whole")
    return code if code != Exit.OK or words[:1] == ["gate"] else Exit.ERROR


def _stopped_by(error: BaseException) -> Exit | None:
    """The exit code of a signal that an error hides: Python 3.11 wraps what is raised while a class is made."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, KeyboardInterrupt):
            return Exit.INTERRUPTED
        if isinstance(seen, _Terminated):
            return Exit.TERMINATED
        seen = seen.__cause__ or seen.__context__
    return None


class _Terminated(BaseException):
    """SIGTERM, as an exception, so that files are closed and workers told."""


@contextlib.contextmanager
def _terminated_as_told() -> Iterator[None]:
    """SIGTERM ends a command with exit code 143 and through its `finally` blocks, unless the command minds it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    if before is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, _raise_terminated)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _raise_terminated(_number: int, _frame: FrameType | None) -> NoReturn:
    raise _Terminated
