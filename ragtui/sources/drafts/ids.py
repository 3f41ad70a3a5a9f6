"""Which item a record is about, and which repeat, where the tool wrote neither."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from ragtui.files.fields import identifier, text
from ragtui.model import canonical_hash
from ragtui.sources.drafts.draft import Draft, Record


def id_of(value: Any) -> str:
    """An item id made from what was asked: "q-" and 10 hex digits, whatever the order of an object's keys."""
    said = value if isinstance(value, (dict, list)) else text(value).strip()
    return "q-" + canonical_hash(said, 10) if said not in ("", {}, []) else ""


def name_items(draft: Draft) -> None:
    """Give an id to records without one: from their question, and from their reference where questions are shared.

    The same question with the same reference keeps one id: whether those are repeats is another matter.
    """
    unnamed = [record for record in draft.records if not identifier(record.get("item"))]
    if not unnamed:
        return
    references: dict[str, set[str]] = defaultdict(set)
    for record in unnamed:
        record["item"] = id_of(record.get("question"))
        references[record["item"]].add(text(record.get("expected")))
    shared = 0
    for record in unnamed:
        if record["item"] and len(references[record["item"]]) > 1:
            shared += 1
            record["item"] = id_of([record.get("question"), record.get("expected")])
    draft.note("no item ids: they are made from the questions", "give every item an id that lasts")
    if shared:
        draft.note(f"{shared} records share a question: they are told apart by their expected answers")


def number_repeats(records: Sequence[Record]) -> None:
    """Number the records of each item in order: for tools where an item that occurs again is another trial."""
    counts: Counter[str] = Counter()
    for record in records:
        item = identifier(record.get("item"))
        counts[item] += 1
        record["repeat"] = str(counts[item])


def keep_apart(draft: Draft) -> None:
    """For tools that know no repeats: an item that occurs again is another one, told apart by its order.

    Such rows are never taken for repeats, because nothing says that they are; nor is one of them dropped.
    """
    counts: Counter[str] = Counter()
    again = 0
    for record in draft.records:
        item = identifier(record.get("item"))
        counts[item] += 1
        record.setdefault("repeat", "1")
        if item and counts[item] > 1:
            again += 1
            record["item"] = f"{item} ({counts[item]})"
    if again:
        draft.note(
            f"{again} records have the item of an earlier one, and nothing says that they are repeats: they are"
            " kept apart by their order",
            "add a repeat number to each record if they are",
        )
