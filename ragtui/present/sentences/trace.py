"""What is said of one observation of a trace."""

from __future__ import annotations

from ragtui.model import Observation, Trace
from ragtui.present.numbers import count, duration, money


def say_observation(one: Observation) -> str:
    """One line: kind, name, model with parameters, prompt, tokens, cost, time, and what went wrong."""
    parts = [f"{one.kind} {one.name}".strip(), one.model, f"({one.parameters})" if one.parameters else "", one.prompt]
    parts += [say_tokens(one), money(one.cost) if one.cost else ""]
    parts += [duration(one.seconds) if one.seconds is not None else "", say_level(one)]
    return "  ".join(part for part in parts if part)


def say_session(trace: Trace) -> str:
    """ "turn 2 of 3 in session chat-7"; "" for a trace that is part of no conversation."""
    if not trace.session:
        return ""
    place = f"turn {trace.turn} of {len(trace.turns)} in " if trace.turn else ""
    return f"{place}session {trace.session}"


def say_conversation(trace: Trace) -> list[str]:
    """The conversation a trace is a turn of, line by line: who said what, the turn at hand marked; [] for none."""
    if not trace.session:
        return []
    lines = [f"conversation: {say_session(trace)}"]
    for place, turn in enumerate(trace.turns, 1):
        mark = ">" if turn.trace == trace.id else " "
        for who, text in (("user", turn.said), ("assistant", turn.answered)):
            first, *rest = (text or "nothing recorded").splitlines() or [""]
            lines += [f"{mark} {place} {who}: {first}", *(f"    {line}" for line in rest)]
    return lines


def say_tokens(one: Observation) -> str:
    """ "75 tokens (input 70, output 5)"; "" where none were counted."""
    if not one.tokens:
        return ""
    kinds = ", ".join(f"{kind} {amount}" for kind, amount in one.tokens.items())
    return f"{count(sum(one.tokens.values()), 'token')} ({kinds})" if len(one.tokens) > 1 else kinds + " tokens"


def say_level(one: Observation) -> str:
    """Level and status message, where either says more than that all went well."""
    return f"{one.level}: {one.status}".rstrip(": ") if one.level not in ("", "DEFAULT") else one.status
