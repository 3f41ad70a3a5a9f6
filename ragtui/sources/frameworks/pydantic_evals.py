"""pydantic-evals reports, as `EvaluationReportAdapter.dump_json` writes them: labels are categories."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ragtui.files.fields import mapping, number, text, whole
from ragtui.model import Metric, Problem, label_metric
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.ids import keep_apart, name_items, number_repeats
from ragtui.sources.drafts.metrics import as_stated
from ragtui.sources.drafts.opened import read_document
from ragtui.sources.drafts.values import objects, question_in, score
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek

_REPEAT = re.compile(r"^(?P<name>.*) \[(?P<repeat>\d+)/\d+\]$", re.DOTALL)
_MOST_LABELS = 8
"""Different texts from which labels are free text rather than a category."""
_MEASURED = ("cost", "input_tokens", "output_tokens")

Case = Mapping[str, Any]


def sniff(peek: Peek) -> bool:
    """Cases with scores, labels and assertions of their own."""
    cases = objects(peek.top.get("cases"))
    if cases:
        return {"inputs", "scores", "assertions"} <= set(cases[0])
    return {"cases", "failures", "name"} <= set(peek.top)


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """The run of a report."""
    yield from read_document(peek, request, FORMAT, drafts)


def drafts(document: Any, source: Source) -> Iterator[Draft]:
    """The one run of a report."""
    report = mapping(document)
    cases, failures = objects(report.get("cases")), objects(report.get("failures"))
    made = _made_by(cases)
    records = [_record(case, made) for case in cases] + [_failed(case) for case in failures]
    numbered = bool(records) and all(record["repeat"] for record in records)
    passes = {name: True for case in cases for name in mapping(case.get("assertions"))}
    labels = _labels(cases)
    for case, record in zip(cases, records, strict=False):
        record["scores"] |= _labelled(case, labels)
    known = {label.name for told in labels.values() for label in told.values()}
    plain = (name for record in records for name in record["scores"] if name not in known)
    draft = Draft(
        name=text(report.get("name")) or source.path.stem,
        records=records,
        dataset=text(report.get("dataset_name")),
        pipeline={"task": report.get("name"), **mapping(report.get("experiment_metadata"))},
        judges=_judges(cases),
        metrics=[*as_stated(passes, plain), *(label for told in labels.values() for label in told.values())],
        identity=text(report.get("trace_id")),
    )
    name_items(draft)
    if not numbered:
        sources = [text(case.get("source_case_name")) for case in (*cases, *failures)]
        if records and all(sources):
            number_repeats(records)
        else:
            keep_apart(draft)
    for failure in objects(report.get("report_evaluator_failures")):
        draft.note(f"report evaluator {text(failure.get('name'))} failed: {text(failure.get('error_message'))}")
    yield draft


def _labels(cases: list[Case]) -> dict[str, dict[str, Metric]]:
    """The labels of each category, one metric a label; texts of too many kinds are no category."""
    told: dict[str, dict[str, None]] = {}
    for case in cases:
        for name, said in mapping(case.get("labels")).items():
            value = mapping(said).get("value")
            if isinstance(value, str) and value.strip():
                told.setdefault(name, {})[value.strip()] = None
    few = {name: sorted(labels) for name, labels in told.items() if len(labels) <= _MOST_LABELS}
    return {name: {label: label_metric(name, label) for label in labels} for name, labels in few.items()}


def _labelled(case: Case, labels: Mapping[str, Mapping[str, Metric]]) -> dict[str, Any]:
    """1 for the label that a case was given, 0 for the others of its category; nothing where it was given none."""
    found: dict[str, Any] = {}
    for name, said in mapping(case.get("labels")).items():
        entry = mapping(said)
        given = text(entry.get("value")).strip()
        for label, metric in labels.get(name, {}).items():
            if given:
                found[metric.name] = score(
                    float(given == label), label=given, rationale=text(entry.get("reason")), judge=_judge(entry)
                )
    return found


def _identity(case: Case) -> tuple[str, str]:
    name = text(case.get("name"))
    found = _REPEAT.match(name)
    item = text(case.get("source_case_name")) or (found["name"] if found else name)
    return item, str(int(found["repeat"])) if found else ""


def _made_by(cases: list[Case]) -> dict[str, tuple[str, ...]]:
    """Names of the scores and assertions that each evaluator made anywhere: where it fails, these are what failed."""
    found: dict[str, dict[str, None]] = {}
    for case in cases:
        for kind in ("scores", "assertions"):
            for name, said in mapping(case.get(kind)).items():
                found.setdefault(text(mapping(mapping(said).get("source")).get("name")), {})[name] = None
    return {evaluator: tuple(names) for evaluator, names in found.items()}


def _record(case: Case, made: Mapping[str, tuple[str, ...]]) -> Record:
    item, repeat = _identity(case)
    measured = mapping(case.get("metrics"))
    scores: dict[str, Any] = {}
    for kind in ("scores", "assertions"):
        for name, said in mapping(case.get(kind)).items():
            entry = mapping(said)
            scores[name] = score(entry.get("value"), rationale=text(entry.get("reason")), judge=_judge(entry))
    scores |= {name: value for name, value in measured.items() if name not in (*_MEASURED, *scores)}
    for failure in objects(case.get("evaluator_failures")):
        name = text(failure.get("name")) or "evaluator"
        source = text(mapping(failure.get("source")).get("name"))
        error = text(failure.get("error_message")) or "evaluator failed"
        for metric in made.get(source) or made.get(name) or (name,):
            scores.setdefault(metric, score(None, error=error, judge=_judge(failure)))
    labels = {name: mapping(said).get("value") for name, said in mapping(case.get("labels")).items()}
    tokens = {name: whole(measured.get(f"{name}_tokens")) for name in ("input", "output")}
    return {
        "item": item,
        "repeat": repeat,
        "question": question_in(case.get("inputs")),
        "expected": case.get("expected_output"),
        "output": case.get("output"),
        "scores": scores,
        "error": None,
        "latency_s": number(case.get("task_duration")),
        "cost_usd": number(measured.get("cost")),
        "tokens": {name: count for name, count in tokens.items() if count is not None},
        "trace_id": text(case.get("trace_id")),
        "metadata": {**mapping(case.get("attributes")), **labels, **mapping(case.get("metadata"))},
    }


def _failed(case: Case) -> Record:
    item, repeat = _identity(case)
    said = text(case.get("error_message")) or "the task failed"
    trace = text(case.get("error_stacktrace"))
    return {
        "item": item,
        "repeat": repeat,
        "question": question_in(case.get("inputs")),
        "expected": case.get("expected_output"),
        "scores": {},
        "error": f"{said}\n{trace}" if trace else said,
        "trace_id": text(case.get("trace_id")),
        "metadata": mapping(case.get("metadata")),
    }


def _judge(entry: Case) -> str:
    source, version = mapping(entry.get("source")), text(entry.get("evaluator_version"))
    return " ".join(part for part in (text(source.get("name")), version) if part)


def _judges(cases: list[Case]) -> dict[str, Any]:
    """Evaluator, its arguments and version, by metric."""
    found: dict[str, Any] = {}
    for case in cases:
        for kind in ("scores", "assertions", "labels"):
            for name, said in mapping(case.get(kind)).items():
                entry = mapping(said)
                judge = {"evaluator": entry.get("source"), "version": entry.get("evaluator_version")}
                found.setdefault(name, {key: value for key, value in judge.items() if value is not None})
    return found


FORMAT = Format(
    name="pydantic-evals",
    tool="pydantic-evals",
    files="reports as JSON",
    told_by="`cases` with `inputs`, `scores` and `assertions`",
    item="`source_case_name`, else the case's name; made from the inputs without one",
    repeat='"[2/5]" behind the case\'s name',
    configuration="report name and `experiment_metadata`; judges: evaluator, arguments and version of each score",
    error="`failures`; `evaluator_failures` are errors of their metrics",
    directions="assertions stated (true is a pass); scores guessed from their names",
    endings=(".json",),
    sniff=sniff,
    read=read,
)
