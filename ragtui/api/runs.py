"""Runs as objects: what was evaluated, and its scores as arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from os import PathLike, fspath
from typing import Any

from ragtui.model import Floats, Item, Result, RunHeader
from ragtui.sources import LoadedRun
from ragtui.workbench import Library, open_library

Place = str | PathLike[str]
"""A file, a folder, or an address such as "langfuse:DATASET"."""


@dataclass(frozen=True, eq=False, repr=False)
class Run:
    """One run. Cheap to list; its scores are read when they are asked for first.

    Attributes:
        name: what it is called.
        dataset: name of the dataset; "" when nothing says.
        status: "complete", "running", "partial", "cancelled" or "failed".
        created: when it was made; None when nothing says.
        location: path or address.
    """

    name: str
    dataset: str
    status: str
    created: datetime | None
    location: str
    header: RunHeader = field(repr=False)
    library: Library = field(repr=False)

    @property
    def items(self) -> tuple[str, ...]:
        """Item ids, the rows of `scores`."""
        return self._loaded.scores.items

    @property
    def repeats(self) -> tuple[str, ...]:
        """Labels of the repeats, the columns of `scores`."""
        return tuple(repeat.label for repeat in self._loaded.scores.repeats)

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of the metrics, latency, cost and tokens among them where they were recorded."""
        return tuple(self._loaded.scores.column_of)

    @property
    def problems(self) -> tuple[str, ...]:
        """What was wrong in the run's files, in words."""
        return tuple(map(str, self._loaded.problems))

    def scores(self, metric: str) -> Floats:
        """Scores of one metric.

        Returns:
            float64 (items, repeats), NaN where there is no finite score.

        Raises:
            KeyError: the run has no such metric.
            RagtuiError: the run cannot be read.
        """
        return self._loaded.scores.of(metric).copy()

    def item(self, item: str) -> Item:
        """Question, expected answer and metadata of an item."""
        return self._loaded.item(item)

    def result(self, item: str, repeat: str | int = "1") -> Result | None:
        """What was answered in one repeat; None when nothing was recorded."""
        return self._loaded.result(item, str(repeat))

    def to_dicts(self) -> list[dict[str, Any]]:
        """One dict an item and repeat: {"item", "repeat", METRIC: score or None, …}; what a data frame takes."""
        scores = self._loaded.scores
        return [
            {
                "item": item,
                "repeat": repeat.label,
                **{
                    name: None if (value := float(scores.values[row, column, layer])) != value else value
                    for name, column in scores.column_of.items()
                },
            }
            for row, item in enumerate(scores.items)
            for layer, repeat in enumerate(scores.repeats)
        ]

    @property
    def _loaded(self) -> LoadedRun:
        return self.library.load(self.header.uid)

    def __repr__(self) -> str:
        return f"Run({self.name!r}, dataset={self.dataset!r}, location={self.location!r})"


def open_runs(*places: Place) -> list[Run]:
    """The runs in files and folders, newest first.

    Args:
        places: run folders, folders of runs, score tables, logs of other tools, "langfuse:DATASET".

    Returns:
        All runs that can be read. What cannot is left out; `ragtui runs PATH` names it.

    Raises:
        InputError: a place does not exist.
        UsageError: the configuration file is not right.

    Example:
        >>> import ragtui
        >>> [run.name for run in ragtui.open_runs("sample_runs/local-rag")]
        ['B', 'A']
    """
    library = open_library([fspath(place) for place in places])
    found = sorted(library.headers.values(), key=lambda header: (header.made, header.name), reverse=True)
    return [run_of(library, header) for header in found]


def run_of(library: Library, header: RunHeader) -> Run:
    """A header with the library that can load it."""
    return Run(
        name=header.name,
        dataset=header.dataset,
        status=header.status.value,
        created=header.created,
        location=header.location,
        header=header,
        library=library,
    )
