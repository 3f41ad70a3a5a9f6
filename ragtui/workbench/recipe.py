"""The only recipe of a comparison: the app, `compare`, `explain`, `confirm`, `gate` and Python all follow it.

What tells the noise is therefore the same whoever asks: what the person named (runs or a profile); else further repeats
of the same configurations at hand; else a fitting profile of the project, when a side has no repeats of its own.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ragtui.errors import UsageError
from ragtui.model import About, Note, RunHeader
from ragtui.places import real_path
from ragtui.stats import Settings
from ragtui.workbench.comparing import (
    NoiseEvidence,
    SideComparison,
    chosen_evidence,
    compare_sides,
    find_evidence,
)
from ragtui.workbench.confirming import with_fresh_repeats
from ragtui.workbench.library import Library
from ragtui.workbench.noise_profiles import MAX_AGE, find_profile, load_profile_evidence
from ragtui.workbench.sides import Side, runs_meant


@dataclass(frozen=True)
class Asked:
    """What a comparison is told beside its two sides.

    Attributes:
        settings: levels, margins, estimand.
        noise: words for runs whose repeats tell the noise.
        pool: runs of several configurations may be pooled to tell it.
        profile: noise profile to use.
        profiles: folder where a fitting profile is looked for; None for the project's own.
        oldest: age from which a profile is stale.
        group_by: item metadata that clusters items; "" for none.
        now: moment that ages are measured from; None for the clock.
    """

    settings: Settings | None = None
    noise: Sequence[str] = ()
    pool: bool = False
    profile: Path | None = None
    profiles: Path | None = None
    oldest: timedelta = MAX_AGE
    group_by: str = ""
    now: datetime | None = None


def comparison(library: Library, a: Side, b: Side, asked: Asked | None = None) -> SideComparison:
    """Compare candidate `b` with baseline `a`, with what targeted repeats of both say where there are any.

    Raises:
        UsageError: the sides share a run; what tells the noise does not fit; no item has the metadata to group by.
        NotComparable: no item is on both sides.
        RagtuiError: a run cannot be read.
    """
    asked = asked or Asked()
    evidence, refused = _evidence(library, a, b, asked)
    found = compare_sides(a, b, asked.settings, evidence, _groups(a, b, asked.group_by) if asked.group_by else None)
    said = tuple(Note(About.PROFILE_REFUSED, detail=why) for why in refused)
    return with_fresh_repeats(library, replace(found, warnings=(*found.warnings, *said), learned=evidence))


def _evidence(library: Library, a: Side, b: Side, asked: Asked) -> tuple[NoiseEvidence | None, tuple[str, ...]]:
    now = asked.now or datetime.now(UTC)
    if asked.profile is not None:
        return load_profile_evidence(asked.profile, a, b, now, asked.oldest), ()
    if asked.noise:
        return chosen_evidence(library, asked.noise, a, b, pool=asked.pool), ()
    found = find_evidence(library, a, b)
    if found is not None or min(len(a.scores.repeats), len(b.scores.repeats)) > 1:
        return found, ()
    return find_profile(asked.profiles or project_profiles(), a, b, now, asked.oldest)


_KEYS_NAMED = 12


def _groups(a: Side, b: Side, key: str) -> dict[str, str]:
    items = dict.fromkeys((*a.scores.items, *b.scores.items))
    metadata = {item: a.item(item).metadata or b.item(item).metadata for item in items}
    groups = {item: str(said[key]) for item, said in metadata.items() if said.get(key) is not None}
    if not groups:
        known = sorted({name for said in metadata.values() for name in said})
        hint = f"Items have {', '.join(known[:_KEYS_NAMED])}." if known else "No item has any."
        raise UsageError(f"--group-by {key}: no item has that metadata", hint)
    return groups


FOLDER = ".ragtui"
"""Folder of a project that holds what a team shares: blessed baselines and noise profiles."""


def project_folder(start: Path | None = None) -> Path:
    """The nearest folder upwards with `.ragtui` or `.git` in it; else the folder itself."""
    here = real_path(start or Path.cwd())
    for folder in (here, *here.parents):
        if (folder / FOLDER).is_dir() or (folder / ".git").exists():
            return folder
    return here


def project_profiles(project: Path | None = None) -> Path:
    """Where a project keeps its noise profiles."""
    return (project or project_folder()) / FOLDER / "noise"


def command(library: Library, result: SideComparison, places: Sequence[str], word: str = "compare") -> str:
    """What to type for this very comparison: `ragtui compare RUN… --vs RUN… --in PLACE…`.

    Args:
        library: what is open.
        result: what was compared.
        places: where the library was opened: the same places tell the same noise.
        word: the command, such as "compare" or "confirm".
    """
    sides = [[_word_for(library, header) for header in side.headers] for side in (result.a, result.b)]
    words = ["ragtui", word, *sides[0], "--vs", *sides[1]]
    words += [part for place in places for part in ("--in", place)]
    try:
        for side in sides:
            runs_meant(library, side)
    except UsageError:
        words.append("--pool")  # a person put them side by side by hand
    return shlex.join(words)


def _word_for(library: Library, header: RunHeader) -> str:
    """The shortest word that means this run and no other."""
    for word in (header.name, header.location):
        try:
            if word and [found.uid for found in library.find(word)] == [header.uid]:
                return word
        except UsageError:
            continue
    return header.uid
