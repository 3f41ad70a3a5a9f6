"""Damaged copies of the format examples, and what must hold of every one of them.

A mutant is opened, listed, loaded, and every text of it is read. It may be refused, in a message; it may not raise
anything else, nor take more than `LIMIT_S` of processor time. Where nothing but a value was replaced by something that
is no score, no cell may become 0, and no result may vanish without a word.
"""

from __future__ import annotations

import copy
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from format_examples.example import Example, encoded

from ragtui.errors import RagtuiError
from ragtui.model import Problem, RunHeader, State
from ragtui.sources import open_source

LIMIT_S = 5.0

_NESTED: Any = None
for _ in range(300):
    _NESTED = [_NESTED]
NO_SCORES: tuple[Any, ...] = (
    None, float("nan"), float("inf"), "", "garbage", "NaN", "=1+1", "\x1b[2J\u202e", {}, [], {"value": {}}, [[]],
    _NESTED, "x" * 70_000, "\ud800",
)  # fmt: skip
"""Values that are no score in any format."""
ANYTHING: tuple[Any, ...] = (*NO_SCORES, 10**400, -1, 0, 1, 1e308, True, False, "0", "1", -0.0, 2**63)


@dataclass(slots=True)
class Seen:
    """What a file says, as far as mutants are compared with it.

    Attributes:
        results: item-repeats of all runs.
        zeros: cells that are exactly 0.
        said: whether anything was said about the file.
    """

    results: int = 0
    zeros: int = 0
    said: bool = False


@dataclass(slots=True)
class Tally:
    """How many mutants of which kind met which end, and what was wrong with any."""

    ends: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def seen_in(path: Path) -> Seen:
    """Open, list, load and read everything.

    Raises:
        AssertionError: a surprise was reported as such.
    """
    seen = Seen()
    source = open_source(path)
    for entry in source.headers():
        if isinstance(entry, Problem):
            seen.said = True
            assert "should not happen" not in f"{entry}", f"{entry}"
            continue
        _look(source, entry, seen)
    return seen


def _look(source: Any, header: RunHeader, seen: Seen) -> None:
    header.configuration.fingerprint()
    seen.said |= bool(header.problems)
    try:
        run = source.load(header.id)
    except RagtuiError as error:
        seen.said = True
        assert "should not happen" not in f"{error}", f"{error}"
        return
    seen.said |= bool(run.problems)
    scores = run.scores
    seen.zeros += int((scores.values == 0).sum())
    assert not ((scores.values == 0) & (scores.states != State.SCORED)).any(), "a cell without a score is 0"
    for item in scores.items:
        run.item(item).content_hash()
        for repeat in scores.repeats:
            seen.results += run.result(item, repeat.label) is not None


Mutant = tuple[str, dict[str, bytes]]
"""What was done, and the files."""


def mutants(example: Example, count: int, seed: int) -> Iterator[Mutant]:
    """Damaged copies of an example, the same for the same seed."""
    chance = random.Random(f"{example.id}-{seed}")
    structured = [name for name, content in example.files.items() if isinstance(content, (dict, list))]
    for _ in range(count):
        name = chance.choice(structured or list(example.files))
        content = example.files[name]
        if name in structured and chance.random() < 0.75:
            what, changed = _STRUCTURED[chance.choice(list(_STRUCTURED))](copy.deepcopy(content), chance)
            damaged = _written(name, changed)
        else:
            what, damaged = _torn(encoded(name, content), chance)
        yield what, {other: damaged if other == name else encoded(other, kept) for other, kept in example.files.items()}


def _written(name: str, content: Any) -> bytes:
    if isinstance(content, list) and name.endswith(".jsonl"):
        return b"".join(json.dumps(line).encode() + b"\n" for line in content)
    return json.dumps(content).encode()


def _places(content: Any, found: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Every container with each of its keys."""
    entries = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in list(entries):
        found.append((content, key))
        _places(value, found)
    return found


def _no_score(content: Any, chance: random.Random) -> tuple[str, Any]:
    """A number that is replaced by something that is none."""
    numbers = [
        (place, key)
        for place, key in _places(content, [])
        if isinstance(place[key], (int, float)) and not isinstance(place[key], bool) and _is_value(key)
    ]
    if not numbers:
        return _anything(content, chance)
    place, key = chance.choice(numbers)
    place[key] = chance.choice(NO_SCORES)
    return "value", content


_VALUES = (
    "score",
    "value",
    "reward",
    "preference",
    "exact_match",
    "mean",
    "groundedness",
    "Factuality",
    "faithfulness",
)


def _is_value(key: Any) -> bool:
    return key in _VALUES


def _anything(content: Any, chance: random.Random) -> tuple[str, Any]:
    """Any part that is replaced by anything."""
    places = _places(content, [])
    if not places:
        return "anything", chance.choice(ANYTHING)
    for _ in range(chance.choice((1, 1, 1, 3))):
        place, key = chance.choice(places)
        place[key] = copy.deepcopy(chance.choice(ANYTHING))
    return "anything", content


def _removed(content: Any, chance: random.Random) -> tuple[str, Any]:
    places = _places(content, [])
    if places:
        place, key = chance.choice(places)
        del place[key]
    return "removed", content


def _renamed(content: Any, chance: random.Random) -> tuple[str, Any]:
    keyed = [(place, key) for place, key in _places(content, []) if isinstance(place, dict)]
    if keyed:
        place, key = chance.choice(keyed)
        place[chance.choice(("", "x", "item", "score", "error", "0", "\x00"))] = place.pop(key)
    return "renamed", content


def _doubled(content: Any, chance: random.Random) -> tuple[str, Any]:
    """An entry of a list that stands there twice."""
    lists = [
        (place, key) for place, key in _places(content, []) if isinstance(place, list) and isinstance(place[key], dict)
    ]
    if lists:
        place, key = chance.choice(lists)
        place.insert(key, copy.deepcopy(place[key]))
    return "doubled", content


_STRUCTURED: Mapping[str, Callable[[Any, random.Random], tuple[str, Any]]] = {
    "value": _no_score, "anything": _anything, "removed": _removed, "renamed": _renamed, "doubled": _doubled,
}  # fmt: skip
_BITS = (
    b'"',
    b"\n",
    b"\0",
    b"{",
    b"[" * 2000,
    b"\xff\xfe",
    b",",
    b";",
    b"'",
    b"\r",
    b"NaN",
    b"1e999",
    b"\x1b[2J",
    b"\\u",
)


def _torn(raw: bytes, chance: random.Random) -> tuple[str, bytes]:
    """Bytes that are cut off, cut out, put in or written twice."""
    start, end = sorted((chance.randrange(len(raw) + 1), chance.randrange(len(raw) + 1)))
    end = min(end, start + chance.choice((1, 10, 1000)))
    what = chance.choice(("cut off", "cut out", "put in", "twice"))
    if what == "cut off":
        return what, raw[:start]
    if what == "cut out":
        return what, raw[:start] + raw[end:]
    if what == "put in":
        return what, raw[:start] + chance.choice(_BITS) + raw[start:]
    return what, raw[:end] + raw[start:]


def try_mutants(example: Example, count: int, seed: int, folder: Path, tally: Tally) -> None:
    """Open mutants of an example; what is wrong with any goes to the tally."""
    whole = seen_in(example.write(folder / "whole"))
    for number, (what, files) in enumerate(mutants(example, count, seed)):
        place = folder / f"m{number % 8}"
        for name, content in files.items():
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        started = time.process_time()
        try:
            seen = seen_in(place / example.open if example.open else place)
        except Exception as error:
            tally.wrong.append(f"{example.id} {seed}/{number} {what}: {type(error).__name__}: {error}")
            continue
        if time.process_time() - started > LIMIT_S:
            tally.wrong.append(f"{example.id} {seed}/{number} {what}: took more than {LIMIT_S} s")
        tally.ends["refused" if not seen.results else "read with a word" if seen.said else "read"] += 1
        if what == "value" and seen.zeros > whole.zeros:
            tally.wrong.append(f"{example.id} {seed}/{number} {what}: {seen.zeros} zeros, {whole.zeros} before")
        if what in ("value", "doubled") and seen.results < whole.results and not seen.said:
            tally.wrong.append(f"{example.id} {seed}/{number} {what}: {seen.results} results, {whole.results} before")
