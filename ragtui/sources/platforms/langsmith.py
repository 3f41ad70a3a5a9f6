"""LangSmith experiments: the CSV of the web pages, and `to_pandas()` as CSV or JSON.

`to_pandas` prefixes columns (`inputs.`, `outputs.`, `reference.`, `feedback.`); repetitions are rows with one
`example_id`, in order. The web export has the bare columns `inputs`, `outputs`, `reference_outputs` and feedback
columns under their own names. Examples with their runs, as the API and `get_experiment_results` give them, have several
runs an example, and of each the `feedback_stats` (langsmith.schemas of release 0.15).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ragtui.files.fields import identifier, mapping, text
from ragtui.files.fields import score as as_score
from ragtui.model import Problem
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.ids import id_of, number_repeats
from ragtui.sources.drafts.metrics import as_stated
from ragtui.sources.drafts.opened import LINE, read_document, read_rows
from ragtui.sources.drafts.values import (
    alone,
    listed,
    objects,
    parsed,
    question_in,
    score,
    seconds_between,
    spoken,
    truth,
)
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek

_PREFIXES = ("inputs.", "outputs.", "reference.", "reference_outputs.", "feedback.", "input.", "output.", "metadata.")
_EXAMPLES = "examples_with_runs"
_PLAIN = frozenset({
    "inputs", "outputs", "reference_outputs", "reference", "error", "execution_time", "example_id", "id", "run_id",
    "status", "latency", "latency_s", "tokens", "total_tokens", "prompt_tokens", "completion_tokens", "total_cost",
    "cost", "start_time", "end_time", "created_at", "trace_id", "session_id", "session_name", "experiment", "name",
    "run_name", "run_type", "tags", "metadata", "attachments", "dataset_id", "repetition", "notes", "comment",
})  # fmt: skip


def sniff(peek: Peek) -> bool:
    """An example id with feedback columns, or with inputs, outputs and the columns of the web export."""
    if _runs_in(peek.record) or _runs_in(_first(peek.top)):
        return True
    fields = peek.fields
    if "example_id" not in fields and not any(name.startswith("feedback.") for name in fields):
        return False
    if any(name.startswith("feedback.") for name in fields):
        return any(
            name.startswith(("inputs.", "input.", "outputs.", "output.")) or name in ("inputs", "outputs")
            for name in fields
        )
    return {"inputs", "outputs"} <= fields and bool({"reference_outputs", "latency", "status"} & fields)


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """One run an experiment."""
    if _runs_in(_first(peek.top)):
        yield from read_document(peek, request, FORMAT, lambda document, source: drafts(document[_EXAMPLES], source))
    else:
        yield from read_rows(peek, request, FORMAT, drafts)


def _first(top: Mapping[str, Any]) -> Mapping[str, Any]:
    return next(iter(objects(top.get(_EXAMPLES))), {})


def _runs_in(example: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Runs of an example, if it is one with its runs."""
    runs = objects(example.get("runs"))
    return runs if runs and "inputs" in example and "feedback_stats" in runs[0] else []


def _as_rows(example: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row a run, as `to_pandas` has them, with the means and comments of the feedback."""
    rows = []
    for run in _runs_in(example):
        said = {name: mapping(stats) for name, stats in mapping(run.get("feedback_stats")).items()}
        feedback = {f"feedback.{name}": _mean(stats) for name, stats in said.items()}
        comments = {
            f"feedback.{name}.comment": "\n".join(map(text, listed(stats.get("comments"))))
            for name, stats in said.items()
        }
        rows.append({
            **{name: run.get(name) for name in _PLAIN if name in run},
            "example_id": example.get("id"), "inputs": example["inputs"], "reference": example.get("outputs"),
            "dataset_id": example.get("dataset_id"), "metadata": example.get("metadata"), LINE: example.get(LINE, 0),
            **feedback, **comments,
        })  # fmt: skip
    return rows


def _mean(stats: Mapping[str, Any]) -> Any:
    """Mean of a feedback, or the only label that was given; None where it was given none."""
    labels = list(mapping(stats.get("values")))
    return stats.get("avg") if stats.get("avg") is not None else labels[0] if len(labels) == 1 else None


def drafts(rows: list[dict[str, Any]], source: Source) -> Iterator[Draft]:
    """One run an experiment, as far as a column names them."""
    rows = [row for example in rows for row in _as_rows(example) or [example]]
    column = next((name for name in ("experiment", "session_name", "session_id") if rows and name in rows[0]), "")
    by_run: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_run.setdefault(text(row.get(column)) if column else "", []).append(row)
    for run, of_run in by_run.items():
        records = [_record(row) for row in of_run]
        number_repeats(records)
        yield Draft(
            key=run if len(by_run) > 1 else "",
            name=run or source.path.stem,
            records=records,
            dataset=text(of_run[0].get("dataset_id")),
            metrics=as_stated({}, (name for record in records for name in record["scores"])),
            identity=run,
        )


def _record(row: Mapping[str, Any]) -> Record:
    inputs = _under(row, "inputs.", "input.") or parsed(row.get("inputs"))
    outputs = _under(row, "outputs.", "output.") or parsed(row.get("outputs"))
    reference = _under(row, "reference.", "reference_outputs.") or parsed(
        row.get("reference_outputs") if row.get("reference_outputs") is not None else row.get("reference")
    )
    seconds = as_score(row.get("execution_time"))
    if seconds is None:
        seconds = as_score(row.get("latency_s", row.get("latency")))
    if seconds is None:
        seconds = seconds_between(row.get("start_time"), row.get("end_time"))
    error = row.get("error")
    failed = text(error).strip() if text(error).strip().casefold() not in ("", "nan", "none", "null") else ""
    counts = {"input": "prompt_tokens", "output": "completion_tokens"}
    tokens = {name: count for name, key in counts.items() if (count := as_score(row.get(key))) is not None}
    total = as_score(row.get("total_tokens", row.get("tokens")))
    tokens |= {} if total is None else {"total": total}
    cost = as_score(row.get("total_cost"))
    return {
        "line": row.get(LINE, 0),
        "item": identifier(row.get("example_id")) or id_of(inputs),
        "question": question_in(inputs),
        "expected": spoken(alone(reference)),
        "output": spoken(alone(outputs)),
        "scores": _scores(row),
        "error": failed,
        "latency_s": seconds,
        "cost_usd": cost if cost is not None else as_score(row.get("cost")),
        "tokens": tokens,
        "trace_id": text(row.get("trace_id") or row.get("id")),
        "started_at": text(row.get("start_time")),
        "metadata": mapping(_under(row, "metadata.") or parsed(row.get("metadata"))),
    }


def _under(row: Mapping[str, Any], *prefixes: str) -> dict[str, Any]:
    return {
        name[len(prefix) :]: parsed(value)
        for name, value in row.items()
        for prefix in prefixes
        if name.startswith(prefix) and value not in (None, "")
    }


def _scores(row: Mapping[str, Any]) -> dict[str, Any]:
    """Feedback by key; without prefixed columns, every other column that holds a number or a pass."""
    given = _under(row, "feedback.")
    if not given and not any(name.startswith(_PREFIXES) for name in row):
        given = {
            name: value
            for name, value in row.items()
            if name not in _PLAIN and name != LINE and as_score(truth(value)) is not None
        }
    comments = {name: text(value) for name, value in given.items() if name.endswith((".comment", "_comment"))}
    found = {}
    for name, value in given.items():
        if name in comments or value in (None, ""):
            continue
        rationale = comments.get(f"{name}.comment", comments.get(f"{name}_comment", ""))
        found[name] = score(truth(value), rationale=rationale)
    return found


FORMAT = Format(
    name="langsmith",
    tool="LangSmith",
    files="experiments as CSV (web pages), `to_pandas()` as CSV or JSON, examples with their runs as JSON",
    told_by="`example_id` beside `feedback.` columns, or beside `inputs` and `outputs`; `runs` with `feedback_stats`",
    item="`example_id`; made from the inputs without one",
    repeat="rows with the same `example_id`, in order",
    configuration="one run an experiment where a column names it; settings are not in the file",
    error="`error`",
    endings=(".csv", ".jsonl", ".json"),
    sniff=sniff,
    read=read,
)
