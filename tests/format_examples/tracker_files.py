"""Files of trackers and dashboards: tables, traces and stores, as these tools write them."""

from __future__ import annotations

import sqlite3
from typing import Any

from format_examples.example import Said, Told

AZURE = {
    "rows": [
        {
            "inputs.query": f"Q{n}",
            "inputs.response": "A",
            "inputs.ground_truth": "G",
            "inputs.topic": "t",
            "outputs.groundedness.groundedness": value,
            "outputs.groundedness.gpt_groundedness": value,
            "outputs.groundedness.groundedness_reason": f"r{n}",
            "outputs.groundedness.groundedness_result": "pass" if value and value >= 3 else "fail",
            "outputs.groundedness.groundedness_threshold": 3,
            "outputs.groundedness.groundedness_status": "error" if value is None else "completed",
            "outputs.violence.violence": 1,
            "outputs.own.tone": 0.5,
        }
        for n, value in enumerate([5.0, 1.0, None])
    ],
    "metrics": {"groundedness.groundedness": 3.0},
    "studio_url": None,
}
AZURE_TOLD = Told(
    items=3,
    repeats=1,
    metrics={
        "groundedness": Said(3.0, 5.0, None, scored=2, failed=1),
        "violence": Said(1.0, 1.0, 1.0, higher=False, scored=3),
        "own.tone": Said(0.5, 0.5, 0.5, higher=None, told="unknown", scored=3),
    },
    question="Q0",
    expected="G",
    output="A",
    rationale="r0",
    metadata={"topic": "t"},
)

OPIK = (
    "dataset_item_id,input,output,feedback_scores.hallucination_metric,feedback_scores.hallucination_metric_reason,feedback_scores.tone,duration\n"
    'd0,"{""question"": ""Q0""}","{""output"": ""A""}",0.0,grounded,0.5,1.5\n'
    'd1,"{""question"": ""Q1""}","{""output"": ""A""}",1.0,made up,,1.5\n'
    'd0,"{""question"": ""Q0""}","{""output"": ""A""}",0.5,half,0.5,1.5\n'
    'd1,"{""question"": ""Q1""}","{""output"": ""A""}",,,0.5,1.5\n'
)


def phoenix_run(example: str, repetition: int, *scores: float | None, error: str | None = None) -> dict[str, Any]:
    """One run of an example, judged as often as there are scores; None is a judge that failed."""
    return {
        "example_id": example,
        "repetition_number": repetition,
        "input": {"question": f"what is {example}"},
        "reference_output": {"answer": "right"},
        "output": None if error else {"answer": f"it is {example}"},
        "error": error,
        "latency_ms": 500,
        "prompt_token_count": 10,
        "completion_token_count": 2,
        "annotations": [
            {
                "name": "hallucination",
                "annotator_kind": "LLM",
                "label": None,
                "score": value,
                "explanation": "so it is",
                "error": "timeout" if value is None else None,
            }
            for value in scores
        ],
    }


PHOENIX = [
    phoenix_run("a", 1, 0.0),
    phoenix_run("b", 1, 1.0),
    phoenix_run("a", 2, None),
    phoenix_run("b", 2, error="no answer"),
]
PHOENIX_JUDGED = [phoenix_run("a", 1, 0.0, 1.0, 0.5), phoenix_run("b", 1, 1.0, 1.0)]
PHOENIX_CSV = (
    "example_id,repetition_number,input,reference_output,output,error,latency_ms,annotation_tone_score,annotation_tone_label,annotation_tone_explanation\n"
    'a,1,"{""question"": ""qa""}","{""a"": ""e""}","{""a"": ""o""}",,500,0.5,fair,because\n'
    'b,1,"{""question"": ""qb""}","{""a"": ""e""}","{""a"": ""o""}",,500,1,good,\n'
)

TRULENS = (
    "app_name,app_version,record_id,input,output,ts,Groundedness,Groundedness_calls,own direction,own,latency,total_tokens,total_cost\n"
    'rag,v1,r1,Q0,A,2026-05-01T10:00:00,1.0,"[{""meta"": {""reason"": ""quoted""}}]",False,3,2,30,0.01\n'
    "rag,v1,r2,Q1,A,2026-05-01T10:00:01,0.5,[],False,1,2,30,0.01\n"
    "rag,v2,r3,Q0,A,2026-05-01T10:00:02,,[],False,2,2,30,0.01\n"
)


def weave_call(item: str, score: float, **more: Any) -> dict[str, Any]:
    """One step of an evaluation, as the client gives it."""
    return {
        "id": f"call-{item}",
        "op_name": "weave:///team/project/op/Evaluation.predict_and_score:abc",
        "parent_id": "evaluation-1",
        "started_at": "2026-05-01T10:00:00Z",
        "inputs": {
            "example": {"question": item, "expected": "right"},
            "model": "weave:///team/project/object/Small:v1",
        },
        "output": {
            "output": f"answer {item}",
            "scores": {"exact": {"match": score == 1, "reasoning": "compared"}, "length": score},
            "model_latency": 0.5,
        },
        "exception": None,
        "summary": {"usage": {"small": {"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12}}},
        **more,
    }


WEAVE = [
    weave_call("a", 1.0),
    weave_call("b", 0.5),
    weave_call("a", 0.5),
    weave_call("b", 1.0, exception="late", output=None),
]
WEAVE_CSV = (
    "id,op_name,parent_id,inputs.example.question,output.output,output.scores.exact.match,output.model_latency\n"
    "c1,weave:///t/p/op/Evaluation.predict_and_score:a,e1,qa,oa,true,0.5\n"
    "c2,weave:///t/p/op/Evaluation.predict_and_score:a,e1,qb,ob,false,0.5\n"
)

MLFLOW = (
    "request_id,inputs,outputs,trace,expectations,tags,error_message,correctness/value,correctness/rationale,correctness/error_message,tone/value\n"
    'tr-0,"{""question"": ""Q0""}",A,{},"{""expected_response"": ""E""}",{},,yes,as expected,,4\n'
    'tr-1,"{""question"": ""Q1""}",A,{},"{""expected_response"": ""E""}",{},,no,not so,,2\n'
    'tr-2,"{""question"": ""Q2""}",,{},"{""expected_response"": ""E""}",{},predict failed,,,,\n'
    'tr-3,"{""question"": ""Q3""}",A,{},"{""expected_response"": ""E""}",{},,,,judge timed out,3\n'
)
MLFLOW_TABLE = {
    "columns": ["question", "ground_truth", "outputs", "token_count", "toxicity/v1/score", "answer_correctness/v1/score", "answer_correctness/v1/justification"],
    "data": [["Q0", "G", "A", 12, 0.25, 4, "close"], ["Q1", "G", "A", 12, 0.75, None, None]],
}  # fmt: skip
MLFLOW_TRACES = [
    {
        "trace_id": f"tr-{n}",
        "request": {"question": f"Q{n}"},
        "response": "A",
        "state": "OK",
        "execution_duration": 250,
        "assessments": [
            {
                "assessment_name": "correctness",
                "feedback": {"value": "yes" if n else "no"},
                "rationale": "checked",
                "source": {"source_type": "LLM_JUDGE", "source_id": "judge-1"},
            },
            {
                "assessment_name": "expected_response",
                "expectation": {"value": "E"},
                "source": {"source_type": "HUMAN", "source_id": "ann"},
            },
        ],
    }
    for n in range(2)
]


def mlflow_store() -> bytes:
    """A store with one evaluated run: two traces, judged once, and the second judged twice."""
    database = sqlite3.connect(":memory:")
    database.executescript(
        """
        CREATE TABLE experiments (experiment_id INTEGER, name TEXT);
        CREATE TABLE runs (run_uuid TEXT, name TEXT, status TEXT, start_time BIGINT, end_time BIGINT, experiment_id INTEGER);
        CREATE TABLE params (key TEXT, value TEXT, run_uuid TEXT);
        CREATE TABLE latest_metrics (key TEXT, value REAL, run_uuid TEXT);
        CREATE TABLE trace_info (request_id TEXT, experiment_id INTEGER, timestamp_ms BIGINT, execution_time_ms BIGINT,
            status TEXT, request_preview TEXT, response_preview TEXT);
        CREATE TABLE trace_request_metadata (request_id TEXT, key TEXT, value TEXT);
        CREATE TABLE trace_tags (request_id TEXT, key TEXT, value TEXT);
        CREATE TABLE assessments (assessment_id TEXT, trace_id TEXT, name TEXT, assessment_type TEXT, value TEXT, error TEXT,
            created_timestamp BIGINT, source_type TEXT, source_id TEXT, run_id TEXT, rationale TEXT, valid BOOLEAN);
        INSERT INTO experiments VALUES (1, 'support');
        INSERT INTO runs VALUES ('run-1', 'calm-fox', 'FINISHED', 1770000000000, 1770000009000, 1);
        INSERT INTO runs VALUES ('run-2', 'no traces', 'FINISHED', 1770000000000, 1770000009000, 1);
        INSERT INTO params VALUES ('model', 'small', 'run-1');
        INSERT INTO trace_info VALUES ('tr-a', 1, 1, 500, 'OK', '{"question": "Qa"}', 'A');
        INSERT INTO trace_info VALUES ('tr-b', 1, 2, 500, 'OK', '{"question": "Qb"}', 'B');
        INSERT INTO trace_request_metadata VALUES ('tr-a', 'mlflow.sourceRun', 'run-1');
        INSERT INTO trace_request_metadata VALUES ('tr-b', 'mlflow.sourceRun', 'run-1');
        INSERT INTO trace_tags VALUES ('tr-a', 'topic', 'x');
        INSERT INTO assessments VALUES ('a1', 'tr-a', 'correctness', 'feedback', '"yes"', NULL, 1, 'LLM_JUDGE', 'judge-1', 'run-1', 'right', 1);
        INSERT INTO assessments VALUES ('a2', 'tr-b', 'correctness', 'feedback', '"no"', NULL, 2, 'LLM_JUDGE', 'judge-1', 'run-1', 'wrong', 1);
        INSERT INTO assessments VALUES ('a3', 'tr-b', 'correctness', 'feedback', 'null', '{"error_code": "TIMEOUT"}', 3, 'LLM_JUDGE', 'judge-1', 'run-1', NULL, 1);
        INSERT INTO assessments VALUES ('a4', 'tr-b', 'correctness', 'feedback', '"yes"', NULL, 0, 'LLM_JUDGE', 'judge-1', 'run-1', 'overridden', 0);
        INSERT INTO assessments VALUES ('a5', 'tr-a', 'expected_response', 'expectation', '"E"', NULL, 4, 'HUMAN', 'ann', NULL, NULL, 1);
        """
    )
    stored = database.serialize()
    database.close()  # left to the collector, it is a warning on Python 3.13
    return stored


MLRUNS = {
    "mlruns/7/meta.yaml": "experiment_id: '7'\nname: support\n",
    "mlruns/7/run1/meta.yaml": "run_id: run1\nrun_name: calm-fox\nstatus: 3\nstart_time: 1770000000000\n",
    "mlruns/7/run1/params/model": "small",
    **{
        f"mlruns/7/traces/tr-{n}/{name}": content
        for n, said in enumerate(("'yes'", "'no'"))
        for name, content in (
            ("trace_info.yaml", f"trace_id: tr-{n}\nstate: OK\nrequest_time: {n}\nexecution_duration_ms: 500\n"),
            ("request_metadata/mlflow.sourceRun", "run1"),
            ("request_metadata/mlflow.traceInputs", f'{{"question": "Q{n}"}}'),
            ("request_metadata/mlflow.traceOutputs", '"A"'),
            (
                "assessments/a-1.yaml",
                f"assessment_name: correctness\nfeedback:\n  value: {said}\nrationale: |\n  looked at\n"
                "source:\n  source_type: LLM_JUDGE\n  source_id: judge-1\nvalid: true\ncreate_time_ms: 1\n",
            ),
        )
    },
}

LANGFUSE_ACTION = {
    "schema_version": "v1",
    "action_metadata": {},
    "results": [
        {
            "script_path": "evals/run.py",
            "status": "passed",
            "experiment_result": {
                "experiment_id": "x1",
                "run_name": "pr-12",
                "dataset_run_id": "dr1",
                "item_results": [
                    {
                        "item": {"id": f"i{n}", "metadata": {"topic": "t"}},
                        "input": {"question": f"Q{n}"},
                        "expected_output": "E",
                        "output": "A",
                        "evaluations": [{"name": "tone", "value": n / 2, "comment": f"c{n}", "data_type": "NUMERIC"}],
                        "trace_id": f"t{n}",
                    }
                    for n in range(3)
                ],
                "run_evaluations": [],
            },
        },
        {"script_path": "evals/broken.py", "status": "error", "experiment_result": None},
    ],
}
LANGFUSE_ITEMS = {
    "data": [
        {
            "id": f"e{n}",
            "traceId": f"t{n}",
            "level": "ERROR" if n == 2 else "DEFAULT",
            "experimentId": "x1",
            "experimentName": "nightly",
            "experimentItemId": f"i{n}",
            "input": f"Q{n}",
            "output": "A",
            "expectedOutput": "E",
            "experimentMetadata": {"model": "small"},
            "experimentItemMetadata": {"topic": "t"},
            "scores": [{"name": "correctness", "value": float(n), "dataType": "NUMERIC", "comment": "seen"}],
        }
        for n in range(3)
    ],
    "meta": {"cursor": None},
}
LANGFUSE_CSV = (
    "datasetItemId,datasetRunName,input,output,expectedOutput,latency,scores.correctness,scores.tone\n"
    "i0,nightly,Q0,A,E,1.5,1,0.5\n"
    "i1,nightly,Q1,A,E,1.5,0,\n"
)
