"""Golden items in one JSON file.

    {"ragtui_dataset": 1, "name": "support-docs", "version": "3", "description": "…",
     "items": [{"id": "001", "question": "…", "expected": "…", "metadata": {"topic": "billing"}}]}

`version` may be left out: it is then the hash of the items' content. A bare list of items is read as well.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ragtui.errors import InputError
from ragtui.files.atomic import write_json
from ragtui.files.fields import identifier, mapping, text
from ragtui.files.jsonlines import BadLineError, open_binary, parse_json
from ragtui.model import Dataset, Item

FORMAT_VERSION = 1


def read_dataset(path: Path | str, *, bare: bool = False) -> Dataset:
    """Read a dataset file.

    Args:
        bare: also take items of which nothing but the id is known, as the copy in a converted run has them.

    Raises:
        InputError: it cannot be read, holds no items, or an item has no id, no text or another item's id.
    """
    path = Path(path)
    with open_binary(path) as file:
        try:
            document, _ = parse_json(file.read())
        except (BadLineError, OSError) as error:
            raise InputError(f"{path}: {error}", "a dataset is a JSON file with a list of items") from error
    fields = mapping(document)
    entries = document if isinstance(document, list) else fields.get("items")
    if not isinstance(entries, list) or not entries:
        raise InputError(f"{path}: no items", 'a dataset is {"name": …, "items": [{"id": …, "question": …}]}')
    items = tuple(_item(path, number, entry, bare) for number, entry in enumerate(entries, start=1))
    _refuse_same_ids(path, items)
    dataset = Dataset(text(fields.get("name")) or path.stem, items, description=text(fields.get("description")))
    version = text(fields.get("version")) or dataset.content_hash()
    return Dataset(dataset.name, items, version, dataset.description)


def write_dataset(path: Path | str, dataset: Dataset) -> None:
    """Write a dataset file, all or nothing.

    Raises:
        InputError: the file cannot be written.
    """
    document: dict[str, Any] = {
        "ragtui_dataset": FORMAT_VERSION,
        "name": dataset.name,
        "version": dataset.version or dataset.content_hash(),
        "description": dataset.description,
        "items": [
            {
                "id": item.id,
                "question": item.question,
                "expected": item.expected,
                **({"metadata": dict(item.metadata)} if item.metadata else {}),
            }
            for item in dataset.items
        ],
    }
    write_json(Path(path), {key: value for key, value in document.items() if value != ""})


def _item(path: Path, number: int, entry: Any, bare: bool) -> Item:
    fields = mapping(entry)
    item_id = identifier(fields.get("id"))
    if not item_id:
        raise InputError(f"{path}: item {number} has no id", "give every item a short, lasting id")
    if not bare and not any(fields.get(key) for key in ("question", "expected", "metadata")):
        raise InputError(
            f"{path}: item {item_id} has no question", 'an item is {"id": …, "question": …, "expected": …}'
        )
    return Item(item_id, text(fields.get("question")), text(fields.get("expected")), _metadata(fields))


def _metadata(fields: Any) -> dict[str, Any]:
    """Named metadata, and every field this format does not know: nothing a person wrote is lost."""
    own = {"id", "question", "expected", "metadata"}
    return {**{key: value for key, value in fields.items() if key not in own}, **mapping(fields.get("metadata"))}


def _refuse_same_ids(path: Path, items: tuple[Item, ...]) -> None:
    seen: dict[str, int] = {}
    for number, item in enumerate(items, start=1):
        if item.id in seen:
            raise InputError(
                f"{path}: items {seen[item.id]} and {number} are both called {item.id}", "rename one of them"
            )
        seen[item.id] = number
