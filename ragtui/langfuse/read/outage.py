"""A server that does not answer: when that is it, and what is said instead of a decision."""

from __future__ import annotations

import time
from datetime import datetime

from ragtui.errors import RemoteError
from ragtui.langfuse.api.client import LangfuseError


def not_now(where: str, error: LangfuseError, read: float | None) -> RemoteError:
    """Fresh numbers were asked for and cannot be had; says how old those are that could be."""
    if read is None:
        return RemoteError(f"{where} cannot be read now ({error.message})", error.hint)
    moment = datetime.fromtimestamp(read).astimezone()
    hours = (time.time() - read) / 3600
    age = f"{round(hours)} h" if hours >= 1 else f"{round(hours * 60)} min"
    return RemoteError(
        f"{where} cannot be read now ({error.message}); what is known of it was read at {moment:%Y-%m-%d %H:%M}, "
        f"{age} ago, and nothing is decided on that",
        "Try again when the server answers, or accept it with --as-of cache.",
    )


def unreachable(error: LangfuseError) -> bool:
    """Whether the server is down or busy, as opposed to refusing."""
    return error.status in (0, 408, 429) or error.status >= 500
