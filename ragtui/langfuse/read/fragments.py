"""Hosted runs that lie about their shape: one run split in several rows, one item recorded twice.

Why it happens: clients that lost the link between an item and its run invented a new run for it (langfuse-python #1600,
langfuse #15616), and clients whose project lookup timed out invented an id. The rows share dataset and name, lie close
in time and hold different items.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

GAP_S = 15 * 60.0
"""Rows of one run follow each other within this time."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """One hosted row of a run.

    Attributes:
        start, end: seconds since 1970 of its first and last activity.
        items: hosted ids of the items it holds.
    """

    id: str
    start: float
    end: float
    items: frozenset[str]


@dataclass(frozen=True, slots=True)
class Assembly:
    """Rows that are one run.

    Attributes:
        parts: earliest first; a whole run has one.
        by_hand: the user said so.
    """

    parts: tuple[Fragment, ...]
    by_hand: bool = False

    @property
    def id(self) -> str:
        """Id of the earliest row; it stays the same when further rows turn up."""
        return self.parts[0].id

    @property
    def items(self) -> frozenset[str]:
        """Items of all rows."""
        return frozenset().union(*(part.items for part in self.parts))

    @property
    def label(self) -> str:
        """Such as "assembled from 2 parts (4 + 36 items)"; empty for a whole run."""
        if len(self.parts) == 1:
            return ""
        sizes = " + ".join(str(len(part.items)) for part in self.parts)
        return f"assembled from {len(self.parts)} parts ({sizes} items)"


def assemble(
    parts: Iterable[Fragment], overrides: Mapping[str, str] | None = None, gap: float = GAP_S
) -> list[Assembly]:
    """Runs made of the rows that share one dataset and name, earliest first.

    Rows with disjoint items within `gap` of each other are parts of one run. Rows that share an item are reruns.

    Args:
        parts: all rows of one dataset and name.
        overrides: row id to the id of the row it belongs with; its own id keeps it alone.
        gap: seconds.
    """
    overrides = overrides or {}
    ordered = sorted(parts, key=lambda part: (part.start, part.id))
    known = {part.id for part in ordered}
    by_hand: dict[str, list[Fragment]] = {}
    free: list[Fragment] = []
    named = {target for part, target in overrides.items() if part in known}
    for part in ordered:
        target = overrides.get(part.id, part.id if part.id in named else "")
        if target in known:
            by_hand.setdefault(target, []).append(part)
        else:
            free.append(part)
    found = [Assembly(tuple(group), by_hand=True) for group in by_hand.values()]
    found += [Assembly(tuple(group)) for group in _runs_of(free, gap)]
    return sorted(found, key=lambda assembly: (assembly.parts[0].start, assembly.id))


def _runs_of(parts: Sequence[Fragment], gap: float) -> list[list[Fragment]]:
    runs: list[list[Fragment]] = []
    for part in parts:
        home = next((run for run in reversed(runs) if _continues(run, part, gap)), None)
        if home is None:
            runs.append([part])
        else:
            home.append(part)
    return runs


def _continues(run: Sequence[Fragment], part: Fragment, gap: float) -> bool:
    near = part.start - max(each.end for each in run) < gap
    # An empty row proves nothing, and two rows can only be parts of one run when no item is in both.
    return near and bool(part.items) and all(part.items.isdisjoint(each.items) for each in run)
