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


def retry_after(headers: Headers) -> float | None:
    """Seconds to wait, 0 or more, by `retry-after-ms` or `retry-after`; None where nothing usable is said.

    A date is taken by the server's own clock, where the answer says it: by ours, when that is fast, the pause would be
    over before it began.
    """
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        said = (headers.get(name) or "").strip()
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
