"""Sizes of files as messages name them."""

from __future__ import annotations


def megabytes(size: int) -> str:
    """ "17 MB": whole ones of 10⁶ bytes, for limits are set in them; "under 1 MB" for less than one."""
    return f"{size // 10**6:,} MB" if size >= 10**6 else "under 1 MB"
