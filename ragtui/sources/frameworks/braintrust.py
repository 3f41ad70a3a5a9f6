"""Braintrust experiments: events as JSON Lines or a list, and results of `Eval()` written by hand.

Event ids differ in every run, so an item is the dataset row an event came from, or is made from the input. Trials are
root events with one input. A scorer's reason is in a span of its own below the root. The results of `Eval()` have no
ids: a scorer that failed is named under `scorer_errors` in their metadata, and classifiers have `classifications`
(braintrust.framework of release 0.48.1).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ragtui.files.fields import identifier, mapping, number, text, timestamp, whole
from ragtui.model import Problem
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.ids import id_of, number_repeats
from ragtui.sources.drafts.metrics import as_stated
from ragtui.sources.drafts.opened import LINE, read_document, read_rows
from ragtui.sources.drafts.values import objects, question_in, score, seconds_between, spoken
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek

_MARKS = frozenset({"span_id", "root_span_id", "_xact_id", "is_root", "experiment_id"})
_RESULT = frozenset({"input", "output", "scores", "error", "metadata", "tags"})
_OF_RESULT = frozenset({"exc_info", "classifications", "origin"})
"""Fields of a result of `Eval()`, and those of which a row of one's own has none."""
_MEASURED = frozenset({"start", "end", "tokens", "prompt_tokens", "completion_tokens", "estimated_cost", "duration"})
DEFINED = (
    "Factuality", "Battle", "ClosedQA", "Humor", "Security", "Sql", "Summary", "Translation", "Possible", "Moderation",
    "Levenshtein", "LevenshteinScorer", "ExactMatch", "NumericDiff", "JSONDiff", "ValidJSON", "EmbeddingSimilarity",
    "ListContains", "ContextEntityRecall", "ContextRelevancy", "ContextRecall", "ContextPrecision", "Faithfulness",
    "AnswerRelevancy", "AnswerSimilarity", "AnswerCorrectness", "LLMClassifier",
)  # fmt: skip
"""Scorers of autoevals: 1 is the best by their definition."""

Event = Mapping[str, Any]


def sniff(peek: Peek) -> bool:
    """Events with spans and scores; or a summary beside results whose scores are by name."""
    record = peek.record or _first_event(peek.top)
    marked = "is_root" in record or len(_MARKS & set(record)) >= 2
    if "scores" in record and "input" in record and marked:
        return True
    if {"span_id", "root_span_id", "span_parents"} <= set(record):
        return True
    if set(record) >= _RESULT and _OF_RESULT & set(record):
        return True
    summary = mapping(peek.top.get("summary"))
    return bool({"experimentName", "experiment_name"} & set(summary)) and "results" in peek.top


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """One run an experiment."""
    if peek.kind == "json" and peek.top:
        yield from read_document(peek, request, FORMAT, of_document)
    else:
        yield from read_rows(peek, request, FORMAT, drafts)


def of_document(document: Any, source: Source) -> Iterator[Draft]:
    """The run of `Eval()`'s result, or those of a page of events."""
    document = mapping(document)
    events = objects(document.get("events")) or objects(document.get("objects")) or objects(document.get("results"))
    summary = mapping(document.get("summary"))
    for draft in drafts(events, source):
        draft.name = text(summary.get("experimentName") or summary.get("experiment_name")) or draft.name
        draft.dataset = text(summary.get("projectName") or summary.get("project_name")) or draft.dataset
        yield draft


def drafts(events: Sequence[Event], source: Source) -> Iterator[Draft]:
    """One run an experiment."""
    by_experiment: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        by_experiment[text(event.get("experiment_id"))].append(event)
    for experiment, of_run in by_experiment.items():
        roots = [event for event in of_run if _is_root(event)]
        if not roots:
            continue
        said = _scorer_spans(of_run)
        root_of = [text(event.get("root_span_id") or event.get("span_id")) for event in roots]
        records = [_record(event, said.get(root, {})) for event, root in zip(roots, root_of, strict=True)]
        number_repeats(records)
        draft = Draft(
            key=experiment if len(by_experiment) > 1 else "",
            name=f"{source.path.stem} {experiment}" if len(by_experiment) > 1 else source.path.stem,
            records=records,
            metrics=as_stated(dict.fromkeys(DEFINED, True), (name for record in records for name in record["scores"])),
            created=min(filter(None, (timestamp(event.get("created")) for event in roots)), default=None),
            identity=experiment,
        )
        yield draft


def _first_event(top: Event) -> Event:
    return next((found[0] for name in ("events", "objects", "results") if (found := objects(top.get(name)))), {})


def _is_root(event: Event) -> bool:
    if isinstance(told := event.get("is_root"), bool):
        return told
    return event.get("root_span_id") in (None, event.get("span_id"))


def _scorer_spans(events: Sequence[Event]) -> dict[str, dict[str, Event]]:
    """Spans of scorers by root span and by the scorer's name."""
    found: dict[str, dict[str, Event]] = defaultdict(dict)
    for event in events:
        attributes = mapping(event.get("span_attributes"))
        if not _is_root(event) and attributes.get("type") == "score":
            found[text(event.get("root_span_id"))][text(attributes.get("name"))] = event
    return found


def _record(event: Event, spans: Mapping[str, Event]) -> Record:
    metrics = mapping(event.get("metrics"))
    origin = mapping(event.get("origin"))
    row = identifier(event.get("dataset_record_id")) or (
        identifier(origin.get("id")) if origin.get("object_type") == "dataset" else ""
    )
    error = event.get("error")
    scores = {name: _score(value, spans.get(name, {})) for name, value in mapping(event.get("scores")).items()}
    for name, span in spans.items():
        if span.get("error") and name not in scores:
            scores[name] = _score(None, span)
    about = dict(mapping(event.get("metadata")))
    for name, said in mapping(about.pop("scorer_errors", None)).items():
        scores[name] = score(scores.get(name, {}).get("value"), error=_last_line(said))
    for name, classes in mapping(event.get("classifications")).items():
        told = [text(entry.get("label") or entry.get("id")) for entry in objects(classes)]
        if len(told) == 1:
            scores.setdefault(name, score(None, label=told[0]))
    tokens = {
        "input": whole(metrics.get("prompt_tokens")),
        "output": whole(metrics.get("completion_tokens")),
        "total": whole(metrics.get("tokens")),
    }
    scores |= {name: value for name, value in metrics.items() if _of_its_own(name, value) and name not in scores}
    return {
        "line": event.get(LINE, 0),
        "item": row or id_of(event.get("input")) or identifier(event.get("id")),
        "question": question_in(event.get("input")),
        "expected": spoken(event.get("expected")),
        "output": spoken(event.get("output")),
        "scores": scores,
        "error": error,
        "latency_s": _latency(metrics),
        "cost_usd": number(metrics.get("estimated_cost")),
        "tokens": {name: count for name, count in tokens.items() if count is not None},
        "trace_id": text(event.get("root_span_id")),
        "started_at": text(event.get("created")),
        "metadata": {**about, **({"tags": event["tags"]} if event.get("tags") else {})},
    }


def _of_its_own(name: str, value: Any) -> bool:
    known = name in _MEASURED or name.endswith(("_tokens", "_duration", "_time", "errors"))
    return not known and number(value) is not None


def _score(value: Any, span: Event) -> dict[str, Any]:
    said = mapping(span.get("metadata")) or mapping(mapping(span.get("output")).get("metadata"))
    broken = mapping(span.get("error")).get("message") or text(span.get("error"))
    return score(value, rationale=text(said.get("rationale")), label=text(said.get("choice")), error=text(broken))


def _last_line(trace: Any) -> str:
    """What a traceback ends with: the exception and its message."""
    return text(trace).strip().rpartition("\n")[2] or "the scorer failed"


def _latency(metrics: Event) -> float | None:
    found = number(metrics.get("duration"))
    return found if found is not None else seconds_between(metrics.get("start"), metrics.get("end"))


FORMAT = Format(
    name="braintrust",
    tool="Braintrust",
    files="experiment events as .jsonl or a JSON list, `Eval()` results as JSON",
    told_by="events with `scores`, `input` and span ids; `Eval()` results, alone or beside a `summary`",
    item="`origin` (the dataset row); made from the input without one, because event ids differ in every run",
    repeat="root events with the same input, in order",
    configuration="one run an experiment_id; settings are not in the file",
    error="`error`; an error in a scorer's span or under `scorer_errors` is one of its metric; a null score is missing",
    directions="stated for scorers of autoevals, else guessed",
    endings=(".jsonl", ".json"),
    sniff=sniff,
    read=read,
)
