"""One call to a server: what can go wrong, what is worth another try, and what was used."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from ragtui.retry_after import Headers, retry_after
from ragtui.runner.endpoints.limiter import Limiter

T = TypeVar("T")

_FIRST_PAUSE_S = 0.25
_LONGEST_PAUSE_S = 20.0
_LONGEST_ASKED_S = 3600.0


class Fault(StrEnum):
    """Why a call failed, as far as it decides what to do next."""

    TOO_MANY = "too many requests"
    QUOTA = "nothing left to spend"
    SERVER = "server error"
    CONNECTION = "no connection"
    TLS = "no secure connection"
    BROKEN = "connection broken"
    TIMEOUT = "timeout"
    BAD_REPLY = "unreadable reply"
    KEY = "key refused"
    NOT_FOUND = "unknown model or address"
    REQUEST = "request refused"
    SETTING = "setting refused"
    DOWN = "endpoint down"


_BUSY = frozenset({Fault.TOO_MANY, Fault.SERVER})
"""Waited out: a server that is overloaded says so with 429, and just as often with 500, 502, 503, 504 or 529."""
_AGAIN = frozenset({Fault.CONNECTION, Fault.BROKEN, Fault.TIMEOUT, Fault.BAD_REPLY})
_WAY_OUT = {
    Fault.KEY: "Set the variable that holds the key (api_key_env, or ${NAME} in a header) to a good one, then resume.",
    Fault.QUOTA: "Add credit or raise the limit at the provider, then resume.",
    Fault.NOT_FOUND: "Check address and model: start anew if the plan must change, or resume once they are served.",
    Fault.SETTING: "Leave it out of the plan, or ask another model.",
    Fault.TLS: "Write http:// for a server without TLS; SSL_CERT_FILE names a certificate of your own to trust.",
    Fault.DOWN: "Start the server or mend the way to it, then resume.",
}
"""What a person can do about each fault that every further call will meet too."""


class CallError(Exception):
    """A call that failed, already without secrets.

    Args:
        retry_after_s: how long the server asked to wait.
        raw: what the server said, shortened.
    """

    def __init__(self, fault: Fault, message: str, retry_after_s: float | None = None, raw: str = "") -> None:
        super().__init__(f"{fault}: {message}" if message else str(fault))
        self.fault = fault
        self.retry_after_s = retry_after_s
        self.raw = raw

    @property
    def hopeless(self) -> bool:
        """Whether every further call to this endpoint will fail alike, until a person acts."""
        return self.fault in _WAY_OUT

    @property
    def way_out(self) -> str:
        """What to do about it; empty when there is nothing but to try again."""
        return _WAY_OUT.get(self.fault, "")


class OverBudgetError(Exception):
    """The next call is one more than the budget has."""


@dataclass(frozen=True, slots=True)
class CallPatience:
    """How long and how often a failing call is tried again.

    Attributes:
        timeout_s: for one try, however slowly its bytes trickle in.
        retries: further tries after a broken connection, a timeout or an unreadable reply.
        patience_s: how long "too many requests" and server errors (5xx) are waited out, in all.
        outage_s: how long a server that nobody can connect to is waited for.
    """

    timeout_s: float = 60.0
    retries: int = 3
    patience_s: float = 300.0
    outage_s: float = 60.0


@dataclass(slots=True)
class ReplyTokens:
    """What one model used for one purpose.

    Attributes:
        replies: without those that were asked for again because the first was cut off; tokens are of all.
    """

    replies: int = 0
    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(slots=True)
class Usage:
    """What the calls of a run used so far."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0
    unpriced_calls: int = 0
    estimated_calls: int = 0
    """Replies that did not say how many tokens they used: theirs are estimated from the length of the texts."""
    cached_calls: int = 0
    """Replies taken out of the response cache: not asked, not paid."""
    own_tokens: int = 0
    own_usd: float = 0.0
    """What targets say they used themselves; their calls cannot be seen from here, and a budget holds for them too."""
    most_calls: int | None = None
    """No call is made beyond these, not even another try."""
    retries: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    asked: dict[tuple[str, str], ReplyTokens] = field(default_factory=dict)
    """By what for and model: "generate", "embed", "judge NAME"."""

    def count_reply(self, what: str, model: str, input_tokens: int, output_tokens: int) -> None:
        """Count the tokens of a reply to the question "what", such as "judge tone" or "judge tone, longer"."""
        self.input_tokens += input_tokens
        self.output_tokens += output_tokens
        purpose, _, again = what.partition(", ")
        asked = self.asked.setdefault((purpose, model), ReplyTokens())
        asked.replies += not again
        asked.input_tokens += input_tokens
        asked.output_tokens += output_tokens

    def count_own(self, tokens: Mapping[str, int], cost_usd: float | None) -> None:
        """Count what a target says that its answer took."""
        self.own_tokens += sum(tokens.values())
        self.own_usd += max(0.0, cost_usd or 0.0)

    def add(self, other: Usage) -> None:
        """Add what calls elsewhere used."""
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.faults.update(other.faults)

    def taken(self) -> Usage:
        """What was counted since the last time; counting begins anew."""
        counted = Usage(faults=self.faults.copy(), **{name: getattr(self, name) for name in _COUNTS})
        for name in _COUNTS:
            setattr(self, name, 0)
        self.faults.clear()
        self.asked.clear()
        return counted

    def count_call(self) -> None:
        """Count a call that is about to be made.

        Raises:
            OverBudgetError: it would be one too many.
        """
        if self.most_calls is not None and self.calls >= self.most_calls:
            raise OverBudgetError("budget of calls reached")
        self.calls += 1

    @property
    def tokens(self) -> int:
        """Input and output together."""
        return self.input_tokens + self.output_tokens


_COUNTS = (
    "calls", "input_tokens", "output_tokens", "cost_usd", "unpriced_calls", "estimated_calls", "cached_calls",
    "own_tokens", "own_usd", "retries",
)  # fmt: skip

Note = Callable[[str, dict[str, object]], None]


def _ignore(kind: str, fields: dict[str, object]) -> None:
    pass


@dataclass(slots=True)
class Caller:
    """Makes calls to one server: limits how many at once, times them out, tries again."""

    limiter: Limiter
    patience: CallPatience
    usage: Usage
    note: Note = _ignore
    _last_success: float = float("-inf")

    async def call(self, attempt: Callable[[], Awaitable[T]], what: str = "") -> T:
        """The value of the first attempt that goes through.

        Raises:
            CallError: it is not worth another try, or tries and patience are used up.
        """
        failing_since, failures, waited = 0.0, 0, 0.0
        while True:
            try:
                value = await self._once(attempt)
            except CallError as failure:
                self.usage.faults[failure.fault.value] += 1
                pause = failure.retry_after_s or _backoff(failures)
                failing_since = failing_since if failures else time.monotonic()
                failures += 1
                if failure.fault in _BUSY:
                    if waited + pause > self.patience.patience_s:
                        if waited or failure.retry_after_s is None:
                            raise
                        self._say_long_wait(what, failure)  # once, because the server says when it will be ready
                    waited += pause
                elif failure.fault not in _AGAIN:
                    raise
                elif failures > self.patience.retries:
                    self._give_up_or_wait(failure, failing_since)
                self.usage.retries += 1
                self.note("retry", {"what": what, "fault": failure.fault.value, "pause_s": round(pause, 2)})
                await asyncio.sleep(pause)
            else:
                self._last_success = time.monotonic()
                self.limiter.succeeded()
                return value

    def _say_long_wait(self, what: str, failure: CallError) -> None:
        seconds, patience = failure.retry_after_s or 0.0, self.patience.patience_s
        message = (
            f"the server asks to wait {seconds:g} s, longer than patience_s = {patience:g}; tried once more after it"
        )
        self.note("waiting", {"what": what, "message": message, "seconds": seconds})

    def _give_up_or_wait(self, failure: CallError, since: float) -> None:
        """A server that nobody reaches is down for all: that is waited out, and then ends the run, not the item."""
        if failure.fault is not Fault.CONNECTION or self._last_success > since:
            raise failure
        if time.monotonic() - since > self.patience.outage_s:
            raise CallError(Fault.DOWN, f"no connection for {self.patience.outage_s:g} s ({failure})") from failure

    async def _once(self, attempt: Callable[[], Awaitable[T]]) -> T:
        async with self.limiter.slot():
            self.usage.count_call()
            try:
                async with asyncio.timeout(self.patience.timeout_s):
                    return await attempt()
            except TimeoutError:
                raise CallError(Fault.TIMEOUT, f"no answer within {self.patience.timeout_s:g} s") from None
            except CallError as failure:
                crowded = failure.fault is Fault.TOO_MANY or (failure.fault is Fault.SERVER and failure.retry_after_s)
                if crowded and self.limiter.refused(failure.retry_after_s):
                    limits: dict[str, object] = {"limit": self.limiter.limit, "ceiling": self.limiter.ceiling}
                    self.note("limit", limits | ({"wait_s": failure.retry_after_s} if failure.retry_after_s else {}))
                raise


def _backoff(failures: int) -> float:
    """Full jitter: a random share of a span that doubles (Brooker, 2015)."""
    return float(random.uniform(0.5, 1.0) * min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2**failures))


def retry_after_seconds(headers: Headers | None) -> float | None:
    """What a model's server asks to wait; hours are no limit of a minute, but a mistake or a limit of the day."""
    seconds = None if headers is None else retry_after(headers)
    return seconds if seconds is not None and 0 < seconds < _LONGEST_ASKED_S else None
