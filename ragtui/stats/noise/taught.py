"""Where noise is learned beside the two sides of a comparison, and why a noise profile is not used: values, worded in
`ragtui.present.sentences.evidence`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto


class Teacher(Enum):
    """What taught the noise."""

    OTHERS = auto()
    """Other repeats of the same configuration, found within reach."""
    CHOSEN = auto()
    """Repeats that the user named."""
    FULL_RUNS = auto()
    """Full repeats of a side of which chosen items were repeated."""
    PROFILE = auto()
    """A noise profile."""


@dataclass(frozen=True, slots=True)
class Taught:
    """Repeats that taught noise.

    Attributes:
        by: what they are.
        label: of the side they make.
        repeats: how many.
        made: when a profile was saved.
        now: when it was used.
        outside: largest share of a profile's own cells outside the band, 0..1; None when it was not checked.
    """

    by: Teacher
    label: str
    repeats: int
    made: datetime | None = None
    now: datetime | None = None
    outside: float | None = None


class Unfit(Enum):
    """What does not fit of a noise profile."""

    STALE = auto()
    DATASET = auto()
    VERSION = auto()
    ITEMS = auto()
    JUDGES = auto()


@dataclass(frozen=True, slots=True)
class UnfitProfile:
    """Why a noise profile is not used.

    Attributes:
        file, label: which one, and the side it was made from.
        why: what does not fit.
        theirs, ours: dataset or version of the profile and of the side.
        made, now, most: when it was saved, when it was wanted, and the age at which it is stale.
    """

    file: str
    label: str
    why: Unfit
    theirs: str = ""
    ours: str = ""
    made: datetime | None = None
    now: datetime | None = None
    most: timedelta | None = None
