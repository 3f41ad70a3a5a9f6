"""Langfuse results that are files: `result_json` of the experiment action, and experiment or run items with scores.

Items come from the API (a page with `data`, or a list), as JSON Lines, or as the CSV of the web pages, whose scores
are in `scores.<name>` columns or in one column as JSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ragtui.files.fields import identifier, mapping, text, timestamp
from ragtui.files.fields import score as as_score
from ragtui.model import Problem
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.ids import id_of, keep_apart, name_items
from ragtui.sources.drafts.metrics import as_stated
from ragtui.sources.drafts.opened import LINE, read_document, read_rows
from ragtui.sources.drafts.values import alone, objects, parsed, question_in, score, seconds_between, spoken, truth
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek

_ITEM = ("experimentItemId", "datasetItemId", "dataset_item_id", "experiment_item_id")
_RUN = ("experimentName", "datasetRunName", "runName", "dataset_run_name", "experimentId", "datasetRunId")
_PREFIX = "scores."
_LINKS = frozenset({"datasetItemId", "traceId", "projectId", "datasetName"})
"""What the web page's export of run items holds: links to traces, no scores."""

Row = Mapping[str, Any]


def sniff(peek: Peek) -> bool:
    """Results of the action, or items with scores."""
    if _action_results(peek.top):
        return True
    return _is_item(next(iter(objects(peek.top.get("data"))), {})) or _is_item(dict.fromkeys(peek.fields))


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """One run an experiment."""
    if peek.kind == "json" and peek.top:
        yield from read_document(peek, request, FORMAT, of_document)
    else:
        yield from read_rows(peek, request, FORMAT, drafts)


def of_document(document: Any, source: Source) -> Iterator[Draft]:
    """The runs of an action's results, or of a page of items."""
    document = mapping(document)
    results = _action_results(document)
    if not results:
        yield from drafts(objects(document.get("data")), source)
    for place, result in enumerate(results, start=1):
        run = mapping(result.get("experiment_result")) or result
        items = objects(run.get("item_results"))
        if not items:
            script = text(result.get("script_path")) or f"result {place}"
            source.problems.add(f"{script}: no results of items", text(result.get("error")), kind=script)
            continue
        draft = Draft(
            key=text(run.get("run_name") or run.get("experiment_id")) if len(results) > 1 else "",
            name=text(run.get("run_name") or run.get("experiment_name")) or source.path.stem,
            records=[_of_action(item) for item in items],
            pipeline=mapping(run.get("metadata")),
            identity=text(run.get("dataset_run_id") or run.get("experiment_id")),
        )
        yield _finished(draft)


def drafts(rows: Sequence[Row], source: Source) -> Iterator[Draft]:
    """One run an experiment."""
    by_run: dict[str, list[Row]] = {}
    if not any(map(_has_scores, rows)):
        return  # links to traces alone
    for row in rows:
        by_run.setdefault(text(_first(row, _RUN)), []).append(row)
    for run, of_run in by_run.items():
        draft = Draft(
            key=run if len(by_run) > 1 else "",
            name=run or source.path.stem,
            records=[_record(row) for row in of_run],
            dataset=text(_first(of_run[0], ("datasetName", "experimentDatasetId", "datasetId"))),
            pipeline=mapping(parsed(of_run[0].get("experimentMetadata"))),
            created=min(
                filter(None, (timestamp(_first(row, ("startTime", "createdAt"))) for row in of_run)), default=None
            ),
            identity=text(_first(of_run[0], ("experimentId", "datasetRunId"))),
        )
        yield _finished(draft)


def _finished(draft: Draft) -> Draft:
    draft.metrics = as_stated({}, (name for record in draft.records for name in record["scores"]))
    name_items(draft)
    keep_apart(draft)
    return draft


def _started(row: Row) -> datetime | None:
    return timestamp(_first(row, ("startTime", "createdAt")))


def _first(row: Row, names: Sequence[str]) -> Any:
    return next((row[name] for name in names if row.get(name) not in (None, "")), None)


def _action_results(document: Row) -> list[Row]:
    """Results of the experiment action, or one result written alone."""
    results = objects(document.get("results"))
    if any("experiment_result" in result for result in results):
        return results
    items = objects(document.get("item_results"))
    return [document] if items and "evaluations" in items[0] else []


def _is_item(row: Row) -> bool:
    named = bool(set(_ITEM) & set(row))
    return named and (_has_scores(row) or set(row) >= _LINKS)


def _has_scores(row: Row) -> bool:
    return "scores" in row or any(name.startswith(_PREFIX) for name in row)


def _of_action(said: Row) -> Record:
    item = said.get("item")
    own = mapping(item)
    asked = said.get("input", own.get("input"))
    found: dict[str, Any] = {}
    for entry in objects(said.get("evaluations")):
        found[text(entry.get("name"))] = _score(entry)
    found.pop("", None)
    return {
        "item": identifier(own.get("id")) or (identifier(item) if not isinstance(item, dict) else "") or id_of(asked),
        "question": question_in(asked),
        "expected": spoken(alone(said.get("expected_output", own.get("expected_output", own.get("expectedOutput"))))),
        "output": spoken(alone(said.get("output"))),
        "scores": found,
        "error": said.get("error"),
        "trace_id": text(said.get("trace_id")),
        "metadata": mapping(own.get("metadata")),
    }


def _record(row: Row) -> Record:
    asked = parsed(row.get("input"))
    found = {text(entry.get("name")): _score(entry) for entry in objects(parsed(row.get("scores")))}
    if isinstance(said := parsed(row.get("scores")), dict):
        found |= {text(name): _plain(value) for name, value in said.items()}
    found |= {name.removeprefix(_PREFIX): _plain(value) for name, value in row.items() if name.startswith(_PREFIX)}
    found.pop("", None)
    latency = as_score(row.get("latency"))
    cost = as_score(_first(row, ("totalCost", "cost")))
    return {
        "line": row.get(LINE, 0),
        "item": identifier(_first(row, _ITEM)) or id_of(asked),
        "question": question_in(asked),
        "expected": spoken(alone(parsed(_first(row, ("expectedOutput", "expected_output"))))),
        "output": spoken(alone(parsed(row.get("output")))),
        "scores": found,
        "error": (text(row.get("statusMessage")) or "the trace has level ERROR") if row.get("level") == "ERROR" else "",
        "latency_s": latency if latency is not None else seconds_between(row.get("startTime"), row.get("endTime")),
        "cost_usd": cost,
        "trace_id": text(_first(row, ("traceId", "trace_id"))),
        "metadata": mapping(parsed(_first(row, ("experimentItemMetadata", "itemMetadata", "metadata")))),
    }


def _score(entry: Row) -> dict[str, Any]:
    kind = text(_first(entry, ("dataType", "data_type"))).upper()
    value = entry.get("value")
    label = text(entry.get("stringValue") or entry.get("string_value"))
    if kind == "CATEGORICAL":  # said by the type, so one answer of a kind is a category too
        label = label or text(value)
        value = known if isinstance(known := truth(label), float) else None
    return score(
        value if not isinstance(value, str) else truth(value), label=label, rationale=text(entry.get("comment"))
    )


def _plain(value: Any) -> Any:
    """A score of a CSV cell or of an object by names; several values of one name in a cell stay as they are written."""
    said = parsed(value)
    if isinstance(said, dict):
        return _score(said)
    if isinstance(said, list) and len(said) == 1:
        said = said[0]
    return score(None) if said in (None, "", []) else truth(said)


FORMAT = Format(
    name="langfuse-export",
    tool="Langfuse",
    files="`result_json` of the experiment action; experiment or run items with scores as JSON, JSON Lines or CSV",
    told_by="`experiment_result` with `item_results`; items with `experimentItemId` or `datasetItemId` and `scores`",
    item="the dataset item; made from the input without one",
    repeat="none: one result an item and run",
    configuration="one run an experiment; `experimentMetadata`",
    error="level ERROR; the SDK leaves failed items out, so compare the number of items with your dataset",
    endings=(".json", ".jsonl", ".csv"),
    sniff=sniff,
    read=read,
)
