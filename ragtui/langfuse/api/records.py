"""What every server generation is turned into: rows that no longer know which endpoint they came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

QUIET_S = 15 * 60.0
"""A run without activity for this long will not change any more; Langfuse itself may be 10 minutes behind."""

SCORES_LAST_S = 300.0


@dataclass(frozen=True, slots=True)
class CachedRecord:
    """A record that a cache can keep as JSON."""

    def to_json(self) -> dict[str, Any]:
        """Plain values by field name."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The record again; fields this version does not know are left out.

        Raises:
            TypeError: a field that has no default is not there.
        """
        known = {each.name for each in fields(cls)}
        return cls(**{key: each for key, each in value.items() if key in known})


@dataclass(frozen=True, slots=True)
class DatasetRow(CachedRecord):
    """A hosted dataset."""

    id: str
    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class ItemRow(CachedRecord):
    """A hosted dataset item; `key` is the id a local dataset gave it, else its hosted id."""

    id: str
    key: str
    input: Any = None
    expected: Any = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    created: float | None = None


@dataclass(frozen=True, slots=True)
class HostedRunRow(CachedRecord):
    """A hosted run as a listing shows it: one experiment, or one dataset run of an older server.

    Attributes:
        start, end: seconds since 1970 of the first and last activity, where known.
        count: distinct items, where the listing says.
        kind: "experiment" or "dataset run".
        linked: id of the older dataset run that holds the same items, on servers that keep both.
        version: of the dataset, where the run was pinned to one, to the minute; "" where it was not, None where nobody
            looked yet.
    """

    id: str
    name: str
    dataset_id: str = ""
    dataset: str = ""
    description: str = ""
    start: float | None = None
    end: float | None = None
    count: int | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    kind: str = "experiment"
    linked: str = ""
    version: str | None = None


@dataclass(frozen=True, slots=True)
class ResultRow(CachedRecord):
    """One item's pass through the pipeline.

    Attributes:
        run: id of the hosted run it is recorded under.
        item: id of the hosted dataset item.
        root: span that stands for the item; empty where only the trace is known.
        failed: the server marks it as an error.
        latency: seconds; None when not recorded.
        environment: as Langfuse calls it, such as "production"; "" where it was not said.
        tags: of the trace, where its listing has them.
        version: of the dataset, where the run was pinned to one, as an ISO time.
    """

    run: str
    item: str
    trace: str
    root: str = ""
    start: float | None = None
    latency: float | None = None
    input: Any = None
    output: Any = None
    expected: Any = None
    failed: bool = False
    error: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    run_metadata: Mapping[str, Any] = field(default_factory=dict)
    item_metadata: Mapping[str, Any] = field(default_factory=dict)
    run_description: str = ""
    environment: str = ""
    tags: tuple[str, ...] = ()
    version: str = ""


@dataclass(frozen=True, slots=True)
class ScoreRow(CachedRecord):
    """One score. Exactly one of `value` and `label` says something.

    Attributes:
        author: whoever gave it by hand, as the server or the score's own metadata names them.
        time, changed: seconds since 1970 of its date, which whoever sends it may choose, and of its last writing.
    """

    id: str
    name: str
    trace: str = ""
    observation: str = ""
    run: str = ""
    value: float | None = None
    label: str = ""
    comment: str = ""
    time: float = 0.0
    source: str = ""
    kind: str = ""
    judge: str = ""
    config: str = ""
    author: str = ""
    changed: float = 0.0


@dataclass(frozen=True, slots=True)
class ScoreConfig(CachedRecord):
    """What a project says of a score: its range, or its labels.

    Attributes:
        higher_is_better: Langfuse has no field for it; told only where the configuration's description says "lower is
            better" or the like.
        archived: no longer offered; scores given under it keep it.
    """

    name: str
    lowest: float | None = None
    highest: float | None = None
    labels: tuple[str, ...] = ()
    id: str = ""
    higher_is_better: bool | None = None
    archived: bool = False


@dataclass(frozen=True, slots=True)
class TraceTotals(CachedRecord):
    """What the spans of one item add up to, evaluators left out.

    Attributes:
        root: the span that stands for the item; empty where the whole trace does.
        inside: spans at and below the root, where several items share the trace: only what hangs there is the item's.
        cost: US dollars; None when no span has a price.
        error: what the item's root span says went wrong.
        failed_metrics: evaluator name to its error, for evaluators that failed.
        contexts: retrieved passages, as they were recorded.
        calls: settings of the pipeline's model calls by their name: model, prompt with version, parameters.
        tags: of the trace, where its spans carry them.
    """

    trace: str
    cost: float | None = None
    tokens: Mapping[str, int] = field(default_factory=dict)
    latency: float | None = None
    error: str = ""
    failed_metrics: Mapping[str, str] = field(default_factory=dict)
    contexts: Any = None
    output: Any = None
    calls: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    root: str = ""
    inside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bundle:
    """Everything read of one run, before it becomes arrays.

    Attributes:
        run: the listing's row, completed.
        results: one a root; the same item may occur more than once.
        capped: traces whose score list was cut by the server.
        notes: what went wrong while reading, each a message and a hint.
        read: seconds since 1970 when items and scores were read, by this machine's clock.
        ahead: seconds that this clock was ahead of the server's then.
        run_scores: scores of the run as a whole.
        beside: why the scores are those that the server lists beside the items (not all, and none that came days
            later); "" where they are all there are.
        partial: something could not be read this time, and may be the next.
    """

    run: HostedRunRow
    results: tuple[ResultRow, ...]
    scores: tuple[ScoreRow, ...]
    measures: tuple[TraceTotals, ...] = ()
    capped: frozenset[str] = frozenset()
    notes: tuple[tuple[str, str], ...] = ()
    read: float = 0.0
    scores_read: float = 0.0
    run_scores: tuple[ScoreRow, ...] = ()
    ahead: float = 0.0
    beside: str = ""
    partial: bool = False

    def settled(self, row: HostedRunRow) -> bool:
        """Whether the items will stay as they were read: the run was quiet for long then, and nothing came since."""
        end = row.end or row.start
        quiet = end is not None and self.read - self.ahead - end > QUIET_S
        return quiet and row.count in (None, self.run.count)

    def scores_good(self, since: float, now: float) -> bool:
        """Whether the scores need no new look: they were read since a moment, and not long ago.

        A score can be changed at any time, by a judge or a person; nothing of its run shows that. What was read in the
        future was read by a clock that was set back since: nobody knows when.
        """
        return since <= self.scores_read <= now < self.scores_read + SCORES_LAST_S

    def to_json(self) -> dict[str, Any]:
        """Plain values for the cache."""
        return {
            "run": self.run.to_json(),
            "results": [row.to_json() for row in self.results],
            "scores": [row.to_json() for row in self.scores],
            "measures": [row.to_json() for row in self.measures],
            "capped": sorted(self.capped),
            "notes": [list(note) for note in self.notes],
            "read": self.read,
            "scores_read": self.scores_read,
            "run_scores": [row.to_json() for row in self.run_scores],
            "ahead": self.ahead,
            "beside": self.beside,
            "partial": self.partial,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Bundle:
        """The bundle again.

        Raises:
            KeyError, TypeError: the text is of another shape.
        """
        return cls(
            HostedRunRow.from_json(value["run"]),
            tuple(ResultRow.from_json(row) for row in value["results"]),
            tuple(ScoreRow.from_json(row) for row in value["scores"]),
            tuple(TraceTotals.from_json(row) for row in value["measures"]),
            frozenset(value["capped"]),
            tuple((message, hint) for message, hint in value["notes"]),
            value["read"],
            value["scores_read"],
            tuple(ScoreRow.from_json(row) for row in value["run_scores"]),
            value["ahead"],
            value["beside"],
            value["partial"],
        )

    @staticmethod
    def merged(bundles: Sequence[Bundle]) -> Bundle:
        """Parts of one run as one; each keeps its own rows, the first gives the name."""
        if len(bundles) == 1:
            return bundles[0]
        return Bundle(
            run=bundles[0].run,
            results=tuple(row for bundle in bundles for row in bundle.results),
            scores=tuple(row for bundle in bundles for row in bundle.scores),
            measures=tuple(row for bundle in bundles for row in bundle.measures),
            capped=frozenset().union(*(bundle.capped for bundle in bundles)),
            notes=tuple(note for bundle in bundles for note in bundle.notes),
            read=min(bundle.read for bundle in bundles),
            scores_read=min(bundle.scores_read for bundle in bundles),
            run_scores=tuple(row for bundle in bundles for row in bundle.run_scores),
            ahead=max(bundle.ahead for bundle in bundles),
            beside=next((bundle.beside for bundle in bundles if bundle.beside), ""),
            partial=any(bundle.partial for bundle in bundles),
        )
