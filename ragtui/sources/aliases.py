"""What other harnesses call the fields of a result, in the order in which they are believed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ragtui.model.languages import in_english

ITEM = (
    "item", "item_id", "question_id", "case_id", "example_id", "sample_id", "test_id", "test_case_id", "query_id",
    "qid", "task_id", "instance_id", "prompt_id", "problem_id", "record_id", "conversation_id", "dialogue_id", "id",
    "case", "case_name", "test_case", "test_case_name", "test_name", "doc_id", "key", "name",
)  # fmt: skip
REPEAT = ("repeat", "repeat_index", "repetition", "repetition_number", "rep", "epoch", "trial", "iteration", "pass_no")
QUESTION = (
    "question",
    "query",
    "input",
    "user_input",
    "user_query",
    "user_question",
    "prompt",
    "instruction",
    "user_prompt",
    "utterance",
    "inputs",
    "problem",
)
MEDIA = frozenset((
    "audio", "audio_path", "audio_file", "audio_filename", "wav", "wav_path", "clip", "recording", "image",
    "image_path", "image_file", "image_name", "image_filename", "img", "picture", "photo", "video", "video_path",
    "video_file", "video_name", "frame", "scan",
))  # fmt: skip
"""What is asked about where it is no text; its file names the item."""
EXPECTED = (
    "expected", "expected_output", "expected_answer", "reference", "reference_answer", "ground_truth", "target",
    "ideal", "gold", "gold_answer", "golden_answer",
)  # fmt: skip
OUTPUT = (
    "output", "answer", "response", "actual_output", "actual", "prediction", "generated", "completion", "model_output",
    "generated_answer", "llm_response", "model_answer", "model_response", "generated_text", "llm_output",
    "final_answer", "predicted_answer", "bot_response", "system_answer", "rag_answer", "actual_answer", "reply",
    "outputs",
)  # fmt: skip
CONTEXTS = ("contexts", "retrieved_contexts", "retrieval_context", "context", "passages", "documents", "sources")
RATIONALE = (
    "rationale", "reason", "explanation", "judgment", "judgement", "comment", "justification", "reasoning", "critique",
    "feedback", "why",
)  # fmt: skip
ERROR = ("error", "error_message", "exception")
SECONDS = ("latency_s", "latency", "duration_s", "duration", "elapsed_s", "elapsed", "response_time", "execution_time")
MILLISECONDS = ("latency_ms", "duration_ms", "elapsed_ms", "response_time_ms")
COST = ("cost_usd", "cost", "total_cost", "price_usd", "total_cost_usd")
TOKENS = ("tokens", "total_tokens", "token_usage", "usage", "usage_metadata", "token_counts", "total_token_count")
TRACE = ("trace_id", "trace_url", "started_at", "attempt", "judging", "metadata")
RUN = ("config", "configuration", "run", "run_id", "run_name", "model", "variant", "system", "pipeline",
       "pipeline_name", "experiment", "provider")  # fmt: skip
METRIC = (
    "metric", "metric_name", "score_name", "evaluator", "scorer", "criterion", "dimension", "aspect", "grader", "judge",
)  # fmt: skip
SCORE = ("score", "value", "metric_value", "score_value", "rating")
JUDGEMENTS = ("judgments", "judgements", "judges", "graders", "raters", "annotators", "reviewers")
SCORES = ("scores", "metrics", "evaluations", "metric_scores", "evals", "results", "ratings", "grades", "assessments",
          *JUDGEMENTS)  # fmt: skip

TRIALS = frozenset((
    "trials", "trial", "attempts", "repeats", "repetitions", "runs", "samples", "generations", "rollouts", "epochs",
    "iterations", "passes", "tries", "replicates", "completions",
))  # fmt: skip
"""Names of lists whose entries are repeats of the item they stand in."""
TURNS = frozenset((
    "turns", "steps", "exchanges", "subquestions", "sub_questions", "parts", "stages", "subtasks", "rounds",
    "questions",
))  # fmt: skip
"""Names of lists whose entries are parts of the item they stand in."""

TEXT_ROLES = frozenset((*ITEM, *REPEAT, *QUESTION, *EXPECTED, *OUTPUT, *CONTEXTS, *RATIONALE, *ERROR, *TRACE, *RUN))


_TELLING = re.compile(
    r"score|correct|accura|faithful|relevan|precision|recall|f1\b|pass|reward|grade|rating|exact|match|similar|bleu"
    r"|rouge|judg|quality|helpful|ground|hallucinat|win|prefer|complete|concise|toxic|eval|metric"
    r"|verdict|resolved|solved|success",
    re.IGNORECASE,
)


def word_set(text: str) -> frozenset[str]:
    """The words of a list written as one text."""
    return frozenset(text.split())


def sounds_like_score(name: str) -> bool:
    """Whether a name is one that metrics have; "difficulty" or "price" may be scores, but do not sound like it."""
    return _TELLING.search(name) is not None


def first(record: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    """The value of the first name that has one."""
    return next((record[name] for name in names if record.get(name) is not None), None)


@lru_cache(65536)
def snake(name: str) -> str:
    """ "latencyMs" and "Latency ms" as "latency_ms"; words of other languages in English, "Frage" as "question"."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[\s-]+", "_", in_english(name).strip()).lower()
