"""What ends up on a Langfuse server after each fault: `ragtui publish` beside the SDK's own `run_experiment`.

    python tests/bench/langfuse_faults.py             # one row a fault, about ten minutes
    python tests/bench/langfuse_faults.py --no-sdk    # ragtui alone, under a minute
    python tests/bench/langfuse_faults.py --volume    # 1,500 items at 2 s an answer; 1,000 scores, 30 requests a minute

Both write 12 items with 2 scores each to the stand-in server in `tests/langfuse_standin`. The SDK runs in a process of
its own for each row, in real time and with its default settings. ragtui's waits move the server's clock instead of
lasting, except for `--volume`, whose slow answers are really slow. "lost" and "twice" count items and scores.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from langfuse_standin import Fault, StandIn
from publishing_kit import METRICS, dataset_of, load, publish, result_for, simple_run, write_run

from ragtui.errors import RagtuiError
from ragtui.langfuse.write import ids
from ragtui.langfuse.write.publish import Options
from ragtui.langfuse.write.seeding.seedplan import body_of
from ragtui.model import Dataset, Item
from ragtui.sources import LoadedRun

ITEMS = 12
OTLP, SCORES, LINK = "/otel", "/scores", "/dataset-run-items"
WAIT_30 = {"Retry-After": "30"}


@dataclass(frozen=True)
class Row:
    """One fault.

    Attributes:
        lasting: it does not pass by itself; ragtui is run a second time after it was repaired.
        kind: server generation; SDK 5 writes to v4 alone.
        scene: what is out of the ordinary on ragtui's own side; the SDK has no such thing.
    """

    name: str
    faults: Callable[[], Sequence[Fault]]
    lasting: bool = False
    kind: str = "v4"
    scene: str = ""


NO_REFERENCES, NO_FILE, AT_ONCE = "no references", "no dataset file", "two at once"
RENAMED, DELETED = "renamed", "deleted"

ROWS = (
    Row("none", lambda: ()),
    Row("GET /projects: 500, 3 times", lambda: [Fault("GET", "/projects", status=500, times=3)]),
    Row("GET /projects: hangs once", lambda: [Fault("GET", "/projects", hang=7, times=1)]),
    Row("spans: 429, wait 1 s", lambda: [Fault("POST", OTLP, status=429, headers={"Retry-After": "1"})]),
    Row("spans: 429, wait 30 s", lambda: [Fault("POST", OTLP, status=429, headers=WAIT_30)]),
    Row("spans: 503 twice", lambda: [Fault("POST", OTLP, status=503, times=2)]),
    Row("spans: 500 once", lambda: [Fault("POST", OTLP, status=500)]),
    Row("spans: 524 once, applied", lambda: [Fault("POST", OTLP, status=524, apply=True)]),
    Row("spans: 400 once", lambda: [Fault("POST", OTLP, status=400)]),
    Row("spans: hang once", lambda: [Fault("POST", OTLP, hang=7)]),
    Row("spans: dropped once, applied", lambda: [Fault("POST", OTLP, drop=True, apply=True)]),
    Row("spans: accepted, not stored", lambda: [Fault("POST", OTLP, lose=True)]),
    Row("spans: 500 always", lambda: [Fault("POST", OTLP, status=500, times=-1)], lasting=True),
    Row("scores: 429, wait 30 s, 3 times", lambda: [Fault("POST", SCORES, status=429, times=3, headers=WAIT_30)]),
    Row("scores: 500 once", lambda: [Fault("POST", SCORES, status=500)]),
    Row("scores: 524 once, applied", lambda: [Fault("POST", SCORES, status=524, apply=True)]),
    Row("scores: hang 3 times", lambda: [Fault("POST", SCORES, hang=7, times=3)]),
    Row("scores: 400 once", lambda: [Fault("POST", SCORES, status=400)]),
    Row("scores: accepted, not stored", lambda: [Fault("POST", SCORES, lose=True)]),
    Row("scores: 500 always", lambda: [Fault("POST", SCORES, status=500, times=-1)], lasting=True),
    Row("worker down: all taken, none shown", lambda: [
        Fault("POST", OTLP, lose=True, times=-1), Fault("POST", SCORES, lose=True, times=-1)], lasting=True),
    Row("scores: 429 without a time", lambda: [Fault("POST", SCORES, status=429, times=2)]),
    Row("reading back: 429, wait 30 s", lambda: [Fault("GET", "/v3/scores", status=429, headers=WAIT_30)]),
    Row("reading back: 500, 3 times", lambda: [Fault("GET", "/experiment-items", status=500, times=3)]),
    Row("everything down, then back", lambda: [Fault(drop=True, times=-1)], lasting=True),
    Row("v3: none", lambda: (), kind="v3"),
    Row("v3: link 500, applied", lambda: [Fault("POST", LINK, status=500, skip=1, apply=True)], kind="v3"),
    Row("v3: link 429 and 524", lambda: [Fault("POST", LINK, status=429), Fault("POST", LINK, status=524)], kind="v3"),
    Row("v3: first link hangs, applied", lambda: [Fault("POST", LINK, hang=3, apply=True)], kind="v3"),
    Row("v3: 3 links hang, 2 applied", lambda: [
        Fault("POST", LINK, hang=3, skip=2, times=2, apply=True), Fault("POST", LINK, hang=3, skip=5)], kind="v3"),
    Row("v3: links 500 always", lambda: [Fault("POST", LINK, status=500, times=-1)], lasting=True, kind="v3"),
    Row("v4 legacy mode: link dropped", lambda: [Fault("POST", LINK, drop=True, skip=3)], kind="v4-legacy"),
    Row("items without a reference answer", lambda: (), scene=NO_REFERENCES),
    Row("the same on v4.16", lambda: (), kind="v4-old", scene=NO_REFERENCES),
    Row("run folder without its dataset", lambda: (), scene=NO_FILE),
    Row("two publish at once, 500s", lambda: [Fault("POST", SCORES, status=500, times=3)], scene=AT_ONCE),
    Row("once more under another name", lambda: (), scene=RENAMED),
    Row("v3: once more under another name", lambda: (), kind="v3", scene=RENAMED),
    Row("deleted there, published again", lambda: (), scene=DELETED),
    Row("v3: deleted there, published again", lambda: (), kind="v3", scene=DELETED),
    Row("v4.16: one score a request, 500", lambda: [Fault("POST", SCORES, status=500, skip=5)], kind="v4-old"),
)  # fmt: skip


@dataclass
class Outcome:
    """Counts of one row; items and scores together where not said otherwise."""

    sent: int
    stored: int
    twice: int
    orphans: int
    said: str
    seconds: float = field(default=0.0)

    @property
    def lost(self) -> int:
        return self.sent - self.stored


def count(server: StandIn, items: int, per_item: int, said: str) -> Outcome:
    """What the server holds: distinct items and scores; doubles; scores whose item is not there."""
    roots, scores = server.stored_items(), server.stored_scores()
    distinct = {span.attributes["langfuse.experiment.item.id"] for span in roots}
    if not server.kind.has_experiments:
        # Here an item counts when its trace is linked to a run; one link too many is a double.
        links = [record.value for record in server.store.run_items.records.values()]
        distinct = {link["datasetItemId"] for link in links if link["traceId"] in {span.trace_id for span in roots}}
        roots = [next(span for span in roots if span.trace_id == link["traceId"]) for link in links]
    traces = {span.trace_id for span in roots}
    named = {(score.get("traceId"), score["name"]) for score in scores}
    twice = len(roots) - len(distinct) + len(scores) - len(named)
    orphans = sum(trace not in traces for trace, _ in named)
    return Outcome(items * (1 + per_item), len(distinct) + len(named), twice, orphans, said)


def seeded(server: StandIn, items: int) -> None:
    """The dataset as `ragtui seed` would have left it, so that a row measures publishing alone."""
    dataset = dataset_of(items)
    home = server.add_dataset(dataset.name)
    rows = {ids.dataset_item_id(server.project_id, home, item.id): body_of(item) for item in dataset.items}
    server.add_dataset(dataset.name, rows)


def with_ragtui(row: Row, items: int = ITEMS) -> Outcome:
    """Publish once; a second time after a lasting fault was repaired."""
    with tempfile.TemporaryDirectory() as folder, StandIn(row.kind) as server:
        os.environ["RAGTUI_STATE_DIR"] = str(Path(folder) / "state")
        run = staged(row, Path(folder) / "run", items)
        if row.scene != NO_REFERENCES:
            seeded(server, items)
        server.delays["run_items"] = 6
        server.fail(*row.faults())
        timeout = 1.0 if any(fault.hang for fault in server.faults) else 10.0
        if row.scene == AT_ONCE:
            with ThreadPoolExecutor(2) as pool:
                said = " and ".join(pool.map(lambda _: _publish_once(server, run, timeout), range(2)))
        else:
            said = _publish_once(server, run, timeout)
        if row.scene == RENAMED:
            said = f"{said}, {_publish_once(server, run, timeout, Options(name='other'))}"
        if row.scene == DELETED:
            forget(server, run)
            said = f"{said}, {_publish_once(server, run, timeout)}"
        if row.lasting:
            server.faults.clear()
            said = f"{said}, resumed: {_publish_once(server, run, timeout)}"
        return count(server, items, len(METRICS), said)


def forget(server: StandIn, run: LoadedRun) -> None:
    """The run deleted on the server, hours after it was published."""
    for shelf in ("spans", "scores", "runs", "run_items"):
        server.store.shelves()[shelf].records.clear()
    for path in (Path(run.header.location) / "langfuse").glob("*.outbox"):
        os.utime(path, (path.stat().st_mtime - 10_000,) * 2)


def staged(row: Row, folder: Path, items: int) -> LoadedRun:
    """The run that is published."""
    if row.scene == NO_REFERENCES:
        golden = Dataset("support docs/v1", tuple(Item(one.id, one.question) for one in dataset_of(items).items))
        return write_run(folder, golden, [result_for(one) for one in golden.items])
    run = simple_run(folder, items)
    if row.scene == NO_FILE:
        (folder / "dataset.json").unlink()
        return load(folder)
    return run


def _publish_once(server: StandIn, run: LoadedRun, timeout: float, options: Options | None = None) -> str:
    try:
        return publish(server, run, options, timeout=timeout).phase.value
    except RagtuiError as error:
        return f"failed ({type(error).__name__})"


SDK_SCRIPT = """
import json, logging, sys, time
logging.disable(logging.CRITICAL)
from langfuse import Langfuse, Evaluation
client = Langfuse()
try:
    dataset = client.get_dataset(sys.argv[1])
    def judge(name):
        def evaluator(*, input, output, **rest):
            return Evaluation(name=name, value=3.0, comment="because")
        evaluator.__name__ = name
        return evaluator
    def task(*, item, **rest):
        return "It is so."
    result = dataset.run_experiment(name="baseline", run_name="baseline", task=task,
                                    evaluators=[judge("faithfulness"), judge("relevance")])
    said = f"ok, {len(result.item_results)} items"
except Exception as error:
    said = f"{type(error).__name__}"
client.shutdown()
print(json.dumps(said))
"""


def with_sdk(row: Row, items: int = ITEMS, delay: Callable[[StandIn], None] = lambda server: None) -> Outcome:
    """The SDK's run_experiment on the same dataset, default settings; nothing is repaired or run again."""
    with StandIn("v4") as server:
        seeded(server, items)
        server.fail(*row.faults())
        delay(server)
        name = dataset_of(1).name
        environment = {**os.environ, **server.env, "NO_COLOR": "1"}
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", SDK_SCRIPT, name], env=environment, capture_output=True, text=True, timeout=900
        )
        lines = done.stdout.strip().splitlines()
        said = json.loads(lines[-1]) if lines else f"exit {done.returncode}"
        outcome = count(server, items, 2, said)
        outcome.seconds = time.monotonic() - began
        return outcome


def table(use_sdk: bool) -> bool:
    """Print one row a fault; whether ragtui lost or doubled nothing."""
    head = f"{'fault':<34} {'sent':>5}   {'ragtui: stored':>14} {'lost':>5} {'twice':>5}  {'said':<34}"
    print(head + (f"   {'SDK: stored':>11} {'lost':>5} {'twice':>5} {'orphans':>7}  said" if use_sdk else ""))
    good = True
    for row in ROWS:
        ours = with_ragtui(row)
        good = good and ours.lost == 0 and ours.twice == 0
        line = f"{row.name:<34} {ours.sent:>5}   {ours.stored:>14} {ours.lost:>5} {ours.twice:>5}  {ours.said:<34}"
        if use_sdk and row.kind == "v4" and not row.scene:
            sdk = with_sdk(row)
            line += f"   {sdk.stored:>11} {sdk.lost:>5} {sdk.twice:>5} {sdk.orphans:>7}  {sdk.said}"
        print(line, flush=True)
    return good


def slow_answers(use_sdk: bool, items: int = 1500) -> None:
    """Every span request takes two seconds, really."""
    slow = Row("slow", lambda: [Fault("POST", OTLP, delay=2.0, times=-1)])
    with tempfile.TemporaryDirectory() as folder, StandIn("v4") as server:
        os.environ["RAGTUI_STATE_DIR"] = str(Path(folder) / "state")
        run = simple_run(Path(folder) / "run", items)
        seeded(server, items)
        server.fail(*slow.faults())
        began = time.monotonic()
        said = _publish_once(server, run, 30.0)
        ours, seconds = count(server, items, len(METRICS), said), time.monotonic() - began
        stored = len(server.stored_items())
    print(f"{items} items, 2 s an answer: ragtui {stored} items stored, lost {ours.lost}, twice {ours.twice}, "
          f"{said}, {seconds:.0f} s", flush=True)  # fmt: skip
    if use_sdk:
        sdk = with_sdk(slow, items)
        print(f"{'':>28} SDK: lost {sdk.lost} of {sdk.sent} items and scores, {sdk.orphans} scores without their item, "
              f"said {sdk.said!r}, {sdk.seconds:.0f} s", flush=True)  # fmt: skip


def rate_limited(use_sdk: bool, items: int = 500) -> None:
    """Thirty requests a minute in the general bucket, as the smallest Cloud plan has: 1,000 scores."""
    for kind in ("v4", "v4-old"):
        with tempfile.TemporaryDirectory() as folder, StandIn(kind) as server:
            os.environ["RAGTUI_STATE_DIR"] = str(Path(folder) / "state")
            run = simple_run(Path(folder) / "run", items)
            seeded(server, items)
            server.limits = {"general": 30}
            rounds: list[str] = []
            while len(rounds) < 8:
                outcome = publish(server, run, Options(resume=bool(rounds)))
                progress = outcome.experiments[0]
                rounds.append(f"{progress.phase} (sent {progress.scores.sent}, visible {progress.scores.visible})")
                if progress.phase.value == "verified":
                    break
            ours = count(server, items, len(METRICS), "")
            how = "lists of scores" if kind == "v4" else "one score a request"
            print(f"{items * 2} scores at 30 requests a minute, {how}: ragtui lost {ours.lost}, twice {ours.twice}; "
                  f"12-minute rounds: {', '.join(rounds)}", flush=True)  # fmt: skip
    if use_sdk:
        row = Row("limited", lambda: ())
        sdk = with_sdk(row, items, lambda server: server.limits.update(general=30))
        print(f"{'':>34} SDK: stored {sdk.stored} of {sdk.sent} items and scores, lost {sdk.lost}, said {sdk.said!r}, "
              f"{sdk.seconds:.0f} s", flush=True)  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--no-sdk", action="store_true")
    parser.add_argument("--volume", action="store_true")
    args = parser.parse_args()
    if args.volume:
        slow_answers(not args.no_sdk)
        rate_limited(not args.no_sdk)
        return 0
    return 0 if table(not args.no_sdk) else 1


if __name__ == "__main__":
    sys.exit(main())
