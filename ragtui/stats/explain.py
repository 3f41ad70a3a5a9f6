"""Verdicts as plain sentences, each with the numbers it rests on."""

from __future__ import annotations

from ragtui.model import Metric
from ragtui.stats.cells import MIN_RUNS_A_SIDE, MIN_RUNS_TOTAL, MIN_UNITS
from ragtui.stats.comparison import Aggregate, Cells, Comparison, Interval, MetricComparison
from ragtui.stats.enough.planning import repeats_needed
from ragtui.stats.enough.settle import repeats_to_settle
from ragtui.stats.settings import Settings
from ragtui.stats.verdict import Estimand, Outcome, Verdict


def explain_cell(comparison: Comparison, metric: str, item: str) -> str:
    """One item of one metric in a sentence.

    Raises:
        KeyError: no such metric or item.
    """
    entry, row = comparison.metric(metric), comparison.row_of[item]
    place = f"{item} · {metric}"
    if entry.refused:
        return f"{place}: not compared, {entry.refused}."
    return _Cell(place, entry.metric, entry.cells, row, comparison.settings, proves=comparison.proves).sentence()


class _Cell:
    """One cell, with the pieces its sentence is made of."""

    def __init__(self, place: str, metric: Metric, cells: Cells, row: int, settings: Settings, *, proves: bool) -> None:
        self.proves = proves
        self.place = place
        self.metric = metric
        self.cells = cells
        self.row = row
        self.settings = settings
        self.verdict = Verdict(int(cells.verdict[row]))
        self.n_a, self.n_b = int(cells.n_a[row]), int(cells.n_b[row])
        self.delta = float(cells.delta[row])

    def sentence(self) -> str:
        match self.verdict:
            case Verdict.ABSENT:
                return f"{self.place}: no score on either side."
            case Verdict.ONLY_A | Verdict.ONLY_B:
                side = "baseline" if self.verdict is Verdict.ONLY_A else "candidate"
                return f"{self.place}: only in the {side}, nothing to compare."
            case Verdict.ERROR:
                return f"{self.place}: {self._failure()}."
            case Verdict.SAME:
                return f"{self.place} is the same ({self._amount(self.cells.mean_a[self.row])}, {self._runs()})."
            case Verdict.UNKNOWN:
                return (
                    f"{self._movement()}: no repeats, so the noise is unknown and {self._signed()} may be chance. "
                    "Repeat the baseline 3× or load a noise profile."
                )
            case Verdict.WITHIN:
                inside = f"{1 - self.settings.alpha:.0%}".replace("%", " %")
                return (
                    f"{self._movement()}: runs of an unchanged item like this differ by up to {self._band()} "
                    f"in {inside} of cases, so this is within noise."
                )
            case Verdict.UNPROVEN:
                return f"{self._movement()}: outside its {self._band()} band, but {self._doubt()}{self._way_out()}."
            case _:
                return (
                    f"{self._movement()}: outside its {self._band()} band and chance of noise {self._noise()}: "
                    f"{self.verdict.name.lower()}."
                )

    def _movement(self) -> str:
        verb = "fell" if self.delta < 0 else "rose"
        before, after = (self._amount(mean[self.row]) for mean in (self.cells.mean_a, self.cells.mean_b))
        return f"{self.place} {verb} {self._amount(abs(self.delta))} ({before} → {after}, {self._runs()})"

    def _runs(self) -> str:
        return f"{self.n_a} v {self.n_b} runs"

    def _amount(self, value: float) -> str:
        return _amount(float(value), self.metric.unit)

    def _signed(self) -> str:
        return _signed(self.delta, self.metric.unit)

    def _band(self) -> str:
        grid, band = self.cells.grid, float(self.cells.band[self.row])
        return f"×/÷ {band:.2f}" if grid is not None and grid.log else f"±{self._amount(band)}"

    def _noise(self) -> str:
        return _percent(float(self.cells.p_noise[self.row]))

    def _doubt(self) -> str:
        if not self.proves:
            return "repeats that may be copies prove nothing"
        chance = f"chance of noise {self._noise()}"
        if self.cells.repeated < MIN_UNITS:
            return f"{self.cells.repeated} repeated scores are too few to learn the noise from ({chance})"
        if min(self.n_a, self.n_b) < MIN_RUNS_A_SIDE and self.n_a + self.n_b < MIN_RUNS_TOTAL:
            single = "one run a side" if self.n_a == self.n_b else f"one {self._single_side()} run"
            return f"{single} cannot prove it ({chance})"
        for side, levels in (("candidate", self.cells.levels_b), ("baseline", self.cells.levels_a)):
            if levels is not None and len({level for level in levels[self.row].tolist() if level >= 0}) > 1:
                return f"the {side}'s own runs disagree ({chance})"
        return f"so few runs leave a {self._noise()} chance of noise"

    def _single_side(self) -> str:
        return "baseline" if self.n_a < self.n_b else "candidate"

    def _way_out(self) -> str:
        if not self.proves:
            return "; run them again with every cache off"
        more = repeats_to_settle(self.cells, self.row, alpha=self.settings.alpha, t_noise=self.settings.t_noise)
        if more:
            return f"; {more} more agreeing candidate run{' would' if more == 1 else 's would'} settle this"
        return "; re-run it" if self.cells.repeated >= MIN_UNITS else "; repeat the whole run"

    def _failure(self) -> str:
        failed_a = 0 if self.cells.failed_a is None else int(self.cells.failed_a[self.row])
        failed_b = 0 if self.cells.failed_b is None else int(self.cells.failed_b[self.row])
        if self.n_a == self.n_b == 0:
            return f"no score in any run of either side ({failed_a} and {failed_b} failed)"
        side, failed = ("candidate", failed_b) if self.n_b == 0 else ("baseline", failed_a)
        return f"no score in any {side} run ({failed} failed)"


def explain_aggregate(entry: MetricComparison) -> str:
    """The mean of one metric in a sentence."""
    name, unit = entry.metric.name, entry.metric.unit
    if entry.refused:
        return f"{name}: not compared, {entry.refused}."
    mean = entry.aggregate
    if mean is None:
        return f"{name}: no item has a score on both sides."
    movement = (
        f"{name} {_amount(mean.mean_a, unit)} → {_amount(mean.mean_b, unit)} over {mean.n} items, "
        f"{_signed(mean.delta, unit)}"
    )
    interval = mean.interval
    if interval is None:
        return f"{movement}: no repeats, so the noise is unknown. Repeat the baseline 3× or load a noise profile."
    scope = "these items" if mean.estimand == Estimand.SUITE else "items like these"
    bounds = f"{_signed(interval.lo, unit)} to {_signed(interval.hi, unit)}"
    conclusion = _conclusion(entry.metric, mean, interval)
    return f"{movement} ({interval.confidence:.0%}".replace("%", " %") + f" interval {bounds}, {scope}): {conclusion}."


def _conclusion(metric: Metric, mean: Aggregate, interval: Interval) -> str:
    match mean.outcome:
        case Outcome.NOT_WORSE:
            return f"not worse than the {_amount(mean.margin or 0.0, metric.unit)} margin"
        case Outcome.EQUIVALENT:
            return f"equivalent within the ±{_amount(mean.margin or 0.0, metric.unit)} margin"
        case Outcome.INCONCLUSIVE:
            if metric.higher_is_better is None:
                return f"no verdict, as nobody said whether more is better{_resolution(metric, mean)}"
            worst = interval.lo if metric.higher_is_better else interval.hi
            return f"inconclusive, could be as bad as {_signed(worst, metric.unit)}{_resolution(metric, mean)}"
        case outcome:
            return outcome.value


def _resolution(metric: Metric, mean: Aggregate) -> str:
    """What it would take to know more."""
    noise = mean.components
    if noise is None or mean.mde is None:
        return "; repeats would show how much of this is noise"
    if mean.margin is None:
        return f"; these runs would show a change of about {_amount(mean.mde, metric.unit)}"
    margin = _amount(mean.margin, metric.unit)
    repeats = repeats_needed(mean.margin, mean.n, noise.sigma2_e, noise.sigma2_run, mean.true_change_variance)
    if repeats is None:
        return f"; no number of repeats would resolve the {margin} margin, more items would"
    return f"; about {repeats} repeat{'' if repeats == 1 else 's'} a side would resolve the {margin} margin"


def _amount(value: float, unit: str) -> str:
    """Two decimals; three significant digits where two decimals say nothing."""
    text = f"{value:.2f}" if value == 0 or 0.05 <= abs(value) < 1000 else f"{value:.3g}"
    text = text.replace("-", "−")
    return f"{text} {unit}" if unit else text


def _signed(value: float, unit: str = "") -> str:
    return f"+{_amount(value, unit)}" if value > 0 else _amount(value, unit)


def _percent(share: float) -> str:
    if share < 0.001:
        return "below 0.1 %"
    return f"{share * 100:.1f} %" if share < 0.01 else f"{share * 100:.0f} %"
