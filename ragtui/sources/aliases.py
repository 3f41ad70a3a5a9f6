"""What other harnesses call the fields of a result, in the order in which they are believed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

ITEM = (
    "item", "item_id", "id", "case", "case_id", "question_id", "sample_id", "example_id", "test_id", "doc_id", "qid",
    "query_id", "task_id", "instance_id", "case_name", "test_case",
)  # fmt: skip
REPEAT = ("repeat", "repeat_index", "repetition", "repetition_number", "rep", "epoch", "trial", "iteration", "pass_no")
QUESTION = ("question", "query", "input", "user_input", "prompt", "instruction", "user_prompt")
EXPECTED = (
    "expected", "expected_output", "expected_answer", "reference", "reference_answer", "ground_truth", "target",
    "ideal", "gold", "gold_answer", "golden_answer",
)  # fmt: skip
OUTPUT = (
    "output", "answer", "response", "actual_output", "actual", "prediction", "generated", "completion", "model_output",
)  # fmt: skip
CONTEXTS = ("contexts", "retrieved_contexts", "retrieval_context", "context", "passages", "documents", "sources")
RATIONALE = ("rationale", "reason", "explanation", "judgment", "judgement", "comment", "justification")
ERROR = ("error", "error_message", "exception")
SECONDS = ("latency_s", "latency", "duration_s", "duration", "elapsed_s", "elapsed", "response_time", "execution_time")
MILLISECONDS = ("latency_ms", "duration_ms", "elapsed_ms", "response_time_ms")
COST = ("cost_usd", "cost", "total_cost", "price_usd")
TOKENS = ("tokens", "total_tokens", "token_usage", "usage")
TRACE = ("trace_id", "trace_url", "started_at", "attempt", "judging", "metadata")
RUN = ("config", "configuration", "run", "run_id", "run_name", "model", "variant", "system", "pipeline",
       "pipeline_name", "experiment", "provider")  # fmt: skip
METRIC = (
    "metric", "metric_name", "score_name", "evaluator", "scorer", "criterion", "dimension", "aspect", "grader", "judge",
)  # fmt: skip
COUNTERS = ("k", "attempt", "try", "round", "sample", "seed", "n", "i", "run", "run_id", "run_number", "run_index")
SCORE = ("score", "value", "metric_value", "score_value", "rating")
SCORES = ("scores", "metrics", "evaluations", "metric_scores", "evals", "results")

MEASURED = (*SECONDS, *MILLISECONDS, *COST, *TOKENS)
_NEVER_SCORES = frozenset({
    "index", "idx", "line", "row", "number", "no", "n", "k", "seed", "timestamp", "ts", "time", "date", "created",
    "created_at", "updated_at", "turn", "rank", "tstamp", "version", "year", "length", "count",
    "temperature", "top_p", "max_tokens", "exit_code", "retries", "success_count",
})  # fmt: skip
_NEVER_ENDINGS = (
    "_id", "_idx", "_index", "_ts", "_at", "_time", "_length", "_len", "_count", "_tokens", "_retrieved", "_ms",
    "_hash", "_seed", "_version",
)  # fmt: skip
_TEXT_ROLES = frozenset((*ITEM, *REPEAT, *QUESTION, *EXPECTED, *OUTPUT, *CONTEXTS, *RATIONALE, *ERROR, *TRACE, *RUN))


_TELLING = re.compile(
    r"score|correct|accura|faithful|relevan|precision|recall|f1\b|pass|reward|grade|rating|exact|match|similar|bleu"
    r"|rouge|judg|quality|helpful|ground|hallucinat|win|prefer|complete|concise|toxic|eval|metric",
    re.IGNORECASE,
)


def sounds_like_score(name: str) -> bool:
    """Whether a name is one that metrics have; "difficulty" or "price" may be scores, but do not sound like it."""
    return _TELLING.search(name) is not None


def first(record: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    """The value of the first name that has one."""
    return next((record[name] for name in names if record.get(name) is not None), None)


def snake(name: str) -> str:
    """ "latencyMs" and "Latency ms" as "latency_ms"."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[\s-]+", "_", name.strip()).lower()


def could_be_metric(name: str) -> bool:
    """Whether a column or field of numbers with this name may be a score (and not an id, a count or a time)."""
    lowered = snake(name)
    return not (
        not lowered
        or lowered in _TEXT_ROLES
        or lowered in MEASURED
        or lowered in _NEVER_SCORES
        or lowered.endswith(_NEVER_ENDINGS)
        or lowered.startswith("unnamed")
    )
