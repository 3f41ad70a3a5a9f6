"""What a person wants to read of an input, an output or what a retriever gave."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ragtui.langfuse.api.shapes.plain import number, text_of, unpacked
from ragtui.model import Context
from ragtui.sources import aliases

# What traced pipelines call these fields beside what result files do.
_QUESTION_KEYS = (*aliases.QUESTION, "q", "text", "message")
_ANSWER_KEYS = (*aliases.OUTPUT, *aliases.EXPECTED, "text", "content", "a")
CONTEXT_KEYS = (*aliases.CONTEXTS, "docs", "chunks", "retrieved")
_PASSAGE_KEYS = ("text", "page_content", "content", "passage", "chunk", "document")


def shown(value: Any, keys: Sequence[str]) -> str:
    """What a person wants to read of an input or output: its text, else the whole as JSON."""
    value = unpacked(value)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        for key in keys:
            if isinstance(value.get(key), str):
                return str(value[key])
        texts = [each for each in value.values() if isinstance(each, str)]
        if len(value) == 1 and texts:
            return texts[0]
    return json.dumps(value, ensure_ascii=False, default=str)


def question_of(value: Any) -> str:
    """The question in an item's input."""
    return shown(value, _QUESTION_KEYS)


def answer_of(value: Any) -> str:
    """The answer in an output or expected output."""
    return shown(value, _ANSWER_KEYS)


def contexts_of(value: Any) -> tuple[Context, ...]:
    """Retrieved passages in an output or in what a retriever span returned; empty when there are none."""
    value = unpacked(value)
    if isinstance(value, Mapping):
        value = next((value[key] for key in CONTEXT_KEYS if isinstance(value.get(key), list)), None)
    if not isinstance(value, list):
        return ()
    found = []
    for rank, each in enumerate(value, 1):
        if isinstance(each, str):
            found.append(Context(str(rank), each))
        elif isinstance(each, Mapping):
            about = each.get("metadata")
            source = {**(about if isinstance(about, Mapping) else {}), **each}
            text = next((str(source[key]) for key in _PASSAGE_KEYS if isinstance(source.get(key), str)), "")
            name = source.get("id") or source.get("source") or source.get("doc_id") or rank
            relevant = source.get("relevant")
            found.append(
                Context(
                    str(name),
                    text,
                    text_of(source.get("title")),
                    number(source.get("score")),
                    relevant if isinstance(relevant, bool) else None,
                )
            )
    return tuple(found)
