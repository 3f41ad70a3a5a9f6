"""One run listed twice: a published copy beside its original, or one folder in two places.

Pooled as repeats, copies would feign a noise of zero.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

from ragtui.model.run import RunHeader

Key = tuple[Hashable, ...]


def distinct(headers: Iterable[RunHeader], taken: Iterable[RunHeader] = ()) -> list[RunHeader]:
    """The headers in order, without any that is another one of them once more, or one of `taken`.

    An original goes before its published copies, and the first of equals before the rest.
    """
    headers = list(headers)
    return [headers[place] for place, counted in enumerate(_counted(headers, taken)) if counted == place]


def copies(headers: Iterable[RunHeader]) -> dict[str, str]:
    """Uid of every copy to the uid of the run that is counted in its place (see `distinct`)."""
    headers = list(headers)
    counted = _counted(headers, ())
    pairs = ((headers[place].uid, headers[one].uid) for place, one in enumerate(counted))
    return {uid: original for uid, original in pairs if uid != original}


_TAKEN = -1


def _counted(headers: Sequence[RunHeader], taken: Iterable[RunHeader]) -> list[int]:
    """For every place the place that is counted for it: its own, unless another one holds its repeats."""
    holder: dict[Key, int] = {}
    for header in taken:
        holder.update(dict.fromkeys((*_signs(header), _name(header)), _TAKEN))
    counted = list(range(len(headers)))
    for place in sorted(counted, key=lambda place: headers[place].mirror_of is not None):
        header = headers[place]
        held = [holder[key] for key in (*_signs(header), _counterpart(header)) if key in holder]
        if held:
            counted[place] = held[0]
        else:
            holder.update(dict.fromkeys((*_signs(header), _name(header)), place))
    return counted


def _signs(header: RunHeader) -> list[Key]:
    """Runs that share one of these hold the same repeats."""
    signs: list[Key] = [("uid", header.uid)]
    if header.mirror_of is not None:
        signs.append(("repeat", header.mirror_of, header.mirror_repeat, header.dataset))
    if header.url is not None:
        signs.append(("hosted", header.id, header.url))
    elif header.created is not None and header.configuration.known:
        signs.append(("made", header.id, header.created, header.configuration.fingerprint()))
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
