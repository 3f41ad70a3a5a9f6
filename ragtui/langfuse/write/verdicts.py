"""Verdicts of a comparison on a hosted run: one categorical score an item and metric, so that colleagues who look at
Langfuse's own compare page see which red is real.

They go through an outbox like everything else, have ids of their own (the same comparison again replaces them), and a
name no metric has, so that they are never read back as scores.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ragtui.langfuse.api.abilities import Abilities
from ragtui.langfuse.api.client import LangfuseHttp
from ragtui.langfuse.api.shapes.rows import VERDICT_PREFIX
from ragtui.langfuse.write import ids
from ragtui.langfuse.write.mirror import MAX_COMMENT, NANOSECONDS, cut, iso
from ragtui.langfuse.write.outbox import ITEM, LINK, Outbox, OutboxEntry, Stage
from ragtui.langfuse.write.publish import locked
from ragtui.langfuse.write.publisher import Publisher, PublishProgress, publish_all
from ragtui.langfuse.write.wire import ENVIRONMENT, Experiment


@dataclass(frozen=True, slots=True)
class Spot:
    """Where one item of a hosted run can be scored: its trace, its own span, and when that began (seconds)."""

    item: str
    trace: str
    root: str
    start: float


@dataclass(frozen=True, slots=True)
class Said:
    """A verdict in words: "within noise", and the sentence that says why."""

    item: str
    metric: str
    word: str
    sentence: str


def send_verdicts(
    http: LangfuseHttp,
    abilities: Abilities,
    run: Experiment,
    spots: Sequence[Spot],
    said: Sequence[Said],
    folder: Path,
    wait_s: float,
    report: Callable[[PublishProgress], None] = lambda progress: None,
) -> PublishProgress:
    """Put verdicts on one hosted run, and read them back.

    Args:
        run: the hosted run; its id names the outbox.
        spots: its items.
        said: verdicts by item and metric; those of other items are left out.
        folder: where the outbox lives.
    """
    by_item: dict[str, list[Said]] = {}
    for each in said:
        by_item.setdefault(each.item, []).append(each)
    with contextlib.ExitStack() as open_things:
        open_things.enter_context(locked(folder))
        outbox = Outbox.open(folder / f"{run.id}.outbox", run, http.server)
        open_things.callback(outbox.close)
        for spot in spots:
            if spot.item in by_item:
                outbox.put(_entry(spot, by_item[spot.item]))
        # The items are there already, and so are their links; only the scores are new.
        keys = list(outbox.entries)
        outbox.mark(ITEM, keys, Stage.VISIBLE)
        outbox.mark(LINK, keys, Stage.VISIBLE)
        publisher = Publisher(http, outbox, abilities, report=report)
        return publish_all([publisher], http, wait_s)[0]


def _entry(spot: Spot, said: Sequence[Said]) -> OutboxEntry:
    start_ns = round(spot.start * 1000) * (NANOSECONDS // 1000)
    return OutboxEntry(
        spot.item, spot.item, spot.trace, spot.root, start_ns, b"", tuple(_body(spot, s, start_ns) for s in said)
    )


def _body(spot: Spot, said: Said, start_ns: int) -> dict[str, Any]:
    name = f"{VERDICT_PREFIX}{said.metric}"
    body = {
        "id": ids.score_id(spot.trace, name),
        "traceId": spot.trace,
        "name": name,
        "value": said.word,
        "dataType": "CATEGORICAL",
        "comment": cut(said.sentence, MAX_COMMENT),
        "timestamp": iso(start_ns),
        "environment": ENVIRONMENT,
    }
    return {**body, "observationId": spot.root} if spot.root else body
