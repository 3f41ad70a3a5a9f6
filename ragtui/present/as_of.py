"""Words for numbers that were not asked for just now."""

from __future__ import annotations

from datetime import UTC, datetime


def cached_words(read: datetime, now: datetime | None = None) -> str:
    """Such as "as of 14:02, cached", with the date when that is another day; in local time."""
    here = read.astimezone()
    today = (now or datetime.now(UTC)).astimezone().date()
    return f"as of {here:%H:%M}, cached" if here.date() == today else f"as of {here:%Y-%m-%d %H:%M}, cached"
