"""Damaged files over all readers, as many as wanted.

    python tests/bench/mutants.py --count 150000 --seed 1

Prints how many met which end, and every one with which something was wrong; exits 1 when there was one.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from format_examples import EXAMPLES
from format_mutants import Tally, try_mutants


def main(arguments: Sequence[str] | None = None) -> int:
    """Try them; 1 when something was wrong with any."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=150_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="examples whose name holds this")
    given = parser.parse_args(arguments)
    examples = [example for example in EXAMPLES if given.only in example.id]
    each, tally, started = -(-given.count // len(examples)), Tally(), time.monotonic()
    for example in examples:
        with tempfile.TemporaryDirectory() as folder:
            try_mutants(example, each, given.seed, Path(folder), tally)
        done = sum(tally.ends.values()) + len(tally.wrong)
        print(f"{done} of {each * len(examples)}: {example.id}, wrong: {len(tally.wrong)}", file=sys.stderr, flush=True)
    total = sum(tally.ends.values()) + len(tally.wrong)
    for wrong in tally.wrong:
        print(wrong)
    ends = ", ".join(f"{end}: {count}" for end, count in tally.ends.most_common())
    print(f"{total} mutants of {len(examples)} examples in {time.monotonic() - started:.0f} s: {ends}")
    print(f"wrong: {len(tally.wrong)}")
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
