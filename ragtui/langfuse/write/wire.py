"""Spans as the bytes Langfuse accepts: OTLP protobuf with the attributes an experiment is read from.

Langfuse has no call that creates an experiment. It reads one from span attributes: every span of an item's trace names
the experiment, the dataset item and the item's root span (Langfuse docs, "Experiments via OpenTelemetry").
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opentelemetry.proto.trace.v1.trace_pb2 import Span as ProtoSpan

OTLP_PATH = "/otel/v1/traces"
OTLP_HEADERS = {"content-type": "application/x-protobuf", "x-langfuse-ingestion-version": "4"}

ENVIRONMENT = "sdk-experiment"
"""The environment the SDK's own experiments use, so that evaluation traffic stays out of production dashboards."""

EXPERIMENT = "langfuse.experiment"
OBSERVATION = "langfuse.observation"


@dataclass(frozen=True, slots=True)
class Experiment:
    """One experiment on the server: one repeat of one run on one dataset."""

    id: str
    name: str
    dataset_id: str
    dataset: str
    description: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Span:
    """One span; times are nanoseconds since 1970."""

    trace_id: str
    span_id: str
    name: str
    start_ns: int
    end_ns: int
    attributes: Mapping[str, str]
    parent_id: str = ""
    error: str = ""


def text_of(value: Any) -> str:
    """A value as the server stores it: text as it is, everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def encodable(text: str) -> str:
    """Text without lone surrogates: protobuf refuses them, and one bad character must not cost an item."""
    return text.encode("utf-8", "replace").decode()


def metadata_attributes(prefix: str, metadata: Mapping[str, Any]) -> dict[str, str]:
    """One JSON-encoded attribute a key, as SDK 5 writes them; nulls are left out."""
    return {
        f"{prefix}.{key}": json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
        for key, value in metadata.items()
        if value is not None
    }


def experiment_attributes(experiment: Experiment, item_id: str, root_span: str) -> dict[str, str]:
    """What every span of an item's trace must carry."""
    return {
        "langfuse.environment": ENVIRONMENT,
        f"{EXPERIMENT}.id": experiment.id,
        f"{EXPERIMENT}.name": experiment.name,
        f"{EXPERIMENT}.dataset.id": experiment.dataset_id,
        f"{EXPERIMENT}.item.id": item_id,
        f"{EXPERIMENT}.item.root_observation_id": root_span,
        f"{EXPERIMENT}.metadata": text_of(dict(experiment.metadata)),
    }


def root_attributes(experiment: Experiment, expected: str, item_metadata: Mapping[str, Any]) -> dict[str, str]:
    """What the item's root span carries besides."""
    out = {f"{EXPERIMENT}.item.expected_output": expected} if expected else {}
    if experiment.description:
        out[f"{EXPERIMENT}.description"] = experiment.description
    if item_metadata:
        out[f"{EXPERIMENT}.item.metadata"] = text_of(dict(item_metadata))
    return out


def encode_spans(spans: Iterable[Span]) -> bytes:
    """An OTLP `ExportTraceServiceRequest`. Two encodings laid end to end are one valid request: batching is joining."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
    from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
    from opentelemetry.proto.resource.v1.resource_pb2 import Resource
    from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans

    from ragtui.version import __version__

    service = KeyValue(key="service.name", value=AnyValue(string_value="ragtui"))
    scope = ScopeSpans(
        scope=InstrumentationScope(name="ragtui", version=__version__), spans=[_proto_span(span) for span in spans]
    )
    request = ExportTraceServiceRequest(
        resource_spans=[ResourceSpans(resource=Resource(attributes=[service]), scope_spans=[scope])]
    )
    return bytes(request.SerializeToString(deterministic=True))


def join_encoded(parts: Sequence[bytes]) -> bytes:
    """Several encoded requests as one: in protobuf, concatenation appends to repeated fields."""
    return b"".join(parts)


def stamp_encoded(encoded: bytes, root: Span, attributes: Mapping[str, str]) -> bytes:
    """Recorded spans with an experiment's attributes on every one, and the item's root as `root` describes it.

    For spans of a user's own pipeline, recorded before the server could be asked for the experiment's id. The root
    takes the given times, because an item that is sent again must not be stored beside itself.
    """
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    request = ExportTraceServiceRequest.FromString(encoded)
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            for span in scope.spans:
                is_root = span.span_id == bytes.fromhex(root.span_id)
                _set_attributes(span, root.attributes if is_root else attributes)
                if is_root:
                    span.start_time_unix_nano, span.end_time_unix_nano = root.start_ns, root.end_ns
    return bytes(request.SerializeToString(deterministic=True))


def root_attributes_in(encoded: bytes, root: str) -> dict[str, str]:
    """What an item's root span says in recorded bytes; nothing when they hold no such span."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    request = ExportTraceServiceRequest.FromString(encoded)
    spans = (span for resource in request.resource_spans for scope in resource.scope_spans for span in scope.spans)
    mine = next((span for span in spans if span.span_id.hex() == root), None)
    return {pair.key: pair.value.string_value for pair in mine.attributes} if mine is not None else {}


def _set_attributes(span: ProtoSpan, attributes: Mapping[str, str]) -> None:
    present = {pair.key: pair for pair in span.attributes}
    for key, value in attributes.items():
        pair = present.get(key) or span.attributes.add(key=key)
        pair.value.string_value = encodable(value)


def _proto_span(span: Span) -> ProtoSpan:
    from opentelemetry.proto.trace.v1.trace_pb2 import Span as ProtoSpan
    from opentelemetry.proto.trace.v1.trace_pb2 import Status

    proto = ProtoSpan(
        trace_id=bytes.fromhex(span.trace_id),
        span_id=bytes.fromhex(span.span_id),
        parent_span_id=bytes.fromhex(span.parent_id),
        name=encodable(span.name),
        kind=ProtoSpan.SPAN_KIND_INTERNAL,
        start_time_unix_nano=span.start_ns,
        end_time_unix_nano=span.end_ns,
    )
    if span.error:
        proto.status.CopyFrom(Status(code=Status.STATUS_CODE_ERROR, message=encodable(span.error)))
    _set_attributes(proto, span.attributes)
    return proto
