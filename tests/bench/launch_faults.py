"""What strangers' projects meet, one by one: python tests/bench/launch_faults.py

Each line plays one fault against a loopback endpoint with data of its own and says what happened; 1 when one is back.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from openai_standin import standin
from runner_strangers import CASES


def main() -> int:
    """Play every case, print the table."""
    bad = 0
    print(f"{'fault':<66}{'what happened':<64}{'':<6}{'s':>6}")
    for case in CASES:
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder, standin(**case.knobs) as server:
            said, right = case.play(Path(folder), server)
        bad += not right
        print(
            f"{case.name:<66}{said[:62]:<64}{'ok' if right else 'BACK':<6}{time.monotonic() - began:>6.1f}", flush=True
        )
    print(f"\nfaults that are back: {bad} of {len(CASES)}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
