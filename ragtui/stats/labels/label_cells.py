"""Every cell of a category: how far an item's labels moved, its band, chance of noise and verdict."""

from __future__ import annotations

import numpy as np

from ragtui.stats.arrays import Bools, Floats, Ints
from ragtui.stats.cells import provable
from ragtui.stats.comparison import Cells
from ragtui.stats.labels.label_noise import LabelNoise, label_distance
from ragtui.stats.noise.chance import Shares, calibrated, chance_of_noise
from ragtui.stats.verdict import Verdict


def compare_labels(
    a: Floats,
    b: Floats,
    *,
    others: Floats | None = None,
    profiled: bool = False,
    good: Bools | None = None,
    alpha: float,
    t_noise: float,
) -> Cells:
    """Judge every item of a category.

    Args:
        a, b: label counts of baseline and candidate, (items, labels), rows are the same items.
        others: label counts of further item-sides under the same judge, which teach the noise; repeated ones count.
        profiled: whether `others` are all there is to learn the noise from but belong to another configuration.
        good: which labels are good, (labels,); None when nobody told.
        alpha: level of the band.
        t_noise: largest chance of noise of a proven cell.

    Returns:
        Cells whose means are shares of good labels (NaN when nobody told which are) and whose `delta` is their
        difference; without good labels it is how far the labels' shares lie apart, 0 to 1, which has no sign.
    """
    n_a, n_b = (counts.sum(axis=1).astype(np.int64) for counts in (a, b))
    both = (n_a > 0) & (n_b > 0)
    moved = np.where(both, label_distance(a, b), np.nan)
    units = np.vstack([c[c.sum(axis=1) >= 2] for c in (a, b, *([] if others is None else [others]))])
    noise = LabelNoise.learned(units, (a + b).sum(axis=0)) if len(units) and both.any() else None
    log_bf, p_band, p_noise, band = (np.full(len(a), np.nan) for _ in range(4))
    same = both & (moved < 1e-9)
    verdict = np.full(len(a), Verdict.ABSENT, np.uint8)
    verdict[both] = Verdict.UNKNOWN
    shares = None
    mean_a, mean_b, delta = _means(a, b, moved, good)
    if noise is not None:
        p_band[both], band[both] = _bands(noise, a[both], b[both], alpha)
        p_band[same] = 1.0
        log_bf[both] = noise.log_bayes_factor(a[both], b[both])
        log_bf[same] = np.minimum(log_bf[same], 0.0)
        p_noise, shares = _chances(log_bf, both, np.minimum(n_a, n_b), noise.units)
        p_noise[same] = 1.0
        outside = both & ~same & (p_band <= alpha)
        proven = outside & provable(n_a, n_b, noise.units) & (p_noise <= t_noise)
        verdict[both] = Verdict.WITHIN
        verdict[outside] = Verdict.UNPROVEN
        verdict[proven] = Verdict.CHANGED
        if good is not None:
            verdict[proven & (delta > 0)] = Verdict.IMPROVED
            verdict[proven & (delta < 0)] = Verdict.REGRESSED
        ratio = np.divide(moved, band, out=np.where(moved > 0, np.inf, 0.0), where=band > 0)
        ratio = np.where(outside, np.maximum(ratio, np.nextafter(1.0, 2.0)), np.minimum(ratio, 1.0))
    else:
        ratio = np.full(len(a), np.nan)
    verdict[same] = Verdict.SAME
    own = max(n_a.max(initial=0), n_b.max(initial=0)) >= 2
    return Cells(
        n_a=n_a,
        n_b=n_b,
        mean_a=mean_a,
        mean_b=mean_b,
        delta=delta,
        band=band,
        ratio=np.where(both, ratio, np.nan),
        log_bf=log_bf,
        p_band=p_band,
        p_noise=p_noise,
        verdict=verdict,
        grid=None,
        shares=shares,
        repeated=len(units),
        shape_weights=None,
        source="none" if noise is None else "profile" if profiled and not own else "repeats",
    )


def _chances(log_bf: Floats, both: Bools, fewest: Ints, units: int) -> tuple[Floats, Shares]:
    """Chances of noise; labels have no direction, so no sign tells one change from another."""
    p_noise, changes = chance_of_noise(np.nan_to_num(log_bf), np.zeros(len(log_bf)), both)
    return np.where(both, calibrated(p_noise, fewest, None, units), np.nan), changes.shares


def _means(a: Floats, b: Floats, moved: Floats, good: Bools | None) -> tuple[Floats, Floats, Floats]:
    if good is None:
        nothing = np.full(len(a), np.nan)
        return nothing, nothing, moved
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_a, mean_b = (counts[:, good].sum(axis=1) / counts.sum(axis=1) for counts in (a, b))
    return mean_a, mean_b, mean_b - mean_a


def _bands(noise: LabelNoise, a: Floats, b: Floats, alpha: float) -> tuple[Floats, Floats]:
    """Chance of moving so far and half-width of the band, as seen from the side that speaks more for noise.

    Rows that are alike are worked out once.
    """
    labels = a.shape[1]
    distinct, inverse = np.unique(np.hstack([a, b]), axis=0, return_inverse=True)
    tails = {}
    found = np.empty((len(distinct), 2))
    for row, counts in enumerate(distinct):
        p_band = half_width = 0.0
        for shown, other in ((counts[:labels], counts[labels:]), (counts[labels:], counts[:labels])):
            key = (shown.tobytes(), int(other.sum()))
            if key not in tails:
                tails[key] = noise.tails(shown, key[1])
            p_band = max(p_band, tails[key].chance_of(shown, other))
            half_width = max(half_width, tails[key].half_width(alpha))
        found[row] = p_band, half_width
    worked = found[inverse.reshape(-1)]
    return worked[:, 0], worked[:, 1]
