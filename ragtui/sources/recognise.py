"""Which format a file has, and reading those that are of no tool in particular."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ragtui.errors import InputError, UsageError
from ragtui.files.jsonlines import read_objects
from ragtui.files.problems import ProblemLog
from ragtui.model import Problem
from ragtui.sources.columns import confirmed
from ragtui.sources.found import Found, Request
from ragtui.sources.own.runfolder import load_folder
from ragtui.sources.own.summary import RESULTS, SUMMARY, header_of, read_summary
from ragtui.sources.peek import Peek
from ragtui.sources.registry import registry


def read_run_folder(folder: Path, request: Request) -> Iterator[Found | Problem]:
    """The run in a folder that holds summary.json or results.jsonl: ragtui's own, or a simple harness's.

    Raises:
        InputError: named directly and holds no scores.
    """
    problems = ProblemLog(str(folder / SUMMARY))
    has_summary, results = (folder / SUMMARY).is_file(), folder / RESULTS
    summary = read_summary(folder / SUMMARY, problems) if has_summary else {}
    if "ragtui" in summary:
        header = header_of(folder, summary, request.source, request.name, problems)
        yield Found(header, lambda renamed: load_folder(folder, renamed))
        return
    yield from problems.found()
    if results.exists():
        yield from _read_results(results, summary, request)
    elif summary:
        from ragtui.sources.plain import read_plain_document

        yield from read_plain_document(folder / SUMMARY, summary, request)


def read_file(path: Path, request: Request) -> Iterator[Found | Problem]:
    """The runs in one file; nothing when it is no run and was not named directly.

    Raises:
        InputError: it was named directly and cannot be used, or it is damaged.
    """
    peek = Peek(path)
    if request.columns and confirmed(request.columns, path, sorted(peek.fields)) is not None:
        yield from read_as_table(peek, request)
    elif known := registry().of(peek, named=request.direct):
        yield from known.read(peek, request)
    elif request.direct:
        if peek.kind == "empty":
            raise InputError(f"{path}: is empty", "name a file with results")
        raise InputError(f"{path}: is in no format that ragtui knows", "see `ragtui formats`")


def read_as_lines(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """JSON Lines of no tool in particular."""
    yield from _read_lines(peek.path, request)


def read_as_table(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """A score table."""
    if peek.kind == "json":
        yield from _read_records(peek.path, peek.load(), request)
    else:
        yield from _read_table(peek.path, request)


def read_as_document(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """A JSON document of no tool in particular: a list of records, or an object that holds such a list."""
    try:
        document = peek.load()
    except InputError:
        if request.direct:
            raise
        return
    yield from _read_records(peek.path, document, request)


def _read_results(results: Path, summary: Mapping[str, Any], request: Request) -> Iterator[Found | Problem]:
    """A harness's results.jsonl: one result a line, or one score a line."""
    from ragtui.sources.plain import is_flat, read_plain_lines
    from ragtui.sources.table.guess import guess_columns
    from ragtui.sources.table.rows import LineRows

    rows = LineRows(results)
    probe = rows.probe()
    if probe and is_flat(probe) and guess_columns(rows.columns, probe).is_long:
        yield from _read_table(results, request)
    else:
        yield from read_plain_lines(results, summary, request)


def _read_lines(path: Path, request: Request) -> Iterator[Found | Problem]:
    """JSON Lines with scores in an object of their own are results; flat ones are a table."""
    from ragtui.sources.plain import is_flat, own_record, read_plain_lines

    record = next((line.record for line in read_objects(path, ProblemLog(str(path)))), None)
    if record is None:
        if request.direct:
            raise InputError(f"{path}: holds no JSON object", "JSON Lines have one object in braces on each line")
        return
    own = own_record(record)
    if not is_flat([record]) and own["item"] and own["scores"]:
        yield from read_plain_lines(path, {"name": path.stem}, request)
    else:
        yield from _read_table(path, request)


def _read_table(path: Path, request: Request) -> Iterator[Found | Problem]:
    from ragtui.sources.table.rows import NotATableError
    from ragtui.sources.table.table import read_table

    try:
        yield from read_table(path, request)
    except NotATableError:
        if request.direct:
            raise
    except UsageError as error:
        raise InputError(f"{path}: {error.message}", error.hint) from error


def _read_records(path: Path, document: Any, request: Request) -> Iterator[Found | Problem]:
    from ragtui.sources.plain import is_flat, read_plain_document, records_in
    from ragtui.sources.table.rows import ListRows
    from ragtui.sources.table.table import read_table

    if isinstance(document, list):
        if records_in({"items": document}, doubtful=request.direct) and not is_flat(document):
            yield from read_plain_document(path, {"items": document, "name": path.stem}, request)
        elif any(isinstance(entry, dict) for entry in document):
            yield from read_table(path, request, ListRows(path, document))
        elif request.direct:
            raise InputError(f"{path}: is a list without objects", "a list of results has one object an item")
    elif isinstance(document, dict) and (request.direct or records_in(document) is not None):
        yield from read_plain_document(path, document, request)
    elif request.direct:
        raise InputError(f"{path}: holds no results", "write a list of results, one object an item")
