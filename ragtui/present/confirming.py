"""What fresh repeats make of a verdict that chose them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ragtui.present.numbers import count
from ragtui.present.signs import Sign, verdict_sign
from ragtui.stats import Comparison, Verdict

_CHANGED = (Verdict.IMPROVED, Verdict.REGRESSED)


def standing(before: Verdict, fresh: Verdict) -> str:
    """In a word or two; "" where there is no fresh repeat on both sides, or nothing was in doubt."""
    if fresh in (Verdict.ABSENT, Verdict.ONLY_A, Verdict.ONLY_B):
        return ""
    if fresh is Verdict.ERROR:
        return "failed again" if before is Verdict.ERROR else "failed"
    if fresh in (Verdict.UNPROVEN, Verdict.UNKNOWN):
        return "still open"
    if before in _CHANGED:
        return "confirmed" if fresh is before else "reversed" if fresh in _CHANGED else "not confirmed"
    if fresh in _CHANGED:
        return "proven"
    if before is Verdict.ERROR:
        return "recovered"
    return "" if before in (Verdict.SAME, Verdict.WITHIN) else "noise"


def verdict_of(comparison: Comparison, metric: str, item: str) -> Verdict:
    """A cell's verdict; ABSENT where the comparison does not have it."""
    row = comparison.row_of.get(item)
    for entry in comparison.metrics:
        if entry.metric.name == metric and row is not None:
            return Verdict(int(entry.cells.verdict[row]))
    return Verdict.ABSENT


def standings(before: Comparison, fresh: Comparison) -> dict[tuple[str, str], str]:
    """(item, metric) to its standing, for every cell that has one, in the order of the rows."""
    found = {}
    for item in (item for item in before.items if item in fresh.row_of):
        for entry in before.quality:
            name = entry.metric.name
            word = standing(verdict_of(before, name, item), verdict_of(fresh, name, item))
            if word:
                found[item, name] = word
    return found


@dataclass(frozen=True, slots=True)
class Turn:
    """One cell before and after: the verdict on its old repeats, and that on its fresh ones.

    Attributes:
        n_a, n_b: fresh scores on each side.
        delta: on the fresh repeats; NaN without any.
    """

    item: str
    metric: str
    before: Sign
    fresh: Sign
    standing: str
    n_a: int
    n_b: int
    delta: float
    p_noise: float


def turns(before: Comparison, fresh: Comparison, items: Sequence[str]) -> list[Turn]:
    """Every cell of these items that was in doubt or is now, item by item."""
    found = []
    for item in items:
        for entry in before.quality:
            name = entry.metric.name
            old, new = verdict_of(before, name, item), verdict_of(fresh, name, item)
            word = standing(old, new)
            calm = (Verdict.SAME, Verdict.WITHIN, Verdict.ABSENT)
            if not word and old in calm:
                continue
            row, better = fresh.row_of.get(item), entry.metric.higher_is_better
            cells = fresh.metric(name).cells if row is not None and new is not Verdict.ABSENT else None
            delta = float("nan") if cells is None or row is None else float(cells.delta[row])
            old_delta = float(entry.cells.delta[before.row_of[item]]) if item in before.row_of else float("nan")
            found.append(
                Turn(
                    item,
                    name,
                    verdict_sign(old, old_delta, higher_is_better=better),
                    verdict_sign(new, delta, higher_is_better=better),
                    word,
                    0 if cells is None or row is None else int(cells.n_a[row]),
                    0 if cells is None or row is None else int(cells.n_b[row]),
                    delta,
                    float("nan") if cells is None or row is None else float(cells.p_noise[row]),
                )
            )
    return found


def tally(words: Iterable[str]) -> str:
    """How many cells stand how: "fresh repeats of 3 cells: 2 confirmed, 1 noise"; "" without any."""
    counts = Counter(words)
    if not counts:
        return ""
    parts = ", ".join(f"{number} {word}" for word, number in counts.most_common())
    return f"fresh repeats of {count(counts.total(), 'cell')}: {parts}"
