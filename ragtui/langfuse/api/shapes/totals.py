"""What the observations of a trace add up to: cost, tokens, passages, settings of model calls."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ragtui.files.fields import number
from ragtui.langfuse.api.records import TraceTotals
from ragtui.langfuse.api.shapes.plain import settings, text_of, unpacked, words
from ragtui.langfuse.api.shapes.texts import CONTEXT_KEYS, contexts_of

GIVE_PASSAGES = ("RETRIEVER", "TOOL")
"""Kinds of observations whose output may hold retrieved passages, in the order they are believed."""


def measures_of(observations: Iterable[Mapping[str, Any]], passes: Iterable[tuple[str, str]] = ()) -> list[TraceTotals]:
    """Adds up spans by item.

    Args:
        observations: rows of `/v2/observations` or `/observations`; v4 lists a span once for every time it was sent,
            so they are told apart by id first.
        passes: each a trace and the span in it that stands for an item; what lies beside it (evaluation, and other
            items of one trace) is not the item's. A trace that is in none counts as a whole.
    """
    by_trace: dict[str, dict[str, Mapping[str, Any]]] = {}
    for each in observations:
        by_trace.setdefault(text_of(each.get("traceId")), {})[text_of(each.get("id"))] = each
    roots = roots_of(passes)
    return [
        _measure(trace, spans, root, roots.get(trace, set()) - {root, ""} if root else ())
        for trace, spans in by_trace.items()
        for root in sorted(roots.get(trace) or {""})
    ]


def roots_of(passes: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """The spans that stand for items, by their trace. One with several is shared: an experiment that ran inside of one
    traced function, say, or links to single observations of a batch."""
    found: dict[str, set[str]] = {}
    for trace, root in passes:
        found.setdefault(trace, set()).add(root)
    return found


def _measure(
    trace: str, spans: Mapping[str, Mapping[str, Any]], root: str, others: Collection[str] = ()
) -> TraceTotals:
    cost: float | None = None
    tokens: dict[str, int] = {}
    failed: dict[str, str] = {}
    calls: dict[str, dict[str, Any]] = {}
    passages: dict[str, list[Any]] = {kind: [] for kind in GIVE_PASSAGES}
    for span_id, span in spans.items():
        kind = text_of(span.get("type"))
        mine = not others or _below(span_id, root, spans, others)
        if kind == "EVALUATOR" and span.get("level") == "ERROR" and mine:
            failed[text_of(span.get("name"))] = text_of(span.get("statusMessage")) or "the evaluator failed"
        if not mine or not _within(span_id, root, spans):
            continue
        price = number(span.get("totalCost")) or number(span.get("calculatedTotalCost")) or 0.0
        if price or span.get("costDetails"):
            cost = (cost or 0.0) + price
        for name, count in usage_of(span).items():
            tokens[name] = tokens.get(name, 0) + count
        if kind == "GENERATION" and (said := _call_settings(span)):
            calls[text_of(span.get("name")) or "model"] = said
        if kind in passages and contexts_of(span.get("output")):
            passages[kind].append(span.get("output"))
    own = spans.get(root, {})
    # What a tool gave counts where nothing was called a retriever; several retrievers are read in their order.
    given = next((passages[kind] for kind in GIVE_PASSAGES if passages[kind]), [])
    contexts = given[0] if len(given) == 1 else [each for one in given for each in _rows_in(one)] or None
    error = text_of(own.get("statusMessage")) if own.get("level") == "ERROR" else ""
    tags = tuple(sorted({tag for span in spans.values() for tag in words(span.get("tags"))}))
    latency = number(own.get("latency"))
    inside = tuple(sorted(each for each in spans if _below(each, root, spans, others))) if others else ()
    return TraceTotals(
        trace, cost, tokens, latency, error, failed, contexts, calls=calls, tags=tags, root=root, inside=inside
    )


def _call_settings(span: Mapping[str, Any]) -> dict[str, Any]:
    """Model, managed prompt and parameters of a model call, where they were recorded."""
    prompt, version = text_of(span.get("promptName")), span.get("promptVersion")
    found: dict[str, Any] = {
        "model": text_of(span.get("providedModelName") or span.get("model")),
        "prompt": f"{prompt}@{version}" if prompt and version is not None else prompt,
        **settings(span.get("modelParameters")),
    }
    return {key: value for key, value in found.items() if value not in ("", None)}


def _rows_in(value: Any) -> list[Any]:
    """The passages of one output as they were recorded."""
    value = unpacked(value)
    if isinstance(value, Mapping):
        value = next((value[key] for key in CONTEXT_KEYS if isinstance(value.get(key), list)), None)
    return value if isinstance(value, list) else []


def _below(span_id: str, root: str, spans: Mapping[str, Mapping[str, Any]], others: Collection[str]) -> bool:
    """Whether a span is an item's root or hangs below it, and below no other item's."""
    seen: set[str] = set()
    current = span_id
    while current and current not in seen and current not in others:
        if current == root:
            return True
        seen.add(current)
        current = text_of(spans.get(current, {}).get("parentObservationId"))
    return False


def _within(span_id: str, root: str, spans: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether a span is the item's root or below it, and no evaluator's."""
    seen: set[str] = set()
    current = span_id
    while current and current not in seen:
        span = spans.get(current)
        if span is None or span.get("type") == "EVALUATOR":
            # The parent may not have arrived; with a known root such a span is not the pipeline's for sure.
            return span is None and not root
        if current == root:
            return True
        seen.add(current)
        current = text_of(span.get("parentObservationId"))
    return not root


def usage_of(span: Mapping[str, Any]) -> dict[str, int]:
    """Tokens of one observation by kind, without the total where the kinds are known."""
    details = span.get("usageDetails")
    if isinstance(details, Mapping) and details:
        counts = {str(key): int(count) for key, count in details.items() if number(count) is not None}
        return {key: count for key, count in counts.items() if key != "total"} or counts
    counts = {"input": span.get("promptTokens"), "output": span.get("completionTokens")}  # type: ignore[dict-item]
    return {key: int(count) for key, count in counts.items() if number(count)}
