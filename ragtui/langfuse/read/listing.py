"""From the rows a server lists to runs as a user knows them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ragtui.langfuse.api.client import LangfuseError
from ragtui.langfuse.api.records import DatasetRow, HostedRunRow, ItemRow
from ragtui.langfuse.read.fragments import GAP_S, Assembly, Fragment, assemble
from ragtui.langfuse.read.header import HostedRun
from ragtui.langfuse.read.reader import LoadProgress, Reader, Report
from ragtui.model import Problem

DAY = 86_400.0
WINDOWS_DAYS = (730, 180, 60, 14)
"""How far back the runs of a dataset are listed; a server that finds that too much is asked for less."""

PROJECT_DAYS = (90, 60, 14)
"""The same for a whole project, which may hold thousands of runs; one dataset shows all of its own."""

MOST_DAYS = 3_650
"""Langfuse is younger than that."""

MOST_NAMED = 10
"""Runs that a message names."""

FORGOTTEN_AFTER_S = 7 * DAY
MOST_LOOKED_INTO, SHARE_OF_LIMIT = 20, 6
"""Runs a listing looks into for what no listing says, each once; a sixth of what a server allows in a minute where it
has a limit: a plan with 30 calls a minute must stay usable."""


def named_in(wanted: str, datasets: Sequence[DatasetRow]) -> tuple[DatasetRow | None, str]:
    """The dataset a person named, and the start of a run name behind it.

    Both may hold slashes: a dataset of exactly this name comes first, then the longest whose name begins it.
    """
    by_length = sorted(datasets, key=lambda row: len(row.name), reverse=True)
    exact = next((row for row in by_length if row.name == wanted), None)
    if exact is not None:
        return exact, ""
    outer = next((row for row in by_length if wanted.startswith(f"{row.name}/")), None)
    return outer, wanted.removeprefix(f"{outer.name}/") if outer is not None else ""


def folder_in(wanted: str, datasets: Sequence[DatasetRow]) -> str:
    """The folder a person named, with its slash: one that datasets are in; empty when there is none."""
    folder = f"{wanted.rstrip('/')}/" if wanted.strip("/") else ""
    return folder if folder and any(row.name.startswith(folder) for row in datasets) else ""


def nothing_listed(
    address: str, dataset: DatasetRow | None, run_name: str, rows: Sequence[HostedRunRow], items: int
) -> Problem:
    """Why an address means no run: there is none at all, or none of that name.

    Args:
        run_name: the start of a name that was asked for.
        rows: runs of the dataset whatever their names.
        items: that the dataset has.
    """
    if dataset is None:
        return Problem(
            address, "no run is here yet", "`ragtui publish RUN` and `ragtui run PLAN --langfuse NAME` add one."
        )
    if rows:
        names = list(dict.fromkeys(row.name for row in rows))
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        known = f"It has {', '.join(names[:MOST_NAMED])}{more}."
        return Problem(address, f"dataset {dataset.name!r} has no run whose name begins with {run_name!r}", known)
    what = f"{items} item{'s' * (items != 1)}" if items else "no items either"
    way = f" `ragtui seed langfuse:{dataset.name} --to FILE` writes them." if items else ""
    return Problem(address, f"dataset {dataset.name!r} has no runs yet", f"It has {what}.{way}")


def rows_within_reach(
    reader: Reader,
    chosen: DatasetRow | None,
    datasets: Sequence[DatasetRow],
    report: Report,
    days: int | None = None,
) -> tuple[list[HostedRunRow], int]:
    """All rows of the longest window the server is willing to search, and its days when it was not the longest.

    A whole project is listed for a quarter of a year; the days are given back when it has older runs.

    Args:
        days: how far back to begin with; None for as far as usual.

    Raises:
        LangfuseError: the server does not answer, or refuses even the shortest window.
    """
    usual = WINDOWS_DAYS if chosen is not None else PROJECT_DAYS
    windows = usual if days is None else (days, *(each for each in WINDOWS_DAYS if each < days))
    for days in windows:
        try:
            rows: list[HostedRunRow] = []
            for row in reader.runs(chosen, datasets, time.time() - days * DAY):
                rows.append(row)
                if len(rows) % 20 == 0:
                    report(LoadProgress("runs", len(rows), 0))
            all_asked = chosen is not None and days >= WINDOWS_DAYS[0]
            whole = days == windows[0] and (all_asked or not reader.has_older(time.time() - days * DAY))
            return rows, 0 if whole else days
        except LangfuseError as error:
            if error.status not in (413, 422) or days == windows[-1]:
                raise
    raise AssertionError("the last window either answers or raises")


def looked_into(
    rows: Sequence[HostedRunRow],
    known: Callable[[HostedRunRow], HostedRunRow | None],
    ask: Callable[[HostedRunRow], HostedRunRow],
    limit: int | None,
) -> list[HostedRunRow]:
    """Rows with what the listing lacks: which version of its dataset a run was pinned to, and metadata of old runs.

    Args:
        known: gives a row that was asked for before.
        ask: asks for one; done a few times a listing only, the rest waits for the next, as it does after an error.
        limit: calls a minute that the server allows; None for any number.
    """
    most = MOST_LOOKED_INTO if limit is None else min(MOST_LOOKED_INTO, limit // SHARE_OF_LIMIT)
    found = {row.id: known(row) for row in rows if row.kind == "experiment" and row.start is not None}
    unknown = [row for row in rows if row.id in found and found[row.id] is None]
    # Metadata says which runs are repeats of each other, a version only how a run is called.
    for row in sorted(unknown, key=_has_metadata)[:most]:
        try:
            found[row.id] = ask(row)
        except LangfuseError:
            break
    return [found.get(row.id) or row for row in rows]


def _has_metadata(row: HostedRunRow) -> bool:
    """Whether the listing gave it, or the run is too young for having lost it."""
    return bool(row.metadata) or row.start is None or time.time() - row.start <= FORGOTTEN_AFTER_S


def assembled(
    rows: Sequence[HostedRunRow], overrides: Mapping[str, str], members: Callable[[HostedRunRow], frozenset[str]]
) -> list[HostedRun]:
    """Rows as runs, newest first. Only rows that could be parts of one run are asked for their items."""
    families: dict[tuple[str, str], dict[str, HostedRunRow]] = {}
    for row in rows:
        families.setdefault((row.dataset_id, row.name), {})[row.id] = row
    runs: list[HostedRun] = []
    for family in families.values():
        suspects = _suspects(list(family.values()), overrides)
        parts = [
            Fragment(
                row.id,
                row.start or 0.0,
                row.end or row.start or 0.0,
                members(row) if row.id in suspects else frozenset(),
            )
            for row in family.values()
        ]
        runs += [
            HostedRun(assembly, tuple(family[part.id] for part in assembly.parts))
            for assembly in assemble(parts, overrides)
        ]
    return sorted(runs, key=lambda run: (run.first.start or 0.0, run.id), reverse=True)


def _suspects(rows: Sequence[HostedRunRow], overrides: Mapping[str, str]) -> set[str]:
    """Rows of one name that could be parts of one run, because they are close in time or the user said so."""
    ordered = sorted(rows, key=lambda row: row.start or 0.0)
    found: set[str] = set()
    last: HostedRunRow | None = None
    latest = float("-inf")
    for row in ordered:
        if last is not None and (row.start or 0.0) - latest < GAP_S:
            found |= {last.id, row.id}
        last, latest = row, max(latest, row.end or row.start or 0.0)
    return found | {row.id for row in rows if row.id in overrides and len(rows) > 1}


def expected_items(run: HostedRun, items: Mapping[str, ItemRow]) -> int | None:
    """Items a complete run has, as far as a listing can tell; a loaded run knows better."""
    then = sum(row.created is None or run.end is None or row.created <= run.end for row in items.values())
    # More results than items: the run is older than what it was seeded into, so dates say nothing.
    return (len(items) if run.count is not None and then < run.count else then) or None


def hosted_to_json(run: HostedRun) -> dict[str, Any]:
    """A run for the cache."""
    parts = [[part.id, part.start, part.end, sorted(part.items)] for part in run.assembly.parts]
    return {"parts": parts, "by_hand": run.assembly.by_hand, "rows": [row.to_json() for row in run.rows]}


def hosted_from_json(value: Mapping[str, Any]) -> HostedRun:
    """The run again.

    Raises:
        KeyError, TypeError: the value is of another shape.
    """
    parts = tuple(Fragment(part, start, end, frozenset(items)) for part, start, end, items in value["parts"])
    return HostedRun(Assembly(parts, value["by_hand"]), tuple(HostedRunRow.from_json(row) for row in value["rows"]))
