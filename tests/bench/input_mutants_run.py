"""Damaged copies of what ragtui reads beside runs, as many as wanted.

    python tests/bench/input_mutants_run.py --count 100000 --seed 1

Prints how many met which end, and every one with which something was wrong; exits 1 when there was one.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))


def main(arguments: Sequence[str] | None = None) -> int:
    """Try them; 1 when something was wrong with any."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="kinds whose name begins with this")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as home:
        (Path(home) / "config").touch()
        for name in ("STATE_DIR", "CACHE_DIR", "CONFIG"):
            os.environ[f"RAGTUI_{name}"] = str(Path(home) / name.lower())
        from input_mutants import InputTally, inputs, try_inputs

        folder = Path(home) / "inputs"
        kinds = {name: one for name, one in inputs(folder).items() if name.startswith(given.only)}
        each, tally, started = -(-given.count // len(kinds)), InputTally(), time.monotonic()
        for name, one in kinds.items():
            before = len(tally.wrong)
            try_inputs(name, one, each, given.seed, folder, tally)
            print(f"{name}: {each}, wrong: {len(tally.wrong) - before}", file=sys.stderr, flush=True)
    for wrong in tally.wrong[:200]:
        print(wrong)
    ends = ", ".join(f"{end}: {count}" for end, count in tally.ends.most_common())
    print(f"{each * len(kinds)} mutants of {len(kinds)} kinds in {time.monotonic() - started:.0f} s: {ends}")
    print(f"wrong: {len(tally.wrong)}")
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
