"""The same evaluation by several tools, against one loopback endpoint: CPU a call, and the most calls under way.

python tests/bench/side_by_side.py [ITEMS] [NAME=PYTHON ...]

An item is one answer and three judgements, each a call of 0.15 s to an endpoint in this process; the tools run in
processes of their own. NAME is one of bare, ragtui-judges, ragtui-own, pydantic-evals, langfuse, deepeval, inspect_ai,
promptfoo; PYTHON is the interpreter that has the tool (ours for the first three), or promptfoo's own program. What a
tool needs to start is measured with a few items and taken off. Default: ITEMS at 4, 4 x ITEMS at 50 and at 1,000 at
once, the first three tools.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from openai_standin import StandIn, standin

LATENCY_S, CALLS, FEW = 0.15, 4, 2
QUIET = {"PROMPTFOO_DISABLE_TELEMETRY": "1", "PROMPTFOO_DISABLE_UPDATE": "1", "PROMPTFOO_DISABLE_SHARING": "1"}

COMMON = """
import asyncio, json, os, resource, sys
import openai
URL, ITEMS, AT_ONCE = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536) if hard > 0 else 65536, hard))
QUESTIONS = [f"question {n}?" for n in range(ITEMS)]
_client = []
async def say(text):
    if not _client:
        _client.append(openai.AsyncOpenAI(base_url=URL, api_key="none", max_retries=0))
    done = await _client[0].chat.completions.create(model="m1", messages=[{"role": "user", "content": text}])
    return done.choices[0].message.content
"""
BARE = """
async def unit(question, places):
    async with places:
        output = await say(question)
        await asyncio.gather(*(say(f"{n} {output}") for n in range(3)))
async def main():
    places = asyncio.Semaphore(AT_ONCE)
    await asyncio.gather(*(unit(question, places) for question in QUESTIONS))
asyncio.run(main())
"""
PYDANTIC = """
from dataclasses import dataclass
from pydantic_evals import Case, Dataset
from pydantic_evals.evaluators import Evaluator, EvaluatorContext

@dataclass
class One(Evaluator):
    number: int = 0
    async def evaluate(self, ctx: EvaluatorContext) -> float:
        return float(len(await say(f"{self.number} {ctx.output}")))

data = Dataset(name="bench", cases=[Case(name=str(n), inputs=q) for n, q in enumerate(QUESTIONS)],
               evaluators=[One(n) for n in range(3)])
asyncio.run(data.evaluate(say, max_concurrency=AT_ONCE, progress=False))
"""
LANGFUSE = """
os.environ.update(LANGFUSE_PUBLIC_KEY="pk", LANGFUSE_SECRET_KEY="sk", LANGFUSE_HOST="http://127.0.0.1:9",
                  LANGFUSE_TRACING_ENABLED="false")
from langfuse import Evaluation, Langfuse
def judge(number):
    async def score(*, input, output, **more):
        return Evaluation(name=f"s{number}", value=float(len(await say(f"{number} {output}"))))
    return score
async def task(*, item, **more):
    return await say(item["input"])
Langfuse(tracing_enabled=False).run_experiment(
    name="bench", data=[{"input": q} for q in QUESTIONS], task=task, evaluators=[judge(n) for n in range(3)],
    max_concurrency=AT_ONCE)
"""
DEEPEVAL = """
os.environ.update(DEEPEVAL_TELEMETRY_OPT_OUT="YES", ERROR_REPORTING="NO")
from deepeval import evaluate
from deepeval.evaluate import AsyncConfig, DisplayConfig
from deepeval.metrics import BaseMetric
from deepeval.test_case import LLMTestCase
class One(BaseMetric):
    def __init__(self, number): self.number, self.threshold, self.async_mode = number, 0.5, True
    def measure(self, case, *args, **more): raise NotImplementedError
    async def a_measure(self, case, *args, **more):
        self.score = float(len(await say(f"{self.number} {case.actual_output}"))); self.success = True
        return self.score
    def is_successful(self): return True
    @property
    def __name__(self): return f"One {self.number}"
async def answers():
    places = asyncio.Semaphore(AT_ONCE)
    async def one(q):
        async with places: return await say(q)
    return await asyncio.gather(*map(one, QUESTIONS))
outputs = asyncio.run(answers())
_client.clear()
evaluate([LLMTestCase(input=q, actual_output=a) for q, a in zip(QUESTIONS, outputs)], [One(n) for n in range(3)],
         async_config=AsyncConfig(max_concurrent=AT_ONCE, throttle_value=0),
         display_config=DisplayConfig(show_indicator=False, print_results=False))
"""
INSPECT = """
os.environ.update(OPENAI_API_KEY="none", OPENAI_BASE_URL=URL)
from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.scorer import Score, mean, scorer
from inspect_ai.solver import generate
@scorer(metrics=[mean()])
def judge(number):
    async def score(state, target):
        return Score(value=float(len(await say(f"{number} {state.output.completion}"))))
    return score
eval(Task(dataset=[Sample(input=q, target="x") for q in QUESTIONS], solver=generate(),
          scorer=[judge(n) for n in range(3)]), model="openai/m1", model_args={"responses_api": False},
     max_connections=AT_ONCE, max_samples=AT_ONCE,
     display="none", log_dir=os.environ["BENCH_LOGS"])
"""
PROMPTFOO_JUDGE = """
module.exports = async (output, context) => {
  const reply = await fetch(process.env.BENCH_URL + "/chat/completions", {
    method: "POST", headers: {"Content-Type": "application/json", Authorization: "Bearer none"},
    body: JSON.stringify({model: "m1", messages: [{role: "user", content: context.config.number + " " + output}]}),
  });
  const said = (await reply.json()).choices[0].message.content;
  return {pass: true, score: said.length > 0 ? 1 : 0, reason: "length"};
};
"""
"""A judgement by promptfoo: a script of one's own, as for the others."""
SCRIPTS = {"bare": BARE, "pydantic-evals": PYDANTIC, "langfuse": LANGFUSE, "deepeval": DEEPEVAL, "inspect_ai": INSPECT}

OWN = """
import os
import openai
client = openai.OpenAI(base_url=os.environ["BENCH_URL"], api_key="none", max_retries=0)
def say(text):
    done = client.chat.completions.create(model="m1", messages=[{"role": "user", "content": text}])
    return done.choices[0].message.content
def ask(question): return say(question)
def one(*, output): return float(len(say("one " + output)))
def two(*, output): return float(len(say("two " + output)))
def three(*, output): return float(len(say("three " + output)))
"""


@dataclass(frozen=True)
class Row:
    """What one run took."""

    cpu_s: float
    wall_s: float
    calls: int
    most: int


def project(folder: Path, name: str, url: str, items: int, at_once: int) -> list[str]:
    """Write what the tool runs; returns the words to run it with, without the interpreter."""
    if name == "promptfoo":
        return promptfoo(folder, url, items, at_once)
    if not name.startswith("ragtui"):
        (folder / "bench.py").write_text(COMMON + SCRIPTS[name])
        return ["bench.py", url, str(items), str(at_once)]
    (folder / "own.py").write_text(OWN)
    (folder / "pages").mkdir()
    (folder / "pages" / "a.md").write_text("# A\nThe thing is red.\n")
    (folder / "golden.json").write_text(
        json.dumps([{"id": str(n), "question": f"question {n}?"} for n in range(items)])
    )
    model = f'model = "m1"\nbase_url = "{url}"\n'
    head = f'name = "bench"\ndataset = "golden.json"\nconcurrency = {at_once}\ntimeout_s = 300\n'
    if name == "ragtui-judges":
        body = f'[target]\nkind = "rag"\ncorpus = "pages"\n[target.generator]\n{model}[judge]\n{model}'
    else:
        body = '[target]\nkind = "python"\ncall = "own:ask"\n'
        body += "".join(f'[[evaluators]]\ncall = "own:{one}"\n' for one in ("one", "two", "three"))
    (folder / "ragtui.toml").write_text(head + body)
    return ["-m", "ragtui", "run"]


def promptfoo(folder: Path, url: str, items: int, at_once: int) -> list[str]:
    """Its configuration, in JSON; nothing is kept between runs, and nothing is sent home."""
    judges = [{"type": "javascript", "value": "file://judge.js", "config": {"number": n}} for n in range(3)]
    provider = {"id": "openai:chat:m1", "config": {"apiBaseUrl": url, "apiKey": "none"}}
    tests = [{"vars": {"question": f"question {n}?"}, "assert": judges} for n in range(items)]
    config = {"prompts": ["{{question}}"], "providers": [provider], "tests": tests}
    (folder / "promptfooconfig.json").write_text(json.dumps(config))
    (folder / "judge.js").write_text(PROMPTFOO_JUDGE)
    quiet = ["--no-cache", "--no-progress-bar", "--no-table", "--no-write"]
    return ["eval", "-c", "promptfooconfig.json", "-j", str(at_once), *quiet]


def cpu() -> float:
    """CPU seconds of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measured(name: str, python: str, server: StandIn, items: int, at_once: int) -> Row | str:
    """Run it once; or the last line of what it said when it failed."""
    server.most_under_way = 0
    with tempfile.TemporaryDirectory() as place:
        words = project(Path(place), name, server.url, items, at_once)
        before, asked, began = cpu(), sum(server.requests.values()), time.perf_counter()
        done = subprocess.run(
            [python, *words], cwd=place, capture_output=True, text=True, check=False,
            env={**os.environ, **QUIET, "BENCH_URL": server.url, "BENCH_LOGS": place, "PROMPTFOO_CONFIG_DIR": place},
        )  # fmt: skip
        wall, used = time.perf_counter() - began, cpu() - before
    if done.returncode:
        return ((done.stderr or done.stdout).strip().splitlines() or ["no words"])[-1][:90]
    return Row(used, wall, sum(server.requests.values()) - asked, server.most_under_way)


def table(tools: Sequence[tuple[str, str]], server: StandIn, items: int, at_once: int) -> None:
    """One line a tool."""
    print(f"\n{f'{at_once} at once, {items} items':<30}{'calls':>8}{'CPU ms a call':>15}{'wall s':>9}{'in flight':>11}")
    for name, python in tools:
        little = measured(name, python, server, FEW, at_once)
        whole = measured(name, python, server, items, at_once)
        if isinstance(little, str) or isinstance(whole, str):
            print(f"{name:<30}failed: {whole if isinstance(whole, str) else little}", flush=True)
            continue
        share = 1000 * (whole.cpu_s - little.cpu_s) / max(1, whole.calls - little.calls)
        print(f"{name:<30}{whole.calls:>8}{share:>15.2f}{whole.wall_s:>9.1f}{whole.most:>11}", flush=True)


def main(words: Sequence[str]) -> int:
    """Print the three tables."""
    items = int(words[0]) if words else 50
    named = [word.partition("=") for word in words[1:]]
    tools = [(name, python) for name, _, python in named] or [
        (name, sys.executable) for name in ("bare", "ragtui-judges", "ragtui-own")
    ]
    with standin(latency_s=LATENCY_S) as server:
        for at_once in (4, 50, 1000):
            table(tools, server, items if at_once == 4 else 4 * items, at_once)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
