"""One side of a comparison: the runs of one configuration, pooled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from functools import cached_property
from pathlib import PurePath

from ragtui.errors import RagtuiError, UsageError
from ragtui.model import (
    Configuration,
    Group,
    Item,
    Problem,
    Repeat,
    Result,
    RunHeader,
    Scores,
    age_order,
    distinct,
    group_runs,
    poolable,
    repeated_name,
)
from ragtui.sources import LoadedRun
from ragtui.sources.naming import telling_names
from ragtui.workbench.library import Library

Pass = tuple[str, str, str]
"""Run, date and repeat."""


def pass_of(header: RunHeader, repeat: Repeat) -> Pass:
    """The name of one repeat; a published copy has that of its original."""
    made = header.made.astimezone(UTC).isoformat(timespec="milliseconds")
    return header.original, made, header.mirror_repeat or repeat.label


@dataclass(frozen=True, eq=False)
class Side:
    """Runs compared as one.

    Attributes:
        label: what the screen and the reports call it.
        runs: loaded members, oldest first.
        scores: their repeats side by side.
        copies: places of runs that were left out, being one of the members once more.
        without: names of the repeats that a person left out.
        opposite: places of runs that were named for this side and stand on the other one, which was chosen more
            narrowly.
    """

    label: str
    runs: tuple[LoadedRun, ...]
    scores: Scores
    copies: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    opposite: tuple[str, ...] = ()

    @property
    def headers(self) -> tuple[RunHeader, ...]:
        """Headers of the members."""
        return tuple(run.header for run in self.runs)

    @property
    def configuration(self) -> Configuration:
        """The oldest member's configuration."""
        return self.runs[0].header.configuration

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was wrong in the members' files."""
        return tuple(problem for run in self.runs for problem in run.problems)

    @property
    def origins(self) -> tuple[str, ...]:
        """Of the members: "constructed", "simulated"; "" for a measured one."""
        return tuple(dict.fromkeys(run.header.origin for run in self.runs))

    @cached_property
    def _run_of(self) -> dict[str, LoadedRun]:
        return {run.header.uid: run for run in self.runs}

    @cached_property
    def passes(self) -> tuple[Pass, ...]:
        """Every repeat as a name it keeps wherever its run is listed: the run's first id and date, and the label."""
        return tuple(pass_of(self._run_of[repeat.run_uid].header, repeat) for repeat in self.scores.repeats)

    def item(self, item_id: str) -> Item:
        """The golden item, from the first member that carries its text."""
        best = Item(item_id)
        for run in self.runs:
            item = run.item(item_id)
            if item.question or item.expected:
                return item
            if item.metadata and not best.metadata:
                best = item
        return best

    def result(self, item_id: str, repeat: Repeat) -> Result | None:
        """Text of one item in one repeat; None when nothing was recorded."""
        run = self._run_of.get(repeat.run_uid)
        return run.result(item_id, repeat.label) if run is not None else None

    def attempts(self, item_id: str, repeat: Repeat) -> tuple[Result, ...]:
        """Every recorded pass of an item in this repeat's run, latest first, where one was recorded several times."""
        run = self._run_of.get(repeat.run_uid)
        return run.attempts(item_id) if run is not None else ()

    def repeat_name(self, repeat: Repeat) -> str:
        """A repeat's name: with its run's name where the side has several runs."""
        if len(self.runs) == 1:
            return repeat.label
        name = self._run_of[repeat.run_uid].header.name
        several = (self._run_of[repeat.run_uid].header.repeats or 1) > 1
        return f"{name}·{repeat.label}" if several else name


def load_side(library: Library, refs: Sequence[str], label: str = "") -> Side:
    """Pool the runs that these words mean.

    Raises:
        UsageError: a word means no run.
        RagtuiError: a run cannot be read.
    """
    headers = [header for ref in refs for header in library.find(ref)]
    if not headers:
        raise UsageError("no runs given", "Name at least one run on each side.")
    return side_of(library, headers, label)


def side_of(library: Library, headers: Sequence[RunHeader], label: str = "") -> Side:
    """Pool runs whose headers are at hand; a run that is there twice, or in a copy, is pooled once and named.

    Raises:
        UsageError: parts of a split run are among them: half the items twice are not two repeats of them.
        RagtuiError: a run cannot be read.
    """
    counted = distinct(headers)
    parts = [header for header in counted if header.part is not None]
    if parts and len(counted) > 1:
        places = " ".join(header.location for header in parts[:4])
        what = f"{parts[0].name} is {parts[0].part} of a run; parts are no repeats"
        raise UsageError(what, f"Merge them first: ragtui merge {places}")
    runs = tuple(library.load(header.uid) for header in counted)
    scores = Scores.pooled([run.scores for run in runs])
    return Side(label or _label(counted), runs, scores, tuple(header.location for header in once_more(headers)))


def once_more(headers: Sequence[RunHeader]) -> list[RunHeader]:
    """Those that are another one of them once more: named twice, in a copy of the folder, or published."""
    rest = [header.uid for header in distinct(headers)]
    left = []
    for header in headers:
        if header.uid in rest:
            rest.remove(header.uid)
        else:
            left.append(header)
    return left


def copy_problem(header: RunHeader) -> Problem:
    """Says that a run is one of the others once more and counts once, where no comparison says it."""
    return Problem(header.location, "a run that is there already, named twice or a copy: counted once", "")


def leave_out(sides: Sequence[tuple[str, Side]], words: Sequence[str]) -> list[Side]:
    """Sides without the repeats that a person names, which the sides keep in mind.

    Args:
        sides: each with its role, such as "baseline".
        words: "ROLE:REPEAT", "RUN:REPEAT", or "RUN" for all repeats of one of several runs.

    Raises:
        UsageError: a word means no repeat, or nothing would be left of a side.
    """
    unused, out = set(words), []
    for role, side in sides:
        gone = {layer: word for word in words for layer in _layers(role, side, word)}
        unused -= set(gone.values())
        if not side.scores.repeats:
            raise UsageError(f"{side.label}: holds no result yet", "Go on with it: ragtui run RUN")
        if len(gone) == len(side.scores.repeats):
            raise UsageError(f"--without leaves nothing of the {role}", f"It has {', '.join(_words(role, side))}.")
        kept = [layer for layer in range(len(side.scores.repeats)) if layer not in gone]
        names = tuple(side.repeat_name(side.scores.repeats[layer]) for layer in sorted(gone))
        out.append(replace(side, scores=side.scores.only(kept), without=(*side.without, *names)) if gone else side)
    if unused:
        known = ", ".join(word for role, side in sides for word in _words(role, side))
        raise UsageError(f"--without {sorted(unused)[0]}: no such repeat", f"Repeats: {known}.")
    return out


def _words(role: str, side: Side) -> list[str]:
    return [f"{role}:{layer + 1}" for layer in range(len(side.scores.repeats))]


def _layers(role: str, side: Side, word: str) -> Iterator[int]:
    """Places of the repeats that a word means on one side."""
    names = {run.header.uid: (run.header.name, run.header.id) for run in side.runs}
    head, colon, label = word.rpartition(":")
    for layer, repeat in enumerate(side.scores.repeats):
        own = names[repeat.run_uid]
        if (
            word in own
            or word == side.repeat_name(repeat)
            or (colon and head == role and label == str(layer + 1))
            or (colon and head in own and label == repeat.label)
        ):
            yield layer


def _label(headers: Sequence[RunHeader]) -> str:
    """The name that all members share, "main" for "main #1" and "main #2"; else the first, and how many more."""
    names = list(dict.fromkeys(header.name for header in headers))
    if len(names) > 1:
        names = list(dict.fromkeys(repeated_name(name) or name for name in names))
    # Not "main +2": beside scores that reads as a change.
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def told_apart(a: Side, b: Side) -> tuple[Side, Side]:
    """The same sides under labels that differ: where both are called alike, with what tells their files apart."""
    if a.label != b.label:
        return a, b
    places = [side.runs[0].header.location for side in (a, b)]
    stems = [PurePath(place).stem for place in places]
    told = telling_names([PurePath(place).as_posix() for place in places]) if stems[0] == stems[1] else {}
    said = [told.get(PurePath(place).as_posix(), stem) for place, stem in zip(places, stems, strict=True)]
    if said[0] == said[1]:
        return a, b
    first, second = (
        side if side.label == word else replace(side, label=f"{side.label} ({word})")
        for side, word in zip((a, b), said, strict=True)
    )
    return first, second


_NAMED = 8
"""Configurations listed in a message; the rest is counted."""


def runs_meant(library: Library, words: Sequence[str], *, pool: bool = False) -> list[RunHeader]:
    """The runs that some words mean together; one that several words mean is there as often, so that it can be named.

    Repeats of one configuration are pooled, and so is what a person put into one group by hand. A folder that holds
    several configurations is not one side of a comparison: pooled, the differences between them would count as noise,
    and nearly everything would be within it.

    Args:
        library: where to look.
        words: paths, names, ids or labels.
        pool: the person said to pool whatever the words mean.

    Raises:
        UsageError: a word means no run, one word means several configurations, or the words together mean
            configurations that are known to differ.
    """
    found: list[RunHeader] = []
    for word in words:
        headers = library.find(word)
        if not pool:
            refuse_several(library, word, headers)
        found += headers
    groups = groups_told(library, distinct(found)) if not pool else []
    known = [group for group in groups if group.by_hand or group.configuration.known]
    if len(known) > 1 and not pool:
        names = {header.uid: header.name for header in found}
        raise _several(f"{' and '.join(names.get(word, word) for word in words)} are", known)
    return found


def refuse_several(library: Library, word: str, headers: Sequence[RunHeader], verb: str = "holds") -> None:
    """See that the runs one word means, or several words, are of one configuration.

    Raises:
        UsageError: they are of several, or nothing tells; lists them.
    """
    groups = groups_told(library, headers)
    if len(groups) > 1:
        raise _several(f"{word} {verb}", groups)


_MOST_READ = 24
"""Runs of one name that are read to learn whether they are repeats: some seconds each, and a name may mean hundreds."""


def groups_told(library: Library, headers: Sequence[RunHeader]) -> list[Group]:
    """Runs by configuration; hosted ones of one name are read first, as their listing does not say how they were made.

    Else the repeats of one run were "2 configurations" to whoever compared them first, and one to whoever did again.

    Raises:
        RagtuiError: a run cannot be read.
    """
    groups = group_runs(headers, library.marks)
    names = {_stem(header) for header in headers}
    if len(names) == 1 < len(groups) and len(headers) <= _MOST_READ:
        return group_runs(library.told(headers), library.marks)
    return groups


def alike(library: Library, *sides: Side) -> list[RunHeader]:
    """Full runs within reach that have the configuration of one of these sides, its members included.

    A listing does not say how a hosted run was made, so those of a side's name are read first: else the same words gave
    other numbers once somebody had looked at one of them. What cannot be read is left out, and becomes a problem.
    """
    prints = {side.configuration.fingerprint() for side in sides if side.configuration.known}
    headers = {uid: header for uid, header in library.headers.items() if poolable(header)}
    members = {header.uid: header for side in sides for header in side.headers}
    hosted = {source.key for source in library.remotes}
    names = {(one.configuration.dataset, _stem(one)) for one in members.values() if one.source in hosted}
    listed = [header for header in headers.values() if header.source in hosted and header.uid not in members]
    namesakes = sorted((one for one in listed if (one.configuration.dataset, _stem(one)) in names), key=age_order)
    for header in namesakes[:-_MOST_READ] if prints else ():
        # Whether it was read before must not decide whether it counts.
        if header.mirror_of is None:
            del headers[header.uid]
    for header in namesakes[-_MOST_READ:] if prints else ():
        try:
            headers[header.uid] = library.told([header])[0]
        except RagtuiError as error:
            library.problems.append(Problem(header.location, error.message, error.hint))
    headers |= {uid: header for uid, header in members.items() if uid in headers}
    return [header for header in headers.values() if header.configuration.fingerprint() in prints]


def _stem(header: RunHeader) -> str:
    return repeated_name(header.name) or header.name


def _several(said: str, groups: Sequence[Group]) -> UsageError:
    names = [group.label for group in groups]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return UsageError(
        f"{said} {len(groups)} configurations: {', '.join(names[:_NAMED])}{more}",
        "Name the runs of one of them, or add --pool (in Python pool=True) to pool them all as if they were repeats.",
    )
