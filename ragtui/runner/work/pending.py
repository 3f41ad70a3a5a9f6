"""Which item-repeats there are to do, and in which order they are started."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ragtui.model import Item, Result
from ragtui.runner.plan.plan import Order
from ragtui.runner.scoring.pairwise import Opponent
from ragtui.sources.own.progress import Place, Progress


@dataclass(frozen=True, slots=True)
class Unit:
    """One item in one repeat on one side.

    Attributes:
        repeat: "1", "2" … or, when stored answers are judged again, "1.2" (repeat 1, judging 2).
        attempt: 1, and more when a failed one is tried again.
        stored: a result whose answer is good and is kept: only scores that failed or are missing are asked for.
        only_missing: of a stored result, scores that failed stay as they are too: only what was added is paid for.
        against: what pairwise judges hold the answer against, by judge; those without an opponent here are not asked.
    """

    side: int
    item: Item
    repeat: str
    attempt: int = 1
    stored: Result | None = None
    against: Mapping[str, Opponent] = field(default_factory=dict)
    only_missing: bool = False


def in_order(items: Sequence[Item], labels: Sequence[str], sides: int, order: Order) -> Iterator[tuple[Item, str, int]]:
    """Every item, repeat and side; sides take turns, and each goes first equally often, so that drift hits both."""
    if order is Order.REPEATS:
        passes = [(number, item, label) for number, label in enumerate(labels) for item in items]
    else:
        passes = [(number, item, label) for item in items for number, label in enumerate(labels)]
    for place, (number, item, label) in enumerate(passes):
        first = (place + number) % sides
        for turn in range(sides):
            yield item, label, (first + turn) % sides


def remaining(
    items: Sequence[Item],
    labels: Sequence[str],
    order: Order,
    done: Sequence[Progress],
    retry_failed: bool,
    stored: Callable[[int, str, str], Result | None] = lambda side, item, label: None,
    lacking: Sequence[frozenset[Place]] = (),
) -> list[Unit]:
    """What is left to do, one unit for each item and repeat without a finished result.

    Args:
        done: what is already written, one a side.
        retry_failed: whether errors of the pipeline and of judges count as not finished.
        stored: the counting result of a side, item and repeat.
        lacking: places a side that lack a score which was added later, one set a side.
    """
    units = []
    for item, label, side in in_order(items, labels, len(done), order):
        place, progress = (item.id, label), done[side]
        attempt = progress.attempts.get(place, 1) + 1
        unscored = (retry_failed and place in progress.unjudged) or bool(lacking and place in lacking[side])
        if place not in progress.finished:
            units.append(Unit(side, item, label))
        elif retry_failed and place in progress.failed:
            units.append(Unit(side, item, label, attempt))
        elif unscored and place not in progress.failed:
            kept = stored(side, item.id, label)
            units.append(Unit(side, item, label, attempt, kept, only_missing=not retry_failed))
    return units
