"""What the engine costs a call, and whether 1,000 calls at once keep an endpoint of 100 ms busy.

python tests/bench/throughput.py [CALLS]

The endpoint is a process of its own, the same for both. "bare" is asyncio and the `openai` package with a semaphore and
nothing else; "ragtui" is `Models.chat` (limit, timeout, retries, usage, seeds), then the whole engine with results
written and synced. CPU is that of the measuring process.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import httpx2
import openai
from runner_kit import lay_out

from ragtui.runner.endpoints.calling import CallPatience, Usage
from ragtui.runner.endpoints.llm import Models
from ragtui.runner.launch.prepare import prepare
from ragtui.runner.plan.plan import ModelUse
from ragtui.runner.plan.planfile import read_plan
from ragtui.runner.work.worker import work

LATENCY_S = 0.1
MESSAGES = [{"role": "user", "content": "What colour is thing 1?"}]


async def bare(url: str, calls: int, at_once: int) -> None:
    """asyncio, openai and a semaphore."""
    limits = httpx2.Limits(max_connections=at_once, max_keepalive_connections=at_once)
    http = openai.DefaultAsyncHttpx2Client(limits=limits, trust_env=False, timeout=120)
    client = openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0, http_client=http)
    places = asyncio.Semaphore(at_once)

    async def one() -> None:
        async with places:
            await client.chat.completions.create(model="m1", messages=MESSAGES)  # type: ignore[arg-type]

    await asyncio.gather(*(one() for _ in range(calls)))
    await client.close()


async def ours(url: str, calls: int, at_once: int) -> None:
    """The same through the runner's client."""
    models = Models(
        concurrency=at_once, patience=CallPatience(120), usage=Usage(), prices={}, note=lambda kind, fields: None
    )
    use = ModelUse(model="m1", base_url=url)
    await asyncio.gather(*(models.chat(use, MESSAGES) for _ in range(calls)))
    await models.close()


def measured(name: str, work_: Callable[[], Any], calls: int) -> float:
    """Run it, print it; returns CPU milliseconds a call."""
    wall, cpu = time.perf_counter(), time.process_time()
    work_()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    rate = calls / wall
    print(
        f"{name:<34}{calls:>7}{wall:>9.2f}{rate:>10.0f}{rate * LATENCY_S:>11.0f}{1000 * cpu / calls:>10.2f}", flush=True
    )
    return 1000 * cpu / calls


Loop = Callable[[str, int, int], Coroutine[Any, Any, None]]


def _run(loop: Loop, url: str, calls: int, at_once: int) -> Callable[[], None]:
    return lambda: asyncio.run(loop(url, calls, at_once))


def _engine(url: str, folder: Path, items: int, at_once: int) -> Callable[[], Any]:
    plan = f"concurrency = {at_once}\ntimeout_s = 120\n"
    launch = prepare(read_plan(lay_out(folder, url, plan, items=items, judges=True)))
    return lambda: work(launch)


def table(url: str, calls: int, at_once: int) -> float:
    """Measure all three; returns the engine's CPU over the bare loop's, ms a call."""
    print(f"\n{f'{at_once} at once':<34}{'calls':>7}{'wall s':>9}{'calls/s':>10}{'busy slots':>11}{'CPU ms':>10}")
    asyncio.run(bare(url, 20, 20))
    reference = measured("bare asyncio + openai", _run(bare, url, calls, at_once), calls)
    client = measured("ragtui client", _run(ours, url, calls, at_once), calls)
    items = max(1, calls // 4)
    with tempfile.TemporaryDirectory() as folder:
        engine = measured("ragtui engine, results written", _engine(url, Path(folder), items, at_once), items * 4)
    print(f"over the bare loop, CPU ms a call: client {client - reference:+.2f}, engine {engine - reference:+.2f}")
    return engine - reference


def main(calls: int) -> int:
    """Print the tables; returns 1 when the engine's own share is above 2 ms a call."""
    os.environ["STANDIN_KEY"] = "sk-standin-secret"
    server = subprocess.Popen(
        [sys.executable, "-m", "openai_standin", json.dumps({"latency_s": LATENCY_S})],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[1],
    )  # fmt: skip
    assert server.stdout is not None and server.stdin is not None
    try:
        url = server.stdout.readline().decode().strip()
        return 1 if max(table(url, calls, at_once) for at_once in (50, 1000)) > 2 else 0
    finally:
        server.stdin.close()
        server.wait(10)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 4000))
