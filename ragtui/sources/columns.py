"""What the columns of a score table mean."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Roles of a table's columns."""

    item: str = ""
