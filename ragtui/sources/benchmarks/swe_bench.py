"""SWE-bench: the report of a run, and the folder of its instances' reports.

An instance that could not be evaluated (`error_ids`) is an error; one without a patch was answered and not resolved;
one that was never submitted is missing. Reports of 2026 name instances that failed by their environment
(`infra_failure_ids`, `infra_failure` in an instance's own report): they are unresolved there and errors here. What may
be either the environment or the patch (`ambiguous_failure_ids`) stays unresolved, with the reason (as
swebench.harness.reporting of August 2026 writes it).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ragtui.files.fields import mapping, text, whole
from ragtui.files.problems import ProblemLog
from ragtui.model import Problem
from ragtui.sources.drafts.beside import json_at
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.metrics import stated
from ragtui.sources.drafts.opened import read_document, read_with
from ragtui.sources.drafts.values import listed, score
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek

_LOGS = "run_evaluation"
_REPORT = "report.json"
_SUITES = {"FAIL_TO_PASS": "fail_to_pass", "PASS_TO_PASS": "pass_to_pass"}
_AT_MOST = 50_000
_UNFINISHED = "no report: the evaluation did not finish"


def sniff(peek: Peek) -> bool:
    """Lists of resolved and other instances."""
    top = set(peek.top)
    return "resolved_ids" in top and bool({"unresolved_ids", "submitted_ids", "completed_ids", "error_ids"} & top)


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """The run of a report."""
    yield from read_document(peek, request, FORMAT, drafts)


def claims(folder: Path, names: frozenset[str]) -> frozenset[str]:
    """A model's folder below logs/run_evaluation/<run>: all of it."""
    return names if folder.parent.parent.name == _LOGS and names else frozenset()


def read_folder(folder: Path, request: Request) -> Iterator[Found | Problem]:
    """The run of a model's folder of instances."""
    yield from read_with(folder, request, FORMAT, of_folder, _instances)


def drafts(document: Any, source: Source) -> Iterator[Draft]:
    """The one run of a report."""
    report = mapping(document)

    def ids(name: str) -> list[str]:
        return [text(entry) for entry in listed(report.get(f"{name}_ids")) if text(entry)]

    resolved, failed, empty = set(ids("resolved")), set(ids("error")), set(ids("empty_patch"))
    answered = dict.fromkeys(
        [*ids("resolved"), *ids("unresolved"), *ids("completed"), *ids("empty_patch"), *ids("error")]
    )
    reasons = mapping(report.get("failure_reasons"))
    why = {item: text(reasons.get(item)) or "the evaluation failed" for item in failed - resolved}
    by_environment = [item for item in ids("infra_failure") if item in answered and item not in resolved]
    why |= {item: text(reasons.get(item)) or "the environment failed" for item in by_environment}
    records = [_record(item, resolved, why, empty, text(reasons.get(item))) for item in sorted(answered)]
    model = text(report.get("model")) or source.path.stem.rpartition(".")[0] or source.path.stem
    total = whole(report.get("total_instances"))
    asked = sorted({*answered, *ids("submitted"), *ids("incomplete")})
    draft = Draft(
        name=source.path.stem,
        records=records,
        dataset="SWE-bench",
        pipeline={"model": model},
        metrics=[stated("resolved")],
        items=asked,
    )
    if total is not None and total > len(asked):
        draft.note(f"the report speaks of {total} instances and names {len(asked)}: the others are not here")
    if by_environment:
        draft.note(
            f"{len(by_environment)} instances failed by their environment: errors, which SWE-bench counts as unresolved"
        )
    if unfinished := len(asked) - len(answered):
        draft.note(f"{unfinished} instances were not evaluated: they are missing")
    yield draft


def _record(item: str, resolved: set[str], why: Mapping[str, str], empty: set[str], reason: str) -> Record:
    error = why.get(item, "")
    label = "resolved" if item in resolved else "empty patch" if item in empty else "unresolved"
    return {
        "item": item,
        "repeat": "1",
        "scores": {} if error else {"resolved": score(item in resolved, label=label, rationale=reason)},
        "error": error,
        "metadata": {"repository": item.rpartition("-")[0].replace("__", "/")},
    }


def _instances(folder: Path, problems: ProblemLog) -> dict[str, Any]:
    """Report of each instance by its id; None where there is none."""
    places = sorted(place for place in folder.iterdir() if place.is_dir())[:_AT_MOST]
    return {place.name: json_at(place / _REPORT, problems) for place in places}


def of_folder(instances: Mapping[str, Any], source: Source) -> Iterator[Draft]:
    """The one run of a model's folder."""
    records = [_of_instance(item, mapping(mapping(report).get(item))) for item, report in instances.items()]
    names = dict.fromkeys(["resolved", *(name for record in records for name in record["scores"])])
    yield Draft(
        name=f"{source.path.name}.{source.path.parent.name}",
        records=records,
        dataset="SWE-bench",
        pipeline={"model": source.path.name},
        metrics=[stated(name) for name in names],
    )


def _of_instance(item: str, report: Mapping[str, Any]) -> Record:
    reason = text(report.get("infra_failure_reason"))
    broken = report.get("infra_failure") is True and report.get("resolved") is not True
    done = isinstance(report.get("resolved"), bool) and not broken
    scores: dict[str, Any] = {"resolved": score(report["resolved"], rationale=reason)} if done else {}
    for suite, name in _SUITES.items():
        told = mapping(mapping(report.get("tests_status")).get(suite))
        passed, failed = len(listed(told.get("success"))), len(listed(told.get("failure")))
        if done and passed + failed:
            scores[name] = score(
                passed / (passed + failed), rationale="\n".join(map(text, listed(told.get("failure"))))
            )
    return {
        "item": item,
        "repeat": "1",
        "scores": scores,
        "error": "" if done else (reason or "the environment failed") if broken else _UNFINISHED,
        "metadata": {"repository": item.rpartition("-")[0].replace("__", "/")},
    }


FORMAT = Format(
    name="swe-bench",
    tool="SWE-bench",
    files="<model>.<run>.json, logs/run_evaluation/<run>/<model>",
    told_by="`resolved_ids` beside `unresolved_ids`, `submitted_ids` or `error_ids`; a folder below run_evaluation",
    item="instance id",
    repeat="none in a file; runs of one model are repeats",
    configuration="model (from the file's name)",
    error="`error_ids`, `infra_failure_ids`; an instance without a report, or whose environment failed. An empty patch"
    " is not resolved",
    directions="stated",
    endings=(".json",),
    sniff=sniff,
    read=read,
    claims=claims,
    read_folder=read_folder,
)
