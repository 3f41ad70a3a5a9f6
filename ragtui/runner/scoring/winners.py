"""Which of two answers a judge preferred: read wherever it is said, never made up, and how it was read is told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ragtui.runner.scoring.verdicts import NoVerdictError, objects_in, rationale_of, without_thinking

FIRST, TIE, SECOND = 1, 0, -1

_NAMES = ("winner", "verdict", "preferred", "preference", "choice", "better")
_WORDS = {
    **dict.fromkeys(("first", "a", "1", "answer a", "answer 1", "first answer", "assistant a", "the first"), FIRST),
    **dict.fromkeys(("second", "b", "2", "answer b", "answer 2", "second answer", "assistant b", "the second"), SECOND),
    **dict.fromkeys(("tie", "c", "0", "equal", "both", "neither", "draw", "same", "none"), TIE),
}
_BRACKETED = re.compile(r"\[\[\s*(a|b|c|first|second|tie)\s*\]\]", re.IGNORECASE)
"""How the judges of MT-Bench (Zheng et al., 2023) were asked to answer, and many prompts since."""
_PROSE = re.compile(
    r"\b(?:winner|verdict|preferred|choice)\b[\"'*_\s]*(?:is|:|=|-)?[\"'*_\s]*(?:a\s+(?=tie)|the\s+|answer\s+|assistant\s+)?"
    r"(first\b|second\b|tie\b|(?-i:[AB])(?=[\"'*_]*(?:$|[.,;\n])))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Preferred:
    """What was found.

    Attributes:
        which: FIRST, TIE or SECOND.
        how: empty when the reply was the JSON that was asked for; else how it was read.
    """

    which: int
    rationale: str = ""
    how: str = ""


def read_winner(text: str) -> Preferred:
    """The preference in a reply: JSON, [[A]], a word alone, or "winner: first" within prose.

    Raises:
        NoVerdictError: none of these, or several that differ.
    """
    said = without_thinking(text)
    thought = "after thinking aloud, " if said != text.strip() else ""
    found = [(value, which) for value in objects_in(said) if (which := _named(value)) is not None]
    if found:
        if len({which for _, which in found}) > 1:
            raise NoVerdictError("several verdicts that differ")
        value, which = found[-1]
        plain = said.startswith("{") and said.endswith("}") and not thought
        return Preferred(which, rationale_of(value), "" if plain else f"{thought}JSON within other text")
    alone = _word(said)
    if alone is not None:
        return Preferred(alone, "", f"{thought}a word alone")
    for pattern, how in ((_BRACKETED, "brackets within prose"), (_PROSE, "a winner within prose")):
        places = {_WORDS[match.group(1).lower()] for match in pattern.finditer(said)}
        if len(places) > 1:
            raise NoVerdictError("several winners in the text that differ")
        if places:
            return Preferred(places.pop(), said[:1000], f"{thought}{how}")
    raise NoVerdictError("not a verdict")


def _named(value: Mapping[str, Any]) -> int | None:
    fields = {str(name).lower(): inner for name, inner in value.items()}
    said = next((fields[name] for name in _NAMES if name in fields), None)
    return None if said is None or isinstance(said, Mapping | list | bool) else _word(str(said))


def _word(text: str) -> int | None:
    return _WORDS.get(text.strip().strip("[]\"'*_.").strip().lower())
