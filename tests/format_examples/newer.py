"""Files of tools whose structure alone does not tell what they say: keys that are metrics, means among the items."""

from __future__ import annotations

import json
from typing import Any

from format_examples.example import Example, Said, Told


def adk_metric(name: str, score: float | None, status: int, **more: Any) -> dict[str, Any]:
    """A metric of a case or of one of its turns."""
    return {"metric_name": name, "threshold": 0.5, "score": score, "eval_status": status, **more}


def adk_turn(asked: str, said: str, *metrics: dict[str, Any]) -> dict[str, Any]:
    """One turn of a conversation."""
    actual = {
        "user_content": {"role": "user", "parts": [{"text": asked}]},
        "final_response": {"role": "model", "parts": [{"text": said}]},
        "duration": 0.5,
    }
    right = {"final_response": {"role": "model", "parts": [{"text": "three"}]}}
    return {"actual_invocation": actual, "expected_invocation": right, "eval_metric_results": list(metrics)}


def adk_case(item: str, said: str, *metrics: dict[str, Any]) -> dict[str, Any]:
    """A case as often as it was run; one without metrics is one whose agent failed."""
    details = {"rubric_scores": [{"rubric_id": "short", "rationale": "it is brief", "score": 1.0}]}
    turn = adk_turn(f"ask {item}", said, adk_metric("rubric_based_final_response_quality_v1", 1.0, 1, details=details))
    return {
        "eval_set_id": "sums",
        "eval_id": item,
        "final_eval_status": 1 if metrics else 2,
        "overall_eval_metric_results": list(metrics),
        "eval_metric_result_per_invocation": [turn] if metrics else [],
        "session_id": f"s-{item}",
        "session_details": {"app_name": "calculator"} if metrics else None,
    }


ADK = {
    "eval_set_result_id": "calculator_sums_1",
    "eval_set_result_name": "calculator_sums_1",
    "eval_set_id": "sums",
    "creation_timestamp": 1_770_000_000.0,
    "eval_case_results": [
        adk_case(
            "a",
            "three",
            adk_metric("rubric_based_final_response_quality_v1", 1.0, 1),
            adk_metric("hallucinations_v1", 0.75, 1),
            adk_metric("token_usage_v1", 120.0, 4),
        ),
        adk_case(
            "b",
            "four",
            adk_metric("rubric_based_final_response_quality_v1", 0.0, 2),
            adk_metric("hallucinations_v1", None, 3),
            adk_metric("token_usage_v1", 80.0, 4),
        ),
        adk_case(
            "a",
            "four",
            adk_metric("rubric_based_final_response_quality_v1", 0.5, 1),
            adk_metric("hallucinations_v1", 0.25, 2),
            adk_metric("token_usage_v1", 100.0, 4),
        ),
        adk_case("b", ""),
    ],
}
ADK_TOLD = Told(
    items=2,
    repeats=2,
    # the second run of "b" failed; "hallucinations" is the share of what is grounded, and more is better
    metrics={
        "rubric_based_final_response_quality_v1": Said(0.5, 1.0, None, scored=3),
        "hallucinations_v1": Said(0.5, 0.75, None, scored=2, failed=1),
        "token_usage_v1": Said(100.0, 120.0, None, higher=False, scored=3),
    },
    errors=1,
    name="calculator_sums_1",
    configuration={"dataset": "sums", "pipeline.app": "calculator"},
    question="ask a",
    expected="three",
    output="three",
    rationale="short: it is brief",
    resources=("latency",),
)


def llama(query: str, score: float | None, *, passing: bool | None = None, invalid: str = "") -> dict[str, Any]:
    """A result of one evaluator."""
    return {
        "query": query, "contexts": ["c"], "response": "A", "passing": passing, "feedback": "so", "score": score,
        "pairwise_source": None, "invalid_result": bool(invalid), "invalid_reason": invalid or None,
    }  # fmt: skip


LLAMA = {
    "faithfulness": [llama("a?", 1.0), llama("b?", 0.0), llama("c?", 1.0)],
    "relevancy": [llama("a?", None, passing=True), llama("b?", 0.0, invalid="no JSON"), llama("c?", 0.5)],
}


def evalplus(base: str, plus: str | None) -> dict[str, Any]:
    """A sample of a task."""
    return {"solution": "def f(): ...", "base_status": base, "plus_status": plus, "plus_fail_tests": [[1, 2]]}


EVALPLUS = {
    "date": "2026-05-01 10:00",
    "hash": "abc",
    "eval": {
        "HumanEval/0": [evalplus("pass", "fail"), evalplus("pass", "pass")],
        "HumanEval/1": [evalplus("fail", "fail"), evalplus("timeout", "fail")],
    },
}
TREC = "".join(
    f"{measure:<22}\t{query}\t{value}\n"
    for measure, query, value in (
        ("num_ret", "301", "100"),
        ("map", "301", "0.2500"),
        ("P_10", "301", "0.5000"),
        ("map", "302", "0.7500"),
        ("P_10", "302", "nan"),
        ("runid", "all", "bm25"),
        ("map", "all", "0.5000"),
        ("P_10", "all", "0.5000"),
    )
)


def langsmith_run(number: int, score: float | None, error: str | None = None) -> dict[str, Any]:
    """A run of an example, with the means of its feedback."""
    return {
        "id": f"r{number}", "session_id": "main", "inputs": {"question": "a?"}, "outputs": {"answer": "A"},
        "error": error, "start_time": "2026-05-01T10:00:00Z", "end_time": "2026-05-01T10:00:02Z", "total_cost": 0.5,
        "feedback_stats": {
            "correct": {"n": 1, "avg": score, "values": {}, "comments": ["so"]},
        },
    }  # fmt: skip


LANGSMITH_RUNS = [
    {
        "id": "one",
        "dataset_id": "d",
        "inputs": {"question": "a?"},
        "outputs": {"answer": "E"},
        "metadata": {"topic": "t"},
        "runs": [langsmith_run(1, 1.0), langsmith_run(2, 0.0)],
    },
    {
        "id": "two",
        "dataset_id": "d",
        "inputs": {"question": "b?"},
        "outputs": {"answer": "E"},
        "runs": [langsmith_run(3, 0.5), langsmith_run(4, None, "timed out")],
    },
]

NEWER = (
    Example("google-adk", "google-adk", {"calculator_sums_1.evalset_result.json": ADK}, (ADK_TOLD,)),
    Example(
        "google-adk-hidden",
        "google-adk",
        {"calculator/.adk/eval_history/calculator_sums_1.evalset_result.json": json.dumps(json.dumps(ADK))},
        (ADK_TOLD,),
    ),
    Example(
        "llama-index",
        "llama-index",
        {"batch.json": LLAMA},
        (
            Told(
                items=3,
                repeats=1,
                metrics={
                    "faithfulness": Said(2 / 3, 1.0, 1.0, scored=3),
                    "relevancy": Said(0.75, 1.0, 0.5, scored=2, failed=1),
                },
                question="a?",
                output="A",
                rationale="so",
            ),
        ),
    ),
    Example(
        "evalplus",
        "evalplus",
        {"small_eval_results.json": EVALPLUS},
        (
            Told(
                items=2,
                repeats=2,
                metrics={"base": Said(0.5, 1.0, 0.0, scored=4), "plus": Said(0.25, 0.0, 0.0, scored=4)},
                name="small",
                configuration={"dataset": "HumanEval+", "dataset_version": "abc"},
                output="def f(): ...",
            ),
        ),
    ),
    Example(
        "trec-eval",
        "trec-eval",
        {"bm25.eval": TREC},
        (
            Told(
                items=2,
                repeats=1,
                metrics={"map": Said(0.5, 0.25, 0.75, scored=2), "P_10": Said(0.5, 0.5, None, scored=1, failed=1)},
                name="bm25",
                configuration={"pipeline.run": "bm25"},
                metadata={"num_ret": 100.0},
            ),
        ),
    ),
    Example(
        "langsmith-runs",
        "langsmith",
        {"experiment.json": LANGSMITH_RUNS},
        (
            Told(
                items=2,
                repeats=2,
                # the second run of the second example failed
                metrics={"correct": Said(0.5, 1.0, None, told="guessed", scored=3)},
                errors=1,
                name="main",
                question="a?",
                expected="E",
                output="A",
                rationale="so",
                resources=("latency", "cost"),
            ),
        ),
    ),
)
