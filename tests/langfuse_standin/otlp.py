"""Decodes what an OTLP exporter sends: protobuf or JSON, plain or gzip."""

from __future__ import annotations

import base64
import gzip
import json
from dataclasses import dataclass
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

PREFIX = "langfuse.experiment."


@dataclass(frozen=True)
class Span:
    """One span as stored; times in seconds since the epoch."""

    trace_id: str
    id: str
    parent_id: str
    name: str
    start: float
    end: float
    attributes: dict[str, Any]
    resource: dict[str, Any]
    scope: tuple[str, str]
    error: str = ""

    @property
    def experiment(self) -> str:
        return str(self.attributes.get(PREFIX + "id") or "")

    @property
    def is_item_root(self) -> bool:
        return bool(self.experiment) and self.attributes.get(PREFIX + "item.root_observation_id") == self.id

    def attribute(self, name: str, default: Any = "") -> Any:
        return self.attributes.get(name, default)

    def experiment_attribute(self, name: str, default: Any = None) -> Any:
        return self.attributes.get(PREFIX + name, default)


def unzipped(body: bytes, encoding: str) -> bytes:
    return gzip.decompress(body) if encoding == "gzip" else body


def decode_spans(body: bytes, content_type: str) -> list[Span]:
    """All spans of one export request; raises ValueError when it is none."""
    if "json" in content_type:
        request = _from_json(json.loads(body))
    else:
        request = ExportTraceServiceRequest()
        try:
            request.ParseFromString(body)
        except Exception as error:  # the decoder's error class differs between protobuf versions
            raise ValueError(str(error)) from error
    return [
        Span(
            trace_id=span.trace_id.hex(),
            id=span.span_id.hex(),
            parent_id=span.parent_span_id.hex(),
            name=span.name,
            start=span.start_time_unix_nano / 1e9,
            end=(span.end_time_unix_nano or span.start_time_unix_nano) / 1e9,
            attributes={pair.key: _value(pair.value) for pair in span.attributes},
            resource={pair.key: _value(pair.value) for pair in group.resource.attributes},
            scope=(scope.scope.name, scope.scope.version),
            error=(span.status.message or "error") if span.status.code == 2 else "",
        )
        for group in request.resource_spans
        for scope in group.scope_spans
        for span in scope.spans
    ]


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(one) for one in value.array_value.values]
    if kind == "kvlist_value":
        return {pair.key: _value(pair.value) for pair in value.kvlist_value.values}
    return getattr(value, kind) if kind else None


def _from_json(document: dict[str, Any]) -> ExportTraceServiceRequest:
    """OTLP/JSON writes ids as hex where protobuf JSON expects base64."""
    from google.protobuf.json_format import ParseDict  # type: ignore[import-untyped]

    for group in document.get("resourceSpans", []):
        for scope in group.get("scopeSpans", []):
            for span in scope.get("spans", []):
                for key in ("traceId", "spanId", "parentSpanId"):
                    if span.get(key):
                        span[key] = base64.b64encode(bytes.fromhex(span[key])).decode()
    request = ExportTraceServiceRequest()
    ParseDict(document, request, ignore_unknown_fields=True)
    return request
