"""What a caller says beside the data: directions, scales, margins, roles of columns. None of it is passed over."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from numbers import Real
from typing import Any

from ragtui.errors import UsageError
from ragtui.model import DirectionFrom, Metric
from ragtui.sources import ColumnMap
from ragtui.sources.columns import ROLES
from ragtui.stats import Estimand
from ragtui.workbench import Side, check_margins

Scales = Mapping[str, tuple[float, float]]


def defined(
    sides: Sequence[Side], higher: str | Sequence[str], lower: str | Sequence[str], scales: Scales
) -> tuple[Side, ...]:
    """The sides with the directions and scales that were stated.

    Raises:
        UsageError: a metric is on no side, is said to be better both ways, or a scale is no pair of ascending numbers.
    """
    up, down = _names(higher), _names(lower)
    for option, named in (("higher_is_better", up), ("lower_is_better", down), ("scales", list(scales))):
        check_metrics(option, named, sides)
    if both := sorted(set(up) & set(down)):
        raise UsageError(f"{both[0]}: both higher and lower are said to be better", "Name it in one of the two.")
    for name, scale in scales.items():
        if not _is_scale(scale):
            raise UsageError(f"scales: {name} is {scale!r}", "Give the lowest and the highest score: (1, 5).")
    stated = dict.fromkeys(up, True) | dict.fromkeys(down, False)

    def known(metric: Metric) -> Metric:
        found = metric.directed(stated.get(metric.name), DirectionFrom.USER)
        return replace(found, scale=scales[metric.name]) if metric.name in scales else found

    return tuple(
        replace(side, scores=replace(side.scores, metrics=tuple(map(known, side.scores.metrics)))) for side in sides
    )


def margins(said: Mapping[str, Any], sides: Sequence[Side]) -> dict[str, float]:
    """Margins by metric, in score units.

    Raises:
        UsageError: one is of no metric, or no number above zero.
    """
    check_metrics("margins", said, sides)
    for name, margin in said.items():
        if not _is_number(margin) or not 0 < margin < math.inf:
            raise UsageError(f"margins: {name} is {margin!r}", "A margin is a number above zero, in score units.")
    check_margins(said, tuple(sides), "margins")
    return dict(said)


def check_metrics(option: str, named: Iterable[str], sides: Sequence[Side]) -> None:
    """See that metrics are on a side.

    Raises:
        UsageError: one is on none; it names the nearest.
    """
    known = list(dict.fromkeys(metric.name for side in sides for metric in side.scores.metrics))
    for name in named:
        if name not in known:
            raise UsageError(f"{option}: no metric {name!r}", f"{_near(name, known)}Metrics are {', '.join(known)}.")


def estimand(name: str) -> Estimand:
    """The question that means answer.

    Raises:
        UsageError: there is no such question.
    """
    try:
        return Estimand(name)
    except ValueError:
        known = ", ".join(entry.value for entry in Estimand)
        raise UsageError(f"estimand {name!r}: no such question", f"Known: {known}.") from None


def roles(columns: Mapping[str, Any] | None) -> tuple[dict[str, Any], ColumnMap | None]:
    """What was said of columns: roles beside which the others are guessed, or a whole map as `K` writes it.

    Raises:
        UsageError: a role is unknown, or has a value of the wrong type.
    """
    if columns is None:
        return {}, None
    read = ColumnMap.from_dict({role: [said] if _is_number(said) else said for role, said in columns.items()})
    if set(columns) <= set(ROLES):
        return {role: getattr(read, role) for role in columns}, None
    known = [*ROLES, *(name for name in ColumnMap.__dataclass_fields__ if name not in ROLES)]
    for role in columns:
        if role not in known:
            raise UsageError(f"columns: no role {role!r}", f"{_near(role, known)}Roles are {', '.join(ROLES)}.")
    return {}, read


def _near(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(str(name), known, n=1)
    return f"Did you mean {near[0]}? " if near else ""


def _names(said: str | Sequence[str]) -> list[str]:
    return [said] if isinstance(said, str) else list(said)


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _is_scale(scale: Any) -> bool:
    if isinstance(scale, str) or not isinstance(scale, Sequence) or len(scale) != 2:
        return False
    return all(map(_is_number, scale)) and -math.inf < scale[0] < scale[1] < math.inf
