"""Lists of one document that are one run: other metrics of the same items, or other items of the same shape.

{"retrieval": [{"id": "q1", "recall": 1}], "generation": [{"id": "q1", "faithfulness": 0.5}]} holds two metrics of an
item, {"math": […], "geography": […]} two parts of one dataset. Two configurations have the same metrics and the same
items, so neither is ever made of them; whatever is put together is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ragtui.model import canonical_hash
from ragtui.sources import aliases
from ragtui.sources.table.flat import flattened
from ragtui.sources.table.meaning import names
from ragtui.sources.table.unfolding.arms import is_arm
from ragtui.sources.table.unfolding.passes import FoundRecords, settings_in

SECTION = "section"
_NAMES = frozenset(aliases.ITEM) - {"name", "key"}
Test = Callable[[Mapping[str, Any]], Any]


def put_together(
    tables: Sequence[FoundRecords], others: Sequence[FoundRecords], scored: Test
) -> tuple[list[FoundRecords], list[FoundRecords]]:
    """The same tables with what belongs together in one, and those of the others that are left.

    Args:
        tables: the tables that are read.
        others: further records of the document.
        scored: whether fields hold a score.
    """
    if len(tables) > 1 and (one := _sections(tables)):
        return [one], list(others)
    beside = [table for table in (*tables, *others) if table.path[:-1] == tables[0].path[:-1]] if tables else []
    if len(beside) > 1 and len(beside) >= len(tables) and (one := _same_items(beside, scored)):
        return [one], [table for table in others if all(table is not joined for joined in beside)]
    return list(tables), list(others)


def _sections(tables: Sequence[FoundRecords]) -> FoundRecords | None:
    """Tables with no item in common, as one; None for others, and where their names are those of configurations."""
    called = _called(tables)
    if len({canonical_hash(settings_in(table.around)) for table in tables}) > 1:
        return None
    if any(map(is_arm, called)) or any(table.assumed for table in tables):
        return None
    items = [_items(table, (*aliases.QUESTION, *_NAMES)) for table in tables]
    if not all(items) or len(set().union(*items)) < sum(map(len, items)):
        return None
    if not any(_names_question(table) for table in tables) and any(map(_is_key, (i for held in items for i in held))):
        return None  # ids of calls differ between configurations as well
    if not any(map(_names_question, tables)) and any(map(_names_items, called, items)):
        return None  # "acme-1" in `acme`: so it may be anyone's first item
    column = SECTION if not any(SECTION in entry for table in tables for entry in _records(table)[:20]) else "list"
    rows = [{**entry, column: name} for name, table in zip(called, tables, strict=True) for entry in _records(table)]
    said = f"{_listed(called)} hold different items: they are parts of one run, told by `{column}`"
    return replace(_alone(tables), entries=rows, assumed=said)


def _same_items(tables: Sequence[FoundRecords], scored: Test) -> FoundRecords | None:
    """Tables with other metrics of the same items, as one; None where they say different things of an item."""
    called = _called(tables)
    if any(map(is_arm, called)):
        return None
    rows: dict[str, dict[str, Any]] = {}
    metrics: set[str] = set()
    left: list[set[str]] = []
    keys: list[set[str]] = []
    for table in tables:
        records = _records(table)
        own = {name for entry in records[:20] for name, said in flattened(entry).items() if scored({name: said})}
        if own & metrics or not own:
            return None
        metrics |= own
        left.append({_without(called[len(left)], name) for name in own})
        items = _items(table, (*_NAMES, *aliases.QUESTION))
        keys.append(set(items))
        if len(items) < len(records):
            return None
        for item, entry in items.items():
            held = rows.setdefault(item, {})
            if any(name in held and held[name] != said for name, said in entry.items()):
                return None
            held |= entry
    if not all(2 * len(keys[0] & other) > len(keys[0] | other) for other in keys[1:]):
        return None
    if left[0] == left[-1] and all(left[0]):
        return None  # `bm25_score` in `bm25`, `dense_score` in `dense`: one metric of two configurations
    said = f"{_listed(called)} hold other metrics of the same items: they are read as one"
    return replace(_alone(tables), entries=list(rows.values()), assumed=said)


def _alone(tables: Sequence[FoundRecords]) -> FoundRecords:
    """The first table, with what is true of all of them around it."""
    first, *rest = (table.around for table in tables)
    around = {
        name: said for name, said in first.items() if all(name in other and other[name] == said for other in rest)
    }
    return replace(tables[0], path=tables[0].path[:-1], key="", around=around)


def _items(table: FoundRecords, named: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """The records by what names them; fewer than there are where it does not tell them apart."""
    found = {}
    for entry in _records(table):
        flat = {names.tail(name): said for name, said in flattened(entry).items()}
        said = aliases.first(flat, named)
        if said is None or said == "":
            return {}
        found[said if isinstance(said, str) else canonical_hash(said)] = entry
    return found


def _records(table: FoundRecords) -> list[dict[str, Any]]:
    return [entry for entry in table.entries if isinstance(entry, dict)]


def _names_question(table: FoundRecords) -> bool:
    return any(names.tail(name) in aliases.QUESTION for entry in _records(table)[:1] for name in flattened(entry))


def _is_key(item: str) -> bool:
    """Whether an id is one that a machine made: a hash, a UUID."""
    return len(item) >= 16 and " " not in item and sum(sign.isdigit() for sign in item) >= 4


def _names_items(called: str, items: Iterable[str]) -> bool:
    """Whether items are called like the list they stand in."""
    own = names.words(called)
    return bool(own) and all(set(own) <= set(names.words(item)) for item in items)


def _without(called: str, metric: str) -> str:
    """A metric's name without that of its list: "bm25_score" in `bm25` as "score"."""
    own = names.words(called)
    return "_".join(word for word in names.words(metric) if word not in own)


def _called(tables: Sequence[FoundRecords]) -> list[str]:
    """What tells the paths of tables apart."""
    shortest = min(len(table.path) for table in tables)
    telling = [place for place in range(shortest) if len({table.path[place] for table in tables}) > 1]
    return [" ".join(table.path[place].partition("]")[2] or table.path[place] for place in telling) for table in tables]


def _listed(called: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in called[:4]) + (" …" if len(called) > 4 else "")
