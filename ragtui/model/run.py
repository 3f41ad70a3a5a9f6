"""A run: one evaluation of a target on a dataset under fixed settings, with one or more repeats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from ragtui.model.dataset import canonical_hash
from ragtui.model.problem import Problem

LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
"""Date of a run that does not say when it was made."""


class RunStatus(StrEnum):
    """How far a run got."""

    RUNNING = "running"
    COMPLETE = "complete"
    CANCELLED = "cancelled"
    FAILED = "failed"
    PARTIAL = "partial"
    """Stopped before every result was written; can be resumed."""


@dataclass(frozen=True, slots=True)
class Revision:
    """The code that was evaluated."""

    commit: str
    branch: str = ""
    dirty: bool = False

    def __str__(self) -> str:
        return f"{self.commit[:9]}{f' {self.branch}' if self.branch else ''}{' (dirty)' if self.dirty else ''}"


@dataclass(frozen=True)
class Configuration:
    """Everything that makes two runs repeats of each other.

    Runs with equal fingerprints measured the same thing, so the spread between them is noise.
    An empty configuration says nothing, so such a run is a repeat of nothing but itself.
    """

    dataset: str = ""
    dataset_version: str = ""
    pipeline: Mapping[str, Any] = field(default_factory=dict)
    judges: Mapping[str, Any] = field(default_factory=dict)

    @property
    def known(self) -> bool:
        """Whether any setting was recorded; without one, nothing proves that two runs are repeats."""
        return bool(self.pipeline) or bool(self.judges)

    def fingerprint(self) -> str:
        """12 hex digits over dataset, pipeline settings and judge settings."""
        return self._fingerprint

    @cached_property
    def _fingerprint(self) -> str:  # a list of runs asks six times for each
        return canonical_hash([self.dataset, self.dataset_version, dict(self.pipeline), dict(self.judges)])

    def judge_fingerprint(self) -> str:
        """12 hex digits over the judge settings alone: a different judge is a different ruler."""
        return canonical_hash(dict(self.judges))

    def flat(self) -> dict[str, str]:
        """Dotted setting names to their text, for a configuration diff."""
        out: dict[str, str] = {"dataset": self.dataset, "dataset_version": self.dataset_version}
        _flatten("pipeline", self.pipeline, out)
        _flatten("judges", self.judges, out)
        return out


def _flatten(prefix: str, value: Any, out: dict[str, str]) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _flatten(f"{prefix}.{key}", inner, out)
    else:
        out[prefix] = str(value)


@dataclass(frozen=True, slots=True)
class MetricSummary:
    """What a listing knows of a metric without loading scores."""

    name: str
    mean: float | None
    scored: int
    expected: int


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a run that was split over machines.

    Attributes:
        index, count: which of how many, from 1.
        family: equal for all parts of one run.
    """

    index: int
    count: int
    family: str

    def __str__(self) -> str:
        return f"part {self.index} of {self.count}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHeader:
    """What a listing needs, read without touching a single result.

    Attributes:
        uid: unique in a session: source key, a bar, the run's id in that source.
        id: the run's id in its source.
        name: what the user calls it.
        source: key of the source that can load it.
        format: "ragtui", "plain", "inspect", "table", "langfuse".
        location: path or URL, for messages.
        origin: "" for a measured run, else "constructed" or "simulated"; shown wherever the run is.
        items, repeats: shape, where known.
        results, errors: item-repeats written and failed, where known.
        expected_results: item-repeats a complete run would have, where known.
        selection: ids of the items a targeted run was limited to; such a run confirms, it is not a repeat.
        confirms: id of the run whose doubtful items a targeted run repeats.
        rejudge_of: id of the run whose stored answers this one scored again.
        mirror_of: id of the local run that a hosted one is a published copy of.
        mirror_repeat: which of its repeats.
        part: which part of a run it is, when it was split over machines; a part is never a repeat.
        parts: ids of the hosted rows a run was assembled from.
        as_of: when a cached remote record was last read.
        assumed: what the reader took for granted because the file does not say, as sentences.
        extra: fields of a newer format version, kept as they are.
    """

    uid: str
    id: str
    name: str
    source: str
    format: str
    location: str
    configuration: Configuration = field(default_factory=Configuration)
    created: datetime | None = None
    status: RunStatus = RunStatus.COMPLETE
    origin: str = ""
    description: str = ""
    items: int | None = None
    repeats: int | None = None
    results: int | None = None
    expected_results: int | None = None
    errors: int | None = None
    metrics: tuple[MetricSummary, ...] = ()
    revision: Revision | None = None
    duration_s: float | None = None
    cost_usd: float | None = None
    tokens: int | None = None
    selection: tuple[str, ...] | None = None
    confirms: str | None = None
    rejudge_of: str | None = None
    mirror_of: str | None = None
    mirror_repeat: str = ""
    part: Part | None = None
    parts: tuple[str, ...] = ()
    url: str | None = None
    as_of: datetime | None = None
    problems: tuple[Problem, ...] = ()
    assumed: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def dataset(self) -> str:
        """Name of the dataset; empty when the source does not say."""
        return self.configuration.dataset

    @property
    def dataset_version(self) -> str:
        """Its version, as far as the source says: a hash, a number, or the moment a hosted run was pinned to."""
        return self.configuration.dataset_version or str(self.extra.get("dataset_version") or "")

    @property
    def dataset_named(self) -> str:
        """ "docs@v4", as lists and reports name it; the name alone where no version is known."""
        return f"{self.dataset}@{self.dataset_version}" if self.dataset_version else self.dataset

    @property
    def made(self) -> datetime:
        """When it was created, with a time zone (UTC where none is given); long ago where that is not known."""
        if self.created is None:
            return LONG_AGO
        return self.created if self.created.tzinfo else self.created.replace(tzinfo=UTC)

    @property
    def original(self) -> str:
        """The id other runs know this one by: that of the run it is a copy of, else its own."""
        return self.mirror_of or self.id
