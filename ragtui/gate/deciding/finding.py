"""One reason against a candidate."""

from __future__ import annotations

from dataclasses import dataclass

from ragtui.exits import Exit


@dataclass(frozen=True, slots=True)
class Finding:
    """A reason, with the exit code it asks for.

    Attributes:
        exit: what this alone would make the gate say.
        subject: metric, slice, item, side or run it is about.
        sentence: the whole reason with its numbers.
        item: id of the item it is about; "" when it is about no single item.
    """

    exit: Exit
    subject: str
    sentence: str
    item: str = ""
