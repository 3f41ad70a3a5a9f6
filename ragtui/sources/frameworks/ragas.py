"""Ragas results: a data frame with one column a metric, from version 0.1 (`question`, `answer`) to 0.2 and later
(`user_input`, `response`), also as an experiment's JSON Lines.

Ragas has no item ids and no repeats, drops rows that failed, and writes NaN where a metric failed. A table that has
other columns telling rows apart (a pipeline, an iteration) is read as a score table, because it knows more. Results of
metrics that an experiment keeps whole stand in its CSV as they are printed (ragas.metrics.result of release 0.4).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ragtui.files.fields import identifier, text
from ragtui.files.problems import ProblemLog
from ragtui.model import Problem, canonical_hash
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.ids import keep_apart, name_items
from ragtui.sources.drafts.literals import literal
from ragtui.sources.drafts.metrics import as_stated
from ragtui.sources.drafts.opened import LINE, read_rows, rows_of
from ragtui.sources.drafts.values import asked_in, conversation_in, parsed, score, spoken, truth
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek
from ragtui.sources.table.meaning import names

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
    "faithful_rate": True, "relevance_rate": True, "faithfulness_with_hhem": True, "non_llm_string_similarity": True,
    "non_llm_context_precision_with_reference": True, "context_precision_with_reference": True,
    "context_precision_without_reference": True, "id_based_context_precision": True, "id_based_context_recall": True,
    "domain_specific_rubrics": True, "rubrics_score_with_reference": True, "rubrics_score_without_reference": True,
    "labelled_rubrics_score": True, "reference_free_rubrics_score": True, "instance_rubrics": True,
    "instance_specific_rubrics": True, "data_compare_score": True, "llm_sql_equivalence_with_reference": True,
    "sql_semantic_equivalence": True,
}  # fmt: skip
"""Directions by Ragas' definitions of its metrics; "(mode=f1)" behind a name does not turn one."""
_RESULT = re.compile(r"MetricResult\(value=(?P<value>.*?)(?:, reason=(?P<reason>['\"].*))?\)", re.DOTALL)
_IDS = ("id", "item", "item_id", "question_id", "case_id", "sample_id", "qid")


def sniff(peek: Peek) -> bool:
    """Ragas' text columns, a metric that Ragas defines, and nothing that tells rows apart otherwise."""
    fields = peek.fields
    if not (fields >= _NEW or fields >= _OLD) or any(map(_tells_apart, _others(fields))):
        return False
    return any(_base(name) in _DEFINED for name in fields) or b"MetricResult(value=" in peek.start


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """The run of a data frame; a score table where another column tells the rows of a question apart."""
    if _others(peek.fields) and _is_crossed(rows_of(peek.path, ProblemLog(str(peek.path)), peek)):
        from ragtui.sources.recognise import read_as_table

        yield from read_as_table(peek, request)
        return
    yield from read_rows(peek, request, FORMAT, drafts)


def _others(columns: Iterable[str]) -> list[str]:
    """Columns that Ragas does not write."""
    return [name for name in columns if name not in _TEXTS and _base(name) not in _DEFINED and name != LINE]


def _tells_apart(name: str) -> bool:
    """Whether a column is called like a configuration, a repeat or a judge."""
    if names.is_row_number(name):
        return False
    return name == "metric" or names.is_setting(name) or names.is_repeat(name) or names.is_judge(name) or (
        names.is_perhaps_repeat(name)
    )  # fmt: skip


def _is_crossed(rows: list[dict[str, Any]]) -> bool:
    """Whether some column that Ragas does not write differs between the rows of most questions."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        asked = [row.get("user_input") or row.get("question"), row.get("reference") or row.get("ground_truth")]
        groups.setdefault(canonical_hash(asked), []).append(row)
    several = [group for group in groups.values() if len(group) > 1]
    return any(
        2 * sum(len({text(row.get(name)) for row in group}) == len(group) for group in several) > len(groups)
        for name in _others(dict.fromkeys(name for row in rows for name in row))
    )


def drafts(rows: list[dict[str, Any]], source: Source) -> Iterator[Draft]:
    """The one run of a data frame."""
    columns = dict.fromkeys(name for row in rows for name in row if name != LINE)
    whole = [name for name in columns if any(_is_result(row.get(name)) for row in rows)]
    rows = [_with_results(row, whole) for row in rows]
    metrics = [name for name in columns if name in whole or (name not in _TEXTS and _is_metric(name, rows))]
    others = [name for name in columns if name not in _TEXTS and name not in metrics and not names.is_row_number(name)]
    draft = Draft(
        name=source.path.stem,
        records=[_record(row, metrics, others) for row in rows],
        metrics=as_stated({name: _DEFINED[_base(name)] for name in metrics if _base(name) in _DEFINED}, metrics),
    )
    name_items(draft)
    keep_apart(draft)
    draft.note("an experiment of Ragas drops rows that failed: if this is one, compare its items with your dataset")
    yield draft


def _is_result(value: Any) -> bool:
    return isinstance(value, str) and _RESULT.fullmatch(value) is not None


def _with_results(row: dict[str, Any], whole: Sequence[str]) -> dict[str, Any]:
    """The row with value and reason of results that were printed."""
    found = dict(row)
    for name in whole:
        if isinstance(value := row.get(name), str) and (said := _RESULT.fullmatch(value)):
            reason = literal(f"[{said['reason']}]") or [said["reason"] or ""]
            found |= {name: said["value"], f"{name}_reason": reason[0]}
    return found


def _base(name: str) -> str:
    return name.partition("(")[0].strip().casefold()


def _is_metric(name: str, rows: list[dict[str, Any]]) -> bool:
    """A column that Ragas defines, or one of numbers and passes only."""
    if _base(name) in _DEFINED:
        return True
    if name in _IDS or names.is_row_number(name) or name.endswith(("_reason", "_id")):
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
    asked = parsed(row.get("user_input") or row.get("question"))
    return {
        "line": row.get(LINE, 0),
        "item": next((found for name in _IDS if (found := identifier(row.get(name)))), ""),
        "question": asked_in(asked) or spoken(asked),
        "expected": expected,
        "output": row.get("response") or row.get("answer") or conversation_in(asked),
        "contexts": contexts if isinstance(contexts, list) else [contexts] if contexts else [],
        "scores": {name: said for name in metrics if (said := _score(row, name)) is not None},
        "error": row.get("error"),
        "metadata": {name: value for name in others if (value := row.get(name)) not in (None, "")},
    }


def _score(row: Mapping[str, Any], name: str) -> Any:
    """A score; pandas writes the NaN of a metric that failed as an empty cell."""
    value = truth(row.get(name))
    if value in (None, ""):
        return score(None, error="Ragas wrote no score") if _base(name) in _DEFINED else None
    return score(value, rationale=text(row.get(f"{name}_reason")))


FORMAT = Format(
    name="ragas",
    tool="Ragas",
    files="results as CSV, JSON Lines or a JSON data frame, columns of 0.1 and of 0.2 and later",
    told_by="`user_input` and `response`, or `question`, `answer` and `contexts`, beside a metric or results of Ragas",
    item="a column such as `id`; else made from the question, and from the reference where questions are shared",
    repeat="none: Ragas has no repeats; rows that share question and reference are kept apart by their order",
    configuration="none; a table with a column that tells rows apart is read as a score table",
    error="NaN, or an empty cell of a metric of Ragas, is an error of its metric",
    directions="stated by Ragas' definitions; guessed for columns of your own",
    endings=(".csv", ".jsonl", ".json"),
    sniff=sniff,
    read=read,
)
