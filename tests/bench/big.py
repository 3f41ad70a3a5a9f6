"""What large sets cost: two folders of 100,000 items, and a folder of 10,000 runs.

    python tests/bench/big.py compare [--items 100000] [--repeats 3]
    python tests/bench/big.py runs [--runs 10000]

Sets are made in a temporary folder (`--keep FOLDER` keeps them, and uses what is there). Measured are fresh processes:
CPU time with all their children, and the most memory any of them held.

`compare` prints the first `ragtui compare` of two folders of 426 MB each, the same from the columnar cache, and what
parsing every line with orjson and nothing else costs. `runs` prints `ragtui runs`, and in the app, through a
pseudo-terminal, when the first and when all lines are listed. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import orjson
from bench.speed_report import print_table
from bench.speed_terminal import Terminal

METRICS = ("faithfulness", "correctness", "context_precision", "similarity", "groundedness")
"""Two judged 1 to 5, one yes or no, two continuous from 0 to 1."""
_LAST_WRITTEN = 3600.0
"""Seconds ago: a file that may still grow is not kept as columns."""
_CHANGED = 0.05
"""Share of items the candidate is really worse on."""

PARSE = """
import sys, orjson
for path in sys.argv[1:]:
    with open(path, "rb") as lines:
        for line in lines:
            orjson.loads(line)
"""


class Spent(NamedTuple):
    """CPU and wall seconds of a process, its peak memory in MB, and what it printed."""

    cpu: float
    wall: float
    memory: float
    printed: str


# ------------------------------------------------------------------ the sets


def write_side(folder: Path, items: int, repeats: int, *, worse: bool, seed: int = 5) -> None:
    """One run folder; each line holds question, answer, five passages and five judged scores (about 1,420 bytes)."""
    folder.mkdir(parents=True)
    scores = _scores(items, repeats, worse=worse, seed=seed)
    passages = [
        {"id": f"doc-{n}", "text": f"Passage {n} of the handbook says how this part is used and billed. " * 2}
        for n in range(40)
    ]
    with (folder / "results.jsonl").open("wb") as file:
        for item in range(items):
            shown = [passages[(item * 7 + place) % 40] for place in range(5)]
            for repeat in range(repeats):
                judged = {
                    name: {"value": value, "rationale": "The answer names what the passages say."}
                    for name, value in zip(METRICS, scores[item, :, repeat].tolist(), strict=True)
                }
                file.write(orjson.dumps({
                    "item": f"item-{item:06d}", "repeat": repeat + 1, "attempt": 1,
                    "question": f"How is number {item} of the parts list ordered, and what does it cost in a year?",
                    "output": f"Number {item} is ordered on the page for parts; it costs {item % 97} a year. ",
                    "contexts": shown, "scores": judged, "error": None,
                }) + b"\n")  # fmt: skip
    _write_summary(folder, items, repeats, {"prompt": "short" if worse else "long"})
    _age(folder)


def _scores(items: int, repeats: int, *, worse: bool, seed: int) -> np.ndarray:
    """(items, metrics, repeats): most items repeat themselves nearly, some flicker; both sides share their levels."""
    levels, noise = np.random.default_rng(seed), np.random.default_rng([seed, worse])
    level = levels.integers(2, 6, (items, 2, 1))
    chance, unit = levels.beta(0.4, 0.2, (items, 1, 1)), levels.beta(5, 2, (items, 2, 1))
    lost = (levels.random((items, 1, 1)) < _CHANGED) & worse
    size = (items, 2, repeats)
    judged = np.clip(level - 2 * lost + noise.choice([-1, 0, 0, 0, 0, 0, 0, 1], size), 1, 5)
    binary = noise.random((items, 1, repeats)) < chance * np.where(lost, 0.2, 1)
    graded = np.clip(unit - 0.3 * lost + noise.normal(0, 0.02, size), 0, 1).round(4)
    return np.concatenate([judged, binary, graded], axis=1).astype(float)


def _write_summary(folder: Path, items: int, repeats: int, pipeline: dict[str, object], day: int = 1) -> None:
    kinds = ("ordinal", "ordinal", "binary", "unit", "unit")
    metrics = [
        {"name": name, "kind": kind, "higher_is_better": True} | ({"scale": [1, 5]} if kind == "ordinal" else {})
        for name, kind in zip(METRICS, kinds, strict=True)
    ]
    summary = {
        "ragtui": 1, "id": folder.name, "name": folder.name, "created": f"2026-03-{day:02d}T10:00:00+00:00",
        "finished": f"2026-03-{day:02d}T11:00:00+00:00", "status": "complete", "dataset": {"name": "parts"},
        "pipeline": pipeline, "judges": {"judge": {"model": "j-1"}}, "metrics": metrics, "repeats": repeats,
        "expected_results": items * repeats, "results": items * repeats, "errors": 0,
        "aggregates": {
            name: {"mean": 0.5 + day / 100, "scored": items * repeats, "expected": items * repeats}
            for name in METRICS
        },
    }  # fmt: skip
    (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")


def _age(folder: Path) -> None:
    then = time.time() - _LAST_WRITTEN
    for path in folder.iterdir():
        os.utime(path, (then, then))


def write_runs(folder: Path, runs: int) -> None:
    """Many small runs of 5 items: a few repeats of each of many configurations."""
    line = orjson.dumps({"item": "i", "repeat": 1, "output": "text", "scores": dict.fromkeys(METRICS, 1)}) + b"\n"
    for run in range(runs):
        place = folder / f"run-{run:05d}"
        place.mkdir(parents=True)
        (place / "results.jsonl").write_bytes(line * 5)
        _write_summary(place, 5, 1, {"top_k": run // 3 % 50, "prompt": f"p{run // 150}"}, day=1 + run % 28)
        _age(place)


# ---------------------------------------------------------------- measuring


def spent_by(*words: str, state: Path) -> Spent:
    """A fresh process with state and cache of its own."""
    places = {f"XDG_{kind}_HOME": str(state / kind.lower()) for kind in ("STATE", "CONFIG", "CACHE", "DATA")}
    code = "import sys,resource,subprocess as s;r=s.run(sys.argv[1:]).returncode;" \
           "u=resource.getrusage(resource.RUSAGE_CHILDREN);print(u.ru_maxrss,file=sys.stderr);sys.exit(r)"  # fmt: skip
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, sys.executable, *words], capture_output=True, text=True, check=False,
        env={**os.environ, **places, "OPENBLAS_NUM_THREADS": "1", "NO_COLOR": "1"},
    )  # fmt: skip
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        sys.exit(done.stderr)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Spent(cpu, wall, int(done.stderr.split()[-1]) / 1024, done.stdout)


def comparing(home: Path, items: int, repeats: int) -> None:
    """Two large folders, first without and then with kept columns."""
    for name in ("before", "after"):
        if not (home / name).exists():
            write_side(home / name, items, repeats, worse=name == "after")
    lines = [home / name / "results.jsonl" for name in ("before", "after")]
    words = ("-m", "ragtui", "compare", str(home / "before"), "--vs", str(home / "after"))
    rows = []
    with tempfile.TemporaryDirectory() as state:
        for what, asked in (("ragtui compare, first", words), ("from the columnar cache", words),
                            ("orjson.loads of every line", ("-c", PARSE, *map(str, lines)))):  # fmt: skip
            spent = spent_by(*asked, state=Path(state))
            rows.append([what, f"{spent.cpu:.1f}", f"{spent.wall:.1f}", f"{spent.memory:.0f}",
                         str(spent.printed.count("\n"))])  # fmt: skip
    size = sum(path.stat().st_size for path in lines) / 2e6
    print_table(
        f"Two folders of {items} items x {len(METRICS)} metrics x {repeats} repeats, {size:.0f} MB each",
        ["what", "CPU s", "wall s", "peak MB", "lines printed"],
        rows,
    )


def listing(home: Path, runs: int) -> None:
    """A folder of many runs, on the command line and in the app."""
    folder = home / "runs"
    if not folder.exists():
        write_runs(folder, runs)
    rows = []
    with tempfile.TemporaryDirectory() as state:
        spent = spent_by("-m", "ragtui", "runs", str(folder), state=Path(state))
    rows.append(["ragtui runs", f"{spent.cpu:.2f}", f"{spent.wall:.2f}", f"{spent.memory:.0f}"])
    result = home / "app.json"
    with Terminal(["-m", "bench.big", "app", str(folder), str(result)]) as terminal:
        terminal.wait(at_most=600)
    for what, found in json.loads(result.read_text(encoding="utf-8")).items():
        rows.append([what, *(f"{value:.2f}" for value in found[:2]), f"{found[2]:.0f}"])
    result.unlink()
    print_table(f"A folder of {runs} runs", ["what", "CPU s", "wall s", "peak MB"], rows)


def app_listing(folder: str, result: str) -> None:
    """The child of `listing`: an app that notes when its list has its first and its last line."""
    import ragtui.tui.app
    from ragtui.tui.app import RagtuiApp

    started = time.perf_counter()
    found: dict[str, tuple[float, float, float]] = {}

    def note(what: str) -> None:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        found.setdefault(what, (time.process_time(), time.perf_counter() - started, peak))

    class Timed(RagtuiApp):
        CSS_PATH = str(Path(ragtui.tui.app.__file__).with_name("ragtui.tcss"))

        def on_ready(self) -> None:
            note("app: first frame")
            self.set_interval(0.02, self.look)

        def look(self) -> None:
            if getattr(self.screen, "shown", ()):
                note("app: first lines")
            screen = self.screen
            if getattr(screen, "reading", True) is False:
                note("app: all lines")
                Path(result).write_text(json.dumps(found), encoding="utf-8")
                self.exit()

    Timed([folder]).run()


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the sets and measure."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["app"]:
        app_listing(*given[1:])
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("compare", "runs"))
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    options = parser.parse_args(given)
    with tempfile.TemporaryDirectory() as made:
        home = options.keep or Path(made)
        if options.what == "compare":
            comparing(home, options.items, options.repeats)
        else:
            listing(home, options.runs)


if __name__ == "__main__":
    main()
