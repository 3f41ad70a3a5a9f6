"""A bucket, or a folder in one, as a place where runs come from.

The objects are mirrored into the cache folder and read there by the readers of local files, so every format works and
nothing is parsed twice in two ways. A listing fetches what a header needs: of a run folder its summary, of any other
file the file. Results are fetched when a run is opened.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from ragtui.errors import InputError, RagtuiError, RemoteError
from ragtui.files.fields import mapping, text
from ragtui.files.jsonlines import BadLineError, parse_json
from ragtui.files.packed import inner_name
from ragtui.files.regular import read_regular
from ragtui.files.sizes import megabytes
from ragtui.model import Problem, RunHeader
from ragtui.sources.base import LoadedRun, RemoteSource
from ragtui.sources.columns import ColumnMap
from ragtui.sources.folder import FolderSource
from ragtui.sources.own.summary import RESULTS, SUMMARY
from ragtui.sources.remote.mirror import Mirror, Report, folder_for, usable
from ragtui.sources.remote.store import Store, StoredObject

MAX_UNASKED = 64 * 1024 * 1024
"""A file of another tool larger than this is not fetched for a listing, only when it is named itself."""

_ENDINGS = (
    ".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".eval", ".parquet", ".xlsx", ".yaml", ".yml", ".sqlite", ".sqlite3",
    ".db",
)  # fmt: skip
"""Endings of files that may hold results, packed or not."""


class ObjectStoreSource(RemoteSource):
    """Runs under one address of an object store or a web server.

    Args:
        address: such as `s3://bucket/runs` or `https://host/results.csv`.
        cache: the user's cache folder.
        columns: confirmed column maps of score tables.
        report: told in words how far a fetch got, from the reading thread.
        roles: roles of columns that hold for every table here, as fields of a `ColumnMap`.

    Raises:
        UsageError: the address carries a credential, or a package is missing.
    """

    def __init__(
        self,
        address: str,
        cache: Path,
        columns: Mapping[str, ColumnMap] | None = None,
        report: Callable[[str], None] = lambda words: None,
        roles: Mapping[str, Any] | None = None,
    ) -> None:
        self._store = Store(address)
        self.address = self._store.address
        self.key = f"store:{self.address}"
        self.label = self.address
        self._mirror = Mirror(self._store, folder_for(self.address, cache), _in_words(report))
        self._columns = dict(columns or {})
        self._roles = dict(roles or {})
        self._objects: dict[str, StoredObject] = {}
        self._known: dict[str, Path] = {}
        self._inner: FolderSource | None = None
        self._version = 0

    # -- what every source can do ------------------------------------------------------------------------------------

    def headers(self) -> Iterator[RunHeader | Problem]:
        """Every run, as the store lists them now.

        Raises:
            RagtuiError: the store does not answer and nothing was read from it before.
        """
        try:
            problems = self._list()
        except RemoteError as error:
            known = self.cached_headers()
            if not known:
                raise
            yield Problem(self.address, f"{error.message}; shown as of the last reading", error.hint)
            yield from known
            return
        yield from problems
        yield from self._local(None)

    def load(self, run_id: str) -> LoadedRun:
        """Scores of one run; its results are fetched when the copy here is not of their present content.

        Raises:
            RagtuiError: there is no such run, or it cannot be fetched.
        """
        if not self._objects:
            self._list()
        if run_id not in self._known:
            for _ in self._local(None):
                pass
        place = self._known.get(run_id)
        if place is None:
            raise InputError(f"{self.address}: holds no run {run_id!r}", "It may have been moved; reload the list.")
        for thing in self._objects.values():
            copy = self._mirror.path(thing)
            if copy == place or place in copy.parents or copy == self._dataset_of(place):
                self._mirror.fetch(thing)
        self._mirror.save()
        try:
            run = self._source().load(run_id)
        except RagtuiError as error:
            raise InputError(self._remote(error.message), self._remote(error.hint)) from error
        run.header = self._renamed(run.header, None)
        run.problems = tuple(map(self._problem, run.problems))
        return run

    def stamp(self) -> Hashable:
        """Changes when a listing found other objects."""
        return self._version

    # -- beyond ------------------------------------------------------------------------------------------------------

    def cached_headers(self) -> list[RunHeader]:
        """Runs as they were listed last, without asking the store; each says as of when."""
        listed = self._mirror.listed_at
        if listed is None or not self._mirror.tree.exists():
            return []
        as_of = datetime.fromtimestamp(listed, UTC)
        return [header for header in self._local(as_of) if isinstance(header, RunHeader)]

    def poll(self) -> bool:
        """List again; whether anything changed. Silent while the store does not answer."""
        before = self._version
        try:
            self._list()
        except RagtuiError:
            return False
        return self._version != before

    def refresh(self, run_id: str) -> LoadedRun:
        """One run, after asking the store what its objects are now.

        Raises:
            RagtuiError: it cannot be read.
        """
        self._list()
        return self.load(run_id)

    def cancel(self) -> None:
        """End the fetch under way."""
        self._mirror.stop()

    def close(self) -> None:
        """End the fetch under way; the copies stay."""
        self.cancel()

    def overrule(self, overrides: Mapping[str, str]) -> None:
        """Objects are what they are: there is nothing to overrule."""

    # -- listing -----------------------------------------------------------------------------------------------------

    def _list(self) -> list[Problem]:
        things, refused = usable(self._store.objects())
        problems = [
            Problem(self.address, f"the object {name!r} has a name that cannot be a file here", "Rename it.")
            for name in refused
        ]
        now = {thing.name: thing for thing in things}
        if now != self._objects:
            self._version += 1
        self._objects = now
        self._mirror.keep_only(things)
        for thing in things:
            if not self._belongs_to_a_header(thing):
                continue
            if thing.name and thing.size is not None and thing.size > MAX_UNASKED:
                where = f"{self.address}/{thing.name}"
                problems.append(Problem(where, f"is {megabytes(thing.size)} and was not read", "Name it to read it."))
                continue
            try:
                self._mirror.fetch(thing)
            except RagtuiError as error:
                problems.append(Problem(f"{self.address}/{thing.name}", error.message, error.hint))
        self._mirror.save()
        return problems

    def _belongs_to_a_header(self, thing: StoredObject) -> bool:
        """Whether a listing needs the bytes of an object: the summary of an own run, and any other tool's file."""
        if not thing.name:
            return True
        path = PurePosixPath(thing.name)
        if any(part.startswith(".") for part in path.parts):
            return False
        if any(self._is_own_run(parent) for parent in path.parents):
            return path.name == SUMMARY
        return inner_name(path.name).lower().endswith(_ENDINGS)

    def _is_own_run(self, folder: PurePosixPath) -> bool:
        """Whether a folder is a run folder of ragtui's own, whose results need not be fetched for its header."""
        prefix = "" if str(folder) == "." else f"{folder}/"
        summary, results = self._objects.get(f"{prefix}{SUMMARY}"), self._objects.get(f"{prefix}{RESULTS}")
        if summary is None or results is None:
            return False
        try:
            self._mirror.fetch(summary)
            document, _ = parse_json(read_regular(self._mirror.path(summary)))
        except (RagtuiError, OSError, BadLineError):
            return False
        return isinstance(document, dict) and "ragtui" in document

    def _dataset_of(self, run: Path) -> Path | None:
        """The file of golden items that a run names, which may lie beside the run; None when it names none."""
        try:
            document, _ = parse_json(read_regular(run / SUMMARY))
        except (OSError, BadLineError):
            return None
        named = text(mapping(mapping(document).get("dataset")).get("file"))
        return Path(os.path.normpath(run / named)) if named else None

    def _source(self) -> FolderSource:
        if self._inner is None:
            only = self._objects.get("")
            place = self._mirror.tree if only is None else self._mirror.path(only)
            self._inner = FolderSource(place, self._columns, roles=self._roles)
            self._inner.key = self.key
        return self._inner

    def _local(self, as_of: datetime | None) -> Iterator[RunHeader | Problem]:
        self._inner = None
        for found in self._source().headers():
            if isinstance(found, Problem):
                yield self._problem(found)
                continue
            self._known[found.id] = Path(found.location)
            yield self._renamed(found, as_of)

    # -- places in words ---------------------------------------------------------------------------------------------

    def _renamed(self, header: RunHeader, as_of: datetime | None) -> RunHeader:
        return replace(
            header,
            location=self._remote(header.location),
            as_of=as_of,
            problems=tuple(map(self._problem, header.problems)),
        )

    def _problem(self, problem: Problem) -> Problem:
        return replace(problem, where=self._remote(problem.where), message=self._remote(problem.message))

    def _remote(self, words: str) -> str:
        """Places of the mirror as places of the store."""
        if "" in self._objects:
            words = words.replace(str(self._mirror.path(self._objects[""])), self.address)
        return words.replace(str(self._mirror.tree), self.address)


def _in_words(report: Callable[[str], None]) -> Report:
    def say(name: str, done: int, size: int | None) -> None:
        of = f" of {megabytes(size)}" if size else ""
        report(f"reading {name}: {megabytes(done)}{of}")

    return say
