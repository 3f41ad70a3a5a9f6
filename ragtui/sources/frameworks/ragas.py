"""Ragas results: a data frame with one column a metric, from version 0.1 (`question`, `answer`) to 0.2 and later
(`user_input`, `response`), also as an experiment's JSON Lines.

Ragas has no item ids and no repeats, drops rows that failed, and writes NaN where a metric failed. A table that has
other columns telling rows apart (a pipeline, an iteration) is read as a score table, because it knows more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ragtui.files.fields import identifier, text
from ragtui.model import Problem
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.ids import keep_apart, name_items
from ragtui.sources.drafts.metrics import as_stated
from ragtui.sources.drafts.opened import LINE, read_rows
from ragtui.sources.drafts.values import parsed, score, spoken, truth
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek

_NEW = frozenset({"user_input", "response"})
_OLD = frozenset({"question", "answer", "contexts"})
_TEXTS = frozenset({
    "user_input", "response", "retrieved_contexts", "reference", "reference_contexts", "question", "answer", "contexts",
    "ground_truth", "ground_truths", "rubrics", "rubric", "reference_topics", "reference_tool_calls", "id",
    "multi_responses", "persona_name", "query_style", "query_length", "synthesizer_name", "error",
})  # fmt: skip
_DEFINED = {
    "faithfulness": True, "answer_relevancy": True, "response_relevancy": True, "context_precision": True,
    "context_recall": True, "context_relevancy": True, "context_utilization": True, "context_entity_recall": True,
    "answer_similarity": True, "semantic_similarity": True, "answer_correctness": True, "factual_correctness": True,
    "answer_accuracy": True, "context_relevance": True, "nv_accuracy": True, "nv_context_relevance": True,
    "nv_response_groundedness": True, "response_groundedness": True, "llm_context_precision_with_reference": True,
    "llm_context_precision_without_reference": True, "non_llm_context_recall": True, "bleu_score": True,
    "rouge_score": True, "exact_match": True, "string_present": True, "chrf_score": True, "tool_call_accuracy": True,
    "agent_goal_accuracy": True, "topic_adherence": True, "summary_score": True, "harmfulness": False,
    "maliciousness": False, "coherence": True, "correctness": True, "conciseness": True, "tool_call_f1": True,
    "noise_sensitivity": False, "noise_sensitivity_relevant": False, "noise_sensitivity_irrelevant": False,
    "multi_modal_faithfulness": True, "multi_modal_relevance": True, "quoted_spans_alignment": True,
}  # fmt: skip
"""Directions by Ragas' definitions of its metrics; "(mode=f1)" behind a name does not turn one."""
_IDS = ("id", "item", "item_id", "question_id", "case_id", "sample_id", "qid")
_TELLS_APART = frozenset({
    "pipeline_name", "pipeline", "model", "config", "configuration", "iteration", "run", "run_id", "repeat", "epoch",
    "trial", "variant", "system", "experiment", "retriever", "arm", "method", "mode", "k", "metric",
})  # fmt: skip


def sniff(peek: Peek) -> bool:
    """Ragas' text columns, a metric that Ragas defines, and nothing that tells rows apart otherwise."""
    fields = peek.fields
    if not (fields >= _NEW or fields >= _OLD) or fields & _TELLS_APART:
        return False
    return any(_base(name) in _DEFINED for name in fields)


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """The run of a data frame."""
    yield from read_rows(peek, request, FORMAT, drafts)


def drafts(rows: list[dict[str, Any]], source: Source) -> Iterator[Draft]:
    """The one run of a data frame."""
    columns = dict.fromkeys(name for row in rows for name in row if name != LINE)
    metrics = [name for name in columns if name not in _TEXTS and _is_metric(name, rows)]
    others = [name for name in columns if name not in _TEXTS and name not in metrics]
    draft = Draft(
        name=source.path.stem,
        records=[_record(row, metrics, others) for row in rows],
        metrics=as_stated({name: _DEFINED[_base(name)] for name in metrics if _base(name) in _DEFINED}, metrics),
    )
    name_items(draft)
    keep_apart(draft)
    draft.note("Ragas drops rows that failed: compare the number of items with your dataset")
    yield draft


def _base(name: str) -> str:
    return name.partition("(")[0].strip().casefold()


def _is_metric(name: str, rows: list[dict[str, Any]]) -> bool:
    """A column that Ragas defines, or one of numbers and passes only."""
    if _base(name) in _DEFINED:
        return True
    if name in _IDS or name.casefold().startswith(("unnamed", "column ")) or name.endswith(("_reason", "_id")):
        return False
    said = [value for row in rows if (value := row.get(name)) not in (None, "")]
    return bool(said) and all(_is_number(truth(value)) for value in said)


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        try:
            float(value)
        except ValueError:
            return False
        return True
    return isinstance(value, (int, float))


def _record(row: Mapping[str, Any], metrics: list[str], others: list[str]) -> Record:
    contexts = parsed(row.get("retrieved_contexts") or row.get("contexts"))
    expected = row.get("reference") or row.get("ground_truth") or row.get("ground_truths")
    return {
        "line": row.get(LINE, 0),
        "item": next((found for name in _IDS if (found := identifier(row.get(name)))), ""),
        "question": spoken(parsed(row.get("user_input") or row.get("question"))),
        "expected": expected,
        "output": row.get("response") or row.get("answer"),
        "contexts": contexts if isinstance(contexts, list) else [contexts] if contexts else [],
        "scores": {
            name: score(value, rationale=text(row.get(f"{name}_reason")))
            for name in metrics
            if (value := truth(row.get(name))) not in (None, "")
        },
        "error": row.get("error"),
        "metadata": {name: value for name in others if (value := row.get(name)) not in (None, "")},
    }


FORMAT = Format(
    name="ragas",
    tool="Ragas",
    files="results as CSV, JSON Lines or a JSON data frame, columns of 0.1 and of 0.2 and later",
    told_by="`user_input` and `response`, or `question`, `answer` and `contexts`, beside a metric of Ragas",
    item="a column such as `id`; else made from the question, and from the reference where questions are shared",
    repeat="none: Ragas has no repeats; rows that share question and reference are kept apart by their order",
    configuration="none; a table with a column that tells rows apart is read as a score table",
    error="NaN is an error of its metric",
    directions="stated by Ragas' definitions; guessed for columns of your own",
    endings=(".csv", ".jsonl", ".json"),
    sniff=sniff,
    read=read,
)
