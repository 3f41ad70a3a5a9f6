"""JSON documents of a hand-made harness."""

from __future__ import annotations

from collections.abc import Iterator

from ragtui.model import Problem
from ragtui.sources.format import ANY_TOOL, Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """The runs in the document."""
    from ragtui.sources.recognise import read_as_document

    yield from read_as_document(peek, request)


FORMAT = Format(
    name="plain",
    tool=ANY_TOOL,
    files="a JSON document with a list of results",
    told_by="a list of objects with an item and scores, in the document or under a name",
    item="`item`, `id`, `case`, `question_id` and the like; else made from the question",
    repeat="`repeat`, `epoch`, `trial` and the like",
    configuration="`config`, `settings`, `model` beside the list",
    error="`error`, `exception`",
    endings=(".json", ".jsonl", ".ndjson", ".txt"),
    sniff=lambda peek: peek.kind == "json",
    read=read,
)
