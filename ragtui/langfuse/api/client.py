"""The one way to a Langfuse server: plain HTTP, tolerant of every generation, patient, and silent about keys."""

from __future__ import annotations

import copy
import json
import math
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlencode

from ragtui.errors import RemoteError
from ragtui.files.body import Body, BodyError, DamagedError
from ragtui.langfuse.api.answers import Answer, asked_to_wait, decoded, said, way_out
from ragtui.langfuse.api.connections import Connections, proxies_named
from ragtui.langfuse.api.credentials import Credentials
from ragtui.langfuse.api.patience import READING, Clock, Patience, RealClock, limit_pause
from ragtui.langfuse.api.rates import Cancelled, Priority, Rates, Wait, bucket_of, shared_rates
from ragtui.retry_after import http_date

if TYPE_CHECKING:
    import httpx

API = "/api/public"
TIMEOUT_S = 30.0

MOST_ANSWER = 64 * 1024 * 1024
"""Bytes of one answer, unpacked."""

FAILING_FOR_S = 60.0
"""After all tries of a listing failed, each further call to it is tried once for this long, and so is every call once
there was no answer at all: pages are asked for anew in smaller sizes and runs one after the other, and with all tries
each six runs took seven minutes to say so."""

_EVERYWHERE = ""

_SHOWN_URL = 240

Params = Mapping[str, str | int]
T = TypeVar("T")
R = TypeVar("R")


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
    """A name or id as one segment of a path; slashes, spaces and percent signs included.

    A name of dots alone would be taken for a step in the path, and the address shortened by it.
    """
    return text.replace(".", "%2E") if text in (".", "..") else quote(text, safe="", errors="replace")


class LangfuseHttp:
    """Requests to one project; safe to use from several threads.

    Args:
        credentials: whom to talk to.
        rates: queue to go through; by default the one shared in this process.
        timeout: seconds without a byte; an answer may take four times as long to arrive whole.
        patience: how long a call is tried that does not say so itself.
        on_wait: told about pauses, about once a second, from the calling thread.
        cancel: when set, waiting calls end with `Cancelled`.
        clock: time; the one of `rates` must agree with it.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        rates: Rates | None = None,
        timeout: float = TIMEOUT_S,
        patience: Patience = READING,
        on_wait: Callable[[Wait], None] | None = None,
        cancel: threading.Event | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.credentials = credentials
        self.rates = rates or shared_rates(credentials)
        self.timeout = timeout
        self.patience = patience
        self.on_wait = on_wait
        self.cancel = cancel or threading.Event()
        self.clock = clock or RealClock()
        self._failing: dict[str, float] = {}
        self.priority = Priority.INTERACTIVE
        self.calls = 0
        self._connections = Connections(credentials)

    def __repr__(self) -> str:
        return f"LangfuseHttp({self.credentials!r})"

    @property
    def server(self) -> str:
        """The server's address."""
        return self.credentials.base_url

    @property
    def ahead(self) -> float:
        """Seconds that this machine's clock is ahead of the server's; 0 until it has answered with its time."""
        return self._connections.ahead

    def close(self) -> None:
        """Ends waiting calls and closes the connections, also those of `task` clients."""
        self.stop()
        self._connections.close()

    def stop(self) -> None:
        """End every wait, now and later, with `Cancelled`."""
        self.cancel.set()

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

    # -- calls that must succeed -----------------------------------------------------------------------------------

    def get(self, path: str, params: Params | None = None, *, patience: Patience | None = None) -> Answer:
        """A 2xx answer to a GET.

        Raises:
            LangfuseError: any other answer, or none.
        """
        answer = self.send("GET", path, params=params, patience=patience)
        if not answer.ok:
            raise self.refusal("GET", path, params, answer)
        return self._json(answer, path, params)

    def page(self, patience: Patience) -> Callable[[str, Params], Answer]:
        """`get` with this patience, as pagers ask for their pages."""
        return lambda path, params: self.get(path, params, patience=patience)

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        body: Any = None,
        repeatable: bool | None = None,
        patience: Patience | None = None,
    ) -> Answer:
        """One call with its retries; returns 2xx, 3xx and 4xx answers alike.

        Args:
            path: below /api/public, values encoded with `path_value`.
            body: sent as JSON.
            repeatable: whether a second copy does no harm. By default true for GET, PUT and DELETE. A call that is not
                repeatable is tried again only when the server surely did nothing (a 429, no connection).

        Raises:
            LangfuseError: no answer, or a server failure, after the last try.
            Cancelled: the client was told to stop.
        """
        may_repeat = method in ("GET", "PUT", "DELETE") if repeatable is None else repeatable
        allowed = patience or self.patience
        reading = method == "GET" and patience is None
        failed = max(self._failing.get(path, -math.inf), self._failing.get(_EVERYWHERE, -math.inf))
        if reading and self.clock.now() - failed < FAILING_FOR_S:
            allowed = replace(allowed, tries=1)
        answer = self._tried(method, path, allowed, params, *_encoded(body, None, None), may_repeat)
        if reading and (answer.status == 0 or answer.status >= 500):
            self._failing[path if answer.status else _EVERYWHERE] = self.clock.now()
        elif reading:
            self._failing.pop(path, None)
            self._failing.pop(_EVERYWHERE, None)
        if answer.temporary:
            raise self.refusal(method, path, params, answer)
        return answer

    def request(
        self,
        method: str,
        path: str,
        patience: Patience,
        *,
        params: Params | None = None,
        body: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        resend_unclear: bool = True,
    ) -> Answer:
        """The last answer after at most `patience.tries` attempts, whatever it is: for callers with rules of their own.

        Args:
            path: below /api/public, already percent-encoded.
            body: sent as JSON; or `content` as it is, with its own headers.
            resend_unclear: False when a request that may have been carried out must not be repeated blindly.

        Raises:
            LangfuseError: the server refuses the keys, redirects, or answers a GET with a page: no further request can
                help.
            Cancelled: the client was told to stop.
        """
        answer = self._tried(method, path, patience, params, *_encoded(body, content, headers), resend_unclear)
        if answer.status in (401, 403) or 300 <= answer.status < 400:
            raise self.refusal(method, path, params, answer)
        return self._json(answer, path, params) if method == "GET" and answer.ok else answer

    def _json(self, answer: Answer, path: str, params: Params | None) -> Answer:
        """A good answer that is Langfuse's own: all of its readings are JSON objects.

        Raises:
            LangfuseError: it is a page; taken for a listing it would say that there is nothing.
        """
        if isinstance(answer.body, dict):
            return answer
        raise LangfuseError(
            f"{self.url(path, params)}: the answer is no JSON",
            "A login page or proxy may stand before the server, or the address is that of a page.",
            certain=True,
        )

    def refusal(self, method: str, path: str, params: Params | None, answer: Answer) -> LangfuseError:
        """The error for an answer that is no success."""
        message = f"{method} {self.url(path, params)}: {answer.said}"
        if answer.status == 0:
            proxies = f" {' and '.join(named)} may be in between." if (named := proxies_named()) else ""
            hint = f"Is the server up and {self.server} right?{proxies} Runs opened before stay readable offline."
            return LangfuseError(message, hint, certain=answer.unsent)
        hint = way_out(answer, self.credentials, path)
        return LangfuseError(message, hint, answer.status, answer.body, certain=answer.status < 500)

    # -- tries -----------------------------------------------------------------------------------------------------

    def _tried(
        self,
        method: str,
        path: str,
        patience: Patience,
        params: Params | None,
        content: bytes | None,
        headers: Mapping[str, str] | None,
        may_repeat: bool,
    ) -> Answer:
        bucket, failures, limits, limited_s = bucket_of(path), 0, 0, 0.0
        answer = Answer(0, message="not tried: the time was up", unsent=True)
        while failures < patience.tries and limits < patience.limits:
            if not self.rates.acquire(bucket, self.priority, self.cancel, self.on_wait, deadline=patience.deadline):
                break
            answer = self._once(method, path, params, content, headers)
            if not answer.temporary or (answer.unclear and not may_repeat):
                break
            asked = asked_to_wait(answer)
            if answer.status == 429 and asked is not None:
                # A rate limit says when, not whether: the whole bucket waits, and it counts for no failure.
                asked = limit_pause(asked, limits)
                limits, limited_s = limits + 1, limited_s + asked
                if limited_s > patience.limits_s:
                    break
                self._learn(bucket, answer, asked)
                continue
            failures += 1
            if failures >= patience.tries:
                break
            pause = patience.backoff(failures) * random.uniform(0.75, 1.25) if asked is None else min(asked, 300.0)
            if answer.status == 429:
                pause = max(pause, limit_pause(None, failures - 1))
            if self.clock.now() + pause > patience.deadline:
                break
            what = answer.said if answer.status else "no answer"
            self._pause(pause, f"{what}, try {failures + 1} of {patience.tries}")
        return answer

    def _once(
        self,
        method: str,
        path: str,
        params: Params | None,
        content: bytes | None,
        headers: Mapping[str, str] | None,
    ) -> Answer:
        import httpx

        if self.cancel.is_set():
            raise Cancelled
        self.calls += 1
        address = f"{self.server}{API}{path}"
        try:
            with self._connections.open().stream(
                method,
                address,
                params=dict(params) if params else None,
                content=content,
                headers=dict(headers or {}),
                timeout=self.timeout,
            ) as reply:
                body = decoded(self._whole(reply))
        except BodyError as error:
            if method != "GET" or isinstance(error, DamagedError):
                return Answer(0, message=str(error))  # what was asked for may be done
            # As a server says it that finds the answer too large itself, so that fewer rows are asked for.
            hint = "Something other than Langfuse may answer at this address; or a run there holds enormous texts."
            raise LangfuseError(f"{method} {self.url(path, params)}: {error}", hint, status=413) from None
        except (httpx.HTTPError, httpx.InvalidURL, RuntimeError) as error:
            # A RuntimeError is the pool closed by another thread in the middle of a call.
            if self.cancel.is_set():
                raise Cancelled from None
            unsent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
            slow = isinstance(error, httpx.TimeoutException)
            reason = f"no answer within {self.timeout:g} s" if slow else str(error)
            return Answer(0, message=self.credentials.redact(reason) or type(error).__name__, unsent=unsent)
        if (told := http_date(reply.headers.get("date", ""))) is not None:
            self._connections.ahead = time.time() - told
        return Answer(reply.status_code, body, dict(reply.headers), self.credentials.redact(said(body)))

    def _whole(self, reply: httpx.Response) -> bytes:
        """The answer's body, unpacked here: a server may send little that becomes much, or bytes without end."""
        body, longest = Body(reply.headers.get("content-encoding", ""), MOST_ANSWER), self.timeout * 4
        until = time.monotonic() + longest
        for piece in reply.iter_raw():
            body.add(piece)
            if self.cancel.is_set():
                raise Cancelled
            if time.monotonic() > until:
                raise BodyError(f"the reply did not end within {longest:g} s")
        return body.whole()

    # -- pauses --------------------------------------------------------------------------------------------------

    def _learn(self, bucket: str, answer: Answer, pause: float) -> None:
        self.rates.freeze(bucket, pause)
        details = answer.fields.get("details")
        limit = details.get("limit") if isinstance(details, dict) else None
        named = limit if limit is not None else answer.headers.get("x-ratelimit-limit", "")
        if str(named).isdecimal() and len(str(named)) < 10:
            self.rates.learn(bucket, int(named))

    def _pause(self, seconds: float, why: str) -> None:
        """Waits, counting down; ends at once when cancelled."""
        end = self.clock.now() + seconds
        while (left := end - self.clock.now()) > 0:
            if self.on_wait is not None:
                self.on_wait(Wait(left, why))
            if self.wait(min(left, 1.0)):
                raise Cancelled
        if self.on_wait is not None:
            self.on_wait(Wait(0.0, ""))

    def wait(self, seconds: float) -> bool:
        """Let time pass; True when the work was given up meanwhile."""
        return self.clock.wait(seconds, self.cancel)


_NOTICE_S = 0.25
"""Seconds after which a wait looks up: a Ctrl-C in the instant before a wait begins is noted and does not end it. A
publication was seen to sit out a rate limit of ten minutes after one."""


def in_parallel(http: LangfuseHttp, concurrency: int, do: Callable[[T], R], work: Sequence[T]) -> Iterator[R]:
    """Results of `do` for all work, in order, a few at a time.

    When one raises, or the user presses Ctrl-C, the others do not sit out a rate limit first.
    """
    with ThreadPoolExecutor(concurrency) as pool:
        try:
            for future in [pool.submit(do, one) for one in work]:
                while not wait((future,), timeout=_NOTICE_S).done:
                    pass
                yield future.result()
        except BaseException:
            http.stop()
            raise


def encode_json(body: Any) -> bytes:
    """JSON bytes as they are sent; lone surrogates become replacement characters."""
    return json.dumps(body, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")


def _encoded(
    body: Any, content: bytes | None, headers: Mapping[str, str] | None
) -> tuple[bytes | None, Mapping[str, str] | None]:
    if body is None:
        return content, headers
    return encode_json(body), {"Content-Type": "application/json", **(headers or {})}
