"""Objects that pandas wrote into a CSV cell as Python prints them: "['a', 'b']", "{'question': 'why?'}".

Nothing is evaluated but literals, and only of a text that Python would print so again: "['a' 'b']", which numpy prints
for two texts, is one text to Python. Times, UUIDs and NaN beside literals become texts or nothing first.
"""

from __future__ import annotations

import ast
import re
import warnings
from typing import Any

LONGEST = 1024 * 1024
"""Characters of a cell that is read: one of the answers of a judge, not a recording of a whole pipeline."""
DEEPEST = 60
"""Brackets inside of each other: Python's parser gives up, or breaks, somewhat above 90."""

_PARTS = re.compile(
    r"(?P<text>'(?:[^'\\]++|\\.)*+'|\"(?:[^\"\\]++|\\.)*+\")"
    r"|(?P<call>(?:datetime\.datetime|datetime\.date|Timestamp|UUID)\((?:[^()'\"]|'[^'\\]*')*+\))"
    r"|(?P<nan>\b(?:nan|NaT|inf)\b)|(?P<open>[\[({])|(?P<close>[\])}])",
    re.DOTALL,
)


def literal(written: str) -> Any:
    """The list or object that a text prints; None for every other text."""
    said = written.strip()
    if len(said) > LONGEST or said[:1] + said[-1:] not in ("[]", "{}"):
        return None
    plain = _plain(said)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "[see \d]" is a text with brackets, not a mistake in a program
            found = ast.literal_eval(plain) if plain else None
        return found if isinstance(found, (list, dict)) and repr(found) == plain else None
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def _plain(said: str) -> str:
    """The same with nothing but literals; empty where it is nested too deep."""
    parts: list[str] = []
    end = depth = 0
    for found in _PARTS.finditer(said):
        kind, sign = found.lastgroup, found[0]
        depth += (kind == "open") - (kind == "close")
        if depth > DEEPEST:
            return ""
        parts += [said[end : found.start()], {"call": repr(sign), "nan": "None"}.get(kind or "", sign)]
        end = found.end()
    return "".join([*parts, said[end:]])
