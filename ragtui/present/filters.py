"""The filter line: words and conditions that a row must meet, all of them.

refund policy          both words, anywhere in the row
"refund policy"        the phrase
dataset:support        a field that contains the text
verdict:improved,regressed    either of them
status:=failed         exactly
delta:>=0.5  age:<7d   numbers; an age in days, with m, h, d or w; ms and s are seconds
base:missing           no value
!note:flaky  !refund   the opposite
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches

MISSING_WORDS = frozenset({"missing", "none", "—"})
"""Values that ask for rows without a value."""

_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_UNITS = {"": 1.0, "%": 0.01, "ms": 0.001, "s": 1.0, "m": 1 / 1440, "h": 1 / 24, "d": 1.0, "w": 7.0}
_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(%|ms|[smhdw])?", re.IGNORECASE)
_TERM = re.compile(r'(?P<no>!?)(?:(?P<key>[^\s":<>=!]+):(?P<op><=|>=|<|>|=)?)?(?P<value>"[^"]*"?|[^\s]*)')
_SECONDS_A_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Term:
    """One condition.

    Attributes:
        key: name of a field, lower case; "" searches the whole row.
        op: "", "=", "<", "<=", ">" or ">=".
        value: what is looked for, lower case.
        inverted: whether the row must not meet it.
        quoted: whether the value stood in quotes and is taken as it is.
    """

    key: str
    op: str
    value: str
    inverted: bool = False
    quoted: bool = False

    def matches(self, fields: Mapping[str, object], text: str) -> bool:
        """Whether a row meets the condition. `text` is the row's searchable text in lower case."""
        return self._met(fields, text) is not self.inverted

    def _met(self, fields: Mapping[str, object], text: str) -> bool:
        if self.key not in fields:
            # A colon may simply be part of what is looked for, as in an address.
            return self.written in text
        found = fields[self.key]
        if self.op in _COMPARE:
            limit, number = _limit(self.value, found), _number(found)
            return limit is not None and number is not None and _COMPARE[self.op](number, limit)
        wanted = [self.value] if self.quoted else [part for part in self.value.split(",") if part]
        return any(_same(part, found, exactly=self.op == "=") for part in wanted)

    @property
    def written(self) -> str:
        """The condition without its inversion, as typed."""
        return f"{self.key}:{self.op}{self.value}" if self.key else self.value


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions that must all hold.

    Attributes:
        text: as typed; "" lets everything through.
        terms: the conditions that can be judged.
        problem: why a condition is not judged; "" when all are.
        half_typed: the first condition that has no value yet; "" when all have one. A line being typed is full of
            them, a command's is an unset variable.
    """

    text: str = ""
    terms: tuple[Term, ...] = ()
    problem: str = ""
    half_typed: str = ""

    def __bool__(self) -> bool:
        return bool(self.terms)

    def matches(self, fields: Mapping[str, object], text: str = "") -> bool:
        """Whether a row is let through.

        A comparison with a missing value (None, NaN) is never met, so its opposite is.

        Args:
            fields: values by name: text, numbers, `timedelta`, booleans, None, or lists of them. Names in any case.
            text: what free words are looked for in.
        """
        if not self.terms:
            return True
        lowered, names = text.lower(), {name.lower(): value for name, value in fields.items()}
        return all(term.matches(names, lowered) for term in self.terms)


def parse_filter(text: str) -> Filter:
    """Conditions of a filter line. Half-typed ones are left out, so that rows do not vanish between two keys."""
    terms, problem, half_typed = [], "", ""
    for found in _TERM.finditer(text.strip()):
        quoted = found["value"].startswith('"')
        value = found["value"].strip('"').lower()
        if not value:
            half_typed = half_typed or found.group()
            continue
        key, op = (found["key"] or "").lower(), found["op"] or ""
        if op in _COMPARE and not _NUMBER.fullmatch(value):
            problem = f"{found['value']} is not a number"
            continue
        terms.append(Term(key, op, value, bool(found["no"]), quoted))
    return Filter(text.strip(), tuple(terms), problem, half_typed)


def unknown_field(wanted: Filter, known: Collection[str]) -> str:
    """What to say of a condition on a field that no row has; "" when all are known.

    An address such as http://host is looked for as text, and so is anything in quotes.
    """
    names = sorted({name.lower() for name in known})
    for term in wanted.terms:
        plain = term.key.replace("_", "").replace("-", "").isalnum()
        if not term.key or term.key in names or not plain or term.value.startswith("//"):
            continue
        near = get_close_matches(term.key, names, n=1)
        hint = f"did you mean {near[0]}?" if near else f"fields are {', '.join(names)}"
        return f"no field {term.key}; {hint}"
    return ""


def unknown_value(wanted: Filter, words: Mapping[str, Collection[str]]) -> str:
    """What to say of a value that a field with few words never has; "" when all can be met.

    Args:
        words: all words that such fields can hold, by field, in lower case.
    """
    for term in wanted.terms:
        known = words.get(term.key)
        if known is None or term.op in _COMPARE:
            continue
        for part in [term.value] if term.quoted else term.value.split(","):
            if part and part not in MISSING_WORDS and not any(_same(part, one, exactly=False) for one in known):
                near = get_close_matches(part, known, n=1)
                hint = f"did you mean {near[0]}?" if near else f"they are {', '.join(known)}"
                return f"{term.key} is never {part}; {hint}"
    return ""


def without_last(text: str) -> str:
    """A filter line without its last condition."""
    spans = [found.span() for found in _TERM.finditer(text) if found.group()]
    return text[: spans[-1][0]].rstrip() if spans else ""


def _limit(value: str, against: object) -> float | None:
    """The number written in a condition, in the unit of the field: seconds for a `timedelta`, else as it is."""
    found = _NUMBER.fullmatch(value)
    if found is None:
        return None
    number, unit = float(found[1]), (found[2] or "").lower()
    if isinstance(against, timedelta):
        return number * _UNITS[unit] * (1.0 if unit in ("ms", "s") else _SECONDS_A_DAY)
    return number * _UNITS[unit]


def _number(value: object) -> float | None:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bool | str) or value is None:
        return None
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return None if math.isnan(number) else number


def _shown_as(wanted: str) -> float:
    """Half of the last decimal typed: 0.93 also finds what is shown as 0.93."""
    decimals = len(wanted.partition(".")[2]) if wanted.replace(".", "", 1).lstrip("+-").isdigit() else 0
    return 0.5 * 10.0**-decimals if decimals else 0.0


def _same(wanted: str, found: object, *, exactly: bool) -> bool:
    if isinstance(found, bool):
        return wanted in (("true", "yes", "1") if found else ("false", "no", "0"))
    if isinstance(found, list | tuple | set | frozenset):
        members: Iterable[object] = found
        return any(_same(wanted, member, exactly=exactly) for member in members) or (
            not found and wanted in MISSING_WORDS
        )
    if found is None or found == "" or (isinstance(found, float) and math.isnan(found)):
        return wanted in MISSING_WORDS
    if not isinstance(found, str):
        number, limit = _number(found), _limit(wanted, found)
        if number is not None and limit is not None:
            return abs(number - limit) <= (0.0 if exactly else _shown_as(wanted)) + 1e-9 * abs(limit)
    shown = str(found).lower()
    return shown == wanted if exactly else wanted in shown
