"""TOML tables read strictly: what is taken has its type and range, what nobody takes is unknown."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

from ragtui.errors import UsageError

Choice = TypeVar("Choice", bound=StrEnum)
Entry = TypeVar("Entry")


class _UnreadableTomlError(tomllib.TOMLDecodeError):
    """What the parser has no words for; since Python 3.14 it wants a place in the text beside them."""

    def __init__(self, message: str) -> None:
        ValueError.__init__(self, message)


def parse_toml(text: str) -> dict[str, Any]:
    """A TOML document.

    Raises:
        tomllib.TOMLDecodeError: it is none, is nested beyond reason, or holds a number of thousands of digits.
    """
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise _UnreadableTomlError("nested too deeply") from None
    except ValueError as error:
        raise error if isinstance(error, tomllib.TOMLDecodeError) else _UnreadableTomlError(str(error)) from None


class Table:
    """One TOML table whose keys are taken one by one; what nobody takes is unknown."""

    def __init__(
        self, raw: Mapping[str, Any], source: str, text: str, prefix: str = "", path: tuple[str | int, ...] = ()
    ) -> None:
        self._raw, self.source, self._text, self._prefix, self._path = raw, source, text, prefix, path
        self._known: list[str] = []

    @property
    def document(self) -> Mapping[str, Any]:
        """The table as TOML gave it."""
        return self._raw

    def names(self) -> list[str]:
        """Keys in the file's order."""
        return list(self._raw)

    def refuse(self, key: str, message: str, hint: str = "") -> UsageError:
        """An error that names file, line and key."""
        line = line_of(self._text, (*self._path, key))
        place = f"{self.source}:{line}" if line else self.source
        return UsageError(f"{place}: {self._prefix}{key}: {message}", hint)

    def end(self) -> None:
        """Refuse what was not taken."""
        self.only(self._known)

    def only(self, names: Iterable[str]) -> None:
        """Refuse what is none of these."""
        known = list(dict.fromkeys(names))
        for key in self._raw:
            if key not in known:
                near = get_close_matches(key, known, n=1, cutoff=0.4)
                hint = f"Nearest known key: {near[0]}." if near else f"Known keys: {', '.join(known)}."
                raise self.refuse(key, "unknown key", hint)

    def whatever(self, key: str) -> Any:
        """The value as it is; None where there is none."""
        return self._take(key)

    def number(self, key: str, least: float = -math.inf, most: float = math.inf) -> float | None:
        """A finite number within bounds."""
        value = self._take(key)
        if value is None:
            return None
        if not _finite(value):
            raise self.refuse(key, f"is {value!r}", "Give a number.")
        if not least <= value <= most:
            bounds = f"from {least:g}" + (f" to {most:g}" if math.isfinite(most) else " up")
            raise self.refuse(key, f"is {value:g}", f"Give a number {bounds}.")
        return float(value)

    def whole(self, key: str, least: int) -> int | None:
        """A whole number from `least` up."""
        value = self._take(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise self.refuse(key, f"is {value!r}", f"Give a whole number from {least} up.")
        return value

    def flag(self, key: str) -> bool | None:
        """true or false."""
        value = self._take(key)
        if value is not None and not isinstance(value, bool):
            raise self.refuse(key, f"is {value!r}", "Give true or false.")
        return value

    def word(self, key: str) -> str | None:
        """A text that is not empty."""
        value = self._take(key)
        if value is not None and (not isinstance(value, str) or not value):
            raise self.refuse(key, f"is {value!r}", "Give a text.")
        return value

    def text(self, key: str) -> str | None:
        """A text, which may be empty."""
        value = self._take(key)
        if value is not None and not isinstance(value, str):
            raise self.refuse(key, f"is {value!r}", "Give a text.")
        return value

    def bounds(self, key: str) -> tuple[float, float] | None:
        """A lowest and a highest number."""
        value = self._take(key)
        if value is None:
            return None
        numbers = [entry for entry in value if _finite(entry)] if isinstance(value, list) and len(value) == 2 else []
        if len(numbers) != 2 or not numbers[0] < numbers[1]:
            raise self.refuse(key, f"is {value!r}", "Write it as [lowest, highest], such as [1, 5].")
        return float(numbers[0]), float(numbers[1])

    def words(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        value = self._take(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise self.refuse(key, "is not a list of texts", 'Write it as ["one", "two"].')
        return tuple(value)

    def some_words(self, key: str) -> tuple[str, ...]:
        """A list of texts that names something where it is there: an empty one looks like a demand and is none."""
        found = self.words(key)
        if self._raw.get(key) is not None and not all(word.strip() for word in found or ("",)):
            raise self.refuse(key, "holds an empty text" if found else "names nothing", "Name one, or leave it out.")
        return found

    def choice(self, key: str, options: type[Choice]) -> Choice | None:
        """One of the values of an enumeration."""
        value = self._take(key)
        if value is None:
            return None
        try:
            return options(value)
        except ValueError:
            names = [option.value for option in options]
            near = get_close_matches(str(value), names, n=1)
            hint = f"Did you mean {near[0]!r}? " if near else ""
            raise self.refuse(key, f"is {value!r}", f"{hint}Known: {', '.join(names)}.") from None

    def table(self, key: str) -> Table | None:
        """A table inside this one."""
        value = self._take(key)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise self.refuse(key, "is not a table", f"Write it as [{self._prefix}{key}].")
        return Table(value, self.source, self._text, f"{self._prefix}{key}.", (*self._path, key))

    def tables(self, key: str) -> list[Table]:
        """A list of tables."""
        value = self._take(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(entry, Mapping) for entry in value):
            raise self.refuse(key, "is not a list of tables", f"Write each one under [[{self._prefix}{key}]].")
        return [
            Table(entry, self.source, self._text, f"{self._prefix}{key}.", (*self._path, key, place))
            for place, entry in enumerate(value)
        ]

    def named(self, key: str, read: Callable[[Table], Entry]) -> dict[str, Entry]:
        """A table of tables under free names."""
        outer = self.table(key)
        if outer is None:
            return {}
        out: dict[str, Entry] = {}
        for name in outer.names():
            inner = outer.table(name)
            assert inner is not None
            out[name] = read(inner)
            inner.end()
        return out

    def like(self, raw: Mapping[str, Any], key: str) -> Table:
        """Another content for the table at a key, such as one laid over another; complaints name its place."""
        return Table(raw, self.source, self._text, f"{self._prefix}{key}.", (*self._path, key))

    def json(self, key: str) -> dict[str, Any]:
        """A table whose keys are free and whose values are kept as they are: settings of somebody else's code."""
        value = self._take(key)
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            raise self.refuse(key, "is not a table", f"Write it as [{self._prefix}{key}].")
        return dict(value)

    def texts(self) -> dict[str, str]:
        """Free keys with plain values, as text."""
        for key, value in self._raw.items():
            self._known.append(key)
            if isinstance(value, Mapping | list):
                raise self.refuse(key, "is not a plain value", 'Write it as key = "value".')
        return {key: str(value) for key, value in self._raw.items()}

    def _take(self, key: str) -> Any:
        self._known.append(key)
        return self._raw.get(key)


def _finite(value: Any) -> bool:
    try:
        return not isinstance(value, bool) and isinstance(value, int | float) and math.isfinite(value)
    except OverflowError:  # a whole number that no float holds
        return False


def line_of(text: str, path: tuple[str | int, ...]) -> int | None:
    """The line of a key, by its path such as ("evaluators", 1, "call"); of its table where the key is missing.

    None where the text does not hold the table.
    """
    lines = _lines(text)
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return None


_KEY = r"""(?:[\w-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*')"""
_KEYS = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_KEYS})\s*\]")
_ASSIGNMENT = re.compile(rf"\s*({_KEYS})\s*=")
_PART = re.compile(_KEY)
_TOKEN = re.compile(
    r"""\"{3}(?:\\.|[^\\])*?\"{3,5}|'{3}.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|\#[^\n]*|[\[\]{}\n]""", re.DOTALL
)
"""What may hold a bracket or the end of a line: texts, comments, and these themselves."""


@lru_cache(maxsize=4)
def _lines(text: str) -> dict[tuple[str | int, ...], int]:
    """Where every table and key of a TOML text stands."""
    found: dict[tuple[str | int, ...], int] = {}
    counts: dict[tuple[str | int, ...], int] = {}
    here: tuple[str | int, ...] = ()
    for number, line in _statements(text):
        if header := _HEADER.match(line):
            here = _placed(_parts(header.group(2)), counts, again=header.group(1) == "[[")
            for length in range(1, len(here) + 1):
                found.setdefault(here[:length], number)
        elif assigned := _ASSIGNMENT.match(line):
            parts = _parts(assigned.group(1))
            for length in range(1, len(parts) + 1):
                found.setdefault((*here, *parts[:length]), number)
    return found


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Lines that begin a table or an assignment, numbered from 1: those that go on with a text or a list are not."""
    inside: set[int] = set()
    depth, number = 0, 1
    for token in _TOKEN.finditer(text):
        sign = token.group()
        depth += (sign in "[{") - (sign in "]}")
        first, number = number, number + sign.count("\n")
        inside.update(range(first + 1, number + 1) if sign != "\n" or depth > 0 else ())
    for number, line in enumerate(text.split("\n"), start=1):
        if number not in inside:
            yield number, line


def _parts(words: str) -> list[str]:
    """The names in a dotted key, as TOML reads them."""
    return [next(iter(tomllib.loads(f"{part} = 0"))) for part in _PART.findall(words)]


def _placed(parts: list[str], counts: dict[tuple[str | int, ...], int], *, again: bool) -> tuple[str | int, ...]:
    """The path of a header: names of repeated tables are followed by the number of the entry they stand in."""
    path: tuple[str | int, ...] = ()
    for place, part in enumerate(parts):
        path = (*path, part)
        if again and place == len(parts) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path
