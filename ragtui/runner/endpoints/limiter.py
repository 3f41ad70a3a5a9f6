"""How many calls may be under way at once: more while all goes well, half when the server says "too many"."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

_COOL_DOWN_S = 1.0
"""Refusals within one such span are one message from the server, not many."""


class Limiter:
    """Additive increase, multiplicative decrease (Chiu and Jain, 1989) on the number of calls under way.

    Args:
        ceiling: never more than this.
        clock: seconds, monotonic: the wall clock may jump.
    """

    def __init__(self, ceiling: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.ceiling = max(1, ceiling)
        self._limit = float(self.ceiling)
        self.in_flight = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._closed_until = 0.0
        self._last_cut = -_COOL_DOWN_S
        self.held_s = 0.0
        """Seconds that places were held, over all calls: what a server is kept busy with."""

    @property
    def limit(self) -> int:
        """Calls allowed at once now."""
        return max(1, int(self._limit))

    def set_ceiling(self, ceiling: int) -> None:
        """A person's wish for more or fewer calls at once."""
        self.ceiling = max(1, ceiling)
        self._limit = float(self.ceiling)
        self._wake()

    def resize(self, ceiling: int) -> None:
        """Another ceiling, while a cut that the server asked for stays."""
        cut = self._limit < self.ceiling
        self.ceiling = max(1, ceiling)
        self._limit = min(self._limit, float(self.ceiling)) if cut else float(self.ceiling)
        self._wake()

    def take_free(self, most: int) -> int:
        """Take up to so many further places that are free at this moment and wanted by nobody; returns how many."""
        free = 0 if self._waiting else min(most, self.limit - self.in_flight)
        self.in_flight += max(0, free)
        return max(0, free)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for a place, hold it for the length of the block."""
        await self.acquire()
        began = self._clock()
        try:
            yield
        finally:
            self.held_s += self._clock() - began
            self.release()

    async def acquire(self) -> None:
        """Wait for a place; first come, first served."""
        while True:
            if self.in_flight < self.limit and not self._waiting:
                self.in_flight += 1
                break
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self.release()
                elif turn in self._waiting:
                    self._waiting.remove(turn)
                raise
            break
        while (wait := self._closed_until - self._clock()) > 0:
            try:
                await asyncio.sleep(wait)
            except asyncio.CancelledError:
                self.release()
                raise

    def release(self) -> None:
        """Give a place back."""
        self.in_flight -= 1
        self._wake()

    def succeeded(self) -> None:
        """A call went through: one more at once after about a limit's worth of such calls."""
        if self._limit < self.ceiling:
            self._limit = min(float(self.ceiling), self._limit + 1.0 / self._limit)
            self._wake()

    def refused(self, retry_after_s: float | None = None) -> bool:
        """The server said "too many requests"; returns whether the limit was cut by it."""
        now = self._clock()
        if retry_after_s:
            self._closed_until = max(self._closed_until, now + retry_after_s)
        if now - self._last_cut < _COOL_DOWN_S:
            return False
        self._last_cut = now
        self._limit = max(1.0, min(self._limit, float(self.in_flight or 1)) / 2)
        return True

    def _wake(self) -> None:
        while self._waiting and self.in_flight < self.limit:
            turn = self._waiting.popleft()
            if not turn.done():
                self.in_flight += 1
                turn.set_result(None)
