"""Tables of one document that are repeats by their names: {"seed_1": […], "seed_2": […]}, or a list of runs with seeds.

A name that says seed, run or trial with a number is the name of a repeat and of nothing else, as long as what stands
around the records agrees in every setting and the records are about the same items.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ragtui.model import canonical_hash
from ragtui.sources import aliases
from ragtui.sources.table.meaning import names

_NUMBERED = re.compile(
    r"(?P<arm>.*?)[\W_]*(?<![a-z])"
    r"(?P<word>seed|run|trial|rep|repeat|repetition|iteration|epoch|attempt|replicate|replica|replication|pass|round|try)"
    r"[\W_]{0,2}(?P<number>\d{1,9})",
)
NUMBERED_FIELDS = ("seed", "repeat", "repetition", "rep", "trial", "iteration", "epoch", "replicate", "run")
"""Fields of an entry of a list whose whole number is that of a repeat."""


@dataclass(slots=True)
class FoundRecords:
    """Records that were found.

    Attributes:
        path: names and places on the way to them.
        entries: the records; those of an object of objects have its name as `item`.
        around: the fields of the object they stood in.
        key: tells the tables of one document apart; empty for the only one.
        assumed: what was assumed on the way to them, as a sentence; empty for nothing.
        left_out: scores of the records around them, which are not read; as a sentence.
    """

    path: tuple[str, ...]
    entries: list[Any]
    around: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""
    quality: int = 0
    assumed: str = ""
    left_out: str = ""


class NumberedName(NamedTuple):
    """A name such as "baseline_seed_2": the configuration before it, and the number of the repeat."""

    arm: str
    number: str


def pass_in(name: str, within: str = "") -> NumberedName | None:
    """The repeat that a name numbers, alone or in what it stands: "seed_2", or "2" in "seeds"; None for other names."""
    said = aliases.snake(name.partition("]")[2] if name.startswith("[") else name)
    if said.isdecimal():
        return NumberedName("", said) if aliases.snake(within).removesuffix("s") in NUMBERED_FIELDS else None
    found = _NUMBERED.fullmatch(said)
    return NumberedName(found["arm"].strip("_- ,/"), found["number"]) if found else None


def pooled(tables: Sequence[FoundRecords]) -> list[FoundRecords]:
    """The same tables, those that are repeats of one configuration put together and numbered."""
    place = _place_of_passes(tables)
    if place is None:
        return list(tables)
    groups: dict[tuple[str, ...], list[tuple[NumberedName, FoundRecords]]] = defaultdict(list)
    for table in tables:
        if (said := _said_at(table.path, place)) is not None:
            groups[(*table.path[:place], said.arm, *table.path[place + 1 :])].append((said, table))
    if not all(map(_are_repeats, groups.values())):
        return list(tables)
    return [_together(path, group) for path, group in groups.items()]


def _place_of_passes(tables: Sequence[FoundRecords]) -> int | None:
    """The one part of the paths that numbers repeats in all of them."""
    shortest = min((len(table.path) for table in tables), default=0)
    for place in range(shortest):
        said = [_said_at(table.path, place) for table in tables]
        if None not in said and len({one.number for one in said if one}) > 1:
            return place
    return None


def _said_at(path: Sequence[str], place: int) -> NumberedName | None:
    return pass_in(path[place], path[place - 1] if place else "")


def _are_repeats(group: Sequence[tuple[NumberedName, FoundRecords]]) -> bool:
    """Whether tables with numbers are about the same items, and differ in no setting and by no number of their own."""
    if len({said.number for said, _ in group}) < len(group):
        return False
    if len({canonical_hash(settings_in(table.around)) for _, table in group}) > 1:
        return False
    records = [[entry for entry in table.entries if isinstance(entry, dict)] for _, table in group]
    if any(names.is_repeat(str(name)) for entries in records for entry in entries[:20] for name in entry):
        return False
    items = [{_item(entry) for entry in entries} for entries in records]
    return all(len(items[0] & other) >= 0.5 * min(len(items[0]), len(other)) for other in items[1:])


def settings_in(around: Mapping[str, Any]) -> dict[str, Any]:
    """What an object says of a configuration: settings, without what numbers repeats and without records."""
    return {
        str(name): settings_in(said) if isinstance(said, dict) else said
        for name, said in around.items()
        if not isinstance(said, list) and names.is_setting(str(name)) and not names.is_perhaps_repeat(str(name))
    }


def _item(entry: Mapping[str, Any]) -> str:
    said = aliases.first(entry, (*aliases.ITEM, *aliases.QUESTION))
    return canonical_hash(said if isinstance(said, (dict, list)) else str(said))


def _together(path: tuple[str, ...], group: Sequence[tuple[NumberedName, FoundRecords]]) -> FoundRecords:
    first = group[0][1]
    around = {
        name: said
        for name, said in first.around.items()
        if all(name in table.around and table.around[name] == said for _, table in group)
    }
    rows = [
        {**entry, "repeat": said.number} if isinstance(entry, dict) else entry
        for said, table in group
        for entry in table.entries
    ]
    shown = [table.path[-1 if len(table.path) == 1 else _differing(group)] for _, table in group]
    listed = ", ".join(part.partition("]")[2] or part for part in shown[:4]) + (" …" if len(shown) > 4 else "")
    assumed = f"{listed} are taken for {len(group)} repeats, as their names say" if len(group) > 1 else ""
    return FoundRecords(
        tuple(part for part in path if part) or ("",),
        rows,
        around,
        quality=first.quality,
        assumed="; ".join(said for said in (first.assumed, assumed) if said),
        left_out=first.left_out,
    )


def _differing(group: Sequence[tuple[NumberedName, FoundRecords]]) -> int:
    return next(
        (place for place in range(len(group[0][1].path)) if len({table.path[place] for _, table in group}) > 1), 0
    )
