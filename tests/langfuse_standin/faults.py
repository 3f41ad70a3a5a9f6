"""What can go wrong on purpose, and the record of what was asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Fault:
    """A rule that spoils matching requests.

    Attributes:
        method: HTTP method, or "*".
        path: text the path (without /api/public) must start with; "" matches all.
        status: answer with this status instead; 0 leaves the answer alone.
        times: how many matching requests are hit; negative for all.
        skip: matching requests left alone first.
        apply: do the work before the fault strikes (a lost answer).
        lose: answer as if all went well, but store nothing.
        drop: close the connection without an answer.
        hang: seconds to wait before closing the connection without an answer.
        delay: seconds to wait before the (good or bad) answer.
        headers, body: of the spoiled answer; the default body is what servers of that status send.
        meanwhile: done before the answer is made: what others write while a listing is read.
        contains: only requests whose decoded body or query has this text.
    """

    method: str = "*"
    path: str = ""
    status: int = 0
    times: int = 1
    skip: int = 0
    apply: bool = False
    lose: bool = False
    drop: bool = False
    hang: float = 0.0
    delay: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    contains: str = ""
    meanwhile: Callable[[], object] | None = None
    hits: int = 0

    def strikes(self, method: str, path: str, text: str) -> bool:
        """Whether this request is hit; counts the matching ones."""
        if self.method not in ("*", method) or not path.startswith(self.path) or self.contains not in text:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.times == 0:
            return False
        self.times -= 1
        self.hits += 1
        return True

    def answer(self) -> tuple[int, Any]:
        """Status and body of a spoiled answer."""
        if self.body is not None:
            return self.status, self.body
        if self.status == 524:
            return 524, "<html><head><title>A timeout occurred</title></head></html>"
        if self.status == 429:
            return 429, "429 - rate limit exceeded"
        return self.status, {"message": "Internal Server Error", "error": "made by the stand-in"}


@dataclass(frozen=True)
class Logged:
    """One request and what was answered; status 0 means the connection was closed without an answer."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    status: int
    at: float

    def json(self) -> Any:
        return json.loads(self.body)
