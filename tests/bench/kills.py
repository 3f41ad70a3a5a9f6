"""Kill a worker at random moments, resume, compare with a run nobody disturbed.

python tests/bench/kills.py [KILLS] [models | threads | dask]

"models" is the built-in pipeline with judges, "threads" a synchronous pipeline and evaluators of one's own beside them,
"dask" the same on a local cluster, where every other kill takes one of its worker processes. Default: a third each.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from openai_standin import StandIn, standin
from runner_kills import differences, kill_and_resume, make_run, run_through

ITEMS, REPEATS, KILLS_A_RUN = 60, 4, 20
ON = {"models": "", "threads": "", "dask": "local:2"}


def play(way: str, kills: int, folder: Path, server: StandIn) -> tuple[int, int, int]:
    """Kill until the number is reached; returns kills, runs, and what was lost, double or different."""
    hit, runs, wrong, own = 0, 0, 0, way != "models"
    undisturbed = make_run(folder / "whole", server, items=ITEMS, repeats=REPEATS, own=own)
    run_through(undisturbed)  # on this machine alone: a cluster's results must equal these
    while hit < kills:
        runs += 1
        run = make_run(folder / f"run-{runs}", server, items=ITEMS, repeats=REPEATS, own=own)
        hit += kill_and_resume(run, min(KILLS_A_RUN, kills - hit), seed=runs, on=ON[way])
        found = differences(run, undisturbed, REPEATS)
        wrong += len(found)
        print(f"{way}, run {runs}: {hit} kills so far, {len(found)} differences {found[:3] or ''}", flush=True)
    return hit, runs, wrong


def main(kills: int, ways: list[str]) -> int:
    """Play each way; returns 1 when anything was lost, double or different."""
    lines, bad = [], 0
    for number, way in enumerate(ways):
        began, due = time.monotonic(), kills * (number + 1) // len(ways) - kills * number // len(ways)
        with tempfile.TemporaryDirectory() as temporary, standin(latency_s=0.05) as server:
            hit, runs, wrong = play(way, due, Path(temporary), server)
        bad += wrong
        lines.append(
            f"{way:<8} {hit} kills in {runs} runs of {ITEMS * REPEATS} results: lost, duplicated or different {wrong} "
            f"({time.monotonic() - began:.0f} s)"
        )
    print("", *lines, sep="\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200, sys.argv[2:] or list(ON)))
