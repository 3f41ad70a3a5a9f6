"""Words for repeats that are no evidence, and what to do about them."""

from __future__ import annotations

from ragtui.present.numbers import count, share
from ragtui.stats import Freshness, Reruns
from ragtui.stats.arrays import Bools

CLAIM = "--repeats-are-fresh"
_WAY_OUT = f"run it again with every cache off, or say {CLAIM} if it was"


def freshness_note(found: Freshness, repeats: int) -> str:
    """What to know of a side's repeats; "" when they are what they seem.

    Args:
        found: what is known of them.
        repeats: how many the side has.
    """
    return "; ".join(part for part in (_whole(found, repeats), _some(found.some)) if part)


def _some(copies: Bools | None) -> str:
    """Of single items whose repeats are copies."""
    if copies is None:
        return ""
    items = count(int(copies.any(axis=1).sum()), "item")
    return f"results of {items} are copies of another repeat by scores and times, as from a cache, and do not count"


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
