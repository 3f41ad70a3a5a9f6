"""The one way to a Langfuse server: plain HTTP, tolerant of every generation, patient, and silent about keys."""

from __future__ import annotations

import copy
import json
import random
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from ragtui.errors import RemoteError
from ragtui.langfuse.api.answers import Answer, decoded, retry_after, way_out
from ragtui.langfuse.api.credentials import Credentials
from ragtui.langfuse.api.rates import Cancelled, Priority, Rates, Wait, bucket_of, shared_rates

if TYPE_CHECKING:
    import httpx

API = "/api/public"
TIMEOUT_S = 30.0
RETRIES = 4
PATIENCE_S = 300.0
"""Longest time one call waits for rate limits, all pauses together."""

_RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
_SHOWN_URL = 240

Params = Mapping[str, str | int]


class LangfuseError(RemoteError):
    """A Langfuse server refused, failed or cannot be reached.

    Attributes:
        status: HTTP status; 0 when there was no answer.
        body: the decoded answer, where there was one.
        certain: whether the server surely did not do what was asked.
    """

    def __init__(self, message: str, hint: str, status: int = 0, body: Any = None, certain: bool = False) -> None:
        super().__init__(message, hint)
        self.status = status
        self.body = body
        self.certain = certain


def path_value(text: str) -> str:
    """A name or id as one segment of a path; slashes, spaces and percent signs included."""
    return quote(text, safe="")


class _Connections:
    """The connection pool, opened by the first call: importing httpx costs a moment."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._client: httpx.Client | None = None
        self._closed = False
        self._lock = threading.Lock()

    def open(self) -> httpx.Client:
        import httpx

        with self._lock:
            if self._closed:
                raise Cancelled
            if self._client is None:
                auth = httpx.BasicAuth(self._credentials.public_key, self._credentials.secret_key)
                self._client = httpx.Client(auth=auth, headers={"User-Agent": "ragtui"}, follow_redirects=False)
            return self._client

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._client is not None:
                self._client.close()
                self._client = None


class LangfuseHttp:
    """Requests to one project; safe to use from several threads.

    Args:
        credentials: whom to talk to.
        rates: queue to go through; by default the one shared in this process.
        timeout: seconds for one try.
        retries: further tries after the first, for calls that may be repeated.
        patience: seconds one call may spend on rate limits.
        on_wait: told about pauses, about once a second, from the calling thread.
        cancel: when set, waiting calls end with `Cancelled`.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        rates: Rates | None = None,
        timeout: float = TIMEOUT_S,
        retries: int = RETRIES,
        patience: float = PATIENCE_S,
        backoff: float = 0.5,
        on_wait: Callable[[Wait], None] | None = None,
        cancel: threading.Event | None = None,
    ) -> None:
        self.credentials = credentials
        self.rates = rates or shared_rates(credentials)
        self.timeout = timeout
        self.retries = retries
        self.patience = patience
        self.backoff = backoff
        self.on_wait = on_wait
        self.cancel = cancel or threading.Event()
        self.priority = Priority.INTERACTIVE
        self.calls = 0
        self._connections = _Connections(credentials)

    def __repr__(self) -> str:
        return f"LangfuseHttp({self.credentials!r})"

    def close(self) -> None:
        """Ends waiting calls and closes the connections, also those of `task` clients."""
        self.cancel.set()
        self._connections.close()

    def task(
        self,
        *,
        priority: Priority = Priority.INTERACTIVE,
        cancel: threading.Event | None = None,
        on_wait: Callable[[Wait], None] | None = None,
    ) -> LangfuseHttp:
        """A client for one piece of work: same connections and limits, its own cancel, countdown and call count."""
        mine = copy.copy(self)
        mine.priority, mine.cancel, mine.calls = priority, cancel or threading.Event(), 0
        mine.on_wait = on_wait or self.on_wait
        return mine

    def __enter__(self) -> LangfuseHttp:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def url(self, path: str, params: Params | None = None) -> str:
        """The address of a call, shortened for messages; holds no key."""
        text = f"{self.credentials.base_url}{API}{path}{'?' + urlencode(params) if params else ''}"
        text = self.credentials.redact(text)
        return text if len(text) <= _SHOWN_URL else text[: _SHOWN_URL - 1] + "…"

    def get(self, path: str, params: Params | None = None, priority: Priority | None = None) -> Answer:
        """A 2xx answer to a GET.

        Raises:
            LangfuseError: any other answer, or none.
        """
        answer = self.send("GET", path, params=params, priority=priority)
        if not answer.ok:
            raise self.refusal("GET", path, params, answer)
        return answer

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        body: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
        priority: Priority | None = None,
        timeout: float | None = None,
    ) -> Answer:
        """One call with its retries; returns 2xx, 3xx and 4xx answers alike.

        Args:
            path: below /api/public, values encoded with `path_value`.
            body: sent as JSON; or `content` as it is, with its own headers.
            repeatable: whether a second copy does no harm. By default true for GET, PUT and DELETE. A call that is not
                repeatable is tried again only when the server surely did nothing (a 429, no connection).

        Raises:
            LangfuseError: no answer, or a server failure, after the last try.
            Cancelled: the client was told to stop.
        """
        may_repeat = method in ("GET", "PUT", "DELETE") if repeatable is None else repeatable
        if content is None and body is not None:
            content = json.dumps(body, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
            headers = {"Content-Type": "application/json", **(headers or {})}
        bucket, tries, waited = bucket_of(path), 0, 0.0
        while True:
            self.rates.acquire(bucket, self.priority if priority is None else priority, self.cancel, self.on_wait)
            try:
                answer = self._once(method, path, params, content, headers, timeout)
            except LangfuseError as error:
                tries += 1
                if tries > self.retries or not (may_repeat or error.certain):
                    raise
                self._pause(self._backoff_of(tries), f"no answer, try {tries + 1} of {self.retries + 1}")
                continue
            if answer.status == 429:
                pause = retry_after(answer)
                if pause is None:
                    tries += 1
                    pause = self._backoff_of(tries)
                waited += pause
                if waited > self.patience or tries > self.retries:
                    raise self.refusal(method, path, params, answer)
                self._learn(bucket, answer, pause)
                continue
            if answer.status in _RETRIED:
                tries += 1
                if tries > self.retries or not may_repeat:
                    raise self.refusal(method, path, params, answer)
                pause = retry_after(answer)
                why = f"HTTP {answer.status}, try {tries + 1} of {self.retries + 1}"
                self._pause(self._backoff_of(tries) if pause is None else min(pause, self.patience), why)
                continue
            if answer.status >= 500:
                raise self.refusal(method, path, params, answer)
            return answer

    def attempt(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        priority: Priority = Priority.INTERACTIVE,
    ) -> Answer:
        """One try, whatever the status: for callers that retry by rules of their own.

        Raises:
            LangfuseError: there was no answer.
            Cancelled: the client was told to stop.
        """
        self.rates.acquire(bucket_of(path), priority, self.cancel, self.on_wait)
        return self._once(method, path, params, content, headers, None)

    def refusal(self, method: str, path: str, params: Params | None, answer: Answer) -> LangfuseError:
        """The error for an answer that is no success."""
        said = self.credentials.redact(answer.message)
        message = f"{method} {self.url(path, params)}: HTTP {answer.status}{f', {said}' if said else ''}"
        return LangfuseError(
            message, way_out(answer.status, self.credentials), answer.status, answer.body, certain=answer.status < 500
        )

    # -- one try -------------------------------------------------------------------------------------------------

    def _once(
        self,
        method: str,
        path: str,
        params: Params | None,
        content: bytes | None,
        headers: Mapping[str, str] | None,
        timeout: float | None,
    ) -> Answer:
        import httpx

        if self.cancel.is_set():
            raise Cancelled
        self.calls += 1
        address = f"{self.credentials.base_url}{API}{path}"
        try:
            reply = self._connections.open().request(
                method,
                address,
                params=dict(params) if params else None,
                content=content,
                headers=dict(headers or {}),
                timeout=self.timeout if timeout is None else timeout,
            )
        except (httpx.HTTPError, httpx.InvalidURL, RuntimeError) as error:
            # A RuntimeError is the pool closed by another thread in the middle of a call.
            if self.cancel.is_set():
                raise Cancelled from None
            unsent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
            slow = isinstance(error, httpx.TimeoutException)
            reason = f"no answer within {self.timeout if timeout is None else timeout:g} s" if slow else str(error)
            raise LangfuseError(
                f"{method} {self.url(path, params)}: {self.credentials.redact(reason) or type(error).__name__}",
                f"Is the server up and {self.credentials.base_url} right? Runs opened before stay readable offline.",
                certain=unsent,
            ) from None
        return Answer(reply.status_code, decoded(reply.content), dict(reply.headers))

    # -- pauses --------------------------------------------------------------------------------------------------

    def _learn(self, bucket: str, answer: Answer, pause: float) -> None:
        self.rates.freeze(bucket, pause)
        details = answer.body.get("details") if isinstance(answer.body, dict) else None
        limit = details.get("limit") if isinstance(details, dict) else None
        named = limit if limit is not None else answer.headers.get("x-ratelimit-limit", "")
        if str(named).isdigit():
            self.rates.learn(bucket, int(named))

    def _backoff_of(self, tries: int) -> float:
        return min(30.0, self.backoff * 2.0 ** (tries - 1)) * random.uniform(0.8, 1.2)

    def _pause(self, seconds: float, why: str) -> None:
        """Waits, counting down; ends at once when cancelled."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if self.on_wait is not None:
                self.on_wait(Wait(left, why))
            if self.cancel.wait(min(left, 1.0)):
                raise Cancelled
        if self.on_wait is not None:
            self.on_wait(Wait(0.0, ""))
