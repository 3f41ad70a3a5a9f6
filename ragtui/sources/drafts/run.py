"""A draft's numbers as a header and as a loaded run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragtui.files.fields import identifier, mapping
from ragtui.files.fields import score as as_score
from ragtui.files.jsonlines import ObjectLine
from ragtui.files.problems import ProblemLog
from ragtui.model import Configuration, Item, MetricSummary, Problem, Result, RunHeader
from ragtui.sources.base import LoadedRun
from ragtui.sources.cube.records import add_record, item_of, repeat_label, result_of
from ragtui.sources.drafts.draft import Draft, Record
from ragtui.sources.found import Request

if TYPE_CHECKING:
    from ragtui.sources.cube.cube import Cube


class DraftRun(LoadedRun):
    """A run whose records are in memory."""

    def __init__(self, header: RunHeader, cube: Cube, problems: tuple[Problem, ...], records: Sequence[Record]) -> None:
        self.header = header
        self.scores = cube.scores
        self.problems = problems
        self._cube = cube
        self._records = records

    def item(self, item_id: str) -> Item:
        """What was asked and expected, and what all records of the item say beside their results."""
        row = self.scores.row_of.get(item_id)
        places = [] if row is None else [place for place in self._cube.places[row].tolist() if place >= 0]
        if not places:
            return Item(item_id)
        first, *others = (mapping(self._records[place].get("metadata")) for place in places)
        agreed = {name: value for name, value in first.items() if all(other.get(name) == value for other in others)}
        return replace(item_of(self._records[places[0]], item_id), metadata=agreed)

    def result(self, item_id: str, repeat: str) -> Result | None:
        """Everything that was recorded of one item in one repeat."""
        place = self._cube.place(item_id, repeat)
        return None if place is None else result_of(self._records[place], item_id, repeat)


def run_of(draft: Draft, header: RunHeader) -> DraftRun:
    """The scores of a draft."""
    problems = ProblemLog(header.location)
    from ragtui.sources.cube.cube import CubeBuilder

    builder = CubeBuilder(header.uid, problems, draft.metrics, draft.may_have)
    for place, record in enumerate(draft.records):
        add_record(builder, ObjectLine(record.get("line", 0), place, place, record), record, problems)
    cube = builder.build(draft.items)
    return DraftRun(header, cube, (*header.problems, *problems.found()), draft.records)


def header_of(draft: Draft, path: Path, request: Request, format_name: str) -> RunHeader:
    """The header of a draft, with counts and means over its records."""
    run_id = f"{request.name}#{draft.key}" if draft.key else request.name
    items = dict.fromkeys([*draft.items, *(identifier(record.get("item")) for record in draft.records)])
    items.pop("", None)
    repeats = {repeat_label(record) for record in draft.records}
    return RunHeader(
        uid=f"{request.source}|{run_id}",
        id=run_id,
        name=draft.name or path.stem,
        source=request.source,
        format=format_name,
        location=str(path),
        configuration=Configuration(draft.dataset, draft.dataset_version, draft.pipeline, draft.judges),
        created=draft.created,
        status=draft.status,
        description=draft.description,
        items=len(items),
        repeats=len(repeats),
        results=len(draft.records),
        errors=sum(bool(record.get("error")) for record in draft.records),
        metrics=_means(draft),
        revision=draft.revision,
        duration_s=draft.duration_s,
        problems=tuple(Problem(str(path), message, hint) for message, hint in draft.problems),
        extra={"identity": draft.identity} if draft.identity else {},
    )


def _means(draft: Draft) -> tuple[MetricSummary, ...]:
    """Mean of each metric over what was scored, of as many as there are records."""
    sums: dict[str, list[float]] = {metric.name: [0.0, 0] for metric in draft.metrics}
    for record in draft.records:
        failed = bool(record.get("error"))
        for name, value in _values(record):
            known = sums.setdefault(name, [0.0, 0])
            if value is not None and not failed:
                known[0] += value
                known[1] += 1
    expected = len(draft.records)
    return tuple(
        MetricSummary(name, total / count if count else None, int(count), expected)
        for name, (total, count) in sums.items()
    )


def _values(record: Record) -> Iterable[tuple[str, float | None]]:
    for name, said in mapping(record.get("scores")).items():
        raw: Any = said
        if isinstance(said, dict):
            raw = None if said.get("error") else said.get("value")
        yield name, as_score(raw)
