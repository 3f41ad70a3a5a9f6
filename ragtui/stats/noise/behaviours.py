"""The dictionary of item behaviours: every way an item's score may repeat itself.

A behaviour is a shape (how it is noisy) at a location (where it usually scores) with a distribution over the levels.
"""

from __future__ import annotations

import math
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ragtui.stats.arrays import Bools, Floats, Ints
from ragtui.stats.noise.grid import MAX_LEVELS

FLIP_CHANCES = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
JUMP_CHANCES = (0.05, 0.2, 0.45)
MIX_WIDTHS = (0.8, 2.1)
MIX_JUMP_CHANCES = (0.1, 0.25)
_LANDING_UNIFORM = 0.2
"""Share of far jumps that may land on any level; the rest land where scores usually are."""
_LANDING = ("far", "any")
"""Shapes whose distributions depend on where scores are seen."""
_TINY = 1e-300
_LEAST_LOG = -700.0
"""Below it an exponential underflows, which takes a processor over ten times as long, and moves no digit."""
_LEAST = math.exp(_LEAST_LOG)
_ROWS_AT_ONCE = 128
"""Rows of behaviours that stay in a processor's cache."""

BOTTOM, MIDDLE, TOP = 0, 1, 2
"""Zones: noise at either end of a scale is not like noise in the middle."""


class Shape(NamedTuple):
    """A way of being noisy: "det" never varies, "flip" and "jit" wobble, "near" and "far" jump, "mix" does both.

    "any" lands wherever scores are: without it scores that are mere chance look like changes.

    `amount` is a flip or jump chance, or the standard deviation of a jitter in levels; `jumps` is the jump chance of
    a mix.
    """

    family: str
    amount: float = 0.0
    jumps: float = 0.0


@lru_cache(maxsize=64)
def shapes_for(levels: int) -> tuple[Shape, ...]:
    """All noise shapes on so many levels, in their fixed order."""
    if levels == 2:
        return (Shape("det"), *(Shape("flip", chance) for chance in FLIP_CHANCES))
    shapes = [Shape("det")]
    width = 0.3
    while width <= levels / 2.5:
        shapes.append(Shape("jit", width))
        width *= 1.6
    for chance in JUMP_CHANCES:
        shapes += [Shape("near", chance), Shape("far", chance)]
    if levels > MAX_LEVELS:
        shapes += [Shape("mix", width, chance) for width in MIX_WIDTHS for chance in MIX_JUMP_CHANCES]
        shapes.append(Shape("any"))
    return tuple(shapes)


def jump_chances(levels: int) -> Floats:
    """Chance of a jump in one run under each shape, (shapes,); 0 where a shape only wobbles."""
    chance = {"near": lambda shape: shape.amount, "far": lambda shape: shape.amount, "mix": lambda shape: shape.jumps}
    return np.array([chance[s.family](s) if s.family in chance else 0.0 for s in shapes_for(levels)])


class Behaviours:
    """All behaviours on a grid, one a row: shapes in order with rising locations, then "far" and "any".

    Args:
        levels: how many levels the grid has.
        frequencies: how often each level is seen overall, (levels,); far jumps land there. None: uniform.

    Attributes:
        pmf: chance of each level, (behaviours, levels).
        shape: index into `shapes`, (behaviours,).
        location: usual level, (behaviours,); jitters on few levels also sit on half levels.
        zone: BOTTOM, MIDDLE or TOP, (behaviours,).
        landing: where far jumps land, (levels,).
        log_pmf: log of `pmf`, transposed for products with count vectors, (levels, behaviours).
    """

    def __init__(self, levels: int, frequencies: ArrayLike | None = None) -> None:
        fixed_pmf, fixed_shape, fixed_location = _fixed_rows(levels)
        self.landing = landing_frequencies(levels, frequencies)
        far_pmf, far_shape, far_location = _far_rows(levels, self.landing)
        self.levels = levels
        self.shapes = shapes_for(levels)
        self.pmf: Floats = np.vstack([fixed_pmf, far_pmf])
        self.shape: Ints = np.concatenate([fixed_shape, far_shape])
        self.location: Floats = np.concatenate([fixed_location, far_location])
        self.zone: Ints = np.where(self.location >= levels - 1, TOP, np.where(self.location <= 0, BOTTOM, MIDDLE))
        self.log_pmf: Floats = np.ascontiguousarray(np.log(np.maximum(self.pmf, _TINY)).T)
        self._below: dict[int, Floats] = {}

    def __len__(self) -> int:
        return len(self.shape)

    def relative_likelihood(self, counts: Floats, shown: Ints | None = None) -> Floats:
        """Likelihood of count vectors (rows, levels) under every behaviour, each row scaled to a maximum of 1.

        Args:
            counts: how often each level was scored, (rows, levels).
            shown: the behaviours asked for; None for all.
        """
        return self.scaled_likelihood(counts, shown)[0]

    def scaled_likelihood(self, counts: Floats, shown: Ints | None = None) -> tuple[Floats, Floats]:
        """The same, and the log of what each row was divided by, (rows,)."""
        seen = np.flatnonzero(counts.any(axis=0))
        log_pmf = self.log_pmf[seen] if shown is None else self.log_pmf[np.ix_(seen, shown)]
        likelihood: Floats = counts[:, seen] @ log_pmf
        scale = likelihood.max(axis=1)
        for start in range(0, len(likelihood), _ROWS_AT_ONCE):
            part = likelihood[start : start + _ROWS_AT_ONCE]
            part -= scale[start : start + _ROWS_AT_ONCE, None]
            np.maximum(part, _LEAST_LOG, out=part)
            np.exp(part, out=part)
            part -= _LEAST
        return likelihood, scale

    @cached_property
    def of_shape(self) -> Floats:
        """1 where a behaviour has a shape, else 0: (behaviours, shapes)."""
        return np.equal(self.shape[:, None], np.arange(len(self.shapes))).astype(float)

    def by_shape(self, per_behaviour: Floats) -> Floats:
        """Sums over the behaviours of each shape: (behaviours,) to (shapes,)."""
        return np.bincount(self.shape, per_behaviour, len(self.shapes)).astype(float)

    def below_sum(self, draws: int) -> Floats:
        """Chance that so many independent draws sum to less than 0, 1, 2 ... levels.

        Returns:
            (behaviours, draws * (levels - 1) + 2); the last column is 1.
        """
        if draws not in self._below:
            far = self.pmf[len(_fixed_rows(self.levels)[0]) :]
            self._below[draws] = np.vstack([_fixed_below(self.levels, draws), _below(far, draws)])
        return self._below[draws]


@lru_cache(maxsize=32)
def _fixed_below(levels: int, draws: int) -> Floats:
    """`below_sum` of the behaviours that do not depend on the data."""
    return _below(_fixed_rows(levels)[0], draws)


def _below(pmf: Floats, draws: int) -> Floats:
    width = draws * (pmf.shape[1] - 1) + 1
    spectrum = np.fft.rfft(pmf, width, axis=1)
    sums = np.maximum(np.fft.irfft(spectrum**draws, width, axis=1), 0.0)
    return np.hstack([np.zeros((len(pmf), 1)), np.cumsum(sums, axis=1)])


def landing_frequencies(levels: int, frequencies: ArrayLike | None) -> Floats:
    """Where far jumps land: seen frequencies with a fifth spread evenly, so that no level is impossible."""
    seen = np.ones(levels) if frequencies is None else np.asarray(frequencies, float)
    landing: Floats = (1 - _LANDING_UNIFORM) * seen / seen.sum() + _LANDING_UNIFORM / levels
    return landing


@lru_cache(maxsize=64)
def _fixed_rows(levels: int) -> tuple[Floats, Ints, Floats]:
    """Every behaviour that does not depend on the data: pmf, shape and location."""
    pmf, shape_index, locations = [], [], []
    for index, shape in enumerate(shapes_for(levels)):
        if shape.family in _LANDING:
            continue
        on_half_levels = shape.family == "jit" and levels <= MAX_LEVELS
        for location in np.arange(0, levels - 0.5, 0.5 if on_half_levels else 1.0):
            pmf.append(_shape_pmf(shape, levels, float(location)))
            shape_index.append(index)
            locations.append(location)
    return np.array(pmf), np.array(shape_index, np.int64), np.array(locations, float)


def _far_rows(levels: int, landing: Floats) -> tuple[Floats, Ints, Floats]:
    """Every behaviour that lands where scores are seen."""
    pmf, shape_index, locations = [], [], []
    for index, shape in enumerate(shapes_for(levels)):
        if shape.family == "far":
            pmf += [_jump(shape.amount, level, landing) for level in range(levels)]
            shape_index += [index] * levels
            locations += list(range(levels))
        elif shape.family == "any":
            pmf.append(landing)
            shape_index.append(index)
            locations.append(levels // 2)
    rows_pmf: Floats = np.array(pmf, float).reshape(-1, levels)
    return rows_pmf, np.array(shape_index, np.int64), np.array(locations, float)


def _shape_pmf(shape: Shape, levels: int, location: float) -> Floats:
    here: Bools = np.equal(np.arange(levels), location)
    match shape.family:
        case "det":
            return here.astype(float)
        case "flip":
            return np.where(here, 1 - shape.amount, shape.amount)
        case "jit":
            return _jitter(levels, location, shape.amount)
        case "near":
            return _jump(shape.amount, int(location), _fading(levels, location, levels / 12))
        case _:
            wide = _fading(levels, location, levels / 6)
            mixed: Floats = (1 - shape.jumps) * _jitter(
                levels, location, shape.amount
            ) + shape.jumps * wide / wide.sum()
            return mixed


def _jitter(levels: int, location: float, width: float) -> Floats:
    """A normal distribution rounded to levels, its tails added to the end levels."""
    edges = [_normal_cdf((level + 0.5 - location) / width) for level in range(levels - 1)]
    return np.diff(np.array([0.0, *edges, 1.0]))


def _normal_cdf(z: float) -> float:
    return 0.5 * (1.0 + math.erf(z / math.sqrt(2.0)))


def _fading(levels: int, location: float, half_life: float) -> Floats:
    """Weights that halve with every `half_life` levels (at least one) of distance."""
    weights: Floats = np.exp2(-np.abs(np.arange(levels) - location) / max(1.0, half_life))
    return weights


def _jump(chance: float, level: int, landing: Floats) -> Floats:
    """Stays on a level, but with some chance jumps to another one as `landing` weighs them."""
    pmf = landing.copy()
    pmf[level] = 0.0
    pmf *= chance / pmf.sum()
    pmf[level] = 1 - chance
    return pmf
