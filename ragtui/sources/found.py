"""What a format's reader hands to a source: a header now, the scores when asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ragtui.model import Problem, RunHeader
from ragtui.sources.base import LoadedRun
from ragtui.sources.columns import ColumnMap

FILES = "files"
"""Under which `RunHeader.extra` names the files of a run that stands in several."""


@dataclass(frozen=True, eq=False, slots=True)
class Found:
    """One run and how to load it; the loader is given the header as the source renamed it.

    Attributes:
        aside: it may be no evaluation at all, such as a project's own unit tests: beside other runs it is no run.
    """

    header: RunHeader
    load: Callable[[RunHeader], LoadedRun]
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """How a reader is asked.

    Attributes:
        source: key of the source, first part of every uid.
        name: path relative to the source, the fallback for a run's id.
        direct: the user named this very file, so a file that is no run is worth a message.
        columns: confirmed column maps of score tables, by path, file name or column signature.
        roles: roles of columns that the command line names for every table, as fields of a `ColumnMap`.
    """

    source: str
    name: str
    direct: bool = False
    columns: Mapping[str, ColumnMap] = field(default_factory=dict)
    roles: Mapping[str, Any] = field(default_factory=dict)


Reader = Callable[[Path, Request], Iterator[Found | Problem]]
"""Yields the runs of one file or folder; raises RagtuiError when it holds none that can be used."""
