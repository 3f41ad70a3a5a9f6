"""Where numbers come from, in a word or two: what was not measured must say so wherever it is shown."""

from __future__ import annotations

from collections.abc import Iterable


def origin_badge(origins: Iterable[str]) -> str:
    """ "simulated", "partly constructed", or "" when everything was measured.

    Args:
        origins: of every run that is shown; "" for a measured one.
    """
    found = list(dict.fromkeys(origins))
    words = " and ".join(origin for origin in found if origin)
    return f"partly {words}" if words and "" in found else words


def origin_note(label: str, origins: Iterable[str]) -> str:
    """The sentence of a note; "" when everything was measured."""
    badge = origin_badge(origins)
    return f"{label}: {badge} data, not a measurement" if badge else ""


def origin_field(origins: Iterable[str]) -> str:
    """For programs: every origin but "measured"."""
    return ", ".join(dict.fromkeys(origin for origin in origins if origin))
