"""A Langfuse server that answers with damage: what commands make of wrong types, missing fields, endless names.

    python tests/langfuse_mutants.py 20000 [SEED]

The answers are a stand-in's own, with one place of one or of every answer changed. A command may refuse what it got in
a message; it may end in no other way, nor take more than `LIMIT_S` of processor time.
"""

from __future__ import annotations

import contextlib
import copy
import io
import json
import math
import os
import random
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

from format_mutants import _STRUCTURED
from langfuse_standin import StandIn
from langfuse_standin.examples import items, results

from ragtui.cli import main
from ragtui.langfuse.api import answers

LIMIT_S = 5.0
KINDS = ("v4", "v4-legacy", "v3")
COMMANDS = (
    "runs langfuse:qa -f json",
    "compare langfuse:qa/base --vs langfuse:qa/new -f json",
    "gate -b langfuse:qa/base -c langfuse:qa/new -f markdown",
    "noise langfuse:qa/base",
    "trend langfuse:qa -f csv",
    "explain i001 langfuse:qa/base --vs langfuse:qa/new",
    "trace langfuse:qa/base i001",
    "convert langfuse:qa out",
    "pull langfuse:qa kept",
    "seed langfuse:qa --to back.json",
)
NASTY: tuple[Any, ...] = (
    None, True, -1, 0.5, 10**30, math.inf, math.nan, "", "x" * 100_000, "\x1b]52;c;aGk=\x07::error::x\n", "\ud800",
    "file:///etc/passwd", "../../etc", "²", "9" * 5000, "9999-99-99T00:00:00Z", "0001-01-01T00:00:00+23:59", [], {},
    [[]] * 3, {"": ""}, [None], "NaN", "1e999", "null",
)  # fmt: skip
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]")


@dataclass(slots=True)
class Ends:
    """How many commands met which end, and what was wrong with any."""

    codes: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


class Damage:
    """Changes one answer of a command, or all of them."""

    def __init__(self, chance: random.Random) -> None:
        self._chance, self._at = chance, chance.choice((-1, 0, 1, 2, 3, 5, 8))
        self.what = ""

    def __call__(self, content: bytes) -> Any:
        return _DECODED(json.dumps(self._changed(_DECODED(content))).encode())

    def _changed(self, whole: Any) -> Any:
        at = self._at
        self._at -= 1
        if at > 0 or (at < 0 and self._chance.random() < 0.5):
            return whole
        if self._chance.random() < 0.5:
            what, changed = _STRUCTURED[self._chance.choice(list(_STRUCTURED))]([copy.deepcopy(whole)], self._chance)
            self.what += f" {what}"
            return changed[0] if changed else None
        self.what += " nasty"
        return self._nasty(copy.deepcopy(whole))

    def _nasty(self, whole: Any) -> Any:
        """One place, or one field of every row, becomes something that Langfuse never sends."""
        value = self._chance.choice((*NASTY, _deep()))
        rows = whole.get("data") if isinstance(whole, dict) else None
        if isinstance(rows, list) and rows and isinstance(rows[0], dict) and rows[0] and self._chance.random() < 0.7:
            name = self._chance.choice(list(rows[0]))
            for row in rows:
                if isinstance(row, dict):
                    row[name] = value
            return whole
        if isinstance(whole, dict) and whole:
            whole[self._chance.choice(list(whole))] = value
            return whole
        return value


_DECODED = answers.decoded


def _deep() -> Any:
    value: Any = []
    for _ in range(400):
        value = [value]
    return value


@contextlib.contextmanager
def server(kind: str) -> Iterator[StandIn]:
    """A stand-in with two runs on one dataset."""
    with StandIn(kind) as running:
        running.add_dataset("qa", items(5))
        running.add_run("qa", "base", results(5))
        running.add_run("qa", "new", results(5))
        yield running


def try_answers(running: StandIn, count: int, seed: int, folder: Path, ends: Ends) -> None:
    """Run commands over damaged answers; what is wrong with any goes to the ends."""
    before = dict(os.environ), Path.cwd()
    for number in range(count):
        chance = random.Random(f"{running.url and seed}-{number}")
        words = COMMANDS[number % len(COMMANDS)].split()
        place = folder / "place"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        (place / "CONFIG").touch()
        os.environ.update({**running.env, **{f"RAGTUI_{name}": str(place / name) for name in _FOLDERS}})
        os.chdir(place)
        damage, out, started = Damage(chance), io.StringIO(), time.process_time()
        try:
            with patch("ragtui.langfuse.api.client.decoded", damage), quiet(out):
                code = main(words)
        finally:
            os.environ.clear()
            os.environ.update(before[0])
            os.chdir(before[1])
        ends.codes[code] += 1
        said, name = out.getvalue(), f"{words[0]} {seed}/{number}{damage.what}"
        if "fault of ragtui" in said or "Traceback" in said:
            ends.wrong.append(f"{name}: {said[-1500:]}")
        if _OBEYED.search(said) or any(line.lstrip().startswith("::") for line in said.split("\n")):
            ends.wrong.append(f"{name}: obeyed: {said[:500]!r}")
        if time.process_time() - started > LIMIT_S:
            ends.wrong.append(f"{name}: took {time.process_time() - started:.1f} s")


_FOLDERS = ("STATE_DIR", "CACHE_DIR", "CONFIG")


@contextlib.contextmanager
def quiet(out: io.StringIO) -> Iterator[None]:
    """Everything printed goes there."""
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        yield


def run(count: int, seed: int, say: Callable[[str], object]) -> Ends:
    """So many damaged answers over all kinds of servers."""
    ends = Ends()
    with tempfile.TemporaryDirectory() as home:
        for kind in KINDS:
            with server(kind) as running:
                try_answers(running, -(-count // len(KINDS)), seed, Path(home), ends)
            say(f"{kind}: {dict(ends.codes)}, wrong: {len(ends.wrong)}\n")
    return ends


if __name__ == "__main__":
    found = run(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1, sys.stdout.write)
    sys.stdout.write("\n".join(found.wrong[:60]))
    sys.exit(1 if found.wrong else 0)
