"""One cell in a sentence, with the numbers it rests on. Which sentence a verdict has is said in `present.verdicts`."""

from __future__ import annotations

from collections.abc import Sequence

from ragtui.present.clean import one_line
from ragtui.present.numbers import count, plus_minus, share
from ragtui.present.sentences.amounts import amount, change
from ragtui.present.sentences.refusals import say_refusal
from ragtui.stats import CellFacts, Doubt, Verdict

_SMALL_CHANCE = 0.1
"""Beside a chance of noise as small as this, "within noise" needs a reason."""


def place(facts: CellFacts) -> str:
    """Which cell it is."""
    return f"{facts.item} · {facts.metric.name}"


def refused(facts: CellFacts) -> str:
    """The whole metric is not compared."""
    assert facts.refused is not None
    return f"{place(facts)}: not compared, {say_refusal(facts.refused)}."


def absent(facts: CellFacts) -> str:
    """Nothing was scored."""
    return f"{place(facts)}: no score on either side."


def one_side(facts: CellFacts) -> str:
    """The other side does not have the item."""
    side = "baseline" if facts.verdict is Verdict.ONLY_A else "candidate"
    return f"{place(facts)}: only in the {side}, nothing to compare."


def failed(facts: CellFacts) -> str:
    """No run of a side has a score."""
    if facts.n_a == facts.n_b == 0:
        return f"{place(facts)}: no score in any run of either side ({facts.failed_a} and {facts.failed_b} failed)."
    side, runs = ("candidate", facts.failed_b) if facts.n_b == 0 else ("baseline", facts.failed_a)
    return f"{place(facts)}: no score in any {side} run ({runs} failed)."


def same(facts: CellFacts) -> str:
    """No difference at all."""
    value = given_text(facts.labels_a) or amount(facts.metric, facts.mean_a)
    return f"{place(facts)} is the same ({value}, {_runs(facts)})."


def unknown(facts: CellFacts) -> str:
    """Nothing tells how noisy it is."""
    lent = ""
    if facts.borrowed_from:
        lent = f", as it is inside of a {_lent(facts)}"
    return (
        f"{_movement(facts)}: no repeats, so the noise is unknown and {_size(facts)} may be "
        f"chance{lent}. Repeat the baseline 3× or load a noise profile."
    )


def borrowed(facts: CellFacts) -> str:
    """Beyond what measured noise of others does, which proves nothing here."""
    return (
        f"{_movement(facts)}: no repeats, so nothing is proven; it is outside of a {_lent(facts)}, so it is worth "
        "repeating."
    )


def _lent(facts: CellFacts) -> str:
    """A borrowed band and whose it is."""
    if facts.borrowed_band == 0:
        return f"zero band borrowed from {' and '.join(facts.borrowed_from)}"
    size = plus_minus(facts.borrowed_band, factor=True) if facts.by_ratio else _half(facts, facts.borrowed_band)
    return f"{size} band borrowed from {' and '.join(facts.borrowed_from)}"


def within(facts: CellFacts) -> str:
    """An unchanged item does as much."""
    return (
        f"{_movement(facts)}: runs of an unchanged item like this differ {_by_up_to(facts)} "
        f"in {share(1 - facts.alpha)} of cases, so this is within noise{_all_the_same(facts)}."
    )


def _all_the_same(facts: CellFacts) -> str:
    """Why a small chance of noise does not make it a finding."""
    if not facts.p_noise <= _SMALL_CHANCE:
        return ""
    return f", small as its chance of noise is ({share(facts.p_noise)}): the runs differ, but no further than runs do"


def unproven(facts: CellFacts) -> str:
    """Outside the band, and why that is no proof."""
    return f"{_movement(facts)}: outside its {_band(facts)} band, but {_doubt(facts)}{_way_out(facts)}."


def proven(facts: CellFacts) -> str:
    """Unlikely to be noise, and nearly always outside the band."""
    word = facts.verdict.name.lower().replace("_", " ")
    asked = ""
    if facts.metric.higher_is_better is None:
        asked = "; which labels are good is not known" if facts.labels_a else "; whether higher is better is not known"
    chance = f"chance of noise {share(facts.p_noise)}"
    why = f"outside its {_band(facts)} band and {chance}"
    if not facts.outside:
        why = f"inside its {_band(facts)} band, but its runs one by one tell the sides apart: {chance}"
    return f"{_movement(facts)}: {why}: {word}{asked}."


def given_text(given: Sequence[tuple[str, int]]) -> str:
    """Labels of one side: "left", or "left 2/3 tie 1/3" where repeats differ; "" without any."""
    runs = sum(times for _, times in given)
    if len(given) == 1:
        return one_line(given[0][0])
    return " ".join(f"{one_line(label)} {times}/{runs}" for label, times in given)


def _size(facts: CellFacts) -> str:
    return "that" if facts.labels_a else change(facts.metric, facts.delta)


def _by_up_to(facts: CellFacts) -> str:
    if facts.labels_a:
        return f"in up to {share(facts.band)} of their labels"
    return f"by up to {_band(facts)}"


def _movement(facts: CellFacts) -> str:
    if facts.labels_a or facts.labels_b:
        before, after = given_text(facts.labels_a), given_text(facts.labels_b)
        return f"{place(facts)} went from {before} to {after} ({_runs(facts)})"
    verb = "fell" if facts.delta < 0 else "rose"
    before, after = amount(facts.metric, facts.mean_a), amount(facts.metric, facts.mean_b)
    return f"{place(facts)} {verb} {amount(facts.metric, abs(facts.delta))} ({before} → {after}, {_runs(facts)})"


def _runs(facts: CellFacts) -> str:
    return f"{facts.n_a} v {facts.n_b} runs"


def _band(facts: CellFacts) -> str:
    if facts.labels_a:
        return f"±{share(facts.band)}"
    if facts.by_ratio:
        return plus_minus(facts.band, factor=True)
    return _half(facts, facts.band)


def _half(facts: CellFacts, width: float) -> str:
    return f"±{amount(facts.metric, width)}"


def _doubt(facts: CellFacts) -> str:
    chance = f"chance of noise {share(facts.p_noise)}"
    match facts.doubt:
        case Doubt.COPIES:
            return "repeats that may be copies prove nothing"
        case Doubt.FEW_REPEATS:
            return f"{facts.repeated} repeated scores are too few to learn the noise from ({chance})"
        case Doubt.SINGLE_RUNS:
            return f"one run a side cannot prove it ({chance})"
        case Doubt.SINGLE_BASELINE:
            return f"one baseline run cannot prove it ({chance})"
        case Doubt.SINGLE_CANDIDATE:
            return f"one candidate run cannot prove it ({chance})"
        case Doubt.BASELINE_DISAGREES:
            return f"the baseline's own runs disagree ({chance})"
        case Doubt.CANDIDATE_DISAGREES:
            return f"the candidate's own runs disagree ({chance})"
        case _:
            return f"so few runs leave a {share(facts.p_noise)} chance of noise"


def _way_out(facts: CellFacts) -> str:
    if facts.doubt is Doubt.COPIES:
        return "; run them again with every cache off"
    if facts.more:
        return f"; {count(facts.more, 'more agreeing candidate run')} would settle this"
    return "; re-run it" if facts.learnt else "; repeat the whole run"
