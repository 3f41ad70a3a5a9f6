"""What a reply says about itself, read with distrust: counts, and what a status means."""

from __future__ import annotations

import math
from typing import Any

from ragtui.runner.endpoints.calling import Fault

CHARACTERS_A_TOKEN = 4.0
"""A rule of thumb for English, used where the server does not count; said wherever it was used."""

_MOST_TOKENS = 10**9
"""No reply has more; a larger number is nonsense and must not reach the sums."""

_STATUS = {
    400: Fault.REQUEST,
    401: Fault.KEY,
    402: Fault.QUOTA,
    403: Fault.KEY,
    404: Fault.NOT_FOUND,
    408: Fault.TIMEOUT,
    409: Fault.SERVER,
    425: Fault.SERVER,
    429: Fault.TOO_MANY,
    529: Fault.SERVER,
}


def estimated_tokens(text: Any) -> int:
    """Tokens of a text by its length; at least one for a text that is not empty."""
    length = len(text) if isinstance(text, str) else len(str(text))
    return math.ceil(length / CHARACTERS_A_TOKEN)


def whole_count(value: Any) -> int | None:
    """A count of tokens, or None for what cannot be one: NaN, an infinity, a negative or an absurd number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not 0 <= value <= _MOST_TOKENS:  # false for NaN
        return None
    return int(value)


def fault_of_status(status: int) -> Fault:
    """What an HTTP status means for the next try."""
    return _STATUS.get(status, Fault.SERVER if status >= 500 else Fault.REQUEST)
