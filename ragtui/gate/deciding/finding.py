"""One reason against a candidate."""

from __future__ import annotations

from dataclasses import dataclass

from ragtui.exits import Exit
from ragtui.present.sentences.gate import say_reason
from ragtui.stats.doubts.reasons import Reason


@dataclass(frozen=True, slots=True)
class Finding:
    """A reason, with the exit code it asks for.

    Attributes:
        exit: what this alone would make the gate say.
        subject: metric, slice, item, side or run it is about.
        reason: what was found, with its numbers.
        item: id of the item it is about; "" when it is about no single item.
    """

    exit: Exit
    subject: str
    reason: Reason
    item: str = ""

    @property
    def sentence(self) -> str:
        """The reason in words."""
        return say_reason(self.reason)
