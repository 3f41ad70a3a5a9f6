"""What every generation's reader can do, and what they share: pages, cursors, groups, progress."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ragtui.langfuse.api.client import LangfuseError, LangfuseHttp, Params
from ragtui.langfuse.api.normalise import dataset_row, item_row
from ragtui.langfuse.api.records import Bundle, DatasetRow, ItemRow, RunRow, ScoreRow
from ragtui.sources.cube.ledger import natural_order

PAGE = 100
TRACES_A_CALL = 100
"""Trace ids in one query: about 3.5 kB of address, below what proxies refuse."""

MOST_PAGES = 2_000
"""A server that never ends a listing must not hang a reader."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a load got: `done` of `total` steps (0 when unknown)."""

    what: str
    done: int
    total: int


Report = Callable[[Progress], None]


def silent(_: Progress) -> None:
    """Reports nothing."""


class Reader(ABC):
    """Reads runs from one generation of server."""

    def __init__(self, http: LangfuseHttp) -> None:
        self.http = http

    @abstractmethod
    def runs(self, dataset: DatasetRow | None, datasets: Sequence[DatasetRow], since: float) -> Iterator[RunRow]:
        """Runs of one dataset, or of all, newest first, with activity after `since`."""

    @abstractmethod
    def bundle(self, run: RunRow, report: Report) -> Bundle:
        """Everything of one run."""

    @abstractmethod
    def members(self, run: RunRow) -> frozenset[str]:
        """Hosted ids of the items a run covers."""

    def about(self, run: RunRow) -> RunRow:
        """A run with the metadata its listing no longer has; as it was when there is none."""
        return run

    @abstractmethod
    def scores(self, bundle: Bundle, report: Report) -> tuple[ScoreRow, ...]:
        """The present scores of a bundle's traces."""

    def datasets(self) -> Iterator[DatasetRow]:
        """All datasets of the project."""
        return (dataset_row(raw) for raw in self.numbered("/v2/datasets"))

    def dataset_items(self, dataset: DatasetRow) -> tuple[ItemRow, ...]:
        """Active items of a dataset, each once, in the natural order of their names.

        Their dates give no order: a seeder sends several at a time.

        Pages of older servers overlap and ignore some filters, so ids are told apart and the dataset is checked.
        """
        found: dict[str, ItemRow] = {}
        for raw in self.numbered("/dataset-items", {"datasetName": dataset.name}):
            foreign = raw.get("datasetId") not in (None, dataset.id)
            if not foreign and raw.get("status", "ACTIVE") == "ACTIVE":
                row = item_row(raw)
                found[row.id] = row
        return tuple(sorted(found.values(), key=lambda row: natural_order(row.key)))

    def _scores_of_traces(self, traces: Sequence[str], report: Report) -> Iterator[Mapping[str, Any]]:
        """Rows of `/v3/scores`, many traces a call."""
        groups = groups_of(traces)
        for done, group in enumerate(groups):
            report(Progress("scores", done, len(groups)))
            yield from self.cursored("/v3/scores", {"traceId": ",".join(group), "fields": "details,subject"})
        report(Progress("scores", len(groups), len(groups)))

    # -- pages -----------------------------------------------------------------------------------------------------

    def numbered(self, path: str, params: Params | None = None, size: int = PAGE) -> Iterator[Mapping[str, Any]]:
        """Rows of a listing with page numbers; halves the page when an answer is too large."""
        page, done = 1, 0
        while page <= MOST_PAGES:
            try:
                answer = self.http.get(path, {**(params or {}), "page": page, "limit": size})
            except LangfuseError as error:
                if not _too_much(error) or size <= 5:
                    raise
                size //= 2
                page = done // size + 1
                continue
            rows = answer.data
            yield from (row for row in rows if isinstance(row, dict))
            done += len(rows)
            last = answer.meta.get("totalPages")
            if not rows or (isinstance(last, int) and page >= last):
                return
            page += 1

    def cursored(self, path: str, params: Params, size: int = PAGE) -> Iterator[Mapping[str, Any]]:
        """Rows of a listing with cursors; halves the page when an answer is too large."""
        cursor, least = "", max(1, size // 16)
        for _ in range(MOST_PAGES):
            try:
                answer = self.http.get(path, {**params, "limit": size, **({"cursor": cursor} if cursor else {})})
            except LangfuseError as error:
                if not _too_much(error) or size <= least:
                    raise
                size //= 2
                continue
            yield from (row for row in answer.data if isinstance(row, dict))
            following = answer.meta.get("cursor")
            if not following or following == cursor:
                return
            cursor = str(following)


def _too_much(error: LangfuseError) -> bool:
    return error.status in (413, 422) or error.status >= 500


def groups_of(values: Iterable[str], size: int = TRACES_A_CALL) -> list[tuple[str, ...]]:
    """Distinct values in groups that fit one query."""
    return list(_batched(list(dict.fromkeys(value for value in values if value)), size))


def _batched(values: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    return (tuple(values[start : start + size]) for start in range(0, len(values), size))
