"""`ragtui init`: a first plan."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from ragtui.exits import Exit

if TYPE_CHECKING:
    from ragtui.runner.launch.first.beginning import Answers, Findings

DESCRIPTION = (
    "Write a first plan, ragtui.toml, from what lies in this folder: a dataset, a function that answers, an endpoint\n"
    "in the environment. On a terminal it asks; elsewhere, or with --yes, it takes what it finds first."
)

EPILOG = """\
examples:
  ragtui init
  ragtui init --yes --dataset golden.json --call my_app.rag:answer --model gpt-x
  ragtui init --url http://127.0.0.1:8000/ask

exit codes: 0 written, 2 nothing to write about, or there is a plan already
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("folder", nargs="?", default=".", metavar="FOLDER", help="default: this one")
    parser.add_argument("--yes", action="store_true", help="ask nothing")
    parser.add_argument(
        "--dataset", default="", metavar="FILE", help="golden items: a file, a run folder or langfuse:NAME"
    )
    parser.add_argument("--question", default="", metavar="COLUMN", help="its column with questions, where unusual")
    parser.add_argument("--expected", default="", metavar="COLUMN", help="its column with good answers")
    parser.add_argument("--call", default="", metavar="MODULE:FUNCTION", help="what answers: a function")
    parser.add_argument("--url", default="", metavar="URL", help="what answers: an address")
    parser.add_argument("--model", default="", metavar="NAME", help="the model that judges")
    parser.add_argument("--base-url", default="", metavar="URL", help="its endpoint (default: OpenAI's own)")


def run(args: argparse.Namespace) -> int:
    """Look, ask, write."""
    from pathlib import Path

    from ragtui.errors import UsageError
    from ragtui.files.atomic import write_bytes
    from ragtui.runner.launch.first.beginning import look_around, plan_text
    from ragtui.runner.plan.planfile import DEFAULT_NAME, read_plan

    folder = Path(args.folder)
    path = folder / DEFAULT_NAME
    if path.exists():
        raise UsageError(f"{path}: there is a plan already", "ragtui try runs one item of it; or take it away first.")
    asks = not args.yes and sys.stdin.isatty()
    answers = _answers(args, look_around(folder), folder.resolve().name, asks=asks)
    write_bytes(path, plan_text(answers).encode())
    read_plan(path)
    print(path)
    print(f"ragtui: written {path}; next: ragtui try {path}", file=sys.stderr)
    return Exit.OK


def _answers(args: argparse.Namespace, found: Findings, name: str, *, asks: bool) -> Answers:
    from pathlib import Path

    from ragtui.errors import UsageError
    from ragtui.runner.launch.first.beginning import Answers
    from ragtui.workbench.starting.plan_items import is_hosted, plan_items

    dataset = args.dataset or _choose("dataset", [f"{path}" for path, _ in found.datasets], asks)
    if not dataset:
        tables = f" ({', '.join(found.unread[:3])}: no column is known to hold questions)" if found.unread else ""
        name_it = f"ragtui init --dataset {found.unread[0] if found.unread else 'FILE'}"
        raise UsageError(
            f"no dataset here: no file with questions in it{tables}",
            f"Name one: {name_it}{' --question COLUMN' if found.unread else ''}",
        )
    function = args.call or ("" if args.url else _choose("function that answers", list(found.functions), asks))
    corpus = "" if function or args.url else _choose("folder of documents", list(found.corpora), asks)
    if not (function or args.url or corpus):
        raise UsageError(
            "nothing here that answers: no function, no documents", "Name it: --call MODULE:FUNCTION, or --url URL"
        )
    model = args.model or (_ask("model that judges (empty: none)", "") if asks else "")
    if corpus and not model:
        raise UsageError("the built-in pipeline needs a model", "ragtui init --model NAME [--base-url URL]")
    named = {"question": args.question, "expected": args.expected}
    columns = {role: column for role, column in named.items() if column}
    items = plan_items(dataset if is_hosted(dataset) else Path(args.folder) / dataset, columns).items
    return Answers(
        name=name or "run",
        dataset=dataset,
        columns=columns,
        function=function,
        url=args.url,
        corpus=corpus,
        model=model,
        base_url=args.base_url or found.base_url,
        key_variable=found.key_variable,
        has_expected=any(item.expected for item in items),
    )


def _choose(what: str, options: list[str], asks: bool) -> str:
    if not asks or not options:
        return options[0] if options else ""
    print(f"{what}:", file=sys.stderr)
    for number, option in enumerate(options[:9], start=1):
        print(f"  {number}  {option}", file=sys.stderr)
    said = _ask("number or name", "1")
    return options[int(said) - 1] if said.isdecimal() and 0 < int(said) <= len(options) else said


def _ask(question: str, default: str) -> str:
    print(f"{question} [{default}] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip() or default
