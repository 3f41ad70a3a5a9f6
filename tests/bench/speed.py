"""How fast is it, beside what one would use otherwise? `python tests/bench/speed.py [SECTION…] [--quick]`.

Sections: start (first frame), list (a folder of 1,000 runs), compare (10,000 items x 5 metrics x 10 repeats),
table (ColumnTable and Textual's DataTable), keys (a key through a pseudo-terminal). All of them by default.

CPU seconds are of the process measured; they and the ratios hardly move with the load of the machine, wall times do.
Nothing is asserted.
"""

import argparse
import os
import sys
from pathlib import Path

SECTIONS = ("start", "list", "compare", "table", "keys")


def main() -> int:
    """Measure the sections asked for and print one table each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    parser.add_argument("--quick", action="store_true", help="smaller sizes, fewer rounds: about a minute in all")
    options = parser.parse_args()
    unknown = set(options.sections) - set(SECTIONS)
    if unknown:
        parser.error(f"no section {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")

    from bench import speed_data, speed_start, speed_table

    measures = {
        "start": speed_start.first_frame,
        "list": speed_data.listing,
        "compare": speed_data.comparing,
        "table": speed_table.side_by_side,
        "keys": speed_table.end_to_end,
    }
    for section in options.sections or SECTIONS:
        measures[section](quick=options.quick)
    return 0


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # two threads on a loaded machine are slower than one
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    sys.exit(main())
