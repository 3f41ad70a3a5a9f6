"""Folders with one JSON file for each answer: together they are a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ragtui.errors import InputError
from ragtui.files.regular import is_regular
from ragtui.model import Problem, guess_metric
from ragtui.sources import aliases
from ragtui.sources.format import ANY_TOOL, Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek

_FEWEST = 3
_MOST = 20_000
"""Files of one folder that are read as a run."""
_BESIDE = frozenset({
    "summary.json", "metrics.json", "config.json", "settings.json", "meta.json", "metadata.json", "aggregate.json",
    "run.json", "args.json", "params.json", "package.json",
})  # fmt: skip
"""Files beside the answers that are about all of them."""


def claims(folder: Path, names: frozenset[str]) -> frozenset[str]:
    """All JSON files of a folder whose first and last one are an answer with its score each."""
    files = sorted(name for name in names if name.endswith(".json") and name.lower() not in _BESIDE and name[0] != ".")
    if not _FEWEST <= len(files) <= _MOST:
        return frozenset()
    first, last = (_answer(folder / name) for name in (files[0], files[-1]))
    return frozenset(files) if first and last and _alike(first, last) else frozenset()


def _answer(path: Path) -> Mapping[str, Any]:
    """The one answer in a file that no tool knows; empty for every other file."""
    from ragtui.sources.registry import registry

    if not is_regular(path):
        return {}
    try:
        peek = Peek(path)
        known = registry().of(peek) if peek.kind == "json" and peek.top else None
    except InputError:
        return {}
    return peek.top if known is not None and known.name == "plain" and _is_answer(peek.top) else {}


def _is_answer(record: Mapping[str, Any]) -> bool:
    """Whether an object holds an answer and a score called like one: means of a run have no answer."""
    from ragtui.sources.table.flat import container_of, flattened
    from ragtui.sources.table.meaning import names

    flat = flattened(record)
    answered = any(names.tail(name) in aliases.OUTPUT and isinstance(said, str) for name, said in flat.items())
    scored = any(
        guess_metric(names.tail(name)).sign or aliases.sounds_like_score(names.tail(name)) or container_of(name)
        for name, said in flat.items()
        if isinstance(said, (int, float, dict)) and not names.is_no_score(name)
    )
    return answered and scored


def _alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return 2 * len(one.keys() & other.keys()) > len(one.keys() | other.keys())


def answers_in(folder: Path) -> list[dict[str, Any]]:
    """The answers in a folder's files, each named by its file where it does not name its item itself."""
    names = frozenset(path.name for path in folder.iterdir())
    return [record for name in sorted(claims(folder, names)) if isinstance(record := _record(folder / name), dict)]


def _record(path: Path) -> dict[str, Any] | Problem:
    from ragtui.sources.table.meaning import names

    try:
        record = Peek(path).load()
    except InputError as error:
        return Problem(str(path), error.message.removeprefix(f"{path}: "), error.hint)
    if not isinstance(record, dict):
        return Problem(str(path), "holds no single answer, as the files beside it do: left out", "move it elsewhere")
    named = any(names.tail(name) in (*aliases.ITEM, *aliases.QUESTION) and said for name, said in record.items())
    return record if named else {"item": path.stem, **record}


def read_folder(folder: Path, request: Request) -> Iterator[Found | Problem]:
    """The run in the files."""
    from ragtui.sources.table.about import NOTHING
    from ragtui.sources.table.documents import read_records
    from ragtui.sources.table.rows import ListRows

    found: list[dict[str, Any]] = []
    for name in sorted(claims(folder, frozenset(path.name for path in folder.iterdir()))):
        record = _record(folder / name)
        if isinstance(record, Problem):
            yield record
        else:
            found.append(record)
    said = replace(NOTHING, name=folder.name, assumed=(f"{len(found)} files hold an answer each: they are one run",))
    yield from read_records(folder, replace(request, direct=True), ListRows(folder, found), said)


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """A single file is no folder of answers."""
    yield from read_folder(peek.path.parent, request)


FORMAT = Format(
    name="item-files",
    tool=ANY_TOOL,
    files="a folder with a JSON file for each answer",
    told_by="three or more files that hold an object with an answer and a score",
    item="`item`, `id`, `case`, `question_id` and the like; else the file's name",
    repeat="`repeat`, `epoch`, `trial` and the like",
    configuration="the folder",
    error="`error`, `exception`",
    endings=(),
    sniff=lambda _: False,
    read=read,
    claims=claims,
    read_folder=read_folder,
)
