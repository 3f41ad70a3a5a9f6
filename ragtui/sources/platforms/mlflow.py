"""MLflow evaluation tables: `result_df` of `mlflow.genai.evaluate` and `search_traces`, as CSV or JSON, and the older
artifact `eval_results_table.json`.

A `result_df` has `<scorer>/value`, `/rationale` and `/error_message`; the older table `<metric>/v1/score` and
`/justification`. An artifact inside a run's folder takes name, parameters and time from the folder. What was expected
has a column `<name>/value` as well, and assessments say once more what the columns say (so in release 3.18).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ragtui.files.fields import mapping, number, text
from ragtui.files.fields import score as as_score
from ragtui.files.regular import open_regular
from ragtui.model import Problem
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.ids import keep_apart, name_items
from ragtui.sources.drafts.judges import sources_of
from ragtui.sources.drafts.metrics import as_stated
from ragtui.sources.drafts.opened import LINE, read_rows
from ragtui.sources.drafts.values import alone, objects, parsed, question_in, score, spoken, truth, usage
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek

DEFINED = {
    "correctness": True, "relevance_to_query": True, "safety": True, "guidelines": True,
    "expectations_guidelines": True, "retrieval_groundedness": True, "retrieval_relevance": True,
    "retrieval_sufficiency": True, "equivalence": True,
    "groundedness": True, "relevance": True, "fluency": True, "completeness": True, "summarization": True,
    "conversation_completeness": True, "user_frustration": False, "knowledge_retention": True,
    "tool_call_correctness": True,
    "answer_similarity": True, "answer_correctness": True, "answer_relevance": True, "faithfulness": True,
    "exact_match": True, "toxicity": False, "rouge1": True, "rouge2": True, "rougeL": True,
    "rougeLsum": True, "bleu": True,
}  # fmt: skip
"""Directions by MLflow's definitions of its scorers and metrics."""
_ENDS = ("/value", "/score")
_SIDE = ("/rationale", "/justification", "/error_message", "/error_code", "/ratio", "/version")
_ASKED = ("inputs", "request", "question", "input", "query", "prompt")
_ANSWERS = ("outputs", "response", "output", "prediction", "predictions", "answer")
_EXPECTED = ("expectations", "ground_truth", "targets", "target", "expected_response", "expected")
_CONTEXTS = ("retrieved_context", "context", "source_documents")
_OTHER = frozenset({
    "request_id", "trace_id", "trace", "tags", "trace_metadata", "spans", "assessments", "error_message", "state",
    "status", "client_request_id", "request_time", "execution_duration", "execution_time_ms", "timestamp_ms",
    "token_count", "latency", "request_metadata",
})  # fmt: skip

_TRACED = frozenset({"request_id", "trace_id", "client_request_id", "trace", "trace_metadata", "assessments"})
"""Columns of which MLflow writes one beside its scorers'; a table of one's own with "x/value" has none of them."""

Row = Mapping[str, Any]


def sniff(peek: Peek) -> bool:
    """Columns of scorers, or traces with assessments."""
    fields = peek.fields
    if "assessments" in fields and bool({"trace_id", "request_id"} & fields):
        return True
    scored = any(name.endswith("/value") for name in fields) and bool(_TRACED & fields)
    scored = scored or any(name.endswith(("/v1/score", "/v2/score")) for name in fields)
    return scored or (peek.path.name == "eval_results_table.json" and "columns" in peek.top)


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """The run of a table."""
    yield from read_rows(peek, request, FORMAT, drafts)


def drafts(rows: Sequence[dict[str, Any]], source: Source) -> Iterator[Draft]:
    """The one run of a table."""
    columns = list(dict.fromkeys(name for row in rows for name in row if name != LINE))
    told = [_assessments(row) for row in rows]
    expected = {_name(said) for of_row in told for said in of_row if "expectation" in said and "feedback" not in said}
    metrics = _metric_columns([name for name in columns if name.removesuffix("/value") not in expected], rows)
    records = [_record(row, metrics) for row in rows]
    names = dict.fromkeys([*metrics, *(name for record in records for name in record["scores"])])
    draft = Draft(
        records=records,
        metrics=as_stated({name: DEFINED[name] for name in names if name in DEFINED}, names),
        name=source.path.stem,
        judges=sources_of(_judged(said) for of_row in told for said in of_row if "feedback" in said),
        identity=_run_of(rows),
    )
    _of_run_folder(draft, source.path)
    name_items(draft)
    keep_apart(draft)
    yield draft


def _metric_columns(columns: Sequence[str], rows: Sequence[Row]) -> dict[str, str]:
    """Column of each metric: those with an ending that says so, else those of numbers that are nothing else."""
    found: dict[str, str] = {}
    for column in columns:
        if column.endswith(_ENDS):
            found[column.partition("/")[0]] = column
    for column in columns:
        known = column in (*_ASKED, *_ANSWERS, *_EXPECTED, *_CONTEXTS) or column in _OTHER or column.endswith(_SIDE)
        if column in found.values() or known or column.casefold().startswith(("unnamed", "column ")):
            continue
        said = [value for row in rows if (value := row.get(column)) not in (None, "")]
        if said and all(as_score(value) is not None for value in said):
            found[column] = column
    return found


def _record(row: Row, metrics: Mapping[str, str]) -> Record:
    def first(names: Sequence[str]) -> Any:
        return next((parsed(row[name]) for name in names if row.get(name) not in (None, "")), None)

    contexts, expected = first(_CONTEXTS), first(_EXPECTED)
    scores = {name: _score(row, name, column) for name, column in metrics.items()}
    told = _assessed(_assessments(row), scores)
    milliseconds = as_score(row.get("execution_duration", row.get("execution_time_ms")))
    tokens = as_score(row.get("token_count"))
    spent = usage(parsed(mapping(parsed(row.get("trace_metadata"))).get("mlflow.trace.tokenUsage")))
    failed = text(row.get("error_message")) or ("error" if row.get("state", row.get("status")) == "ERROR" else "")
    return {
        "line": row.get(LINE, 0),
        "question": question_in(first(_ASKED)),
        "expected": spoken(alone(expected if expected is not None else told or None)),
        "output": spoken(alone(first(_ANSWERS))),
        "contexts": contexts if isinstance(contexts, list) else [contexts] if contexts else [],
        "scores": scores,
        "error": failed if failed.casefold() != "nan" else "",
        "latency_s": milliseconds / 1000 if milliseconds is not None else number(as_score(row.get("latency"))),
        "tokens": spent or ({"total": int(tokens)} if tokens is not None else {}),
        "trace_id": text(row.get("trace_id") or row.get("request_id")),
        "metadata": {
            name: value for name, value in mapping(parsed(row.get("tags"))).items() if not name.startswith("mlflow.")
        },
    }


def _score(row: Row, name: str, column: str) -> Any:
    base = column.rpartition("/")[0] if "/" in column else column
    error = text(row.get(f"{base}/error_message"))
    value = row.get(column)
    return score(
        None if value == "" else truth(value),
        rationale=text(row.get(f"{base}/rationale")) or text(row.get(f"{base}/justification")),
        error=error if error.casefold() != "nan" else "",
    )


def _assessments(row: Row) -> list[Row]:
    return objects(parsed(row.get("assessments")))


def _name(said: Row) -> str:
    return text(said.get("assessment_name") or said.get("name"))


def _judge(said: Row) -> str:
    return text(mapping(said.get("source")).get("source_id"))


def _run_of(rows: Sequence[Row]) -> str:
    """The run of MLflow that all traces were made in: the store says the same of it."""
    found = {text(mapping(parsed(row.get("trace_metadata"))).get("mlflow.sourceRun")) for row in rows}
    return found.pop() if len(found) == 1 else ""


def _assessed(assessments: Sequence[Row], scores: dict[str, Any]) -> dict[str, Any]:
    """Put feedback into the scores; what was expected is returned.

    What a column says already gains its judge. Feedback of a person is a metric of its own where a model gave the same.
    """
    expected: dict[str, Any] = {}
    columns = set(scores)
    for said in assessments:
        name, feedback = _name(said), mapping(said.get("feedback"))
        if "expectation" in said and not feedback:
            expected[name] = mapping(said["expectation"]).get("value")
            continue
        if not name or said.get("valid") is False:
            continue
        error = mapping(feedback.get("error")) or mapping(said.get("error"))
        found = score(
            truth(feedback.get("value")),
            rationale=text(said.get("rationale")),
            error=text(error.get("error_message") or error.get("error_code")),
            judge=_judge(said),
        )
        if name in columns and _same(scores[name], found):
            scores[name] = {**found, **scores[name]}
            columns.discard(name)
            continue
        key = f"{name} ({text(mapping(said.get('source')).get('source_type')) or 'again'})" if name in scores else name
        while key in scores:
            key += "′"
        scores[key] = found
    return expected


def _same(one: Any, other: Any) -> bool:
    """Whether two scores are one: the same value, or none in both; a CSV writes numbers as text."""
    first, second = mapping(one).get("value"), mapping(other).get("value")
    known = (as_score(first), as_score(second))
    return known[0] == known[1] if known != (None, None) else (first or None) == (second or None)


def _judged(said: Row) -> tuple[str, str, bool]:
    return _name(said), _judge(said), bool(mapping(said.get("feedback")).get("error") or said.get("error"))


def _of_run_folder(draft: Draft, path: Path) -> None:
    """Name and parameters of the run whose artifact this is, where it stands in MLflow's file store."""
    run = next(
        (
            parent
            for parent in list(path.parents)[:3]
            if (parent / "params").is_dir() and (parent / "meta.yaml").is_file()
        ),
        None,
    )
    if run is None:
        return
    draft.pipeline = {file.name: _small(file) for file in sorted((run / "params").iterdir()) if file.is_file()}
    draft.name = _small(run / "tags" / "mlflow.runName") or run.name


def _small(path: Path) -> str:
    try:
        with open_regular(path) as file:
            return file.read(8192).decode("utf-8", "replace").strip()
    except OSError:
        return ""


FORMAT = Format(
    name="mlflow",
    tool="MLflow",
    files="`result_df` and `search_traces` as CSV or JSON, eval_results_table.json",
    told_by="columns `<scorer>/value` beside a trace id, `<metric>/v1/score`, `assessments`, or the artifact's name",
    item="made from the inputs (and expectations where inputs are shared), because request ids are traces",
    repeat="none: equal inputs are kept apart by their order",
    configuration="parameters of the run in whose folder the artifact stands; judges: sources of assessments",
    error="`error_message`, state ERROR; `<scorer>/error_message` is an error of its metric",
    directions="stated by MLflow's definitions; guessed for scorers of your own",
    endings=(".csv", ".json", ".jsonl"),
    sniff=sniff,
    read=read,
)
