"""Columns that are not read as metrics by their names, and those that may be metrics all the same."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ragtui.sources.table.meaning import names
from ragtui.sources.table.meaning.kinds import Content

FEW_TEXTS = "few texts: "
"""Before columns, among the reasons, that may be a category: whether they differ in the repeats of an item tells."""
PASSED_OVER = "passed over: "
"""Before columns, among the reasons, whose name says that they are no metric while their numbers leave a doubt."""
_SPREAD = re.compile(
    r"[_ .-](?:std|stdev|stddev|sd|stderr|sem|se|var|variance|ci|ci_?\d*_?(?:low|high|lower|upper)|ci95)$",
    re.IGNORECASE,
)
_MANY = 10
"""Rows from which numbers that differ on most of them are no setting that was tried."""


def by_name(column: str, kind: Content) -> tuple[str, str]:
    """Why numbers are no scores by the column's name, unless they cannot be what it says; and what leaves a doubt."""
    why = names.is_no_score(names.metric_part(column))
    if why in (names.AN_ID, names.A_ROW, names.A_COUNTER) and kind.parts:
        return "", ""  # "wobble_index" with 0.35: nothing is numbered in parts of one
    if why == names.AN_ID and names.is_index(column) and kind.numbers and kind.distinct < kind.filled:
        return why, "whole numbers called an index"
    if why in (names.A_SETTING, names.A_DIVIDER) and kind.parts and 2 * kind.distinct > kind.filled > _MANY:
        return why, f"{why} by its name, though its numbers hardly occur twice"
    return why, ""


def spread_of(column: str, columns: Sequence[str]) -> str:
    """The mean beside which a column says how far its repeats lay apart: "score_std" beside "score_mean"."""
    stem = _SPREAD.sub("", column)
    if stem == column:
        return ""
    beside = (stem, *(f"{stem}{sign}{mean}" for sign in "_ .-" for mean in ("mean", "avg", "average")))
    return next((name for name in beside if name in columns), "")
