"""One project that is asked: its reader, datasets, items and score configurations, with what is known of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import replace

from ragtui.langfuse.api.client import LangfuseError, LangfuseHttp
from ragtui.langfuse.api.rates import Priority
from ragtui.langfuse.api.records import DatasetRow, HostedRunRow, ItemRow
from ragtui.langfuse.api.shapes.plain import iso
from ragtui.langfuse.read.dataset import later
from ragtui.langfuse.read.dual import DualReader
from ragtui.langfuse.read.kept.known import KnownProject
from ragtui.langfuse.read.legacy import DatasetRunReader
from ragtui.langfuse.read.outage import unreachable
from ragtui.langfuse.read.reader import Reader
from ragtui.langfuse.read.v4 import ExperimentReader

ITEMS_LAST_S = 300.0


class Project:
    """A project on its server.

    Args:
        http: the connection.
        known: what was read of it before.
    """

    def __init__(self, http: LangfuseHttp, known: KnownProject) -> None:
        self.http, self.known = http, known
        self.label = f"Langfuse {http.credentials.host}"
        self.opened = time.time()
        self._configs_read = 0.0
        self._lock = threading.Lock()
        self._cancel = threading.Event()

    def task(self, priority: Priority = Priority.INTERACTIVE) -> LangfuseHttp:
        """The connection for one piece of work, which `cancel` ends."""
        return self.http.task(priority=priority, cancel=self._cancel)

    def cancel(self) -> None:
        """Ends what is being read now; `Cancelled` is raised there. Later reads are not affected."""
        with self._lock:
            self._cancel.set()
            self._cancel = threading.Event()

    def close(self) -> None:
        """Closes connections and cache."""
        self.cancel()
        self.http.close()
        self.known.close()

    def reader(self, priority: Priority = Priority.INTERACTIVE) -> Reader:
        """The reader for this generation of server.

        Raises:
            RagtuiError: the server does not answer, or is none.
        """
        http = self.task(priority)
        server = self.known.probed(http)
        self.label = f"{server.label} · {server.project_name or server.project_id}"
        if not server.has_experiments:
            return DatasetRunReader(http, server)
        if not server.has_dataset_runs:
            return ExperimentReader(http)
        return DualReader(ExperimentReader(http), DatasetRunReader(http, server))

    @property
    def keeps_versions(self) -> bool:
        """Whether the server gives items as they were at a moment; False where that is not known."""
        return self.known.server is not None and self.known.server.keeps_versions

    # -- datasets and their items ------------------------------------------------------------------------------------

    def datasets(self, reader: Reader) -> list[DatasetRow]:
        """Datasets as they are listed now."""
        rows = list(reader.datasets())
        self.known.keep_datasets(rows)
        return rows

    def datasets_or_known(self) -> list[DatasetRow]:
        """Datasets of the project; the cached ones when the server does not answer."""
        try:
            return self.datasets(self.reader())
        except LangfuseError as error:
            kept = self.known.datasets() if unreachable(error) else None
            if kept is None:
                raise
            return kept

    def items(self, reader: Reader, dataset: DatasetRow) -> dict[str, ItemRow]:
        """Items of a dataset by hosted id; read once a session, and anew after five minutes."""
        kept = self.known.items(dataset.id, since=max(self.opened, time.time() - ITEMS_LAST_S))
        if kept is not None:
            return kept
        rows = reader.dataset_items(dataset)
        self.known.keep_items(dataset.id, rows)
        return {row.id: row for row in rows}

    def known_items(self, row: HostedRunRow) -> dict[str, ItemRow]:
        """Items of a run's dataset as they were read last; asks nobody."""
        return self.known.items(row.dataset_id) or {}

    def items_of(self, row: HostedRunRow, priority: Priority | None) -> Mapping[str, ItemRow]:
        """Items of a run's dataset; asks only with a priority.

        Raises:
            RagtuiError: they cannot be read.
        """
        if priority is None or not row.dataset:
            return self.known_items(row)
        return self.items(self.reader(priority), DatasetRow(row.dataset_id, row.dataset))

    def items_then(self, row: HostedRunRow, moment: float, priority: Priority | None) -> dict[str, ItemRow] | None:
        """Items of a run's dataset as they were at a moment; None where nobody can tell.

        The past does not change, so it is asked for once. The rows have no date: all of them were there.

        Args:
            priority: of the call; None asks nobody.

        Raises:
            LangfuseError: the server does not answer now, or refuses the keys: that tells nothing of the items.
        """
        version = f"{row.dataset_id}@{iso(moment)}"
        kept = self.known.items(version)
        if kept is None and priority is not None and row.dataset and moment < time.time():
            try:
                rows = self.reader(priority).dataset_items(DatasetRow(row.dataset_id, row.dataset), moment)
            except LangfuseError as error:
                if unreachable(error) or error.status in (401, 403):
                    raise
                return None
            # A server that does not keep versions answers with what there is today.
            told = [] if later(rows, moment) else [replace(each, created=None) for each in rows]
            self.known.keep_items(version, told)
            kept = self.known.items(version)
        return kept or None

    def members(self, reader: Reader, row: HostedRunRow) -> frozenset[str]:
        """Hosted ids of the items a row covers, asked once."""
        kept = self.known.members(row)
        if kept is None:
            kept = reader.members(row)
            self.known.keep_members(row, kept)
        return kept

    def read_configs(self, reader: Reader) -> None:
        """Read ranges and labels of the project's scores, once a session."""
        if self._configs_read < self.opened:
            self.known.keep_configs(reader.score_configs())
            self._configs_read = time.time()
