"""How long a server asks to wait, whatever it serves: one reading of `Retry-After`, in seconds or as a date."""

from __future__ import annotations

import math
import time
from datetime import UTC
from typing import Protocol


class Headers(Protocol):
    """Headers by name in lower case, or by a name in any case."""

    def get(self, name: str, /) -> str | None:
        """One header."""


def retry_after(headers: Headers, inside: object = None) -> float | None:
    """Seconds to wait, 0 or more, by `retry-after-ms`, `retry-after` or, failing those, what the body says, `inside`;
    None where nothing usable is said.

    A date is taken by the server's own clock, where the answer says it: by ours, when that is fast, the pause would be
    over before it began.
    """
    told = ((headers.get("retry-after-ms"), 1000.0), (headers.get("retry-after"), 1.0), (inside, 1.0))
    for said, unit in ((str(said), unit) for said, unit in told if said is not None):
        try:
            seconds = float(said) / unit
        except ValueError:
            if (until := http_date(said)) is None:
                continue
            now = http_date(headers.get("date") or "")
            seconds = until - (time.time() if now is None else now)
        if math.isfinite(seconds):
            return max(0.0, seconds)
    return None


def http_date(text: str) -> float | None:
    """Seconds since 1970 of a date as headers write it; None when it is none. One without a zone is in GMT."""
    from email.utils import parsedate_to_datetime

    try:
        found = parsedate_to_datetime(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
