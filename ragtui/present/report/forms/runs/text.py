"""A list of runs for a terminal."""

from __future__ import annotations

from ragtui.present.numbers import MISSING, age, mean_of_name
from ragtui.present.report.listing import RunListing
from ragtui.present.report.table import table

TITLE, SUFFIX = "plain text", ".txt"
HEAD = ("run", "dataset", "age", "items", "repeats", "errors", "status", "means (scored)")
MEANS_SHOWN = 4
"""Metrics of a line; how many there are beyond is said."""


def write(listing: RunListing) -> str:
    """One line a run; those of one configuration stand together."""
    return table(HEAD, rows(listing), "llrrrrll")


def rows(listing: RunListing) -> list[tuple[str, ...]]:
    """The cells of every line."""
    out: list[tuple[str, ...]] = []
    for group in listing.groups:
        for place, header in enumerate((*group.headers, *group.copies)):
            copy = " copy" if place >= len(group.headers) else ""
            errors = MISSING if header.errors is None else str(header.errors)
            shown = [f"{m.name} {mean_of_name(m.name, m.mean)} ({m.scored}/{m.expected})" for m in header.metrics]
            more = [f"and {len(shown) - MEANS_SHOWN} more"] if len(shown) > MEANS_SHOWN else []
            means = "  ".join([*shown[:MEANS_SHOWN], *more])
            out.append(
                (
                    header.name if place == 0 else f"  {header.name}",
                    header.dataset_named or MISSING,
                    age(header.created, listing.now),
                    str(header.items if header.items is not None else MISSING),
                    str(header.repeats if header.repeats is not None else MISSING),
                    errors,
                    " ".join(word for word in (header.status.value, header.origin) if word) + copy,
                    means,
                )
            )
    return out
