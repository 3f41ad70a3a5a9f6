"""A Langfuse project as a place where runs come from."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ragtui.errors import InputError, RagtuiError, UsageError
from ragtui.langfuse.api.client import LangfuseError, LangfuseHttp
from ragtui.langfuse.api.credentials import Credentials, find_credentials, split_address
from ragtui.langfuse.api.patience import READING
from ragtui.langfuse.api.probe import Server
from ragtui.langfuse.api.rates import Priority, Rates, Wait, bucket_of
from ragtui.langfuse.api.records import DatasetRow
from ragtui.langfuse.read.behind.lookup import Behind
from ragtui.langfuse.read.header import HostedRun, Place, header_of
from ragtui.langfuse.read.kept.known import KnownProject
from ragtui.langfuse.read.listing import (
    MOST_DAYS,
    PROJECT_DAYS,
    WINDOWS_DAYS,
    assembled,
    expected_items,
    folder_in,
    looked_into,
    named_in,
    nothing_listed,
    rows_within_reach,
)
from ragtui.langfuse.read.loading import RunLoader
from ragtui.langfuse.read.outage import not_now, unreachable
from ragtui.langfuse.read.project import Project
from ragtui.langfuse.read.reader import Reader, Report, silent
from ragtui.langfuse.read.run import LangfuseRun
from ragtui.model import Problem, RunHeader, Trace
from ragtui.settings import read_settings
from ragtui.sources.addresses import LANGFUSE
from ragtui.sources.base import Reading, RemoteSource


class LangfuseSource(RemoteSource):
    """Runs of one project, or of one of its datasets.

    Every method may wait for the network, so none belongs on a thread that draws; `cached_headers` and `load_cached`
    never do. Texts of runs that were read once and are settled come from the cache. Scores can change at any time, so
    they are looked at again once a session, and after five minutes.

    Args:
        credentials: the project.
        reading: how new the numbers must be.
        dataset: name of the one dataset to look at, or "DATASET/RUN" with the start of a run name; empty for all.
        overrides: the user's word on fragments, see `fragments.assemble`.
        name_rule: regular expression whose group `config` names the configuration in a run name.
        days: how far back runs are listed; None for two years of a dataset, a quarter of a year of a project.
        on_wait: told about rate-limit pauses, from the reading thread.
        report: told how far a load got, from the reading thread.
        cache_folder: where caches live; None for the user's cache folder.
    """

    def __init__(
        self,
        credentials: Credentials,
        dataset: str = "",
        *,
        reading: Reading = Reading.CHECKED,
        overrides: Mapping[str, str] | None = None,
        name_rule: str = "",
        days: int | None = None,
        rates: Rates | None = None,
        timeout: float | None = None,
        retries: int | None = None,
        on_wait: Callable[[Wait], None] | None = None,
        report: Report | None = None,
        cache_folder: Path | None = None,
    ) -> None:
        self.credentials = credentials
        self.dataset = dataset
        profile = f"{credentials.profile}/" if credentials.profile else ""
        self.key = f"{LANGFUSE}{profile}{dataset}"
        self.reading = reading
        self.overrides: Mapping[str, str] = dict(overrides or {})
        self.name_rule = name_rule
        self._days = days
        self.report: Report = report or silent
        self._prefix = f"{LANGFUSE}{profile}"
        settings: dict[str, Any] = {"rates": rates, "on_wait": on_wait}
        settings |= {} if timeout is None else {"timeout": timeout}
        settings |= {} if retries is None else {"patience": replace(READING, tries=retries + 1)}
        self.http = LangfuseHttp(credentials, **settings)
        self._known = KnownProject(credentials, cache_folder)
        self._project = Project(self.http, self._known)
        self._loader = RunLoader(self._project, reading, name_rule)
        self._behind = Behind(self._project, reading)
        self.label = self._project.label
        self._lock = threading.RLock()
        self._runs: dict[str, HostedRun] = {}
        self._version = 0

    # -- what every source can do ----------------------------------------------------------------------------------

    def headers(self) -> Iterator[RunHeader | Problem]:
        """Every run, as the server lists them now; as they were known last when it does not answer.

        Raises:
            RemoteError: fresh numbers are wanted and the server does not answer; or it refuses.
            InputError: cached numbers are wanted and there are none.
        """
        if self.reading is Reading.CACHED:
            known = self.cached_headers()
            if not known:
                raise InputError(f"{self.key}: nothing was read of it before", "Leave --as-of out to ask the server.")
            yield from known
            return
        try:
            runs, problems = self._listed()
        except LangfuseError as error:
            if not unreachable(error):
                raise
            if self.reading is Reading.FRESH:
                kept = self._known.runs(self.dataset)
                raise not_now(self.key, error, kept[1] if kept else None) from None
            yield from self._offline(error)
            return
        yield from problems
        yield from (self._header(run) for run in runs)

    def load(self, run_id: str) -> LangfuseRun:
        """One run, as new as `reading` asks for.

        Raises:
            RagtuiError: there is no such run, or it cannot be read as that asks.
        """
        if self.reading is Reading.CACHED:
            kept = self.load_cached(run_id)
            if kept is None:
                raise InputError(f"{self.key}: run {run_id} was never read", "Leave --as-of out to ask the server.")
            return kept
        return self._load(run_id)

    def stamp(self) -> Hashable:
        """Changes when a listing found something else, a run was refreshed or a choice about fragments was made."""
        return self._version

    # -- beyond ------------------------------------------------------------------------------------------------------

    @property
    def server(self) -> Server | None:
        """What kind of server it is, once known."""
        return self._known.server

    def cached_headers(self) -> list[RunHeader]:
        """Runs as they were known last, without asking anyone; empty when nothing is known."""
        kept = self._known.runs(self.dataset)
        if kept is None:
            return []
        listed, read = kept
        # Choices about fragments hold offline too, so the rows are put together anew.
        parts = {part.id: part.items for run in listed for part in run.assembly.parts}
        rows = [row for run in listed for row in run.rows]
        runs = assembled(rows, self.overrides, lambda row: parts[row.id] or self._known.members(row) or frozenset())
        with self._lock:
            self._runs = {run.id: run for run in runs}
        return [self._header(run, read) for run in runs]

    def load_cached(self, run_id: str) -> LangfuseRun | None:
        """A run as it was read last, without asking anyone; None when it never was."""
        run = self._find(run_id, ask=False)
        if run is None:
            return None
        return self._loader.kept(run, self._place)

    def refresh(self, run_id: str, *, background: bool = True) -> LangfuseRun:
        """A run read anew, behind key presses by default.

        Raises:
            RagtuiError: it cannot be read.
        """
        loaded = self._load(run_id, Priority.BACKGROUND if background else Priority.INTERACTIVE, anew=True)
        self._version += loaded.header.as_of is None
        return loaded

    def trace(self, run_id: str, item_id: str, *, anew: bool = False) -> Trace:
        """What the pipeline did for one item; read when asked for, and kept once its run is settled.

        Raises:
            InputError: the run has no such item.
            RagtuiError: it cannot be read.
        """
        return self._behind.trace(self.load(run_id), item_id, anew=anew)

    def prompt(self, reference: str) -> str:
        """The text of "NAME@VERSION", read once: a version never changes.

        Raises:
            RagtuiError: there is no such prompt, or it cannot be read.
        """
        return self._behind.prompt(reference)

    def poll(self) -> bool:
        """Lists again behind key presses; whether anything changed. Silent while the server does not answer."""
        before = self._version
        try:
            self._list(self._reader(Priority.BACKGROUND))
        except RagtuiError:
            return False
        return self._version != before

    def datasets(self) -> list[DatasetRow]:
        """Datasets of the project; the cached ones when the server does not answer."""
        return self._project.datasets_or_known()

    def reach_back(self) -> int:
        """List four times as many days from now on; how many those are."""
        with self._lock:
            usual = (WINDOWS_DAYS if self.dataset else PROJECT_DAYS)[0]
            self._days = min(4 * (self._days or usual), MOST_DAYS)
            self._version += 1
            return self._days

    def overrule(self, overrides: Mapping[str, str]) -> None:
        """Takes over the user's choices about fragments; the next listing follows them."""
        with self._lock:
            self.overrides = dict(overrides)
            self._runs = {}
            self._version += 1

    def cancel(self) -> None:
        """Ends what is being read now; `Cancelled` is raised there. Later reads are not affected."""
        self._project.cancel()

    def close(self) -> None:
        """Closes connections and cache."""
        self._project.close()

    def _reader(self, priority: Priority = Priority.INTERACTIVE) -> Reader:
        reader = self._project.reader(priority)
        self.label = self._project.label
        return reader

    @property
    def _place(self) -> Place:
        project = self.server.project_id if self.server is not None else ""
        return Place(self.key, self._prefix, self.credentials.base_url, project)

    # -- listing -----------------------------------------------------------------------------------------------------

    def _listed(self) -> tuple[list[HostedRun], list[Problem]]:
        try:
            return self._list(self._reader())
        except LangfuseError as error:
            # An endpoint that was there at the last probe is gone: the server was upgraded.
            if error.status not in (404, 405, 410) or not self._known.forget_server():
                raise
            return self._list(self._reader())

    def _list(self, reader: Reader) -> tuple[list[HostedRun], list[Problem]]:
        datasets = self._project.datasets(reader)
        chosen, run_name = named_in(self.dataset, datasets)
        folder = folder_in(self.dataset, datasets) if chosen is None else ""
        if self.dataset and chosen is None and not folder:
            known = ", ".join(row.name for row in datasets[:10]) or "none"
            raise InputError(
                f"{self._prefix}{self.dataset}: no such dataset on {self.credentials.host}", f"Known: {known}."
            )
        problems = list(self._known.problems)
        if self.server is not None and self.server.notice:
            problems.append(Problem(self.credentials.base_url, self.server.notice, "The server announces this."))
        if chosen is not None:
            self._project.items(reader, chosen)
        datasets = [row for row in datasets if row.name.startswith(folder)]
        rows, narrowed = rows_within_reach(reader, chosen, datasets, self.report, self._days)
        limit = self.http.rates.limit(bucket_of("/experiment-items"))
        rows = looked_into(rows, self._known.about, lambda row: self._known.keep_about(reader.about(row)), limit)
        if narrowed:
            message = f"only runs of the last {narrowed} days are listed"
            wider = "" if chosen is not None else f"open one dataset, {self._prefix}DATASET, or "
            hint = f"For older ones {wider}say --days N; ctrl+o in the app."
            problems.append(Problem(self.credentials.base_url, message, hint))
        listed = rows
        rows = [row for row in rows if row.name.startswith(run_name) and row.dataset.startswith(folder)]
        if not rows and not narrowed:
            items = self._known.items(chosen.id) if chosen is not None else None
            problems.append(nothing_listed(self.key, chosen, run_name, listed, len(items or ())))
        runs = assembled(rows, self.overrides, lambda row: self._project.members(reader, row))
        self._version += self._known.keep_runs(self.dataset, runs)
        with self._lock:
            self._runs = {run.id: run for run in runs}
        return runs, problems

    def _header(self, run: HostedRun, as_of: float | None = None) -> RunHeader:
        kept = self._known.summary(run)
        told = kept[0].said(self._place.location(run.first)) if kept else ()
        return header_of(
            run,
            self._place,
            now=time.time() - self.http.ahead,
            expected=expected_items(run, self._project.known_items(run.first)),
            summary=kept[0] if kept else None,
            summary_read=kept[1] if kept else None,
            as_of=as_of,
            name_rule=self.name_rule,
            problems=told,
        )

    def _offline(self, error: LangfuseError) -> Iterator[RunHeader | Problem]:
        known = self.cached_headers()
        if not known:
            raise error
        yield Problem(
            self.credentials.base_url,
            f"Langfuse does not answer; {len(known)} runs are shown as they were known last ({error.message})",
            "Runs opened before can be read; refresh when the server is back.",
        )
        yield from known

    # -- loading -----------------------------------------------------------------------------------------------------

    def _find(self, run_id: str, ask: bool) -> HostedRun | None:
        for attempt in range(3):
            with self._lock:
                known = list(self._runs.values())
            found = next((run for run in known if run_id in (run.id, *(part.id for part in run.assembly.parts))), None)
            if found is not None:
                return found
            if attempt == 0:
                self.cached_headers()
            elif ask and attempt == 1:
                for _ in self.headers():
                    pass
            else:
                break
        return None

    def _load(self, run_id: str, priority: Priority = Priority.INTERACTIVE, *, anew: bool = False) -> LangfuseRun:
        run = self._find(run_id, ask=True)
        if run is None:
            raise InputError(f"{self.key}: no run with id {run_id}", "List the runs again; it may have been deleted.")
        loaded = self._loader.load(run, self._place, self.report, priority, anew=anew)
        self.label = self._project.label
        return loaded


def open_langfuse(
    place: str,
    *,
    environ: Mapping[str, str] | None = None,
    config: Path | None = None,
    **settings: Any,
) -> LangfuseSource:
    """A source for "langfuse:[PROFILE/][DATASET[/RUN]]".

    Opening asks no server. `settings` go to `LangfuseSource`.

    Raises:
        UsageError: keys or profile are missing.
    """
    if not place.startswith(LANGFUSE):
        raise UsageError(f"{place}: not a Langfuse address", f"It begins with {LANGFUSE}")
    found = read_settings(config)
    profile, rest = split_address(place.removeprefix(LANGFUSE), found, environ)
    rule = (found.profile(profile).name_rule if profile else "") or found.name_rule
    settings.setdefault("name_rule", rule)
    return LangfuseSource(find_credentials(profile, environ, config), rest, **settings)
