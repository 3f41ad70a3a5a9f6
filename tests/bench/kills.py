"""Kill a worker at random moments, resume, compare with a run nobody disturbed: python tests/bench/kills.py [KILLS]"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from openai_standin import standin
from runner_kills import differences, kill_and_resume, make_run, run_through

ITEMS, REPEATS, KILLS_A_RUN = 60, 4, 20


def main(kills: int) -> int:
    """Kill until the number is reached; returns 1 when anything was lost, double or different."""
    began, hit, runs, wrong = time.monotonic(), 0, 0, 0
    with tempfile.TemporaryDirectory() as temporary, standin(latency_s=0.05) as server:
        undisturbed = make_run(Path(temporary) / "whole", server, items=ITEMS, repeats=REPEATS)
        run_through(undisturbed)
        while hit < kills:
            runs += 1
            run = make_run(Path(temporary) / f"run-{runs}", server, items=ITEMS, repeats=REPEATS)
            hit += kill_and_resume(run, min(KILLS_A_RUN, kills - hit), seed=runs)
            found = differences(run, undisturbed, REPEATS)
            wrong += len(found)
            print(f"run {runs}: {hit} kills so far, {len(found)} differences {found[:3] or ''}", flush=True)
    print(
        f"\n{hit} kills in {runs} runs of {ITEMS * REPEATS} results: lost, duplicated or different {wrong} "
        f"({time.monotonic() - began:.0f} s)"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200))
