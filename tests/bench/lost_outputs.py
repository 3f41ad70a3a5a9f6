"""Every command with every way to lose an output: the exit code is the one that was decided.

    python tests/bench/lost_outputs.py
    python tests/bench/lost_outputs.py --only gate --signals 20

Prints what is not as it should be; exits 1 when anything is.
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from langfuse_standin import StandIn
from losing import WAYS, Commands, Lost
from losing_cases import CASES, Case, environment, lay_out

SIGNALS = {signal.SIGTERM: {143, 130, -15}, signal.SIGINT: {130, -2}}
"""A run that is told to stop finishes what is under way, whichever signal said so: interrupted (130).
A negative code is a signal that came before or after the command: a shell calls it 143 or 130 as well."""


class Table:
    """What was tried and what was wrong."""

    def __init__(self, home: Path, commands: Commands, server: StandIn) -> None:
        self._home, self._commands, self._server = home, commands, server
        self.tried, self.wrong = 0, 0

    @contextmanager
    def _folder(self) -> Iterator[Path]:
        target = Path(tempfile.mkdtemp(dir=self._home)) / "here"
        shutil.copytree(self._home / "laid-out", target, symlinks=True)
        try:
            yield target
        finally:
            shutil.rmtree(target.parent)

    def lose(self, name: str, case: Case, way: str) -> None:
        """One command with one output lost."""
        with self._folder() as folder:
            environ = self._server.env if case.hosted else {}
            found = self._commands.run(case.words.split(), folder, way, environ=environ)
        self._note(name, way, found, {case.expected(way)})

    def stop(self, name: str, case: Case, number: int, after_s: float) -> None:
        """One command stopped at any moment: stopped, or done."""
        with self._folder() as folder:
            environ = self._server.env if case.hosted else {}
            found = self._commands.run(case.words.split(), folder, environ=environ, number=number, after_s=after_s)
        name_of = f"{signal.Signals(number).name} after {after_s:.3f} s"
        self._note(name, name_of, found, SIGNALS[signal.Signals(number)] | {case.code})

    def _note(self, name: str, way: str, found: Lost, right: set[int]) -> None:
        self.tried += 1
        said = found.err + found.out
        traced = "fault of ragtui" in said or ("Traceback" in said and "Exception ignored in" not in said)
        if found.code in right and not (traced and found.code >= 0):
            return
        self.wrong += 1
        print(f"{name} / {way}: {found.code}, not {sorted(right)}\n    {found.err[-1500:]}", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Try the table; 1 when something was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="cases whose name begins with this")
    parser.add_argument("--way", default="", help="ways whose name holds this")
    parser.add_argument("--signals", type=int, default=4, help="times that every command is stopped by each signal")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    chance = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as home, StandIn("v4") as server, Commands(environment(Path(home))) as commands:
        laid_out = Path(home) / "laid-out"
        laid_out.mkdir()
        lay_out(laid_out, commands, server)
        table, started = Table(Path(home), commands, server), time.monotonic()
        cases = {name: case for name, case in CASES.items() if name.startswith(given.only)}
        for name, case in cases.items():
            for way in WAYS:
                if given.way in way:
                    table.lose(name, case, way)
            for number in SIGNALS:
                for _ in range(given.signals):
                    table.stop(name, case, number, 0.01 + chance.random() ** 2 * 1.5)
    seconds = time.monotonic() - started
    print(f"{len(cases)} commands, {table.tried} losses in {seconds:.0f} s; wrong: {table.wrong}")
    return 1 if table.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
