"""Repeats as evidence: where noise was learned beside the two sides, why a noise profile was not used, which repeats
prove nothing, and what to do about them."""

from __future__ import annotations

from collections.abc import Sequence

from ragtui.present.numbers import age, count, share
from ragtui.stats import Freshness, Reruns
from ragtui.stats.arrays import Bools
from ragtui.stats.doubts.freshness import looking_cached
from ragtui.stats.noise.taught import Taught, Teacher, Unfit, UnfitProfile

CLAIM = "--repeats-are-fresh"
_WAY_OUT = f"run it again with every cache off, or say {CLAIM} if it was"


def freshness_note(found: Freshness, repeats: int) -> str:
    """What to know of a side's repeats; "" when they are what they seem.

    Args:
        found: what is known of them.
        repeats: how many the side has.
    """
    return "; ".join(part for part in (_whole(found, repeats), _some(found.some), _looks(found.looks)) if part)


def _some(copies: Bools | None) -> str:
    """Of single items whose repeats are copies."""
    if copies is None:
        return ""
    items = count(looking_cached(copies), "item")
    return f"results of {items} are copies of another repeat by scores and times, as from a cache, and do not count"


def _looks(copies: Bools | None) -> str:
    """Of single items whose repeats may be copies."""
    if copies is None:
        return ""
    items = count(looking_cached(copies), "item")
    return (
        f"{items} never vary while others do, and differ between the sides as two noisy runs would, where items that "
        "vary have not moved: if they came from a cache, what is proven of them is noise; record latencies, "
        f"{_WAY_OUT}"
    )


def _whole(found: Freshness, repeats: int) -> str:
    """Of whole repeats."""
    copies = len(found.copies)
    match found.reruns:
        case Reruns.FROZEN:
            return f"nothing varies between its {repeats} repeats and nothing shows that it was run again; {_WAY_OUT}"
        case Reruns.JUDGED:
            return "all repeats judge the same answers: the band holds the judge's noise, not the pipeline's"
        case Reruns.COPIED if found.certain:
            shown = _copies_shown(copies)
            return f"its {repeats} repeats are one run, cached or copied: {shown}; run it again with every cache off"
        case Reruns.COPIED:
            return (
                f"its {repeats} repeats agree in everything, which runs as noisy as the other side's would do with a "
                f"chance of {share(found.chance or 0.0)}, so they count once; {_WAY_OUT}"
            )
        case Reruns.CLAIMED:
            return f"nothing varies between its {repeats} repeats; that they were run again is your word ({CLAIM})"
        case Reruns.PLAUSIBLE:
            return ""
    if copies:
        if found.certain:
            return f"{count(copies, 'repeat')} left out, {_copies_shown(copies)}"
        return f"{count(copies, 'repeat')} left out: equal to another in every score, for which the rest is too noisy"
    return ""


def _copies_shown(copies: int) -> str:
    return f"{'a copy' if copies == 1 else 'copies'} of another repeat by scores and times"


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
