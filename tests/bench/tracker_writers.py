# mypy: ignore-errors
# The tools are not installed where types are checked, and each is only ever there by itself.
"""The writers of trackers and platforms, as tool_writers.py has those of libraries; it runs them."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from tool_writers import ITEMS, Truth


def answered(name: str) -> str:
    """What the pipelines here answer.

    Raises:
        ValueError: to "grey".
    """
    if name == "grey":
        raise ValueError("no grey")
    return name


def mlflow(folder: Path) -> Truth:
    """`mlflow.genai.evaluate` into a database: also its `result_df` as CSV and its traces as JSON."""
    os.environ |= {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    import mlflow as tool
    from mlflow.entities import Feedback
    from mlflow.genai import scorer

    tool.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    tool.set_experiment("letters")

    @scorer
    def brief(outputs: Any) -> Any:
        return len(outputs) / 10

    @scorer
    def reasoned(inputs: Any, outputs: Any) -> Any:
        if inputs["question"] == "green":
            raise RuntimeError("judge down")
        return Feedback(value=len(outputs), rationale=f"counted it's {outputs}")

    @scorer
    def tone(outputs: Any) -> Any:
        return "left" if outputs[0] == "r" else "right"

    data = [{"inputs": {"question": name}, "expectations": {"expected_count": count}} for name, count in ITEMS.items()]
    with tool.start_run(run_name="one"):
        told = tool.genai.evaluate(
            data=data, predict_fn=lambda question: answered(question), scorers=[brief, reasoned, tone]
        )
    told.result_df.to_csv(folder / "result.csv", index=False)
    tool.search_traces(run_id=told.run_id).to_json(folder / "traces.json", orient="records", default_handler=str)
    scored = {
        "brief": lambda name: len(name) / 10,
        "reasoned": lambda name: None if name == "green" else float(len(name)),
        "tone = left": lambda name: float(name == "red"),
    }
    return _told(scored)


def azure(folder: Path) -> Truth:
    """`evaluate()` with an evaluator of Azure's, one that raises, and one that answers with words."""
    import json

    os.environ["AZURE_AI_EVALUATION_TELEMETRY_OPT_OUT"] = "1"
    from azure.ai.evaluation import RougeScoreEvaluator, RougeType, evaluate

    rows = [{"query": name, "response": name, "ground_truth": name} for name in ITEMS]
    (folder / "data").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "data").rename(folder.parent / "data.jsonl")

    def letters(*, query: str, response: str) -> Any:
        return {"letters": len(answered(query)) / 10, "letters_reason": "counted"}

    def tone(*, response: str) -> Any:
        return {"tone": "left" if response[0] == "r" else "right"}

    judges = {"rouge": RougeScoreEvaluator(rouge_type=RougeType.ROUGE_L), "letters": letters, "tone": tone}
    evaluate(data=str(folder.parent / "data.jsonl"), evaluators=judges, output_path=str(folder / "out.json"))
    scored = {
        "rouge": lambda _: 1.0,
        "rouge.rouge_recall": lambda _: 1.0,
        "letters": lambda name: None if name == "grey" else len(name) / 10,
        "tone = left": lambda name: float(name == "red"),
    }
    return [(name, "1", metric, value(name)) for name in ITEMS for metric, value in scored.items()]


def trulens(folder: Path) -> Truth:
    """`get_records_and_feedback()` as CSV and JSON: a task that raises, and a feedback that fails."""
    os.environ["TRULENS_OTEL_TRACING"] = "1"
    from trulens.apps.app import TruApp
    from trulens.core import Feedback, TruSession
    from trulens.core.feedback.selector import Selector
    from trulens.core.otel.instrument import instrument

    session = TruSession(database_url=f"sqlite:///{folder.parent}/trulens.sqlite")
    session.reset_database()

    class Pipeline:
        @instrument()
        def query(self, question: str) -> str:
            return answered(question)

    def letters(text: str) -> Any:
        return len(text) / 10, {"reason": f"counted it's {text}"}

    def brief(text: str) -> float:
        if text == "green":
            raise RuntimeError("judge down")
        return 0.25

    answer = {"text": Selector.select_record_output()}
    feedbacks = [
        Feedback(letters, name="Letters").on(answer),
        Feedback(brief, name="Brief", higher_is_better=False).on(answer),
    ]
    pipeline = Pipeline()
    app = TruApp(pipeline, app_name="letters", app_version="v1", main_method=pipeline.query, feedbacks=feedbacks)
    for name in ITEMS:
        try:
            with app:
                pipeline.query(name)
        except ValueError:
            pass
    session.force_flush()
    app.compute_feedbacks()
    session.force_flush()
    time.sleep(3)
    frame, _ = session.get_records_and_feedback()
    frame.to_csv(folder / "records.csv", index=False)
    frame.to_json(folder / "records.json", orient="records", default_handler=str)
    scored = {"Letters": lambda name: len(name) / 10, "Brief": lambda name: None if name == "green" else 0.25}
    return _told(scored)


def _told(scored: Any) -> Truth:
    """Scores of everything but "grey", whose pipeline fails."""
    return [
        (name, "1", metric, None if name == "grey" else value(name))
        for name in ITEMS for metric, value in scored.items()
    ]  # fmt: skip


TRACKERS = {"mlflow": mlflow, "azure": azure, "trulens": trulens}
