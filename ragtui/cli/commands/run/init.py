"""`ragtui init`: a first plan."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from typing import TYPE_CHECKING

from ragtui.exits import Exit
from ragtui.places import real_path

if TYPE_CHECKING:
    from pathlib import Path

    from ragtui.errors import RagtuiError
    from ragtui.runner.launch.first.beginning import Answers, Findings

DESCRIPTION = (
    "Write a first plan, ragtui.toml, from what lies in this folder: a dataset, a function that answers, an endpoint\n"
    "in the environment. On a terminal it asks; elsewhere, or with --yes, it takes what it finds first."
)

EPILOG = """\
examples:
  ragtui init                  # in a repository of several projects: beside the one that answers
  ragtui init --yes --dataset golden.json --call my_app.rag:answer --model gpt-x
  ragtui init --url http://127.0.0.1:8000/ask
  ragtui init --command 'python ask.py {question}'

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
    parser.add_argument(
        "--call", default="", metavar="MODULE:NAME", help="what answers: a function, an object or Class.method"
    )
    parser.add_argument("--command", default="", metavar="WORDS", help="what answers: a program, asked on its stdin")
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
    asks = not args.yes and sys.stdin.isatty()
    found = look_around(folder)
    told: list[str] = []
    if not (args.call or args.command or args.url or found.answering.calls or found.answering.programs):
        folder, found = _part(folder, found, told, asks=asks)
    path = folder / DEFAULT_NAME
    if path.exists():
        raise UsageError(f"{path}: there is a plan already", "ragtui try runs one item of it; or take it away first.")
    answers = _answers(args, found, folder, asks=asks)
    write_bytes(path, plan_text(answers).encode())
    read_plan(path)
    print(path)
    for line in [] if asks else [*told, *_chosen(answers, found)]:
        print(f"ragtui: {line}", file=sys.stderr)
    print(f"ragtui: written {path}; next: ragtui try {path}", file=sys.stderr)
    return Exit.OK


def _part(folder: Path, found: Findings, told: list[str], *, asks: bool) -> tuple[Path, Findings]:
    """Of a repository of several projects, the one that answers: its plan lies where its imports start."""
    from ragtui.runner.launch.first.beginning import look_into

    parts = dict(look_into(folder, found))
    name = _choose("project that answers", list(parts), asks)
    if name not in parts:
        return folder, found
    others = (
        f"; of others: {', '.join(f'ragtui init {one}' for one in parts if one != name)}"
        if parts.keys() - {name}
        else ""
    )
    told.append(f"this repository holds several projects; the plan is for {name}{others}")
    return folder / name, parts[name]


def _answers(args: argparse.Namespace, found: Findings, folder: Path, *, asks: bool) -> Answers:
    from urllib.parse import urlsplit

    from ragtui.errors import UsageError
    from ragtui.runner.launch.first.beginning import Answers
    from ragtui.workbench.starting.plan_items import is_hosted, plan_items

    dataset = _as_in_folder(args.dataset, folder) or _choose("dataset", [f"{path}" for path, _ in found.datasets], asks)
    if not dataset:
        raise _no_dataset(found)
    answering = found.answering
    command = tuple(shlex.split(args.command))
    stdin = dict(answering.programs).get(command, None if "{" in args.command else "{question}")
    function = args.call or ("" if args.url or command else _choose("what answers", list(answering.calls), asks))
    if not (function or args.url or command) and answering.programs:
        shown = [shlex.join(words) for words, _ in answering.programs]
        chosen = _choose("program that answers", shown, asks)
        command, stdin = dict(zip(shown, answering.programs, strict=True)).get(
            chosen, (tuple(shlex.split(chosen)), stdin)
        )
    corpus = "" if function or args.url or command else _choose("folder of documents", list(found.corpora), asks)
    if not (function or args.url or command or corpus):
        serves = f" (it serves {answering.routes[0]}: start it)" if answering.routes else ""
        url = f"http://127.0.0.1:8000{answering.routes[0]}" if answering.routes else "URL"
        perhaps = ", ".join(answering.perhaps[:_MOST_SHOWN])
        seen = f" (of these nothing says which answers: {perhaps})" if perhaps else ""
        call = answering.perhaps[0] if perhaps else "MODULE:FUNCTION"
        raise UsageError(
            f"nothing here that answers: no function, no documents{serves}{seen}",
            f"Name it: --call {call}, or --url {url}, or --command 'python ask.py'",
        )
    model = args.model or (_ask("model that judges (empty: none)", "") if asks else "")
    if corpus and not model:
        raise UsageError("the built-in pipeline needs a model", "ragtui init --model NAME [--base-url URL]")
    named = {"question": args.question, "expected": args.expected}
    columns = {role: column for role, column in named.items() if column}
    items = plan_items(dataset if is_hosted(dataset) else folder / dataset, columns).items
    return Answers(
        name=real_path(folder).name or "run",
        dataset=dataset,
        columns=columns,
        function=function,
        url=args.url,
        asks=answering.asks.get(urlsplit(args.url).path, ""),
        command=command,
        stdin=stdin,
        python=found.python,
        corpus=corpus,
        model=model,
        base_url=args.base_url or found.base_url,
        key_variable=found.key_variable,
        has_expected=any(item.expected for item in items),
    )


def _as_in_folder(dataset: str, folder: Path) -> str:
    """A dataset as the plan will find it, which lies in the folder: a shell completes paths from where it is."""
    from pathlib import Path

    if not dataset or (folder / dataset).exists() or not Path(dataset).exists():
        return dataset
    try:
        return Path(os.path.relpath(real_path(dataset), real_path(folder))).as_posix()
    except ValueError:  # on another drive
        return real_path(dataset).as_posix()


_MOST_SHOWN = 4


def _chosen(answers: Answers, found: Findings) -> list[str]:
    """What was taken of several that were found, and what else there was: nobody was asked."""
    programs = [shlex.join(words) for words, _ in found.answering.programs]
    kinds = (
        ("dataset", answers.dataset, [path for path, _ in found.datasets], "--dataset"),
        ("answers", answers.function or shlex.join(answers.command), [*found.answering.calls, *programs],
         "--call or --command"),
    )  # fmt: skip
    lines = []
    for what, taken, known, option in kinds:
        others = [one for one in dict.fromkeys(known) if one != taken]
        if taken in known and others:
            more = ", …" if len(others) > _MOST_SHOWN else ""
            lines.append(f"{what}: {taken}; {option} takes another: {', '.join(others[:_MOST_SHOWN])}{more}")
    return lines


def _no_dataset(found: Findings) -> RagtuiError:
    from ragtui.errors import UsageError

    if not found.unread:
        told = f" ({found.broken[0][:300]})" if found.broken else ""
        return UsageError(
            f"no dataset here: no file with questions in it{told}", "Name one: ragtui init --dataset FILE"
        )
    path, columns = found.unread[0]
    return UsageError(
        f"no dataset here: no file with questions in it ({path}: no column is known to hold questions; it has "
        f"{', '.join(columns)[:200]})",
        f"Name one: ragtui init --dataset {shlex.quote(path)} --question COLUMN [--expected COLUMN]",
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
