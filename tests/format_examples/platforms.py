"""Exports of platforms."""

from __future__ import annotations

from typing import Any

from format_examples.example import Example, Said, Told

_UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"


def openai_item(number: int, score: float, run: str = "evalrun_1", **more: Any) -> dict[str, Any]:
    """One output item with a grader whose name ends in a UUID."""
    return {
        "id": f"outputitem_{run}_{number}",
        "object": "eval.run.output_item",
        "created_at": 1762000000,
        "eval_id": "eval_1",
        "run_id": run,
        "status": "pass" if score >= 0.5 else "fail",
        "datasource_item_id": number,
        "datasource_item": {"question": f"Q{number}", "ground_truth": "x", "topic": "t"},
        "results": [
            {
                "name": f"helpful-{_UUID}",
                "type": "score_model",
                "score": score,
                "passed": score >= 0.5,
                "sample": {"model": "judge-1", "output": [{"role": "assistant", "content": "well said"}]},
            }
        ],
        "sample": {
            "input": [{"role": "user", "content": f"Q{number}"}],
            "output": [{"role": "assistant", "content": f"A{number}"}],
            "model": "small",
            "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
            "error": None,
        },
        **more,
    }


_FAILED = openai_item(2, 0.0, status="error", results=[])
_FAILED["sample"] = {**_FAILED["sample"], "error": {"code": "server_error", "message": "try again"}}
OPENAI = [openai_item(0, 1.0), openai_item(1, 0.25), _FAILED]
_OPENAI_TOLD = Told(
    items=3,
    repeats=1,
    metrics={"helpful": Said(0.625, 1.0, None, scored=2)},
    errors=1,
    name="evalrun_1",
    configuration={"dataset": "eval_1", "pipeline.model": "small", "judges.helpful.model": "judge-1"},
    question="Q0",
    expected="x",
    output="A0",
    rationale="well said",
    metadata={"topic": "t"},
    resources=("tokens",),
)

LANGSMITH = (
    "inputs.question,outputs.output,error,reference.answer,feedback.correctness,feedback.tone,execution_time,example_id,id\n"
    "Q0,o,,r,1,0.5,1.5,ex0,run0\n"
    "Q1,o,,r,0,0.5,1.5,ex1,run1\n"
    "Q0,o,,r,0.5,,1.5,ex0,run2\n"
    "Q1,,TimeoutError('late'),r,,,9,ex1,run3\n"
)

LANGSMITH_WEB = (
    "id,inputs,outputs,reference_outputs,status,error,latency,tokens,total_cost,example_id,accuracy\n"
    'r0,"{""question"": ""Q0""}","{""answer"": ""A""}","{""answer"": ""R""}",success,,1.0,10,0.01,e0,1\n'
    'r1,"{""question"": ""Q1""}","{""answer"": ""B""}","{""answer"": ""R""}",success,,2.0,10,0.01,e1,0\n'
)

PLATFORMS = (
    Example("openai-lines", "openai-platform", {"run.jsonl": OPENAI}, (_OPENAI_TOLD,)),
    Example(
        "openai-page",
        "openai-platform",
        {"run.json": {"object": "list", "data": OPENAI, "has_more": False}},
        (_OPENAI_TOLD,),
    ),
    Example(
        "openai-pages",
        "openai-platform",
        {"run.jsonl": [{"object": "list", "data": [item], "has_more": True} for item in OPENAI]},
        (_OPENAI_TOLD,),
    ),
    Example(
        "openai-two-files-of-one-run",
        "openai-platform",
        {"run.json": {"object": "list", "data": OPENAI}, "run.jsonl": OPENAI},
        (_OPENAI_TOLD,),
    ),
    Example(
        "openai-two-runs",
        "openai-platform",
        {"runs.json": {"output_items": [openai_item(0, 1.0), openai_item(0, 0.5, "evalrun_2"), openai_item(0, 0.0)]}},
        (
            Told(1, 2, {"helpful": Said(0.5, 1.0, 0.0, scored=2)}, name="evalrun_1"),
            Told(1, 1, {"helpful": Said(0.5, 0.5, 0.5, scored=1)}, name="evalrun_2"),
        ),
    ),
    Example(
        "langsmith-frame",
        "langsmith",
        {"exp.csv": LANGSMITH},
        (
            Told(
                items=2,
                repeats=2,
                metrics={
                    "correctness": Said(0.5, 1.0, None, told="guessed", scored=3),
                    "tone": Said(0.5, 0.5, None, higher=None, told="unknown", scored=2, missing=1),
                },
                errors=1,
                question="Q0",
                expected="r",
                output="o",
                resources=("latency",),
            ),
        ),
    ),
    Example(
        "langsmith-web",
        "langsmith",
        {"exp.csv": LANGSMITH_WEB},
        (
            Told(
                items=2,
                repeats=1,
                metrics={"accuracy": Said(0.5, 1.0, 0.0, told="guessed", scored=2)},
                question="Q0",
                expected="R",
                output="A",
                resources=("latency", "cost"),
            ),
        ),
    ),
)
