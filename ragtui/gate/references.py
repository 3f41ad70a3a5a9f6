"""What `--baseline` and `--candidate` mean: paths, blessed names, Langfuse runs, names within known places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ragtui.errors import InputError, UsageError
from ragtui.gate.baselines import Baselines, Blessing, score_digest
from ragtui.model import RunHeader, repeated_name
from ragtui.places import real_path
from ragtui.sources.addresses import LANGFUSE, is_address, is_langfuse, is_object_store
from ragtui.workbench import Library, refuse_several

BLESSED = "blessed:"


@dataclass(frozen=True, slots=True)
class Reference:
    """One word of the command line, understood but not yet looked up.

    Attributes:
        word: as typed.
        places: what a library must open to find it.
        blessing: the blessed baseline it means; None for a run named directly.
        found_at: where each run of the blessing is, in the blessing's order.
    """

    word: str
    places: tuple[str, ...]
    blessing: Blessing | None = None
    found_at: tuple[str, ...] = ()


def baseline_reference(word: str, baselines: Baselines, places: Sequence[str] = ()) -> Reference:
    """What a baseline's word means: a path, a Langfuse run, a blessed name, or a name within `places`.

    Raises:
        UsageError: it means nothing; names what is blessed.
        InputError: the history of blessings cannot be read.
    """
    if word.startswith(BLESSED):
        return _blessed(word, baselines.current(word.removeprefix(BLESSED)), baselines)
    if is_address(word) or Path(word).exists():
        return run_reference(word)
    if word in baselines.names():
        return _blessed(word, baselines.current(word), baselines)
    if places:
        return Reference(word, ())
    if "/" in word:
        raise UsageError(
            f"{word}: no such file or folder, and no baseline is blessed under that name",
            "Check the path after --baseline.",
        )
    baselines.current(word)
    raise AssertionError("an unknown name is refused above")


def run_reference(word: str, places: Sequence[str] = ()) -> Reference:
    """What a candidate's word means: a path, a Langfuse run, or a name within `places`.

    Raises:
        UsageError: it means nothing.
    """
    if is_langfuse(word):
        dataset, slash, run = word.removeprefix(LANGFUSE).rpartition("/")
        if not slash or not dataset or not run:
            raise UsageError(f"{word}: names no run", "Write langfuse:DATASET/RUN.")
        return Reference(word, (LANGFUSE + dataset,))
    if is_object_store(word) or Path(word).exists():
        return Reference(word, (word,))
    if places:
        return Reference(word, ())
    raise UsageError(
        f"{word}: no such file or folder", "Give a path, or say with --in PATH where runs of that name are."
    )


def headers_of(library: Library, references: Iterable[Reference], *, pool: bool = False) -> list[RunHeader]:
    """The runs behind references; one that several of them mean is there as often, so that it can be named.

    Args:
        library: where to look.
        references: what was understood.
        pool: one word may mean runs of several configurations.

    Raises:
        UsageError: a word means no run, or several configurations.
        InputError: a blessed run is gone or is not what was blessed.
    """
    found: list[RunHeader] = []
    for reference in references:
        headers = _blessed_headers(library, reference) if reference.blessing else _find(library, reference.word)
        if not pool and not reference.blessing:
            refuse_several(library, reference.word, headers)
        found += headers
    return found


def _blessed(word: str, blessing: Blessing, baselines: Baselines) -> Reference:
    found_at = tuple(baselines.found_at(run) for run in blessing.runs)
    return Reference(word, tuple(dict.fromkeys(map(_openable, found_at))), blessing, found_at)


def _openable(place: str) -> str:
    """A hosted run is opened through its dataset, a local one by its path."""
    if is_langfuse(place):
        return LANGFUSE + place.removeprefix(LANGFUSE).rpartition("/")[0]
    return place


def _find(library: Library, word: str) -> tuple[RunHeader, ...]:
    if is_langfuse(word):
        # Only the very run: its name may be the start of another's.
        exact = tuple(header for header in library.headers.values() if header.location == word)
        exact = exact or tuple(header for header in library.headers.values() if repeated_name(header.location) == word)
        return exact or library.find(word.rpartition("/")[2])
    try:
        return library.find(word)
    except UsageError:
        if library.problems and Path(word).exists():
            raise InputError(
                f"{word}: holds no run that can be read: {library.problems[0]}", "Restore the run."
            ) from None
        raise


def _blessed_headers(library: Library, reference: Reference) -> list[RunHeader]:
    blessing = reference.blessing
    assert blessing is not None
    headers = []
    for run, place in zip(blessing.runs, reference.found_at, strict=True):
        try:
            header = next(found for found in library.headers.values() if found.id == run.id and _at(found, place))
        except StopIteration:
            raise InputError(
                f"baseline {blessing.name!r}: the run {run.name} is no longer at {run.place}",
                "Restore it, or bless another run.",
            ) from None
        if score_digest(library.load(header.uid).scores) != run.digest:
            raise InputError(
                f"baseline {blessing.name!r}: the scores of {run.name} changed since it was blessed on {blessing.at}",
                "Restore the run, or bless it again with a reason.",
            )
        headers.append(header)
    return headers


def _at(header: RunHeader, place: str) -> bool:
    if is_address(place):
        return header.location == place
    return real_path(header.location) == real_path(place)
