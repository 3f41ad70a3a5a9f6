"""What fresh repeats make of a verdict that chose them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ragtui.model import Metric
from ragtui.present.numbers import count, decimals, number
from ragtui.present.signs import Sign
from ragtui.present.verdicts import verdict_sign
from ragtui.stats import NOISE_UNKNOWN, PROVEN, Cells, Comparison, Verdict
from ragtui.stats.enough.settle import repeats_to_see

_WITHIN = verdict_sign(Verdict.WITHIN, 0.0).word
_CALM = (Verdict.SAME, Verdict.WITHIN, Verdict.ABSENT)


def standing(before: Verdict, fresh: Verdict) -> str:
    """In a word or two; "" where there is no fresh repeat on both sides, or nothing was in doubt."""
    if fresh in (Verdict.ABSENT, Verdict.ONLY_A, Verdict.ONLY_B):
        return ""
    if fresh is Verdict.ERROR:
        return "failed again" if before is Verdict.ERROR else "failed"
    if fresh in (Verdict.UNPROVEN, *NOISE_UNKNOWN):
        return "still open"
    if before in PROVEN:
        return "confirmed" if fresh is before else "reversed" if fresh in PROVEN else "not confirmed"
    if fresh in PROVEN:
        return "proven"
    if before is Verdict.ERROR:
        return "recovered"
    return "" if before in (Verdict.SAME, Verdict.WITHIN) else "noise"


def verdict_of(comparison: Comparison, metric: str, item: str) -> Verdict:
    """A cell's verdict; ABSENT where the comparison does not have it."""
    place = _place(comparison, metric, item)
    return Verdict.ABSENT if place is None else Verdict(int(place[0].verdict[place[1]]))


def _place(comparison: Comparison, metric: str, item: str) -> tuple[Cells, int] | None:
    row = comparison.row_of.get(item)
    cells = next((entry.cells for entry in comparison.metrics if entry.metric.name == metric), None)
    return None if row is None or cells is None else (cells, row)


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
        more: further repeats a side that would show this delta, where it is within noise; None where none would.
    """

    item: str
    metric: str
    before: Sign
    fresh: Sign
    standing: str
    n_a: int = 0
    n_b: int = 0
    delta: float = math.nan
    p_noise: float = math.nan
    more: int | None = None


def turns(before: Comparison, fresh: Comparison, items: Sequence[str]) -> list[Turn]:
    """Every cell of these items that was in doubt or is now, item by item.

    An item that was calm and is calm has a line as well, on the metric it moved on most: it was chosen and paid for.
    """
    found = []
    for item in items:
        every = [_turn(before, fresh, entry.metric, item) for entry in before.quality]
        moved = [turn for turn in every if turn.standing or verdict_of(before, turn.metric, item) not in _CALM]
        scored = [turn for turn in every if turn.n_a and turn.n_b]
        if not moved and scored:
            calmest = min(scored, key=lambda turn: turn.p_noise if math.isfinite(turn.p_noise) else 2.0)
            moved = [replace(calmest, standing="still within noise" if calmest.delta else "same")]
        found += moved
    return found


def _turn(before: Comparison, fresh: Comparison, metric: Metric, item: str) -> Turn:
    def sign(comparison: Comparison) -> Sign:
        place = _place(comparison, metric.name, item)
        delta = 0.0 if place is None else float(place[0].delta[place[1]])
        verdict = verdict_of(comparison, metric.name, item)
        return verdict_sign(verdict, delta, higher_is_better=metric.higher_is_better)

    word = standing(verdict_of(before, metric.name, item), verdict_of(fresh, metric.name, item))
    turn = Turn(item, metric.name, sign(before), sign(fresh), word)
    place = _place(fresh, metric.name, item)
    if place is None:
        return turn
    cells, row = place
    return replace(
        turn,
        n_a=int(cells.n_a[row]),
        n_b=int(cells.n_b[row]),
        delta=float(cells.delta[row]),
        p_noise=float(cells.p_noise[row]),
        more=repeats_to_see(cells, row) if turn.fresh.word == _WITHIN else None,
    )


def stands(turn: Turn, metric: Metric) -> str:
    """How a cell stands now, and what it would take to see what it moved by: "noise, 8 more would see 0.50"."""
    if turn.more is None:
        return turn.standing
    return f"{turn.standing}, {turn.more} more would see {number(abs(turn.delta), decimals(metric))}"


def fresh_words(before: Comparison, fresh: Comparison, metric: str) -> dict[str, str]:
    """Every chosen item to the sign and word of its fresh repeats: on one metric where that has some, else its worst.

    An item that was calm and is calm says so with its verdict: it was chosen and paid for.
    """
    found: dict[str, str] = {}
    for turn in turns(before, fresh, [item for item in before.items if item in fresh.row_of]):
        words = turn.fresh.word if turn.standing.startswith("still within") else turn.standing or turn.fresh.word
        if turn.item not in found or turn.metric == metric:
            found[turn.item] = f"{turn.fresh.glyph} {words}"
    return found


def tally(words: Iterable[str]) -> str:
    """How many cells stand how: "fresh repeats of 3 cells: 2 confirmed, 1 noise"; "" without any."""
    counts = Counter(words)
    if not counts:
        return ""
    parts = ", ".join(f"{number} {word}" for word, number in counts.most_common())
    return f"fresh repeats of {count(counts.total(), 'cell')}: {parts}"
