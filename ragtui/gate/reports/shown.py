"""Numbers of a record as reports show them."""

from __future__ import annotations

from ragtui.gate.record import GateRecord, ItemLine, MeanLine, SideLine
from ragtui.present.numbers import MISSING, count, interval, number, share, signed

SIGNS = {
    "no regression shown": "✔",
    "regression": "✘",
    "cannot tell": "?",
    "incomplete": "◌",
    "not comparable": "≠",
    "error": "!",
}


def mean_cells(line: MeanLine) -> tuple[str, str, str, str, str]:
    """Baseline, candidate, delta, interval and margin as texts."""
    digits = line.digits
    bounds = MISSING if line.low is None or line.high is None else interval(line.low, line.high, digits)
    as_share = line.topic == "error rate"
    return (
        show_share(line.baseline) if as_share else number(line.baseline, digits),
        show_share(line.candidate) if as_share else number(line.candidate, digits),
        signed(line.delta, digits),
        bounds,
        number(line.margin, digits) if line.margin else MISSING,
    )


def show_share(value: float | None) -> str:
    """A share in percent, or a dash."""
    return MISSING if value is None else share(value)


def item_cells(line: ItemLine) -> tuple[str, str, str, str]:
    """Means, delta, band and chance of noise as texts."""
    digits = line.digits
    return (
        f"{number(line.baseline, digits)} → {number(line.candidate, digits)}",
        signed(line.delta, digits),
        MISSING if line.band is None else f"±{number(line.band, digits)}",
        show_share(line.p_noise),
    )


def sides(record: GateRecord) -> str:
    """ "baseline main (5 repeats) against candidate pr-12 (4 repeats: pr-12a, pr-12b)"."""
    return f"baseline {_side(record.baseline)} against candidate {_side(record.candidate)}"


def _side(side: SideLine) -> str:
    if not side.repeats:
        return side.label
    pooled = f": {', '.join(side.runs)}" if len(side.runs) > 1 else ""
    return f"{side.label} ({count(side.repeats, 'repeat')}{pooled})"
