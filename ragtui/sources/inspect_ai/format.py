"""Inspect AI logs as a format."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ragtui.files.fields import mapping
from ragtui.model import Problem
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek

_OF_TREC_EVAL = re.compile(rb"[A-Za-z]\S*[ \t]+\S+[ \t]+\S+[ \t\r]*\n")
"""Three words on the first line: people call the output of trec_eval .eval too."""


def sniff(peek: Peek) -> bool:
    """An archive, or a JSON object whose `eval` names a task and a model."""
    if (peek.suffix == ".eval" and not _OF_TREC_EVAL.match(peek.start)) or (
        peek.kind == "zip" and peek.suffix not in (".xlsx", ".xlsm")
    ):
        return True
    spec = mapping(peek.top.get("eval"))
    return "task" in spec and ("model" in spec or "version" in peek.top)  # a log cut short may have lost its model


SHARDS = ".shards"
"""Ending of the folder in which Inspect keeps the parts of a run that was split over processes."""


def claims(_: Path, names: frozenset[str]) -> frozenset[str]:
    """Folders with the parts of one run: each part has some of the samples, and no part is a repeat of another."""
    return frozenset(name for name in names if name.endswith(SHARDS))


def read_folder(folder: Path, request: Request) -> Iterator[Found | Problem]:
    """Nothing where the whole log stands beside its parts, else what to do about them."""
    for parts in sorted(place for place in folder.iterdir() if place.name.endswith(SHARDS)):
        if not parts.with_name(parts.name.removesuffix(SHARDS) + ".eval").is_file():
            message = "holds the parts of one Inspect AI run that were not put together: they are no repeats"
            yield Problem(str(parts), message, "merge them with Inspect, or name one part's log to see it alone")


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """The run of a log, from its head.

    Raises:
        InputError: it is damaged.
    """
    from ragtui.sources.inspect_ai.reader import read_eval, read_json

    yield from (
        read_eval(peek.path, request) if peek.kind == "zip" or peek.suffix == ".eval" else read_json(peek.path, request)
    )


FORMAT = Format(
    name="inspect",
    tool="Inspect AI",
    files="logs, .eval and .json",
    told_by="the ending .eval, or a JSON object whose `eval` has `task` and `model`",
    item="sample id",
    repeat="epoch",
    configuration="task and its arguments, model, solver, generation settings, limits; judges: the scorers",
    error="sample error; a score that is no number is an error of its metric",
    endings=(".eval", ".json", ".zip"),
    sniff=sniff,
    read=read,
    claims=claims,
    read_folder=read_folder,
)
