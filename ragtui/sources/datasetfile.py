"""Golden items in a file: our own JSON, or whatever people have (see `ragtui.sources.golden`).

    {"ragtui_dataset": 1, "name": "support-docs", "version": "3", "description": "…",
     "items": [{"id": "001", "question": "…", "expected": "…", "metadata": {"topic": "billing"}}]}

`version` may be left out: it is then the hash of the items' content. An item without an id gets one from its question.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ragtui.files.atomic import dump_json, write_bytes
from ragtui.files.fields import text
from ragtui.model import Dataset
from ragtui.sources.golden.items import items_of
from ragtui.sources.golden.rows import read_rows

FORMAT_VERSION = 1


def read_dataset(
    path: Path | str, columns: Mapping[str, str] | None = None, *, bare: bool = False, blanks: bool = False
) -> Dataset:
    """Read a dataset file, or the items a run folder was made with.

    Args:
        columns: which column means what ("id", "question", "expected"), where the names are unusual.
        bare: also take items of which nothing but the id is known, as the copy in a converted run has them.
        blanks: also take items without a question among others that have one: a hosted dataset may hold them, and a
            copy of it in a file is to be the same; so may runs that were started when this was not refused. Nobody is
            asked nothing, so new runs do without.

    Raises:
        InputError: it cannot be read, holds no items, or an item has no question or another item's id.
        UsageError: `columns` names what is not there.
    """
    path = Path(path)
    if path.is_dir():
        path = path / "dataset.json"
    rows = read_rows(path)
    items = items_of(str(path), rows, columns or {}, bare=bare, blanks=blanks)
    name = text(rows.about.get("name")) or path.stem
    dataset = Dataset(name, items, description=text(rows.about.get("description")))
    version = text(rows.about.get("version")) or dataset.content_hash()
    return Dataset(dataset.name, items, version, dataset.description)


def write_dataset(path: Path | str, dataset: Dataset) -> None:
    """Write a dataset file, all or nothing.

    Raises:
        InputError: the file cannot be written.
    """
    write_bytes(Path(path), dataset_text(dataset))


def dataset_text(dataset: Dataset) -> bytes:
    """What a dataset file holds."""
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
    return dump_json({key: value for key, value in document.items() if value != ""}, indent=True)
