"""Azure AI evaluation: the `rows` of `evaluate()`, as one JSON document or as lines.

Columns are dotted: `inputs.query`, `outputs.groundedness.groundedness`, and beside a score `_reason`, `_result`,
`_threshold`, `_status`. Older versions write each score once more with the prefix `gpt_`, release 1.18 with the ending
`_score`. There the parts of a score (precision and recall of ROUGE), which were columns, are under `_properties`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ragtui.files.fields import identifier, mapping, number, text
from ragtui.files.fields import score as as_score
from ragtui.model import Problem
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.ids import keep_apart, name_items
from ragtui.sources.drafts.labels import are_labels
from ragtui.sources.drafts.metrics import as_stated, higher_passes
from ragtui.sources.drafts.opened import LINE, read_document, read_rows
from ragtui.sources.drafts.values import objects, parsed, question_in, score, spoken, truth
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek

_INPUT, _OUTPUT = "inputs.", "outputs."
_ASKED = ("query", "question", "conversation", "input", "prompt")
_ANSWERS = ("response", "answer", "output")
_EXPECTED = ("ground_truth", "expected", "reference", "expected_answer")
_CONTEXTS = ("context", "contexts", "retrieved_documents")
_BESIDE = (
    "_reason", "_result", "_threshold", "_passed", "_status", "_properties", "_model", "_finish_reason",
    "_sample_input", "_sample_output", "_prompt_tokens", "_completion_tokens", "_total_tokens", "_details", "_error",
)  # fmt: skip
_LOWER = ("violence", "sexual", "self_harm", "hate_unfairness", "hate_fairness", "protected_material", "xpia",
          "indirect_attack", "code_vulnerability", "ungrounded_attributes", "ungrounded_inference")  # fmt: skip
"""Azure's safety evaluators rate severity from 0 to 7, or say that harm was found."""
_HIGHER = (
    "groundedness", "groundedness_pro", "relevance", "coherence", "fluency", "similarity", "retrieval",
    "response_completeness", "f1_score", "bleu_score", "gleu_score", "meteor_score", "rouge", "rouge_precision",
    "rouge_recall", "rouge_f1_score", "intent_resolution", "task_adherence", "tool_call_accuracy", "ndcg@3", "fidelity",
)  # fmt: skip

Row = Mapping[str, Any]


def sniff(peek: Peek) -> bool:
    """Rows with dotted inputs and outputs of an evaluator."""
    rows = objects(peek.top.get("rows"))
    fields = frozenset(rows[0]) if rows else peek.fields
    judged = any(name.startswith(_OUTPUT) and name.count(".") >= 2 for name in fields)
    return judged and (bool(rows) or any(name.startswith(_INPUT) for name in fields)) and "example_id" not in fields


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """The run of an evaluation."""
    if peek.kind == "json" and peek.top:
        yield from read_document(peek, request, FORMAT, of_document)
    else:
        yield from read_rows(peek, request, FORMAT, drafts)


def of_document(document: Any, source: Source) -> Iterator[Draft]:
    """The run of a document with `rows`."""
    for draft in drafts(objects(mapping(document).get("rows")), source):
        draft.identity = text(mapping(document).get("studio_url"))
        yield draft


def drafts(rows: Sequence[Row], source: Source) -> Iterator[Draft]:
    """The one run of an evaluation."""
    rows = [_with_parts(row) for row in rows]
    columns = [name for name in dict.fromkeys(name for row in rows for name in row) if name.startswith(_OUTPUT)]
    scores = _score_columns(columns, rows)
    records = [_record(row, scores) for row in rows]
    draft = Draft(
        name=source.path.stem,
        records=records,
        judges={metric: judge for metric, column in scores.items() if (judge := _judge(rows, column))},
        metrics=as_stated(_directions(scores, rows), scores),
    )
    name_items(draft)
    if not (records and all(record["repeat"] for record in records)):
        for record in records:
            record["repeat"] = record["repeat"] or "1"
        keep_apart(draft)
    yield draft


def _with_parts(row: Row) -> Row:
    """The row with parts of its scores as columns: what has a result of its own among the properties of a score."""
    parts: dict[str, Any] = {}
    for column, said in row.items():
        if column.startswith(_OUTPUT) and column.endswith("_properties"):
            evaluator = column.rpartition(".")[0]
            inner = mapping(parsed(said))
            names = [name for name in inner if f"{name}_result" in inner]
            parts |= {f"{evaluator}.{name}{end}": inner[f"{name}{end}"] for name in names for end in ("", *_BESIDE)
                      if f"{name}{end}" in inner}  # fmt: skip
    return {**row, **{name: value for name, value in parts.items() if name not in row}} if parts else row


def _score_columns(columns: Sequence[str], rows: Sequence[Row]) -> dict[str, str]:
    """Column of each metric; "groundedness.groundedness" is called by one of its halves."""
    found: dict[str, str] = {}
    for column in columns:
        evaluator, _, name = column.removeprefix(_OUTPUT).partition(".")
        bare = name.removeprefix("gpt_")
        again = name != bare and f"{_OUTPUT}{evaluator}.{bare}" in columns
        whole = column.removesuffix("_score")
        again = again or (whole != column and whole in columns and f"{whole}_status" in columns)
        if not name or name.endswith(_BESIDE) or again:
            continue
        said = [value for row in rows if (value := row.get(column)) not in (None, "") and value == value]
        scored = any(as_score(truth(value)) is not None for value in said) or are_labels(said)
        if not scored and f"{column}_result" not in columns and f"{column}_threshold" not in columns:
            continue
        found[bare if bare == evaluator else f"{evaluator}.{bare}"] = column
    return found


def _directions(scores: Mapping[str, str], rows: Sequence[Row]) -> dict[str, bool]:
    """By what passed its threshold, else by Azure's definitions."""
    found: dict[str, bool] = {}
    for metric, column in scores.items():
        passes = higher_passes(
            (as_score(row.get(column)), as_score(row.get(f"{column}_threshold")), _passed(row, column)) for row in rows
        )
        name = metric.rpartition(".")[2]
        if passes is not None:
            found[metric] = passes
        elif name in _LOWER or name in _HIGHER:
            found[metric] = name in _HIGHER
    return found


def _passed(row: Row, column: str) -> bool | None:
    said = text(row.get(f"{column}_result")).casefold()
    if said in ("pass", "fail"):
        return said == "pass"
    told = row.get(f"{column}_passed")
    return told if isinstance(told, bool) else None


def _record(row: Row, scores: Mapping[str, str]) -> Record:
    inputs = {name.removeprefix(_INPUT): value for name, value in row.items() if name.startswith(_INPUT)}

    def first(names: Sequence[str]) -> Any:
        return next((inputs[name] for name in names if inputs.get(name) not in (None, "")), None)

    contexts = parsed(first(_CONTEXTS))
    used = {*_ASKED, *_ANSWERS, *_EXPECTED, *_CONTEXTS, "id", "repeat"}
    spent = [mapping(parsed(row.get(f"{column}_properties"))).get("total_tokens") for column in scores.values()]
    judge_tokens = sum(count for said in spent if (count := number(said)) is not None)
    return {
        "line": row.get(LINE, 0),
        "item": identifier(inputs.get("id")),
        "repeat": identifier(inputs.get("repeat")),
        "question": question_in(parsed(first(_ASKED))),
        "expected": first(_EXPECTED),
        "output": spoken(first(_ANSWERS)) or spoken(mapping(row.get("outputs")).get("response")),
        "contexts": contexts if isinstance(contexts, list) else [contexts] if contexts else [],
        "scores": {metric: _score(row, column) for metric, column in scores.items()},
        "error": row.get("error") or row.get("outputs.error"),
        "metadata": {name: value for name, value in inputs.items() if name not in used and value not in (None, "")}
        | ({"judge_tokens": judge_tokens} if judge_tokens else {}),
    }


def _score(row: Row, column: str) -> dict[str, Any]:
    status = text(row.get(f"{column}_status")).casefold()
    error = text(row.get(f"{column}_error")) or (f"status {status}" if status in ("error", "failed", "errored") else "")
    value = row.get(column)
    return score(
        None if value == "" else truth(value),
        label=text(row.get(f"{column}_result")),
        rationale=text(row.get(f"{column}_reason")),
        error=error,
        judge=text(row.get(f"{column}_model")),
    )


def _judge(rows: Sequence[Row], column: str) -> dict[str, Any]:
    """Judge model and threshold, where all rows agree."""
    found = {}
    for name in ("model", "threshold"):
        said = {text(row[key]) for row in rows if row.get(key := f"{column}_{name}") not in (None, "")}
        if len(said) == 1:
            found[name] = said.pop()
    return found


FORMAT = Format(
    name="azure",
    tool="Azure AI evaluation",
    files="`evaluate()` results as JSON (`rows`), as lines, or as CSV",
    told_by="columns `inputs.*` and `outputs.<evaluator>.<metric>`",
    item="`inputs.id`; made from the query (and ground truth where queries are shared) without one",
    repeat="`inputs.repeat`; without one none: equal rows are kept apart by their order",
    configuration="judges: model and threshold of each evaluator",
    error="`_status` error or `_error` of a metric; NaN",
    directions="stated: by which scores passed their threshold, else by Azure's definitions; guessed for your own",
    endings=(".json", ".jsonl", ".csv"),
    sniff=sniff,
    read=read,
)
