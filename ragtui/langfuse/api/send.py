"""Requests that change something: one clock and one retry that obeys the server, on top of `LangfuseHttp`.

Everything sent here is idempotent by its ids, so a timeout is retried like any other failure. A rate limit freezes all
requests of its bucket for as long as the server asks, instead of each of them finding out for itself.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol, TypeVar

from ragtui.langfuse.api.client import LangfuseError, LangfuseHttp
from ragtui.langfuse.api.rates import bucket_of

T = TypeVar("T")
R = TypeVar("R")

MOST_LIMITS = 120
"""Rate limits one request sits out: a guard against a server that never lets anything through."""


class Clock(Protocol):
    """Time, so that tests need not live through it."""

    def now(self) -> float:
        """Seconds, monotonic."""

    def wait(self, seconds: float) -> bool:
        """Sleep; True when the work is to be given up."""

    def stop(self) -> None:
        """End every present and future wait."""


class RealClock:
    """The clock on the wall."""

    def __init__(self) -> None:
        self._stopped = threading.Event()

    def now(self) -> float:
        """Seconds, monotonic."""
        return time.monotonic()

    def wait(self, seconds: float) -> bool:
        """Sleep; True when the work is to be given up."""
        return self._stopped.wait(seconds)

    def stop(self) -> None:
        """End every present and future wait."""
        self._stopped.set()


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. Status 0: nothing did, and nobody knows whether the server acted."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    message: str = ""

    @property
    def ok(self) -> bool:
        """Whether the server says that it did what was asked."""
        return 200 <= self.status < 300

    @property
    def unclear(self) -> bool:
        """Whether the request may have been carried out although no good answer came."""
        return self.status in (0, 408) or self.status >= 500

    @property
    def temporary(self) -> bool:
        """Whether the same request may succeed later."""
        return self.unclear or self.status in (425, 429)

    @property
    def fields(self) -> Mapping[str, Any]:
        """The body's fields; none when it is no JSON object."""
        return self.body if isinstance(self.body, dict) else {}

    def retry_after(self) -> float | None:
        """Seconds the server asks to wait; it may say seconds or a date."""
        text = self.headers.get("retry-after", "")
        try:
            return max(0.0, float(text))
        except ValueError:
            pass
        try:
            return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
        except (ValueError, TypeError):
            return None


@dataclass(slots=True)
class Patience:
    """How long to try.

    Attributes:
        tries: attempts of one request before its round is given up.
        first_wait_s: wait after the first failure; doubles up to `longest_wait_s`, with +-25 % jitter.
        deadline: moment of the clock after which nothing new is tried.
    """

    tries: int = 5
    first_wait_s: float = 1.0
    longest_wait_s: float = 30.0
    deadline: float = float("inf")


class Sender:
    """Sends requests to one project; may be used from several threads.

    Raises:
        RemoteError: from every call, when the server refuses the keys: no retry can help.
    """

    def __init__(
        self, http: LangfuseHttp, clock: Clock | None = None, notify: Callable[[str], None] = lambda message: None
    ) -> None:
        self.http = http
        self.clock = clock or RealClock()
        self._notify = notify
        self._frozen_until: dict[str, float] = {}
        self._lock = threading.Lock()

    @property
    def server(self) -> str:
        """The server's address."""
        return self.http.credentials.base_url

    def stop(self) -> None:
        """End every wait, now and later."""
        self.http.cancel.set()
        self.clock.stop()

    def get(self, path: str, patience: Patience, **query: Any) -> Reply:
        """Read, with retries."""
        return self.request("GET", path, patience, query={k: v for k, v in query.items() if v is not None})

    def request(
        self,
        method: str,
        path: str,
        patience: Patience,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        resend_unclear: bool = True,
    ) -> Reply:
        """The last reply after at most `patience.tries` attempts.

        Args:
            path: below /api/public, already percent-encoded.
            resend_unclear: False when a request that may have been carried out must not be repeated blindly.
        """
        if body is not None:
            content, headers = encode_json(body), {"content-type": "application/json"}
        reply = Reply(0, message="not sent: the time was up")
        failures = limited = 0
        while failures < patience.tries and limited < MOST_LIMITS:
            if self._wait_while_frozen(path, patience):
                return reply
            reply = self._once(method, path, query, content, headers)
            if not reply.temporary or (reply.unclear and not resend_unclear):
                break
            # A rate limit says when, not whether: it is sat out and counts for no failure.
            limited += reply.status == 429
            failures += reply.status != 429
            if failures < patience.tries and self._pause(path, reply, max(0, failures - 1), patience):
                break
        return reply

    def _once(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None,
        content: bytes | None,
        headers: Mapping[str, str] | None,
    ) -> Reply:
        try:
            answer = self.http.attempt(method, path, params=query, content=content, headers=headers)
        except LangfuseError as error:
            return Reply(0, message=error.message)
        if answer.status in (401, 403):
            raise self.http.refusal(method, path, None, answer)
        said = self.http.credentials.redact(answer.message)
        return Reply(answer.status, answer.body, answer.headers, f"HTTP {answer.status}{f', {said}' if said else ''}")

    def _pause(self, path: str, reply: Reply, attempt: int, patience: Patience) -> bool:
        """Wait before the next attempt; True when there is to be none."""
        asked = reply.retry_after() if reply.status in (429, 503) else None
        backoff = min(patience.longest_wait_s, patience.first_wait_s * 2**attempt) * random.uniform(0.75, 1.25)
        seconds = backoff if asked is None else asked
        if reply.status == 429:
            self._freeze(path, seconds)
            self._notify(f"rate limited, waiting {seconds:.0f} s")
            return self._wait_while_frozen(path, patience)
        if self.clock.now() + seconds > patience.deadline:
            return True
        self._notify(f"{reply.message}, trying again in {seconds:.0f} s")
        return self.clock.wait(seconds)

    def _freeze(self, path: str, seconds: float) -> None:
        until = self.clock.now() + seconds
        with self._lock:
            bucket = bucket_of(path)
            self._frozen_until[bucket] = max(until, self._frozen_until.get(bucket, until))

    def _wait_while_frozen(self, path: str, patience: Patience) -> bool:
        """True when the deadline comes first, or the work is to be given up."""
        while True:
            with self._lock:
                until = self._frozen_until.get(bucket_of(path), 0.0)
            left = until - self.clock.now()
            if max(until, self.clock.now()) > patience.deadline:
                return True
            if left <= 0:
                return False
            if self.clock.wait(left):
                return True


def in_parallel(sender: Sender, concurrency: int, do: Callable[[T], R], work: Sequence[T]) -> Iterator[R]:
    """Results of `do` for all work, in order, a few at a time.

    When one raises, or the user presses Ctrl-C, the others do not sit out a rate limit first.
    """
    with ThreadPoolExecutor(concurrency) as pool:
        try:
            yield from pool.map(do, work)
        except BaseException:
            sender.stop()
            raise


def encode_json(body: Any) -> bytes:
    """JSON bytes as they are sent; lone surrogates become replacement characters."""
    return json.dumps(body, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
