"""Reading values out of files nobody checked: every function takes anything and answers with one type."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
"""Digits as people write scores: Python also takes "1_0" and the digits of every script."""
_LARGEST_WHOLE = 2.0**63
_MILLISECONDS = 1e11
"""From here on a time is in milliseconds: as seconds it would be in the year 5138, as milliseconds it is in 1973."""


def text(value: Any) -> str:
    """A string as it is, None as empty, a number as its digits, anything else as compact JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, (int, float)):
        return str(value)
    import orjson

    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    except (TypeError, ValueError):
        return str(value)


def number(value: Any) -> float | None:
    """A finite number, or None for everything else (a bool is not a number here)."""
    if type(value) is float:
        return value if math.isfinite(value) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        as_float = float(value)
    except OverflowError:
        return None
    return as_float if math.isfinite(as_float) else None


def score(value: Any) -> float | None:
    """A finite score: a number, a boolean as 0 or 1, or digits written as text; None for everything else."""
    if isinstance(value, bool):
        return float(value)
    return number(written_number(value) if isinstance(value, str) else value)


def written_number(text: str) -> float | None:
    """A number written as text, NaN and infinities too; None for words, such as "1_0" and digits of other scripts."""
    said = text.strip()
    if _NUMBER.fullmatch(said) or said.casefold().lstrip("+-") in ("nan", "inf", "infinity"):
        return float(said)
    return None


def whole(value: Any) -> int | None:
    """An integer of at most 63 bits, or None."""
    if type(value) is int and -_LARGEST_WHOLE < value < _LARGEST_WHOLE:
        return value
    as_float = number(value)
    if as_float is None or not as_float.is_integer() or abs(as_float) >= _LARGEST_WHOLE:
        return None
    return int(as_float)


def mapping(value: Any) -> Mapping[str, Any]:
    """An object, or an empty one."""
    return value if isinstance(value, dict) else {}


def timestamp(value: Any) -> datetime | None:
    """An ISO 8601 time, or seconds or milliseconds since 1970; without a zone it is taken as UTC."""
    try:
        if isinstance(value, str):
            parsed = datetime.fromisoformat(value)
            return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
        seconds = number(value)
        if seconds is not None and abs(seconds) >= _MILLISECONDS:
            seconds /= 1000  # pandas writes times into JSON so
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def identifier(value: Any) -> str:
    """An item id or repeat label as text; empty when the value cannot be one."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return ""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        return str(int(value)) if value.is_integer() else str(value)
    return ""
