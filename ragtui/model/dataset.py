"""Golden items: what is asked and what is expected."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


def canonical_hash(value: Any, length: int = 12) -> str:
    """Hex digest of a JSON value that does not depend on key order or spacing (SHA-256, truncated)."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:length]


@dataclass(frozen=True, slots=True)
class Item:
    """One golden question with its expected answer."""

    id: str
    question: str = ""
    expected: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def content_hash(self) -> str:
        """Digest of everything a judge or a pipeline can see of this item."""
        return canonical_hash([self.id, self.question, self.expected, dict(self.metadata)])


@dataclass(frozen=True, slots=True)
class Dataset:
    """A named, versioned list of items. `version` defaults to the content hash."""

    name: str
    items: tuple[Item, ...]
    version: str = ""
    description: str = ""

    def content_hash(self) -> str:
        """Digest over all items, independent of their order."""
        return canonical_hash(sorted(item.content_hash() for item in self.items))

    def by_id(self) -> dict[str, Item]:
        """Items by id."""
        return {item.id: item for item in self.items}
