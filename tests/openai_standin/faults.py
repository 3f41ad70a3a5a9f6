"""What goes wrong, how often, and which of it hits the next request."""

from __future__ import annotations

import random
from dataclasses import dataclass, field


@dataclass
class Faults:
    """Knobs. Shares are of all requests, drawn from a seeded stream.

    Attributes:
        too_many: 429; with `retry_after` as its header when given (seconds or an HTTP date).
        first_too_many: the first so many requests get 429, whatever the share.
        most_at_once: more requests than this under way at once get 429.
        server_error: 503.
        first_server_error: the first so many requests get 503, whatever the share.
        quota: every request gets 429 with the code `insufficient_quota`.
        no_usage: replies do not say how many tokens they used.
        thinks: judges think aloud, with braces, before their verdict.
        hang: nothing is ever sent.
        slow_loris: the right bytes, one by one, slower than anybody waits.
        malformed: 200 with a body that is no JSON.
        other_shape: 200 with JSON that is no completion.
        truncated: the connection closes in the middle of the body.
        reset: the connection closes without an answer.
        nonsense: judges say something that is no verdict.
        no_schema: structured output is not known here: 400.
        refusal: judges refuse, in the field made for it.
        down_after: the server closes its door after so many requests, for `down_s` seconds (None: for good).
        key: the only key that is let in; None lets everybody in.
        models: the only models that exist; empty means all.
        batch_looks: so many looks at a batch find it under way.
        batch_expires: so many batches end with half of their requests unanswered.
        batch_refuses: every so-many-th request of a batch is refused for good; 0 for none.
        batch_garbles: the output file holds lines that are none.
        batch_lost_looks: so many looks at a batch get 503.
        words: of an answer, give or take a third.
        letters_a_token: how the server counts; as many letters are one token.
        cached: the same prompt always gets the very same reply, id included.
    """

    seed: int = 1
    latency_s: float = 0.0
    too_many: float = 0.0
    first_too_many: int = 0
    most_at_once: int | None = None
    retry_after: str | None = None
    server_error: float = 0.0
    first_server_error: int = 0
    quota: bool = False
    no_usage: bool = False
    thinks: bool = False
    hang: float = 0.0
    slow_loris: float = 0.0
    malformed: float = 0.0
    other_shape: float = 0.0
    truncated: float = 0.0
    reset: float = 0.0
    nonsense: float = 0.0
    refusal: float = 0.0
    no_schema: bool = False
    down_after: int | None = None
    down_s: float | None = None
    key: str | None = None
    models: tuple[str, ...] = ()
    words: int = 8
    letters_a_token: float = 4.0
    cached: bool = False
    batch_looks: int = 1
    batch_expires: int = 0
    batch_refuses: int = 0
    batch_garbles: bool = False
    batch_lost_looks: int = 0
    _dice: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)

    def draw(self) -> str:
        """Name of the fault that hits the next request; empty for none."""
        roll = self._dice.random()
        for name in (
            "too_many",
            "server_error",
            "hang",
            "slow_loris",
            "malformed",
            "other_shape",
            "truncated",
            "reset",
        ):
            roll -= getattr(self, name)
            if roll < 0:
                return name
        return ""

    def judge_fault(self) -> str:
        """Name of the fault in what a judge says; empty for none."""
        roll = self._dice.random()
        if roll < self.nonsense:
            return "nonsense"
        return "refusal" if roll < self.nonsense + self.refusal else ""
