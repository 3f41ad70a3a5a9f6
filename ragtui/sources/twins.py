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

        The same are runs that their tool calls the same, and runs of one tool and shape in files that differ in
        nothing but their ending.
        """
        shape = (header.format, header.items, header.repeats, header.results)
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
