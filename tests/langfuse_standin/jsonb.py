"""What a real server keeps of a dataset item's fields: seen on 4.16 and read in its DatasetItemValidator."""

from __future__ import annotations

import math
import re
from typing import Any

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")


def stored_field(value: Any) -> Any:
    """A whole field: an empty text is null."""
    return None if value == "" else stored(value)


def stored(value: Any) -> Any:
    """Through JavaScript's numbers and PostgreSQL's jsonb: control characters go, keys are sorted by length."""
    if isinstance(value, str):
        return _CONTROL.sub("", value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return _javascript(value)
    if isinstance(value, dict):
        cleaned = {_CONTROL.sub("", key): stored(one) for key, one in value.items()}
        return dict(sorted(cleaned.items(), key=lambda pair: (len(pair[0].encode()), pair[0].encode())))
    return [stored(one) for one in value]


def _javascript(value: float) -> float | None:
    try:
        number = float(value)
    except OverflowError:
        return None
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() and abs(number) < 1e21 else number
