"""What people wrote on a trace and on single observations of it."""

from __future__ import annotations

from collections.abc import Collection

from ragtui.langfuse.api.client import LangfuseError, LangfuseHttp
from ragtui.langfuse.api.pages import PAGE, numbered
from ragtui.langfuse.api.shapes.plain import text_of

MOST_ASKED = 40
"""Observations that are asked for one by one, where the project has more comments than that many pages hold."""


def trace_comments(http: LangfuseHttp, trace_id: str) -> tuple[str, ...]:
    """Comments on a trace, in the order of the listing; none where this server has no comments.

    Raises:
        LangfuseError: the server does not answer, or refuses the keys.
    """
    try:
        rows = numbered(http.get, "/comments", {"objectType": "TRACE", "objectId": trace_id})
        return tuple(text_of(row.get("content")) for row in rows if row.get("content"))
    except LangfuseError as error:
        if error.status in (0, 401, 403):
            raise
        return ()


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
        if error.status in (0, 401, 403):
            raise
        return {}, ""
    for row in rows:
        if row.get("objectId") in observations and row.get("content"):
            found.setdefault(text_of(row.get("objectId")), []).append(text_of(row.get("content")))
    left = len(observations) - len(asked)
    told = f"comments of {left} observations were not asked for" if left else ""
    return {one: tuple(said) for one, said in found.items()}, told
