"""Terminal-Bench (before Harbor): results.json of a run, with run_metadata.json beside it.

Read as terminal_bench.harness.models and terminal_bench.agents.failure_mode of release 0.2.18 write it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ragtui.files.fields import identifier, mapping, text, timestamp, whole
from ragtui.model import Problem, Revision
from ragtui.places import real_path
from ragtui.sources.drafts.beside import json_beside
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.ids import number_repeats
from ragtui.sources.drafts.metrics import stated
from ragtui.sources.drafts.opened import read_document
from ragtui.sources.drafts.values import objects, score, seconds_between
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek

_RESULTS, _METADATA = "results.json", "run_metadata.json"
_FAILED_ANSWERS = frozenset({"", "none", "unset", "agent_timeout", "test_timeout", "fatal_llm_parse_error",
                             "context_length_exceeded", "output_length_exceeded", "parse_error"})  # fmt: skip
"""Failure modes that are the agent's own: the task counts as not resolved. Others are errors of the machinery."""

Row = Mapping[str, Any]


def sniff(peek: Peek) -> bool:
    """Trials with `is_resolved`."""
    results = objects(peek.top.get("results"))
    return bool(results) and {"task_id", "is_resolved"} <= set(results[0])


def claims(folder: Path, names: frozenset[str]) -> frozenset[str]:
    """Both files of a run, and the trials below it, which say the same once more."""
    if _RESULTS in names and _METADATA in names and sniff(Peek(folder / _RESULTS)):
        return names
    return frozenset()


def read_folder(folder: Path, request: Request) -> Iterator[Found | Problem]:
    """The run of a folder."""
    yield from read(Peek(folder / _RESULTS), request)


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """The run of a results file."""
    yield from read_document(peek, request, FORMAT, drafts)


def drafts(document: Any, source: Source) -> Iterator[Draft]:
    """The one run of a results file."""
    settings = mapping(json_beside(source.path, _METADATA, source.problems))
    trials = sorted(objects(mapping(document).get("results")), key=lambda row: text(row.get("trial_name")))
    records = [_record(trial) for trial in trials]
    number_repeats(records)
    agent, model = text(settings.get("agent_name")), text(settings.get("model_name"))
    names = dict.fromkeys(["resolved", *(name for record in records for name in record["scores"])])
    commit = text(settings.get("commit_hash"))
    yield Draft(
        name=" ".join(part for part in (agent, model.rpartition("/")[2]) if part) or real_path(source.path).parent.name,
        records=records,
        dataset=" ".join(filter(None, (text(settings.get("dataset_name")), text(settings.get("dataset_version"))))),
        pipeline={
            name: settings[name]
            for name in ("agent_name", "model_name", "agent_kwargs")
            if settings.get(name) is not None
        },
        metrics=[stated(name) for name in names],
        created=timestamp(settings.get("start_time")),
        revision=Revision(commit) if commit and commit != "unknown" else None,
        identity=text(mapping(document).get("id")),
    )


def _record(trial: Row) -> Record:
    mode = text(trial.get("failure_mode"))
    resolved = trial.get("is_resolved")
    broken = (mode.casefold() not in _FAILED_ANSWERS and resolved is not True) or not isinstance(resolved, bool)
    tests = [text(said).casefold() for said in mapping(trial.get("parser_results")).values()]
    scores: dict[str, Any] = {"resolved": score(resolved, label=mode if mode not in ("unset", "none") else "")}
    if tests:
        scores["tests_passed"] = tests.count("passed") / len(tests)
    counts = {"input": whole(trial.get("total_input_tokens")), "output": whole(trial.get("total_output_tokens"))}
    return {
        "item": identifier(trial.get("task_id")),
        "question": text(trial.get("instruction")),
        "scores": {} if broken else scores,
        "error": (mode or "no result") if broken else "",
        "latency_s": seconds_between(trial.get("agent_started_at"), trial.get("agent_ended_at")),
        "tokens": {name: count for name, count in counts.items() if count},
        "trace_id": text(trial.get("id")),
        "metadata": {"trial": text(trial.get("trial_name")), "failure_mode": mode},
    }


FORMAT = Format(
    name="terminal-bench",
    tool="Terminal-Bench",
    files="results.json, with the run_metadata.json beside it",
    told_by="`results` with `task_id` and `is_resolved`",
    item="`task_id`",
    repeat="attempts at one task, in the order of their trial names",
    configuration="agent, model and agent arguments of run_metadata.json",
    error="a failure mode that is not the agent's own; a timeout of the agent counts as not resolved",
    directions="stated",
    endings=(".json",),
    sniff=sniff,
    read=read,
    claims=claims,
    read_folder=read_folder,
)
