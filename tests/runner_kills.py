"""Killing a worker at random moments, resuming it, and looking at what is left."""

from __future__ import annotations

import importlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from openai_standin import StandIn
from runner_kit import essence, expected_places, lay_out, records, summary

from ragtui.runner.launch.prepare import prepare
from ragtui.runner.plan.planfile import read_plan

KEY = "sk-standin-secret"
OWN = """
import json, os, random, time, urllib.request

def ask(item, repeat, seed, settings):
    body = json.dumps({"model": "m1", "seed": seed, "messages": [{"role": "user", "content": item.question}]})
    request = urllib.request.Request(settings["url"] + "/chat/completions", body.encode())
    answer = json.load(urllib.request.urlopen(request))["choices"][0]["message"]["content"]
    return {"answer": answer, "contexts": [f"page {item.id}"]}

def words(output): time.sleep(0.01); return float(len(set(output.split())))
def colours(output): return {"red": float("red" in output), "first": output.split()[0]}
"""
"""A stranger's synchronous pipeline and evaluators: in threads of one warm process, or on a cluster's workers."""


def make_run(folder: Path, server: StandIn, *, items: int, repeats: int, own: bool = False) -> Path:
    """Prepare a run, not started.

    Args:
        own: with synchronous functions of one's own in threads, instead of the built-in pipeline.
    """
    plan = f"repeats = {repeats}\nconcurrency = 4\n"
    if own:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "own.py").write_text(OWN)
        plan += f'[target]\nkind = "python"\ncall = "own:ask"\nsettings = {{ url = "{server.url}" }}\n'
        plan += '[[evaluators]]\ncall = "own:words"\n[[evaluators]]\ncall = "own:colours"\n'
    path = lay_out(folder, server.url, plan, items=items, rag=not own)
    return prepare(read_plan(path)).lead


def run_through(run: Path, on: str = "") -> None:
    """Work on a run until it is complete, undisturbed."""
    subprocess.run(_words(run, on), env=_environment(), check=True, capture_output=True)


def kill_and_resume(run: Path, kills: int, seed: int, on: str = "") -> int:
    """Kill the worker up to `kills` times, then let it finish; returns how many kills hit a working process.

    Every other kill waits for the results file to grow, so that it falls beside a write. On a cluster every other kill
    takes one of its worker processes instead, and whoever coordinates goes on.
    """
    dice, hit = random.Random(seed), 0
    for number in range(kills):
        process = subprocess.Popen(
            _words(run, on),
            env=_environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        _wait_for_the_moment(process, run, dice, at_a_write=number % 2 == 0)
        if on and process.poll() is None:
            hit += _kill_a_worker(process.pid, dice)
            _wait_for_the_moment(process, run, dice, at_a_write=number % 4 < 2)
        if process.poll() is None:
            hit += 1
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if summary(run).get("status") == "complete":
            break
    run_through(run, on)
    return hit


def _kill_a_worker(coordinator: int, dice: random.Random) -> int:
    """End one of a local cluster's worker processes; returns 1, or 0 when there is none."""
    psutil: Any = importlib.import_module("psutil")  # comes with distributed; has no types

    family = psutil.Process(coordinator).children(recursive=True)
    workers = [one for one in family if "spawn_main" in " ".join(one.cmdline())]
    if not workers:
        return 0
    dice.choice(workers).kill()
    return 1


def _wait_for_the_moment(process: subprocess.Popen[bytes], run: Path, dice: random.Random, *, at_a_write: bool) -> None:
    results, began = run / "results.jsonl", time.monotonic()
    size = results.stat().st_size
    while process.poll() is None and results.stat().st_size == size and time.monotonic() - began < 20:
        time.sleep(0.002)
    if not at_a_write:
        time.sleep(dice.uniform(0.0, 0.25))


def differences(run: Path, undisturbed: Path, repeats: int) -> list[str]:
    """What is missing, double or different; empty when all is well."""
    places = [(record["item"], str(record["repeat"])) for record in records(run)]
    wanted = expected_places(run, repeats)
    found = [f"lost {place}" for place in sorted(wanted - set(places))]
    found += [f"twice {place}" for place in sorted(set(places)) if places.count(place) > 1]
    if not found:
        ours, theirs = essence(run), essence(undisturbed)
        found += [f"different {place}" for place in sorted(wanted) if ours[place] != theirs[place]]
    if summary(run)["status"] != "complete":
        found.append("not complete")
    return found


def _words(run: Path, on: str) -> list[str]:
    return [sys.executable, "-m", "ragtui", "run", str(run), *(["--on", on] if on else [])]


def _environment() -> dict[str, str]:
    return {**os.environ, "STANDIN_KEY": KEY}
