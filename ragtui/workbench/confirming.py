"""Targeted repeats: which items are in doubt, and what their fresh repeats say.

Items are chosen because of what their old repeats said, so those are biased (the winner's curse). The fresh repeats
alone confirm; the full runs only teach how noisy the metrics are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ragtui.errors import RagtuiError
from ragtui.model import RunHeader, age_order, distinct, poolable
from ragtui.stats import FLAGGED, NOISE_UNKNOWN, Verdict
from ragtui.workbench.comparing import NoiseEvidence, SideComparison, compare_sides, find_evidence
from ragtui.workbench.library import Library
from ragtui.workbench.sides import Side, side_of

IN_DOUBT = (*FLAGGED, Verdict.UNPROVEN, *NOISE_UNKNOWN)


def doubts(result: SideComparison) -> dict[str, tuple[str, ...]]:
    """Items that are flagged, unproven or unknown, in row order, each with the quality metrics it is so on.

    Where some are outside a borrowed band, those stand for the unknown ones: they are worth repeating first.
    """
    comparison = result.comparison
    lent = any(entry.cells.count(Verdict.BORROWED) for entry in comparison.quality)
    sought = [int(verdict) for verdict in IN_DOUBT if not (lent and verdict is Verdict.UNKNOWN)]
    found: dict[str, list[str]] = {}
    for entry in comparison.quality:
        for row in np.nonzero(np.isin(entry.cells.verdict, sought))[0]:
            found.setdefault(comparison.items[int(row)], []).append(entry.metric.name)
    return {item: tuple(found[item]) for item in comparison.items if item in found}


def with_fresh_repeats(library: Library, result: SideComparison) -> SideComparison:
    """The same comparison, with what targeted repeats of both sides say where there are any."""
    runs = [_repeating(library, side) for side in (result.a, result.b)]
    if not all(runs):
        return result
    try:
        a, b = (side_of(library, headers) for headers in runs)
        taught = find_evidence(library, a, b) or NoiseEvidence(None, (), (result.a.scores, result.b.scores))
        return replace(result, fresh=compare_sides(a, b, result.comparison.settings, taught))
    except RagtuiError:
        return result  # the listing says what is wrong with those runs; this comparison stands without them


def _repeating(library: Library, side: Side) -> list[RunHeader]:
    ids = {header.original for header in side.headers}
    return distinct(header for header in library.headers.values() if _targeted(header) and header.confirms in ids)


def _targeted(header: RunHeader) -> bool:
    return header.selection is not None and header.confirms is not None


def confirmed_sides(
    library: Library, a: Sequence[RunHeader], b: Sequence[RunHeader]
) -> tuple[list[RunHeader], list[RunHeader]] | None:
    """The full runs that the targeted runs `a` and `b` confirm, with their repeats; None when they are not at hand."""
    if not _targeted(a[0]) or not _targeted(b[0]):
        return None
    together = a[0].configuration.fingerprint() == b[0].configuration.fingerprint()
    every = library.headers.values()
    sides = tuple(distinct(header for header in every if _confirms(one[0], header, alone=together)) for one in (a, b))
    return (sides[0], sides[1]) if all(sides) else None


def fresh_pair(
    library: Library, fresh: Sequence[RunHeader], baseline: Sequence[RunHeader]
) -> tuple[Sequence[RunHeader], Sequence[RunHeader]] | None:
    """A targeted run and the one launched with it, the side of the baseline first; None when it is alone.

    Args:
        fresh: the run; several headers where its repeats were published one by one.
        baseline: of the dataset.
    """
    first = fresh[0]
    partners: dict[str, list[RunHeader]] = {}
    launched = [
        header
        for header in library.headers.values()
        if _targeted(header) and (header.selection, header.created) == (first.selection, first.created)
    ]
    for header in distinct(launched, taken=fresh):
        if header.original != first.original:
            partners.setdefault(header.original, []).append(header)
    if not _targeted(first) or len(partners) != 1:
        return None
    (partner,) = (sorted(headers, key=age_order) for headers in partners.values())
    ids = {header.original for header in baseline}
    prints = {header.configuration.fingerprint() for header in baseline}

    def rank(side: Sequence[RunHeader]) -> tuple[bool, bool, str]:
        known = side[0].configuration.fingerprint() in prints
        return (side[0].confirms not in ids, not known, side[0].original)

    one, two = sorted((fresh, partner), key=rank)
    return one, two


def _confirms(fresh: RunHeader, full: RunHeader, *, alone: bool) -> bool:
    if full.original == fresh.confirms:
        return True
    alike = full.configuration.fingerprint() == fresh.configuration.fingerprint()
    return poolable(full) and alike and not alone
