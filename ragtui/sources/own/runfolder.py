"""ragtui's own run folder, format version 1.

A run is a folder with two files:

    summary.json    what the run is: small, replaced as a whole (temporary file, fsync, rename)
    results.jsonl   one JSON object a line, one line for each item in each repeat, only ever appended to

and may hold `dataset.json`, a copy of the golden items (see `ragtui.sources.datasetfile`). Every field may be left out,
except `ragtui` in the summary and `item` in a result. Fields that a reader does not know are kept or skipped, never an
error; a summary of a higher version is read as far as it is understood, with a warning.

summary.json:

    ragtui            1, the format version
    id, name          the run's own id, and what people call it (the folder's name by default)
    created, finished ISO 8601 times
    status            running, complete, cancelled, failed or partial; running without a live writer means partial
    origin            nothing for a measured run, else "constructed" or "simulated"
    description       a sentence for people
    dataset           {name, version, file, items}: `file` relative to the folder, `items` how many
    pipeline          settings of the pipeline under test, any JSON object
    judges            settings of the judges, one object a judge
    metrics           [{name, kind, higher_is_better, direction_from, scale: [low, high], unit, role}]; kind is binary,
                      ordinal, unit, logpos or linear, or left out to have it detected; direction_from is
                      "guessed" where the name alone said so; role is quality or resource; label_of names the category
                      whose label "winner = left" counts
    repeats           how many passes over the items were planned
    expected_results, results, errors, error_rate
    aggregates        {metric: {mean, scored, expected}}; mean is over scored results only
    git               {commit, branch, dirty}
    duration_s, cost_usd, tokens
    selection         item ids of a run limited to some items
    confirms          id of the run whose doubtful items a targeted run repeats
    rejudge_of        id of the run whose stored answers were judged again
    trace_url_template   "https://…/{trace_id}"

results.jsonl, an object a line:

    item              id of the golden item
    repeat            1, 2, 3, …
    attempt           1, 2, …; of the same item and repeat the highest attempt counts
    judging           1, 2, … when stored answers were judged again; the repeat is then called "2.1"
    question, expected   optional copies from the dataset
    output            the answer
    contexts          [{id, title, text, score, relevant}] in rank order
    scores            {metric: number} or {metric: {value, rationale, judge, error, raw, label}}; a null value with an
                      error is a failed judge, a null value alone is missing
    error             the pipeline's error, a text or {message}; every metric of this result is then an item error
    latency_s, cost_usd, tokens   tokens is {input, output}
    trace_id, trace_url, started_at, metadata

Two lines with the same item, repeat, judging and attempt: equal lines count once, different lines are both refused.
A last line that is cut off is normal after a kill: it is left out, and cut away when the run is resumed.

Listing reads summary.json only. Loading makes one pass over results.jsonl and keeps scores as arrays and the byte
offset of each line; the text of a result is read from there when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ragtui.errors import InputError
from ragtui.files.fields import identifier
from ragtui.files.jsonlines import MAX_LINE, read_object_at, read_objects
from ragtui.files.problems import ProblemLog
from ragtui.files.regular import Footprint, kind_of
from ragtui.model import Dataset, Item, Metric, Problem, Result, RunHeader, State
from ragtui.sources.base import LoadedRun
from ragtui.sources.cube.cube import Cube, CubeBuilder
from ragtui.sources.cube.kept import kept_or_built
from ragtui.sources.cube.records import add_record, item_of, result_of
from ragtui.sources.datasetfile import read_dataset
from ragtui.sources.own.summary import (
    DATASET,
    RESULTS,
    SUMMARY,
    header_of,
    metrics_of,
    read_summary,
    selection_of,
    trace_template,
)

__all__ = [
    "DATASET",
    "RESULTS",
    "SUMMARY",
    "LinesRun",
    "load_folder",
    "load_lines",
    "read_folder_header",
    "read_folder_metrics",
]

Normalise = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Another harness's record as a record of the own format."""


def _as_it_is(record: Mapping[str, Any]) -> Mapping[str, Any]:
    return record


class LinesRun(LoadedRun):
    """A run whose results are lines of a file; text is read by byte offset."""

    def __init__(
        self,
        header: RunHeader,
        cube: Cube,
        problems: tuple[Problem, ...],
        results: Path,
        *,
        normalise: Normalise = _as_it_is,
        items: Mapping[str, Item] | None = None,
        trace_url: str = "",
        footprint: Footprint | None = None,
    ) -> None:
        self._footprint = footprint
        self.header = header
        self.scores = cube.scores
        self.problems = problems
        self.cube = cube
        self._results = results
        self._normalise = normalise
        self._items = items or {}
        self._trace_url = trace_url

    def item(self, item_id: str) -> Item:
        """The golden item: from the dataset file, else as copied into a result."""
        if item_id in self._items:
            return self._items[item_id]
        place = self.cube.first_place(item_id)
        return Item(item_id) if place is None else item_of(self._record(place, item_id), item_id)

    def result(self, item_id: str, repeat: str) -> Result | None:
        """Text of one item in one repeat, read from its line."""
        place = self.cube.place(item_id, repeat)
        if place is None:
            return None
        result = result_of(self._record(place, item_id), item_id, repeat)
        if not self._is_unchanged() and not self._agrees(result):
            raise self._changed()
        return with_trace_url(result, self._trace_url)

    def _record(self, place: int, item_id: str) -> Mapping[str, Any]:
        """The record at a place, if it is still about this item: the file may have been written anew."""
        if self._footprint is not None and not self._footprint.goes_on_as(Footprint.of(self._results)):
            raise self._changed()
        record = self._normalise(read_object_at(self._results, place))
        if identifier(record.get("item")) != item_id:
            raise self._changed()
        return record

    def _changed(self) -> InputError:
        return InputError(f"{self._results}: changed while it was open", "reload the run")

    def _is_unchanged(self) -> bool:
        return self._footprint is None or self._footprint == Footprint.of(self._results)

    def _agrees(self, result: Result) -> bool:
        """Whether a record says the scores that were read: else it is of another run at the same place."""
        row = self.scores.row_of[result.item_id]
        layer = next(n for n, repeat in enumerate(self.scores.repeats) if repeat.label == result.repeat)
        for name, judged in result.judgements.items():
            column = self.scores.column_of.get(name)
            if column is None or judged.value is None or self.scores.states[row, column, layer] != State.SCORED:
                continue
            if self.scores.values[row, column, layer] != judged.value:
                return False
        return True


def with_trace_url(result: Result, template: str) -> Result:
    """The result with its trace address made from its trace id, where only the id was recorded."""
    if result.trace_url or not result.trace_id or "{trace_id}" not in template:
        return result
    return replace(result, trace_url=template.replace("{trace_id}", result.trace_id))


def read_folder_header(folder: Path, source: str, fallback_id: str) -> RunHeader:
    """The header of a run folder, from its summary alone; damage becomes a problem of the header."""
    problems = ProblemLog(str(folder / SUMMARY))
    summary = read_summary(folder / SUMMARY, problems)
    return header_of(folder, summary, source, fallback_id, problems)


def read_folder_metrics(folder: Path) -> tuple[Metric, ...]:
    """What a run folder's summary says of its metrics; its damage is said with its header."""
    return metrics_of(read_summary(folder / SUMMARY, ProblemLog(str(folder / SUMMARY))))


def load_folder(folder: Path, header: RunHeader, max_line: int = MAX_LINE) -> LinesRun:
    """Scores of a run folder.

    Raises:
        InputError: results.jsonl is missing or unreadable.
    """
    results = folder / RESULTS
    if other := kind_of(results):
        raise InputError(f"{results}: is {other}, not a file: not opened", "remove it, and copy the run again")
    if not results.is_file():
        raise InputError(f"{results}: missing", "the folder holds a summary but no results; copy the run again")
    problems = ProblemLog(str(folder / SUMMARY))
    summary = read_summary(folder / SUMMARY, problems)
    dataset = _dataset_of(folder, summary, problems)
    return load_lines(
        results,
        header,
        metrics=metrics_of(summary),
        known=(*header.problems, *problems.found()),
        dataset=dataset,
        selection=selection_of(summary),
        trace_url=trace_template(summary),
        max_line=max_line,
    )


def load_lines(
    results: Path,
    header: RunHeader,
    *,
    metrics: tuple[Metric, ...] = (),
    known: tuple[Problem, ...] = (),
    dataset: Dataset | None = None,
    selection: tuple[str, ...] | None = None,
    trace_url: str = "",
    normalise: Normalise = _as_it_is,
    max_line: int = MAX_LINE,
) -> LinesRun:
    """Scores of a results file, in one pass.

    Raises:
        InputError: it cannot be opened, or its repeats cannot be told apart.
    """
    footprint = Footprint.of(results)
    items = dataset.by_id() if dataset else {}
    rows = [item for item in items if selection is None or item in selection]

    def build() -> tuple[Cube, tuple[Problem, ...]]:
        problems = ProblemLog(str(results))
        builder = CubeBuilder(header.uid, problems, metrics)
        for line in read_objects(results, problems, max_line):
            add_record(builder, line, normalise(line.record), problems)
        cube = builder.build(rows)
        if not (cube.places >= 0).any():
            problems.add("holds no results")
        return cube, problems.found()

    if normalise is _as_it_is:
        cube, found = kept_or_built(results, header.uid, (repr(metrics), repr(rows), str(max_line)), build)
    else:
        cube, found = build()
    problems = tuple(dict.fromkeys((*known, *found)))
    return LinesRun(
        header, cube, problems, results, normalise=normalise, items=items, trace_url=trace_url, footprint=footprint
    )


def _dataset_of(folder: Path, summary: Mapping[str, Any], problems: ProblemLog) -> Dataset | None:
    """The run's golden items: its own copy, else the named file when it is still the version that was used."""
    named = summary.get("dataset")
    named = named if isinstance(named, dict) else {}
    own = folder / DATASET
    try:
        if own.is_file():
            return read_dataset(own, bare=True)
        if not isinstance(named.get("file"), str) or not (folder / named["file"]).is_file():
            return None
        dataset = read_dataset(folder / named["file"], blanks=True)
    except (InputError, OSError, ValueError) as error:
        problems.add(f"the dataset cannot be used: {error}")
        return None
    used = named.get("version")
    if used and str(used) not in (dataset.version, dataset.content_hash()):
        problems.add(
            f"the dataset file {named['file']} is version {dataset.version}, the run used {used}: questions are taken"
            " from the results instead",
            kind="dataset version",
        )
        return None
    return dataset
