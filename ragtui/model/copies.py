"""One run listed twice: a published copy beside its original, or one folder in two places.

Pooled as repeats, copies would feign a noise of zero.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from ragtui.model.run import RunHeader

Key = tuple[Hashable, ...]


def distinct(headers: Iterable[RunHeader], taken: Iterable[RunHeader] = ()) -> list[RunHeader]:
    """The headers in order, without any that is another one of them once more, or one of `taken`.

    An original goes before its published copies, and the first of equals before the rest.
    """
    headers = list(headers)
    counted: set[Key] = set()
    for header in taken:
        counted |= _signs(header) | {_name(header)}
    kept: list[int] = []
    for place in sorted(range(len(headers)), key=lambda place: headers[place].mirror_of is not None):
        header = headers[place]
        if counted.isdisjoint(_signs(header) | {_counterpart(header)}):
            counted |= _signs(header) | {_name(header)}
            kept.append(place)
    return [headers[place] for place in sorted(kept)]


def _signs(header: RunHeader) -> set[Key]:
    """Runs that share one of these hold the same repeats."""
    signs: set[Key] = {("uid", header.uid)}
    if header.mirror_of is not None:
        signs.add(("repeat", header.mirror_of, header.mirror_repeat, header.dataset))
    if header.url is not None:
        signs.add(("hosted", header.id, header.url))
    elif header.created is not None and header.configuration.known:
        signs.add(("made", header.id, header.created, header.configuration.fingerprint()))
    return signs


def _name(header: RunHeader) -> Key:
    if header.mirror_of is None:
        return ("original", header.id, header.dataset)
    return ("copy", header.mirror_of, header.dataset)


def _counterpart(header: RunHeader) -> Key:
    """The name of the original of a copy, and of the copies of an original."""
    if header.mirror_of is None:
        return ("copy", header.id, header.dataset)
    return ("original", header.mirror_of, header.dataset)
