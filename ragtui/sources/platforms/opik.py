"""Opik experiments: the CSV (or JSON) of an experiment's items, one row an item and experiment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ragtui.files.fields import identifier, mapping, text
from ragtui.files.fields import score as as_score
from ragtui.model import Problem
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.ids import id_of, number_repeats
from ragtui.sources.drafts.metrics import as_stated
from ragtui.sources.drafts.opened import LINE, read_rows
from ragtui.sources.drafts.values import alone, parsed, question_in, score, spoken, truth
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek

_SCORES = "feedback_scores."
_DEFINED = {
    "hallucination": False, "moderation": False, "answer_relevance": True, "context_precision": True,
    "context_recall": True, "usefulness": True, "equals": True, "contains": True, "regex_match": True, "is_json": True,
    "levenshtein_ratio": True, "g_eval": True, "trajectory_accuracy": True, "sentence_bleu": True, "rouge": True,
    "structured_output_compliance": True, "user_frustration": False, "conversational_coherence": True,
}  # fmt: skip
"""Opik's own metrics; the library calls them with the ending "_metric"."""
_EXPERIMENT = ("experiment_name", "experiment_id", "experiment")

Row = Mapping[str, Any]


def sniff(peek: Peek) -> bool:
    """Feedback scores of dataset items."""
    fields = peek.fields
    scored = any(name.startswith(_SCORES) for name in fields)
    about = {"dataset_item_id", "dataset_item"} & fields or any(
        name.startswith(("dataset.", "dataset_item_data.", "evaluation_task_output.", "evaluation_task."))
        for name in fields
    )
    return scored and bool(about)


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """One run an experiment."""
    yield from read_rows(peek, request, FORMAT, drafts)


def drafts(rows: list[dict[str, Any]], source: Source) -> Iterator[Draft]:
    """One run an experiment."""
    column = next((name for name in _EXPERIMENT if any(row.get(name) for row in rows)), "")
    by_run: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_run.setdefault(text(row.get(column)) if column else "", []).append(row)
    for run, of_run in by_run.items():
        records = [_record(row) for row in of_run]
        number_repeats(records)
        names = dict.fromkeys(name for record in records for name in record["scores"])
        stated = {name: _DEFINED[base] for name in names if (base := _base(name)) in _DEFINED}
        yield Draft(
            key=run if len(by_run) > 1 else "",
            name=run or source.path.stem,
            records=records,
            metrics=as_stated(stated, names),
            identity=run,
        )


def _base(name: str) -> str:
    return name.casefold().replace(" ", "_").removesuffix("_metric")


def _record(row: Row) -> Record:
    asked = _under(row, "dataset.", "dataset_item_data.") or mapping(parsed(row.get("dataset_item_data")))
    given = parsed(row.get("input")) if row.get("input") not in (None, "") else asked
    produced = _under(row, "evaluation_task_output.", "evaluation_task.", "output.") or parsed(
        row.get("evaluation_task_output") or row.get("output")
    )
    expected = next(
        (found for name in ("expected_output", "expected_answer", "expected", "reference", "ground_truth")
         if (found := row.get(name, asked.get(name))) not in (None, "")), None,
    )  # fmt: skip
    seconds = as_score(row.get("duration"))
    cost = as_score(row.get("total_estimated_cost"))
    return {
        "line": row.get(LINE, 0),
        "item": identifier(row.get("dataset_item_id") or row.get("dataset_item")) or id_of(given),
        "question": question_in(given),
        "expected": spoken(alone(parsed(expected))),
        "output": _answer(produced),
        "scores": _scores(row),
        "error": row.get("error") or row.get("error_info"),
        "latency_s": seconds,
        "cost_usd": cost,
        "trace_id": text(row.get("trace_id")),
        "metadata": {name: value for name, value in asked.items() if not isinstance(value, (dict, list))},
    }


def _answer(produced: Any) -> str:
    if isinstance(produced, dict):
        for name in ("output", "answer", "response"):
            if produced.get(name):
                return spoken(produced[name])
    return spoken(alone(produced))


def _under(row: Row, *prefixes: str) -> dict[str, Any]:
    return {
        name[len(prefix) :]: parsed(value)
        for name, value in row.items()
        for prefix in prefixes
        if name.startswith(prefix) and value not in (None, "")
    }


def _scores(row: Row) -> dict[str, Any]:
    found = {}
    for column, value in row.items():
        if not column.startswith(_SCORES) or column.endswith(("_reason", ".reason", ".source")):
            continue
        name = column.removeprefix(_SCORES).removesuffix(".value")
        reason = text(row.get(f"{column}_reason")) or text(row.get(f"{_SCORES}{name}.reason"))
        if value not in (None, ""):
            found[name] = score(truth(value), rationale=reason)
    return found


FORMAT = Format(
    name="opik",
    tool="Opik",
    files="experiment items as CSV, JSON Lines or JSON",
    told_by="`feedback_scores.` columns beside `dataset_item_id`, `dataset.` or `evaluation_task_output.` columns",
    item="`dataset_item_id`; made from the input without one",
    repeat="rows of one experiment with the same item, in order (Opik's trials)",
    configuration="one run an experiment where a column names it; settings are not in the file",
    error="`error_info`",
    directions="stated by Opik's definitions; guessed for metrics of your own",
    endings=(".csv", ".jsonl", ".json"),
    sniff=sniff,
    read=read,
)
