"""Everything that is shown of a verdict, in one table: its place in every list, sign, meaning, section and sentence.

The order of the table is the order of cells on every screen and in every report, worst first. A new verdict is one
entry here, beside its member of `ragtui.stats.Verdict`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ragtui.present.sentences import cells as say
from ragtui.present.signs import Sign
from ragtui.stats import CellFacts, Outcome, Verdict


@dataclass(frozen=True, slots=True)
class Shown:
    """How one verdict is shown.

    Attributes:
        sign: of its cells.
        meaning: for the legend.
        section: title of its part of a report.
        sentence: about one cell.
        always: whether reports list these cells unasked.
        most: how many of them a report lists unasked; None for all.
    """

    sign: Sign
    meaning: str
    section: str
    sentence: Callable[[CellFacts], str]
    always: bool = False
    most: int | None = None


VERDICTS: Mapping[Verdict, Shown] = {
    Verdict.REGRESSED: Shown(
        Sign("▼", "v", "regressed", "regressed"),
        "unlikely to be noise, outside the band or nearly certain inside it, in the worse direction",
        "regressed beyond noise",
        say.proven,
        always=True,
    ),
    Verdict.ERROR: Shown(
        Sign("!", "!", "failed", "failed"),
        "scored on one side, every run failed on the other",
        "failed",
        say.failed,
        always=True,
    ),
    Verdict.CHANGED_DOWN: Shown(
        Sign("↓", "d", "changed down", "changed"),
        "proven to fall, on a metric of which nobody told whether higher is better",
        "changed down beyond noise",
        say.proven,
        always=True,
    ),
    Verdict.CHANGED_UP: Shown(
        Sign("↑", "u", "changed up", "changed"),
        "proven to rise, on a metric of which nobody told whether higher is better",
        "changed up beyond noise",
        say.proven,
        always=True,
    ),
    Verdict.CHANGED: Shown(
        Sign("↔", "x", "changed", "changed"),
        "other labels than before, beyond what repeats do, where no order says which way is better",
        "changed labels beyond noise",
        say.proven,
        always=True,
    ),
    Verdict.IMPROVED: Shown(
        Sign("▲", "^", "improved", "improved"),
        "unlikely to be noise, outside the band or nearly certain inside it, in the better direction",
        "improved beyond noise",
        say.proven,
        always=True,
    ),
    Verdict.UNPROVEN: Shown(
        Sign("◇", "o", "unproven", "unproven"),
        "outside the band, but these runs cannot prove it",
        "outside the band, unproven",
        say.unproven,
        always=True,
        most=10,
    ),
    Verdict.BORROWED: Shown(
        Sign("◌", "b", "borrowed", "borrowed"),
        "nothing was repeated; outside of a band borrowed from measured noise of others: worth repeating, not proven",
        "outside a borrowed band, worth repeating",
        say.borrowed,
        always=True,
        most=10,
    ),
    Verdict.UNKNOWN: Shown(
        Sign("?", "?", "noise unknown", "unknown"),
        "nothing was repeated, so noise is unknown; never a guess",
        "noise unknown",
        say.unknown,
    ),
    Verdict.ONLY_A: Shown(
        Sign("−", "-", "only in baseline", "only"), "the item is only in the baseline", "only in baseline", say.one_side
    ),
    Verdict.ONLY_B: Shown(
        Sign("+", "+", "only in candidate", "only"),
        "the item is only in the candidate",
        "only in candidate",
        say.one_side,
    ),
    Verdict.WITHIN: Shown(
        Sign("~", "~", "within noise", "noise"),
        "inside the band: repeats of an unchanged item differ as much",
        "within noise",
        say.within,
    ),
    Verdict.SAME: Shown(Sign("·", ".", "same", "noise"), "no difference at all", "the same", say.same),
    Verdict.ABSENT: Shown(Sign(" ", " ", "no score", "noise"), "no score on either side", "no score", say.absent),
}

_LEANS_BETTER = Sign("△", "/", "unproven", "unproven")
_LEANS_WORSE = Sign("▽", "\\", "unproven", "unproven")

_OUTCOMES = {
    Outcome.IMPROVED: VERDICTS[Verdict.IMPROVED].sign,
    Outcome.REGRESSED: VERDICTS[Verdict.REGRESSED].sign,
    Outcome.CHANGED_UP: VERDICTS[Verdict.CHANGED_UP].sign,
    Outcome.CHANGED_DOWN: VERDICTS[Verdict.CHANGED_DOWN].sign,
    Outcome.CHANGED: VERDICTS[Verdict.CHANGED].sign,
    Outcome.NOT_WORSE: Sign("=", "=", "not worse", "noise"),
    Outcome.EQUIVALENT: Sign("=", "=", "equivalent", "noise"),
    Outcome.INCONCLUSIVE: Sign("~", "~", "no change shown", "noise"),
    Outcome.UNKNOWN: VERDICTS[Verdict.UNKNOWN].sign,
}

LEGEND = tuple(
    line
    for verdict, shown in VERDICTS.items()
    if verdict is not Verdict.ABSENT
    for line in (
        (
            (_LEANS_BETTER, "outside the band, leans better, but these runs cannot prove it"),
            (_LEANS_WORSE, "outside the band, leans worse, but these runs cannot prove it"),
            (shown.sign, "the same on a metric of which nobody told whether higher is better"),
        )
        if verdict is Verdict.UNPROVEN
        else ((shown.sign, shown.meaning),)
    )
)


def verdict_sign(verdict: Verdict, delta: float = 0.0, *, higher_is_better: bool | None = True) -> Sign:
    """The sign of a cell; an unproven one leans the way its delta points, where one way is known to be better."""
    if verdict is Verdict.UNPROVEN and higher_is_better is not None and delta:
        return _LEANS_BETTER if (delta > 0) == higher_is_better else _LEANS_WORSE
    return VERDICTS[verdict].sign


def outcome_sign(outcome: Outcome) -> Sign:
    """The sign of a metric's mean."""
    return _OUTCOMES[outcome]
