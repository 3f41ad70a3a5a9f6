"""The classes a cell and an aggregate can fall into."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Verdict(IntEnum):
    """Verdict on one cell (item x metric); stored as uint8 in arrays."""

    ABSENT = 0
    """No score on either side, and no failure either."""
    SAME = 1
    """The means are equal."""
    WITHIN = 2
    """The delta is inside the noise band."""
    UNPROVEN = 3
    """Outside the band, but the runs at hand cannot prove a change."""
    IMPROVED = 4
    """Outside the band and unlikely to be noise, in the better direction."""
    REGRESSED = 5
    """Outside the band and unlikely to be noise, in the worse direction."""
    UNKNOWN = 6
    """Nothing was repeated and there is no noise profile: noise unknown."""
    ERROR = 7
    """Scored on one side, failed in every run of the other."""
    ONLY_A = 8
    """The item is only in the baseline."""
    ONLY_B = 9
    """The item is only in the candidate."""
    CHANGED_UP = 10
    """Outside the band and unlikely to be noise, upwards, on a metric whose better direction nobody told."""
    CHANGED_DOWN = 11
    """The same, downwards."""
    CHANGED = 12
    """Labels that are proven to differ, where no order of the labels says which way."""
    BORROWED = 13
    """Nothing was repeated, and the delta is outside a band borrowed from evaluations that others measured."""

    @property
    def flagged(self) -> bool:
        """Whether a person should look: proven changes and failures."""
        return self in FLAGGED

    @property
    def compared(self) -> bool:
        """Whether the cell has scores on both sides."""
        return self not in (Verdict.ABSENT, Verdict.ERROR, Verdict.ONLY_A, Verdict.ONLY_B)


PROVEN = (Verdict.REGRESSED, Verdict.IMPROVED, Verdict.CHANGED_UP, Verdict.CHANGED_DOWN, Verdict.CHANGED)
"""Outside the band and unlikely to be noise, whichever way."""

NOISE_UNKNOWN = (Verdict.UNKNOWN, Verdict.BORROWED)
"""Nothing of these runs tells the noise. A borrowed band says what to repeat and decides nothing."""

FLAGGED = (*PROVEN, Verdict.ERROR)
"""What a person should look at."""


class Outcome(StrEnum):
    """Verdict on the mean of one metric."""

    REGRESSED = "regressed"
    IMPROVED = "improved"
    NOT_WORSE = "not worse"
    EQUIVALENT = "equivalent"
    CHANGED_UP = "changed up"
    """Proven, on a metric whose better direction nobody told."""
    CHANGED_DOWN = "changed down"
    CHANGED = "changed"
    """Proven of the shares of labels, which have no direction."""
    INCONCLUSIVE = "inconclusive"
    UNKNOWN = "noise unknown"


MOVED = (Outcome.REGRESSED, Outcome.IMPROVED, Outcome.CHANGED_UP, Outcome.CHANGED_DOWN, Outcome.CHANGED)
"""Means that moved beyond noise."""


class Estimand(StrEnum):
    """Which question an interval answers."""

    SUITE = "suite"
    """Did these items change? Only run noise counts."""
    POPULATION = "population"
    """Would new items like these agree? Items count as a sample."""
