"""Reading values out of server answers of any generation: everything is optional, nothing is trusted."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ragtui.langfuse.api.records import DatasetRow, HostedRunRow, ItemRow, ResultRow, ScoreConfig, ScoreRow, TraceTotals
from ragtui.model import Context
from ragtui.sources import aliases

ITEM_KEY, ITEM_HASH = "ragtui_item", "ragtui_hash"
"""Written into the metadata of seeded items."""

# What traced pipelines call these fields beside what result files do.
GIVE_PASSAGES = ("RETRIEVER", "TOOL")
"""Kinds of observations whose output may hold retrieved passages, in the order they are believed."""

VERDICT_PREFIX = "ragtui verdict: "
"""Begins the names of scores that say what a comparison found; they are no scores of a run."""

_QUESTION_KEYS = (*aliases.QUESTION, "q", "text", "message")
_ANSWER_KEYS = (*aliases.OUTPUT, *aliases.EXPECTED, "text", "content", "a")
_CONTEXT_KEYS = (*aliases.CONTEXTS, "docs", "chunks", "retrieved")
_PASSAGE_KEYS = ("text", "page_content", "content", "passage", "chunk", "document")


def moment(value: Any) -> float | None:
    """Seconds since 1970 of an ISO time; None when it is none."""
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return None
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()


def iso(seconds: float) -> str:
    """A moment as the API wants it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def text_of(value: Any) -> str:
    """A string as it is; None as empty."""
    return value if isinstance(value, str) else "" if value is None else str(value)


def unpacked(value: Any) -> Any:
    """The value inside a JSON text; the text itself when it is none. Servers of v4 encode inputs and outputs."""
    if not isinstance(value, str):
        return value
    stripped = value.strip()
    # A bare number or word stays text: an answer "42" was written as text by most pipelines.
    if not stripped or stripped[0] not in '{["':
        return value
    try:
        return json.loads(stripped)
    except ValueError:
        return value


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
        value = next((value[key] for key in _CONTEXT_KEYS if isinstance(value.get(key), list)), None)
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


def number(value: Any) -> float | None:
    """A finite number, else None; a bool is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def settings(value: Any) -> dict[str, Any]:
    """Metadata with its values decoded; servers of v4 give every value as text."""
    value = unpacked(value)
    if not isinstance(value, Mapping):
        return {}
    return {str(key): unpacked(each) for key, each in value.items()}


def nested(flat: Mapping[str, Any], name: str) -> dict[str, Any]:
    """An object out of metadata: as it was given, or put together from the dotted names that v4 makes of it.

    Values of dotted names are text; what reads as a JSON number, boolean or null is taken for one.
    """
    whole = flat.get(name)
    if isinstance(whole, Mapping):
        return dict(whole)
    found: dict[str, Any] = {}
    for path, value in flat.items():
        if not path.startswith(f"{name}."):
            continue
        *outer, last = path.removeprefix(f"{name}.").split(".")
        place = found
        for part in outer:
            inner = place.setdefault(part, {})
            place = inner if isinstance(inner, dict) else {}
        place[last] = _typed(value)
    return found


def _typed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        found = json.loads(value)
    except ValueError:
        return value
    return value if isinstance(found, str) else found


# -- rows


def dataset_row(raw: Mapping[str, Any]) -> DatasetRow:
    """One row of `/v2/datasets`."""
    return DatasetRow(text_of(raw.get("id")), text_of(raw.get("name")), text_of(raw.get("description")))


def item_row(raw: Mapping[str, Any]) -> ItemRow:
    """One row of `/dataset-items`; the id of a seeded item is the one its local dataset gave it."""
    metadata = settings(raw.get("metadata"))
    hosted = text_of(raw.get("id"))
    key = metadata.get(ITEM_KEY)
    own = {name: value for name, value in metadata.items() if name not in (ITEM_KEY, ITEM_HASH)}
    return ItemRow(
        hosted,
        key if isinstance(key, str) and key else hosted,
        raw.get("input"),
        raw.get("expectedOutput"),
        own,
        moment(raw.get("createdAt")),
    )


def experiment_row(raw: Mapping[str, Any]) -> HostedRunRow:
    """One row of `/experiments`."""
    count = number(raw.get("itemCount"))
    return HostedRunRow(
        id=text_of(raw.get("id")),
        name=text_of(raw.get("name")),
        dataset_id=text_of(raw.get("datasetId")),
        description=text_of(raw.get("description")),
        start=moment(raw.get("startTime")),
        end=moment(raw.get("endTime")),
        count=int(count) if count is not None else None,
        metadata=settings(raw.get("metadata")),
    )


def dataset_run_row(raw: Mapping[str, Any], dataset: DatasetRow) -> HostedRunRow:
    """One row of `/datasets/{name}/runs`."""
    return HostedRunRow(
        id=text_of(raw.get("id")),
        name=text_of(raw.get("name")),
        dataset_id=text_of(raw.get("datasetId")) or dataset.id,
        dataset=dataset.name,
        description=text_of(raw.get("description")),
        start=moment(raw.get("createdAt")),
        metadata=settings(raw.get("metadata")),
        kind="dataset run",
    )


def result_row(raw: Mapping[str, Any]) -> ResultRow:
    """One row of `/experiment-items`."""
    start, end = moment(raw.get("startTime")), moment(raw.get("endTime"))
    metadata = settings(raw.get("metadata"))
    latency = end - start if start is not None and end is not None else None
    if metadata.get("ragtui_latency"):
        latency = None
    return ResultRow(
        run=text_of(raw.get("experimentId")),
        item=text_of(raw.get("experimentItemId")),
        trace=text_of(raw.get("traceId")),
        root=text_of(raw.get("id")),
        start=start,
        latency=latency,
        input=raw.get("input"),
        output=raw.get("output"),
        expected=raw.get("expectedOutput"),
        failed=raw.get("level") == "ERROR",
        metadata={key: value for key, value in metadata.items() if not key.startswith(("resourceAttr", "scope."))},
        run_metadata=settings(raw.get("experimentMetadata")),
        item_metadata=settings(raw.get("experimentItemMetadata")),
        run_description=text_of(raw.get("experimentDescription")),
    )


def score_row(raw: Mapping[str, Any]) -> ScoreRow:
    """One score of `/v3/scores`, `/v2/scores`, `/scores` or a trace: their shapes differ, their sense does not."""
    subject = raw.get("subject")
    subject = subject if isinstance(subject, Mapping) else {}
    kind, metadata = text_of(raw.get("dataType")), settings(raw.get("metadata"))
    value, label = _value_and_label(raw, kind)
    of = text_of(subject.get("kind"))
    return ScoreRow(
        id=text_of(raw.get("id")),
        name=text_of(raw.get("name")),
        trace=text_of(subject.get("traceId") or (subject.get("id") if of == "trace" else raw.get("traceId"))),
        observation=text_of(subject.get("id") if of == "observation" else raw.get("observationId")),
        run=text_of(subject.get("id") if of == "experiment" else raw.get("datasetRunId")),
        value=value,
        label=label,
        comment=text_of(raw.get("comment")),
        time=moment(raw.get("timestamp")) or 0.0,
        source=text_of(raw.get("source")),
        kind=kind,
        judge=text_of(metadata.get("judge")),
    )


def score_config(raw: Mapping[str, Any]) -> ScoreConfig:
    """One row of `/score-configs`."""
    categories = raw.get("categories")
    rows = [each for each in categories if isinstance(each, Mapping)] if isinstance(categories, list) else []
    labels = tuple(text_of(each.get("label")) for each in rows if each.get("label"))
    numeric = raw.get("dataType") == "NUMERIC"
    return ScoreConfig(
        text_of(raw.get("name")),
        number(raw.get("minValue")) if numeric else None,
        number(raw.get("maxValue")) if numeric else None,
        labels if raw.get("dataType") == "CATEGORICAL" else (),
    )


def _value_and_label(raw: Mapping[str, Any], kind: str) -> tuple[float | None, str]:
    value, word = raw.get("value"), raw.get("stringValue")
    if kind in ("CATEGORICAL", "TEXT", "CORRECTION"):
        # The older endpoints put 0 into `value` and the word into `stringValue`; that 0 is no score.
        return None, text_of(word if isinstance(word, str) else value if isinstance(value, str) else "")
    if isinstance(value, bool):
        return float(value), ""
    if isinstance(value, str):
        return None, value
    return number(value), ""


def measures_of(observations: Iterable[Mapping[str, Any]], roots: Mapping[str, str]) -> list[TraceTotals]:
    """Adds up spans by trace.

    Args:
        observations: rows of `/v2/observations` or `/observations`; v4 lists a span once for every time it was sent,
            so they are told apart by id first.
        roots: trace id to the span that stands for the item; what lies beside it (evaluation) is not the pipeline's.
    """
    by_trace: dict[str, dict[str, Mapping[str, Any]]] = {}
    for each in observations:
        by_trace.setdefault(text_of(each.get("traceId")), {})[text_of(each.get("id"))] = each
    return [_measure(trace, spans, roots.get(trace, "")) for trace, spans in by_trace.items()]


def _measure(trace: str, spans: Mapping[str, Mapping[str, Any]], root: str) -> TraceTotals:
    cost: float | None = None
    tokens: dict[str, int] = {}
    failed: dict[str, str] = {}
    calls: dict[str, dict[str, Any]] = {}
    passages: dict[str, list[Any]] = {kind: [] for kind in GIVE_PASSAGES}
    for span_id, span in spans.items():
        kind = text_of(span.get("type"))
        if kind == "EVALUATOR" and span.get("level") == "ERROR":
            failed[text_of(span.get("name"))] = text_of(span.get("statusMessage")) or "the evaluator failed"
        if not _within(span_id, root, spans):
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
    return TraceTotals(trace, cost, tokens, number(own.get("latency")), error, failed, contexts, calls=calls)


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
        value = next((value[key] for key in _CONTEXT_KEYS if isinstance(value.get(key), list)), None)
    return value if isinstance(value, list) else []


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
