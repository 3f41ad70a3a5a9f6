"""Which item a record is about, and which repeat, where the tool wrote neither."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from ragtui.files.fields import identifier, mapping, text
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


def repeats_if_even(draft: Draft, because: str, results: frozenset[str] = frozenset()) -> None:
    """Take the occurrences of an item for repeats where nothing else explains them, and say so; else keep them apart.

    That is: every item occurs equally often and more than once, and its records agree in everything that was given to
    the pipeline or stored beside the result, except in metadata that `results` names.
    """
    groups: dict[str, list[Record]] = defaultdict(list)
    for record in draft.records:
        groups[identifier(record.get("item"))].append(record)
    sizes = {len(group) for group in groups.values()}
    if len(sizes) != 1 or sizes == {1} or not all(_alike(group, results) for group in groups.values()):
        keep_apart(draft)
        return
    number_repeats(draft.records)
    draft.note(
        f"every item occurs {sizes.pop()} times and its records differ in nothing but their results: taken as repeats"
        f" ({because})",
        "add a repeat number if they are not",
    )


def _alike(records: Sequence[Record], results: frozenset[str]) -> bool:
    return len({canonical_hash(_given(record, results)) for record in records}) == 1


def _given(record: Record, results: frozenset[str]) -> list[Any]:
    beside = {name: value for name, value in mapping(record.get("metadata")).items() if name not in results}
    return [record.get("question"), record.get("expected"), beside]


def align_judgings(records: Sequence[Record]) -> None:
    """Where some answers were judged several times, the only judging of the others is their first."""
    if any("judging" in record for record in records):
        for record in records:
            record.setdefault("judging", 1)
