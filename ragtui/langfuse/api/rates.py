"""Stays under a server's rate limits: one queue a bucket, interactive calls before background ones."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum

from ragtui.errors import RagtuiError
from ragtui.langfuse.api.credentials import Credentials

WINDOW_S = 60.0
CLOUD_LIMITS = {"general": 30, "datasets": 100, "tracing": 1000}
"""Calls a minute of the smallest Cloud plan (langfuse.com/faq/all/api-limits)."""

SHARE_OF_BACKGROUND = 0.7
"""Background work leaves the rest of a window to key presses."""


class Priority(IntEnum):
    """Who goes first when calls queue."""

    INTERACTIVE = 0
    BACKGROUND = 1


class Cancelled(RagtuiError):
    """The user gave up waiting."""

    def __init__(self) -> None:
        super().__init__("cancelled")


@dataclass(frozen=True, slots=True)
class Wait:
    """A pause before a call.

    Attributes:
        seconds: left to wait; 0 when it is over.
        why: one phrase for the screen.
    """

    seconds: float
    why: str


@dataclass
class _Bucket:
    limit: int | None = None
    calls: deque[float] = field(default_factory=deque)
    frozen_until: float = 0.0
    interactive_waiting: int = 0


class Rates:
    """Limits of one server and organisation.

    A sliding window never lets more calls through than a server's fixed window allows, wherever that one starts.
    The server refuses the last call of its limit already, so one less is planned.

    Args:
        nap: lets time pass in place of the wall clock, for clocks that are none.
    """

    def __init__(
        self,
        limits: dict[str, int] | None = None,
        clock: Callable[[], float] = time.monotonic,
        window: float = WINDOW_S,
        nap: Callable[[float], object] | None = None,
    ) -> None:
        self._clock = clock
        self._nap = nap
        self._window = window
        self._buckets = {name: _Bucket(limit) for name, limit in (limits or {}).items()}
        self._changed = threading.Condition()

    def limit(self, bucket: str) -> int | None:
        """Calls a minute, given or learnt; None when none is known."""
        with self._changed:
            return self._bucket(bucket).limit

    def learn(self, bucket: str, limit: int) -> None:
        """Takes over a limit the server named in a 429."""
        if limit > 1:
            with self._changed:
                self._bucket(bucket).limit = limit

    def freeze(self, bucket: str, seconds: float) -> None:
        """No call in this bucket for that long: the server said so."""
        with self._changed:
            mine = self._bucket(bucket)
            mine.frozen_until = max(mine.frozen_until, self._clock() + seconds)
            self._changed.notify_all()

    def delay(self, bucket: str, priority: Priority = Priority.INTERACTIVE) -> float:
        """Seconds until a call may go; 0 for now."""
        with self._changed:
            return self._delay(self._bucket(bucket), priority)

    def acquire(
        self,
        bucket: str,
        priority: Priority = Priority.INTERACTIVE,
        cancel: threading.Event | None = None,
        on_wait: Callable[[Wait], None] | None = None,
        deadline: float = math.inf,
    ) -> bool:
        """Blocks until a call may go, counting down through `on_wait` about once a second.

        Returns False, with nothing taken, when `deadline` (a moment of the clock) comes first.

        Raises:
            Cancelled: `cancel` was set while waiting.
        """
        told = 0
        with self._changed:
            mine = self._bucket(bucket)
            mine.interactive_waiting += priority is Priority.INTERACTIVE
        try:
            while True:
                if cancel is not None and cancel.is_set():
                    raise Cancelled
                with self._changed:
                    left = self._delay(mine, priority)
                    if self._clock() + left > deadline:
                        return False
                    if left <= 0:
                        mine.calls.append(self._clock())
                        break
                    frozen = mine.frozen_until > self._clock()
                if on_wait is not None and left >= 0.1 and math.ceil(left) != told:
                    told = math.ceil(left)
                    on_wait(Wait(left, "Langfuse asked for a pause" if frozen else "rate limit of Langfuse"))
                # Short naps, not one long one: a cancel or a freed slot is noticed at once.
                if self._nap is not None:
                    self._nap(min(left, 1.0))
                else:
                    with self._changed:
                        self._changed.wait(min(left, 0.25))
        finally:
            with self._changed:
                mine.interactive_waiting -= priority is Priority.INTERACTIVE
                self._changed.notify_all()
        if told and on_wait is not None:
            on_wait(Wait(0.0, ""))
        return True

    def _bucket(self, name: str) -> _Bucket:
        return self._buckets.setdefault(name, _Bucket())

    def _delay(self, mine: _Bucket, priority: Priority) -> float:
        now = self._clock()
        while mine.calls and mine.calls[0] <= now - self._window:
            mine.calls.popleft()
        frozen = max(0.0, mine.frozen_until - now)
        if priority is Priority.BACKGROUND and mine.interactive_waiting:
            return max(frozen, 0.05)
        if mine.limit is None:
            return frozen
        allowed = max(1, mine.limit - 1)
        if priority is Priority.BACKGROUND:
            allowed = max(1, int(allowed * SHARE_OF_BACKGROUND))
        if len(mine.calls) < allowed:
            return frozen
        return max(frozen, mine.calls[-allowed] + self._window - now)


def bucket_of(path: str) -> str:
    """The rate-limit bucket of a path below /api/public."""
    if path.startswith(("/otel", "/ingestion")):
        return "tracing"
    if path.startswith(("/v2/datasets", "/datasets", "/dataset-items", "/dataset-run-items")):
        return "datasets"
    # Prompts are served from a cache of the server's and have no limit on any plan.
    return "prompts" if path.startswith("/v2/prompts") else "general"


_SHARED: dict[tuple[str, str], Rates] = {}
_SHARED_LOCK = threading.Lock()


def shared_rates(credentials: Credentials) -> Rates:
    """The one queue of this process for a server and project."""
    with _SHARED_LOCK:
        key = (credentials.base_url, credentials.public_key)
        if key not in _SHARED:
            limits = dict(CLOUD_LIMITS) if credentials.is_cloud else {}
            if credentials.per_minute is not None:
                limits["general"] = credentials.per_minute
            _SHARED[key] = Rates(limits)
        return _SHARED[key]
