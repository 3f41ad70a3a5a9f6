"""Which runs are repeats of each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ragtui.model.copies import copies
from ragtui.model.run import Configuration, RunHeader

ALONE = ""
"""Hand mark that takes a run out of every group."""


@dataclass(frozen=True, slots=True)
class Group:
    """Runs of one configuration: their repeats are pooled.

    Attributes:
        key: stable while the membership rule is: a fingerprint, a hand-given label, or the run's own uid.
        label: name of the oldest member, or the hand-given label.
        headers: members, oldest first.
        by_hand: whether a person put them together.
        copies: runs that are one of the members once more, published or in another place; never pooled.
    """

    key: str
    label: str
    headers: tuple[RunHeader, ...]
    by_hand: bool = False
    copies: tuple[RunHeader, ...] = ()

    @property
    def configuration(self) -> Configuration:
        """The oldest member's configuration."""
        return self.headers[0].configuration

    @property
    def repeats(self) -> int:
        """Repeats of all members together; a member that does not say counts as one."""
        return sum(header.repeats or 1 for header in self.headers)

    @property
    def known_repeats(self) -> int | None:
        """The same; None where a member does not say."""
        return repeats_told(self.headers)

    @property
    def newest(self) -> datetime:
        """When the latest member was made."""
        return max(header.made for header in self.headers)


def poolable(header: RunHeader) -> bool:
    """Whether a run is a full repeat at all: targeted and re-judged runs and parts of a run answer other questions."""
    return header.selection is None and header.rejudge_of is None and header.part is None


_AGAIN = re.compile(r"( - \d{4}-\d\d-\d\d[T ][\d:.+Z-]+| #\d+)$")
"""What tells runs of one name apart: the moment that Langfuse's SDK appends, or the number of a published repeat."""


def repeated_name(name: str) -> str:
    """The name that repeats kept one by one have in common: "main" of "main #2", "exp" of "exp - 2026-11-01T12:00:00Z";
    "" when it is none of several.
    """
    found = _AGAIN.search(name)
    return name[: found.start()] if found is not None else ""


def age_order(header: RunHeader) -> tuple[datetime, int, str]:
    """Sorts oldest first; runs made at once by name, "#2" before "#10"."""
    return header.made, len(header.name), header.name


def group_runs(headers: Iterable[RunHeader], marks: Mapping[str, str] | None = None) -> list[Group]:
    """Groups in the order of their newest member, newest first.

    Args:
        headers: all runs at hand.
        marks: run uid to a hand-given group label; `ALONE` ungroups a run.
    """
    marks = marks or {}
    headers = list(headers)
    original_of = {uid: original for uid, original in copies(headers).items() if uid not in marks}
    key_of = {header.uid: _group_key(header, marks) for header in headers if header.uid not in original_of}
    members: dict[tuple[str, bool], list[RunHeader]] = {}
    beside: dict[tuple[str, bool], list[RunHeader]] = {}
    for header in headers:
        original = original_of.get(header.uid)
        if original is None:
            members.setdefault(key_of[header.uid], []).append(header)
        else:
            beside.setdefault(key_of[original], []).append(header)
    groups = []
    for (key, by_hand), runs in members.items():
        runs.sort(key=age_order)
        label = key if by_hand else runs[0].name
        others = tuple(sorted(beside.get((key, by_hand), ()), key=age_order))
        groups.append(Group(key, label, tuple(runs), by_hand, others))
    groups.sort(key=lambda group: (group.newest, group.label), reverse=True)
    return groups


def _group_key(header: RunHeader, marks: Mapping[str, str]) -> tuple[str, bool]:
    mark = marks.get(header.uid)
    if mark:
        return mark, True
    if mark == ALONE:
        return header.uid, False
    return measured_key(header), False


def repeats_told(headers: Iterable[RunHeader]) -> int | None:
    """Repeats of runs together; None where one does not say, as re-judged answers do before they are read."""
    told = [header.repeats for header in headers]
    known = [repeats for repeats in told if repeats is not None]
    return sum(known) if len(known) == len(told) else None


def measured_key(header: RunHeader) -> str:
    """What runs have in common that nobody's hand has to put together: a fingerprint, else the run they are repeats of.

    A published run is one row a repeat: those of one original are its repeats, whether or not anything was recorded of
    how it was made.
    """
    if poolable(header) and header.configuration.known:
        return header.configuration.fingerprint()
    return header.uid if header.mirror_of is None else f"{header.source}|{header.mirror_of}"
