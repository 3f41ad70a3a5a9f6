"""The table of faults: items finished, lost and duplicated. Run it: python tests/bench/faults.py"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from openai_standin import standin
from runner_cases import CASES, play


def main() -> int:
    """Play every case; returns 1 when a result was lost or duplicated."""
    names = f"{'errors':>7}{'unscored':>9}{'finished':>9}{'lost':>6}{'twice':>6}{'s':>7}"
    print(f"{'fault':<34}{'first session':<15}{'resumed':<11}{names}")
    bad = 0
    for case in CASES:
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder, standin(**case.knobs) as server:
            found = play(case, Path(folder), server)
        bad += found.lost + found.duplicated
        print(
            f"{case.name:<34}{found.first:<15}{found.last:<11}{found.errors:>7}{found.unscored:>9}"
            f"{found.finished:>9}{found.lost:>6}{found.duplicated:>6}{time.monotonic() - began:>7.1f}",
            flush=True,
        )
    print(f"\nlost or duplicated in all: {bad}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
