"""JSON Lines of a hand-made harness."""

from __future__ import annotations

from collections.abc import Iterator

from ragtui.model import Problem
from ragtui.sources.format import ANY_TOOL, Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """The runs in the lines."""
    from ragtui.sources.recognise import read_as_lines

    yield from read_as_lines(peek, request)


FORMAT = Format(
    name="lines",
    tool=ANY_TOOL,
    files="JSON Lines, one object a result or a score, also called .jl or .txt",
    told_by="one JSON object a line; scores in an object of their own, or as fields",
    item="`item`, `id`, `case`, `question_id` and the like; else made from the question",
    repeat="`repeat`, `epoch`, `trial` and the like",
    configuration="a column that tells rows of one item apart; `K` or --columns changes it",
    error="`error`, `exception`",
    endings=(".jsonl", ".ndjson", ".jsonlines", ".jl", ".json", ".txt"),
    sniff=lambda peek: peek.kind == "lines",
    read=read,
)
