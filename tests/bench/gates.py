"""Does the gate keep its word? `python tests/bench/gates.py [--quick] [--gates N]` measures it.

First every scenario end to end: run folders, the command line, exit code and wording. Then simulated gates with
known truth: false alarms, misses and wrong passes beside the promised limits and beside a fixed-threshold gate.
Exits 1 when a scenario answers wrongly or a limit is broken.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # two threads on a loaded machine are slower than one
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from bench.gates_scenarios import SCENARIOS, run_scenario
    from bench.gates_simulated import limits_broken, simulate, table

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the simulated gates")
    parser.add_argument("--gates", type=int, default=200, help="simulated gates a row (default: 200)")
    args = parser.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for scenario in SCENARIOS:
            answer = run_scenario(scenario, Path(folder) / scenario.key)
            good = answer.exit == scenario.exit
            wrong += not good
            print(f"{'ok ' if good else 'BAD'} exit {answer.exit} (want {scenario.exit})  {scenario.title}")
            print(f"     {answer.headline}")
    started = time.process_time()
    rows = simulate(max(20, args.gates // 10) if args.quick else args.gates)
    print()
    print(table(rows))
    broken = limits_broken(rows)
    for line in broken:
        print(f"BROKEN {line}")
    gates = sum(row.gates for row in rows)
    spent = time.process_time() - started
    print(f"{gates} simulated gates, {spent:.0f} s CPU, {wrong} wrong scenarios, {len(broken)} limits broken")
    sys.exit(1 if wrong or broken else 0)
