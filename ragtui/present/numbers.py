"""Numbers as people read them: fixed digits a metric, a real minus sign, a dash for what is not there."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from ragtui.model import Kind, Metric, guess_metric
from ragtui.present.clean import one_line

MISSING = "—"
MINUS = "−"


SIGNIFICANT = 9
"""Digits that reports promise. A double has 16, but numpy's kernels for different processors differ in the last two or
three: a report rounded here is the same, byte for byte, on every machine."""
_DUST = 1e-14


def stable(value: float) -> float:
    """A number as reports carry it: rounded to `SIGNIFICANT` digits, and 0 for the dust that sums leave."""
    return 0.0 if abs(value) < _DUST else float(f"{value:.{SIGNIFICANT - 1}e}")


def finite(value: float | None) -> float | None:
    """A number that JSON can carry, as reports carry it, or None."""
    return stable(float(value)) if value is not None and math.isfinite(value) else None


def decimals(metric: Metric, *, narrow: bool = False) -> int:
    """Digits after the point: two for judge scales, three for shares."""
    if metric.kind is Kind.ORDINAL and (metric.scale is None or metric.scale[1] > 1):
        digits = 2
    elif metric.unit == "$":
        digits = 5
    elif metric.unit == "tok":
        digits = 0
    elif metric.unit == "s" or metric.kind in (Kind.LOGPOS, Kind.LINEAR):
        digits = 2
    else:
        digits = 3
    return min(digits, 2) if narrow and metric.unit != "$" else digits


def mean_decimals(metric: Metric, *, narrow: bool = False) -> int:
    """Digits of a mean over items: one more than a single judge score has, for means move in small steps."""
    return 2 if narrow else max(decimals(metric), 3) if metric.kind is Kind.ORDINAL else decimals(metric)


def mean_of_name(name: str, mean: float | None) -> str:
    """A mean of a metric of which the name is all that is known, as in a list of runs: cents and tokens as such."""
    return number(mean, mean_decimals(guess_metric(name)))


def number(value: float | None, digits: int = 3) -> str:
    """A value with fixed digits; a dash when missing."""
    if value is None or not math.isfinite(value):
        return MISSING
    text = f"{stable(value):.{digits}f}"
    return text.replace("-", MINUS) if float(text) else text.lstrip("-")


def shortest(value: float, digits: int = 3) -> str:
    """A value with the digits that matter, three of them: "0.012", "1e+06", "5"."""
    return f"{value:.{digits}g}".replace("-", MINUS) if math.isfinite(value) else MISSING


def signed(value: float | None, digits: int = 3) -> str:
    """A difference with its sign; zero has none."""
    if value is None or not math.isfinite(value):
        return MISSING
    text = f"{abs(stable(value)):.{digits}f}"
    if not float(text):
        return text if abs(value) < 1e-12 else f"{'+' if value > 0 else MINUS}{text}"
    return f"{'+' if value > 0 else MINUS}{text}"


def interval(lo: float, hi: float, digits: int = 3) -> str:
    """A confidence interval, both ends signed."""
    return f"[{signed(lo, digits)}, {signed(hi, digits)}]"


def share(part: float) -> str:
    """A probability or share in percent; small ones are not rounded to nothing, nor large ones to all."""
    if not math.isfinite(part):
        return MISSING
    part = stable(part)
    if 0 < part < 0.001:
        return "<0.1 %"
    if 0.999 < part < 1:
        return ">99.9 %"
    return f"{part * 100:.1f} %" if part < 0.1 else f"{part * 100:.0f} %"


def percent(part: float) -> str:
    """Progress in whole percent: "63%"."""
    return f"{part:.0%}" if math.isfinite(part) else MISSING


def pixels(place: float) -> str:
    """A place or length in a picture, to a tenth of a pixel."""
    return f"{place:.1f}"


def p_value(p: float) -> str:
    """A p-value with two digits that matter."""
    return "< 0.0001" if p < 1e-4 else f"{stable(p):.2g}"


def plus_minus(half_width: float, digits: int = 3, *, factor: bool = False) -> str:
    """A band: "±0.33", or "×/÷ 1.35" for a metric compared by ratio; "±?" when unknown."""
    if not math.isfinite(half_width):
        return "±?"
    return f"×/÷ {stable(half_width):.2f}" if factor else f"±{stable(half_width):.{digits}f}"


def count(amount: int, noun: str, plural: str = "") -> str:
    """ "1 item", "40 items"."""
    return f"{amount:,} {noun if amount == 1 else plural or noun + 's'}".replace(",", " ")


def duration(seconds: float | None) -> str:
    """ "45ms", "0.8s", "44s", "1m44s", "2h03m", "3d01h"."""
    if seconds is None or not math.isfinite(seconds):
        return MISSING
    if 0 < seconds < 0.0995:
        return f"{max(1, round(seconds * 1000))}ms"
    if seconds < 10:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    if whole < 2 * 86_400:
        return f"{whole // 3600}h{whole % 3600 // 60:02d}m"
    return f"{whole // 86_400}d{whole % 86_400 // 3600:02d}h"


def age(created: datetime | None, now: datetime) -> str:
    """How long ago, in one unit: "now", "5m", "3h", "2d", "7w"."""
    if created is None:
        return MISSING
    moment = created if created.tzinfo else created.replace(tzinfo=UTC)
    seconds = (now - moment).total_seconds()
    if seconds < 60:
        return "now"
    for size, unit, limit in ((60, "m", 3600), (3600, "h", 86_400), (86_400, "d", 14 * 86_400)):
        if seconds < limit:
            return f"{int(seconds // size)}{unit}"
    weeks = int(seconds // (7 * 86_400))
    return f"{weeks}w" if weeks < 105 else f"{weeks // 52}y"


def moment(stamp: str) -> str:
    """ "2026-11-02 09:00:10 UTC" of an ISO 8601 time; what is none, as it is in one line."""
    try:
        found = datetime.fromisoformat(stamp)
    except ValueError:
        return one_line(stamp)
    return f"{found:%Y-%m-%d %H:%M:%S %Z}".rstrip()


def money(usd: float | None) -> str:
    """ "$0.84"; four digits below a cent, and never nothing for something."""
    if usd is None or not math.isfinite(usd):
        return MISSING
    if 0 < usd < 0.00005:
        return "<$0.0001"
    return f"${usd:.2f}" if usd >= 0.01 or usd == 0 else f"${usd:.4f}"
