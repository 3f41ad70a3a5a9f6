"""Where an item's question and answer come from when the run's own files no longer hold them.

A run folder that was copied or downloaded without its dataset file knows what was scored and not what was asked. The
server's items know it, and so does an earlier outbox; nothing else may be published in its place, an empty question
least of all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ragtui.errors import InputError
from ragtui.files.regular import read_regular_text
from ragtui.langfuse.api.shapes.items import hosted_items
from ragtui.langfuse.write.outbox import read_entries
from ragtui.langfuse.write.wire import EXPERIMENT, OBSERVATION, root_attributes_in
from ragtui.model import Item
from ragtui.sources.base import LoadedRun
from ragtui.sources.own.summary import DATASET, SUMMARY


def items_of(run: LoadedRun, remote: Iterable[Mapping[str, Any]], outboxes: Sequence[Path]) -> dict[str, Item]:
    """The run's items with their texts, by id.

    Args:
        remote: the items of the dataset on the server.
        outboxes: earlier publications of this run.

    Raises:
        InputError: an item's text is nowhere.
    """
    items = {item_id: run.item(item_id) for item_id in run.scores.items}
    bare = {item_id for item_id, item in items.items() if _is_bare(item)}
    if bare:
        items |= {item_id: item for item_id, item in hosted_items(remote).items() if item_id in bare}
    still = {item_id for item_id in bare if _is_bare(items[item_id])}
    if still:
        items |= {item_id: item for item_id, item in _sent_before(outboxes).items() if item_id in still}
    still = {item_id for item_id in still if _is_bare(items[item_id])}
    if still:
        first = next(item_id for item_id in items if item_id in still)
        raise InputError(
            f"{run.header.location}: {len(still)} of {len(items)} items have no question, such as {first}: "
            f"{_dataset_file(run)} is not there",
            "Put that file beside the run, or publish to a dataset that holds these items.",
        )
    return items


def _is_bare(item: Item) -> bool:
    return not (item.question or item.expected or item.metadata)


def _sent_before(outboxes: Sequence[Path]) -> dict[str, Item]:
    found = {}
    for entry in (entry for path in outboxes for entry in read_entries(path)):
        said = root_attributes_in(entry.spans, entry.root)
        question = said.get(f"{OBSERVATION}.input", "")
        expected = said.get(f"{EXPERIMENT}.item.expected_output", "")
        try:
            metadata = json.loads(said.get(f"{EXPERIMENT}.item.metadata", "{}"))
        except (ValueError, RecursionError):
            metadata = {}
        if question or expected:
            found[entry.key] = Item(entry.key, question, expected, metadata if isinstance(metadata, dict) else {})
    return found


def _dataset_file(run: LoadedRun) -> str:
    """The file that should have held the texts, as the run names it."""
    folder = Path(run.header.location)
    try:
        named = json.loads(read_regular_text(folder / SUMMARY))["dataset"]["file"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        named = DATASET
    return str(folder / str(named)) if folder.is_dir() else "the dataset's file"
