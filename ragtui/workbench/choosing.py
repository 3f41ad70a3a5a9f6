"""Which runs a person's words mean, and that one word never pools what nobody said to pool."""

from __future__ import annotations

from collections.abc import Sequence

from ragtui.errors import UsageError
from ragtui.model import Group, RunHeader, group_runs
from ragtui.workbench.library import Library

_NAMED = 8
"""Configurations listed in a message; the rest is counted."""


def runs_meant(library: Library, words: Sequence[str], *, pool: bool = False) -> list[RunHeader]:
    """The runs that some words mean together, each once.

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
    found: dict[str, RunHeader] = {}
    for word in words:
        headers = library.find(word)
        if not pool:
            refuse_several(library, word, headers)
        found.update((header.uid, header) for header in headers)
    groups = group_runs(found.values(), library.marks)
    known = [group for group in groups if group.by_hand or group.configuration.known]
    if len(known) > 1 and not pool:
        raise _several(f"{' and '.join(words)} are", known)
    return list(found.values())


def refuse_several(library: Library, word: str, headers: Sequence[RunHeader]) -> None:
    """See that the runs one word means are of one configuration.

    Raises:
        UsageError: they are of several, or nothing tells; lists them.
    """
    groups = group_runs(headers, library.marks)
    if len(groups) > 1:
        raise _several(f"{word} holds", groups)


def _several(said: str, groups: Sequence[Group]) -> UsageError:
    names = [group.label for group in groups]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return UsageError(
        f"{said} {len(groups)} configurations: {', '.join(names[:_NAMED])}{more}",
        "Name the runs of one of them, or add --pool to pool them all as if they were repeats.",
    )
