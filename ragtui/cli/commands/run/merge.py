"""`ragtui merge`: the parts of a run that was split over machines, as one run."""

from __future__ import annotations

import argparse
import sys

from ragtui.cli.parsing import kept
from ragtui.places import real_path

DESCRIPTION = (
    "Put the parts of a run together that were made with `ragtui run PLAN --shard I/N`, on this machine or on many.\n"
    "The parts stay as they are. What is missing is said, and `ragtui run MERGED` does it."
)

EPILOG = """\
examples:
  ragtui merge runs                     every part in this folder; one run for each plan and side
  ragtui merge part1 part2 --out runs   these two

exit codes: 0 complete, 2 parts that do not belong together, 4 merged, but parts or results are missing
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("parts", nargs="+", metavar="PART", help="folders of parts, or folders that hold them")
    parser.add_argument(
        "--out", type=kept, metavar="DIR", help="where the merged run is made (default: beside the first part)"
    )


def run(args: argparse.Namespace) -> int:
    """Merge, and say what is missing."""
    from pathlib import Path

    from ragtui.exits import Exit
    from ragtui.present.clean import clean
    from ragtui.present.numbers import count
    from ragtui.runner.launch.merging import merge, part_folders

    out = real_path(args.out) if args.out else None
    code = Exit.OK
    for merged in merge(part_folders(map(Path, args.parts)), out):
        lines = [f"ragtui: {merged.folder.name}: {count(merged.parts, 'part')}, {count(merged.results, 'result')}"]
        if merged.expected is not None:
            lines[0] += f" of {merged.expected}"
        if merged.absent:
            lines.append(f"  missing: part {', '.join(map(str, merged.absent))}")
        lines.extend(f"  {problem}" for problem in merged.problems[:20])
        if merged.absent or merged.results != merged.expected:
            code = Exit.INCOMPLETE
            lines.append(f"  ragtui run {merged.folder}   does what is missing, here")
        print(clean("\n".join(lines)), file=sys.stderr)
        print(merged.folder)
    return code
