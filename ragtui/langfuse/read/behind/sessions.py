"""The conversation a trace is a turn of: the traces of its session, in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ragtui.langfuse.api.client import LangfuseError, LangfuseHttp, path_value
from ragtui.langfuse.api.pages import cursored
from ragtui.langfuse.api.shapes.plain import iso, moment, rows_in, text_of
from ragtui.langfuse.api.shapes.texts import answer_of, question_of
from ragtui.model import Exchange

BEFORE_S = 30 * 86_400.0
"""How long before the trace at hand its conversation may have begun; v4 searches all it has without a start."""

MOST_TURNS = 500


def read_session(
    http: LangfuseHttp, session: str, start: float | None, *, experiments: bool
) -> tuple[tuple[Exchange, ...], str]:
    """The turns of a session, oldest first, and what went wrong; "" when nothing did.

    The trace itself stays readable without its session, so a refusal is told and not raised.

    Args:
        start: about when the trace at hand began, seconds since 1970.
        experiments: the server lists observations of v4; else the session is read whole.

    Raises:
        LangfuseError: the server does not answer, or refuses the keys.
    """
    try:
        found = _roots(http, session, start) if experiments else _whole(http, session)
    except LangfuseError as error:
        if error.status in (0, 401, 403):
            raise
        return (), f"the conversation cannot be read ({error.message})"
    turns = sorted(found.values(), key=lambda turn: (turn.started or 0.0, turn.trace))
    cut = f"the last {MOST_TURNS} of {len(turns)} turns" if len(turns) > MOST_TURNS else ""
    return tuple(turns[-MOST_TURNS:]), cut


def _roots(http: LangfuseHttp, session: str, start: float | None) -> dict[str, Exchange]:
    query: dict[str, str | int] = {"sessionId": session, "isRootObservation": "true", "fields": "core,basic,io"}
    if start is not None:
        query["fromStartTime"] = iso(start - BEFORE_S)
    found: dict[str, Exchange] = {}
    for row in cursored(http.get, "/v2/observations", query):
        turn = _turn(text_of(row.get("traceId")), row.get("startTime"), row)
        # A trace may have several roots: its evaluation hangs beside it, and began later.
        if row.get("sessionId") == session and row.get("type") != "EVALUATOR":
            kept = found.setdefault(turn.trace, turn)
            if (turn.started or 0.0) < (kept.started or 0.0):
                found[turn.trace] = turn
    return found


def _whole(http: LangfuseHttp, session: str) -> dict[str, Exchange]:
    rows = rows_in(http.get(f"/sessions/{path_value(session)}").fields.get("traces"))
    turns = (_turn(text_of(row.get("id")), row.get("timestamp"), row) for row in rows)
    return {turn.trace: turn for turn in turns}


def _turn(trace: str, started: Any, row: Mapping[str, Any]) -> Exchange:
    return Exchange(trace, moment(started), question_of(row.get("input")), answer_of(row.get("output")))
