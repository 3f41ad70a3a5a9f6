"""What a comparison may be told; the defaults are the calibrated ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ragtui.stats.verdict import Estimand


@dataclass(frozen=True, slots=True)
class Settings:
    """Levels, margins and the seed.

    Attributes:
        alpha: share of unchanged cells that may leave their band.
        t_noise: largest chance of noise of a proven cell.
        confidence: of the intervals of the means.
        estimand: which interval decides; None is the suite, or the population where the noise is unknown.
        margins: largest harmless change for the worse by metric, positive, in score units.
        min_effect: smallest change of the mean worth a verdict by metric, in score units.
        seed: of everything random.
        fragment_share: a repeat covering fewer of the common items is a fragment, left out of the run components.
        repeats_are_fresh: a person vouches that repeats which never vary were run again.
        borrow: where nothing was repeated, draw a provisional band from noise that others measured. It decides nothing.
    """

    alpha: float = 0.05
    t_noise: float = 0.10
    confidence: float = 0.95
    estimand: Estimand | None = None
    margins: Mapping[str, float] = field(default_factory=dict)
    min_effect: Mapping[str, float] = field(default_factory=dict)
    seed: int = 20240229
    fragment_share: float = 0.5
    repeats_are_fresh: bool = False
    borrow: bool = True
