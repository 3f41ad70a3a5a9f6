"""A run's results as Langfuse entries: what a hosted copy of a local record looks like.

One experiment a repeat, one trace an item, one score a metric that has a value. What has no value is never sent as a
number: a failed pipeline is a root span of level ERROR, a failed judge an evaluator span of level ERROR.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from ragtui.langfuse.api.metric_words import said_of
from ragtui.langfuse.write import ids
from ragtui.langfuse.write.outbox import OutboxEntry
from ragtui.langfuse.write.wire import (
    ENVIRONMENT,
    OBSERVATION,
    Experiment,
    Span,
    encode_spans,
    experiment_attributes,
    metadata_attributes,
    root_attributes,
    stamp_encoded,
    text_of,
)  # fmt: skip
from ragtui.model import Item, Judgement, Metric, Result, Role, RunHeader, State
from ragtui.sources.base import LoadedRun

ROOT_NAME = "ragtui-item"
MAX_TEXT = 400_000
"""Bytes of one text on the wire; one item must fit a request of 3 MB whatever its pipeline wrote."""
MAX_COMMENT = 50_000
NANOSECONDS = 1_000_000_000

_MOST_SELECTED = 100
"""Item ids of a targeted run that travel with it; metadata is repeated on every item."""


@dataclass(frozen=True, slots=True)
class Pass:
    """One repeat of a run, about to become one experiment."""

    label: str
    experiment: Experiment
    run_id: str
    created: datetime | None


def passes_of(
    header: RunHeader,
    labels: Sequence[str],
    project_id: str,
    dataset: str,
    dataset_id: str,
    name: str,
    metrics: Iterable[Metric] = (),
) -> tuple[Pass, ...]:
    """The experiments a run becomes: one, or one a repeat named `name #1` to `name #R`."""
    said = said_of(metrics)
    repeats = max(len(labels), header.repeats or 1)
    out = []
    for label in labels:
        title = ids.repeat_name(name, label, repeats)
        experiment = Experiment(
            id=ids.experiment_id(project_id, dataset_id, title),
            name=title,
            dataset_id=dataset_id,
            dataset=dataset,
            description=header.description,
            metadata=run_metadata(header, label, repeats, said),
        )
        out.append(Pass(label, experiment, header.id, header.created))
    return tuple(out)


def run_metadata(
    header: RunHeader, label: str, repeats: int, metrics: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """What a reader needs to see repeats of one configuration as such, to compare settings, and to know what of its
    metrics is better.
    """
    configuration, selection = header.configuration, header.selection or ()
    about: dict[str, Any] = {
        "id": header.id,
        "name": header.name,
        "repeats": repeats,
        "created": header.created.isoformat() if header.created is not None else "",
        "dataset": configuration.dataset,
        "dataset_version": configuration.dataset_version,
        "pipeline": dict(configuration.pipeline),
        "judges": dict(configuration.judges),
        "origin": header.origin,
        "commit": str(header.revision) if header.revision else "",
        "targeted": header.selection is not None,
        "selection": list(selection) if len(selection) <= _MOST_SELECTED else [],
        "confirms": header.confirms,
        "rejudge_of": header.rejudge_of,
        "metrics": metrics,
    }
    # As text: of an object, v4 keeps dotted names and forgets which values were numbers.
    written = json.dumps({key: v for key, v in about.items() if v}, ensure_ascii=False, default=str)
    out: dict[str, Any] = {"ragtui_repeat": label, "ragtui_run": written}
    if configuration.known:
        out["ragtui_configuration"] = configuration.fingerprint()
    return out


def result_in(run: LoadedRun, item_id: str, label: str) -> Result | None:
    """One result with the judgements ragtui itself counts; None when the run has nothing for this item and repeat.

    The score cube decides which scores exist: a value it refused (a contradictory duplicate, say) is not published.
    """
    scores = run.scores
    row = scores.row_of.get(item_id)
    layer = next((n for n, repeat in enumerate(scores.repeats) if repeat.label == label), None)
    recorded = run.result(item_id, label)
    if row is None or layer is None:
        return recorded
    states = [State(int(state)) for state in scores.states[row, :, layer]]
    if recorded is None and all(state is State.MISSING for state in states):
        return None
    result = recorded or Result(item_id, label)
    judgements = {}
    for column, metric in enumerate(scores.metrics):
        if metric.role is Role.RESOURCE:
            continue
        said = result.judgements.get(metric.name, Judgement())
        value = float(scores.values[row, column, layer]) if states[column] is State.SCORED else None
        error = said.error or ("" if value is not None or said.label else _why_missing(states[column]))
        judgements[metric.name] = replace(said, value=value, error="" if value is not None else error)
    return replace(result, judgements=judgements)


def _why_missing(state: State) -> str:
    return {
        State.ITEM_ERROR: "the pipeline failed, so nothing was judged",
        State.METRIC_ERROR: "the judge failed",
        State.NON_FINITE: "the recorded score is not a finite number",
    }.get(state, "no score was recorded")


def trace_of(one: Pass, item_id: str) -> str:
    """The trace of an item in this repeat."""
    return ids.trace_id(one.experiment.dataset, one.experiment.name, one.run_id, item_id)


def entry_of(
    one: Pass, item: Item, remote_item: str, result: Result, start_ns: int, recorded: bytes = b""
) -> OutboxEntry:
    """One result as an entry.

    Args:
        one: the repeat it belongs to.
        item: the golden item, for question and expected answer.
        remote_item: the dataset item's id on the server.
        start_ns: start of the root span; see `start_of`.
        recorded: OTLP spans of the user's own pipeline under this trace, if they were captured, root span included.
    """
    experiment = one.experiment
    trace = trace_of(one, item.id)
    root = ids.span_id(trace, "root")
    common = experiment_attributes(experiment, remote_item, root)
    on_root = {
        **root_attributes(experiment, cut(item.expected), item.metadata),
        **_root_observation(item, result),
        **metadata_attributes(f"{OBSERVATION}.metadata", _provenance(one, item, result)),
    }
    end_ns = start_ns + round((result.latency_s or 0.0) * NANOSECONDS)
    own = Span(trace, root, ROOT_NAME, start_ns, end_ns, {**common, **on_root}, error=cut(result.error, MAX_COMMENT))
    judges = _judge_spans(own, result, common)
    if recorded:
        spans = stamp_encoded(recorded, own, common) + encode_spans(judges)
    else:
        spans = encode_spans([own, *_pipeline_spans(own, item, result, common), *judges])
    return OutboxEntry(item.id, remote_item, trace, root, start_ns, spans, _scores(trace, root, start_ns, result))


def start_of(result: Result, fallback: datetime | None) -> int:
    """Start of a result in nanoseconds since 1970: its own record, else the run's creation, else now."""
    for text in (result.started_at, fallback.isoformat() if fallback else ""):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            continue
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        # Whole milliseconds: what the server gives back, so that a start can be taken over from there. Integer
        # arithmetic, as a float of seconds would not come out the same everywhere.
        whole = int(moment.replace(microsecond=0).timestamp())
        return whole * NANOSECONDS + moment.microsecond // 1_000 * 1_000_000
    return int(datetime.now(UTC).timestamp()) * NANOSECONDS


def iso(nanoseconds: int) -> str:
    """The same moment as Langfuse's JSON wants it, with milliseconds."""
    seconds, rest = divmod(nanoseconds, NANOSECONDS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest // 1_000_000:03d}Z"


def cut(text: str, limit: int = MAX_TEXT) -> str:
    """Text of at most `limit` bytes; what was cut is said in the text itself."""
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= limit:
        return text
    kept = encoded[:limit].decode("utf-8", "ignore")
    return f"{kept}\n[cut by ragtui: {len(kept)} of {len(text)} characters]"


def _root_observation(item: Item, result: Result) -> dict[str, str]:
    out = {f"{OBSERVATION}.type": "span", f"{OBSERVATION}.input": cut(item.question)}
    if result.output or not result.error:
        out[f"{OBSERVATION}.output"] = cut(result.output)
    if result.error:
        # The SDK's own experiments show a failure this way, so every view of it finds the reason.
        out.setdefault(f"{OBSERVATION}.output", cut(f"Error: {result.error}"))
    return {**out, **_level(result.error)}


def _level(error: str) -> dict[str, str]:
    if not error:
        # Said, not left out: it must overwrite the ERROR of an earlier attempt.
        return {f"{OBSERVATION}.level": "DEFAULT"}
    return {f"{OBSERVATION}.level": "ERROR", f"{OBSERVATION}.status_message": cut(error, MAX_COMMENT)}


def _provenance(one: Pass, item: Item, result: Result) -> dict[str, Any]:
    """Where the hosted copy comes from, and what Langfuse has no field for."""
    source_trace = result.trace_id if result.trace_id else None
    return {
        "ragtui_run": one.run_id,
        "ragtui_repeat": one.label,
        "ragtui_item": item.id,
        "ragtui_attempt": result.attempt if result.attempt > 1 else None,
        # A span cannot say that its duration is unknown; zero would be taken for a measurement.
        "ragtui_latency": "not recorded" if result.latency_s is None else None,
        "ragtui_source_trace": result.trace_url or source_trace,
    }


def _pipeline_spans(root: Span, item: Item, result: Result, common: Mapping[str, str]) -> list[Span]:
    """Retrieval and answer as children of the root, where the record has something to show in them."""
    spans = []
    if result.contexts:
        passages = [
            {key: value for key, value in (
                ("id", context.id), ("title", context.title), ("text", context.text),
                ("score", context.score), ("relevant", context.relevant),
            ) if value not in ("", None)}
            for context in result.contexts
        ]  # fmt: skip
        attributes = {
            **common, f"{OBSERVATION}.type": "retriever", f"{OBSERVATION}.input": cut(item.question),
            f"{OBSERVATION}.output": cut(text_of(passages)),
        }  # fmt: skip
        spans.append(_child(root, "retrieval", attributes, root.start_ns))
    if result.tokens or result.cost_usd is not None:
        attributes = {**common, f"{OBSERVATION}.type": "generation"}
        if result.tokens:
            attributes[f"{OBSERVATION}.usage_details"] = text_of(dict(result.tokens))
        if result.cost_usd is not None and math.isfinite(result.cost_usd):
            attributes[f"{OBSERVATION}.cost_details"] = text_of({"total": result.cost_usd})
        spans.append(_child(root, "answer", attributes, root.end_ns))
    return spans


def _child(root: Span, name: str, attributes: Mapping[str, str], end_ns: int) -> Span:
    return Span(root.trace_id, ids.span_id(root.trace_id, name), name, root.start_ns, end_ns, attributes, root.span_id)


def _judge_spans(root: Span, result: Result, common: Mapping[str, str]) -> list[Span]:
    """One ERROR span a metric without a value. When the pipeline failed, its own ERROR says it for all metrics.

    A later attempt also says where a judge did not fail, because an earlier attempt may have said that it did.
    """
    spans = []
    for metric, judgement in ({} if result.error else result.judgements).items():
        failed = _score_value(judgement) is None
        if not failed and result.attempt <= 1:
            continue
        message = cut(judgement.error or "no score was recorded", MAX_COMMENT) if failed else ""
        attributes = {**common, f"{OBSERVATION}.type": "evaluator", **_level(message)}
        if judgement.raw:
            attributes[f"{OBSERVATION}.output"] = cut(judgement.raw, MAX_COMMENT)
        span_id = ids.span_id(root.trace_id, f"judge/{metric}")
        at = root.start_ns
        spans.append(Span(root.trace_id, span_id, metric, at, at, attributes, root.span_id, error=message))
    return spans


def _score_value(judgement: Judgement) -> float | str | None:
    if judgement.value is not None and math.isfinite(judgement.value):
        return float(judgement.value)
    return judgement.label if judgement.label and not judgement.error and judgement.value is None else None


def _scores(trace: str, root: str, start_ns: int, result: Result) -> tuple[Mapping[str, Any], ...]:
    """Score bodies, attached to the item's root span: the one place where every view looks for them."""
    bodies = []
    for metric, judgement in ({} if result.error else result.judgements).items():
        value = _score_value(judgement)
        if value is None:
            continue
        body: dict[str, Any] = {
            "id": ids.score_id(trace, metric),
            "traceId": trace,
            "observationId": root,
            "name": metric,
            "value": value,
            "dataType": "CATEGORICAL" if isinstance(value, str) else "NUMERIC",
            "timestamp": iso(start_ns),
            "environment": ENVIRONMENT,
        }
        if judgement.rationale:
            body["comment"] = cut(judgement.rationale, MAX_COMMENT)
        about = {key: text for key, text in (("judge", judgement.judge), ("label", judgement.label)) if text}
        if about:
            body["metadata"] = about
        bodies.append(body)
    return tuple(bodies)
