"""Runs of any format as ragtui run folders, or as one long table: a row a score, with everything beside it.

Nothing is lost on the way: every score of the cube, every failed judge and pipeline error, rationales, repeats and
metadata. What a format could not say (a metric that was never scored, an item without a record) is written as such.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ragtui.files.fields import number
from ragtui.model import COST, LATENCY, TOKENS, Dataset, Item, Metric, Result, RunHeader, RunStatus, State, label_name
from ragtui.sources import LoadedRun
from ragtui.sources.cube.records import token_sum
from ragtui.sources.own.encode import record_of
from ragtui.sources.own.writer import RunWriter

_MEASURED = {LATENCY.name: "latency_s", COST.name: "cost_usd", TOKENS.name: "tokens"}
_WORDS = {State.METRIC_ERROR: "no score", State.NON_FINITE: "not a finite number"}
_UNFIT = re.compile(r"[^\w.+-]+")
_LONGEST_NAME = 80

NUMBERS = ("score", "latency_s", "cost_usd")
"""Columns that hold numbers; every other one holds text, and nothing is an empty cell or null."""


@dataclass(frozen=True, slots=True)
class WrittenRun:
    """One run that was written.

    Attributes:
        header: as it was read.
        folder: where it is now.
        results: how many item-repeats it has.
    """

    header: RunHeader
    folder: Path
    results: int


def write_run(run: LoadedRun, parent: Path) -> WrittenRun:
    """Write one run as a folder of ragtui's own format below `parent`, named after the run.

    Raises:
        InputError: it cannot be written.
    """
    header = run.header
    folder = _free_folder(parent, header)
    settings = header.configuration
    items = [run.item(item) for item in run.scores.items]
    extra = {"converted_from": {"format": header.format, "location": header.location, "id": header.id}}
    revision = header.revision
    with RunWriter.create(
        folder,
        id=folder.name,
        name=header.name,
        dataset=_dataset(run, items),
        pipeline=settings.pipeline,
        judges=settings.judges,
        metrics=[metric for metric in run.scores.metrics if metric.name not in _MEASURED],
        repeats=len(run.scores.repeats),
        expected_results=header.expected_results,
        created=header.created,
        origin=header.origin,
        description=header.description,
        git={"commit": revision.commit, "branch": revision.branch, "dirty": revision.dirty} if revision else None,
        selection=header.selection,
        confirms=header.confirms,
        rejudge_of=header.rejudge_of,
        extra=extra | ({} if header.created else {"created": None}),
        sync_each=False,
    ) as writer:
        count = 0
        for record in records_of(run):
            writer.append_record(record)
            count += 1
        status = RunStatus.PARTIAL if header.status is RunStatus.RUNNING else header.status
        writer.finish(status, **({} if header.duration_s is None else {"duration_s": header.duration_s}))
    return WrittenRun(header, folder, count)


def records_of(run: LoadedRun) -> Iterator[dict[str, Any]]:
    """Every result of a run as a record of the own format, agreeing with its scores cell by cell."""
    scores = run.scores
    items = {item: run.item(item) for item in scores.items}
    for layer, repeat in enumerate(scores.repeats):
        for row, item in enumerate(scores.items):
            result = run.result(item, repeat.label)
            states = scores.states[row, :, layer]
            if result is None and not states.any():
                continue
            record = record_of(result or Result(item, repeat.label), items[item])
            _settle(record, scores.metrics, scores.values[row, :, layer].tolist(), states.tolist())
            yield record


def long_rows(run: LoadedRun) -> Iterator[dict[str, Any]]:
    """A row for every score, and one without a metric for a result that has none.

    In front, one without a repeat for every item that has no result at all, and one without an item for every metric
    that was never scored: a table that is compared must not be shorter than the run that it was made of.
    """
    header, metrics = run.header, {metric.name: metric for metric in run.scores.metrics}
    yield from _rows_of_nothing(run)
    for record in records_of(run):
        base = _base_row(header, record, run.item(str(record["item"])).metadata)
        said = {name: value for name, value in record["scores"].items() if name not in _MEASURED}
        for name, field in _MEASURED.items():  # a score of that name goes before, as in the cube
            value = record["scores"].get(name, {}).get("value")
            if value is not None:
                base[field] = {"total": value} if name == TOKENS.name else value
        given = {  # each column of a category carries the label that was given, or it is read back as a plain 0 or 1
            metric.label_of: label_name(metric)
            for name, metric in metrics.items()
            if metric.label_of and said.get(name, {}).get("value") == 1
        }
        for name, entry in (said or {"": {}}).items():
            if name in metrics and (label := given.get(metrics[name].label_of)):
                entry = {**entry, "label": label}
            yield base | _score_row(name, _uncounted(entry) if base["error"] else entry, metrics.get(name))


def _rows_of_nothing(run: LoadedRun) -> Iterator[dict[str, Any]]:
    scores = run.scores
    answered, judged = set[str](), set[str]()
    for record in records_of(run):
        answered.add(str(record["item"]))
        judged |= set(record["scores"])
    for item in scores.items:
        if item not in answered:
            nothing = record_of(Result(item, ""), run.item(item))
            yield _base_row(run.header, nothing, run.item(item).metadata) | _score_row("", {}, None)
    for metric in scores.metrics:
        if metric.name not in judged and metric.name not in _MEASURED:
            yield _base_row(run.header, record_of(Result("", ""), Item("")), {}) | _score_row(metric.name, {}, metric)


def _settle(record: dict[str, Any], metrics: tuple[Metric, ...], values: list[float], states: list[int]) -> None:
    """Make a record say exactly what the cube holds, where its text says less."""
    written = record["scores"]
    for metric, value, state in zip(metrics, values, states, strict=True):
        if state == State.ITEM_ERROR:
            record["error"] = record["error"] or "error"
        elif state == State.SCORED and metric.name in _MEASURED:
            measured = record.get(_MEASURED[metric.name])
            if (token_sum(measured) if metric is TOKENS else number(measured)) != value:
                written[metric.name] = {"value": value}
        elif state == State.SCORED:
            entry = written.setdefault(metric.name, {})
            if entry.get("value") != value or entry.get("error"):
                written[metric.name] = {**entry, "value": value, "error": None}
        elif state in (State.METRIC_ERROR, State.NON_FINITE):
            entry = written.setdefault(metric.name, {})
            written[metric.name] = {**entry, "value": None, "error": entry.get("error") or _WORDS[State(state)]}


def _dataset(run: LoadedRun, items: list[Item]) -> Dataset | Mapping[str, Any]:
    """Items as a dataset file; only the name where every item has a result and there is nothing to say of any."""
    settings, answered = run.header.configuration, bool(run.scores.states.any(axis=(1, 2)).all())
    if any(item.question or item.expected or item.metadata for item in items) or not answered:
        return Dataset(settings.dataset, tuple(items), settings.dataset_version)
    return {"name": settings.dataset, "version": settings.dataset_version}


def _free_folder(parent: Path, header: RunHeader) -> Path:
    """A folder named after the run that does not exist yet."""
    base = _UNFIT.sub("-", header.name).strip("-.")[:_LONGEST_NAME] or "run"
    folder, count = parent / base, 1
    while folder.exists():
        count += 1
        folder = parent / f"{base}-{count}"
    return folder


def _base_row(header: RunHeader, record: Mapping[str, Any], item_metadata: Mapping[str, Any]) -> dict[str, Any]:
    repeat, judging = record.get("repeat"), record.get("judging")
    return {
        "run": header.name,
        "run_id": header.id,
        "format": header.format,
        "item": record["item"],
        "repeat": f"{repeat}.{judging}" if judging else str(repeat),
        "error": record["error"] or "",
        **{name: record.get(name) for name in ("question", "expected", "output", "latency_s", "cost_usd")},
        **{name: record.get(name) for name in ("contexts", "tokens", "trace_id", "started_at", "metadata")},
        "item_metadata": dict(item_metadata),
    }


def _uncounted(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A score beside a pipeline error counts nowhere: what was written stays as it was written."""
    value = entry.get("value")
    return {**entry, "value": None, "raw": entry.get("raw") or ("" if value is None else str(value))}


def _score_row(name: str, entry: Mapping[str, Any], metric: Metric | None) -> dict[str, Any]:
    return {
        "metric": name,
        "score": entry.get("value"),
        "metric_error": entry.get("error") or "",
        **{part: entry.get(part, "") for part in ("label", "rationale", "judge", "raw")},
        "higher_is_better": "" if metric is None or metric.higher_is_better is None else metric.higher_is_better,
        "direction_from": metric.direction_from.value if metric else "",
    }
