"""Counting while a run goes on: what the progress bar, the screen and the budget look at."""

from __future__ import annotations

import os
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ragtui.model import Result
from ragtui.present.numbers import share
from ragtui.runner.endpoints.calling import Usage
from ragtui.runner.plan.plan import Budget

_RATE_S = 30.0
_KEPT_LATENCIES = 2000
_SHOWN_REASONS = 3
_LONGEST_REASON = 300


def _first_line(text: str) -> str:
    return text.partition("\n")[0][:_LONGEST_REASON]


@dataclass(slots=True)
class SideTally:
    """One side's share."""

    name: str
    folder: str
    total: int
    done: int = 0
    failed: int = 0
    unjudged: int = 0
    repeats: Counter[str] = field(default_factory=Counter)
    scored: int = 0
    """Scores that are numbers or categories, over all metrics; of earlier sessions as well."""


class Tally:
    """Counts of one session of a run; what earlier sessions finished is counted as done from the start."""

    def __init__(
        self,
        sides: Sequence[SideTally],
        usage: Usage,
        before: Mapping[str, Any],
        origin: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.sides, self.usage, self._clock = list(sides), usage, clock
        self._origin = origin
        self._before = {name: before.get(name) or 0 for name in ("cost_usd", "calls", "tokens", "seconds")}
        self._began = clock()
        self._started = datetime.now(UTC).isoformat(timespec="seconds")
        self._already = self.done
        self._finished: deque[float] = deque()
        self._latencies: deque[float] = deque(maxlen=_KEPT_LATENCIES)
        self.in_flight = 0
        self.failures_in_a_row = 0
        self.reasons: Counter[str] = Counter()
        self._here = 0
        self._calls_so_far = self._retries_so_far = 0

    @property
    def total(self) -> int:
        """Item-repeats of the whole run."""
        return sum(side.total for side in self.sides)

    @property
    def done(self) -> int:
        """Item-repeats with a result."""
        return sum(side.done for side in self.sides)

    @property
    def failed(self) -> int:
        """Results that are errors."""
        return sum(side.failed for side in self.sides)

    @property
    def unjudged(self) -> int:
        """Results with an answer but without one of the scores."""
        return sum(side.unjudged for side in self.sides)

    def finished(self, side: int, result: Result, *, again: bool) -> None:
        """Count a written result; `again` when it replaces a failed one."""
        tally = self.sides[side]
        unjudged = any(judgement.error for judgement in result.judgements.values())
        tally.done += not again
        tally.failed += bool(result.error)
        tally.unjudged += unjudged and not result.error
        tally.repeats[result.repeat] += not again
        tally.scored += sum(
            not said.error and (said.value is not None or bool(said.label)) for said in result.judgements.values()
        )
        self._note_reasons(result)
        self._here += 1
        self.failures_in_a_row = self.failures_in_a_row + 1 if result.error else 0
        if result.latency_s is not None:
            self._latencies.append(result.latency_s)
        now = self._clock()
        self._finished.append(now)
        while self._finished and self._finished[0] < now - _RATE_S:
            self._finished.popleft()

    def _note_reasons(self, result: Result) -> None:
        """Why results or scores are missing: the first line of each error, without what differs from item to item."""
        if result.error:
            self.reasons[f"target: {_first_line(result.error)}"] += 1
        for name, said in result.judgements.items():
            if said.error:
                self.reasons[f"{name}: {_first_line(said.error)}"] += 1

    @property
    def scored(self) -> int:
        """Scores there are, over all sides, items, repeats and metrics."""
        return sum(side.scored for side in self.sides)

    def most_frequent_reasons(self) -> list[str]:
        """The commonest reasons of this session, with how often each came."""
        return [f"{times} x {reason}" for reason, times in self.reasons.most_common(_SHOWN_REASONS)]

    def next_pass(self) -> None:
        """The units that follow make other calls than those before: what they will make is counted from here."""
        self._here, self._calls_so_far, self._retries_so_far = 0, self.usage.calls, self.usage.retries

    def end_here(self) -> None:
        """What is done is all there is to do."""
        for side in self.sides:
            side.total = side.done

    def rate(self) -> float | None:
        """Results a second, over the last half minute."""
        now = self._clock()
        recent = [moment for moment in self._finished if moment >= now - _RATE_S]
        span = min(_RATE_S, now - self._began)
        return len(recent) / span if recent and span > 0.2 else None

    def seconds(self) -> float:
        """Time worked on the run in all sessions."""
        return float(self._before["seconds"]) + self._clock() - self._began

    def spent(self) -> dict[str, Any]:
        """Calls, tokens and dollars in all sessions, with what targets say they used themselves."""
        return {
            "calls": int(self._before["calls"]) + self.usage.calls,
            "tokens": int(self._before["tokens"]) + self.usage.tokens + self.usage.own_tokens,
            "cost_usd": round(float(self._before["cost_usd"]) + self.usage.cost_usd + self.usage.own_usd, 6),
            "unpriced_calls": self.usage.unpriced_calls,
            "estimated_calls": self.usage.estimated_calls,
            "cached_calls": self.usage.cached_calls,
            "seconds": round(self.seconds(), 1),
        }

    def over(self, budget: Budget, calls_a_unit: int = 0) -> str:
        """Which limit one more unit would break, in words; empty when none.

        What units under way will still use is set aside: the calls each makes, and the mean cost and tokens of a
        result so far, earlier sessions included. So a session that is resumed with nothing left starts nothing.

        Args:
            calls_a_unit: calls of one unit to servers, as far as they are known beforehand.
        """
        spent, begun = self.spent(), self._here + self.in_flight
        ahead = self._calls_so_far + begun * calls_a_unit + self.usage.retries - self._retries_so_far
        calls = int(self._before["calls"]) + max(self.usage.calls, ahead)
        if budget.calls is not None and calls + max(1, calls_a_unit) > budget.calls:
            return f"budget of {budget.calls} calls reached"
        cost = self._with_one_more(spent["cost_usd"], self._before["cost_usd"], begun)
        if budget.cost_usd is not None and (spent["cost_usd"] >= budget.cost_usd or cost > budget.cost_usd):
            return f"budget of ${budget.cost_usd:g} reached"
        tokens = self._with_one_more(spent["tokens"], self._before["tokens"], begun)
        if budget.tokens is not None and (spent["tokens"] >= budget.tokens or tokens > budget.tokens):
            return f"budget of {budget.tokens} tokens reached"
        return self.out_of_time(budget)

    def _with_one_more(self, spent: float, before: float, begun: int) -> float:
        """What will have been used when everything under way and one more unit are finished."""
        if not self.done:
            return spent
        mean = spent / self.done
        return max(spent, before + begun * mean) + mean

    def is_blind(self, budget: Budget) -> bool:
        """Whether it is still unknown what a result costs, while a budget depends on it: then one goes first alone."""
        return not self.done and self.in_flight > 0 and (budget.cost_usd is not None or budget.tokens is not None)

    def out_of_time(self, budget: Budget) -> str:
        """Whether a limit that does not depend on what one more unit costs is reached, in words."""
        if budget.minutes is not None and self.seconds() >= budget.minutes * 60:
            return f"budget of {budget.minutes:g} minutes reached"
        if budget.error_rate is not None and self.done >= 20 and self.failed / self.done > budget.error_rate:
            return f"more than {share(budget.error_rate)} of the results are errors"
        return ""

    def snapshot(self, state: str, limit: int, ceiling: int, message: str = "") -> dict[str, Any]:
        """Everything a watcher shows, as JSON."""
        rate = self.rate()
        left = self.total - self.done
        ordered = sorted(self._latencies)
        return {
            "pid": os.getpid(),
            "state": state,
            "origin": self._origin,
            "message": message,
            "started": self._started,
            "updated": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "total": self.total,
            "done": self.done,
            "already": self._already,
            "failed": self.failed,
            "unjudged": self.unjudged,
            "scored": self.scored,
            "reasons": self.most_frequent_reasons(),
            "in_flight": self.in_flight,
            "limit": limit,
            "ceiling": ceiling,
            "rate_per_s": round(rate, 3) if rate else None,
            "eta_s": round(left / rate, 1) if rate else None,
            "retries": self.usage.retries,
            "faults": dict(self.usage.faults),
            "p50_s": _quantile(ordered, 0.5),
            "p95_s": _quantile(ordered, 0.95),
            **self.spent(),
            "sides": [
                {
                    "name": side.name,
                    "folder": side.folder,
                    "total": side.total,
                    "done": side.done,
                    "failed": side.failed,
                    "unjudged": side.unjudged,
                    "repeats": dict(side.repeats),
                }
                for side in self.sides
            ],
        }


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 4) if ordered else None
