"""Passages and tokens as harnesses write them, under the names of ragtui's own format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ragtui.files.fields import number
from ragtui.files.jsonlines import BadLineError, parse_json
from ragtui.sources import aliases
from ragtui.sources.table.cells import amount

_TOKENS = {
    "prompt_tokens": "input", "input_tokens": "input", "completion_tokens": "output", "output_tokens": "output",
    "input": "input", "output": "output", "prompt": "input", "completion": "output", "total": "total",
    "total_tokens": "total", "prompt_token_count": "input", "input_token_count": "input",
    "candidates_token_count": "output", "completion_token_count": "output", "output_token_count": "output",
    "total_token_count": "total", "cache_read_input_tokens": "cache_read", "cache_creation_input_tokens": "cache_write",
}  # fmt: skip
"""Anthropic counts cached tokens beside the input, so they are parts of their own; others count them within."""


def passages(value: Any) -> Any:
    """Passages as a list: a text is one passage, or a list written as JSON text, as tables have it."""
    if isinstance(value, str) and value.strip():
        parsed = _parsed(value)
        value = parsed if isinstance(parsed, list) else [value]
    if not isinstance(value, list):
        return None
    return [_passage(entry) if isinstance(entry, dict) else entry for entry in value]


def token_counts(value: Any) -> Any:
    """Tokens of a call by part; a plain number stays one."""
    if isinstance(value, str):
        parsed = _parsed(value)
        value = parsed if isinstance(parsed, dict) else value
    if not isinstance(value, dict):
        return number(value) if not isinstance(value, str) else _count(value)
    parts: dict[str, Any] = {}
    for name, count in value.items():
        if (part := _TOKENS.get(aliases.snake(name))) is not None and part not in parts:
            parts[part] = count
    if "total" in parts and {"input", "output"} & parts.keys():
        return {name: count for name, count in parts.items() if not name.startswith("cache_")}
    return parts


def _count(text: str) -> float | None:
    found = amount(text)
    return found.value if found and found.value >= 0 and found.seconds is None else None


def _parsed(value: str) -> Any:
    if value.lstrip()[:1] not in ("[", "{"):
        return None
    try:
        return parse_json(value.encode("utf-8", "replace"))[0]
    except BadLineError:
        return None


def _passage(entry: Mapping[str, Any]) -> dict[str, Any]:
    said = aliases.first(entry, ("text", "page_content", "content", "document", "passage", "chunk"))
    source = aliases.first(entry, ("id", "doc_id", "chunk_id", "source"))
    score = aliases.first(entry, ("score", "similarity", "relevance_score"))
    return {**entry, "text": said, "id": source, "score": score}
