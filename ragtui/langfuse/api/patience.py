"""How long a call is tried, and the clock it is measured by."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Protocol


class Clock(Protocol):
    """Time, so that tests need not live through it."""

    def now(self) -> float:
        """Seconds, monotonic."""

    def wait(self, seconds: float, cancel: threading.Event) -> bool:
        """Sleep; True when the work was given up meanwhile."""


class RealClock:
    """The clock on the wall."""

    def now(self) -> float:
        """Seconds, monotonic."""
        return time.monotonic()

    def wait(self, seconds: float, cancel: threading.Event) -> bool:
        """Sleep; True when the work was given up meanwhile."""
        return cancel.wait(seconds)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to try one request.

    Attributes:
        tries: attempts before it is given up. A rate limit that says when to come back counts for none of them.
        first_wait_s: wait after the first failure; doubles up to `longest_wait_s`, with +-25 % jitter.
        limits_s: seconds that one request spends on rate limits, all pauses together. A quarter of an hour: windows of
            the plans are a minute long, and a server that asks for a day, or for nothing again and again, is not
            waited for.
        limits: rate limits sat out: a guard against a server that never lets anything through.
        deadline: moment of the clock after which nothing new is tried.
    """

    tries: int = 5
    first_wait_s: float = 1.0
    longest_wait_s: float = 30.0
    limits_s: float = 900.0
    limits: int = 120
    deadline: float = float("inf")

    def backoff(self, failures: int) -> float:
        """Seconds to wait after so many failures, before jitter."""
        return float(min(self.longest_wait_s, self.first_wait_s * 2.0 ** max(0, failures - 1)))


def limit_pause(asked: float | None, before: int) -> float:
    """Seconds to wait for a rate limit.

    A limit that says no time, as those of proxies do, is taken for the usual window of a minute, which four pauses
    outlast. One that is over at once, and then is not, is asked less and less often: "now", said a hundred times,
    would be used up in a second.

    Args:
        asked: what the server said; None where it said nothing.
        before: limits of the same call before this one.
    """
    if asked is None:
        return float(min(_LONGEST_S, _UNSAID_S * 2.0**before))
    return asked if asked >= 1.0 or not before else float(max(asked, min(_LONGEST_S, _AT_ONCE_S * 2.0**before)))


_AT_ONCE_S, _UNSAID_S, _LONGEST_S = 0.25, 4.0, 30.0

READING = Patience(first_wait_s=0.5, limits_s=300.0)
"""A person is waiting: five minutes of rate limits are the most."""


def a_look(clock: Clock) -> Patience:
    """For a look that nothing depends on, before or after the work: a minute, with all that others wait for.

    With the patience of the work, a server that answers nothing but "429, again at once" held a publication for an
    hour before its first byte.
    """
    return Patience(tries=3, deadline=clock.now() + 60.0)
