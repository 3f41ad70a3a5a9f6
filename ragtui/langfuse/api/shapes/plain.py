"""Single values out of an answer: times, numbers, texts, JSON inside of texts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_NEVER = datetime(3000, 1, 1, tzinfo=UTC).timestamp()
"""Windows of time around a moment must be times as well."""


def moment(value: Any) -> float | None:
    """Seconds since 1970 of an ISO time; None when it is none, or none that anything was recorded at."""
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return None
    found = (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
    return found if 0 <= found < _NEVER else None


def iso(seconds: float) -> str:
    """A moment as the API wants it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def text_of(value: Any) -> str:
    """A string as it is; None as empty."""
    return value if isinstance(value, str) else "" if value is None else str(value)


def unpacked(value: Any) -> Any:
    """The value inside a JSON text; the text itself when it is none. Servers of v4 encode inputs and outputs."""
    if not isinstance(value, str):
        return value
    stripped = value.strip()
    # A bare number or word stays text: an answer "42" was written as text by most pipelines.
    if not stripped or stripped[0] not in '{["':
        return value
    try:
        return json.loads(stripped)
    except (ValueError, RecursionError):
        return value


def rows_in(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list, none when it is no list. What stands for an id and cannot be one is as if it were missing:
    rows are told apart by their ids everywhere."""
    rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
    for row in rows:
        wrong = [name for name, held in row.items() if isinstance(held, dict | list) and _names_id(name)]
        row.update(dict.fromkeys(wrong))
    return list(rows)


def _names_id(name: str) -> bool:
    return name == "id" or name.endswith("Id")


def settings(value: Any) -> dict[str, Any]:
    """Metadata with its values decoded; servers of v4 give every value as text."""
    value = unpacked(value)
    if not isinstance(value, Mapping):
        return {}
    return {str(key): unpacked(each) for key, each in value.items()}


def nested(flat: Mapping[str, Any], name: str) -> dict[str, Any]:
    """An object out of metadata: as it was given, or put together from the dotted names that v4 makes of it.

    Values of dotted names are text; what reads as a JSON number, boolean or null is taken for one.
    """
    whole = flat.get(name)
    if isinstance(whole, Mapping):
        return dict(whole)
    found: dict[str, Any] = {}
    for path, value in flat.items():
        if not path.startswith(f"{name}."):
            continue
        *outer, last = path.removeprefix(f"{name}.").split(".")
        place = found
        for part in outer:
            inner = place.setdefault(part, {})
            place = inner if isinstance(inner, dict) else {}
        place[last] = _typed(value)
    return found


def words(value: Any) -> tuple[str, ...]:
    """The texts in a list, such as tags; none when it is no list."""
    found = unpacked(value)
    return tuple(each for each in found if isinstance(each, str)) if isinstance(found, list) else ()


def _typed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return value
    return value if isinstance(found, str) else found
