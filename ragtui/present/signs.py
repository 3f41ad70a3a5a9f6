"""A verdict as a sign, a word and a style name: shape first, word second, colour last."""

from __future__ import annotations

from dataclasses import dataclass

from ragtui.stats import Outcome, Verdict


@dataclass(frozen=True, slots=True)
class Sign:
    """How a verdict looks.

    Attributes:
        glyph: one cell.
        ascii: its twin where only ASCII can be shown.
        word: what it means.
        style: name that a theme turns into colour and weight.
    """

    glyph: str
    ascii: str
    word: str
    style: str

    def shown(self, *, ascii_only: bool) -> str:
        """The glyph that this terminal can show."""
        return self.ascii if ascii_only else self.glyph


_SIGNS = {
    Verdict.ABSENT: Sign(" ", " ", "no score", "noise"),
    Verdict.SAME: Sign("·", ".", "same", "noise"),
    Verdict.WITHIN: Sign("~", "~", "within noise", "noise"),
    Verdict.IMPROVED: Sign("▲", "^", "improved", "improved"),
    Verdict.REGRESSED: Sign("▼", "v", "regressed", "regressed"),
    Verdict.UNKNOWN: Sign("?", "?", "noise unknown", "unknown"),
    Verdict.ERROR: Sign("!", "!", "failed", "failed"),
    Verdict.ONLY_A: Sign("−", "-", "only in baseline", "only"),
    Verdict.ONLY_B: Sign("+", "+", "only in candidate", "only"),
}
_LEANS_BETTER = Sign("△", "/", "unproven", "unproven")
_LEANS_WORSE = Sign("▽", "\\", "unproven", "unproven")
_LEANS_NOWHERE = Sign("◇", "o", "unproven", "unproven")

_OUTCOMES = {
    Outcome.IMPROVED: _SIGNS[Verdict.IMPROVED],
    Outcome.REGRESSED: _SIGNS[Verdict.REGRESSED],
    Outcome.NOT_WORSE: Sign("=", "=", "not worse", "noise"),
    Outcome.EQUIVALENT: Sign("=", "=", "equivalent", "noise"),
    Outcome.INCONCLUSIVE: Sign("~", "~", "no change shown", "noise"),
    Outcome.UNKNOWN: _SIGNS[Verdict.UNKNOWN],
}

LEGEND = (
    (_SIGNS[Verdict.IMPROVED], "outside the noise band, unlikely to be noise, in the better direction"),
    (_SIGNS[Verdict.REGRESSED], "the same in the worse direction"),
    (_LEANS_BETTER, "outside the band, leans better, but these runs cannot prove it"),
    (_LEANS_WORSE, "outside the band, leans worse, but these runs cannot prove it"),
    (_LEANS_NOWHERE, "outside the band; nobody said whether more is better"),
    (_SIGNS[Verdict.WITHIN], "inside the band: repeats of an unchanged item differ as much"),
    (_SIGNS[Verdict.SAME], "no difference at all"),
    (_SIGNS[Verdict.UNKNOWN], "nothing was repeated, so noise is unknown; never a guess"),
    (_SIGNS[Verdict.ERROR], "scored on one side, every run failed on the other"),
    (_SIGNS[Verdict.ONLY_B], "the item is only in the candidate"),
    (_SIGNS[Verdict.ONLY_A], "the item is only in the baseline"),
)


def verdict_sign(verdict: Verdict, delta: float = 0.0, *, higher_is_better: bool | None = True) -> Sign:
    """The sign of a cell; an unproven one leans the way its delta points, where it is known which way is better."""
    if verdict is Verdict.UNPROVEN:
        if higher_is_better is None:
            return _LEANS_NOWHERE
        return _LEANS_BETTER if (delta > 0) == higher_is_better else _LEANS_WORSE
    return _SIGNS[verdict]


def outcome_sign(outcome: Outcome) -> Sign:
    """The sign of a metric's mean."""
    return _OUTCOMES[outcome]
