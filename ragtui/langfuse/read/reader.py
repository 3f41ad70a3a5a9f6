"""What every generation's reader can do, and what they share: groups, progress."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ragtui.langfuse.api.client import LangfuseError, LangfuseHttp, Params
from ragtui.langfuse.api.pages import PAGE, cursored, numbered
from ragtui.langfuse.api.records import Bundle, DatasetRow, HostedRunRow, ItemRow, ScoreConfig, ScoreRow
from ragtui.langfuse.api.shapes.rows import dataset_row, each_once, score_config, score_row
from ragtui.langfuse.read.dataset import active_items
from ragtui.sources.cube.ledger import natural_order

TRACES_A_CALL = 100
"""Trace ids in one query: about 3.5 kB of address, below what proxies refuse."""


@dataclass(frozen=True, slots=True)
class LoadProgress:
    """How far a load got: `done` of `total` steps (0 when unknown)."""

    what: str
    done: int
    total: int


Report = Callable[[LoadProgress], None]


def silent(_: LoadProgress) -> None:
    """Reports nothing."""


class Reader(ABC):
    """Reads runs from one generation of server."""

    def __init__(self, http: LangfuseHttp) -> None:
        self.http = http

    @abstractmethod
    def runs(self, dataset: DatasetRow | None, datasets: Sequence[DatasetRow], since: float) -> Iterator[HostedRunRow]:
        """Runs of one dataset, or of all, newest first, with activity after `since`."""

    @abstractmethod
    def bundle(self, run: HostedRunRow, report: Report) -> Bundle:
        """Everything of one run."""

    @abstractmethod
    def members(self, run: HostedRunRow) -> frozenset[str]:
        """Hosted ids of the items a run covers."""

    def about(self, run: HostedRunRow) -> HostedRunRow:
        """A run with the metadata its listing no longer has; as it was when there is none."""
        return run

    @abstractmethod
    def scores(self, bundle: Bundle, report: Report) -> tuple[ScoreRow, ...]:
        """The present scores of a bundle's traces."""

    def has_older(self, moment: float) -> bool:
        """Whether the project has runs from before a moment; False where that cannot be asked cheaply."""
        return False

    def score_configs(self) -> tuple[ScoreConfig, ...]:
        """What the project says of its scores; nothing where the server has no such listing."""
        try:
            return tuple(map(score_config, self.numbered("/score-configs")))
        except LangfuseError as error:
            if error.status not in (400, 403, 404, 405):
                raise
            return ()

    def run_scores(self, run: HostedRunRow) -> tuple[ScoreRow, ...]:
        """Scores of a run as a whole; none where this server has no way to ask."""
        return ()

    def datasets(self) -> Iterator[DatasetRow]:
        """All datasets of the project."""
        return (dataset_row(raw) for raw in self.numbered("/v2/datasets"))

    def dataset_items(self, dataset: DatasetRow, version: float | None = None) -> tuple[ItemRow, ...]:
        """Active items of a dataset, each once, in the natural order of their names.

        Their dates give no order: a seeder sends several at a time.

        Args:
            version: as they were at this moment, seconds since 1970; None for now.
        """
        return tuple(sorted(active_items(self.http, dataset, version), key=lambda row: natural_order(row.key)))

    def _scores_of_traces(self, traces: Sequence[str], report: Report) -> Iterator[Mapping[str, Any]]:
        """Rows of `/v3/scores`, many traces a call."""
        groups = groups_of(traces)
        for done, group in enumerate(groups):
            report(LoadProgress("scores", done, len(groups)))
            yield from self.cursored("/v3/scores", {"traceId": ",".join(group), "fields": "details,subject,annotation"})
        report(LoadProgress("scores", len(groups), len(groups)))

    def _scores_of_run(self, run_id: str) -> tuple[ScoreRow, ...]:
        """Scores of a run as a whole, from `/v3/scores`.

        The server takes a comma for the end of an id, so those of other runs are told apart here.
        """
        rows = self.cursored("/v3/scores", {"experimentId": run_id, "fields": "details,subject"})
        return each_once(row for row in map(score_row, rows) if row.run == run_id)

    # -- pages -----------------------------------------------------------------------------------------------------

    def numbered(self, path: str, params: Params | None = None) -> Iterator[Mapping[str, Any]]:
        """Rows of a listing with page numbers."""
        return numbered(self.http.get, path, params)

    def cursored(self, path: str, params: Params, size: int = PAGE) -> Iterator[Mapping[str, Any]]:
        """Rows of a listing with cursors."""
        return cursored(self.http.get, path, params, size)


def comma_safe(identity: str) -> bool:
    """Whether an id passes through a parameter of several: the server splits those at commas and trims the parts."""
    return "," not in identity and identity == identity.strip()


def groups_of(values: Iterable[str], size: int = TRACES_A_CALL) -> list[tuple[str, ...]]:
    """Distinct values in groups that fit one query."""
    return list(_batched(list(dict.fromkeys(value for value in values if value)), size))


def _batched(values: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    return (tuple(values[start : start + size]) for start in range(0, len(values), size))
