"""What `ragtui plan` and `ragtui try` say beforehand, against what the run then took.

python tests/bench/estimates.py

Each plan is estimated, one item of it is tried, and then it is run against a loopback endpoint. Printed: calls, tokens,
dollars and seconds of the run, and how far off the estimate was. "plan" knows neither answers nor contexts of a
person's own code, nor how long anything takes; it is printed to show what a trial is worth, not judged.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from openai_standin import standin

from ragtui.runner.launch.estimate import Estimate, estimate
from ragtui.runner.launch.prepare import prepare
from ragtui.runner.plan.planfile import read_plan
from ragtui.runner.work.trying import try_plan
from ragtui.runner.work.worker import work
from ragtui.sources import read_dataset

WITHIN = 0.25

OWN = """
import asyncio, time

def passages(item, words, many=4):
    return [f"page {n} of {item.id}: " + "invoice refund ledger " * (words // 3) for n in range(many)]

async def short(item, seed):
    await asyncio.sleep(0.2)
    return {"answer": f"Thing {item.id} is red, by rule {seed}.", "contexts": passages(item, 12)}

async def long(item, seed):
    await asyncio.sleep(0.2)
    return {"answer": f"By rule {seed}: " + "it is red. " * 60, "contexts": passages(item, 400, 8)}

def blocks(item, seed):
    time.sleep(0.2)
    return {"answer": f"Red, {seed}.", "contexts": passages(item, 60),
            "usage": {"prompt_tokens": 900, "completion_tokens": 40}, "cost_usd": 0.002}

def slow_score(output): time.sleep(0.25); return float(len(output))
def quick_score(output): return 1.0
"""
MODEL = 'model = "m1"\nbase_url = "{url}"\napi_key_env = "STANDIN_KEY"\n'
PRICE = '[prices."m1"]\ninput = 2.0\noutput = 8.0\n[prices."m2"]\ninput = 0.5\noutput = 1.0\n'
RAG = '[target]\nkind = "rag"\ncorpus = "pages"\ntop_k = {top_k}\n{more}[target.generator]\n' + MODEL
PYTHON = '[target]\nkind = "python"\ncall = "own:{name}"\nthreads = {threads}\n'
JUDGE = "[judge]\n" + MODEL


def rag(url: str, top_k: int = 4, more: str = "") -> str:
    """The built-in pipeline."""
    return RAG.format(url=url, top_k=top_k, more=more)


def own(name: str, threads: int = 8) -> str:
    """A function of one's own."""
    return PYTHON.format(name=name, threads=threads)


@dataclass(frozen=True)
class Trial:
    """A plan and the server it meets.

    Attributes:
        parts: of the plan; {url} stands for the endpoint.
    """

    name: str
    top: str
    parts: str
    knobs: Mapping[str, Any] = field(default_factory=dict)
    items: int = 24


_EVALUATORS = '[[evaluators]]\ncall = "own:slow_score"\nthreads = 2\n[[evaluators]]\ncall = "own:quick_score"\n'
_TONE = '[judges.tone]\nprompt = "tone.md"\npanel = ["m1", "m2"]\n'
_MATRIX = "[matrix]\ntop_k = [2, 8]\n"
_EMBEDDED = 'retriever = "hybrid"\n[target.embeddings]\n' + MODEL.replace("m1", "m2")
TRIALS = (
    Trial("pages, 3 judges, 4 at once", "concurrency = 4", rag("{url}") + JUDGE),
    Trial("long answers, 3 repeats, 16 at once", "concurrency = 16\nrepeats = 3", rag("{url}") + JUDGE, {"words": 90}),
    Trial("a server that counts otherwise", "concurrency = 8", rag("{url}") + JUDGE, {"letters_a_token": 2.2}),
    Trial("hybrid retrieval", "concurrency = 8\nrepeats = 2", rag("{url}", 4, _EMBEDDED) + JUDGE),
    Trial("sweep of top_k 2, 8", "concurrency = 8", rag("{url}") + JUDGE + _MATRIX),
    Trial("one at a time", "concurrency = 1", rag("{url}") + JUDGE, items=8),
    Trial("own code, short contexts", "concurrency = 8\nrepeats = 2", own("short") + JUDGE),
    Trial("own code, long contexts", "concurrency = 8\nrepeats = 2", own("long") + JUDGE),
    Trial("own sync code with its own usage", "concurrency = 8\nrepeats = 2", own("blocks", 4) + JUDGE, items=32),
    Trial("slow evaluator in 2 threads", "concurrency = 8", own("short") + _EVALUATORS),
    Trial("panel of two models", "concurrency = 8\nrepeats = 2", own("short") + JUDGE + _TONE),
    Trial("pairwise, two sides", "concurrency = 8\nrepeats = 2", rag("{url}") + JUDGE
          + '[candidate.target]\ntop_k = 2\n[judges.better]\nagainst = "baseline"\n'),
)  # fmt: skip


def lay_out(folder: Path, trial: Trial, url: str) -> Path:
    """Write the project; items and pages are of different lengths."""
    (folder / "pages").mkdir()
    for n in range(40):
        body = " ".join(f"Thing {n} is red and weighs {n + k} stone." for k in range(3 + n % 9))
        (folder / "pages" / f"thing-{n}.md").write_text(f"# Thing {n}\n{body}\n")
    rows = [
        {"id": f"q{n}", "question": f"What colour is thing {n}" + " and why" * (n % 5) + "?", "expected": "Red."}
        for n in range(trial.items)
    ]
    (folder / "golden.json").write_text(json.dumps(rows))
    (folder / "own.py").write_text(OWN)
    (folder / "tone.md").write_text("Is this polite, from 1 to 5?\n{output}\nReply in JSON: rationale, score.\n")
    plan = folder / "ragtui.toml"
    head = f'name = "base"\ndataset = "golden.json"\nseed = 5\nlexical = ["token_f1"]\n{trial.top}\n'
    plan.write_text(head + trial.parts.replace("{url}", url) + PRICE)
    return plan


def off(said: float | None, took: float) -> float:
    """How far off, as a share; 0 where there is nothing on either side."""
    return 0.0 if not took and not said else (said or 0.0) / took - 1.0 if took else float("inf")


def play(trial: Trial) -> tuple[list[float], str]:
    """Estimate, try, run; returns how far off the trial's estimate was, and a line about it."""
    knobs = {"latency_s": 0.3, **trial.knobs}
    with tempfile.TemporaryDirectory() as place, standin(**knobs) as server:
        plan = read_plan(lay_out(Path(place), trial, server.url))
        dataset = read_dataset(plan.dataset)
        before: Estimate = estimate(plan, dataset)
        tried = try_plan(plan, dataset)
        assert all(side.works for side in tried.sides), [side.failure or side.result for side in tried.sides]
        took = work(prepare(plan)).progress
    said = tried.estimate
    real = (took["calls"], took["tokens"], took["cost_usd"], took["seconds"])
    own = said.own_cost_usd or 0.0  # what the target told of its own calls counts in a run, and is shown beside
    ours = (said.calls + said.addresses, said.tokens + said.own_tokens, (said.cost_usd or 0.0) + own, said.seconds)
    first = (before.calls + before.addresses, before.tokens, before.cost_usd)
    found = [off(mine, true) for mine, true in zip(ours, real, strict=True)]
    rules = [off(mine, true) for mine, true in zip(first, real[:3], strict=True)]
    line = f"{trial.name:<38}{real[0]:>7,}{real[1]:>10,}{real[2]:>9.4f}{real[3]:>7.1f}   "
    line += "   ".join("".join(f"{share:>+7.0%}" for share in shares) for shares in (found, rules))
    return found, line


def main() -> int:
    """Play every plan; returns 1 when a trial's estimate is further off than a quarter."""
    os.environ["STANDIN_KEY"] = "sk-standin-secret"
    import openai  # noqa: F401  a second that the first trial would pay and its run would not

    print(f"{'':<38}{'':>33}   {'tried: off by':<28}   plan: off by")
    head = f"{'plan':<38}{'calls':>7}{'tokens':>10}{'dollars':>9}{'s':>7}   "
    names = "".join(f"{name:>7}" for name in ("calls", "tokens", "cost"))
    print(f"{head}{names}{'s':>7}   {names}")
    worst = 0.0
    for trial in TRIALS:
        found, line = play(trial)
        worst = max(worst, *map(abs, found))
        print(line, flush=True)
    print(f"\nfurthest off after a trial: {worst:.0%}, at most {WITHIN:.0%} is right")
    return 1 if worst > WITHIN else 0


if __name__ == "__main__":
    sys.exit(main())
