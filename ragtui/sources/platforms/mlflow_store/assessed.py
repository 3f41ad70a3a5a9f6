"""Assessed traces of MLflow's runs, from the tables of its store.

A run of `mlflow.genai.evaluate` is an MLflow run; its traces name it in their metadata, and the assessments on a trace
are its scores.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from ragtui.files.fields import mapping, text, timestamp
from ragtui.files.jsonlines import BadLineError, parse_json
from ragtui.model import RunStatus
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.ids import align_judgings, keep_apart, name_items
from ragtui.sources.drafts.judges import sources_of
from ragtui.sources.drafts.metrics import as_stated
from ragtui.sources.drafts.values import alone, parsed, question_in, score, spoken, truth

_DEFINED = {
    "correctness": True, "relevance_to_query": True, "safety": True, "guidelines": True,
    "expectations_guidelines": True, "retrieval_groundedness": True, "retrieval_relevance": True,
    "retrieval_sufficiency": True, "equivalence": True,
}  # fmt: skip
_STATUS = {
    "FINISHED": RunStatus.COMPLETE,
    "RUNNING": RunStatus.RUNNING,
    "FAILED": RunStatus.FAILED,
    "KILLED": RunStatus.CANCELLED,
}

Row = dict[str, Any]
Store = dict[str, list[Row]]


def drafts(store: Store, source: Source) -> Iterator[Draft]:
    """One run a run of MLflow that has assessed traces."""
    metadata, tags = _pairs(store["trace_request_metadata"]), _pairs(store["trace_tags"])
    experiments = {row["experiment_id"]: text(row["name"]) for row in store["experiments"]}
    assessments: dict[str, list[Row]] = defaultdict(list)
    for row in store["assessments"]:
        assessments[text(row.get("trace_id"))].append(row)
    by_run: dict[str, list[Row]] = defaultdict(list)
    for trace in store["trace_info"]:
        known = metadata[text(trace.get("request_id"))]
        by_run[known.get("mlflow.sourceRun", "")].append(trace)
    params: dict[str, dict[str, str]] = defaultdict(dict)
    for row in store["params"]:
        params[text(row["run_uuid"])][text(row["key"])] = text(row["value"])
    for run in store["runs"]:
        run_id = text(run["run_uuid"])
        traces = [trace for trace in by_run[run_id] if assessments[text(trace.get("request_id"))]]
        if not traces:
            continue
        ids = [text(trace.get("request_id")) for trace in traces]
        records = [
            record
            for trace, key in zip(traces, ids, strict=True)
            for record in _records(trace, metadata[key], tags[key], assessments[key])
        ]
        names = dict.fromkeys(name for record in records for name in record["scores"])
        draft = Draft(
            key=run_id,
            name=text(run["name"]) or run_id,
            records=records,
            dataset=experiments.get(run["experiment_id"], ""),
            pipeline=params[run_id],
            judges=sources_of(
                _judged(row) for key in ids for row in assessments[key] if row.get("assessment_type") != "expectation"
            ),
            metrics=as_stated({name: _DEFINED[name] for name in names if name in _DEFINED}, names),
            created=_when(run["start_time"]),
            status=_STATUS.get(text(run["status"]), RunStatus.COMPLETE),
            identity=run_id,
        )
        _name(draft)
        yield draft


def _name(draft: Draft) -> None:
    """Ids from the inputs; several judgings of one trace stay together."""
    firsts = [record for record in draft.records if record.get("judging") in (None, 1)]
    of_firsts = Draft(records=firsts)
    name_items(of_firsts)
    keep_apart(of_firsts)
    draft.problems += of_firsts.problems
    by_trace = {record["trace_id"]: record for record in firsts}
    align_judgings(draft.records)
    for record in draft.records:
        record |= {part: by_trace[record["trace_id"]][part] for part in ("item", "repeat")}


def _pairs(rows: list[Row]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        found[text(row["request_id"])][text(row["key"])] = text(row["value"])
    return found


def _when(milliseconds: Any) -> Any:
    return timestamp(milliseconds / 1000) if isinstance(milliseconds, (int, float)) else None


def _records(trace: Row, metadata: Mapping[str, str], tags: Mapping[str, str], said: list[Row]) -> list[Record]:
    """One record a trace, and one more for each further judging of it."""
    expected = {text(row["name"]): _value(row) for row in said if row.get("assessment_type") == "expectation"}
    feedback: dict[str, list[Row]] = defaultdict(list)
    for row in said:
        if row.get("assessment_type") != "expectation" and row.get("valid") not in (0, False):
            feedback[text(row.get("name"))].append(row)
    by_metric: dict[str, list[Row]] = {}
    for name, rows in feedback.items():
        kinds = dict.fromkeys(text(row.get("source_type")) for row in rows)
        for kind in kinds:
            own = [row for row in rows if text(row.get("source_type")) == kind]
            by_metric[name if len(kinds) == 1 else f"{name} ({kind})"] = own
    times = max(map(len, by_metric.values()), default=1)
    milliseconds = trace.get("execution_time_ms")
    failed = text(trace.get("status")) == "ERROR"
    base = {
        "question": question_in(parsed(metadata.get("mlflow.traceInputs") or trace.get("request_preview"))),
        "expected": spoken(alone(expected)) if expected else "",
        "output": spoken(alone(_written(metadata.get("mlflow.traceOutputs") or trace.get("response_preview")))),
        "error": "the trace ended with an error" if failed else "",
        "latency_s": milliseconds / 1000 if isinstance(milliseconds, (int, float)) else None,
        "tokens": _tokens(metadata),
        "trace_id": text(trace.get("request_id")),
        "metadata": {name: value for name, value in tags.items() if not name.startswith("mlflow.")},
    }
    return [
        base
        | {"scores": {name: _score(rows[n]) for name, rows in by_metric.items() if len(rows) > n}}
        | ({"judging": n + 1} if times > 1 else {})
        for n in range(times)
    ]


def _tokens(metadata: Mapping[str, str]) -> dict[str, int]:
    said = mapping(parsed(metadata.get("mlflow.trace.tokenUsage")))
    names = {"input_tokens": "input", "output_tokens": "output", "total_tokens": "total"}
    return {name: count for key, name in names.items() if isinstance(count := said.get(key), int)}


def _written(raw: Any) -> Any:
    """What was written as JSON, a text in quotes included."""
    said = text(raw)
    if said[:1] != '"':
        return parsed(raw)
    try:
        return parse_json(said.encode("utf-8", "surrogatepass"))[0]
    except (BadLineError, UnicodeEncodeError):
        return said.strip('"')


def _value(row: Row) -> Any:
    raw = text(row.get("value"))
    found = _written(raw)
    return {"null": None, "true": True, "false": False}.get(raw, found) if isinstance(found, str) else found


def _score(row: Row) -> dict[str, Any]:
    error = mapping(parsed(row.get("error")))
    return score(
        truth(_value(row)),
        rationale=text(row.get("rationale")),
        error=text(error.get("error_message") or error.get("error_code")) or text(row.get("error")),
        judge=text(row.get("source_id")),
    )


def _judged(row: Row) -> tuple[str, str, bool]:
    return text(row.get("name")), text(row.get("source_id")), bool(row.get("error"))
