"""Where runs come from: one interface for folders, other tools' files and servers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Hashable, Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from ragtui.errors import InputError
from ragtui.model import Problem, RunHeader

if TYPE_CHECKING:
    from ragtui.model import Item, Result, Scores, Trace


class LoadedRun(ABC):
    """A run whose scores are in memory and whose text is read when asked for.

    Attributes:
        asked: item id to a hash of what its dataset asked and expected at the time of the run; without the items of
            which that is not known.
    """

    header: RunHeader
    scores: Scores
    problems: tuple[Problem, ...]
    asked: Mapping[str, str] = MappingProxyType({})

    @abstractmethod
    def item(self, item_id: str) -> Item:
        """Question, expected answer and metadata; an `Item` with only an id when the run does not carry them."""

    @abstractmethod
    def result(self, item_id: str, repeat: str) -> Result | None:
        """The full text of one item in one repeat; None when nothing was recorded."""

    def attempts(self, item_id: str) -> tuple[Result, ...]:
        """Every recorded pass of an item that counts once, latest first; empty where the source keeps one only."""
        return ()


class RunSource(ABC):
    """A place that holds runs.

    Attributes:
        key: unique in a session; first part of every `RunHeader.uid` it makes.
        label: what the screen calls it, such as "local ./sample_runs".
        missing_values: numbers of which a person said that they mean "no score"; None where nobody did.
    """

    key: str
    label: str
    missing_values: Collection[float] | None = None

    @abstractmethod
    def headers(self) -> Iterator[RunHeader | Problem]:
        """Every run, cheaply and one at a time, so that a list can fill while it is read."""

    @abstractmethod
    def load(self, run_id: str) -> LoadedRun:
        """Scores of one run.

        Raises:
            RagtuiError: the run cannot be read at all. What is wrong with parts of it is in `problems`.
        """

    def stamp(self) -> Hashable:
        """Changes when a run was added, removed or written to; cheap enough to ask every two seconds."""
        return None


class Reading(StrEnum):
    """How new the numbers of a remote place must be."""

    CHECKED = "checked"
    """Settled texts from the cache, scores looked at again; as read last when the place does not answer, and said."""
    FRESH = "fresh"
    """Read now, or an error: for decisions."""
    CACHED = "cached"
    """As read last, asking nobody, and said."""


class RemoteSource(RunSource):
    """A place behind a network: what it said last is at hand at once, and waiting for it can be stopped."""

    @abstractmethod
    def cached_headers(self) -> list[RunHeader]:
        """Runs as they were known last, without asking anyone; each says as of when."""

    @abstractmethod
    def poll(self) -> bool:
        """List again, behind everything a person waits for; whether anything changed."""

    @abstractmethod
    def refresh(self, run_id: str) -> LoadedRun:
        """One run read anew.

        Raises:
            RagtuiError: it cannot be read.
        """

    def trace(self, run_id: str, item_id: str, *, anew: bool = False) -> Trace:
        """What the pipeline did for an item of a run, call by call; `anew` takes nothing from a cache.

        Raises:
            RagtuiError: this place keeps no traces, or it cannot be read.
        """
        raise InputError(f"{self.label} keeps no traces", "Runs on Langfuse have them.")

    def prompt(self, reference: str) -> str:
        """The text of a managed prompt, such as "answer@3".

        Raises:
            RagtuiError: this place keeps no prompts, or it cannot be read.
        """
        raise InputError(f"{self.label} keeps no prompts", "Langfuse does.")

    def reach_back(self) -> int | None:
        """List runs from longer ago from now on; of how many days, or None where everything is listed already."""
        return None

    @abstractmethod
    def cancel(self) -> None:
        """End what is being read now with an error there; later reads are not affected."""

    @abstractmethod
    def close(self) -> None:
        """Stop reading and let connections and cache go."""

    @abstractmethod
    def overrule(self, overrides: Mapping[str, str]) -> None:
        """Take over a person's word on which hosted rows are one run: row id to the id it belongs with, or its own."""
