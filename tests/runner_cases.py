"""Bad days, one by one: what is turned on, what mends it, and what must be there in the end."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openai_standin import Faults, StandIn
from runner_kit import expected_places, lay_out, records

from ragtui.errors import RagtuiError
from ragtui.runner.launch.prepare import open_launch, prepare
from ragtui.runner.plan.planfile import read_plan
from ragtui.runner.work.worker import work

REPEATS = 2


def _limits(timeout_s: float = 60.0, outage_s: float = 60.0) -> str:
    return f"timeout_s = {timeout_s}\noutage_s = {outage_s}\npatience_s = 60.0\nconcurrency = 4\n"


UNREACHED = _limits()
"""Limits that end no call and no run, however busy the machine: for every case that is not about one of them."""
HASTY = _limits(timeout_s=0.4)  # which calls it ends does not matter
BLOCKED = _limits(timeout_s=5.0)  # ends the calls that never come back, and must leave time to all others
DOWN = _limits(outage_s=1.0)

USER_CODE = """
import os, sys, time

def fine(item):
    return {"output": "Thing is red.", "contexts": ["red"]}

def raises(item):
    if item.id == "q1":
        raise ValueError("no such thing")
    return fine(item)

def blocks(item):
    if item.id == "q1":
        while True:
            time.sleep(1)
    return fine(item)

async def blocks_async(item):
    if item.id == "q1":
        time.sleep(60)
    return fine(item)

def prints(item):
    print("x" * 3_000_000)
    sys.stderr.write("y" * 1_000_000)
    return fine(item)

def exits(item):
    if item.id == "q1":
        sys.exit(3)
    return fine(item)

def dies(item):
    if item.id == "q1":
        os._exit(9)
    return fine(item)

def forks(item):
    pid = os.fork()
    if pid:
        os.waitpid(pid, 0)
    return fine(item)

_hoard = []

def leaks(item):
    if item.id == "q1":
        while True:
            _hoard.append(bytearray(1 << 24))
    return fine(item)
"""


@dataclass(frozen=True)
class Case:
    """A fault.

    Attributes:
        knobs: of the stand-in.
        mend: turns the fault off before the run is resumed.
        call: the user's function under test, instead of the built-in pipeline.
        errors: how many results may end as errors in the first session.
    """

    name: str
    knobs: dict[str, Any] = field(default_factory=dict)
    plan: str = UNREACHED
    mend: Callable[[StandIn], None] | None = None
    call: str = ""
    target: str = ""
    errors: int = 0


def _healthy(server: StandIn) -> None:
    server.faults = Faults()


def _up_again(server: StandIn) -> None:
    server.faults = Faults()
    server.come_up()


CASES = (
    Case("no fault"),
    Case("wrong key", {"key": "another"}, mend=_healthy),
    Case("unknown model", {"models": ("m2",)}, mend=_healthy),
    Case("down from the start", {"down_after": 0}, DOWN, mend=_up_again),
    Case("down halfway, for good", {"down_after": 20}, DOWN, mend=_up_again),
    Case("down halfway, for 0.5 s", {"down_after": 20, "down_s": 0.5}),
    Case("429 storm without Retry-After", {"first_too_many": 12}),
    Case("429 storm with Retry-After", {"first_too_many": 12, "retry_after": "0.2"}),
    Case("429 beyond 2 at once", {"most_at_once": 2, "latency_s": 0.01}),
    Case("503 in 20 % of calls", {"server_error": 0.2}, errors=16),
    Case("answers that never come, 5 %", {"hang": 0.05}, plan=HASTY, errors=16),
    Case("slow-loris answers, 5 %", {"slow_loris": 0.05}, plan=HASTY, errors=16),
    Case("malformed JSON, 10 %", {"malformed": 0.1}, errors=16),
    Case("JSON of another shape, 10 %", {"other_shape": 0.1}, errors=16),
    Case("truncated bodies, 10 %", {"truncated": 0.1}, errors=16),
    Case("connections reset, 10 %", {"reset": 0.1}, errors=16),
    Case("judges talk nonsense, 30 %", {"nonsense": 0.3}),
    Case("judges refuse, 30 %", {"refusal": 0.3}),
    Case("function raises", call="mine:raises", errors=2),
    Case("function blocks for ever", plan=BLOCKED, call="mine:blocks", errors=2),
    Case("async function blocks", plan=BLOCKED, call="mine:blocks_async", errors=2),
    Case("function prints megabytes", call="mine:prints"),
    Case("function calls sys.exit", call="mine:exits", errors=2),
    Case("function ends its process", call="mine:dies", errors=2),
    Case("function forks", call="mine:forks"),
    Case("function leaks memory", call="mine:leaks", target="memory_mb = 300\n", errors=2),
)


@dataclass(frozen=True)
class Outcome:
    """What a bad day left behind.

    Attributes:
        first, last: how the first and the last session ended.
        errors: results of the target that were errors after the first session.
        unscored: scores that are errors after the first session.
        finished, lost, duplicated: after the last session, counted by item and repeat.
    """

    first: str
    last: str
    errors: int
    unscored: int
    finished: int
    lost: int
    duplicated: int


def play(case: Case, folder: Path, server: StandIn) -> Outcome:
    """Run into the fault, mend it, resume, count."""
    os.environ["STANDIN_KEY"] = "sk-standin-secret"
    path = lay_out(folder, server.url, f"repeats = {REPEATS}\n" + case.plan, rag=not case.call, judges=not case.call)
    if case.call:
        (folder / "mine.py").write_text(USER_CODE)
        with path.open("a") as file:
            file.write(f'\n[target]\nkind = "python"\nprocesses = 2\ncall = "{case.call}"\n{case.target}')
    launch = prepare(read_plan(path))
    first = _session(launch)
    after_first = records(launch.lead)
    errors = sum(bool(record["error"]) for record in after_first)
    unscored = sum(
        isinstance(score, dict) and "error" in score for record in after_first for score in record["scores"].values()
    )
    if case.mend is not None:
        case.mend(server)
    last = _session(open_launch(launch.lead)) if first != "complete" else first
    attempts = Counter((r["item"], str(r["repeat"]), r["attempt"]) for r in records(launch.lead))
    places = {(item, repeat) for item, repeat, _ in attempts}
    return Outcome(
        first, last, errors, unscored,
        len(places), len(expected_places(launch.lead, REPEATS) - places), sum(attempts.values()) - len(attempts),
    )  # fmt: skip


def _session(launch: Any) -> str:
    try:
        return work(launch).stop.ending.value
    except RagtuiError as error:
        return f"refused: {error.message}"
