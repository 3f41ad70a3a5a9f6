"""A provisional band for runs that were never repeated, from noise that others measured.

With one run a side nothing tells noise from change, and nothing here claims to: it says which deltas are larger than
what unchanged items of measured evaluations do, so that a person knows which ones are worth repeating.

The measured evaluations differ (of two runs of a question 4 % to 52 % disagree), so the deltas at hand say which of
them the comparison resembles: each is weighed by how well it foretells all pairs of scores, where some share of the
items changed downwards and some upwards. Noise goes both ways, changes mostly one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ragtui.model import LATENCY, Kind, Metric
from ragtui.stats.arrays import Bools, Floats, Ints
from ragtui.stats.noise.atlas import MeasuredNoise, atlas
from ragtui.stats.noise.band import band_in_scores
from ragtui.stats.noise.behaviours import Behaviours
from ragtui.stats.noise.chance import CHANGED_PRIOR
from ragtui.stats.noise.grid import Grid
from ragtui.stats.noise.noise_model import located_weights

LEAST_ITEMS = 10
"""Fewer pairs of scores do not tell which measured noise they resemble."""
_TINY = 1e-300
_STEPS = 40
_QUIETER = (1.0, 0.5, 0.2)
"""Shares of the items that may behave as measured: what is compared may be quieter than anything that was measured."""
_TELLING = 0.1
"""Weight from which a data set is named."""
_SECONDS = ("s", "ms", "sec", "seconds")


LEVEL_ALPHA, BIN_ALPHA = 0.08, 0.03
"""Chance with which an unchanged item may leave a borrowed band, on levels and on bins.

Chosen so that of a data set that lent nothing at most 8 % of unchanged cells leave it (`tests/bench/borrowed.py`): on
levels a band holds whole levels and far fewer leave it; on bins foreign noise fits badly and more of them do.
"""


@dataclass(frozen=True, eq=False)
class Borrowed:
    """What measured noise says about the cells of one metric, one entry a row; NaN where a side has no score.

    Attributes:
        band: half-width in score units, or a factor where levels are logarithmic.
        ratio: size of the delta in bands; above 1 exactly where it is outside.
        alpha: share of unchanged cells that may leave the band.
        like: the measured evaluations that the comparison resembles, most first, with their weights.
    """

    band: Floats
    ratio: Floats
    alpha: float
    like: tuple[tuple[MeasuredNoise, float], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The data sets it resembles most, at most two of them."""
        weight: dict[str, float] = {}
        for one, share in self.like:
            weight[one.data] = weight.get(one.data, 0.0) + share
        ranked = sorted(weight, key=lambda data: -weight[data])
        return tuple(data for data in ranked if weight[data] >= _TELLING)[:2] or tuple(ranked[:1])

    @property
    def outside(self) -> Bools:
        """Cells that moved farther than unchanged items of those evaluations do."""
        return np.asarray(self.ratio > 1)


def sort_of(metric: Metric, grid: Grid) -> tuple[MeasuredNoise, ...]:
    """The measured evaluations whose scores are of the sort of a metric; empty where nothing of the sort was measured.

    Costs, tokens and unbounded scores have no atlas.
    """
    kind = Kind.BINARY if grid.levels == 2 else grid.kind
    if kind is Kind.LOGPOS and metric.unit not in _SECONDS and metric.name != LATENCY.name:
        return ()
    return tuple(one for one in atlas() if one.kind is kind)


def borrow(measured: Sequence[MeasuredNoise], grid: Grid, a: Ints, b: Ints, shift: Floats) -> Borrowed | None:
    """Bands of single runs.

    Args:
        measured: evaluations of the same sort.
        grid: levels of the metric.
        a, b: level of each row's score, (rows,), -1 for missing.
        shift: difference of positions, in levels, (rows,).

    Returns:
        None where nothing was measured, or too few items are on both sides to tell what they resemble.
    """
    both = (a >= 0) & (b >= 0)
    if not measured or both.sum() < LEAST_ITEMS:
        return None
    pairs = np.zeros((grid.levels, grid.levels))
    np.add.at(pairs, (a[both], b[both]), 1.0)
    fits = [
        _fitted(one.on(grid), active, grid.levels, pairs, way)
        for one in measured
        for way in (-1, 1)
        for active in _QUIETER
    ]
    fit = np.array([chance for chance, _ in fits])
    weights = np.exp(fit - fit.max())
    weights /= weights.sum()
    joint = np.tensordot(weights, np.array([joint for _, joint in fits]), 1)
    beyond = _beyond(joint / joint.sum(axis=1, keepdims=True))
    alpha = LEVEL_ALPHA if grid.exact else BIN_ALPHA
    width = (beyond > alpha).sum(axis=1) - 1 + grid.slack
    half_width, size = width[a[both]], np.abs(shift[both])
    band, ratio = (np.full(len(a), np.nan) for _ in range(2))
    band[both] = band_in_scores(half_width, grid)
    ratio[both] = np.divide(size, half_width, out=np.where(size > 1e-9, np.inf, 0.0), where=half_width > 0)
    by_weight = weights.reshape(len(measured), -1).sum(axis=1)
    order = np.argsort(-by_weight, kind="stable")
    return Borrowed(band, ratio, alpha, tuple((measured[place], float(by_weight[place])) for place in order))


def _fitted(zone_shapes: Floats, active: float, levels: int, pairs: Floats, way: int) -> tuple[float, Floats]:
    """How well measured noise foretells all pairs of scores, when some items changed one way; and its own pairs.

    Whatever changed may have moved as it did; what did not change moves as far up as down, so that pairs that moved
    the other way, and those that did not move, tell where unchanged items score and how noisy they are.

    Args:
        zone_shapes: the measured noise.
        active: share of the items that behave so; the others always score the same.
        levels: of the grid.
        pairs: how often each pair of levels is seen, (levels, levels).
        way: -1 when items changed downwards, 1 upwards.

    Returns:
        The log chance of the pairs, and the chance of each pair of levels in two runs of an unchanged item,
        (levels, levels).
    """
    direction = np.sign(np.arange(levels)[None, :] - np.arange(levels)[:, None])
    quiet, moves = pairs * (direction == -way), pairs * (direction == way)
    scores = (pairs * (direction == 0) + quiet + quiet.T).sum(axis=0) * 2
    if not scores.any():
        scores = pairs.sum(axis=0) + pairs.sum(axis=1)
    behaviours = Behaviours(levels, scores)
    still = np.eye(1, len(behaviours.shapes))
    weights = located_weights(behaviours, active * zone_shapes + (1 - active) * still, scores)
    joint: Floats = (behaviours.pmf * weights[:, None]).T @ behaviours.pmf
    change = moves / max(moves.sum(), 1.0)
    changed, unchanged = CHANGED_PRIOR
    share = changed / (changed + unchanged)
    for _ in range(_STEPS):
        whole = np.maximum((1 - share) * joint + share * change, _TINY)
        share = ((moves * share * change / whole).sum() + changed) / (pairs.sum() + changed + unchanged)
    whole = np.maximum((1 - share) * joint + share * change, _TINY)
    return float((pairs * np.log(whole)).sum()), joint


def _beyond(forecast: Floats) -> Floats:
    """Chance that the next run scores at least so many levels away, (levels, distances 0 to levels)."""
    levels = len(forecast)
    apart = np.abs(np.arange(levels)[:, None] - np.arange(levels)[None, :])
    return np.stack([(forecast * (apart >= distance)).sum(axis=1) for distance in range(levels + 1)], axis=1)
