"""Judge noise apart from pipeline noise, where stored answers were judged again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ragtui.model import Floats, Scores, distinct
from ragtui.workbench.library import Library
from ragtui.workbench.sides import Side


@dataclass(frozen=True, slots=True)
class JudgeSplit:
    """Where the noise of one metric comes from.

    Attributes:
        judge_sd: standard deviation of one score of one fixed answer.
        pipeline_sd: the rest: answers that differ from repeat to repeat; None without repeats of the pipeline.
        answers: fixed answers that were judged twice or more.
        judgings: scores behind `judge_sd`.
    """

    judge_sd: float
    pipeline_sd: float | None
    answers: int
    judgings: int


def judge_split(library: Library, side: Side) -> Mapping[str, JudgeSplit]:
    """Noise by origin for every metric that was re-judged; empty when nothing was.

    A re-judged run scores one run's stored answers again, so its spread within an answer is the judge's alone.
    What the pipeline's own repeats vary beyond that is the pipeline's (method of moments: the variance of one score
    around its item is the sum of both).
    """
    judged_again = {header.original for header in side.headers}
    found = [header for header in library.headers.values() if header.rejudge_of in judged_again]
    again = [library.load(header.uid).scores for header in distinct(found)]
    if not again:
        return {}
    judged = Scores.pooled(again)
    out: dict[str, JudgeSplit] = {}
    for metric in judged.metrics:
        answers = _answers(judged, metric.name)
        counted = np.isfinite(answers).sum(axis=1)
        several = answers[counted >= 2]
        if not len(several):
            continue
        judge = _within(several)
        total = _within(side.scores.of(metric.name)) if metric.name in side.scores.column_of else float("nan")
        pipeline = max(0.0, total - judge) if np.isfinite(total) else None
        out[metric.name] = JudgeSplit(
            judge**0.5,
            None if pipeline is None else pipeline**0.5,
            len(several),
            int(np.isfinite(several).sum()),
        )
    return out


def _answers(judged: Scores, metric: str) -> Floats:
    """Scores with one row a fixed answer: judgings "r.1", "r.2" … of an item's repeat r stand side by side."""
    runs: dict[tuple[str, str], list[int]] = {}
    for layer, repeat in enumerate(judged.repeats):
        runs.setdefault((repeat.run_uid, repeat.label.partition(".")[0]), []).append(layer)
    cube = judged.of(metric)
    widest = max(len(layers) for layers in runs.values())
    blocks = []
    for layers in runs.values():
        block = np.full((len(judged.items), widest), np.nan)
        block[:, : len(layers)] = cube[:, layers]
        blocks.append(block)
    return np.concatenate(blocks)


def _within(values: Floats) -> float:
    """Mean within-row variance over rows with two or more scores; NaN without one."""
    counted = np.isfinite(values).sum(axis=1)
    rows = values[counted >= 2]
    return float(np.nanvar(rows, axis=1, ddof=1).mean()) if len(rows) else float("nan")
