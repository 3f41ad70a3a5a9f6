"""Single cells of a score table: blank, number, word."""

from __future__ import annotations

import math
from typing import Any

BLANK = frozenset({"", "none", "null", "na", "n/a", "-", "—", "#n/a"})
"""Texts that say there is nothing here; "nan" is not one of them: it says that a number was not finite."""

WORDS = {
    "true": 1.0, "false": 0.0, "yes": 1.0, "no": 0.0, "pass": 1.0, "fail": 0.0, "passed": 1.0, "failed": 0.0,
    "correct": 1.0, "incorrect": 0.0, "right": 1.0, "wrong": 0.0,
}  # fmt: skip
"""Words with an obvious number; anything else has to be mapped by a person."""


def is_blank(cell: Any) -> bool:
    """Whether a cell holds nothing."""
    return cell is None or (isinstance(cell, str) and cell.strip().casefold() in BLANK)


def plain_number(cell: Any) -> float | None:
    """The number a cell holds (it may be NaN or infinite), or None for words."""
    if isinstance(cell, (bool, int, float)):
        try:
            return float(cell)
        except OverflowError:
            return math.inf
    if not isinstance(cell, str):
        return None
    try:
        return float(cell.strip())
    except ValueError:
        return None
