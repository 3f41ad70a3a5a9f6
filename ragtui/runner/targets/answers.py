"""What a target gave back, whatever shape it chose."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ragtui.model import Context


class BadAnswerError(Exception):
    """The target answered, but not with an answer."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer and the passages it was written from.

    Attributes:
        reply_id: the model server's own id of the reply; the same id twice means a cache.
        latency_s: the target's own time, without waiting for a place; None when only the caller can tell.
    """

    output: str
    contexts: tuple[Context, ...] = ()
    tokens: Mapping[str, int] = field(default_factory=dict)
    cost_usd: float | None = None
    trace_id: str = ""
    trace_url: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    reply_id: str = ""
    latency_s: float | None = None


_OUTPUT_NAMES = ("output", "answer", "response")
_CONTEXT_NAMES = ("contexts", "context", "documents", "passages")


def answered(value: Any) -> Answered:
    """An answer from a text, an (output, contexts) pair, or an object with `output` and `contexts`.

    Raises:
        BadAnswerError: it is none of these.
    """
    if isinstance(value, str):
        return Answered(value)
    if isinstance(value, Sequence) and len(value) == 2 and isinstance(value[0], str):
        return Answered(value[0], contexts_of(value[1]))
    if not isinstance(value, Mapping):
        raise BadAnswerError(f"the target returned {type(value).__name__}, not a text or an object with `output`")
    name = next((name for name in _OUTPUT_NAMES if name in value), None)
    if name is None:
        raise BadAnswerError(
            f"the target returned an object without `output` (it has {', '.join(map(str, value))[:80]})"
        )
    output = value[name]
    if not isinstance(output, str):
        raise BadAnswerError(f"the target's `{name}` is {type(output).__name__}, not a text")
    tokens = value.get("tokens")
    metadata = value.get("metadata")
    return Answered(
        output=output,
        contexts=contexts_of(next((value[name] for name in _CONTEXT_NAMES if name in value), ())),
        tokens={str(k): v for k, v in tokens.items() if isinstance(v, int)} if isinstance(tokens, Mapping) else {},
        cost_usd=_finite(value.get("cost_usd")),
        trace_id=_text(value.get("trace_id")),
        trace_url=_text(value.get("trace_url")),
        metadata=dict(metadata) if isinstance(metadata, Mapping) else {},
    )


def contexts_of(value: Any) -> tuple[Context, ...]:
    """Passages from texts or objects with `text`; anything else is refused.

    Raises:
        BadAnswerError: an entry is neither.
    """
    if value is None:
        return ()
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, Sequence):
        raise BadAnswerError(f"the target's contexts are {type(value).__name__}, not a list")
    return tuple(_context(number, entry) for number, entry in enumerate(value, start=1))


def _context(number: int, entry: Any) -> Context:
    if isinstance(entry, str):
        return Context(str(number), entry)
    if not isinstance(entry, Mapping):
        raise BadAnswerError(f"context {number} is {type(entry).__name__}, not a text or an object with `text`")
    text = entry.get("text", entry.get("content", entry.get("page_content", "")))
    return Context(
        _text(entry.get("id")) or str(number),
        _text(text),
        _text(entry.get("title")),
        _finite(entry.get("score")),
        entry["relevant"] if isinstance(entry.get("relevant"), bool) else None,
    )


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _finite(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)
