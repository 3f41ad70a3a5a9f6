"""Tables of one document that belong together: which family is read, and what each of its tables is called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ragtui.sources.table.unfolding.passes import FoundRecords

_LOOKED_AT = 20


def family(table: FoundRecords) -> tuple[str, ...]:
    """Tables of one family differ in one name of their path, or in the place in a list."""
    return ("*" if not table.path else "", *("[]" if part.startswith("[") else part for part in table.path))


def alike(best: list[FoundRecords], families: Mapping[tuple[str, ...], list[FoundRecords]]) -> list[FoundRecords]:
    """The best family, and others whose path differs in one name from one of these, and whose records have its fields.

    {"qwen": {"plain": […], "rag": […]}, "llama": {…}}: a grid has names that differ from the first one in two places.
    """
    fields = fields_of(best[0].entries)
    chosen, reached = list(best), [family(best[0])]
    left = {
        place: tables
        for place, tables in families.items()
        if tables is not best and len(place) == len(reached[0])
        and _overlap(fields, fields_of(tables[0].entries)) >= 0.5
    }  # fmt: skip
    for mine in reached:
        for place in list(left):
            if sum(a != b for a, b in zip(place, mine, strict=True)) == 1:
                chosen += left.pop(place)
                reached.append(place)
    return sorted(chosen, key=lambda table: _order(table, families))


def _order(table: FoundRecords, families: Mapping[tuple[str, ...], list[FoundRecords]]) -> int:
    every = [found for tables in families.values() for found in tables]
    return next(place for place, found in enumerate(every) if found is table)


def worth(tables: Sequence[FoundRecords]) -> tuple[int, int, int]:
    """Names of items and telling scores first, then how high the list lies, then how long it is."""
    table = tables[0]
    total = sum(len(found.entries) for found in tables)
    quality = max(found.quality for found in tables)
    return quality, -len(table.path) if total > 3 else -99, total


def fields_of(entries: Sequence[Any]) -> set[str]:
    return {name for entry in entries[:_LOOKED_AT] if isinstance(entry, dict) for name in entry}


def _overlap(one: set[str], other: set[str]) -> float:
    return len(one & other) / max(1, len(one | other))


def name_apart(tables: Sequence[FoundRecords]) -> None:
    """Keys from the parts of the path in which tables differ."""
    if len(tables) < 2:
        return
    length = min(len(table.path) for table in tables)
    telling = [place for place in range(length) if len({table.path[place] for table in tables}) > 1]
    seen: set[str] = set()
    for number, table in enumerate(tables, start=1):
        parts = [table.path[place].partition("]")[2] or table.path[place] for place in telling]
        key = " ".join(part for part in parts if part) or str(number)
        table.key = key if key not in seen else f"{key} ({number})"
        seen.add(table.key)
