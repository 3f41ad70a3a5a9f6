"""A run as a reader describes it: its settings, and its results as records of ragtui's own format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ragtui.files.problems import ProblemLog
from ragtui.model import Metric, Revision, RunStatus

Record = dict[str, Any]
"""One result under the names of the own format (see `ragtui.sources.cube.records`): `item`, `repeat`, `question`,
`expected`, `output`, `contexts`, `scores` by metric (a value, or an object with value, label, rationale, error, raw and
judge), `error`, `latency_s`, `tokens`, `cost_usd`, `trace_id`, `started_at`, `metadata`."""


@dataclass(slots=True, kw_only=True)
class Draft:
    """One run of a file.

    Attributes:
        key: tells the runs of one file apart and lasts; empty for the only run.
        name: what to call it; empty for the file's name.
        records: every result, in order.
        dataset, dataset_version, pipeline, judges: its configuration; runs that share it are repeats of each other.
        metrics: definitions as far as the file or the tool knows them; all are columns, scored or not.
        may_have: definitions of metrics that are columns only where something was scored.
        items: ids of everything that was asked, where the file says more than the records do.
        identity: what the tool calls this run, or a digest of what it holds: the same run in two files has the same.
        problems: messages and ways out that concern this run alone.
    """

    records: list[Record]
    key: str = ""
    name: str = ""
    dataset: str = ""
    dataset_version: str = ""
    pipeline: Mapping[str, Any] = field(default_factory=dict)
    judges: Mapping[str, Any] = field(default_factory=dict)
    metrics: Sequence[Metric] = ()
    may_have: Sequence[Metric] = ()
    items: Sequence[str] = ()
    created: datetime | None = None
    status: RunStatus = RunStatus.COMPLETE
    description: str = ""
    revision: Revision | None = None
    duration_s: float | None = None
    identity: str = ""
    problems: list[tuple[str, str]] = field(default_factory=list)

    def note(self, message: str, hint: str = "") -> None:
        """Say something about this run that its numbers do not show."""
        if (message, hint) not in self.problems:
            self.problems.append((message, hint))


@dataclass(frozen=True, slots=True)
class Source:
    """What a reader may know of the file besides its content.

    Attributes:
        path: the file, or the folder.
        problems: what is wrong with the file as a whole.
    """

    path: Path
    problems: ProblemLog
