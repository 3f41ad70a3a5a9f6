"""Functions that use the real packages of other projects, called as they are.

Opt in: RAGTUI_ADAPTERS=/path/to/python pytest -m integration tests/runner/test_adapters.py, where that interpreter has
autoevals, deepeval, langfuse, langchain-core and llama-index-core.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from runner_kit import records

from ragtui.runner.launch.prepare import prepare
from ragtui.runner.plan.planfile import read_plan
from ragtui.runner.work.worker import work

PYTHON = os.environ.get("RAGTUI_ADAPTERS", "")
pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not PYTHON, reason="RAGTUI_ADAPTERS names no interpreter with the packages"),
]

OWN = """
from autoevals import ExactMatch, Levenshtein
from deepeval.metrics import BaseMetric, ExactMatchMetric
from langfuse import Evaluation
from langchain_core.documents import Document
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage
from llama_index.core.base.response.schema import Response
from llama_index.core.schema import NodeWithScore, TextNode

USED = {"input_tokens": 5, "output_tokens": 3, "total_tokens": 8}

def message(question): return AIMessage(content="It is red.", usage_metadata=USED)
def blocks(question): return AIMessage(content=[{"type": "text", "text": "It is "}, {"type": "text", "text": "red."}])
def graph(question): return {"messages": [HumanMessage(content=question), AIMessage(content="It is red.")]}
def llama(question):
    return Response(response="It is red.", source_nodes=[NodeWithScore(node=TextNode(text="one", id_="n1"), score=0.7)])
def chain(question):
    pages = [Document(page_content="one", metadata={"source": "a.md"}), Document(page_content="two", id="d2")]
    return {"input": question, "answer": "It is red.", "context": pages}
def stream(question):
    yield AIMessageChunk(content="It is ")
    yield AIMessageChunk(content="red.")

exact, near, deep = ExactMatch(), Levenshtein, ExactMatchMetric()

class Length(BaseMetric):
    def __init__(self): self.threshold, self.async_mode = 0.5, False
    def measure(self, test_case, *args, **more):
        self.score, self.reason = min(1.0, len(test_case.actual_output) / 20), "by its length"
        self.success = self.score >= self.threshold
        return self.score
    async def a_measure(self, test_case, *args, **more): return self.measure(test_case)
    def is_successful(self): return self.success
    @property
    def __name__(self): return "Length"

length = Length()

def accuracy(*, input, output, expected_output=None, metadata=None, **more):
    return Evaluation(name="accuracy", value=float(expected_output in output), comment="it says so")
async def several(*, input, output, **more):
    return [Evaluation(name="tone", value="polite", data_type="CATEGORICAL"), Evaluation(name="ok", value=True)]
"""
SCORERS = ("exact", "near", "deep", "length", "accuracy", "several")
SCORES = {"ExactMatch": 1, "Levenshtein": 1, "Exact Match": 1, "Length": 0.5, "accuracy": 1, "tone": "polite", "ok": 1}


@pytest.mark.parametrize(
    ("name", "contexts"),
    [("message", []), ("blocks", []), ("graph", []), ("llama", ["n1"]), ("chain", ["a.md", "d2"]), ("stream", [])],
)
def test_answers_and_scores_of_the_real_packages(tmp_path: Path, name: str, contexts: list[str]) -> None:
    (tmp_path / "own.py").write_text(OWN)
    (tmp_path / "golden.json").write_text(json.dumps([{"id": "1", "question": "Which?", "expected": "It is red."}]))
    scorers = SCORERS if name == "message" else ()
    (tmp_path / "p.toml").write_text(
        f'name = "x"\ndataset = "golden.json"\nlexical = ["exact_match"]\npython = {json.dumps(PYTHON)}\n'
        f'[target]\nkind = "python"\ncall = "own:{name}"\n'
        + "".join(f'[[evaluators]]\ncall = "own:{scorer}"\n' for scorer in scorers)
    )
    launch = prepare(read_plan(tmp_path / "p.toml"))
    work(launch)
    (record,) = records(launch.lead)
    assert record["output"] == "It is red.", record["error"]
    assert [context["id"] for context in record.get("contexts", [])] == contexts
    scores = {key: said.get("label") or said.get("value") for key, said in record["scores"].items()}
    assert scores == {"exact_match": 1.0, **(SCORES if scorers else {})}
