"""Files of evaluation libraries, as these tools write them."""

from __future__ import annotations

from typing import Any

from format_examples.example import Said, Told


def deepeval_case(name: str, asked: str, score: float | None, **more: Any) -> dict[str, Any]:
    """One test case with an answer relevancy that passes from 0.5 on, and a bias that passes up to 0.5."""
    relevancy: dict[str, Any] = {"name": "Answer Relevancy", "threshold": 0.5, "evaluationModel": "judge-1"}
    if score is None:
        relevancy |= {"success": False, "error": "the judge timed out"}
    else:
        relevancy |= {"success": score >= 0.5, "score": score, "reason": f"because of {name}"}
    bias = {"name": "Bias", "threshold": 0.5, "success": True, "score": 0.25, "evaluationModel": "judge-1"}
    return {
        "name": name,
        "input": asked,
        "actualOutput": f"answer to {asked}",
        "expectedOutput": "right",
        "retrievalContext": ["passage"],
        "completionTime": 1.5,
        "metricsData": [relevancy, bias],
        **more,
    }


def pytest_test(name: str, outcome: str, **more: Any) -> dict[str, Any]:
    """One test of a report of pytest-json-report."""
    call = {"duration": 0.5, "outcome": outcome}
    if outcome == "failed":
        call |= {"crash": {"path": "t.py", "lineno": 9, "message": "AssertionError: no source"}}
    return {
        "nodeid": f"t.py::test_answer[{name}]", "lineno": 3, "outcome": outcome, "keywords": ["t.py"],
        "setup": {"duration": 0.01, "outcome": "passed"}, "call": call, **more,
    }  # fmt: skip


PYTEST = {
    "created": 1764000000.5,
    "duration": 4.5,
    "exitcode": 1,
    "root": "somewhere",
    "environment": {},
    "summary": {"passed": 3, "failed": 1, "skipped": 1, "error": 1, "total": 6},
    "tests": [
        pytest_test("refund-1-2", "failed", user_properties=[{"faithfulness": 0.25}, {"topic": "orders"}]),
        pytest_test("refund-2-2", "passed", user_properties=[["faithfulness", 0.75], ["topic", "orders"]]),
        pytest_test("opening-1-2", "passed"),
        pytest_test("opening-2-2", "skipped"),
        pytest_test("lift-1-2", "passed", user_properties=[{"faithfulness": 1}]),
        {
            "nodeid": "t.py::test_answer[lift-2-2]",
            "outcome": "error",
            "setup": {"duration": 0.01, "outcome": "failed", "longrepr": "no index"},
        },
    ],
}
"""Three tests, run twice each by pytest-repeat."""
PYTEST_TOLD = (
    Told(
        items=3,
        repeats=2,
        metrics={
            "passed": Said(0.75, 0.0, None, scored=4, missing=1),
            "faithfulness": Said(2 / 3, 0.25, None, told="guessed", scored=3, missing=2),
        },
        errors=1,
        rationale="AssertionError: no source",
        metadata={"topic": "orders"},
        resources=("test_duration_s",),
    ),
)

JUNIT = """<?xml version="1.0" encoding="utf-8"?>
<!-- nightly -->
<testsuites name="pytest tests"><testsuite name="pytest" errors="1" failures="1" skipped="1" tests="6" time="4.5"
 timestamp="2026-05-01T10:00:00+00:00" hostname="here">
<testcase classname="t" name="test_answer[refund-1-2]" time="0.5"><properties>
 <property name="faithfulness" value="0.25"/><property name="topic" value="orders"/></properties>
 <failure message="AssertionError: no source">def test_answer(): ...</failure></testcase>
<testcase classname="t" name="test_answer[refund-2-2]" time="0.5"><properties>
 <property name="faithfulness" value="0.75"/><property name="topic" value="orders"/></properties></testcase>
<testcase classname="t" name="test_answer[opening-1-2]" time="0.5"/>
<testcase classname="t" name="test_answer[opening-2-2]" time="0.0"><skipped message="no key"/></testcase>
<testcase classname="t" name="test_answer[lift-1-2]" time="0.5"><properties>
 <property name="faithfulness" value="1"/></properties></testcase>
<testcase classname="t" name="test_answer[lift-2-2]" time="0.1"/>
<testcase classname="t" name="test_answer[lift-2-2]" time="0.1"><error message="failed on teardown">no index</error>
</testcase></testsuite></testsuites>
"""
"""The same three tests in JUnit XML; a test whose teardown failed stands there twice, as pytest writes it."""

DEEPEVAL = {
    "testCases": [
        deepeval_case("returns", "how to return", 0.75, additionalMetadata={"topic": "orders"}),
        deepeval_case("refunds", "when refunded", 0.25),
        deepeval_case("labels", "who prints", None),
    ],
    "conversationalTestCases": [],
    "metricsScores": [{"metric": "Answer Relevancy", "scores": [0.75, 0.25], "passes": 1, "fails": 1, "errors": 1}],
    "hyperparameters": {"model": "small"},
    "testPassed": 1,
    "testFailed": 2,
    "runDuration": 3.25,
    "datasetAlias": "support",
}
DEEPEVAL_TOLD = Told(
    items=3,
    repeats=1,
    metrics={
        "Answer Relevancy": Said(0.5, 0.75, None, scored=2, failed=1),
        "Bias": Said(0.25, 0.25, 0.25, higher=False, scored=3),
    },
    configuration={"dataset": "support", "pipeline.model": "small", "judges.Answer Relevancy.model": "judge-1"},
    question="how to return",
    expected="right",
    output="answer to how to return",
    rationale="because of returns",
    metadata={"topic": "orders"},
    resources=("latency",),
)

DEEPEVAL_OLD = {
    "testCases": [
        {
            "name": f"test_case_{place}",
            "input": asked,
            "actualOutput": "answer",
            "metricsMetadata": [
                {"metric": "Correctness (GEval)", "score": score, "minimumScore": 0.5, "success": passed}
            ],
        }
        for place, (asked, score, passed) in enumerate([("a?", 1.0, True), ("b?", 0.0, False)])
    ]
}

DEEPEVAL_BY_HAND = {
    "test_results": [
        {
            "name": f"test_case_{place}",
            "success": False,
            "input": asked,
            "actual_output": "answer",
            "expected_output": "right",
            "conversational": False,
            "additional_metadata": None,
            "metrics_data": [
                {
                    "name": "Toxicity",
                    "threshold": 0.5,
                    "success": False,
                    "score": score,
                    "reason": "rude",
                    "error": None,
                }
            ],
        }
        for place, (asked, score) in enumerate([("a?", 0.75), ("b?", 1.0), ("a?", 0.25), ("b?", 0.5)])
    ],
    "confident_link": None,
}


def promptfoo_row(test: int, prompt: int, item: str, score: float, **more: Any) -> dict[str, Any]:
    """One row of version 3, for a provider whose id all prompts share."""
    reason = "as it should be" if score == 1 else "wrong"
    return {
        "id": f"row-{test}-{prompt}",
        "testIdx": test,
        "promptIdx": prompt,
        "promptId": "p",
        "provider": {"id": "file://p.js", "label": f"variant {prompt}"},
        "prompt": {"raw": f"Say {item}", "label": "Say {{word}}"},
        "vars": {"word": item},
        "testCase": {
            "vars": {"word": item},
            "assert": [{"type": "llm-rubric", "metric": "polite", "provider": "judge-1"}],
        },
        "response": {"output": f"said {item}", "tokenUsage": {"total": 12, "prompt": 8, "completion": 4}},
        "success": score == 1,
        "score": score,
        "namedScores": {"polite": score},
        "gradingResult": {
            "pass": score == 1,
            "score": score,
            "reason": reason,
            "componentResults": [{"pass": True, "score": score, "reason": reason, "assertion": {"metric": "polite"}}],
        },
        "failureReason": 0 if score == 1 else 1,
        "error": None if score == 1 else reason,
        "latencyMs": 250,
        "cost": 0.001,
        **more,
    }


def promptfoo_rows() -> list[dict[str, Any]]:
    """Two tests, three repeats, two providers; the very last row is an error, and the order is mixed."""
    rows = [
        promptfoo_row(test, prompt, "red" if test < 3 else "blue", float((test + prompt) % 2))
        for prompt in (0, 1)
        for test in (5, 0, 1, 2, 3, 4)
    ]
    rows[6] |= {"failureReason": 2, "error": "connection refused", "gradingResult": None, "namedScores": {}, "score": 0}
    return rows


PROMPTFOO = {
    "evalId": "eval-1",
    "results": {
        "version": 3,
        "timestamp": "2026-05-01T10:00:00Z",
        "prompts": [{"raw": "Say {{word}}", "provider": f"variant {place}"} for place in (0, 1)],
        "results": promptfoo_rows(),
        "stats": {"successes": 6},
    },
    "config": {"description": "words", "providers": [{"id": "file://p.js", "label": "variant 0", "config": {"t": 1}}]},
    "runtimeOptions": {"repeat": 3},
}
PROMPTFOO_TOLD = (
    Told(
        items=2,
        repeats=3,
        # tests 0 to 5 score 0, 1, 0, 1, 0, 1 with prompt 0: "red" is 0, 1, 2 and "blue" 3, 4, 5
        metrics={name: Said(0.5, 0.0, 1.0, scored=6) for name in ("score", "success", "polite")},
        name="words · variant 0",
        configuration={"dataset": "words", "pipeline.label": "variant 0", "judges.polite.provider": "judge-1"},
        question="red",
        output="said red",
        rationale="wrong",
        metadata={"word": "red"},
        resources=("latency", "cost", "tokens"),
    ),
    Told(
        items=2,
        repeats=3,
        # 1, 0, 1, 0, 1 for tests 0 to 4 with prompt 1; test 5, the third repeat of "blue", is an error
        metrics={name: Said(0.6, 1.0, None, scored=5) for name in ("score", "success", "polite")},
        errors=1,
        name="words · variant 1",
    ),
)

PROMPTFOO_TABLE = {
    "results": {
        "version": 2,
        "results": [],
        "stats": {},
        "table": {
            "head": {"prompts": [{"raw": "A {{q}}", "label": "A", "provider": "openai:x"}], "vars": ["q"]},
            "body": [
                {
                    "vars": ["one"],
                    "outputs": [{"pass": True, "score": 1, "text": "1", "namedScores": {}, "latencyMs": 5}],
                },
                {"vars": ["two"], "outputs": [{"pass": False, "score": 0.5, "text": "2", "namedScores": {}}]},
            ],
        },
    },
    "config": {"description": "old"},
}

PROMPTFOO_CSV = (
    "q,[openai:x] A,Status,Score,Named Scores,Grader Reason,Comment,[openai:y] A,Status,Score,Named Scores,Grader Reason,Comment\n"
    "one,uno,PASS,1.00,,fine,,eins,FAIL,0.50,,half,\n"
    "two,dos,FAIL,0.25,,no,,,ERROR,0.00,,timed out,\n"
)

_EVALUATOR = {"name": "Judge", "arguments": {"rubric": "short"}}


def pydantic_case(name: str, repeat: int, value: float | None) -> dict[str, Any]:
    """One case of a report that was made with repeat=2; without a value its evaluator failed."""
    scored = {"name": "brief", "value": value, "reason": "short enough", "source": _EVALUATOR, "evaluator_version": "2"}
    passed = {"name": "polite", "value": True, "reason": None, "source": {"name": "Polite"}}
    failure = {"name": "Judge", "error_message": "no answer", "error_stacktrace": "…", "source": _EVALUATOR}
    return {
        "name": f"{name} [{repeat}/2]",
        "source_case_name": name,
        "inputs": {"question": f"what is {name}"},
        "metadata": {"level": "easy"},
        "expected_output": "right",
        "output": f"it is {name}",
        "metrics": {"input_tokens": 10, "output_tokens": 5},
        "attributes": {},
        "scores": {} if value is None else {"brief": scored},
        "labels": {"tone": {"name": "tone", "value": "warm" if name == "a" else "cold"}},
        "assertions": {"polite": passed},
        "task_duration": 0.5,
        "evaluator_failures": [failure] if value is None else [],
    }


PYDANTIC = {
    "name": "task-1",
    "cases": [pydantic_case("a", 1, 2.0), pydantic_case("a", 2, 4.0), pydantic_case("b", 1, None)],
    "failures": [
        {
            "name": "b [2/2]",
            "source_case_name": "b",
            "inputs": "what is b",
            "error_message": "boom",
            "error_stacktrace": "…",
        }
    ],
    "analyses": [],
    "experiment_metadata": {"model": "small"},
    "dataset_name": "letters",
}

RAGAS_NEW = (
    "user_input,retrieved_contexts,response,reference,faithfulness,noise_sensitivity(mode=relevant),my_aspect\n"
    "\"q1\",\"['p1', 'p2']\",r1,ref1,1.0,0.25,1\n"
    "q1,[],r2,ref2,0.5,0.75,0\n"
    "q3,[],r3,ref3,,0.5,1\n"
    "q4,[],r4,ref4,nan,0.5,1\n"
)
RAGAS_OLD = [
    {"question": f"q{n}", "answer": "r", "contexts": ["p"], "ground_truth": "t", "answer_relevancy": n / 4}
    for n in range(3)
]


def braintrust_event(item: str, trial: int, score: float | None, **more: Any) -> dict[str, Any]:
    """A root event; its id is another one in every run."""
    span = f"s-{item}-{trial}"
    return {
        "id": f"event-{item}-{trial}",
        "experiment_id": "exp-1",
        "span_id": span,
        "root_span_id": span,
        "is_root": True,
        "input": {"question": item},
        "expected": "right",
        "output": f"answer {item}",
        "scores": {"Factuality": score, "own_thing": 0.5},
        "metrics": {"start": 10.0, "end": 12.0, "tokens": 30},
        "metadata": {"topic": "x"},
        **more,
    }


BRAINTRUST = [
    braintrust_event("a", 1, 1.0),
    {
        "span_id": "s-a-1-f", "root_span_id": "s-a-1", "is_root": False, "input": {}, "scores": None, "experiment_id": "exp-1",
        "span_attributes": {"type": "score", "name": "Factuality"}, "metadata": {"rationale": "it is so", "choice": "C"},
    },
    braintrust_event("b", 1, 0.6),
    braintrust_event("a", 2, 0.0),
    braintrust_event("b", 2, None, error="no model", scores=None),
]  # fmt: skip

AUTOEVALS = [
    {
        "input": f"q{n}",
        "output": "o",
        "expected": "e",
        "Factuality": {"name": "Factuality", "score": value, "metadata": {"choice": "B", "rationale": f"r{n}"}},
        "Tone": {"name": "Tone", "score": None, "metadata": {}, "error": "no parse"},
    }
    for n, value in enumerate([0.6, 1, 0.4])
]


def long_row(item: str, repeat: int, metric: str, score: float | None, **more: Any) -> dict[str, Any]:
    """A row of the table that `ragtui convert` writes, where what is empty is left out."""
    told = {"higher_is_better": True, "direction_from": "file"} if metric == "tone" else {"direction_from": "guessed"}
    return {
        "run": "main", "run_id": "out.json", "format": "weave", "item": item, "repeat": str(repeat), "metric": metric,
        **told, **({} if score is None else {"score": score}), "question": f"Q {item}", "expected": "E", "output": "A",
        "latency_s": 0.5, "cost_usd": 0.25, "tokens": {"input": 3, "output": 2}, "item_metadata": {"topic": "t"}, **more,
    }  # fmt: skip


LONG_TABLE = [
    long_row("a", 1, "tone", 0.25, rationale="so"),
    long_row("a", 1, "rude", 0.0),
    long_row("b", 1, "tone", None, metric_error="the judge timed out"),
    long_row("a", 2, "tone", 0.75),
    long_row("a", 2, "rude", 0.0),
    {"run": "main", "run_id": "out.json", "format": "weave", "item": "b", "repeat": "2", "error": "timed out"},
]
