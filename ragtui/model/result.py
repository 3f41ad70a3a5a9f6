"""One result: what a pipeline answered for one item in one repeat, and what the judges said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Context:
    """One retrieved passage, in rank order within its result."""

    id: str
    text: str = ""
    title: str = ""
    score: float | None = None
    relevant: bool | None = None


@dataclass(frozen=True, slots=True)
class Rating:
    """What one of several people gave an answer: a number or a label.

    Attributes:
        by: who, as their place names them; "" where it does not say.
    """

    by: str = ""
    value: float | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One metric's word on one result: a finite value, or the reason why there is none.

    Attributes:
        ratings: where several people rated the answer, what each gave; the value or label is what they say together.
    """

    value: float | None = None
    label: str = ""
    rationale: str = ""
    error: str = ""
    raw: str = ""
    judge: str = ""
    ratings: tuple[Rating, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """Text and measurements of one item in one repeat; read on demand."""

    item_id: str
    repeat: str
    output: str = ""
    contexts: tuple[Context, ...] = ()
    judgements: Mapping[str, Judgement] = field(default_factory=dict)
    error: str = ""
    latency_s: float | None = None
    tokens: Mapping[str, int] = field(default_factory=dict)
    cost_usd: float | None = None
    trace_id: str = ""
    trace_url: str = ""
    started_at: str = ""
    attempt: int = 1
    metadata: Mapping[str, Any] = field(default_factory=dict)
