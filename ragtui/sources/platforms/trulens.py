"""TruLens records with feedback, as `get_records_and_feedback()` gives them, as CSV or JSON.

A feedback that was called and gave no number failed; so did, in a record without an output, the application. Read as
releases 1 and 2.16 write it: the reason of a feedback is in the `meta` of its calls, since 2 as `explanation`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ragtui.files.fields import mapping, text, timestamp
from ragtui.files.fields import score as as_score
from ragtui.model import Problem
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.ids import keep_apart, name_items
from ragtui.sources.drafts.metrics import as_stated
from ragtui.sources.drafts.opened import LINE, read_rows
from ragtui.sources.drafts.values import objects, parsed, question_in, score, spoken, truth
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek

_KNOWN = frozenset({
    "app_id", "app_name", "app_version", "app_json", "type", "record_id", "input", "output", "tags", "record_json",
    "cost_json", "perf_json", "ts", "latency", "total_tokens", "total_cost", "events", "record_metadata",
    "multi_result", "num_events", "cost_currency", "input_id", "run_name", "feedback_results", "start_timestamp",
    "end_timestamp", "conversation_id", "sampled", "sample_rate", "eval_decision_reason", "eval_cost_snowflake",
    "is_match",
})  # fmt: skip
_BESIDE = ("_calls", " feedback cost in USD", "_feedback_cost", " direction", " explanation", "_reasons")
_DEFINED = {
    "groundedness": True, "answer relevance": True, "context relevance": True, "relevance": True, "coherence": True,
    "correctness": True, "comprehensiveness": True, "helpfulness": True, "conciseness": True, "language match": True,
    "criminality": False, "harmfulness": False, "insensitivity": False, "maliciousness": False, "misogyny": False,
    "stereotypes": False, "toxicity": False, "toxic": False, "pii detection": False,
}  # fmt: skip

Row = Mapping[str, Any]


def sniff(peek: Peek) -> bool:
    """Records of an app."""
    return {"record_id", "input", "output"} <= peek.fields and bool({"app_id", "app_name"} & peek.fields)


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """One run a version of an app."""
    yield from read_rows(peek, request, FORMAT, drafts)


def drafts(rows: Sequence[dict[str, Any]], source: Source) -> Iterator[Draft]:
    """One run a version of an app."""
    columns = dict.fromkeys(name for row in rows for name in row if name != LINE)
    metrics = [name for name in columns if _is_metric(name, columns, rows)]
    by_app: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        by_app.setdefault((text(row.get("app_name") or row.get("app_id")), text(row.get("app_version"))), []).append(
            row
        )
    for (app, version), of_app in by_app.items():
        records = [_record(row, metrics) for row in of_app]
        lost = _without_output(records)
        name = " ".join(part for part in (app, version) if part)
        draft = Draft(
            key=name if len(by_app) > 1 else "",
            name=name or source.path.stem,
            records=records,
            pipeline={part: value for part, value in (("app", app), ("version", version)) if value},
            metrics=as_stated(_directions(metrics, of_app), metrics),
            created=min(filter(None, (timestamp(row.get("ts")) for row in of_app)), default=None),
        )
        if lost:
            what = "a record has" if lost == 1 else f"{lost} records have"
            draft.note(f"{what} neither output nor score, as TruLens 2 keeps calls that failed: counted as failed")
        name_items(draft)
        keep_apart(draft)
        yield draft


def _without_output(records: Sequence[Record]) -> int:
    """Make errors of records that came to nothing where others have an output; how many. TruLens 2 keeps no error."""
    if not any(record["output"] for record in records):
        return 0
    lost = [
        record
        for record in records
        if not record["output"] and not record["error"]
        and all(said.get("value") is None for said in record["scores"].values())
    ]  # fmt: skip
    for record in lost:
        record["error"] = "no output was recorded: suspected to be a call that failed"
    return len(lost)


def _is_metric(name: str, columns: Mapping[str, Any], rows: Sequence[Row]) -> bool:
    """A column with a feedback's calls beside it, or one of numbers that is nothing else."""
    if name in _KNOWN or name.endswith(_BESIDE) or name.casefold().startswith(("unnamed", "column ")):
        return False
    if f"{name}_calls" in columns:
        return True
    said = [value for row in rows if (value := row.get(name)) not in (None, "")]
    return bool(said) and all(as_score(truth(value)) is not None for value in said)


def _directions(metrics: Sequence[str], rows: Sequence[Row]) -> dict[str, bool]:
    found: dict[str, bool] = {}
    for name in metrics:
        told = {as_score(truth(row.get(f"{name} direction"))) for row in rows} - {None}
        base = name.casefold().replace("_", " ")
        if len(told) == 1:
            found[name] = bool(told.pop())
        elif base in _DEFINED:
            found[name] = _DEFINED[base]
    return found


def _record(row: Row, metrics: Sequence[str]) -> Record:
    cost = mapping(parsed(row.get("cost_json")))
    tokens = as_score(row.get("total_tokens"))
    recorded = mapping(parsed(row.get("record_json")))
    spent = as_score(row.get("total_cost"))
    return {
        "line": row.get(LINE, 0),
        "question": question_in(parsed(row.get("input"))),
        "output": spoken(parsed(row.get("output"))),
        "scores": {name: said for name in metrics if (said := _score(row, name)) is not None},
        "error": recorded.get("main_error") if recorded.get("main_error") not in ("None", "null") else None,
        "latency_s": as_score(row.get("latency")),
        "cost_usd": spent if spent is not None else as_score(cost.get("cost")),
        "tokens": {"total": int(tokens)} if tokens is not None else {},
        "trace_id": text(row.get("record_id")),
        "started_at": text(row.get("ts")),
        "metadata": {"tags": row["tags"]} if row.get("tags") not in (None, "", "-") else {},
    }


def _score(row: Row, name: str) -> dict[str, Any] | None:
    """A score with its reason; None where the feedback was not asked."""
    called = parsed(row.get(f"{name}_calls"))
    if row.get(name) in (None, ""):
        return score(None, error="the feedback gave no score") if called not in (None, "", "[]", []) else None
    about = [mapping(call.get("meta")) for call in objects(called)]
    about = [{**mapping(meta.get("metadata")), **meta} for meta in about]
    reasons = [text(meta.get("explanation") or meta.get("reason") or meta.get("reasons")) for meta in about]
    said = "\n".join(dict.fromkeys(reason for reason in reasons if reason)) or text(row.get(f"{name} explanation"))
    return score(truth(row.get(name)), rationale=said)


FORMAT = Format(
    name="trulens",
    tool="TruLens",
    files="records with feedback as CSV or JSON",
    told_by="`record_id`, `input` and `output` beside `app_id` or `app_name`",
    item="made from the input, because record ids differ in every run",
    repeat="none: equal inputs are kept apart by their order",
    configuration="one run an app and version",
    error="`main_error` of the record, or neither output nor score; a feedback that was called and gave no number is an"
    " error of its metric",
    directions="stated by a `direction` column or by TruLens' definitions, else guessed",
    endings=(".csv", ".jsonl", ".json"),
    sniff=sniff,
    read=read,
)
