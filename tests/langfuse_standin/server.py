"""The stand-in itself: an HTTP server on a port of its own, with its knobs and its log."""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from langfuse_standin.faults import Fault, Logged
from langfuse_standin.kinds import KINDS, ServerKind
from langfuse_standin.otlp import Span
from langfuse_standin.paging import Refused
from langfuse_standin.routes import answer
from langfuse_standin.seeding import Seeding
from langfuse_standin.store import Store

PREFIX = "/api/public"
_WRONG_KEY = "Invalid credentials. Confirm that you've configured the correct host."
_NOT_LIMITED = ("/health", "/ready", "/projects")


@dataclass(eq=False)
class _Write:
    item: str
    overlapped: bool = False


def item_of(body: bytes) -> str:
    try:
        return str(json.loads(body).get("id") or "")
    except (ValueError, AttributeError):
        return ""


class StandIn(Seeding):
    """One Langfuse project on 127.0.0.1.

    Attributes:
        delays: seconds until reads see a write, by "datasets", "items", "spans", "scores", "runs", "run_items".
        limits: calls per window and bucket ("general", "datasets", "tracing"); absent buckets are unlimited.
        limit_window: seconds of a rate window, from its first call.
        limit_body: "json" or "text" for a 429's body.
        pace: seconds every answer takes.
        unmerged_observations: list a span once for every time it was sent, as v4 does.
        empty_experiments: answer 200 with nothing on a server in legacy mode instead of 404.
        forget_after_days: experiments older than this lose description and metadata on `/experiments`.
        rewrites: what a proxy before it makes of every JSON that is posted; None for nothing.
        largest_answer: bytes beyond which an answer becomes a 422; 0 for no limit.
    """

    def __init__(
        self, kind: str | ServerKind = "v4", *, project_id: str = "test-project", public_key: str = "pk-lf-standin"
    ) -> None:
        self.kind = KINDS[kind] if isinstance(kind, str) else kind
        self.project_id = project_id
        self.public_key, self.secret_key = public_key, "sk-lf-very-secret-standin"
        self._offset = 0.0
        self.store = Store(project_id, self.clock)
        self.limits: dict[str, int] = {}
        self.limit_window = 60.0
        self.limit_body = "json"
        self.pace = 0.0
        self.unmerged_observations = self.kind.mode == "events_only"
        self.empty_experiments = False
        self.forget_after_days = 30.0
        self.rewrites: Callable[[Any], Any] | None = None
        self.largest_answer = 0
        self.requests: list[Logged] = []
        self.faults: list[Fault] = []
        self.lock = threading.RLock()
        self._writes: list[_Write] = []
        self.score_configs: list[dict[str, Any]] = []
        self.comments: list[dict[str, Any]] = []
        self.prompts: list[dict[str, Any]] = []
        self._windows: dict[str, tuple[float, int]] = {}
        self._closing = threading.Event()
        self._open = threading.Event()
        self._open.set()
        self._sockets: set[socket.socket] = set()
        self._http = _Server(("127.0.0.1", 0), _handler_for(self))
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    # -- life ----------------------------------------------------------------------------------------------------

    def start(self) -> StandIn:
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stops answering; connections that are still open are closed under the client."""
        self._closing.set()
        self._open.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()
        with self.lock:
            for open_socket in list(self._sockets):
                with contextlib.suppress(OSError):
                    open_socket.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> StandIn:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    # -- what a test asks and turns --------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    @property
    def env(self) -> dict[str, str]:
        """Environment of a client, SDK or ragtui."""
        return {
            "LANGFUSE_BASE_URL": self.url,
            "LANGFUSE_PUBLIC_KEY": self.public_key,
            "LANGFUSE_SECRET_KEY": self.secret_key,
        }

    def clock(self) -> float:
        """The server's time, seconds since the epoch."""
        return time.time() + self._offset

    def advance(self, seconds: float) -> None:
        """Moves the server's clock forward: what was delayed becomes visible, rate windows end."""
        self._offset += seconds

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """No request is answered inside, however long that takes: what goes on meanwhile waits for no answer."""
        self._open.clear()
        try:
            yield
        finally:
            self.release()

    def release(self) -> None:
        """Answer again."""
        self._open.set()

    @property
    def delays(self) -> _Delays:
        return _Delays(self.store)

    def fail(self, *faults: Fault) -> None:
        """Adds fault rules; the first one that strikes wins."""
        with self.lock:
            self.faults += faults

    def asked(self, method: str = "", path: str = "") -> list[Logged]:
        """Requests so far whose path (without /api/public) starts with `path`."""
        with self.lock:
            return [r for r in self.requests if r.method.startswith(method) and r.path.startswith(path)]

    def stored_items(self, experiment_id: str = "") -> list[Span]:
        """Roots of experiment items, visible or not."""
        with self.lock:
            roots = [record.value for record in self.store.spans.records.values() if record.value.is_item_root]
        return [span for span in roots if experiment_id in ("", span.experiment)]

    def stored_spans(self) -> list[Span]:
        with self.lock:
            return [record.value for record in self.store.spans.records.values()]

    def stored_scores(self) -> list[dict[str, Any]]:
        with self.lock:
            return [record.value for record in self.store.scores.records.values()]

    def dataset_items(self, dataset: str) -> dict[str, dict[str, Any]]:
        """Items of a dataset by id, archived ones too."""
        with self.lock:
            rows = [record.value for record in self.store.items.records.values()]
        return {row["id"]: row for row in rows if row["datasetName"] == dataset}

    def project(self) -> dict[str, Any]:
        organisation = {"id": "test-org", "name": "test-org"}
        return {"id": self.project_id, "name": self.project_id, "organization": organisation, "metadata": {}}

    # -- one request -----------------------------------------------------------------------------------------------

    def handle(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> tuple[int, Any, dict[str, str]]:
        """Status (0: close the connection), body and headers."""
        text = json.dumps(query) + body.decode("utf-8", "replace")
        shown = unquote(path)
        with self.lock:
            fault = next((rule for rule in self.faults if rule.strikes(method, shown, text)), None)
        status, result = 200, None
        extra: dict[str, str] = {}
        self._open.wait()
        with self._writing(method, path, body) as mine:
            if self.pace:
                self._closing.wait(self.pace)
            if fault is not None and fault.delay:
                self._closing.wait(fault.delay)
            if fault is not None and fault.meanwhile is not None:
                fault.meanwhile()
            works = fault is None or fault.apply or not (fault.status or fault.drop or fault.hang or fault.lose)
            if works:
                status, result, extra = self._work(method, path, query, headers, body, mine)
        if not works and fault is not None and fault.lose:
            status, result = (202, {"message": "Accepted"}) if body.startswith(b"[") else (200, {"id": "accepted"})
        if fault is not None:
            if fault.hang:
                self._closing.wait(fault.hang)
            if fault.drop or fault.hang:
                return 0, None, {}
            if fault.status:
                status, result = fault.answer()
                extra = fault.headers
        return status, result, extra

    @contextlib.contextmanager
    def _writing(self, method: str, path: str, body: bytes) -> Iterator[_Write]:
        """Notes which writes of one item are under way at the same time."""
        mine = _Write(item_of(body) if (method, path) == ("POST", "/dataset-items") else "")
        with self.lock:
            for other in self._writes if mine.item else ():
                if other.item == mine.item:
                    other.overlapped = mine.overlapped = True
            self._writes.append(mine)
        try:
            yield mine
        finally:
            with self.lock:
                self._writes.remove(mine)

    def _work(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes, mine: _Write
    ) -> tuple[int, Any, dict[str, str]]:
        if path not in ("/health", "/ready"):
            refusal = self._unauthorised(headers.get("authorization", ""))
            if refusal:
                return 401, {"message": refusal}, {}
        limited = self._limited(path)
        if limited is not None:
            return limited
        if self.rewrites is not None and method == "POST" and body[:1] in (b"{", b"["):
            body = json.dumps(self.rewrites(json.loads(body))).encode()
        try:
            with self.lock:
                self.store.overlapped = mine.overlapped
                status, result = answer(self, method, path, query, body, headers)
        except Refused as refused:
            return refused.status, refused.body, {}
        if self.largest_answer and len(json.dumps(result)) > self.largest_answer:
            return 422, {"message": "Request is too large, narrow the window", "error": "Request timed out"}, {}
        return status, result, {}

    def _unauthorised(self, header: str) -> str:
        if not header:
            return "No authorization header"
        expected = base64.b64encode(f"{self.public_key}:{self.secret_key}".encode()).decode()
        return "" if header == f"Basic {expected}" else _WRONG_KEY

    def _limited(self, path: str) -> tuple[int, Any, dict[str, str]] | None:
        bucket = bucket_of(path)
        limit = self.limits.get(bucket)
        if limit is None or path in _NOT_LIMITED:
            return None
        with self.lock:
            now = self.clock()
            start, used = self._windows.get(bucket, (now, 0))
            if now - start >= self.limit_window:
                start, used = now, 0
            self._windows[bucket] = (start, used + 1)
        if used + 1 < limit:
            return None
        wait = max(1, round(start + self.limit_window - now + 0.5))
        headers = {
            "Retry-After": str(wait), "X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": "Mon Nov 23 2026 00:00:00 GMT+0000 (Coordinated Universal Time)",
        }  # fmt: skip
        if self.limit_body == "text":
            return 429, "429 - rate limit exceeded", headers
        details = {"retryAfterSeconds": wait, "limit": limit, "remaining": 0, "resetAt": headers["X-RateLimit-Reset"]}
        return 429, {"message": "Rate limit exceeded", "code": "rate_limited", "details": details}, headers

    def log(self, entry: Logged) -> None:
        with self.lock:
            self.requests.append(entry)


def bucket_of(path: str) -> str:
    """The rate-limit bucket of a path."""
    if path.startswith(("/otel", "/ingestion")):
        return "tracing"
    if path.startswith(("/v2/datasets", "/datasets", "/dataset-items", "/dataset-run-items")):
        return "datasets"
    return "general"


class _Delays:
    """`server.delays["scores"] = 30`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __setitem__(self, resource: str, seconds: float) -> None:
        self._store.shelves()[resource].delay = seconds

    def __getitem__(self, resource: str) -> float:
        return self._store.shelves()[resource].delay


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no event."""


def _handler_for(server: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def setup(self) -> None:
            super().setup()
            with server.lock:
                server._sockets.add(self.connection)

        def finish(self) -> None:
            with server.lock:
                server._sockets.discard(self.connection)
            with contextlib.suppress(OSError):
                super().finish()

        def date_time_string(self, timestamp: float | None = None) -> str:
            return super().date_time_string(server.clock() if timestamp is None else timestamp)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Silence: the request log is the record."""

        def _answer(self) -> None:
            at = time.time()
            split = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            query = dict(parse_qsl(split.query, keep_blank_values=True))
            headers = {key.lower(): value for key, value in self.headers.items()}
            path = split.path
            # Faults and the log speak of decoded paths; routing splits the raw one, as a name may hold a slash.
            shown = unquote(path.removeprefix(PREFIX))
            if path.startswith(PREFIX + "/"):
                status, result, extra = server.handle(self.command, path.removeprefix(PREFIX), query, headers, body)
            else:
                status, result, extra = 404, "<html>not found</html>", {}
            server.log(Logged(self.command, shown, query, headers, body, status, at))
            if status == 0:
                self.close_connection = True
                return
            payload = result.encode() if isinstance(result, str) else json.dumps(result, ensure_ascii=False).encode()
            kind = "application/json; charset=utf-8"
            if isinstance(result, str):
                kind = "text/html; charset=utf-8" if result.startswith("<") else "text/plain"
            try:
                self.send_response_only(status)  # the whole would add a Date beside the one that a fault may name
                about = {"Date": self.date_time_string(), "Content-Type": kind, "Content-Length": str(len(payload))}
                for key, value in {**about, **extra}.items():
                    self.send_header(key, value)
                self.end_headers()
                self.wfile.write(payload)
            except OSError:
                self.close_connection = True

        do_GET = do_POST = do_DELETE = do_PATCH = do_PUT = _answer  # noqa: N815

    return Handler
