"""How much it costs to list a folder of 1,000 mixed files of 20 tools, beside an empty process.

    python tests/bench/listing.py

Every file is a format's example (see `format_examples`); a third of them are the same results once more and are told
as such. Measured is the CPU time of a fresh process that lists them, beside one that does nothing and one that only
imports what listing needs. A loop of fixed length says how fast the machine was meanwhile.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from format_examples import EXAMPLES, Example
from format_examples.example import encoded

LIST = """
import sys
from pathlib import Path
from ragtui.sources import open_source
from ragtui.model import RunHeader
found = list(open_source(Path(sys.argv[1])).headers())
print(sum(isinstance(entry, RunHeader) for entry in found), len(found))
"""
LOOP = "total = 0\nfor number in range(3_000_000):\n    total += number * number"
EMPTY = "import ragtui.sources, ragtui.model, numpy, orjson"


def cpu_seconds(code: str, *arguments: str) -> tuple[float, str]:
    """User and system time of a fresh interpreter, and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout.strip()


def one_file_examples() -> list[Example]:
    """One example of each format that is a single file."""
    found: dict[str, Example] = {}
    for example in EXAMPLES:
        if len(example.files) == 1:
            found.setdefault(example.format, example)
    return list(found.values())


def write_folder(folder: Path, files: int) -> tuple[int, int]:
    """Fill a folder; formats and bytes written."""
    examples, size = one_file_examples(), 0
    for number in range(files):
        example = examples[number % len(examples)]
        ((name, content),) = example.files.items()
        path = folder / f"{name.partition('.')[0]}-{number:04d}{Path(name).suffix}"
        if "/" in name or name.startswith(("samples_", "eval_results")):  # formats told by the file's name
            path = folder / f"{number:04d}" / Path(name).name
            path.parent.mkdir()
        path.write_bytes(encoded(name, content))
        size += path.stat().st_size
    return len(examples), size


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--times", type=int, default=3)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        formats, size = write_folder(Path(folder), given.files)
        empty = min(cpu_seconds(EMPTY)[0] for _ in range(given.times))
        nothing = min(cpu_seconds("pass")[0] for _ in range(given.times))
        measured = [cpu_seconds(LIST, folder) for _ in range(given.times)]
    loop = min(cpu_seconds(LOOP)[0] for _ in range(given.times)) - nothing
    seconds, shown = min(measured)
    runs, entries = shown.split()
    print(f"{given.files} files of {formats} formats, {size / 1e6:.1f} MB: {runs} runs, {entries} entries")
    print(f"listed in {seconds:.2f} s CPU; an empty process takes {nothing:.2f} s, one that imports {empty:.2f} s")
    print(f"listing alone: {seconds - empty:.2f} s; 3 million steps of a plain loop took {loop:.2f} s meanwhile")


if __name__ == "__main__":
    main()
