"""The score in what a judge said: found wherever it stands, never made up, and how it was found is told."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_THINKING = re.compile(r"<(think|thinking|reasoning|scratchpad)>.*?</\1>|^.*?</think>", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r"```(?:json)?\s*(.*?)```", re.DOTALL | re.IGNORECASE)
_PROSE = re.compile(
    r"(?:^|[^\w])(?:final\s+|overall\s+)?(?:score|rating|verdict|grade)\b[\"'*_\s]*(?:is|of|=|:|-)?[\"'*_\s]*"
    r"(-?\d+(?:\.\d+)?)(?:\s*(?:/|out of)\s*(\d+(?:\.\d+)?))?(?![\w.]*\d)(?!\s*(?:-|–|to)\s*\d)",
    re.IGNORECASE,
)
_ALONE = re.compile(r"^[\"'*_\s]*(-?\d+(?:\.\d+)?)(?:\s*(?:/|out of)\s*(\d+(?:\.\d+)?))?[\"'*_.\s]*$")
_CUT = re.compile(r"\"(?:score|rating)\"\s*:\s*\"?(-?\d+(?:\.\d+)?)\"?\s*[,}]", re.IGNORECASE)
_NAMES = ("score", "rating", "value", "verdict", "grade")
_WHY = ("rationale", "reason", "reasoning", "explanation", "justification", "comment")
_MOST_OBJECTS = 200


@dataclass(frozen=True, slots=True)
class JudgeVerdict:
    """What was found.

    Attributes:
        score: the number as it was written.
        how: empty when the reply was the JSON that was asked for; else how it was read.
    """

    score: float
    rationale: str = ""
    how: str = ""


class NoVerdictError(Exception):
    """There is no score in the reply, or not one that can be told from the rest; the text says why."""


def read_verdict(text: str, low: float, high: float) -> JudgeVerdict:
    """The score of a reply.

    It is looked for, in this order: the whole reply as JSON; the last JSON object with a score in it, outside of what a
    reasoning model thinks aloud; a number alone; "Score: 4" within prose, when all such places agree.

    Args:
        low, high: the scale, to read "4/5" on a scale that ends at 5.

    Raises:
        NoVerdictError: none of these, or several that differ.
    """
    whole = _object(text.strip())
    if whole is not None and (found := _score_in(whole, high)) is not None:
        score, plain = found
        return JudgeVerdict(score, rationale_of(whole), "" if plain else "score written as text")
    said = without_thinking(text)
    thought = "after thinking aloud, " if said != text.strip() else ""
    objects = [value for value in objects_in(said) if _score_in(value, high) is not None]
    if objects:
        last = objects[-1]
        found = _score_in(last, high)
        assert found is not None
        if {round(pair[0], 9) for value in objects if (pair := _score_in(value, high))} == {
            round(found[0], 9)
        } or thought:
            return JudgeVerdict(found[0], rationale_of(last), f"{thought}JSON within other text")
        raise NoVerdictError("several verdicts that differ")
    alone = _ALONE.match(said)
    if alone is not None:
        return JudgeVerdict(_of(alone, high), "", f"{thought}a number alone")
    cut = _CUT.search(said)
    if cut is not None:
        return JudgeVerdict(
            float(cut.group(1)), _cut_rationale(said), f"{thought}JSON that was cut off behind its score"
        )
    matches = [match for match in _PROSE.finditer(said) if not (match.end() == len(said) and "{" in said)]
    places = [_of(match, high) for match in matches]  # a number at a cut end may be half of one
    if places and len(set(places)) == 1:
        return JudgeVerdict(places[0], said[:1000], f"{thought}a score within prose")
    if len(places) > 1:
        raise NoVerdictError("several scores in the text that differ")
    raise NoVerdictError("not a verdict")


def without_thinking(text: str) -> str:
    """A reply without what a reasoning model thinks aloud; all of it where nothing else would be left."""
    return _THINKING.sub("", text).strip() or text.strip()


def _of(match: re.Match[str], high: float) -> float:
    """The number; a fraction must end where the scale ends."""
    if match.group(2) is not None and float(match.group(2)) != high:
        raise NoVerdictError(f"score {match.group(0).strip()!r} is on another scale")
    return float(match.group(1))


def _score_in(value: Mapping[str, Any], high: float) -> tuple[float, bool] | None:
    """The score of an object and whether it was a plain number; looks one level deep."""
    fields = {str(name).lower(): inner for name, inner in value.items()}
    for name in _NAMES:
        said = fields.get(name)
        if isinstance(said, bool) or said is None:
            continue
        if isinstance(said, int | float):
            return (float(said), True) if math.isfinite(said) else None
        if isinstance(said, str) and (alone := _ALONE.match(said)) is not None:
            return _of(alone, high), False
        if isinstance(said, Mapping):
            return _score_in(said, high)
    inner = [entry for entry in fields.values() if isinstance(entry, Mapping)]
    return _score_in(inner[0], high) if len(fields) == 1 and inner else None


def rationale_of(value: Mapping[str, Any]) -> str:
    """The words about a verdict, under the names they usually have; looks one level deep."""
    fields = {str(name).lower(): inner for name, inner in value.items()}
    found = next((fields[name] for name in _WHY if isinstance(fields.get(name), str)), "")
    inner = [entry for entry in fields.values() if isinstance(entry, Mapping)]
    return str(found) or (rationale_of(inner[0]) if inner else "")


def _cut_rationale(text: str) -> str:
    found = re.search(r'"rationale"\s*:\s*"((?:[^"\\]|\\.)*)', text)
    return found.group(1) if found else ""


def _object(text: str) -> Mapping[str, Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def objects_in(text: str) -> Iterator[Mapping[str, Any]]:
    """JSON objects within a text, in order; those inside of others are not looked for."""
    fenced = [found for block in _FENCE.findall(text) if (found := _object(block.strip())) is not None]
    if fenced:
        yield from fenced
        return
    decoder, place, tries = json.JSONDecoder(), 0, 0
    while (place := text.find("{", place)) >= 0 and tries < _MOST_OBJECTS:
        tries += 1
        try:
            value, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            place += 1
            continue
        if isinstance(value, dict):
            yield value
        place = end
