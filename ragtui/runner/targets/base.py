"""What every target is to the engine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from ragtui.model import Item
from ragtui.runner.targets.answers import Answered


class TargetError(Exception):
    """The target failed on this item."""


class Pipeline(ABC):
    """A target that is ready to be asked.

    Attributes:
        measured: whether the time it takes is a property of the target.
    """

    measured = True

    @abstractmethod
    async def answer(self, item: Item, repeat: str, seed: int | None) -> Answered:
        """Answer one item.

        Raises:
            TargetError: it failed on this item.
            CallError: a server failed; `hopeless` when it will fail on every item.
            UnusableFunctionError: it will fail on every item.
        """

    async def close(self) -> None:  # noqa: B027 - most targets hold nothing
        """Let go of what it holds."""


def request_of(item: Item, repeat: str, seed: int | None) -> dict[str, Any]:
    """An item as commands and addresses are sent it. The expected answer is never among it."""
    return {
        "id": item.id,
        "question": item.question,
        "input": item.metadata.get("input", item.question),
        "metadata": {name: value for name, value in item.metadata.items() if name != "input"},
        "repeat": counted(repeat),
        "seed": seed,
    }


def counted(repeat: str) -> int | str:
    """A repeat's label as a number where it is one."""
    return int(repeat) if repeat.isdecimal() else repeat
