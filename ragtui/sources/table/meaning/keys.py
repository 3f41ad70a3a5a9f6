"""Ids of items, from columns or from what was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ragtui.files.fields import identifier, text
from ragtui.model import canonical_hash
from ragtui.sources.drafts.values import asked_in


def question_id(question: Any) -> str:
    """An item id made from a question: "q-" and 10 hex digits; of a conversation, only what the user said counts."""
    return "q-" + canonical_hash(asked_in(question) or text(question).strip(), 10)


def item_id(cells: Mapping[str, Any], columns: Sequence[str]) -> str:
    """The id in some columns; empty when one of them holds none."""
    parts = [identifier(cells.get(column)) for column in columns]
    return "/".join(parts) if all(parts) else ""
