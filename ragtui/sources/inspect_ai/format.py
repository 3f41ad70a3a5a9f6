"""Inspect AI logs as a format."""

from __future__ import annotations

from collections.abc import Iterator

from ragtui.files.fields import mapping
from ragtui.model import Problem
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek


def sniff(peek: Peek) -> bool:
    """An archive, or a JSON object whose `eval` names a task and a model."""
    if peek.suffix == ".eval" or (peek.kind == "zip" and peek.suffix not in (".xlsx", ".xlsm")):
        return True
    spec = mapping(peek.top.get("eval"))
    return "task" in spec and ("model" in spec or "version" in peek.top)  # a log cut short may have lost its model


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
)
