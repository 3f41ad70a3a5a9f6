"""Records what a user's pipeline traces, so that its spans hang below the item they belong to.

Code that uses `@observe` or `langfuse.openai` finds a Langfuse client whose spans go nowhere but here: into memory,
under a trace and root span chosen beforehand. The publisher sends them with everything else, from its outbox. Nothing
global is installed: the tracer provider is private to this client.
"""

from __future__ import annotations

import atexit
import os
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanLimits, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from ragtui.langfuse.api.credentials import DEFAULT_URL
from ragtui.langfuse.live.scope import Scope
from ragtui.langfuse.live.target import folder_of, target_of
from ragtui.langfuse.write.mirror import MAX_TEXT, ROOT_NAME
from ragtui.langfuse.write.recordings import keep
from ragtui.places import RUN_VARIABLE
from ragtui.sources.own.runfolder import read_folder_header
from ragtui.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """What the SDK's client is made with; by default nothing that reaches anywhere."""

    public_key: str = "pk-lf-ragtui-recording"
    secret_key: str = "sk-lf-none"
    base_url: str = "http://127.0.0.1:9"


@dataclass(slots=True)
class Recording:
    """The spans of one item, complete when its `with` block has ended."""

    spans: list[ReadableSpan] = field(default_factory=list)

    def encoded(self) -> bytes:
        """An OTLP request with all of them; empty when the pipeline traced nothing of its own."""
        if len(self.spans) < 2:
            return b""
        from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans

        return bytes(encode_spans(self.spans).SerializeToString())


_scope: ContextVar[Scope | None] = ContextVar("ragtui_item", default=None)
_root_is_next: ContextVar[bool] = ContextVar("ragtui_root_is_next", default=False)


class Tracing:
    """A Langfuse client for the user's code, made once a process.

    Args:
        keys: for what the user's code asks of Langfuse itself (prompts, say); without them the client reaches
            nothing, and spans are recorded all the same.
    """

    def __init__(self, keys: Keys | None = None) -> None:
        from langfuse import Langfuse

        self._recorder = _Recorder()
        self._provider = TracerProvider(
            sampler=ALWAYS_ON,
            id_generator=_Ids(),
            span_limits=SpanLimits(max_span_attribute_length=MAX_TEXT),
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(self._recorder)
        self._tracer = self._provider.get_tracer("ragtui", __version__)
        keys = keys or Keys()
        self._client = Langfuse(
            public_key=keys.public_key,
            secret_key=keys.secret_key,
            base_url=keys.base_url,
            tracer_provider=self._provider,
            span_exporter=_Nowhere(),
        )

    @contextmanager
    def item(self, scope: Scope) -> Iterator[Recording]:
        """Everything traced inside, in threads and tasks that inherit the context too, is recorded under the scope."""
        recording = self._recorder.open(scope.trace_id)
        token, first = _scope.set(scope), _root_is_next.set(True)
        try:
            with self._tracer.start_as_current_span(ROOT_NAME, context=Context()):
                yield recording
        finally:
            _root_is_next.reset(first)
            _scope.reset(token)
            self._recorder.close(scope.trace_id)

    def close(self) -> None:
        """End the client's threads."""
        self._client.shutdown()
        self._provider.shutdown()


def open_tracing() -> Tracing:
    """Tracing with the keys of the plain environment variables, if they are there."""
    public, secret = os.environ.get("LANGFUSE_PUBLIC_KEY", ""), os.environ.get("LANGFUSE_SECRET_KEY", "")
    if not public or not secret:
        return Tracing()
    address = os.environ.get("LANGFUSE_BASE_URL") or os.environ.get("LANGFUSE_HOST") or DEFAULT_URL
    return Tracing(Keys(public, secret, address.rstrip("/")))


def item_tracer() -> Callable[[str, str], AbstractContextManager[None]]:
    """For a process that runs the user's code: a function of item id and repeat whose `with` block records.

    The run folder is in the environment, and beside the run where it is to be published. A process that is to record
    and cannot does nothing instead: tracing never costs a result.
    """
    run = Path(os.environ.get(RUN_VARIABLE, ""))
    target = target_of(run) if run.is_dir() else None
    if target is None:
        return lambda item_id, repeat: nullcontext()
    header, folder, tracing = read_folder_header(run, "local", run.name), folder_of(str(run)), open_tracing()
    atexit.register(tracing.close)

    @contextmanager
    def traced(item_id: str, repeat: str) -> Iterator[None]:
        scope = target.scope(header, item_id, repeat, header.repeats or 1)
        with ExitStack() as kept, tracing.item(scope) as recording:
            kept.callback(lambda: keep(folder, item_id, repeat, recording.encoded()))
            yield

    return traced


class _Recorder(SpanProcessor):
    """Keeps finished spans by trace, and stamps every span with what its item's scope says."""

    def __init__(self) -> None:
        self._open: dict[str, Recording] = {}
        self._lock = threading.Lock()

    def open(self, trace_id: str) -> Recording:
        with self._lock:
            return self._open.setdefault(trace_id, Recording())

    def close(self, trace_id: str) -> None:
        with self._lock:
            self._open.pop(trace_id, None)

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        scope = _scope.get()
        if scope is not None:
            span.set_attributes(scope.attributes)

    def on_end(self, span: ReadableSpan) -> None:
        if span.context is None:
            return
        with self._lock:
            recording = self._open.get(f"{span.context.trace_id:032x}")
            # A thread that outlives its item traces into a recording that is closed: it is left out.
            if recording is not None:
                recording.spans.append(span)


class _Ids(IdGenerator):
    """The chosen ids for an item's root; random ones for everything else."""

    def generate_trace_id(self) -> int:
        scope = _scope.get()
        return int(scope.trace_id, 16) if scope is not None else secrets.randbits(128) or 1

    def generate_span_id(self) -> int:
        scope = _scope.get()
        if scope is not None and _root_is_next.get():
            _root_is_next.set(False)
            return int(scope.root, 16)
        return secrets.randbits(64) or 1


class _Nowhere(SpanExporter):
    """The SDK's own way out, closed: what it loses on a timeout is not lost here."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return SpanExportResult.SUCCESS
