"""The lattice a metric's scores live on: a handful of exact levels, or 32 bins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ragtui.model import LARGEST, Kind
from ragtui.stats.arrays import Floats, Ints

BINS = 32
"""Levels of a metric without levels of its own."""
MAX_LEVELS = 12
"""A metric with at most this many equally spaced levels is ordinal, however few of them are seen."""
_FRACTION_STEPS = (0.5, 0.25, 0.2, 0.1, 0.05)
_STEPS = (1.0, 0.5)
_COARSE_STEPS = (25.0, 20.0, 10.0, 5.0)
"""Steps of a scale from 0 to 100, where scores with no finer step are no accident."""
_HUNDRED = 100.0
_FIRST_LOOK = 64
"""So many scores tell nearly always that a step does not fit."""
_TELLING = 4
"""Distinct scores that a scale must show before a long or a coarse one is believed."""
_LOG_RATIO = 4.0
"""Positive scores spread wider than this factor are binned on a log scale."""
_ROUNDING = 1e-12
"""Scores that differ by less than this share of themselves differ by arithmetic only."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Maps scores to level indices 0..levels-1.

    Attributes:
        kind: what the levels mean.
        lo: score of level 0 (its logarithm for a logpos grid).
        step: distance between levels, in the same unit as `lo`.
        levels: how many there are.
    """

    kind: Kind
    lo: float
    step: float
    levels: int

    @property
    def log(self) -> bool:
        """Whether levels are equally spaced in the logarithm, so that bands are factors."""
        return self.kind is Kind.LOGPOS

    @property
    def exact(self) -> bool:
        """Whether every score sits on a level."""
        return self.kind in (Kind.BINARY, Kind.ORDINAL)

    @property
    def slack(self) -> float:
        """Rounding error of a binned delta, in levels."""
        return 0.0 if self.exact else 0.5

    @property
    def smallest_step(self) -> float:
        """Smallest possible movement of one score: one pseudo-flip of the variance floor. 0 for unbounded metrics."""
        return self.step if self.kind in (Kind.BINARY, Kind.ORDINAL, Kind.UNIT) else 0.0

    def positions(self, scores: ArrayLike) -> Floats:
        """Scores as fractional levels, not clipped; NaN stays NaN."""
        values = np.asarray(scores, float)
        if self.log:
            values = np.log(np.where(values > 0, values, np.nan))
        return (values - self.lo) / self.step

    def indices(self, scores: ArrayLike) -> Ints:
        """Nearest level of every score, clipped to the grid; -1 where there is no score."""
        positions = self.positions(scores)
        present = np.isfinite(positions)
        nearest = np.floor(np.where(present, positions, 0.0) + 0.5)
        return np.where(present, np.clip(nearest, 0, self.levels - 1), -1).astype(np.int64)

    def score(self, position: float) -> float:
        """The score at a (fractional) level."""
        value = self.lo + self.step * position
        return float(np.exp(value)) if self.log else float(value)


def make_grid(scores: ArrayLike, kind: Kind | None = None, scale: tuple[float, float] | None = None) -> Grid | None:
    """The grid of a metric, from all its finite scores on both sides and in the profile.

    Args:
        scores: any shape; non-finite entries are missing.
        kind: None detects it. A declared kind that the scores cannot have is taken as LINEAR (logpos with a
            score of zero or less, ordinal off any usual step); a binary metric is checked by `compare`.
        scale: declared lowest and highest score; an ordinal grid spans it.

    Returns:
        None when there is no finite score.
    """
    values = np.asarray(scores, float).ravel()
    values = values[np.isfinite(values)]
    if not values.size:
        return None
    distinct = np.unique(values)
    kind = detect_kind(distinct) if kind is None else kind
    if kind is Kind.BINARY:
        return Grid(Kind.BINARY, 0.0, 1.0, 2)
    if kind is Kind.UNIT:
        return Grid(Kind.UNIT, 0.0, 1.0 / (BINS - 1), BINS)
    if kind is Kind.ORDINAL and (ordinal := _ordinal_grid(distinct, scale)):
        return ordinal
    if kind is Kind.LOGPOS and distinct[0] > 0:
        return _binned_grid(Kind.LOGPOS, np.log(values))
    return _binned_grid(Kind.LINEAR, values)


def detect_kind(distinct: Floats) -> Kind:
    """Kind of a metric from its distinct finite scores; a proposal, to be stored once a person agrees."""
    if np.isin(distinct, (0.0, 1.0)).all():
        return Kind.BINARY
    most = BINS if len(distinct) >= _TELLING and distinct[0] >= 0 and distinct[-1] <= _HUNDRED else MAX_LEVELS
    if _fitting_step(distinct, most) is not None:
        return Kind.ORDINAL
    if _within_unit(distinct) and not _in_one_bin(distinct):
        return Kind.UNIT
    return _unbounded_kind(distinct)


def _in_one_bin(distinct: Floats) -> bool:
    """Whether bins from 0 to 1 would hide every difference; 1e-9 and 4e-9 are on another scale."""
    nearest = np.floor(distinct[[0, -1]] * (BINS - 1) + 0.5)
    return bool(len(distinct) > 1 and nearest[0] == nearest[1])


def _unbounded_kind(distinct: Floats) -> Kind:
    spread_wide = distinct[0] > 0 and distinct[-1] / _LOG_RATIO >= distinct[0]
    return Kind.LOGPOS if spread_wide else Kind.LINEAR


def resource_kind(scores: ArrayLike) -> Kind | None:
    """Kind of a cost or a token count, which has no levels however small or round its numbers are."""
    values = np.asarray(scores, float).ravel()
    values = values[np.isfinite(values)]
    return _unbounded_kind(np.array([values.min(), values.max()])) if values.size else None


def _within_unit(distinct: Floats) -> bool:
    return bool(distinct[0] >= 0 and distinct[-1] <= 1)


def _fitting_step(distinct: Floats, max_levels: int) -> float | None:
    """The widest usual step all scores are multiples of, with fewer than `max_levels` steps of range."""
    span = distinct[-1] - distinct[0]
    differ = span > _ROUNDING * max(abs(distinct[0]), abs(distinct[-1]))
    for step in _usual_steps(distinct):
        steps = round(span / step)
        if differ and not steps:
            continue  # one level for scores that differ
        if steps < max_levels and all(_multiples(part, step) for part in (distinct[:_FIRST_LOOK], distinct)):
            return step
    return None


def _multiples(scores: Floats, step: float) -> bool:
    multiples = scores / step
    return bool(np.all(np.abs(multiples - np.rint(multiples)) < 1e-9))


def _usual_steps(distinct: Floats) -> tuple[float, ...]:
    """Steps to try, widest first."""
    if _within_unit(distinct):
        return _FRACTION_STEPS
    hundred = len(distinct) >= _TELLING and distinct[0] >= 0 and distinct[-1] <= _HUNDRED
    return (*_COARSE_STEPS, *_STEPS) if hundred else _STEPS


def _ordinal_grid(distinct: Floats, scale: tuple[float, float] | None) -> Grid | None:
    lo, hi = float(distinct[0]), float(distinct[-1])
    step = 1.0 if np.isin(distinct, (0.0, 1.0)).all() else _fitting_step(distinct, BINS)
    if step is None:
        return None
    if scale is not None and (scale[1] - scale[0]) / step < BINS and float((scale[1] - scale[0]) / step).is_integer():
        lo, hi = scale
    elif _within_unit(distinct):
        lo, hi = 0.0, 1.0
    elif lo >= 0 and hi <= 5:
        lo, hi = min(1.0, lo), 5.0
    levels = max(2, round((hi - lo) / step) + 1)  # a constant metric still has somewhere else to go
    return Grid(Kind.ORDINAL, lo, step, levels)


def _binned_grid(kind: Kind, values: Floats) -> Grid:
    """Bins over the range; a few wild outliers must not squeeze everything else into one bin."""
    lo, hi = float(values.min()), float(values.max())
    p, q = (float(edge) for edge in np.quantile(values, [0.025, 0.975]))
    if q > p and hi - lo > 8 * (q - p):
        lo, hi = max(lo, p - 1.5 * (q - p)), min(hi, q + 1.5 * (q - p))
    least = max(_ROUNDING * max(abs(lo), abs(hi)), 1 / LARGEST)
    return Grid(kind, lo, max(hi - lo, least) / (BINS - 1), BINS)
