"""Small plans for tests: a folder with questions, pages and a plan file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ragtui.sources import read_dataset

ITEMS = 8


def lay_out(
    folder: Path, url: str, plan: str = "", *, items: int = ITEMS, judges: bool = True, rag: bool = True
) -> Path:
    """Write dataset, pages and plan; returns the plan's path."""
    (folder / "pages").mkdir(parents=True, exist_ok=True)
    rows = [
        {"id": f"q{n}", "question": f"What colour is thing {n}?", "expected": f"Thing {n} is red."}
        for n in range(items)
    ]
    (folder / "dataset.json").write_text(json.dumps({"name": "things", "items": rows}))
    for n in range(items):
        (folder / "pages" / f"thing-{n}.md").write_text(f"# Thing {n}\nThing {n} is red and weighs {n} stone.\n")
    model = f'model = "m1"\nbase_url = "{url}"\napi_key_env = "STANDIN_KEY"\n'
    text = 'name = "base"\ndataset = "dataset.json"\nlexical = ["token_f1"]\nseed = 5\n' + plan
    if rag:
        text += f'\n[target]\nkind = "rag"\ncorpus = "pages"\ntop_k = 2\n[target.generator]\ntemperature = 0.7\n{model}'
    if judges:
        text += f"\n[judge]\n{model}"
    path = folder / "ragtui.toml"
    path.write_text(text)
    return path


def records(folder: Path) -> list[dict[str, Any]]:
    """All lines of a run's results."""
    return [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]


def essence(folder: Path) -> dict[tuple[str, str], Any]:
    """What must be equal between an interrupted and an uninterrupted run: everything but times and ids."""
    found: dict[tuple[str, str], Any] = {}
    for record in records(folder):
        place = (record["item"], str(record["repeat"]))
        assert place not in found, f"{place} is there twice"
        scores = {name: _said(score) for name, score in record["scores"].items()}
        found[place] = (record["output"], [c["id"] for c in record.get("contexts", [])], scores, record["error"])
    return found


def _said(score: Any) -> Any:
    return (score.get("value"), score.get("error")) if isinstance(score, Mapping) else score


def summary(folder: Path) -> dict[str, Any]:
    """summary.json."""
    found: dict[str, Any] = json.loads((folder / "summary.json").read_text())
    return found


def expected_places(folder: Path, repeats: int) -> set[tuple[str, str]]:
    """Every item and repeat there should be."""
    items = read_dataset(folder / "dataset.json").items
    return {(item.id, str(repeat)) for item in items for repeat in range(1, repeats + 1)}


_ANSWERS = """
import pathlib

CALLS = pathlib.Path(__file__).with_name("calls.txt")

def answer(item, settings):
    with CALLS.open("a") as file:
        file.write(item.id + "\\n")
    times = CALLS.read_text().split().count(item.id)
    wrong = (settings["broken"] and item.id in ("q1", "q2")) or (item.id == "q5" and times % 2)
    # Never twice the same words: repeats that are copies prove nothing.
    return f"no idea {times}" if wrong else item.expected + "!" * times
"""
_PLAN = """
name = "base"
dataset = "dataset.json"
out = "runs"
lexical = ["exact_match"]
repeats = 3
concurrency = 1

[target]
kind = "python"
call = "own:answer"
[target.settings]
broken = false

[candidate]
name = "cand"
[candidate.target.settings]
broken = true
"""


def lay_out_doubts(folder: Path, items: int = 12) -> Path:
    """Two sides without any model: q1 and q2 are wrong in the candidate, q5 is wrong now and then in both."""
    (folder / "own.py").write_text(_ANSWERS)
    rows = [{"id": f"q{n}", "question": f"What is {n}?", "expected": f"Thing {n}."} for n in range(items)]
    (folder / "dataset.json").write_text(json.dumps({"name": "things", "items": rows}))
    path = folder / "ragtui.toml"
    path.write_text(_PLAN)
    return path
