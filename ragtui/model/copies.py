"""One run listed twice: a published copy beside its original, or one folder in two places.

Pooled as repeats, copies would feign a noise of zero.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from datetime import UTC

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
        holder.update(dict.fromkeys((*_signs(header), *_names(header)), _TAKEN))
    counted = list(range(len(headers)))
    for place in sorted(counted, key=lambda place: headers[place].mirror_of is not None):
        header = headers[place]
        held = [holder[key] for key in (*_signs(header), *_counterparts(header)) if key in holder]
        if held:
            counted[place] = held[0]
        else:
            holder.update(dict.fromkeys((*_signs(header), *_names(header)), place))
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


def _names(header: RunHeader) -> list[Key]:
    """What `_counterparts` of its copies, or of its original, look for."""
    about = ("original", header.id) if header.mirror_of is None else ("copy", header.mirror_of)
    return [(*about, header.dataset, date) for date in (_date(header), _ANY)]


def _counterparts(header: RunHeader) -> list[Key]:
    """The original of a copy, and the copies of an original: of one id, one dataset and one date.

    A run that is made again under its old id is another one. Only where one of both does not say when it was made, the
    name decides.
    """
    about = ("copy", header.id) if header.mirror_of is None else ("original", header.mirror_of)
    date = _date(header)
    return [(*about, header.dataset, each) for each in ((date, _UNKNOWN) if date != _UNKNOWN else (_ANY,))]


_ANY, _UNKNOWN = "any date", "no date"


def _date(header: RunHeader) -> str:
    return header.created.astimezone(UTC).isoformat(timespec="milliseconds") if header.created else _UNKNOWN
