"""The must-pass lines: what a calibrated model promises, and whether these trials keep it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bench.calibration_trial import Design, Rates

from ragtui.model import Kind

KINDS = (Kind.BINARY, Kind.ORDINAL, Kind.UNIT, Kind.LOGPOS)
DESIGNS = ((2, 1), (3, 1), (5, 1), (2, 2), (3, 2), (3, 3), (5, 3), (5, 5))
AGGREGATE_DESIGNS = ((3, 1), (2, 2), (3, 3), (5, 5))
LARGE_SUITE = 200
RUN_EFFECT = 0.3

Results = Mapping[Design, Rates]


@dataclass(frozen=True)
class Line:
    """One promise: a measured number on the right side of its limit."""

    number: str
    promise: str
    limit: float | None
    measured: float
    at_least: bool = False

    @property
    def kept(self) -> bool:
        """Whether the limit is respected, if there is one; False too when nothing was measured."""
        if self.limit is None:
            return True
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit

    def __str__(self) -> str:
        verdict = "info" if self.limit is None else "pass" if self.kept else "FAIL"
        bound = "" if self.limit is None else f"  {'≥' if self.at_least else '≤'} {self.limit:g}"
        return f"{verdict}  {self.number:>3}  {self.promise:<66} {self.measured:7.4f}{bound}"


def lines(results: Results) -> Iterator[Line]:
    """Every line that can be checked with these results."""
    unchanged = {d: r for d, r in results.items() if d.items == 40 and d.change == "none" and _plain(d)}
    at_3v3 = {d: r for d, r in unchanged.items() if (d.runs_a, d.runs_b) == (3, 3)}
    changed = {d: r for d, r in results.items() if d.items == 40 and d.change != "none" and _plain(d)}
    single = {d: r for d, r in results.items() if d.runs_b == 1 and d.runs_a <= 4 and d.items == 40}
    yield _most("1", "A/A cells outside the band, any design", 0.055, unchanged, "outside")
    for kind, limit in zip(KINDS, (0.01, 0.015, 0.03, 0.03), strict=True):
        yield _most("2", f"A/A cells outside the band, {kind}, 3 v 3", limit, _of(at_3v3, kind), "outside")
    yield _most("3", "... where the baseline's repeats agreed", 0.05, unchanged, "outside_agreed")
    yield _most("3", "... where they varied", 0.06, unchanged, "outside_varied")
    yield _most("4", "A/A proven cells, any design", 0.005, unchanged, "proven")
    yield _most("5", "... in the worst noise class", 0.04, unchanged, "proven_worst")
    yield _most("5", "... in the worst noise class, 3 v 3", 0.03, at_3v3, "proven_worst")
    yield _most("6", "A/A comparisons with any proven cell", 0.13, unchanged, "any_proven")
    yield _most("6", "A/A comparisons with any proven cell, 3 v 3", 0.08, at_3v3, "any_proven")
    yield _most("7", "noise among proven cells, 10 % of items changed", 0.13, changed, "fdr")
    yield _most("7", "noise among proven cells beside what was stated, as a factor", 1.5, changed, "overconfidence")
    yield Line("8", "proven cells with a single candidate run", 0.0, _single_proven(single))
    power = (
        ("9", "proven power, large drops", "large", (3, 3), "power_proven", (0.74, 0.87, 0.71, 0.53)),
        ("10", "proven power, small drops", "small", (3, 3), "power_proven", (0.25, 0.57, 0.45)),
        ("11", "power outside the band, large drops", "large", (3, 1), "power_outside", (0.68, 0.87, 0.77, 0.70)),
        ("12", "proven power, large drops", "large", (5, 5), "power_proven", (0.78, 0.91, 0.80, 0.62)),
    )
    for number, promise, change, runs, field, limits in power:
        for kind, limit in zip(KINDS, limits, strict=False):
            chosen = {d: r for d, r in _of(changed, kind).items() if (d.change, d.runs_a, d.runs_b) == (change, *runs)}
            yield _least(number, f"{promise}, {kind}, {runs[0]} v {runs[1]}", limit, chosen, field)
    yield from _mean_lines(results)
    harder = {d: r for d, r in results.items() if d.two_state}
    yield _most("4", "A/A proven cells where items jump between two scores, 0..1", None, harder, "proven")
    yield _most("6", "... comparisons with any proven cell", None, harder, "any_proven")


def _mean_lines(results: Results) -> Iterator[Line]:
    """Lines on means hold for quality metrics at the usual designs; the rest is shown without a limit."""
    usual = {
        d: r for d, r in results.items() if d.kind is not Kind.LOGPOS and (d.runs_a, d.runs_b) in AGGREGATE_DESIGNS
    }
    others = {d: r for d, r in results.items() if d not in usual and _plain(d)}
    quiet = {d: r for d, r in usual.items() if d.change == "none" and _plain(d)}
    drifting = {d: r for d, r in usual.items() if d.run_effect}
    yield _most("13", "suite interval: A/A alarms", 0.065, quiet, "suite_alarms")
    yield _most("13", "suite interval: A/A alarms with run drift, 3 v 3", 0.08, drifting, "suite_alarms")
    covering = {d: r for d, r in usual.items() if _plain(d)}
    yield _least("14", "coverage of the true suite change", 0.925, covering, "coverage")
    yield _least("14", "... of latency and of other designs", None, others, "coverage")
    chosen = {
        d: r
        for d, r in results.items()
        if d.kind is Kind.ORDINAL and (d.change, d.runs_a, d.runs_b, d.items) == ("large", 3, 3, 40)
    }
    yield _least("15", "suite power, ordinal, large drops, 3 v 3", 0.66, chosen, "suite_alarms")


def _plain(design: Design) -> bool:
    return not design.run_effect and not design.profile_runs and not design.two_state


def _of(results: Results, kind: Kind) -> Results:
    return {d: r for d, r in results.items() if d.kind is kind}


def _values(results: Results, field: str) -> list[float]:
    numbers = [float(getattr(rates, field)) for rates in results.values()]
    return [number for number in numbers if not math.isnan(number)] or [math.nan]


def _most(number: str, promise: str, limit: float | None, results: Results, field: str) -> Line:
    return Line(number, promise, limit, max(_values(results, field)))


def _least(number: str, promise: str, limit: float | None, results: Results, field: str) -> Line:
    return Line(number, promise, limit, min(_values(results, field)), at_least=True)


def _single_proven(results: Results) -> float:
    return max(max(_values(results, "proven")), max([0.0, *(p for p in _values(results, "power_proven") if p == p)]))
