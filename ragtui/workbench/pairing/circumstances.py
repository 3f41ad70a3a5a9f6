"""What a side's files say of its repeats beside the scores: answers, sampling, when each was run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ragtui.model import Repeat
from ragtui.stats import Circumstances
from ragtui.stats.arrays import Ints
from ragtui.workbench.sides import Side

MOST_ANSWERS = 100
"""Items whose answers are read, evenly spaced: as many tell a copied run from a new one."""


def circumstances(side: Side) -> Circumstances:
    """Facts for the statistics; answers are read only when scores and times leave it open."""
    sampled = any(_samples(header.configuration.pipeline) for header in side.headers)
    return Circumstances(answers=lambda: _answers(side), sampled=sampled, span=_span(side))


def _span(side: Side) -> tuple[float, float] | None:
    """From the first run's beginning to the last one's end; None unless every run says when it was made."""
    runs = [(header.created.timestamp(), header.duration_s or 0.0) for header in side.headers if header.created]
    if len(runs) < len(side.headers):
        return None
    return min(start for start, _ in runs), max(start + length for start, length in runs)


def _answers(side: Side) -> Ints:
    """Equal numbers for answers that say the same, (items, repeats); white space says nothing."""
    items = side.scores.items
    if len(items) > MOST_ANSWERS:
        items = tuple(items[row] for row in np.linspace(0, len(items) - 1, MOST_ANSWERS).round().astype(int))
    known: dict[str, int] = {}
    codes = np.full((len(items), len(side.scores.repeats)), -1, np.int64)
    for row, item in enumerate(items):
        for layer, repeat in enumerate(side.scores.repeats):
            text = _answer(side, item, repeat)
            if text:
                codes[row, layer] = known.setdefault(text, len(known))
    return codes


def _answer(side: Side, item: str, repeat: Repeat) -> str:
    result = side.result(item, repeat)
    return "" if result is None or result.error else " ".join(result.output.split())


def _samples(settings: Mapping[str, Any]) -> bool:
    """Whether any part of a pipeline is told a temperature above 0."""
    for key, value in settings.items():
        if isinstance(value, Mapping):
            if _samples(value):
                return True
        elif key == "temperature" and isinstance(value, int | float) and value > 0:
            return True
    return False
