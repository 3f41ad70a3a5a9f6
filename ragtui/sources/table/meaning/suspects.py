"""Scores and measurements that are suspected to be failures: a −1 or 999 on a scale that never holds one.

They are left out of every mean and asked about, because an average over a judge's −1 is a number about nothing, and a
timeout written as 9999 is no latency.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from ragtui.model import Role, guess_metric

_NEGATIVE = frozenset({-1.0, -9.0, -99.0, -100.0, -999.0, -9999.0, -(2.0**31)})
_POSITIVE = frozenset({99.0, 999.0, 9999.0, 99999.0, 999999.0, 9999999.0, 999999999.0, 1e6, 1e9, 2.0**31 - 1})
_FAR = 5.0
"""How many times as large as every other score a positive one has to be."""
_NEVER = 999.0
"""From here on, the same odd number on every row is suspected even where nothing stands beside it."""
_FEW = 3
"""Other scores that must be there before a positive one is out of place among them."""
_OFTEN = 5
"""From one row in so many on, a −1 beside 0 and 1 is a vote against; a judge that fails that often is noticed."""
_RARE = 10
"""In runs where a number is a score by contract, only what stands on one row in so many or fewer is suspected."""
_TIMES = re.compile("latency|duration|time|elapsed", re.IGNORECASE)
_BOTH_WAYS = (
    "preference", "preferred", "win", "vote", "sentiment", "polarity", "stance", "delta", "diff", "correlation",
    "reward", "advantage", "logprob", "log_prob", "likelihood", "feedback_score", "thumb",
)  # fmt: skip
"""Names of scores where −1 is as good as 1."""


@dataclass(slots=True)
class Scale:
    """What one metric holds: how often each value that may be a failure, and between what the others lie."""

    name: str
    odd: dict[float, int] = field(default_factory=dict)
    zeros: int = 0
    below: dict[float, int] = field(default_factory=dict)
    others: int = 0
    kinds: set[float] = field(default_factory=set)
    low: float = math.inf
    high: float = -math.inf

    def see(self, value: float, times: int = 1) -> None:
        """A score, and how often it occurs."""
        if not math.isfinite(value):
            return
        if value in _NEGATIVE or value in _POSITIVE:
            self.odd[value] = self.odd.get(value, 0) + times
        elif value == 0 and self._is_spent:
            self.zeros += times
        elif value < 0 and value.is_integer() and len(self.below) < _FEW:
            self.below[value] = self.below.get(value, 0) + times
        else:
            self.others += times
            self.low, self.high = min(self.low, value), max(self.high, value)
            if len(self.kinds) <= _FEW:
                self.kinds.add(value)

    @property
    def count(self) -> int:
        """All scores."""
        return self.others + self.zeros + sum(self.odd.values()) + sum(self.below.values())

    @property
    def _is_spent(self) -> bool:
        return guess_metric(self.name).role is Role.RESOURCE

    def suspected(self) -> dict[float, int]:
        """Values that are suspected to be failures, and how often they occur."""
        metric = guess_metric(self.name)
        if any(word in self.name.lower() for word in _BOTH_WAYS):
            return {}
        if self.others and self.low < 0:
            return {}
        negative = [value for value in (*self.below, *self.odd) if value < 0]
        if self._is_thumbs or self.votes:
            return {}
        if self.below and (len(negative) > 1 or self.high in (-math.inf, -negative[0])):
            return {}  # several numbers below zero, or as far as the best one lies above: a scale that goes both ways
        found = {value: count for value, count in self.odd.items() if value < 0 and (self.others or metric.sign)}
        if self.others >= _FEW and metric.role is Role.QUALITY:
            found |= self.below
        if self.others >= _FEW and self.high > 0:
            far = max(_FAR * self.high, 10.0)
            found |= {
                value: count for value, count in self.odd.items() if value > 0 and self._is_far(value, count, far)
            }
        if not self.others and not self.zeros and len(self.odd) == 1 and metric.sign:
            found |= {value: count for value, count in self.odd.items() if value >= _NEVER and count >= _FEW}
        if self._takes_time and self.zeros and self.others >= _FEW and self.low != 1:
            found[0.0] = self.zeros  # nothing takes no time; whole seconds may be rounded down to it
        return found

    def suspected_of_own(self) -> dict[float, int]:
        """The same where a number is a score by contract, as in run folders and hosted runs.

        A −1 is suspected only where it is rare and none of a scale from −1 to 1 or 2, or lies two or more below every
        score ("4, 5, −1, 3"); nothing took no time only in files of others.
        """
        few = max(1, self.count // _RARE)
        near = self.low < 1 or self.high <= 2
        return {
            value: count
            for value, count in self.suspected().items()
            if value < -9 or value > 0 or (value < 0 and not (near and (self._reaches_below or count > few)))
        }

    @property
    def votes(self) -> int:
        """How many are −1 where the rest is 0 and 1 (and 2) and −1 is common: against, neither, for; else 0."""
        down = self.odd.get(-1.0, 0)
        return down if self._reaches_below and _OFTEN * down >= self.count else 0

    @property
    def assumed(self) -> str:
        """What is assumed of a −1 that is taken for a vote."""
        return f"`{self.name}` is -1 on {self.votes} of {self.count} rows, and else 0, 1 or 2: taken for a score"

    @property
    def _reaches_below(self) -> bool:
        """Whether all other scores are 0, 1 and perhaps 2, and −1 would be the next one."""
        return {0.0, 1.0} <= self.kinds <= {0.0, 1.0, 2.0} and set(self.odd) == {-1.0} and not self.below

    @property
    def _is_thumbs(self) -> bool:
        """Whether all scores are 1 or −1, and both are common: thumbs up and down, never a judge that failed."""
        down = self.odd.get(-1.0, 0)
        return self.low == self.high == 1 and set(self.odd) == {-1.0} and 5 * down >= down + self.others

    @property
    def _takes_time(self) -> bool:
        metric = guess_metric(self.name)
        return metric.role is Role.RESOURCE and (
            metric.unit in ("s", "ms", "min", "h") or bool(_TIMES.search(self.name))
        )

    def _is_far(self, value: float, count: int, far: float) -> bool:
        """Whether a value lies where no score is; what is spent has long tails, and the same number again has none."""
        return value >= far or (self._is_spent and count > 1 and value > self.high)
