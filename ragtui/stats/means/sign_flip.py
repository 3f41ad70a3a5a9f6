"""The paired sign-flip permutation test, mid-p (Fisher 1935; mid-p after Lancaster 1961, Fagerland et al. 2013).

If an item did not change, its delta is as likely to point up as down. On binary single runs this is McNemar's mid-p.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ragtui.stats.arrays import Bools, Floats, Ints

SEED = 20240229
FLIPS = 9_999
"""Random sign patterns where the exact distribution is out of reach."""
_MAX_LATTICE = 120
_EXACT_COST = 5e7
"""Largest number of steps for the exact distribution on a lattice."""
_ENUMERATED = 16
_INVERTED = 200
"""From so many deltas off any lattice on, the distribution is inverted from its characteristic function."""
_REACH = 12.0
"""Spreads that a sum leaves with a chance below 1e-31."""
_ANGLES, _MOST_ANGLES = 32, 512
_FADED = 1e-13
_FIRST_LOOK = 16
_NEGLIGIBLE = 1e-40
_ZERO = 1e-12
_TIE = 1e-9
_CHUNK = 1 << 22


def flip_test(deltas: ArrayLike, seed: int = SEED) -> float:
    """Two-sided mid-p of the sum of paired deltas; 1 when no item moved.

    Args:
        deltas: one an item; non-finite ones are left out.
        seed: of the random sign patterns; only used for 17 to 199 deltas off any lattice, or a few very large ones.
    """
    moved = np.asarray(deltas, float).ravel()
    moved = moved[np.isfinite(moved) & (np.abs(moved) > _ZERO)]
    if not moved.size:
        return 1.0
    sizes, observed = np.abs(moved), abs(float(moved.sum()))
    lattice = _lattice(sizes)
    if lattice:
        steps = np.rint(sizes * lattice)
        if len(np.unique(steps)) * (2 * steps.sum() + 1) <= _EXACT_COST:
            return _exact(steps.astype(np.int64), round(observed * lattice))
    if len(sizes) <= _ENUMERATED:
        return _mid_p(_all_sums(sizes), observed)
    if len(sizes) >= _INVERTED and (p := _inverted(sizes, observed)) is not None:
        return p
    return _sampled(sizes, observed, seed)


def _lattice(sizes: Floats) -> int:
    """The smallest L <= 120 for which all sizes are multiples of 1/L; 0 without one."""
    distinct = np.unique(sizes)
    lattices = np.arange(1, _MAX_LATTICE + 1)
    fitting = lattices[_multiples(np.multiply.outer(lattices, distinct[:_FIRST_LOOK]))]  # nearly always none
    return next((int(lattice) for lattice in fitting if _multiples(distinct * lattice)), 0)


def _multiples(steps: Floats) -> Bools:
    """Whether all numbers of the last axis are whole."""
    return np.asarray((np.abs(steps - np.rint(steps)) < 1e-7 * np.maximum(1.0, steps)).all(axis=-1))


def _exact(steps: Ints, observed: int) -> float:
    """Exact distribution of the sum of randomly signed steps, as the inverse transform of a product of cosines.

    Each step s contributes cos(s * angle) to the characteristic function. With many steps the product is nearly
    nothing at nearly every angle, so only the angles that still matter are carried on.
    """
    total = int(steps.sum())
    width = _smooth_length(2 * total + 1)
    distinct, times = np.unique(steps, return_counts=True)
    angles, product = np.arange(width // 2 + 1), np.ones(width // 2 + 1)
    for index in np.argsort(-times, kind="stable"):
        product *= np.cos(2 * np.pi / width * (angles * distinct[index] % width)) ** times[index]
        kept = np.abs(product) > _NEGLIGIBLE
        angles, product = angles[kept], product[kept]
    spectrum = np.zeros(width // 2 + 1)
    spectrum[angles] = product
    chance = np.maximum(np.fft.irfft(spectrum, width), 0.0)  # entry s is P(sum = s); P(sum = -s) is the same
    beyond, tie = 2 * float(chance[observed + 1 : total + 1].sum()), float(chance[observed])
    return min(1.0, beyond + (tie if observed else tie / 2))


def _smooth_length(least: int) -> int:
    """The smallest length of at least this many entries without prime factors above 5: transforms of it are quick."""
    best = 1 << (least - 1).bit_length()
    five = 1
    while five < best:
        three = five
        while three < best:
            two = three << max(0, (-(-least // three) - 1).bit_length())
            best = min(best, two)
            three *= 3
        five *= 5
    return best


def _all_sums(sizes: Floats) -> Floats:
    patterns = (np.arange(2 ** len(sizes))[:, None] >> np.arange(len(sizes))) & 1
    sums: Floats = np.abs((patterns * 2 - 1) @ sizes)
    return sums


def _mid_p(sums: Floats, observed: float) -> float:
    return float((sums > observed + _TIE).mean() + 0.5 * (np.abs(sums - observed) <= _TIE).mean())


def _inverted(sizes: Floats, observed: float) -> float | None:
    """The distribution of many signed sizes from its characteristic function, a product of cosines (Gil-Pelaez 1951).

    The sum is folded onto a circle wide enough that what comes round is nothing (Hoeffding 1963), so a handful of
    angles gives the integral to machine precision. Steps of the sum are far smaller than its spread here, so half of
    a tie is what the smooth function gives anyway.

    Returns:
        None where the product fades too slowly: a few sizes are so large that they decide alone.
    """
    spread = float(np.sqrt((sizes**2).sum()))
    half = min(float(sizes.sum()), _REACH * spread) + observed
    inside = observed / half / 2
    for first in range(1, _MOST_ANGLES, _ANGLES):
        turns = np.arange(first, first + _ANGLES)
        product = np.array([np.cos(np.pi / half * turn * sizes).prod() for turn in turns])
        inside += float((product * np.sin(np.pi / half * turns * observed) / turns).sum()) / np.pi
        if np.abs(product).max() < _FADED:
            return min(1.0, max(0.0, 1 - 2 * inside))
    return None


def _sampled(sizes: Floats, observed: float, seed: int) -> float:
    """Random sign patterns, in chunks that fit memory; the observed pattern counts as one of them."""
    rng = np.random.default_rng(seed)
    beyond = 0.0
    rows = max(1, _CHUNK // len(sizes))
    for start in range(0, FLIPS, rows):
        signs = rng.integers(0, 2, size=(min(rows, FLIPS - start), len(sizes))) * 2 - 1
        sums = np.abs(signs @ sizes)
        beyond += float((sums > observed + _TIE).sum() + 0.5 * (np.abs(sums - observed) <= _TIE).sum())
    return (1 + beyond) / (FLIPS + 1)
