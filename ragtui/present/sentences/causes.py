"""Why an item changed, in a sentence; and of a whole comparison, in a line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ragtui.stats import Verdict
from ragtui.stats.why.causes import Cause, Causes, CellCause, Ground, Swing

_LONGEST_NAME = 60


def say_cause(cell: CellCause) -> str:
    """The cause of one cell, without a full stop."""
    found = cell.reason
    match found.ground:
        case Ground.PASSAGES if _by_gain(cell):
            return f"{_gained(cell, found.gained)}; the score follows"
        case Ground.PASSAGES if found.lost:
            return f"{_lost(cell, found.lost)}; the score follows"
        case Ground.PASSAGES:
            return "other passages than in the baseline, none of them most of the time"
        case Ground.ORDER:
            return "the same passages in another order"
        case Ground.OTHER_ANSWER:
            return f"the same passages, but another answer in {found.n_b - found.hits_b} of {found.n_b} repeats"
        case Ground.SAME_ANSWER:
            way = "higher" if cell.rose else "lower"
            return f"the same answer in {found.hits_b} of {found.n_b} repeats, scored {way}: the judge"
        case Ground.FAILED:
            return f"{found.hits_b} of {found.n_b} repeats failed ({found.hits_a} of {found.n_a} in the baseline)"
        case Ground.UNSCORED:
            return f"no score in {found.hits_b} of {found.n_b} repeats ({found.hits_a} of {found.n_a} in the baseline)"
        case Ground.POOR:
            return (
                f"{found.hits_b} of {found.n_b} answers are refusals, empty or cut off "
                f"({found.hits_a} of {found.n_a} in the baseline)"
            )
        case _:
            return f"{_UNTOLD_BEGINS}: {_UNTOLD[found.ground]}"


def say_reason(why: str, head: str = "why: ") -> str:
    """A cause behind its name; "cannot tell why" names it already."""
    return why if why.startswith(_UNTOLD_BEGINS) else f"{head}{why}"


_UNTOLD_BEGINS = "cannot tell why"

_UNTOLD = {
    Ground.NO_RECORDS: "no answers were recorded",
    Ground.NO_PASSAGES: "no passages were recorded, so retrieval and generation look alike",
    Ground.HABIT: "each side's own repeats differ as much",
    Ground.FEW_REPEATS: "too few repeats to know what each side does by habit",
    Ground.ANSWERS_VARY: "answers differ within a side as much as between the sides, and the judge may have changed",
}

_SHORT = {
    Cause.RETRIEVAL: ("retrieve otherwise", "retrieves otherwise"),
    Cause.GENERATION: ("answer otherwise with the same passages", "answers otherwise with the same passages"),
    Cause.JUDGE: ("are the judge", "is the judge"),
    Cause.ERROR: ("fail or refuse", "fails or refuses"),
    Cause.UNTOLD: ("of unknown cause", "of unknown cause"),
}

_GROUPS = (
    ("regressed", (Verdict.REGRESSED,)),
    ("failed", (Verdict.ERROR,)),
    ("changed", (Verdict.CHANGED_DOWN, Verdict.CHANGED_UP, Verdict.CHANGED)),
    ("improved", (Verdict.IMPROVED,)),
)


def say_causes(causes: Causes) -> str:
    """ "7 regressed: 4 lost a passage, 2 answer otherwise with the same passages, 1 is the judge"; "" without any."""
    parts = []
    for word, verdicts in _GROUPS:
        cells = [cell for cell in causes.of_item.values() if cell.verdict in verdicts]
        if cells:
            told = {cell.reason.cause for cell in cells} != {Cause.ERROR} or word != "failed"
            parts.append(f"{len(cells)} {word}" + (f": {tally_causes(cells)}" if told else ""))
    more = f" ({causes.left_out} more were not looked into)" if causes.left_out else ""
    return "; ".join(parts) + more


def tally_causes(cells: Sequence[CellCause]) -> str:
    """How many of these have which cause, the most frequent first."""
    kinds = Counter(_kind(cell) for cell in cells)
    return ", ".join(f"{number} {plural if number > 1 else single}" for (plural, single), number in kinds.most_common())


def _kind(cell: CellCause) -> tuple[str, str]:
    if cell.reason.ground is Ground.PASSAGES and _by_gain(cell):
        return "got another passage", "got another passage"
    if cell.reason.ground is Ground.PASSAGES and cell.reason.lost:
        return "lost a passage", "lost a passage"
    return _SHORT[cell.reason.cause]


def _by_gain(cell: CellCause) -> bool:
    """What came explains an improvement, what went a loss."""
    return bool(cell.reason.gained) and (cell.verdict is Verdict.IMPROVED or not cell.reason.lost)


def _lost(cell: CellCause, swings: Sequence[Swing]) -> str:
    first, found = swings[0], cell.reason
    return (
        f"lost {_name(cell, first)} in {found.n_b - first.in_b} of {found.n_b} repeats "
        f"({found.n_a - first.in_a} of {found.n_a} in the baseline){_more(swings)}"
    )


def _gained(cell: CellCause, swings: Sequence[Swing]) -> str:
    first, found = swings[0], cell.reason
    return (
        f"got {_name(cell, first)} in {first.in_b} of {found.n_b} repeats "
        f"({first.in_a} of {found.n_a} in the baseline){_more(swings)}"
    )


def _more(swings: Sequence[Swing]) -> str:
    return f" and {len(swings) - 1} more" if len(swings) > 1 else ""


def _name(cell: CellCause, swing: Swing) -> str:
    name = cell.passages[swing.passage]
    return f"“{name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + '…'}”"
