"""Is the noise model calibrated? `python tests/bench/calibration.py [--quick] [--datasets N]` measures it.

Simulates evaluations with known noise (sizes, repeats, kinds of scores), judges them, and prints false-flag rates,
power, false discoveries, interval coverage and alarms beside the promised limits, the rule "any delta counts", and an
oracle that knows every item's noise. Real repeated tables are tried too where they are at hand.
"""

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # two threads on a loaded machine are slower than one
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from bench.calibration_run import main

    sys.exit(main())
