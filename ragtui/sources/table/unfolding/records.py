"""Records that hold others: trials or turns of an item in a list.

[{"id": "q1", "trials": [{"score": 1}, {"score": 0}]}] has two rows, told apart by the number of the trial.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ragtui.sources import aliases
from ragtui.sources.table.cells import plain_number
from ragtui.sources.table.flat import are_checks
from ragtui.sources.table.meaning import names

_LOOKED_AT = 20
Test = Callable[[Mapping[str, Any]], Any]


def unfolded(entries: Sequence[Any], scored: Test, names_item: Test) -> list[Any]:
    """One row for each trial or turn inside of a record that names an item.

    Args:
        entries: the records.
        scored: whether fields hold a score.
        names_item: whether fields name an item.

    Returns:
        The rows, each with the fields of its record (but its means) and the number of the trial or turn; empty where
        there are none.
    """
    sample = [entry for entry in entries[:_LOOKED_AT] if isinstance(entry, dict)]
    name = inside(sample, scored, names_item)
    return unfolded_at(name, entries, scored) if name else []


def unfolded_at(name: str, entries: Sequence[Any], scored: Test) -> list[Any]:
    """The rows in the lists of one field; a record without one is a row itself."""
    number = (
        "turn" if aliases.snake(name) in aliases.TURNS else "repeat" if aliases.snake(name) in aliases.TRIALS else ""
    )
    rows: list[Any] = []
    for entry in entries:
        inner = entry.get(name) if isinstance(entry, dict) else None
        if not isinstance(inner, list) or not inner:
            rows.append(entry)
            continue
        around = {field: value for field, value in entry.items() if field != name and not scored({field: value})}
        for place, said in enumerate(inner, start=1):
            if not isinstance(said, dict):
                rows.append(said)
            elif number and not any(names.is_repeat(field) or names.is_divider(field) for field in said):
                rows.append({**around, number: place, **said})
            else:
                rows.append({**around, **said})
    return rows


def left_out(name: str, entries: Sequence[Any], scored: Test) -> str:
    """That the records have scores of their own beside those in their lists, as a sentence; empty where they have none.

    They are means of what is inside or were judged apart: in neither case is one of them a repeat.
    """
    own = dict.fromkeys(
        field
        for entry in entries[:_LOOKED_AT]
        if isinstance(entry, dict)
        for field, value in entry.items()
        if field != name and scored({field: value}) and names.sounds_like_score(field)
    )
    if not own:
        return ""
    verb = "is" if len(own) == 1 else "are"
    return f"{' and '.join(f'`{field}`' for field in list(own)[:3])} of a record {verb} not read: its `{name}` are"


def inside(sample: Sequence[Mapping[str, Any]], scored: Test, names_item: Test) -> str:
    """The one field of records whose lists hold their rows."""
    found = [
        name
        for name in dict.fromkeys(field for entry in sample for field in entry)
        if 2 * sum(_holds_rows(entry, name, scored, names_item) for entry in sample) > len(sample)
    ]
    known = [name for name in found if aliases.snake(name) in aliases.TRIALS | aliases.TURNS]
    return (known or found)[0] if len(known) == 1 or len(found) == 1 else ""


def _holds_rows(entry: Mapping[str, Any], name: str, scored: Test, names_item: Test) -> bool:
    inner, called = entry.get(name), aliases.snake(name)
    around = {field: value for field, value in entry.items() if field != name}
    objects = [said for said in inner if isinstance(said, dict)] if isinstance(inner, list) else []
    if not objects or not names_item(around):
        return False
    checks = called in aliases.SCORES or (called not in aliases.TRIALS and are_checks(objects))
    if checks or any(map(_names_metric, objects)):
        return False  # scores of one answer by name
    if called not in aliases.TRIALS and scored(around):
        return False  # the record has its score itself: what is inside are steps, or passages
    apart = called in aliases.TURNS or not any(map(names_item, objects))
    return apart and any(map(scored, objects))


def _names_metric(said: Mapping[str, Any]) -> bool:
    return any(aliases.snake(field) in aliases.METRIC or field == "name" for field in said)


def keyed_lists(value: Mapping[str, Any], scored: Test, names_item: Test) -> list[dict[str, Any]]:
    """{"q1": [{"score": 1}, {"score": 0}]}: rows by item, where the rows themselves name none."""
    lists = [inner for inner in value.values() if isinstance(inner, list)]
    rows = [said for inner in lists for said in inner]
    if len(value) < 2 or len(lists) != len(value) or not rows or not all(isinstance(said, dict) for said in rows):
        return []
    if len(lists) < max(map(len, lists)) or any(map(names_item, rows[:_LOOKED_AT])) or not all(map(scored, rows[:3])):
        return []
    return [{"item": str(name), **said} for name, inner in value.items() for said in inner]


def with_header(value: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """A list of lists whose first one holds names, as rows; nothing for other lists."""
    first = value[0] if value else None
    if not isinstance(first, list) or len(first) < 2 or not all(isinstance(name, str) and name for name in first):
        return
    if len(value) < 2 or len(set(first)) < len(first) or any(plain_number(name) is not None for name in first):
        return
    if not all(isinstance(row, list) and len(row) == len(first) for row in value[1:]):
        return
    for row in value[1:]:
        yield dict(zip(first, row, strict=True))
