"""Pages by number, pages by cursor, and the server's way of reading query values."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any


class Refused(Exception):
    """An answer that is not a 200."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(status)
        self.status, self.body = status, body


def invalid(path: str, message: str, code: str = "invalid_value") -> Refused:
    return Refused(
        400, {"message": "Invalid request data", "error": [{"code": code, "path": [path], "message": message}]}
    )


def missing(message: str) -> Refused:
    return Refused(404, {"message": message, "error": "LangfuseNotFoundError"})


def limit_of(query: dict[str, str], default: int = 50, most: int = 100, key: str = "limit") -> int:
    try:
        limit = int(query.get(key, default))
    except ValueError:
        raise invalid(key, "Invalid input: expected number, received NaN") from None
    if not 0 < limit <= most:
        raise invalid(key, f"Too big: expected number to be <={most}", "too_big")
    return limit


def newest_first(rows: Iterable[dict[str, Any]], date: str = "createdAt") -> list[dict[str, Any]]:
    """As the server orders most rows: the latest first, those of one date by their ids."""
    return sorted(sorted(rows, key=lambda row: str(row["id"])), key=lambda row: str(row[date]), reverse=True)


def paged(rows: Sequence[Any], query: dict[str, str]) -> dict[str, Any]:
    """Rows of one numbered page with its meta block."""
    limit, page = limit_of(query), int(query.get("page", 1))
    if page < 1:
        raise invalid("page", "Too small: expected number to be >0", "too_small")
    return {
        "data": list(rows[(page - 1) * limit : page * limit]),
        "meta": {"page": page, "limit": limit, "totalItems": len(rows), "totalPages": -(-len(rows) // limit)},
    }


def after_cursor(
    rows: Sequence[Any],
    query: dict[str, str],
    key: Callable[[Any], list[Any]],
    most: int = 100,
    once: Callable[[Any], Any] = id,
) -> tuple[list[Any], str | None]:
    """One page of rows sorted by falling `key`, and the cursor of the next one.

    Of rows that `once` holds for the same, those behind the cursor count, and of these the first.
    """
    limit = limit_of(query, most=most)
    ordered = sorted(rows, key=key, reverse=True)
    if "cursor" in query:
        try:
            last = json.loads(base64.urlsafe_b64decode(query["cursor"]))["last"]
        except (ValueError, KeyError):
            raise invalid("cursor", "Invalid cursor") from None
        ordered = [row for row in ordered if key(row) < last]
    first: dict[Any, Any] = {}
    for row in ordered:
        first.setdefault(once(row), row)
    ordered = list(first.values())
    page = ordered[:limit]
    if len(ordered) <= limit:
        return page, None
    return page, base64.urlsafe_b64encode(json.dumps({"v": 1, "last": key(page[-1])}).encode()).decode()


def comma_split(value: str | None) -> list[str] | None:
    """Several values in one parameter; the reason why names with commas need `filter`."""
    return None if value is None else [part.strip() for part in value.split(",")]


def filter_values(query: dict[str, str], columns: Sequence[str]) -> dict[str, list[str]]:
    """`stringOptions` conditions of the `filter` parameter by column; unknown columns are a 400."""
    if "filter" not in query:
        return {}
    try:
        conditions = json.loads(query["filter"])
    except ValueError:
        raise invalid("filter", "Invalid JSON in filter parameter") from None
    found: dict[str, list[str]] = {}
    for condition in conditions:
        if condition.get("type") == "datetime" and condition.get("column") == "startTime":
            continue
        if condition.get("column") not in columns:
            raise invalid("filter", f"Unsupported filter column {condition.get('column')}")
        if condition.get("type") == "stringOptions" and condition.get("operator") == "any of":
            found[condition["column"]] = list(condition["value"])
        elif condition.get("type") == "string" and condition.get("operator") == "=":
            found[condition["column"]] = [condition["value"]]
        else:
            raise invalid("filter", "Unsupported filter condition")
    return found


def field_groups(query: dict[str, str], known: Sequence[str], strict: bool = True) -> set[str]:
    groups = set(comma_split(query.get("fields")) or [])
    unknown = groups - set(known)
    if unknown and strict:
        options = "|".join(f'"{name}"' for name in known)
        raise invalid("fields", f"Invalid option: expected one of {options}")
    return groups
