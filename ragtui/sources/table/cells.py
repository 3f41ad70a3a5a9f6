"""Single cells of a score table: blank, number, word, or a number written as text."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

BLANK = frozenset({"", "none", "null", "na", "n/a", "-", "—", "#n/a"})
"""Texts that say there is nothing here; "nan" is not one of them: it says that a number was not finite."""

WORDS = {
    "true": 1.0, "false": 0.0, "yes": 1.0, "no": 0.0, "pass": 1.0, "fail": 0.0, "passed": 1.0, "failed": 0.0,
    "correct": 1.0, "incorrect": 0.0, "right": 1.0, "wrong": 0.0, "y": 1.0, "n": 0.0, "✓": 1.0, "✔": 1.0, "✔️": 1.0,
    "✅": 1.0, "☑": 1.0, "👍": 1.0, "✗": 0.0, "✘": 0.0, "✖": 0.0, "❌": 0.0, "👎": 0.0,
    "ja": 1.0, "nein": 0.0, "richtig": 1.0, "falsch": 0.0, "korrekt": 1.0, "inkorrekt": 0.0, "wahr": 1.0,
    "bestanden": 1.0, "nicht bestanden": 0.0, "oui": 1.0, "non": 0.0, "vrai": 1.0, "faux": 0.0, "sí": 1.0, "sì": 1.0,
    "si": 1.0, "sim": 1.0, "não": 0.0, "nao": 0.0, "verdadero": 1.0, "verdadeiro": 1.0, "vero": 1.0, "falso": 0.0,
    "correcto": 1.0, "incorrecto": 0.0, "corretto": 1.0, "да": 1.0, "нет": 0.0, "はい": 1.0, "いいえ": 0.0, "正解": 1.0,
    "不正解": 0.0, "合格": 1.0, "不合格": 0.0, "是": 1.0, "否": 0.0, "对": 1.0, "错": 0.0, "正确": 1.0, "错误": 0.0,
    "通过": 1.0, "未通过": 0.0, "예": 1.0, "아니오": 0.0, "○": 1.0, "◯": 1.0, "×": 0.0,
    "nee": 0.0, "juist": 1.0, "onjuist": 0.0, "goed": 1.0, "fout": 0.0, "nej": 0.0, "nei": 0.0, "rätt": 1.0,
    "fel": 0.0, "godkänd": 1.0, "underkänd": 0.0, "kyllä": 1.0, "ei": 0.0, "tak": 1.0, "nie": 0.0, "poprawna": 1.0,
    "niepoprawna": 0.0, "ano": 1.0, "ne": 0.0, "evet": 1.0, "hayır": 0.0, "ya": 1.0, "tidak": 0.0, "igen": 1.0,
    "nem": 0.0, "так": 1.0, "ні": 0.0, "верно": 1.0, "неверно": 0.0, "ναι": 1.0, "όχι": 0.0, "có": 1.0, "không": 0.0,
    "نعم": 1.0, "لا": 0.0, "हाँ": 1.0, "नहीं": 0.0, "네": 1.0, "아니요": 0.0, "ใช่": 1.0, "ไม่ใช่": 0.0,
}  # fmt: skip
"""Words with an obvious number; anything else has to be mapped by a person."""

GRADES = {letter: float(4 - place) for place, letter in enumerate("abcdf")}
"""School grades as points: A is 4, F is 0."""

INSPECT = {"c": 1.0, "i": 0.0, "p": 0.5, "n": 0.0}
"""Inspect AI's letters: correct, incorrect, partial, no answer."""

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_AROUND = "*_`[] "
"""Signs with which Markdown and judges' prompts set a score off."""
_NOT_FINITE = frozenset({"nan", "inf", "+inf", "-inf", "infinity", "-infinity", "+infinity"})
_LABELLED = re.compile(
    r"[*_\s]*(?:(?:final|overall|total)\s+)?(?:score|rating|grade|verdict|result|answer|judge?ment)\s*[*_]*\s*[:=]\s*"
    r"[*_]*\s*(?P<rest>[^\n]{1,40}?)[*_\s]*",
    re.IGNORECASE,
)
_FRACTION = re.compile(rf"(?P<part>{_NUMBER.pattern})\s*(?:/|out\s+of|of)\s*(?P<whole>{_NUMBER.pattern})", re.I | re.A)
_PERCENT = re.compile(rf"(?P<number>{_NUMBER.pattern})\s*%", re.ASCII)
_STARS = re.compile(r"(?P<full>[★⭐]\ufe0f?(?:\s?[★⭐]\ufe0f?)*)?\s?(?P<empty>☆*)")
_LEADING = re.compile(
    rf"[*_\s\[]*(?P<score>{_NUMBER.pattern}(?:\s*(?:/|out\s+of)\s*\d+|\s*%)?)[*_\]]*"
    r"(?:\s*[:\-–—]\s+|\s*\(|\s*[.;,]\s+|\s*\n\s*)(?=[^\W\d_])",
    re.ASCII | re.IGNORECASE,
)

_ENDING = re.compile(
    rf"(?:^|[\s.!?;:,(*_])(?P<said>\[\[\s*{_NUMBER.pattern}\s*\]\]|"
    rf"(?:score|rating|grade)\s*[*_]*\s*[:=]\s*[*_\[]*{_NUMBER.pattern}(?:\s*(?:/|out\s+of)\s*\d+|\s*%)?)[*_\])\s.!]*$",
    re.ASCII | re.IGNORECASE,
)
"""A score behind the reasons for it, as judges are told to end: "Rating: [[7]]", "**Score: 4/5**."."""
_LONGEST_ENDING = 80


def is_blank(cell: Any) -> bool:
    """Whether a cell holds nothing."""
    return cell is None or (isinstance(cell, str) and cell.strip().casefold() in BLANK)


def plain_number(cell: Any) -> float | None:
    """The number a cell holds (it may be NaN or infinite), or None for words; "1_0" and other scripts are words."""
    if isinstance(cell, (bool, int, float)):
        try:
            return float(cell)
        except OverflowError:
            return math.inf
    if not isinstance(cell, str):
        return None
    said = cell.strip()
    if _NUMBER.fullmatch(said) or said.casefold() in _NOT_FINITE:
        return float(said)
    return None


_MEASURED = re.compile(
    r"[$€£]?\s*(?P<amount>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.?\d*|\.\d+)\s*"
    r"(?P<unit>s|secs?|seconds?|ms|msec|milliseconds?|min|minutes?|tokens?|toks?|usd|dollars?|eur|€|[$])?",
    re.ASCII | re.IGNORECASE,
)
_SECONDS = {"s": 1.0, "sec": 1.0, "second": 1.0, "ms": 0.001, "msec": 0.001, "millisecond": 0.001, "min": 60.0,
            "minute": 60.0}  # fmt: skip


_CLOCK = re.compile(r"(?:(?P<d>\d+) days?,? )?(?P<h>\d{1,3}):(?P<m>[0-5]\d):(?P<s>[0-5]\d(?:\.\d+)?)", re.ASCII)
"""A duration as Python and pandas print it: "0:00:01.5", "0 days 00:00:01.5"."""


def _seconds_on(clock: re.Match[str]) -> float:
    return int(clock["d"] or 0) * 86_400 + int(clock["h"]) * 3600 + int(clock["m"]) * 60 + float(clock["s"])


class Amount(NamedTuple):
    """A measurement: its number, and how many seconds its unit is; None where none was written."""

    value: float
    seconds: float | None = None


def amount(cell: Any) -> Amount | None:
    """What was measured: a number, or one written with a unit or with commas, "1.2 s", "350ms", "$0.02", "1,234"."""
    if (number := plain_number(cell)) is not None:
        return Amount(number)
    found = _MEASURED.fullmatch(cell.strip()) if isinstance(cell, str) else None
    if found is None:
        clock = _CLOCK.fullmatch(cell.strip()) if isinstance(cell, str) else None
        return None if clock is None else Amount(_seconds_on(clock), 1.0)
    unit = (found["unit"] or "").casefold()
    return Amount(float(found["amount"].replace(",", "")), _SECONDS.get(unit) or _SECONDS.get(unit.rstrip("s")))


class Written(NamedTuple):
    """A score written as text: its form, its number, and for a fraction its whole."""

    form: str
    value: float
    whole: float = 0.0


def written_score(cell: Any) -> Written | None:
    """A cell whose text is clearly one score: "4/5", "85 %", "Score: 4", "**4**", "[[4]]", "★★★☆☆"; None otherwise.

    Numbers alone and words are not meant here.
    """
    if not isinstance(cell, str) or len(cell) > 80:
        return None
    said = cell.strip()
    if stars := _STARS.fullmatch(said):
        return _counted_stars(stars)
    bare = said.strip(_AROUND)
    form = "label" if bare != said else ""
    said = bare
    if labelled := _LABELLED.fullmatch(said):
        said, form = labelled["rest"].strip().strip(_AROUND + "."), "label"
    if fraction := _FRACTION.fullmatch(said):
        part, whole = float(fraction["part"]), float(fraction["whole"])
        return Written("fraction", part, whole) if whole > 0 and 0 <= part <= whole else None
    if percent := _PERCENT.fullmatch(said):
        return Written("percent", float(percent["number"]))
    if not form:
        return None
    number = plain_number(said)
    if number is not None:
        return Written("label", number)
    word = WORDS.get(said.casefold())
    return None if word is None else Written("label", word)


def stated_score(cell: Any) -> Written | None:
    """The score with which a judge's text begins or ends; None where there is none.

    "4 - mostly right", "4/5 (one gap)", "Well put. Rating: [[4]]". Such a text may as well be the heading of a section:
    only a column that is called like a score is read so.
    """
    if not isinstance(cell, str):
        return None
    if (line := cell.strip().partition("\n")[0]) != cell and (said := written_score(line)):
        return said
    if began := _LEADING.match(cell):
        number = plain_number(began["score"])
        return Written("label", number) if number is not None else written_score(began["score"])
    ended = _ENDING.search(cell[-_LONGEST_ENDING:])
    return written_score(ended["said"]) if ended else None


def _counted_stars(stars: re.Match[str]) -> Written | None:
    full, empty = len(re.findall("[★⭐]", stars["full"] or "")), len(stars["empty"])
    if not full + empty:
        return None
    return Written("fraction", full, full + empty) if empty else Written("label", full)


def letters_of(found: set[str]) -> Mapping[str, float]:
    """What single letters count as, when all that occur are of one kind; empty when that is not clear.

    Args:
        found: every text of a column, in lower case.
    """
    if len(found) < 2:
        return {}
    if found <= INSPECT.keys() and "i" in found:
        return {letter: INSPECT[letter] for letter in found}
    plain = {text.rstrip("+-") for text in found}
    if plain <= GRADES.keys() and all(len(text) <= 2 for text in found):
        return {text: max(0.0, GRADES[text[0]] + {"+": 1 / 3, "-": -1 / 3}.get(text[1:], 0.0)) for text in found}
    return {}
