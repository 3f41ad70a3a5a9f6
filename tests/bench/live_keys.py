"""Key latency of the app while a run of 50 concurrent items goes on, through a pseudo-terminal.

    python tests/bench/live_keys.py [--keys N]

Prints, for the app alone and beside a run: milliseconds from a cursor key written to the first byte of the answer.
Aim: a median of at most 20 ms beside a run.
"""

from __future__ import annotations

import argparse
import os
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.speed_terminal import Terminal

ROOT = Path(__file__).resolve().parents[2]


class KeyTerminal(Terminal):
    """A terminal that tells when the first byte of an answer came: a progress line may follow at any time."""

    def first_byte(self, key: bytes) -> float:
        """Seconds from the key to the first byte, after what was under way has been read."""
        self.read_until_quiet(0.02, at_most=0.5)
        written = time.perf_counter()
        os.write(self._master, key)
        ready, _, _ = select.select([self._master], [], [], 2.0)
        return time.perf_counter() - written if ready else float("nan")


def measure(folder: Path, keys: int) -> list[float]:
    """Milliseconds of each cursor key on the runs screen, up and down in turn."""
    with KeyTerminal(["-m", "ragtui", str(folder)]) as terminal:
        terminal.read_until_quiet(1.5, at_most=20)
        times = []
        for turn in range(keys):
            times.append(1000 * terminal.first_byte(b"j" if turn % 2 == 0 else b"k"))
            time.sleep(0.05)
        return times


def row(label: str, times: Sequence[float]) -> str:
    """One line of the table."""
    ordered = sorted(times)
    median, high = statistics.median(ordered), ordered[int(0.95 * (len(ordered) - 1))]
    return f"{label:<34} {median:>8.1f} {high:>8.1f} {len(ordered):>6}"


def main() -> None:
    """Measure alone, then beside a run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keys", type=int, default=100)
    keys = parser.parse_args().keys
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        shutil.copytree(ROOT / "sample_runs", home / "sample_runs")
        plan = home / "sample_runs" / "support-docs.plan.toml"
        text = plan.read_text(encoding="utf-8").replace("concurrency = 8", "concurrency = 50")
        plan.write_text(
            text.replace("latency_s = 0.02", "latency_s = 0.5").replace('"../runs"', '"runs"'), encoding="utf-8"
        )
        print(f"{'cursor key to first byte, ms':<34} {'median':>8} {'p95':>8} {'keys':>6}")
        print(row("the app alone", measure(home / "sample_runs", keys)))
        words = [sys.executable, "-m", "ragtui", "run", str(plan), "--repeats", "200"]
        run = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=home)
        try:
            time.sleep(4)
            print(row("beside a run, 50 at once", measure(home / "sample_runs", keys)))
        finally:
            run.kill()
            run.wait()


if __name__ == "__main__":
    main()
