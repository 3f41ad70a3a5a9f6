"""Scores of one side as level counts, and rows that are alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ragtui.stats.arrays import Floats, Ints

_CODE_LIMIT = 2**62


def count_levels(indices: Ints, levels: int) -> Floats:
    """Level indices (items, repeats), -1 for missing, as counts (items, levels)."""
    rows, width = len(indices), levels + 1
    flat = np.arange(rows)[:, None] * width + indices + 1
    counts = np.bincount(flat.ravel(), minlength=rows * width).reshape(rows, width)
    return counts[:, 1:].astype(float)


def distinct_rows(counts: Floats) -> tuple[Ints, Ints]:
    """One row of each sort among level counts (rows, levels), and for every row which of those it equals."""
    codes = combined_codes(counts.T.astype(np.int64))
    _, first, place = np.unique(codes, return_index=True, return_inverse=True)
    return first, place


def row_codes(indices: Ints) -> Ints:
    """Equal numbers for rows that hold the same levels equally often, in whatever order."""
    return combined_codes(np.sort(indices, axis=1).T + 1)


def combined_codes(columns: Sequence[Ints] | Ints) -> Ints:
    """One number a row, equal exactly where all columns are equal. Columns hold non-negative integers."""
    codes, size = np.zeros(len(columns[0]), np.int64), 1
    for column in columns:
        base = int(column.max(initial=0)) + 1
        if size * base > _CODE_LIMIT:
            codes, size = _compact(codes)
        codes, size = codes * base + column, size * base
    return codes


def _compact(codes: Ints) -> tuple[Ints, int]:
    distinct, numbered = np.unique(codes, return_inverse=True)
    return numbered.astype(np.int64), len(distinct)
