"""Which way a metric is better, where the tool or its file says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ragtui.model import DirectionFrom, Metric, guess_metric


def stated(name: str, *, higher: bool = True, scale: tuple[float, float] | None = None) -> Metric:
    """A metric whose direction the file, or the definition of the tool that wrote it, states."""
    return Metric(name, higher_is_better=higher, scale=scale, direction_from=DirectionFrom.FILE)


def as_stated(directions: Mapping[str, bool], names: Iterable[str]) -> list[Metric]:
    """Metrics in order: stated where something states it, else guessed from the name, or unknown."""
    return [
        stated(name, higher=directions[name]) if name in directions else guess_metric(name)
        for name in dict.fromkeys(names)
    ]


def higher_passes(judged: Iterable[tuple[float | None, float | None, object]]) -> bool | None:
    """Which way a metric is better by what passed: scores at or above their threshold, or at or below it.

    Args:
        judged: score, threshold and whether the tool let it pass, for every score.

    Returns:
        None when both readings explain every case, or neither does.
    """
    higher = lower = True
    told = False
    for score, threshold, passed in judged:
        if score is None or threshold is None or not isinstance(passed, bool) or score == threshold:
            continue
        told = True
        higher &= passed == (score > threshold)
        lower &= passed == (score < threshold)
    return higher if told and higher != lower else None
