"""A person's own synchronous pipeline and three synchronous judges, against the same functions in a thread pool.

python tests/bench/own_code.py [ITEMS]

Each item is one call of the pipeline and three of judges, all with the `openai` package, at concurrency 50, to one
loopback endpoint in a process of its own. Printed: CPU seconds of everything started, and the most calls under way.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

AT_ONCE, LATENCY_S = 50, 0.15

OWN = """
import os
import openai
client = openai.OpenAI(base_url=os.environ["BENCH_URL"], api_key="none", max_retries=0)

def say(text):
    done = client.chat.completions.create(model="m1", messages=[{"role": "user", "content": text}])
    return done.choices[0].message.content

def ask(question):
    return say(question)

def one(*, output): return float(len(say("one " + output)))
def two(*, output): return float(len(say("two " + output)))
def three(*, output): return float(len(say("three " + output)))
"""

POOL = """
import sys, json
from concurrent.futures import ThreadPoolExecutor
import own
def unit(n):
    output = own.ask(f"question {n}?")
    with ThreadPoolExecutor(3) as judges:
        return [task.result() for task in [judges.submit(f, output=output) for f in (own.one, own.two, own.three)]]
with ThreadPoolExecutor(int(sys.argv[2])) as pool:
    print(sum(map(len, pool.map(unit, range(int(sys.argv[1]))))))
"""


def cpu() -> float:
    """CPU seconds of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measured(name: str, words: list[str], folder: Path, server: object) -> tuple[float, int]:
    """Run it, print it."""
    server.most_under_way = 0  # type: ignore[attr-defined]
    before, began = cpu(), time.perf_counter()
    subprocess.run(words, cwd=folder, check=True, capture_output=True, env=dict(os.environ))
    used, most = cpu() - before, int(server.most_under_way)  # type: ignore[attr-defined]
    print(f"{name:<34}{used:>8.1f}{time.perf_counter() - began:>8.1f}{most:>12}", flush=True)
    return used, most


def main(items: int) -> int:
    """Measure both; returns 1 when ragtui needs more than twice the CPU, or has fewer than 30 calls under way."""
    from openai_standin import standin

    with tempfile.TemporaryDirectory() as place, standin(latency_s=LATENCY_S) as server:
        folder = Path(place)
        os.environ["BENCH_URL"] = server.url
        (folder / "own.py").write_text(OWN)
        (folder / "pool.py").write_text(POOL)
        rows = [{"id": str(n), "question": f"question {n}?"} for n in range(items)]
        (folder / "golden.json").write_text(json.dumps(rows))
        calls = "".join(f'[[evaluators]]\ncall = "own:{name}"\n' for name in ("one", "two", "three"))
        (folder / "ragtui.toml").write_text(
            f'name = "own"\ndataset = "golden.json"\nconcurrency = {AT_ONCE}\n'
            f'[target]\nkind = "python"\ncall = "own:ask"\n{calls}'
        )
        print(f"{items} items, {4 * items} calls of {LATENCY_S} s, {AT_ONCE} items at once")
        print(f"{'':<34}{'CPU s':>8}{'wall s':>8}{'in flight':>12}")
        pool, _ = measured("thread pool", [sys.executable, "pool.py", str(items), str(AT_ONCE)], folder, server)
        ours, most = measured("ragtui", [sys.executable, "-m", "ragtui", "run"], folder, server)
    print(f"ragtui / thread pool: {ours / pool:.2f} times the CPU")
    return 0 if ours <= 2 * pool and most >= 30 else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 40))
