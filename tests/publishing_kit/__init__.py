"""What the publishing tests share: runs to publish, a server to publish to, and time that need not pass."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from langfuse_standin import StandIn

from ragtui.langfuse.api.abilities import Abilities
from ragtui.langfuse.api.client import LangfuseHttp
from ragtui.langfuse.api.credentials import Credentials
from ragtui.langfuse.api.rates import Rates
from ragtui.langfuse.write.publish import Options, Publication, publish_run
from ragtui.langfuse.write.publisher import PublishProgress
from ragtui.model import Context, Dataset, Item, Judgement, Kind, Metric, Result
from ragtui.sources import LoadedRun, open_source
from ragtui.sources.own.writer import RunWriter

STARTED = datetime(2026, 11, 1, 9, 0, 0, tzinfo=UTC)
METRICS = (
    Metric("faithfulness", Kind.ORDINAL, scale=(1, 5)),
    Metric("relevance", Kind.ORDINAL, scale=(1, 5)),
)


class ServerTime:
    """A clock that moves the stand-in's clock instead of sleeping."""

    def __init__(self, server: StandIn) -> None:
        self._server = server
        self._lock = threading.Lock()
        self.time = 0.0
        self.waits: list[float] = []

    def now(self) -> float:
        return self.time

    def wait(self, seconds: float, cancel: threading.Event | None = None) -> bool:
        """Waits of several threads overlap, as real ones do: time moves to the end of each, not by each."""
        self.waits.append(seconds)
        end = self.time + seconds
        time.sleep(0.001)  # lets the other threads begin their waits
        with self._lock:
            if end > self.time:
                self._server.advance(end - self.time)
                self.time = end
        return cancel is not None and cancel.is_set()


def abilities(server: StandIn) -> Abilities:
    kind = server.kind
    return Abilities(kind.has_experiments, kind.takes_score_lists, kind.has_v3_scores, kind.v2_scores_by_trace)


@contextmanager
def sending_to(server: StandIn, *, timeout: float = 10.0) -> Iterator[LangfuseHttp]:
    """A client whose waits move the server's clock instead of lasting."""
    keys = Credentials(server.url, server.public_key, server.secret_key)
    clock = ServerTime(server)
    rates = Rates(clock=clock.now, nap=clock.wait)
    with LangfuseHttp(keys, rates=rates, timeout=timeout, clock=clock) as http:
        yield http


def publish(
    server: StandIn,
    run: LoadedRun,
    options: Options | None = None,
    *,
    timeout: float = 10.0,
    report: Callable[[PublishProgress], None] = lambda progress: None,
) -> Publication:
    """One `ragtui publish`."""
    with sending_to(server, timeout=timeout) as http:
        return publish_run(run, http, abilities(server), options or Options(), report)


def dataset_of(count: int, name: str = "support docs/v1") -> Dataset:
    items = tuple(Item(f"{n:03d}", f"Question {n}?", f"Answer {n}.", {"section": n % 3}) for n in range(count))
    return Dataset(name, items, "v1", "made for tests")


def result_for(item: Item, repeat: str = "1", *, scores: Sequence[float] = (5, 3), error: str = "") -> Result:
    number = int(item.id)
    judgements = {
        metric.name: Judgement(value, rationale=f"because {item.id} «ü»", judge="judge-1")
        for metric, value in zip(METRICS, scores, strict=False)
    }
    return Result(
        item.id, repeat, output="" if error else f"It is {number}.", contexts=(Context("doc#1", "text", "title", 0.5),),
        judgements={} if error else judgements, error=error, latency_s=1.25, tokens={"input": 70, "output": 4},
        cost_usd=0.0003, started_at=f"2026-11-01T09:{number // 60 % 60:02d}:{number % 60:02d}.5+00:00",
    )  # fmt: skip


def write_run(
    folder: Path,
    dataset: Dataset,
    results: Sequence[Result],
    *,
    repeats: int = 1,
    name: str = "baseline",
    **fields: Any,
) -> LoadedRun:
    """A finished run folder with these results, loaded; `fields` go to the summary."""
    items = dataset.by_id()
    with RunWriter.create(
        folder, id=folder.name, name=name, dataset=dataset, pipeline={"model": "m1"}, judges={"j": {"model": "m2"}},
        metrics=METRICS, repeats=repeats, expected_results=len(dataset.items) * repeats, created=STARTED,
        sync_each=False, **fields,
    ) as writer:  # fmt: skip
        for result in results:
            writer.append(result, items[result.item_id])
        writer.finish()
    return load(folder)


def simple_run(folder: Path, count: int, *, repeats: int = 1, name: str = "baseline") -> LoadedRun:
    dataset = dataset_of(count)
    results = [result_for(item, str(n)) for n in range(1, repeats + 1) for item in dataset.items]
    return write_run(folder, dataset, results, repeats=repeats, name=name)


def load(folder: Path) -> LoadedRun:
    source = open_source(folder)
    headers = [header for header in source.headers() if hasattr(header, "id")]
    return source.load(headers[0].id)
