"""How often a search over noisy commits names the culprit, how often a wrong one, and what that costs.

PYTHONPATH=tests python tests/bench/commit_search.py [SEARCHES]
"""

from __future__ import annotations

import sys

from bench.bisect_simulated import BUDGET, COMMITS, ITEMS, MARGIN, simulate

if __name__ == "__main__":
    searches = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    print(f"{COMMITS} commits, {ITEMS} items, ordinal 1-5, margin {MARGIN}, at most {BUDGET} further repeats a step")
    print("| culprit | searches | named | a range with it | wrong (limit .05) | steps | repeats of the suite |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for row in simulate(searches):
        shares = (f"{count / searches:.3f}" for count in (row.found, row.ranges, row.wrong))
        what = "one item in ten drops two levels" if row.planted else "none"
        print(f"| {what} | {searches} | {' | '.join(shares)} | {row.steps:.1f} | {row.repeats:.1f} |")
