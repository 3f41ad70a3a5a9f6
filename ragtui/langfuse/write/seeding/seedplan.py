"""What seeding would change: a dataset here against the items of a dataset there, as a list of changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from ragtui.langfuse.api.normal_form import clean_text, loose, normal, normal_field
from ragtui.langfuse.write import ids
from ragtui.model import Dataset, Item, canonical_hash

KEY, HASH = "ragtui_item", "ragtui_hash"


class Action(StrEnum):
    """What is to be done with one item."""

    CREATE = "create"
    UPDATE = "update"
    KEEP = "keep"
    ARCHIVE = "archive"
    ADOPT = "adopt"
    """An item that ragtui did not make, with the same id: used as it is, never rewritten."""


@dataclass(frozen=True, slots=True)
class ItemChange:
    """One item: what is done, under which id, and with which content."""

    action: Action
    key: str
    remote_id: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SeedPlan:
    """All changes, in the order of the dataset; archived items last.

    Attributes:
        foreign: active items on the server that ragtui did not make and this dataset does not name; left alone.
        mends: the server holds more current rows than items, so unchanged items are sent again as well.
    """

    changes: tuple[ItemChange, ...]
    foreign: int = 0
    mends: bool = False

    def mending(self) -> SeedPlan:
        """The same with every item of ragtui's sent again: a write closes all current rows of its item."""
        sent = (
            replace(change, action=Action.UPDATE) if change.action is Action.KEEP else change for change in self.changes
        )
        return replace(self, changes=tuple(sent), mends=True)

    def count(self, action: Action) -> int:
        """How many items get this treatment."""
        return sum(change.action is action for change in self.changes)

    @property
    def pending(self) -> tuple[ItemChange, ...]:
        """The changes that have to be sent."""
        return tuple(c for c in self.changes if c.action in (Action.CREATE, Action.UPDATE, Action.ARCHIVE))


def body_of(item: Item) -> dict[str, Any]:
    """An item as `POST /dataset-items` takes it, without names and ids: already as the server will hold it.

    Empty texts are written as such: the server keeps the old value of a field that is absent or null, and turns an
    empty text into null.
    """
    metadata = {**normal(item.metadata), KEY: item.id, HASH: item.content_hash()}
    return {
        "input": clean_text(item.question),
        "expectedOutput": clean_text(item.expected),
        "metadata": metadata,
        "status": "ACTIVE",
    }


def content_hash(body: Mapping[str, Any]) -> str:
    """Digest of what an item says; equal for what is wanted and what the server lists, ragtui's own notes apart."""
    metadata = body.get("metadata")
    kept = {k: v for k, v in metadata.items() if k != HASH} if isinstance(metadata, Mapping) else metadata
    return canonical_hash([normal_field(body.get("input")), normal_field(body.get("expectedOutput")), normal(kept)])


def same_content(remote: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Whether an item there says what is wanted: word for word, or in a form of the server's own."""
    return content_hash(remote) == content_hash(body) or held_otherwise(remote, body)


def held_otherwise(remote: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Whether this very content was sent, and the server keeps it in a form that says the same.

    Servers, and proxies before them, trim texts, drop what is empty or sort tags. Sent again it would be held so again,
    as one more version. The digest that went with it tells this from a difference that was never sent.
    """
    there, sent = remote.get("metadata"), body.get("metadata")
    if not (isinstance(there, Mapping) and isinstance(sent, Mapping)) or content_hash(remote) == content_hash(body):
        return False
    fields = ("input", "expectedOutput", "metadata")
    told = [loose({name: each.get(name) for name in fields}) for each in (remote, body)]
    return there.get(HASH) == sent.get(HASH) is not None and told[0] == told[1]


def key_of(remote: Mapping[str, Any]) -> str | None:
    """The local id an item on the server was made from; None when ragtui did not make it."""
    metadata = remote.get("metadata")
    key = metadata.get(KEY) if isinstance(metadata, Mapping) else None
    return key if isinstance(key, str) else None


def plan_seed(
    dataset: Dataset,
    remote_items: Iterable[Mapping[str, Any]],
    project_id: str,
    dataset_id: str,
    salts: Mapping[str, int],
) -> SeedPlan:
    """Compare content by hash.

    Args:
        remote_items: the active items as listed.
        salts: for keys whose derived id was found taken, which salt was used in its place.
    """
    here = {item.id for item in dataset.items}
    derived = {ids.dataset_item_id(project_id, dataset_id, name, salts.get(name, 0)): name for name in here}
    made, foreign, spare = _sorted_out(remote_items, derived)
    changes = [_change_of(item, made, foreign, project_id, dataset_id, salts) for item in dataset.items]
    gone = [row for key, row in made.items() if key not in here] + spare
    changes += [ItemChange(Action.ARCHIVE, key_of(row) or "", row["id"], {"status": "ARCHIVED"}) for row in gone]
    return SeedPlan(tuple(changes), foreign=sum(name not in here for name in foreign))


def _change_of(
    item: Item,
    made: Mapping[str, Mapping[str, Any]],
    foreign: Mapping[str, Mapping[str, Any]],
    project_id: str,
    dataset_id: str,
    salts: Mapping[str, int],
) -> ItemChange:
    body = body_of(item)
    remote = made.get(item.id)
    if remote is not None:
        return ItemChange(Action.KEEP if same_content(remote, body) else Action.UPDATE, item.id, remote["id"], body)
    if item.id in foreign:
        return ItemChange(Action.ADOPT, item.id, item.id, body)
    remote_id = ids.dataset_item_id(project_id, dataset_id, item.id, salts.get(item.id, 0))
    return ItemChange(Action.CREATE, item.id, remote_id, body)


def _sorted_out(
    rows: Iterable[Mapping[str, Any]], derived: Mapping[str, str]
) -> tuple[dict[str, Mapping[str, Any]], dict[str, Mapping[str, Any]], list[Mapping[str, Any]]]:
    """Rows made by ragtui by key, foreign rows by id, and ragtui's rows beyond the first of one key."""
    made: dict[str, Mapping[str, Any]] = {}
    foreign: dict[str, Mapping[str, Any]] = {}
    spare: list[Mapping[str, Any]] = []
    # Sorted, so that of two rows of one key every run keeps the same one: the derived id before salted ones.
    for row in sorted({row["id"]: row for row in rows}.values(), key=lambda row: (len(row["id"]), row["id"])):
        # The server may have cleaned the key it was given; the id it was derived into stays.
        key = derived.get(row["id"], key_of(row))
        if key is None or not row["id"].startswith("rt-"):
            foreign[row["id"]] = row
            continue
        if key not in made:
            made[key] = row
        elif row["id"] in derived:
            spare.append(made[key])
            made[key] = row
        else:
            spare.append(row)
    return made, foreign, spare


def check_dataset(items: Sequence[Item]) -> list[str]:
    """Ids that more than one item has: which of them is meant cannot be known."""
    return [name for name, times in Counter(item.id for item in items).items() if times > 1]
