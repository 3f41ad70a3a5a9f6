"""Opik experiments: the CSV (or JSON) of an experiment's items, one row an item and experiment; and what `evaluate()`
returns, written as JSON (opik.evaluation of release 2.2), where a judge that failed has a score of 0 and says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ragtui.files.fields import identifier, mapping, text, whole
from ragtui.files.fields import score as as_score
from ragtui.model import Problem
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.ids import id_of, number_repeats
from ragtui.sources.drafts.metrics import as_stated
from ragtui.sources.drafts.opened import LINE, read_document, read_rows
from ragtui.sources.drafts.values import alone, objects, parsed, question_in, score, spoken, truth
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
_EXPECTED = ("expected_output", "expected_answer", "expected", "reference", "ground_truth")
_NOTHING = "-"
"""What the web page's export writes where there is nothing."""
_ASSERTION = re.compile(r"assertion_(\d+)\.name")
_HELD = {"passed": 1.0, "failed": 0.0}
_EXPERIMENT = ("experiment_name", "experiment_id", "experiment")

Row = Mapping[str, Any]


def sniff(peek: Peek) -> bool:
    """Feedback scores of dataset items, or test cases with score results."""
    fields = peek.fields
    if _is_result(peek.record) or any(map(_is_result, objects(peek.top.get("test_results"))[:1])):
        return True
    scored = any(name.startswith(_SCORES) or f".{_SCORES}" in name for name in fields) or "assertion_1.result" in fields
    about = {"dataset_item_id", "dataset_item"} & fields or any(
        name.startswith(("dataset.", "dataset_item_data.", "evaluation_task_output.", "evaluation_task."))
        for name in fields
    )
    return scored and bool(about)


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """One run an experiment."""
    if "test_results" in peek.top:
        yield from read_document(peek, request, FORMAT, of_result)
    else:
        yield from read_rows(peek, request, FORMAT, drafts)


def of_result(document: Any, source: Source) -> Iterator[Draft]:
    """The run that `evaluate()` returned."""
    result = mapping(document)
    for draft in drafts([dict(row) for row in objects(result.get("test_results"))], source):
        draft.name = text(result.get("experiment_name")) or draft.name
        draft.dataset = text(result.get("dataset_id"))
        draft.identity = text(result.get("experiment_id"))
        yield draft


def drafts(rows: list[dict[str, Any]], source: Source) -> Iterator[Draft]:
    """One run an experiment."""
    rows = _by_experiment(rows)
    column = next((name for name in _EXPERIMENT if any(row.get(name) for row in rows)), "")
    by_run: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_run.setdefault(text(row.get(column)) if column else "", []).append(row)
    for run, of_run in by_run.items():
        records = [_tested(row) if _is_result(row) else _record(row) for row in of_run]
        if not all(record.get("repeat") for record in records):
            number_repeats(records)
        names = dict.fromkeys(name for record in records for name in record["scores"])
        stated = {name: _DEFINED[base] for name in names if (base := _base(name)) in _DEFINED}
        stated |= dict.fromkeys(_asserted(of_run) & names.keys(), True)
        yield Draft(
            key=run if len(by_run) > 1 else "",
            name=run or source.path.stem,
            records=records,
            metrics=as_stated(stated, names),
            identity=run,
        )


def _by_experiment(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with several experiments side by side ("base.feedback_scores.x") as a row an experiment; others as they are.

    An experiment that has nothing in a row did not run that item.
    """
    columns = dict.fromkeys(name for row in rows for name in row)
    called = dict.fromkeys(name.partition(f".{_SCORES}")[0] for name in columns if f".{_SCORES}" in name)
    if not called or any(name.startswith(_SCORES) for name in columns):
        return rows
    out = []
    for row in rows:
        shared = {name: value for name, value in row.items() if not name.startswith(tuple(f"{c}." for c in called))}
        for experiment in called:
            start = f"{experiment}."
            own = {name[len(start) :]: value for name, value in row.items() if name.startswith(start)}
            if any(value not in (None, "", _NOTHING) for value in own.values()):
                out.append({**shared, **own, _EXPERIMENT[0]: experiment})
    return out


def _asserted(rows: list[dict[str, Any]]) -> set[str]:
    """Names of metrics that are assertions, which hold or do not."""
    return {name for row in rows for name in _assertions(row)}


def _base(name: str) -> str:
    return name.casefold().replace(" ", "_").removesuffix("_metric")


def _is_result(row: Row) -> bool:
    return isinstance(row.get("test_case"), dict) and isinstance(row.get("score_results"), list)


def _tested(row: Row) -> Record:
    """A test case with its score results, of one trial."""
    case, trial = mapping(row.get("test_case")), whole(row.get("trial_id"))
    asked = mapping(case.get("dataset_item_content"))
    scores: dict[str, Any] = {}
    for said in objects(row.get("score_results")):
        failed, reason = said.get("scoring_failed") is True, text(said.get("reason"))
        scores[text(said.get("name"))] = score(
            None if failed else said.get("value"),
            label=text(said.get("category_name")),
            rationale="" if failed else reason,
            error=(reason or "scoring failed") if failed else "",
        )
    scores.pop("", None)
    return {
        "line": row.get(LINE, 0),
        "item": identifier(case.get("dataset_item_id")) or id_of(asked),
        "repeat": "" if trial is None else str(trial + 1),
        "question": question_in(asked),
        "expected": spoken(alone(_expected_in(asked))),
        "output": _answer(case.get("task_output")),
        "scores": scores,
        "latency_s": as_score(row.get("task_execution_time")),
        "trace_id": text(case.get("trace_id")),
        "metadata": {name: value for name, value in asked.items() if not isinstance(value, (dict, list))},
    }


def _expected_in(*places: Row) -> Any:
    """What was expected, in the first place that says it."""
    said = (place[name] for name in _EXPECTED for place in places if place.get(name) not in (None, ""))
    return next(said, None)


def _record(given_row: Row) -> Record:
    row = {name: None if value == _NOTHING else value for name, value in given_row.items()}
    asked = _under(row, "dataset.", "dataset_item_data.") or mapping(parsed(row.get("dataset_item_data")))
    given = parsed(row.get("input")) if row.get("input") not in (None, "") else asked
    produced = _under(row, "evaluation_task_output.", "evaluation_task.", "output.") or parsed(
        row.get("evaluation_task_output") or row.get("output")
    )
    expected = _expected_in(row, asked)
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
    return found | _assertions(row)


def _assertions(row: Row) -> dict[str, Any]:
    """What was asserted of an answer, by its text, and whether all of it held."""
    found: dict[str, Any] = {}
    for column, name in row.items():
        number = _ASSERTION.fullmatch(column)
        if number and name not in (None, ""):
            held = _HELD.get(text(row.get(f"assertion_{number[1]}.result")).casefold())
            found[text(name)] = score(held, rationale=text(row.get(f"assertion_{number[1]}.reason")))
    if found and (held := _HELD.get(text(row.get("status")).casefold())) is not None:
        found["passed"] = score(held)
    return found


FORMAT = Format(
    name="opik",
    tool="Opik",
    files="experiment items as CSV, JSON Lines or JSON; what `evaluate()` returns as JSON",
    told_by="`feedback_scores.` or `assertion_1.` columns beside those of a dataset item or its output; `test_case`"
    " with `score_results`",
    item="`dataset_item_id`; made from the input without one",
    repeat="`trial_id`; rows of one experiment with the same item, in order (Opik's trials)",
    configuration="one run an experiment where a column names it; settings are not in the file",
    error="`error_info`; `scoring_failed` is an error of its metric, whatever its value",
    directions="stated by Opik's definitions; guessed for metrics of your own",
    endings=(".csv", ".jsonl", ".json"),
    sniff=sniff,
    read=read,
)
