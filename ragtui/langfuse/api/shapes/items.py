"""Items of hosted datasets as the items every other source gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ragtui.langfuse.api.records import ItemRow
from ragtui.langfuse.api.shapes.rows import item_row
from ragtui.langfuse.api.shapes.texts import answer_of, question_of
from ragtui.model import Item


def hosted_items(rows: Iterable[Mapping[str, Any]]) -> dict[str, Item]:
    """Items by the ids their local dataset gave them, where they were seeded from one."""
    return {row.key: item_of(row) for row in map(item_row, rows)}


def item_of(row: ItemRow) -> Item:
    """One item: its question and answer as texts; what is more than a question, such as the turns of a
    conversation, stays beside it, in the metadata."""
    own = dict(row.metadata)
    for field, value in (("input", row.input), ("expectedOutput", row.expected)):
        inner = value.get("messages") if isinstance(value, Mapping) else value
        if (isinstance(value, Mapping) and len(value) > 1) or isinstance(inner, list):
            own.setdefault(field, value)
    return Item(row.key, question_of(row.input), answer_of(row.expected), own)
