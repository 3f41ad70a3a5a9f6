# mypy: ignore-errors
# The tools are not installed where types are checked, and each is only ever there by itself.
"""Results made offline by tools' own writers, with what their own objects say: `PYTHON tool_writers.py TOOL FOLDER`.

Run by an interpreter that has the tool installed and need not have ragtui: see tests/sources/test_own_writers.py. Each
writer leaves the tool's files in FOLDER, and truth.json: a list of [item or its question, repeat, metric, value or
null]. Of several files each holds all of it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

ITEMS = {"red": 3, "green": 5, "blue": 4, "grey": 0}
"""Inputs, and how many letters a correct task would count; "grey" makes the task fail."""
Truth = list[tuple[str, str, str, Any]]


def pydantic_evals(folder: Path) -> Truth:
    """Scores, assertions and labels, twice; a task that raises."""
    from pydantic_evals import Case, Dataset
    from pydantic_evals.evaluators import Evaluator
    from pydantic_evals.reporting import EvaluationReportAdapter

    class Judge(Evaluator):
        def evaluate(self, ctx: Any) -> dict[str, Any]:
            return {"brief": len(ctx.output) / 10, "same": ctx.output == ctx.inputs, "tone": ctx.output[0]}

    def task(said: str) -> str:
        if said == "grey":
            raise ValueError("no grey")
        return said

    cases = [Case(name=name, inputs=name, expected_output=name) for name in ITEMS]
    dataset = Dataset(name="letters", cases=cases, evaluators=[Judge()])
    report = dataset.evaluate_sync(task, repeat=2, progress=False)
    (folder / "report.json").write_bytes(EvaluationReportAdapter.dump_json(report))
    truth: Truth = []
    for case in report.cases:
        repeat = case.name.rpartition("[")[2].partition("/")[0]
        item = case.source_case_name or case.name
        truth += [(item, repeat, name, said.value) for name, said in case.scores.items()]
        truth += [(item, repeat, name, float(said.value)) for name, said in case.assertions.items()]
        truth += [(item, repeat, f"{name} = {said.value}", 1.0) for name, said in case.labels.items()]
    return truth + [("grey", repeat, "brief", None) for repeat in ("1", "2")]


def inspect_ai(folder: Path) -> Truth:
    """Letters and numbers, two epochs; read back with `read_eval_log`."""
    import tiktoken

    class Words:
        def encode(self, said: str, **_: Any) -> list[int]:
            return [0] * len(said.split())

    tiktoken.get_encoding = lambda _: Words()  # its real tables are downloaded, and this has to work offline
    import inspect_ai as tool
    from inspect_ai.dataset import MemoryDataset, Sample
    from inspect_ai.log import read_eval_log
    from inspect_ai.scorer import Score, match, mean, scorer

    @scorer(metrics=[mean()])
    def letters() -> Any:
        async def score(state: Any, target: Any) -> Score:
            return Score(value=len(target.text) / 10, explanation="counted")

        return score

    samples = [Sample(id=name, input=f"say {name}", target=name) for name in ITEMS]
    task = tool.Task(dataset=MemoryDataset(samples), scorer=[match(), letters()], name="sums")
    logs = tool.eval(task, model="mockllm/model", epochs=2, log_dir=str(folder), display="none")
    graded = {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0}
    truth: Truth = []
    for sample in read_eval_log(logs[0].location).samples or []:
        for name, said in (sample.scores or {}).items():
            truth.append((str(sample.id), str(sample.epoch), name, graded.get(str(said.value), said.value)))
    return truth


def deepeval(folder: Path) -> Truth:
    """A metric of one's own, and one that fails on an item."""
    from deepeval import evaluate
    from deepeval.evaluate.configs import AsyncConfig, CacheConfig, DisplayConfig, ErrorConfig
    from deepeval.metrics import BaseMetric
    from deepeval.test_case import LLMTestCase

    class Letters(BaseMetric):
        threshold = 0.4
        async_mode = False

        def measure(self, case: Any, *args: Any, **kwargs: Any) -> float:
            if case.input == "grey":
                raise ValueError("no grey")
            self.score = len(case.input) / 10
            self.success = self.score >= self.threshold
            self.reason = "counted"
            return self.score

        async def a_measure(self, case: Any, *args: Any, **kwargs: Any) -> float:
            return self.measure(case)

        def is_successful(self) -> bool:
            return bool(self.success)

        @property
        def __name__(self) -> str:
            return "Letters"

    os.environ["DEEPEVAL_RESULTS_FOLDER"] = str(folder)
    cases = [LLMTestCase(name=name, input=name, actual_output=name) for name in ITEMS]
    evaluate(
        cases, [Letters()], async_config=AsyncConfig(run_async=False), cache_config=CacheConfig(write_cache=False),
        display_config=DisplayConfig(show_indicator=False, print_results=False),
        error_config=ErrorConfig(ignore_errors=True),
    )  # fmt: skip
    return [(name, "1", "Letters", None if name == "grey" else len(name) / 10) for name in ITEMS]


def langsmith(folder: Path) -> Truth:
    """`to_pandas()` as CSV: two repetitions, a target that raises, a score and a pass."""
    import datetime
    import uuid

    from langsmith import Client, evaluate
    from langsmith.schemas import Example

    os.environ["LANGSMITH_TRACING"] = "false"
    now, dataset = datetime.datetime.now(datetime.UTC), uuid.uuid4()
    ids = {name: uuid.uuid4() for name in ITEMS}
    data = [
        Example(id=ids[name], inputs={"said": name}, outputs={"said": name}, dataset_id=dataset, created_at=now)
        for name in ITEMS
    ]

    def task(inputs: dict[str, Any]) -> dict[str, Any]:
        if inputs["said"] == "grey":
            raise ValueError("no grey")
        return {"answer": inputs["said"]}

    def same(outputs: dict[str, Any], reference_outputs: dict[str, Any]) -> dict[str, Any]:
        return {"key": "same", "score": outputs.get("answer") == reference_outputs["said"], "comment": "compared"}

    def brief(outputs: dict[str, Any]) -> dict[str, Any]:
        return {"key": "brief", "score": len(outputs.get("answer", "")) / 10}

    nowhere = Client(api_url="http://127.0.0.1:9", api_key="none", auto_batch_tracing=False)
    results = evaluate(
        task, data=data, evaluators=[same, brief], client=nowhere, upload_results=False, num_repetitions=2
    )
    results.to_pandas().to_csv(folder / "experiment.csv", index=False)
    scored = {"same": lambda _: 1.0, "brief": lambda name: len(name) / 10}
    return [
        (str(ids[name]), repeat, metric, None if name == "grey" else value(name))
        for name in ITEMS for repeat in ("1", "2") for metric, value in scored.items()
    ]  # fmt: skip


def ragas(folder: Path) -> Truth:
    """Metrics of Ragas and of one's own that need no model, one of which fails; as CSV and in two orients of JSON.

    It loads only beside langchain-community < 0.4.
    """
    from dataclasses import dataclass
    from dataclasses import field as with_default

    os.environ["RAGAS_DO_NOT_TRACK"] = "true"
    from ragas import EvaluationDataset, SingleTurnSample, evaluate
    from ragas.metrics import ExactMatch
    from ragas.metrics.base import MetricType, SingleTurnMetric

    @dataclass
    class Letters(SingleTurnMetric):
        name: str = "letters"
        _required_columns: Any = with_default(
            default_factory=lambda: {MetricType.SINGLE_TURN: {"user_input", "response"}}
        )

        def init(self, run_config: Any) -> None: ...

        async def _single_turn_ascore(self, sample: Any, callbacks: Any) -> float:
            if sample.response == "grey":
                raise ValueError("no grey")
            return len(sample.response) / 10

    samples = [
        SingleTurnSample(user_input=name, response=name, reference=name[::-1], retrieved_contexts=[f"it's {name}"])
        for name in ITEMS
    ]
    told = evaluate(
        EvaluationDataset(samples=samples), [ExactMatch(), Letters()], llm=object(), embeddings=object(),
        show_progress=False, raise_exceptions=False,
    )  # fmt: skip
    frame = told.to_pandas()
    frame.to_csv(folder / "results.csv", index=False)
    frame.to_json(folder / "frame.json", orient="table")
    frame.to_json(folder / "lines.jsonl", orient="records", lines=True)
    scored = {"exact_match": lambda _: 0.0, "letters": lambda name: None if name == "grey" else len(name) / 10}
    return [(name, "1", metric, value(name)) for name in ITEMS for metric, value in scored.items()]


def braintrust(folder: Path) -> Truth:
    """`Eval()` without a server, twice: a task that raises, a scorer that raises, one of autoevals."""
    from autoevals import Levenshtein
    from braintrust import Eval

    def task(said: str) -> str:
        if said == "grey":
            raise ValueError("no grey")
        return said

    def brief(output: str) -> float:
        if output == "green":
            raise RuntimeError("judge down")
        return len(output) / 10

    data = [{"input": name, "expected": name, "metadata": {"letters": count}} for name, count in ITEMS.items()]
    told = Eval("letters", data=data, task=task, scores=[Levenshtein, brief], trial_count=2, no_send_logs=True)
    (folder / "result.json").write_text(json.dumps(told.as_dict(), default=str))
    lines = [json.dumps(row.as_dict(), default=str) + "\n" for row in told.results]
    (folder / "rows.jsonl").write_text("".join(lines))
    scored = {
        "Levenshtein": lambda name: None if name == "grey" else 1.0,
        "brief": lambda name: None if name in ("grey", "green") else len(name) / 10,
    }
    return [
        (name, repeat, metric, value(name)) for name in ITEMS for repeat in "12" for metric, value in scored.items()
    ]


def lm_eval(folder: Path) -> Truth:
    """A task of one's own under two filters, by a model that answers at once."""
    os.environ |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_HOME": str(folder / "cache")}
    from lm_eval.__main__ import cli_evaluate
    from lm_eval.api.model import LM
    from lm_eval.api.registry import register_model

    @register_model("letters")
    class Letters(LM):
        def __init__(self, **_: Any) -> None:
            super().__init__()

        def generate_until(self, requests: Any, **_: Any) -> list[str]:
            said = [request.args[0].split()[-1] for request in requests]
            return [word.upper() if word == "blue" else word for word in said]

        def loglikelihood(self, requests: Any, **_: Any) -> Any: ...

        def loglikelihood_rolling(self, requests: Any, **_: Any) -> Any: ...

    made = folder / "task"
    made.mkdir()
    (made / "data.jsonl").write_text("".join(json.dumps({"q": f"say {name}", "a": name}) + "\n" for name in ITEMS))
    first = {"function": "take_first"}
    task = {
        "task": "letters", "dataset_path": "json", "test_split": "test", "output_type": "generate_until",
        "dataset_kwargs": {"data_files": {"test": str(made / "data.jsonl")}}, "doc_to_text": "{{q}}",
        "doc_to_target": "{{a}}", "metric_list": [{"metric": "exact_match"}],
        "filter_list": [
            {"name": "strict", "filter": [first]},
            {"name": "lower", "filter": [{"function": "lowercase"}, first]},
        ],
    }  # fmt: skip
    (made / "letters.yaml").write_text(json.dumps(task))
    sys.argv = ["lm_eval", "run", "--model", "letters", "--tasks", "letters", "--include_path", str(made),
                "--output_path", str(folder / "out"), "--log_samples"]  # fmt: skip
    cli_evaluate()
    return [
        (str(place), "1", f"exact_match[{way}]", float(name != "blue" or way == "lower"))
        for place, name in enumerate(ITEMS) for way in ("strict", "lower")
    ]  # fmt: skip


WRITERS = {
    "pydantic-evals": pydantic_evals, "inspect": inspect_ai, "deepeval": deepeval, "langsmith": langsmith,
    "ragas": ragas, "braintrust": braintrust, "lm-eval": lm_eval,
}  # fmt: skip

if __name__ == "__main__":
    from tracker_writers import TRACKERS

    target = Path(sys.argv[2]).resolve()
    target.mkdir(parents=True, exist_ok=True)
    os.chdir(target)
    (target / "truth.json").write_text(json.dumps((WRITERS | TRACKERS)[sys.argv[1]](target)))
