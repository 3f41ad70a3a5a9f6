"""Categories in words: which label an item gets, how its labels moved, and the share of each label."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ragtui.present.clean import one_line
from ragtui.present.numbers import MISSING, count, interval, number, plus_minus, share, signed
from ragtui.present.sentences.cells import given_text
from ragtui.present.verdicts import outcome_sign
from ragtui.stats import LabelFacts, MetricComparison, Outcome

_ARROW = "→"
_FLIPS_NAMED = 3


def side_text(entry: MetricComparison, row: int, side: str, digits: int) -> str:
    """One side of a cell: its mean, or its labels ("left", "left 2/3 tie 1/3")."""
    if entry.labels is None:
        return number(float(getattr(entry.cells, f"mean_{side}")[row]), digits)
    return labels_text(entry.labels, row, side)


def labels_text(facts: LabelFacts, row: int, side: str) -> str:
    """The labels of an item on one side, most frequent first; the label alone where every repeat gave it."""
    return given_text(facts.given(side, row)) or MISSING


def moved_text(entry: MetricComparison, row: int, digits: int) -> str:
    """How a cell moved: its difference, or "left→tie" for labels ("left→~" where no label leads)."""
    if entry.labels is None:
        return signed(float(entry.cells.delta[row]), digits)
    facts, cells = entry.labels, entry.cells
    if not (cells.n_a[row] and cells.n_b[row]):
        return MISSING
    before, after = (_usual(facts, int(usual[row])) for usual in (facts.usual_a, facts.usual_b))
    return before if before == after else f"{before}{_ARROW}{after}"


def band_text(entry: MetricComparison, row: int, digits: int) -> str:
    """The band of a cell, in brackets where it is borrowed; of a category the share of labels that change by chance."""
    band = float(entry.cells.band[row])
    if entry.cells.borrowed is not None and np.isfinite(lent := float(entry.cells.borrowed.band[row])):
        return f"({plus_minus(lent, digits, factor=entry.cells.grid is not None and entry.cells.grid.log)})"
    if entry.labels is not None:
        return f"±{share(band)}" if np.isfinite(band) else "±?"
    return plus_minus(band, digits, factor=entry.cells.grid is not None and entry.cells.grid.log)


def mean_text(entry: MetricComparison, side: str, digits: int) -> str:
    """One side's mean over items; of a category the share of good labels, or "60 % left" where none is called good."""
    if entry.aggregate is not None:
        return number(entry.aggregate.mean_a if side == "a" else entry.aggregate.mean_b, digits)
    top = _leading(entry, side)
    return MISSING if top is None else f"{share(top[1])} {one_line(top[0])}"


def shares_text(entry: MetricComparison, *, brief: bool = False) -> list[str]:
    """ "left 40 % → 60 %, Δ +0.200 [+0.120, +0.280]": one line a label; `brief` leaves difference and interval out."""
    if entry.labels is None:
        return []
    out = []
    for name, part in zip(entry.labels.labels, entry.labels.shares, strict=True):
        mean = part.aggregate
        if mean is None:
            continue
        bounds = interval(mean.interval.lo, mean.interval.hi) if mean.interval else "noise unknown"
        good = " (good)" if name in entry.labels.good else ""
        said = f"{one_line(name)}{good} {share(mean.mean_a)} → {share(mean.mean_b)}"
        out.append(said if brief else f"{said}, Δ {signed(mean.delta)} {bounds}")
    return out


def flips_text(facts: LabelFacts, most: int = _FLIPS_NAMED) -> str:
    """ "2 items with another usual label: left → tie 2; two repeats of one item differ in 5.1 % of pairs"."""
    flips = facts.flips()
    total = sum(flips.values())
    named = ", ".join(f"{one_line(a)} → {one_line(b)} {times}" for (a, b), times in list(flips.items())[:most])
    rest = len(flips) - most
    said = f"{count(total, 'item')} with another usual label{f': {named}' if named else ''}"
    said += f" and {rest} more kinds" if rest > 0 else ""
    rates = [rate for rate in (facts.flip_rate_a, facts.flip_rate_b) if np.isfinite(rate)]
    if not rates:
        return f"{said}; nothing was repeated, so how often labels flip by themselves is unknown"
    return f"{said}; two repeats of one item differ in {' and '.join(share(rate) for rate in rates)} of pairs"


def category_lines(entry: MetricComparison) -> Sequence[str]:
    """Everything about a category beside its cells: one line a label, then the flips."""
    if entry.labels is None:
        return ()
    return (*shares_text(entry), flips_text(entry.labels))


def category_sentence(entry: MetricComparison) -> str:
    """A category in a sentence."""
    name, facts = one_line(entry.metric.name), entry.labels
    if facts is None or not entry.cells.compared():
        return f"{name}: no item has a label on both sides."
    outcome = entry.outcome
    conclusion = "no change of the shares shown" if outcome in (None, Outcome.INCONCLUSIVE) else outcome.value
    return f"{name}, {'; '.join(shares_text(entry))}: {conclusion}. {flips_text(facts)}."


def bounds_of(entry: MetricComparison) -> str:
    """What stands in the place of an interval: the label whose share moved most, with its interval."""
    part = _most_moved(entry)
    if part is None or part[1].aggregate is None:
        return ""
    mean = part[1].aggregate
    bounds = interval(mean.interval.lo, mean.interval.hi) if mean.interval else "noise unknown"
    return f"{one_line(part[0])} {bounds}"


def change_text(entry: MetricComparison) -> str:
    """What stands in the place of a mean's difference: that of the label whose share moved most."""
    part = _most_moved(entry)
    return MISSING if part is None or part[1].aggregate is None else signed(part[1].aggregate.delta)


def outcome_words(entry: MetricComparison) -> tuple[str, str, str]:
    """Glyph, word and style of a metric's verdict; dashes where nothing is compared."""
    if entry.outcome is None:
        return MISSING, "", "muted"
    sign = outcome_sign(entry.outcome)
    return sign.glyph, sign.word, sign.style


def _usual(facts: LabelFacts, place: int) -> str:
    return "~" if place < 0 else one_line(facts.labels[place])


def _leading(entry: MetricComparison, side: str) -> tuple[str, float] | None:
    if entry.labels is None:
        return None
    found = [
        (name, part.aggregate.mean_a if side == "a" else part.aggregate.mean_b)
        for name, part in zip(entry.labels.labels, entry.labels.shares, strict=True)
        if part.aggregate is not None
    ]
    return max(found, key=lambda each: each[1], default=None)


def _most_moved(entry: MetricComparison) -> tuple[str, MetricComparison] | None:
    if entry.labels is None:
        return None
    found = [
        (name, part) for name, part in zip(entry.labels.labels, entry.labels.shares, strict=True) if part.aggregate
    ]
    return max(found, key=lambda each: abs(each[1].aggregate.delta) if each[1].aggregate else 0.0, default=None)
