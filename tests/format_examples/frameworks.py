"""Evaluation libraries."""

from __future__ import annotations

from format_examples.example import Example, Said, Told
from format_examples.framework_files import (
    AUTOEVALS,
    BRAINTRUST,
    DEEPEVAL,
    DEEPEVAL_BY_HAND,
    DEEPEVAL_OLD,
    DEEPEVAL_TOLD,
    JUNIT,
    LONG_TABLE,
    PROMPTFOO,
    PROMPTFOO_CSV,
    PROMPTFOO_TABLE,
    PROMPTFOO_TOLD,
    PYDANTIC,
    PYTEST,
    PYTEST_TOLD,
    RAGAS_NEW,
    RAGAS_OLD,
    promptfoo_rows,
)

FRAMEWORKS = (
    Example("deepeval", "deepeval", {"test_run_20260501_101112.json": DEEPEVAL}, (DEEPEVAL_TOLD,)),
    Example(
        "deepeval-hidden-twice",
        "deepeval",
        {
            "app/.deepeval/.latest_run_full.json": DEEPEVAL,
            "app/.deepeval/.latest_test_run.json": {"testRunData": DEEPEVAL},
        },
        (DEEPEVAL_TOLD,),
    ),
    Example("deepeval-wrapped", "deepeval", {"run.json": {"testRunData": DEEPEVAL}}, (DEEPEVAL_TOLD,)),
    Example(
        "deepeval-old",
        "deepeval",
        {"old.json": DEEPEVAL_OLD},
        (Told(2, 1, {"Correctness (GEval)": Said(0.5, 1.0, 0.0, scored=2)}, question="a?"),),
    ),
    Example(
        "deepeval-by-hand-repeated",
        "deepeval",
        {"results.json": DEEPEVAL_BY_HAND},
        # "a?" and "b?" occur twice and differ in nothing: 0.75 and 0.25, 1.0 and 0.5
        (Told(2, 2, {"Toxicity": Said(0.625, 0.75, 0.5, higher=False, scored=4)}, rationale="rude"),),
    ),
    Example("promptfoo", "promptfoo", {"out.json": PROMPTFOO}, PROMPTFOO_TOLD),
    Example(
        "promptfoo-lines",
        "promptfoo",
        {"out.jsonl": promptfoo_rows()[:6]},
        (Told(2, 3, {name: Said(0.5, 0.0, 1.0, scored=6) for name in ("score", "success", "polite")}),),
    ),
    Example(
        "promptfoo-table",
        "promptfoo",
        {"old.json": PROMPTFOO_TABLE},
        (
            Told(
                2,
                1,
                {"score": Said(0.75, 1.0, 0.5, scored=2), "success": Said(0.5, 1.0, 0.0, scored=2)},
                question="one",
            ),
        ),
    ),
    Example(
        "promptfoo-csv",
        "promptfoo-csv",
        {"out.csv": PROMPTFOO_CSV},
        (
            Told(
                2,
                1,
                {"score": Said(0.625, 1.0, 0.25, scored=2), "success": Said(0.5, 1.0, 0.0, scored=2)},
                question="one",
            ),
            Told(2, 1, {"score": Said(0.5, 0.5, None, scored=1), "success": Said(0.0, 0.0, None, scored=1)}, errors=1),
        ),
    ),
    Example(
        "pydantic-evals",
        "pydantic-evals",
        {"report.json": PYDANTIC},
        (
            Told(
                items=2,
                repeats=2,
                metrics={
                    "brief": Said(3.0, 2.0, None, higher=None, told="unknown", scored=2, failed=1),
                    "polite": Said(1.0, 1.0, None, scored=3),
                    "tone = cold": Said(1 / 3, 0.0, None, higher=None, told="unknown", scored=3),
                    "tone = warm": Said(2 / 3, 1.0, None, higher=None, told="unknown", scored=3),
                },
                errors=1,
                configuration={"dataset": "letters", "pipeline.model": "small", "judges.brief.version": "2"},
                question="what is a",
                expected="right",
                output="it is a",
                rationale="short enough",
                metadata={"level": "easy", "tone": "warm"},
                resources=("latency", "tokens"),
            ),
        ),
    ),
    Example(
        "ragas-new",
        "ragas",
        {"results.csv": RAGAS_NEW},
        (
            Told(
                items=4,
                repeats=1,
                metrics={
                    "faithfulness": Said(0.75, 1.0, None, scored=2, failed=2),
                    "noise_sensitivity(mode=relevant)": Said(0.5, 0.25, 0.5, higher=False, scored=4),
                    "my_aspect": Said(0.75, 1.0, 1.0, higher=None, told="unknown", scored=4),
                },
                question="q1",
                expected="ref1",
            ),
        ),
    ),
    Example(
        "ragas-old",
        "ragas",
        {"results.jsonl": RAGAS_OLD},
        (Told(3, 1, {"answer_relevancy": Said(0.25, 0.0, 0.5, scored=3)}, question="q0", expected="t"),),
        open="results.jsonl",
    ),
    Example(
        "braintrust",
        "braintrust",
        {"exp.jsonl": BRAINTRUST},
        (
            Told(
                items=2,
                repeats=2,
                metrics={
                    "Factuality": Said(1.6 / 3, 1.0, None, scored=3),
                    "own_thing": Said(0.5, 0.5, None, higher=None, told="unknown", scored=3),
                },
                errors=1,
                question="a",
                expected="right",
                output="answer a",
                rationale="it is so",
                metadata={"topic": "x"},
                resources=("latency", "tokens"),
            ),
        ),
    ),
    Example("pytest-json-report", "pytest", {"report.json": PYTEST}, PYTEST_TOLD),
    Example("junit-xml", "junit", {"results.xml": JUNIT}, PYTEST_TOLD),
    Example(
        "autoevals",
        "autoevals",
        {"scores.jsonl": AUTOEVALS},
        (
            Told(
                items=3,
                repeats=1,
                metrics={
                    "Factuality": Said(2 / 3, 0.6, 0.4, scored=3),
                    "Tone": Said(None, None, None, higher=None, told="unknown", failed=3),
                },
                question="q0",
                rationale="r0",
            ),
        ),
    ),
    Example(
        "ragtui-table",
        "ragtui-table",
        {"all.jsonl": LONG_TABLE},
        (
            Told(
                items=2,
                repeats=2,
                metrics={
                    "tone": Said(0.5, 0.25, None, scored=2, failed=1),
                    "rude": Said(0.0, 0.0, None, higher=False, told="guessed", scored=2, missing=1),
                },
                errors=1,
                name="main",
                question="Q a",
                expected="E",
                output="A",
                rationale="so",
                metadata={"topic": "t"},
                resources=("latency", "cost", "tokens"),
            ),
        ),
    ),
)
