"""A result as one record of results.jsonl; the other direction is `ragtui.sources.cube.records`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ragtui.model import Context, Item, Judgement, Rating, Result

_EMPTY: tuple[Any, ...] = ("", None, {}, [], ())


def record_of(result: Result, item: Item | None = None, fields: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The record of a result; what is empty is left out, a score that is not finite is written as an error."""
    repeat, _, judging = result.repeat.partition(".")
    record: dict[str, Any] = {
        "item": result.item_id,
        "repeat": _counted(repeat),
        "attempt": result.attempt,
        "question": item.question if item else "",
        "expected": item.expected if item else "",
        "output": result.output,
        "contexts": [_context(context) for context in result.contexts],
        "scores": {name: _score(judgement) for name, judgement in result.judgements.items()},
        "error": result.error,
        "latency_s": _finite(result.latency_s),
        "tokens": dict(result.tokens),
        "cost_usd": _finite(result.cost_usd),
        "trace_id": result.trace_id,
        "trace_url": result.trace_url,
        "started_at": result.started_at,
        "judging": _counted(judging) if judging else None,
        "metadata": dict(result.metadata),
        **(fields or {}),
    }
    always = ("item", "repeat", "attempt", "output", "scores", "error")
    return {name: value for name, value in record.items() if name in always or value not in _EMPTY} | {
        "error": record["error"] or None
    }


def _counted(label: str) -> int | str:
    return int(label) if label.isdecimal() and label == str(int(label)) else label


def _score(judgement: Judgement) -> dict[str, Any]:
    value, error = judgement.value, judgement.error
    if value is not None and not math.isfinite(value):
        value, error = None, error or f"not a finite number: {value}"
    fields = {
        "label": judgement.label,
        "rationale": judgement.rationale,
        "judge": judgement.judge,
        "error": error,
        "raw": judgement.raw,
    }
    whole = int(value) if value is not None and float(value).is_integer() and abs(value) < 2**53 else value
    told: dict[str, Any] = {"value": whole, **{name: said for name, said in fields.items() if said}}
    if judgement.ratings:
        told["ratings"] = [_rating(rating) for rating in judgement.ratings]
    return told


def _rating(rating: Rating) -> dict[str, Any]:
    fields = {"by": rating.by, "value": _finite(rating.value), "label": rating.label}
    return {name: said for name, said in fields.items() if said not in ("", None)}


def _context(context: Context) -> dict[str, Any]:
    fields = {
        "id": context.id,
        "title": context.title,
        "text": context.text,
        "score": _finite(context.score),
        "relevant": context.relevant,
    }
    return {name: value for name, value in fields.items() if value not in ("", None)}


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
