"""`[matrix]`: several values for some settings of the target, one side for each combination of them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_LONGEST = 40
"""Characters of a value in a side's name."""


@dataclass(frozen=True, slots=True)
class Combination:
    """One side of a sweep.

    Attributes:
        name: the plan's name with the values in it.
        target: the whole target table.
    """

    name: str
    target: Mapping[str, Any]


class MatrixError(ValueError):
    """A matrix that makes no sides.

    Attributes:
        key: the key it is about.
        hint: the way out.
    """

    def __init__(self, key: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.key, self.hint = key, hint


def combinations(
    name: str, target: Mapping[str, Any], matrix: Mapping[str, Any], keys: Sequence[str], models: Sequence[str]
) -> list[Combination]:
    """Every combination of the values; the first value of each key makes the baseline.

    A key is one of the target's own; else, in the built-in pipeline, one of its generator's; else one of the target's
    free settings. A path ("generator.model", "settings.retriever.k") names its place itself.

    Args:
        keys: of the target's own table.
        models: keys of its generator; empty where the target has none, and free settings instead.

    Raises:
        MatrixError: a key has no list of different values, or no place in the target.
    """
    axes = [(key, _values(key, values)) for key, values in _flat(matrix)]
    if not axes:
        raise MatrixError("", "is empty", "Write the values to try, such as top_k = [4, 8].")
    places = [_place(key, keys, models) for key, _ in axes]
    found = []
    for chosen in itertools.product(*(values for _, values in axes)):
        whole: dict[str, Any] = dict(target)
        for place, value in zip(places, chosen, strict=True):
            whole = _with(whole, place, value)
        shown = [f"{key.rpartition('.')[2]}={_word(value)}" for (key, _), value in zip(axes, chosen, strict=True)]
        found.append(Combination("-".join([name, *shown]), whole))
    return _told_apart(found)


def _told_apart(found: Sequence[Combination]) -> list[Combination]:
    """Names that were cut to the same get a number."""
    names = [one.name for one in found]
    return [
        Combination(f"{one.name}-{number}", one.target) if names.count(one.name) > 1 else one
        for number, one in enumerate(found, start=1)
    ]


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value


def _values(key: str, values: Any) -> list[Any]:
    if not isinstance(values, list) or not values:
        raise MatrixError(key, f"is {values!r}, not a list of values", f"Write it as {key} = [4, 8].")
    if len({json.dumps(value, sort_keys=True, default=str) for value in values}) < len(values):
        raise MatrixError(key, "has a value twice", "Repeats of one configuration are made by repeats = N.")
    return values


def _place(key: str, keys: Sequence[str], models: Sequence[str]) -> tuple[str, ...]:
    first, *rest = path = tuple(key.split("."))
    if first in keys:
        return path
    if not rest and key in models:
        return ("generator", key)
    if models:
        raise MatrixError(key, "is no setting of the target", f"Known: {', '.join([*keys, *models])}.")
    return ("settings", *path)


def _with(table: Mapping[str, Any], place: Sequence[str], value: Any) -> dict[str, Any]:
    first, *rest = place
    below = table.get(first)
    inner = _with(below if isinstance(below, Mapping) else {}, rest, value) if rest else value
    return {**table, first: inner}


def _word(value: Any) -> str:
    word = value if isinstance(value, str) else json.dumps(value, default=str, separators=(",", ":"))
    return word if len(word) <= _LONGEST else word[:_LONGEST]
