"""Which format a file has, and reading those that are of no tool in particular."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ragtui.errors import InputError
from ragtui.files.packed import is_packed
from ragtui.files.problems import ProblemLog
from ragtui.files.regular import kind_of
from ragtui.model import Problem, Role, RunHeader, guess_metric
from ragtui.sources import aliases
from ragtui.sources.base import LoadedRun
from ragtui.sources.columns import confirmed
from ragtui.sources.drafts.opened import rows_of
from ragtui.sources.format import ANY_TOOL, Format
from ragtui.sources.found import Found, Request
from ragtui.sources.own.summary import RESULTS, SUMMARY, header_of, read_summary
from ragtui.sources.peek import LINES, ListedPeek, Peek, load_as_written
from ragtui.sources.registry import registry
from ragtui.sources.unread import TEXT_ENDINGS, unlike_its_ending


def read_run_folder(folder: Path, request: Request) -> Iterator[Found | Problem]:
    """The run in a folder that holds summary.json or results.jsonl: ragtui's own, or a simple harness's.

    Raises:
        InputError: named directly and holds no scores.
    """
    stated = folder / SUMMARY
    problems = ProblemLog(str(stated))
    summary = read_summary(stated, problems) if stated.is_file() else {}
    if "ragtui" in summary:
        if summary.get("results") and not (folder / RESULTS).is_file():
            problems.add(f"{RESULTS} is missing: what is listed is what the summary says of it; copy the run again")
        header = header_of(folder, summary, request.source, request.name, problems)
        yield Found(header, lambda renamed: _load_folder(folder, renamed))
        return
    yield from problems.found()
    results = folder / RESULTS
    if other := kind_of(results):
        yield Problem(str(results), f"is {other}, not a file: not opened", "remove it, or write results there")
    elif results.is_file():
        from ragtui.sources.table.documents import read_results

        yield from read_results(results, summary, request)
    elif summary:
        from ragtui.sources.table.documents import read_document, results_beside

        if not results_beside(folder):  # a summary beside results is about them
            yield from read_document(stated, summary, request)


def _load_folder(folder: Path, header: RunHeader) -> LoadedRun:
    from ragtui.sources.own.runfolder import load_folder  # reads into arrays, which a listing needs none of

    return load_folder(folder, header)


def read_file(path: Path, request: Request) -> Iterator[Found | Problem]:
    """The runs in one file; nothing when it is no run and was not named directly.

    Raises:
        InputError: it was named directly and cannot be used, or it is damaged.
    """
    peek = Peek(path)
    if not request.direct and peek.suffix in TEXT_ENDINGS and (unread := unlike_its_ending(peek)):
        yield unread
        return
    if is_packed(path) and peek.kind in ("sqlite", "zip", "binary"):
        raise InputError(f"{path}: holds a {peek.kind} file, which is only read unpacked", "unpack it")
    if request.columns and confirmed(request.columns, path, sorted(peek.fields)) is not None:
        known = registry().of(peek, tool=ANY_TOOL)
        yield from known.read(peek, request) if known else read_as_table(peek, request)
    elif known := registry().of(peek, named=request.direct):
        if known.tool == ANY_TOOL and (tool := _tool_of_listed(peek)):
            yield from _read_listed(peek, request, tool)
            return
        try:
            yield from known.read(peek, request)
        except InputError as error:
            raise _with_tool(error, known, path) from error
    elif request.direct:
        if peek.kind == "empty":
            raise InputError(f"{path}: is empty", "name a file with results")
        if peek.kind == "table":  # any text may be a table when a person says so
            yield from read_as_table(peek, request)
            return
        raise InputError(f"{path}: is in no format that ragtui knows", "see `ragtui formats`")
    elif (unread := unlike_its_ending(peek)) is not None:
        yield unread


def _tool_of_listed(peek: Peek) -> Format | None:
    """The tool whose documents stand in a list or on lines, as people gather the results of several runs."""
    if not any(isinstance(value, (list, dict)) for value in peek.record.values()):
        return None
    known = registry().of(ListedPeek(peek, 0, peek.record), named=True)
    return known if known and known.tool != ANY_TOOL else None


def _read_listed(peek: Peek, request: Request, tool: Format) -> Iterator[Found | Problem]:
    problems = ProblemLog(str(peek.path))
    rows = rows_of(peek.path, problems, peek)
    yield from problems.found()
    for place, row in enumerate(rows):
        one, name = ListedPeek(peek, place, row), f"{request.name}[{place}]" if len(rows) > 1 else request.name
        try:
            if not tool.sniff(one):
                raise InputError(f"{peek.path}: is no document of {tool.tool}", "write it to a file of its own")
            yield from tool.read(one, replace(request, name=name))
        except InputError as error:
            said = error.message.removeprefix(f"{peek.path}: ")
            yield Problem(str(peek.path), f"document {place + 1} of {len(rows)}: {said}", error.hint)


def _with_tool(error: InputError, known: Format, path: Path) -> InputError:
    """The same error naming the tool whose file it is; not for files of no tool in particular."""
    if known.tool.split()[0] in error.message or known.tool == ANY_TOOL:
        return error
    return InputError(f"{path}: {known.tool}: {error.message.removeprefix(f'{path}: ')}", error.hint)


def read_as_lines(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """JSON Lines of no tool in particular."""
    from ragtui.sources.table.documents import read_records
    from ragtui.sources.table.rows import LineRows
    from ragtui.sources.table.unfolding.nested import nested

    rows = nested(LineRows(peek.path))
    if rows.columns:
        yield from read_records(peek.path, request, rows)
    elif _is_indented(peek):
        yield from read_as_document(peek, request)
    elif request.direct or peek.suffix in LINES:
        problems = ProblemLog(str(peek.path))
        for _ in rows.read(problems):
            pass
        why = next((f": line {problem.line}: {problem.message}" for problem in problems.found()), "")
        hint = "JSON Lines have one object in braces on each line"
        raise InputError(f"{peek.path}: holds no JSON object{why}", hint)


def _is_indented(peek: Peek) -> bool:
    """Whether objects go over several lines each, as they do one after another where somebody indented them."""
    return bool(re.match(rb"\s*\{\s*\n\s*\"", peek.start))


def read_as_table(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """A score table."""
    from ragtui.sources.table.documents import read_document, read_records

    if peek.kind == "json":
        yield from read_document(peek.path, load_as_written(peek)[0], request)
    elif peek.kind == "lines":
        yield from read_as_lines(peek, request)
    else:
        yield from read_records(peek.path, request)


def read_as_document(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """A JSON document of no tool in particular: records at any depth.

    Raises:
        InputError: it is damaged, and was named or holds results as far as it can be read.
    """
    from ragtui.sources.table.documents import read_document

    try:
        document, odd = load_as_written(peek)
    except InputError:
        if request.direct or peek.suffix != ".json" or _holds_results(peek):
            raise
        return  # a broken document without anything like results is not ours to judge
    found = read_document(peek.path, document, request)
    if not odd:
        yield from found
        return
    runs = list(found)
    yield from runs
    if any(isinstance(run, Found) for run in runs):
        yield Problem(str(peek.path), f"holds {odd}: read all the same", "write it with a JSON library")


_NAMED = re.compile(rb'"([^"\\]{1,60})"\s*:')


def _holds_results(peek: Peek) -> bool:
    """Whether the beginning of a damaged document has fields that name items, and others that scores are called by."""
    from ragtui.sources.table.meaning import names

    called = {names.tail(name.decode("utf-8", "replace")) for name in _NAMED.findall(peek.start[:8192])}
    named = called & {*aliases.ITEM, *aliases.QUESTION} - {"name", "key"}
    return bool(named) and any(guess_metric(name).sign and guess_metric(name).role is Role.QUALITY for name in called)
