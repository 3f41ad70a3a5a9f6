"""What is known of a project without asking it: its cache, with the shapes that are kept there."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ragtui.langfuse.api.client import LangfuseHttp
from ragtui.langfuse.api.credentials import Credentials
from ragtui.langfuse.api.probe import Server, probe
from ragtui.langfuse.api.records import Bundle, DatasetRow, HostedRunRow, ItemRow, ScoreConfig
from ragtui.langfuse.read.header import HostedRun, Summary
from ragtui.langfuse.read.kept.cache import Cache, Kept, KnownServers, open_cache
from ragtui.langfuse.read.listing import hosted_from_json, hosted_to_json
from ragtui.model import Problem, Trace

PROBE_LASTS_S = 3600.0


class KnownProject:
    """A project's server, datasets, items and runs as they were read last.

    Before the first answer of a server, the project is recognised by its keys, so that its cache opens offline.
    """

    def __init__(self, credentials: Credentials, folder: Path | None) -> None:
        self._credentials = credentials
        self._folder = folder
        self._servers = KnownServers(folder)
        self._lock = threading.RLock()
        self._cache: Cache | None = None
        self._items: dict[str, tuple[float, dict[str, ItemRow]]] = {}
        self.server: Server | None = None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Trouble with the cache file."""
        return self._cache.problems if self._cache is not None else ()

    def probed(self, http: LangfuseHttp) -> Server:
        """What kind of server it is; asked at most once an hour.

        Raises:
            RagtuiError: it does not answer, or is no Langfuse server.
        """
        server = self.server
        if server is None or time.time() - server.probed > PROBE_LASTS_S:
            kept = self._servers.recall(self._credentials)
            recent = kept is not None and 0 <= kept.age() < PROBE_LASTS_S
            server = Server.from_json(kept.value) if kept is not None and recent else probe(http)
            if not recent:
                self._servers.remember(self._credentials, server.to_json())
            self._adopt(server)
        return server

    def forget_server(self) -> bool:
        """Probe again next time; whether the last probe was one of another session or some time ago."""
        server, self.server = self.server, None
        self._servers.forget(self._credentials)
        return server is not None and time.time() - server.probed > 1.0

    def close(self) -> None:
        """Closes the files."""
        self._servers.close()
        if self._cache is not None:
            self._cache.close()

    # -- what is kept ------------------------------------------------------------------------------------------------

    def datasets(self) -> list[DatasetRow] | None:
        """Datasets of the project; None when never listed."""
        kept = self._get("datasets")
        return None if kept is None else [DatasetRow.from_json(each) for each in kept.value]

    def keep_datasets(self, rows: Sequence[DatasetRow]) -> None:
        """Keep the list of datasets."""
        self._put("datasets", "", [row.to_json() for row in rows])

    def runs(self, dataset: str) -> tuple[list[HostedRun], float] | None:
        """Runs as they were listed last, and when; None when never.

        What was not listed under this very name is looked for in wider listings, of its dataset and of the project.
        """
        outer = dataset
        while True:
            kept = self._get("runs", outer)
            try:
                runs = [] if kept is None else [hosted_from_json(each) for each in kept.value]
            except (KeyError, TypeError, ValueError):
                runs = []  # written by another version
            found = [run for run in runs if outer == dataset or _is_under(run, dataset)]
            if kept is not None and (found or outer == dataset):
                return found, kept.read
            if not outer:
                return None
            outer, _, _ = outer.rpartition("/")

    def keep_runs(self, dataset: str, runs: Sequence[HostedRun]) -> bool:
        """Keep a listing; whether it differs from the one before."""
        listed = [hosted_to_json(run) for run in runs]
        before = self._get("runs", dataset)
        self._put("runs", dataset, listed)
        return before is None or before.value != listed

    def members(self, row: HostedRunRow) -> frozenset[str] | None:
        """Items of a row that was looked into, while nothing came to it since."""
        kept = self._get("members", _members_key(row)) if row.count is not None else None
        return None if kept is None else frozenset(kept.value)

    def keep_members(self, row: HostedRunRow, items: frozenset[str]) -> None:
        """Keep the items of a row."""
        self._put("members", _members_key(row), sorted(items))

    def about(self, row: HostedRunRow) -> HostedRunRow | None:
        """A row with the metadata and version that its listing lacks, if they were asked for before."""
        kept = self._get("about", row.id)
        if kept is None or "version" not in kept.value:
            return None
        metadata, description = row.metadata or kept.value["metadata"], row.description or kept.value["description"]
        return replace(row, metadata=metadata, description=description, version=kept.value["version"])

    def keep_about(self, row: HostedRunRow) -> HostedRunRow:
        """Keep a row's metadata and version; gives the row back."""
        about = {"metadata": dict(row.metadata), "description": row.description, "version": row.version}
        self._put("about", row.id, about)
        return row

    def items(self, dataset_id: str, since: float = 0.0) -> dict[str, ItemRow] | None:
        """Items of a dataset by hosted id; None when never read, or not since a moment."""
        held = self._items.get(dataset_id)
        if held is None:
            kept = self._get("items", dataset_id)
            if kept is None:
                return None
            held = (kept.read, {each["id"]: ItemRow.from_json(each) for each in kept.value})
            # Every line of a run list asks for them.
            self._items[dataset_id] = held
        read, rows = held
        return rows if since <= read and (not since or read <= time.time()) else None

    def keep_items(self, dataset_id: str, rows: Sequence[ItemRow]) -> None:
        """Keep the items of a dataset."""
        self._items[dataset_id] = (time.time(), {row.id: row for row in rows})
        self._put("items", dataset_id, [row.to_json() for row in rows])

    def configs(self) -> tuple[ScoreConfig, ...]:
        """Score configurations; none when never read."""
        kept = self._get("configs")
        return tuple(ScoreConfig.from_json(each) for each in kept.value) if kept is not None else ()

    def keep_configs(self, configs: Sequence[ScoreConfig]) -> None:
        """Keep the score configurations."""
        self._put("configs", "", [config.to_json() for config in configs])

    def bundle(self, row: HostedRunRow) -> Bundle | None:
        """Everything read of a row."""
        kept = self._get("bundle", row.id)
        try:
            return None if kept is None else Bundle.from_json(kept.value)
        except (KeyError, TypeError, ValueError):
            return None  # written by another version: read again

    def keep_bundle(self, row: HostedRunRow, bundle: Bundle) -> None:
        """Keep everything read of a row."""
        self._put("bundle", row.id, bundle.to_json())

    def trace(self, trace_id: str) -> tuple[Trace, float] | None:
        """A trace that was read before, and when."""
        kept = self._get("trace", trace_id)
        try:
            return None if kept is None else (Trace.from_json(kept.value), kept.read)
        except (KeyError, TypeError):
            return None  # written by another version: read again

    def keep_trace(self, trace: Trace) -> None:
        """Keep a trace."""
        self._put("trace", trace.id, trace.to_json())

    def prompt(self, reference: str) -> str | None:
        """A prompt's text that was read before."""
        kept = self._get("prompt", reference)
        return str(kept.value) if kept is not None else None

    def keep_prompt(self, reference: str, text: str) -> None:
        """Keep a prompt's text."""
        self._put("prompt", reference, text)

    def summary(self, run: HostedRun) -> tuple[Summary, float] | None:
        """What the last load of a run found and when, while its items are the same."""
        kept = self._get("summary", run.id)
        try:
            found = None if kept is None else Summary.from_json(kept.value)
        except (KeyError, TypeError):
            return None
        if kept is None or found is None or run.count not in (None, found.items):
            return None
        return found, kept.read

    def ids_of(self, names: Sequence[str]) -> list[str]:
        """Ids of the rows of these names that were read."""
        cache = self._opened()
        return [row_id for name in names for row_id in cache.keys("bundle", "$.run.name", name)] if cache else []

    def forget_runs(self, ids: Sequence[str]) -> None:
        """What was read of these rows no longer holds: they were written to."""
        for row_id in ids:
            for kind in ("bundle", "summary", "about"):
                self._drop(kind, row_id)

    def keep_summary(self, run: HostedRun, summary: Summary) -> None:
        """Keep what a load found."""
        self._put("summary", run.id, summary.to_json())

    # -- the files ---------------------------------------------------------------------------------------------------

    def _adopt(self, server: Server) -> None:
        with self._lock:
            self.server = server
            if self._cache is None:
                self._cache = open_cache(self._credentials, server.project_id, self._folder)

    def _opened(self) -> Cache | None:
        if self._cache is None:
            kept = self._servers.recall(self._credentials)
            if kept is None:
                return None
            # However old: which project a key belongs to does not change.
            self._adopt(Server.from_json(kept.value))
        return self._cache

    def _get(self, kind: str, key: str = "") -> Kept | None:
        cache = self._opened()
        return cache.get(kind, key) if cache is not None else None

    def _put(self, kind: str, key: str, value: Any) -> None:
        cache = self._opened()
        if cache is not None:
            cache.put(kind, key, value)

    def _drop(self, kind: str, key: str) -> None:
        cache = self._opened()
        if cache is not None:
            cache.drop(kind, key)


def _is_under(run: HostedRun, address: str) -> bool:
    """Whether DATASET or DATASET/START means a run."""
    dataset = run.first.dataset
    inside = address.startswith(f"{dataset}/")
    return dataset == address or (inside and f"{dataset}/{run.first.name}".startswith(address))


def _members_key(row: HostedRunRow) -> str:
    return f"{row.id} {row.count} {row.end}"
