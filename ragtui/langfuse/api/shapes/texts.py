"""What a person wants to read of an input, an output or what a retriever gave."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ragtui.files.fields import number
from ragtui.langfuse.api.shapes.plain import text_of, unpacked
from ragtui.model import Context
from ragtui.sources import aliases

# What traced pipelines call these fields beside what result files do.
_QUESTION_KEYS = (*aliases.QUESTION, "q", "text", "message")
_ANSWER_KEYS = (*aliases.OUTPUT, *aliases.EXPECTED, "text", "content", "a")
CONTEXT_KEYS = (*aliases.CONTEXTS, "docs", "chunks", "retrieved")
_PASSAGE_KEYS = ("text", "page_content", "content", "passage", "chunk", "document")


def shown(value: Any, keys: Sequence[str]) -> str:
    """What a person wants to read of an input or output: its text or conversation, else the whole as JSON."""
    value = unpacked(value)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    inner = value.get("messages") if isinstance(value, Mapping) else value
    if (spoken := conversation(inner)) is not None:
        return spoken
    if isinstance(value, Mapping):
        for key in keys:
            if isinstance(value.get(key), str):
                return str(value[key])
        texts = [each for each in value.values() if isinstance(each, str)]
        if len(value) == 1 and texts:
            return texts[0]
    return json.dumps(value, ensure_ascii=False, default=str)


def conversation(value: Any) -> str | None:
    """The turns of a multi-turn item, each under its role, as golden files are read; None when it is no conversation.

    One message alone is its text. What is no text in a turn (an image, a tool call) is named in brackets.
    """
    value = unpacked(value)
    if not isinstance(value, list) or not value:
        return None
    if not all(
        isinstance(turn, Mapping) and "role" in turn and {"content", "tool_calls"} & set(turn) for turn in value
    ):
        return None
    said = [_said(turn) for turn in value]
    if len(said) == 1:
        return said[0]
    return "\n".join(f"{text_of(turn.get('role'))}: {words}" for turn, words in zip(value, said, strict=True))


def _said(turn: Mapping[str, Any]) -> str:
    content = turn.get("content")
    parts = content if isinstance(content, list) else [content]
    words = []
    for part in parts:
        if isinstance(part, Mapping):
            words.append(
                part["text"] if isinstance(part.get("text"), str) else f"[{text_of(part.get('type')) or 'part'}]"
            )
        elif part is not None:
            words.append(text_of(part))
    calls = turn.get("tool_calls")
    for call in calls if isinstance(calls, list) else ():
        function = call.get("function") if isinstance(call, Mapping) else None
        name = function.get("name") if isinstance(function, Mapping) else None
        words.append(f"[calls {text_of(name) or 'a tool'}]")
    return "".join(words)


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
