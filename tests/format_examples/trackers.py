"""Trackers and dashboards: what is read from their files."""

from format_examples.example import Example, Said, Told
from format_examples.tracker_files import (
    AZURE,
    AZURE_TOLD,
    LANGFUSE_ACTION,
    LANGFUSE_CSV,
    LANGFUSE_ITEMS,
    MLFLOW,
    MLFLOW_TABLE,
    MLFLOW_TRACES,
    MLRUNS,
    OPIK,
    PHOENIX,
    PHOENIX_CSV,
    PHOENIX_JUDGED,
    TRULENS,
    WEAVE,
    WEAVE_CSV,
    mlflow_store,
)

TRACKERS = (
    Example("azure", "azure", {"result.json": AZURE}, (AZURE_TOLD,)),
    Example("azure-lines", "azure", {"result.jsonl": AZURE["rows"]}, (AZURE_TOLD,)),
    Example(
        "opik",
        "opik",
        {"exp.csv": OPIK},
        (
            Told(
                items=2,
                repeats=2,
                metrics={
                    "hallucination_metric": Said(0.5, 0.0, None, higher=False, scored=3, missing=1),
                    "tone": Said(0.5, 0.5, 0.5, higher=None, told="unknown", scored=3, missing=1),
                },
                question="Q0",
                output="A",
                rationale="grounded",
                resources=("latency",),
            ),
        ),
    ),
    Example(
        "phoenix",
        "phoenix",
        {"exp.json": PHOENIX},
        (
            Told(
                items=2,
                repeats=2,
                metrics={"hallucination": Said(0.5, 0.0, None, higher=False, scored=2, failed=1)},
                errors=1,
                question="what is a",
                expected="right",
                output="it is a",
                rationale="so it is",
                resources=("latency", "tokens"),
            ),
        ),
    ),
    Example(
        "phoenix-judged-several-times",
        "phoenix",
        {"exp.json": PHOENIX_JUDGED},
        # "a" judged 0, 1, 0.5 and "b" judged 1, 1: repeats 1.1, 1.2 and 1.3
        (Told(2, 3, {"hallucination": Said(0.7, 0.0, None, higher=False, scored=5, missing=1)}),),
    ),
    Example(
        "phoenix-csv",
        "phoenix",
        {"exp.csv": PHOENIX_CSV},
        (
            Told(
                items=2,
                repeats=1,
                metrics={"tone": Said(0.75, 0.5, 1.0, higher=None, told="unknown", scored=2)},
                question="qa",
                expected="e",
                output="o",
                rationale="because",
            ),
        ),
    ),
    Example(
        "trulens",
        "trulens",
        {"records.csv": TRULENS},
        (
            Told(
                items=2,
                repeats=1,
                metrics={
                    "Groundedness": Said(0.75, 1.0, 0.5, scored=2),
                    "own": Said(2.0, 3.0, 1.0, higher=False, scored=2),
                },
                name="rag v1",
                configuration={"pipeline.version": "v1"},
                question="Q0",
                rationale="quoted",
                resources=("latency", "cost", "tokens"),
            ),
            Told(
                items=1,
                repeats=1,
                metrics={
                    "Groundedness": Said(None, None, None, missing=1),
                    "own": Said(2.0, 2.0, 2.0, higher=False, scored=1),
                },
                name="rag v2",
            ),
        ),
    ),
    Example(
        "weave",
        "weave",
        {"calls.jsonl": WEAVE},
        (
            Told(
                items=2,
                repeats=2,
                metrics={
                    "exact.match": Said(1 / 3, 1.0, None, told="guessed", scored=3),
                    "length": Said(2 / 3, 1.0, None, higher=None, told="unknown", scored=3),
                },
                errors=1,
                configuration={"pipeline.model": "Small:v1"},
                question="a",
                expected="right",
                output="answer a",
                rationale="compared",
                resources=("latency", "tokens"),
            ),
        ),
    ),
    Example(
        "weave-csv",
        "weave",
        {"calls.csv": WEAVE_CSV},
        (Told(2, 1, {"exact.match": Said(0.5, 1.0, 0.0, told="guessed", scored=2)}, question="qa", output="oa"),),
    ),
    Example(
        "mlflow",
        "mlflow",
        {"result.csv": MLFLOW},
        (
            Told(
                items=4,
                repeats=1,
                metrics={
                    "correctness": Said(0.5, 1.0, None, scored=2, failed=1),
                    "tone": Said(3.0, 4.0, 3.0, higher=None, told="unknown", scored=3),
                },
                errors=1,
                question="Q0",
                expected="E",
                output="A",
                rationale="as expected",
            ),
        ),
    ),
    Example(
        "mlflow-table-of-a-run",
        "mlflow",
        {
            "mlruns/1/abc/artifacts/eval_results_table.json": MLFLOW_TABLE,
            "mlruns/1/abc/params/model": "small",
            "mlruns/1/abc/tags/mlflow.runName": "calm-fox",
            "mlruns/1/abc/meta.yaml": "run_id: abc\n",
        },
        (
            Told(
                items=2,
                repeats=1,
                metrics={
                    "toxicity": Said(0.5, 0.25, 0.75, higher=False, scored=2),
                    "answer_correctness": Said(4.0, 4.0, None, scored=1, missing=1),
                },
                name="calm-fox",
                configuration={"pipeline.model": "small"},
                question="Q0",
                expected="G",
                resources=("tokens",),
            ),
        ),
    ),
    Example(
        "mlflow-traces",
        "mlflow",
        {"traces.json": MLFLOW_TRACES},
        (
            Told(
                items=2,
                repeats=1,
                metrics={"correctness": Said(0.5, 0.0, 1.0, scored=2)},
                configuration={"judges.correctness.source": "judge-1"},
                question="Q0",
                expected="E",
                rationale="checked",
                resources=("latency",),
            ),
        ),
    ),
    Example(
        "mlflow-store",
        "mlflow-store",
        {"mlflow.db": mlflow_store()},
        (
            Told(
                items=2,
                repeats=2,
                # "a" judged once, "b" twice: the second time the judge failed
                metrics={"correctness": Said(0.5, 1.0, None, scored=2, failed=1, missing=1)},
                name="calm-fox",
                configuration={"dataset": "support", "pipeline.model": "small", "judges.correctness.source": "judge-1"},
                question="Qa",
                expected="E",
                output="A",
                rationale="right",
                metadata={"topic": "x"},
                resources=("latency",),
            ),
        ),
    ),
    Example(
        "mlflow-file-store",
        "mlflow-store",
        MLRUNS,
        (
            Told(
                items=2,
                repeats=1,
                metrics={"correctness": Said(0.5, 1.0, 0.0, scored=2)},
                name="calm-fox",
                configuration={"dataset": "support", "pipeline.model": "small", "judges.correctness.source": "judge-1"},
                question="Q0",
                rationale="looked at\n",
                resources=("latency",),
            ),
        ),
    ),
    Example(
        "langfuse-action",
        "langfuse-export",
        {"result.json": LANGFUSE_ACTION},
        (
            Told(
                items=3,
                repeats=1,
                metrics={"tone": Said(0.5, 0.0, 1.0, higher=None, told="unknown", scored=3)},
                name="pr-12",
                question="Q0",
                expected="E",
                output="A",
                rationale="c0",
                metadata={"topic": "t"},
            ),
        ),
    ),
    Example(
        "langfuse-items",
        "langfuse-export",
        {"items.json": LANGFUSE_ITEMS},
        (
            Told(
                items=3,
                repeats=1,
                metrics={"correctness": Said(0.5, 0.0, None, told="guessed", scored=2)},
                errors=1,
                name="nightly",
                configuration={"pipeline.model": "small"},
                question="Q0",
                rationale="seen",
            ),
        ),
    ),
    Example(
        "langfuse-csv",
        "langfuse-export",
        {"items.csv": LANGFUSE_CSV},
        (
            Told(
                items=2,
                repeats=1,
                metrics={
                    "correctness": Said(0.5, 1.0, 0.0, told="guessed", scored=2),
                    "tone": Said(0.5, 0.5, None, higher=None, told="unknown", scored=1, missing=1),
                },
                name="nightly",
                question="Q0",
                resources=("latency",),
            ),
        ),
    ),
)
