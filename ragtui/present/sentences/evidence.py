"""Where noise was learned beside the two sides, and why a noise profile was not used."""

from __future__ import annotations

from collections.abc import Sequence

from ragtui.present.numbers import age, share
from ragtui.stats.noise.taught import Taught, Teacher, Unfit, UnfitProfile


def say_taught(taught: Sequence[Taught]) -> str:
    """What follows "noise also from"; "" when nothing else taught it."""
    return " and ".join(map(_said, taught))


def _said(taught: Taught) -> str:
    match taught.by:
        case Teacher.OTHERS:
            return f"{taught.repeats} other repeats of the same configuration ({taught.label})"
        case Teacher.CHOSEN:
            return f"{taught.repeats} repeats of {taught.label}"
        case Teacher.FULL_RUNS:
            return f"{taught.repeats} full repeats of {taught.label}"
        case Teacher.PROFILE:
            assert taught.now is not None
            check = "" if taught.outside is None else f", self-check {share(taught.outside)} outside the band"
            old = age(taught.made, taught.now)
            return f"noise profile of {taught.label} ({taught.repeats} repeats, {old} old{check})"


def say_unfit(profile: UnfitProfile) -> str:
    """Why a noise profile is not used, without a full stop."""
    about = f"noise profile {profile.file} of {profile.label}"
    match profile.why:
        case Unfit.STALE:
            assert profile.now is not None and profile.most is not None
            return f"{about} is stale: {age(profile.made, profile.now)} old, limit {profile.most.days} days"
        case Unfit.DATASET:
            return f"{about} is foreign: dataset {profile.theirs}, not {profile.ours}"
        case Unfit.VERSION:
            return f"{about} is foreign: dataset version {profile.theirs}, not {profile.ours}"
        case Unfit.ITEMS:
            return f"{about} is foreign: no common item"
        case Unfit.JUDGES:
            return f"{about} is foreign: every metric has another judge"
