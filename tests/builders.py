"""Run folders made for a test, through the writer that users have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ragtui.model import Context, Dataset, Item, Judgement, Kind, Metric, Result
from ragtui.sources.own.writer import RunWriter

QUALITY = Metric("quality", Kind.ORDINAL, scale=(1, 5))
JUDGES = {"quality": {"model": "judge-1", "prompt_hash": "ab12"}}


def dataset(items: int, name: str = "faq") -> Dataset:
    """Items "001", "002", … each with a question of its own."""
    return Dataset(
        name,
        tuple(
            Item(f"{number:03d}", f"Question {number}?", f"Answer {number}.", {"topic": ("even", "odd")[number % 2]})
            for number in range(1, items + 1)
        ),
    )


def write_run(
    folder: Path,
    repeats: Sequence[Sequence[float | str]],
    *,
    pipeline: Mapping[str, Any] | None = None,
    judges: Mapping[str, Any] | None = None,
    metric: Metric = QUALITY,
    golden: Dataset | None = None,
    day: int = 1,
    cached: bool = False,
    **fields: Any,
) -> Path:
    """One run folder with one metric.

    Args:
        repeats: one list a repeat, one entry an item (of the `selection`, if any): a score, or a word: the error the
            item failed with.
        cached: every repeat takes exactly as long as the first.
    """
    golden = golden or dataset(len(repeats[0]))
    writer = RunWriter.create(
        folder,
        name=folder.name,
        dataset=golden,
        pipeline={"version": folder.name} if pipeline is None else pipeline,
        judges=JUDGES if judges is None else judges,
        metrics=[metric],
        repeats=len(repeats),
        created=datetime(2026, 11, day, tzinfo=UTC),
        sync_each=False,
        **fields,
    )
    with writer:
        for turn, scores in enumerate(repeats, start=1):
            chosen = fields.get("selection") or [item.id for item in golden.items]
            for item, score in zip([item for item in golden.items if item.id in chosen], scores, strict=True):
                seconds = 1.0 if cached else 1.0 + 0.01 * turn
                writer.append(result(item, str(turn), score, metric.name, folder.name, seconds))
        writer.finish()
    return folder


def result(item: Item, repeat: str, score: float | str, metric: str, who: str, seconds: float) -> Result:
    """One result: a score, or an error where the score is a word."""
    if isinstance(score, str):
        return Result(item.id, repeat, error=score)
    return Result(
        item.id,
        repeat,
        output=f"{who} answers {item.question} in repeat {repeat}",
        contexts=(Context("doc#1", "A passage.", "Doc one", 0.9, True), Context("doc#2", "Another.", "Doc two", 0.4)),
        judgements={metric: Judgement(float(score), rationale=f"because {score:g}", judge="judge-1@ab12")},
        latency_s=seconds,
    )


def steady(level: float, items: int, repeats: int, **changes: Sequence[float | str]) -> list[list[float | str]]:
    """Every item at one level; `i007=[5, 3]` sets what one item scores in each repeat."""
    rows: list[list[float | str]] = [[level] * items for _ in range(repeats)]
    for name, scores in changes.items():
        for turn, score in enumerate(scores):
            rows[turn][int(name[1:]) - 1] = score
    return rows
