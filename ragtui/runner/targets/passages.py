"""Passages as a target gives them, whatever library they came from: a text, and an identity to compare by."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ragtui.files.fields import number
from ragtui.model import Context
from ragtui.sources import aliases

_TEXT_NAMES = ("text", "content", "page_content", "passage", "chunk", "body", "snippet", "excerpt", "quote",
               "chunk_text", "passage_text", "page_text", "raw_text")  # fmt: skip
_ID_NAMES = ("id", "chunk_id", "id_", "node_id", "doc_id", "document_id", "uuid", "ref")
_HASH_DIGITS = 10


class BadAnswerError(Exception):
    """The target answered, but not with an answer."""


def in_snake(value: Mapping[str, Any]) -> dict[str, Any]:
    """Fields under their own names and under those that Python has: `pageContent` is `page_content`, too."""
    return {**{aliases.snake(str(name)): said for name, said in value.items()}, **value}


def contexts_of(value: Any) -> tuple[Context, ...]:
    """Passages from texts or objects with a text; anything else is refused.

    Each keeps an identity that does not depend on its rank, or comparing two runs could not tell a passage that moved
    from a new one: the id it has, else its source, else a digest of its text.

    Raises:
        BadAnswerError: an entry is neither.
    """
    if value is None:
        return ()
    if isinstance(value, str):
        value = [value] if value else []
    if isinstance(value, Mapping):
        value = [value]
    if not isinstance(value, Sequence):
        raise BadAnswerError(f"the target's contexts are {type(value).__name__}, not a list")
    found = [_context(number, entry) for number, entry in enumerate(value, start=1)]
    times = Counter(context.id for context in found)
    # several chunks of one source: the text tells them apart, in every run alike
    apart = [
        context if times[context.id] == 1 else replace(context, id=f"{context.id}#{_digest(context.text)}")
        for context in found
    ]
    return tuple(apart)


def _context(number: int, entry: Any) -> Context:
    if isinstance(entry, str):
        return Context(_digest(entry), entry)
    if not isinstance(entry, Mapping):
        raise BadAnswerError(f"context {number} is {type(entry).__name__}, not a text or an object with `text`")
    nested = [entry[name] for name in ("node", "document", "doc", "chunk") if isinstance(entry.get(name), Mapping)]
    fields: Mapping[str, Any] = {
        **(in_snake(nested[0]) if nested else {}),
        **{key: value for key, value in in_snake(entry).items() if value is not None},
    }
    text = next((_text(fields[name]) for name in _TEXT_NAMES if isinstance(fields.get(name), str)), "")
    metadata = fields.get("metadata") or fields.get("meta")
    more: Mapping[str, Any] = in_snake(metadata) if isinstance(metadata, Mapping) else {}
    title, identity = fields.get("title") or more.get("title"), _identity(fields, more)
    if not text and not identity:
        raise BadAnswerError(
            f"context {number} has neither a text nor an id (it has {', '.join(map(str, entry))[:80]})"
        )
    return Context(
        identity or _digest(text),
        text,
        _text(title),
        _score(fields),
        fields["relevant"] if isinstance(fields.get("relevant"), bool) else None,
    )  # fmt: skip


def _score(fields: Mapping[str, Any]) -> float | None:
    found = (number(fields.get(name)) for name in ("score", "relevance_score", "similarity"))
    return next((score for score in found if score is not None), None)


def _identity(fields: Mapping[str, Any], metadata: Mapping[str, Any]) -> str:
    for place in (fields, metadata):
        for name in _ID_NAMES:
            if found := _name(place.get(name)):
                return found
    for place in (metadata, fields):
        for name in (
            "source",
            "file_path",
            "file_name",
            "filename",
            "file",
            "doc",
            "document",
            "url",
            "uri",
            "path",
            "link",
        ):
            if found := _name(place.get(name)):
                return found
    return ""


def _name(value: Any) -> str:
    return "" if value is None or isinstance(value, bool | Mapping | list) else str(value).strip()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:_HASH_DIGITS]


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def are_passages(entries: Any) -> bool:
    """Whether every entry of a list is an object with a text."""
    if not isinstance(entries, list | tuple) or not entries or not all(isinstance(entry, Mapping) for entry in entries):
        return False
    try:
        return all(context.text for context in contexts_of(entries))
    except BadAnswerError:
        return False
