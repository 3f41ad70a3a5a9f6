"""`ragtui trace`: what the pipeline did for one item of a hosted run."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ragtui.cli.options import add_reading
from ragtui.cli.output import emit
from ragtui.errors import UsageError
from ragtui.exits import Exit
from ragtui.sources.addresses import is_langfuse

if TYPE_CHECKING:
    from ragtui.model import Trace

DESCRIPTION = (
    "The tree of observations behind one item of a hosted run: model, prompt and version, tokens, cost, time, level\n"
    "and status of each, with input and output in full, what people wrote, and the conversation it is a turn of."
)

EPILOG = """\
examples:
  ragtui trace langfuse:support-docs/run-2 018
  ragtui trace langfuse:support-docs/run-2 018 --tree         without inputs and outputs
  ragtui trace langfuse:support-docs/run-2 018 --format json

exit codes: 0 shown, 2 usage, no such run or item, or no answer
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("run", metavar="langfuse:DATASET/RUN", help="a hosted run")
    parser.add_argument("item", metavar="ITEM", help="id of the item")
    parser.add_argument("--tree", action="store_true", help="one line an observation, without inputs and outputs")
    parser.add_argument("-f", "--format", choices=("text", "json"), default="text")
    add_reading(parser)


def run(args: argparse.Namespace) -> int:
    """Read and print; of several repeats each one's trace."""
    from ragtui.cli.options import how_read, open_places, tell_age

    if not is_langfuse(args.run):
        raise UsageError(f"{args.run}: not a Langfuse address", "Write langfuse:DATASET/RUN.")
    library = open_places([args.run], **how_read(args)).library
    traces = [(header.name, library.trace(header.uid, args.item)) for header in library.find(args.run)]
    tell_age(library.loaded)
    if args.format == "json":
        from ragtui.files.atomic import dump_json

        rows = [{"run": name, **trace.to_json()} for name, trace in traces]
        whole = {"schema": "ragtui.trace/1", "traces": rows}
        emit(dump_json(whole, indent=True).decode(), "json")
    else:
        emit("\n\n".join(_text(name, trace, texts=not args.tree) for name, trace in traces) + "\n")
    return Exit.OK


def _text(name: str, trace: Trace, *, texts: bool) -> str:
    from ragtui.present.sentences.trace import say_conversation, say_observation

    lines = [f"{name}  trace {trace.id}"]
    for one in trace.observations:
        indent = "  " * (one.depth + 1)
        lines.append(f"{indent}{say_observation(one)}")
        for what, text in (("in", one.input), ("out", one.output)) if texts else ():
            if text:
                lines.append(f"{indent}  {what}: " + text.replace("\n", f"\n{indent}    "))
        lines += [f"{indent}  comment: {comment}" for comment in one.comments]
    lines += [f"  comment: {comment}" for comment in trace.comments]
    if texts:
        lines += [f"  {line}" for line in say_conversation(trace)]
    lines += [f"  note: {note}" for note in trace.notes]
    return "\n".join(lines)
