"""Parts of a run put together: one run folder with all their results, complete or with a list of what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ragtui.errors import InputError, UsageError
from ragtui.files.atomic import write_json
from ragtui.files.fields import identifier, mapping, text, timestamp, whole
from ragtui.files.jsonlines import read_objects
from ragtui.files.lock import is_being_written
from ragtui.files.problems import ProblemLog
from ragtui.files.regular import read_regular
from ragtui.model import Problem, RunStatus
from ragtui.places import real_path
from ragtui.runner.launch.launchfile import LAUNCH, read_launch
from ragtui.runner.launch.prepare import PART, new_folders, open_launch
from ragtui.runner.launch.trust import execution_of, is_trusted, remember_own
from ragtui.runner.plan.shard import Shard
from ragtui.sources.own.summary import DATASET, RESULTS, SUMMARY, read_summary
from ragtui.sources.own.writer import RunWriter


@dataclass(frozen=True, slots=True)
class PartFolder:
    """A run folder that holds one part.

    Attributes:
        family: what the part is a part of; equal for all parts that belong together.
        side: place of its configuration in the plan, from 0.
    """

    folder: Path
    summary: Mapping[str, Any]
    shard: Shard
    family: str
    side: int


@dataclass(frozen=True, slots=True)
class Merged:
    """One run made of parts.

    Attributes:
        absent: numbers of the parts that were not given.
        results, expected: item-repeats written, and those of the complete run.
        problems: what could not be read of the parts.
    """

    folder: Path
    parts: int
    absent: tuple[int, ...]
    results: int
    expected: int | None
    problems: tuple[Problem, ...]


def part_folders(paths: Iterable[Path]) -> list[PartFolder]:
    """The parts at the paths; a path may be a part, or a folder that holds parts.

    Raises:
        UsageError: a path holds no part.
        InputError: a part is being written.
    """
    found: dict[Path, PartFolder] = {}
    for path in paths:
        folders = [path] if (path / SUMMARY).is_file() else sorted(one.parent for one in path.glob(f"*/{SUMMARY}"))
        parts = [part for folder in folders if (part := _part(folder)) is not None]
        if not parts:
            raise UsageError(f"{path}: holds no part of a run", "Parts are made by ragtui run PLAN --shard 1/4.")
        for part in parts:
            if is_being_written(part.folder):
                raise InputError(f"{part.folder}: is still being written", "Wait for it, or cancel it first.")
            found[real_path(part.folder)] = part
    return list(found.values())


def merge(parts: Sequence[PartFolder], out: Path | None = None) -> list[Merged]:
    """Put parts together: one run for each family and side.

    Args:
        out: folder for the runs; None for the folder that holds the first part.

    Raises:
        InputError: two parts hold the same share, or differ in what they measured; nothing is written then.
    """
    families: dict[str, list[PartFolder]] = {}
    for part in parts:
        families.setdefault(part.family, []).append(part)
    for family in families.values():
        _refuse_strangers(family)
    return [one for family in families.values() for one in _merge_family(family, out or parts[0].folder.parent)]


def _part(folder: Path) -> PartFolder | None:
    summary = read_summary(folder / SUMMARY, ProblemLog(str(folder)))
    said = mapping(summary.get(PART))
    shard = Shard.from_document(said)
    if shard is None:
        return None
    return PartFolder(folder, summary, shard, text(said.get("family")), whole(said.get("side")) or 0)


def _refuse_strangers(family: Sequence[PartFolder]) -> None:
    first = family[0]
    taken: dict[tuple[int, int], PartFolder] = {}
    for part in family:
        other = taken.setdefault((part.side, part.shard.index), part)
        if other is not part:
            raise InputError(
                f"{part.folder} and {other.folder} both hold part {part.shard}",
                "Name only one of them; two splittings of one plan are told apart by --shard-of NAME.",
            )
        for field in ("pipeline", "judges", "dataset", "repeats"):
            mate = next(one for one in family if one.side == part.side)
            if part.summary.get(field) != mate.summary.get(field):
                raise InputError(f"{part.folder} and {mate.folder} differ in {field}", "They are not parts of one run.")
        if part.shard.count != first.shard.count:
            raise InputError(f"{part.folder}: part {part.shard}, others are of {first.shard.count}", "Leave it out.")


def _merge_family(family: Sequence[PartFolder], out: Path) -> list[Merged]:
    sides = sorted({part.side for part in family})
    members = {side: sorted((p for p in family if p.side == side), key=lambda p: p.shard.index) for side in sides}
    names = [_name(members[side][0].summary) for side in sides]
    folders = new_folders(out, [f"{name}-merged" for name in names], datetime.now(UTC))
    merged = [_write(folder, members[side]) for folder, side in zip(folders, sides, strict=True)]
    for folder, side in zip(folders, sides, strict=True):
        first = members[side][0].folder
        trusted = is_trusted(execution_of(open_launch(first)))
        document = dict(read_launch(first))
        document["shard"] = None
        document["folders"] = [f"../{other.name}" for other in folders]
        write_json(folder / LAUNCH, document)
        if trusted:  # parts from elsewhere make a run from elsewhere
            remember_own(document)
    return merged


def _name(summary: Mapping[str, Any]) -> str:
    return text(mapping(summary.get(PART)).get("name")) or "run"


def _write(folder: Path, parts: Sequence[PartFolder]) -> Merged:
    first, problems = parts[0], ProblemLog(str(folder))
    whole_run = mapping(first.summary.get(PART))
    expected = whole(whole_run.get("expected_results"))
    kept = {name: value for name, value in first.summary.items() if name not in _PER_PART}
    created = min((moment for part in parts if (moment := timestamp(part.summary.get("created")))), default=None)
    with RunWriter.create(
        folder,
        name=_name(first.summary),
        dataset=mapping(first.summary.get("dataset")),
        expected_results=expected,
        created=created,
        sync_each=False,
        selection=whole_run.get("selection"),
        extra={**kept, "id": folder.name, "parts": [text(part.summary.get("id")) for part in parts]},
    ) as writer:
        if (first.folder / DATASET).is_file():
            (folder / DATASET).write_bytes(read_regular(first.folder / DATASET))
        seen = 0
        for part in parts:
            log = ProblemLog(str(part.folder / RESULTS))
            for line in read_objects(part.folder / RESULTS, log):
                if identifier(line.record.get("item")):
                    writer.append_record(line.record)
                    seen += 1
            for problem in log.found():
                problems.keep(problem)
        absent = tuple(sorted({*range(1, first.shard.count + 1)} - {part.shard.index for part in parts}))
        writer.sync()
        done = not absent and all(part.summary.get("status") == RunStatus.COMPLETE for part in parts)
        writer.finish(
            RunStatus.COMPLETE if done else RunStatus.PARTIAL,
            duration_s=sum(float(part.summary.get("duration_s") or 0) for part in parts),
            spent=_added([mapping(part.summary.get("spent")) for part in parts]),
        )
    results = whole(writer.summary.get("results")) or 0
    return Merged(folder, len(parts), absent, results, expected, problems.found())


_PER_PART = frozenset({
    "id", "name", "created", "finished", "status", "results", "errors", "error_rate", "aggregates", "duration_s",
    "cost_usd", "tokens", "expected_results", "selection", "spent", "stopped", PART, "dataset",
})  # fmt: skip


def _added(spent: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What all parts spent; a figure that one of them does not know is not known."""
    names = list(dict.fromkeys(name for one in spent for name in one))
    total: dict[str, Any] = {}
    for name in names:
        values = [one.get(name) for one in spent]
        total[name] = sum(values) if all(isinstance(value, (int, float)) for value in values) else None
    return total
