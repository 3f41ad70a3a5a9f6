"""The same results in two files: exported as JSON and as lines, or kept twice by the tool that wrote them.

Taken for repeats, they would feign a noise of zero, so the second one is named and not listed.
"""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path

from ragtui.model import RunHeader


class Twins:
    """The runs of one listing so far."""

    def __init__(self) -> None:
        self._known: dict[Hashable, str] = {}

    def of(self, header: RunHeader) -> str | None:
        """Where the same results were listed before; None for a run that is new.

        The same are runs of one tool with the same shape and means that the tool calls the same, or that stand in files
        which differ in nothing but their ending. Equal names alone are not enough: people call every run "baseline".
        """
        means = tuple((metric.name, _rounded(metric.mean), metric.scored) for metric in header.metrics)
        shape = (header.format, header.items, header.repeats, header.results, means)
        signs: list[Hashable] = []
        path = Path(header.location)
        if identity := header.extra.get("identity"):
            signs.append((identity, *shape))
        if header.format not in ("plain", "table", "ragtui") and path.suffix:
            signs.append((path.parent, path.stem, header.id.partition("#")[2], *shape))
        for sign in signs:
            if (known := self._known.get(sign)) is not None and known != header.location:
                return known
        self._known.update(dict.fromkeys(signs, header.location))
        return None


def _rounded(mean: float | None) -> float | None:
    """A mean to six digits: one form of a file may write fewer digits than another."""
    return None if mean is None else round(mean, 6)
