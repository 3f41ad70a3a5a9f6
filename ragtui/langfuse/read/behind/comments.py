"""What people wrote on a trace and on single observations of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ragtui.langfuse.api.client import LangfuseError, LangfuseHttp
from ragtui.langfuse.api.pages import PAGE, numbered
from ragtui.langfuse.api.shapes.plain import text_of

MOST_ASKED = 40
"""Observations that are asked for one by one, where the project has more comments than that many pages hold."""


def trace_comments(http: LangfuseHttp, trace_id: str) -> tuple[tuple[str, ...], str]:
    """Comments on a trace, the oldest first, and why there are none to read; "" where they were read.

    Raises:
        LangfuseError: the server does not answer, or refuses the keys.
    """
    try:
        rows = numbered(http.get, "/comments", {"objectType": "TRACE", "objectId": trace_id})
        return tuple(text_of(row.get("content")) for row in _oldest_first(rows)), ""
    except LangfuseError as error:
        return (), _unread(error)


def _unread(error: LangfuseError) -> str:
    """What is said of comments that could not be read; "" for a server that has none."""
    if error.status in (0, 401, 403):
        raise error
    return "" if error.status in (404, 405) else f"comments could not be read ({error.message})"


def _oldest_first(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Comments that say something, each once; the server lists them in no order."""
    unique = {text_of(row.get("id")) or str(row): row for row in rows if row.get("content")}
    return sorted(unique.values(), key=lambda row: (text_of(row.get("createdAt")), text_of(row.get("content"))))


def observation_comments(http: LangfuseHttp, observations: Collection[str]) -> tuple[dict[str, tuple[str, ...]], str]:
    """Comments by observation, and what was not asked for; "" when all was.

    There is no way to ask for those of a trace. Either the project's listing is read whole, or each observation is
    asked for alone, whichever takes fewer calls.

    Raises:
        LangfuseError: the server does not answer, or refuses the keys.
    """
    if not observations:
        return {}, ""
    kind = {"objectType": "OBSERVATION"}
    found: dict[str, list[str]] = {}
    try:
        total = http.get("/comments", {**kind, "page": 1, "limit": 1}).meta.get("totalItems")
        many = total if isinstance(total, int) else 0
        if many == 0:
            return {}, ""
        asked = list(observations)[:MOST_ASKED]
        if -(-many // PAGE) <= len(asked):
            rows = list(numbered(http.get, "/comments", kind))
            asked = list(observations)
        else:
            rows = [row for one in asked for row in numbered(http.get, "/comments", {**kind, "objectId": one})]
    except LangfuseError as error:
        return {}, _unread(error)
    for row in _oldest_first(rows):
        if row.get("objectId") in observations:
            found.setdefault(text_of(row.get("objectId")), []).append(text_of(row.get("content")))
    left = len(observations) - len(asked)
    told = f"comments of {left} observations were not asked for" if left else ""
    return {one: tuple(said) for one, said in found.items()}, told
