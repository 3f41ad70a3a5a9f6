"""A run whose metrics stand in several files, read as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from ragtui.model import Item, MetricSummary, Problem, Repeat, Result, RunHeader, Scores, State
from ragtui.sources.base import LoadedRun
from ragtui.sources.found import FILES, Found


class JoinedRun(LoadedRun):
    """Scores and texts of several files; each metric is in one of them."""

    def __init__(self, header: RunHeader, parts: Sequence[LoadedRun]) -> None:
        self.header = header
        self.scores = joined_scores(header.uid, [part.scores for part in parts])
        self.problems = tuple(dict.fromkeys((*header.problems, *(said for part in parts for said in part.problems))))
        self._parts = tuple(parts)

    def item(self, item_id: str) -> Item:
        """What any of the files says of an item; the first where several do."""
        said = [part.item(item_id) for part in self._parts if item_id in part.scores.row_of]
        return Item(
            item_id,
            next((item.question for item in said if item.question), ""),
            next((item.expected for item in said if item.expected), ""),
            {name: value for item in reversed(said) for name, value in item.metadata.items()},
        )

    def result(self, item_id: str, repeat: str) -> Result | None:
        """What any of the files says of a result, with the judgements of all."""
        said = [found for part in self._parts if (found := part.result(item_id, repeat)) is not None]
        if not said:
            return None
        return replace(
            said[0],
            output=next((found.output for found in said if found.output), ""),
            contexts=next((found.contexts for found in said if found.contexts), ()),
            judgements={name: value for found in reversed(said) for name, value in found.judgements.items()},
            error=next((found.error for found in said if found.error), ""),
            latency_s=next((found.latency_s for found in said if found.latency_s is not None), None),
            cost_usd=next((found.cost_usd for found in said if found.cost_usd is not None), None),
            tokens=next((found.tokens for found in said if found.tokens), {}),
            metadata={name: value for found in reversed(said) for name, value in found.metadata.items()},
        )


def joined_scores(uid: str, parts: Sequence[Scores]) -> Scores:
    """Scores side by side: items united in order, metrics of all, the repeats they share."""
    items = tuple(dict.fromkeys(item for part in parts for item in part.items))
    metrics = tuple(metric for part in parts for metric in part.metrics)
    laid_out = [part.aligned(items, metrics) for part in parts]
    values, states = laid_out[0].values.copy(), laid_out[0].states.copy()
    for part in laid_out[1:]:
        here = part.states != State.MISSING
        values[here], states[here] = part.values[here], part.states[here]
    return Scores(items, metrics, tuple(Repeat(uid, repeat.label) for repeat in parts[0].repeats), values, states)


def joined(parts: Sequence[Found], name: str, said: str, hint: str) -> Found:
    """Several files as one run, called by what they share."""
    first = parts[0].header
    loaded = _loader(parts)
    runs = [part.load(part.header) for part in parts]
    scores = joined_scores(first.uid, [run.scores for run in runs])
    headers = [part.header for part in parts]
    settings = {key: value for header in reversed(headers) for key, value in header.configuration.pipeline.items()}
    judges = {key: value for header in reversed(headers) for key, value in header.configuration.judges.items()}
    header = replace(
        first,
        name=name,
        configuration=replace(first.configuration, pipeline=settings, judges=judges),
        items=len(scores.items),
        errors=_failed(scores, [run.scores for run in runs]),
        metrics=tuple(_summary(scores, column) for column in range(len(scores.metrics))),
        problems=(
            *dict.fromkeys(p for header in headers for p in header.problems),
            Problem(first.location, said, hint),
        ),
        extra={**first.extra, FILES: [header.location for header in headers]},
        assumed=(*dict.fromkeys(text for header in headers for text in header.assumed), said),
    )
    return Found(header, loaded)


def _loader(parts: Sequence[Found]) -> Callable[[RunHeader], LoadedRun]:
    return lambda header: JoinedRun(header, [part.load(part.header) for part in parts])


def _failed(scores: Scores, parts: Sequence[Scores]) -> int:
    """Calls that failed in any file: what another holds of them does not undo that."""
    return int(
        np.logical_or.reduce(
            [(part.aligned(scores.items, part.metrics).states == State.ITEM_ERROR).all(axis=1) for part in parts]
        ).sum()
    )


def _summary(scores: Scores, column: int) -> MetricSummary:
    scored = scores.states[:, column, :] == State.SCORED
    count = int(np.count_nonzero(scored))
    mean = float(scores.values[:, column, :][scored].mean()) if count else None
    return MetricSummary(scores.metrics[column].name, mean, count, scored.size)
