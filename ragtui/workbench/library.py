"""Every run within reach, whatever wrote it, and how a person's words find them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragtui.errors import InputError, RagtuiError, UsageError
from ragtui.model import (
    DirectionFrom,
    Group,
    Metric,
    Problem,
    RunHeader,
    age_order,
    distinct,
    group_runs,
    poolable,
    repeated_name,
)
from ragtui.places import cache_folder, real_path, user_path
from ragtui.settings import read_settings
from ragtui.sources import ColumnMap, LoadedRun, Reading, RemoteSource, RunSource, open_source
from ragtui.sources.addresses import LANGFUSE, is_address, is_langfuse
from ragtui.sources.drafts.doubted import without_suspects
from ragtui.sources.found import FILES
from ragtui.sources.naming import telling_names

if TYPE_CHECKING:
    from ragtui.model import Scores, Trace

KEPT_IN_MEMORY = 64
"""Loaded runs kept for the next comparison."""


_RAW = ("ragtui", "langfuse")
"""Formats whose readers give scores as they were written; the others set suspected failures aside themselves."""
_SCALE = "if they are scores, say so with [metrics.NAME] scale = [lowest, highest] in config.toml"


class Library:
    """Runs of several sources as one list.

    Args:
        sources: where runs come from, in the order the user named them.
        marks: hand grouping, run uid to label (see `ragtui.model.group`).
    """

    def __init__(self, sources: Sequence[RunSource], marks: Mapping[str, str] | None = None) -> None:
        self.sources = tuple(sources)
        self.marks: Mapping[str, str] = dict(marks or {})
        self.problems: list[Problem] = []
        self.unread: tuple[RunSource, ...] = ()
        """Sources that listed no run when they were read last."""
        self._headers: dict[str, RunHeader] | None = None
        self._directions: dict[str, str] = {}
        self._loaded: OrderedDict[str, tuple[Hashable, LoadedRun]] = OrderedDict()

    @property
    def remotes(self) -> tuple[RemoteSource, ...]:
        """The sources that answer over a network."""
        return tuple(source for source in self.sources if isinstance(source, RemoteSource))

    def scan(self, *, ask: bool = True) -> Iterator[RunHeader | Problem]:
        """Read every source's list anew, one run at a time.

        Args:
            ask: False takes what remote sources said last in place of asking them.
        """
        headers: dict[str, RunHeader] = {}
        problems: list[Problem] = []
        unread: list[RunSource] = []
        for source in self.sources:
            unread.append(source)
            for found in source.cached_headers() if isinstance(source, RemoteSource) and not ask else source.headers():
                if isinstance(found, RunHeader):
                    unread = [each for each in unread if each is not source]
                    headers[found.uid] = found
                    problems += found.problems
                else:
                    problems.append(found)
                yield found
        self._headers, self.problems, self.unread = headers, problems, tuple(unread)

    def so_far(self, headers: Iterable[RunHeader]) -> None:
        """Take what a first scan has found until now for the list; the end of the scan replaces it."""
        self._headers = {header.uid: header for header in headers}

    @property
    def headers(self) -> Mapping[str, RunHeader]:
        """Run headers by uid; read once, `scan` reads them again."""
        if self._headers is None:
            for _ in self.scan():
                pass
        assert self._headers is not None
        return self._headers

    @property
    def listed(self) -> Mapping[str, RunHeader]:
        """Run headers by uid as they were read last; empty before the first list is there. Reads nothing."""
        return {} if self._headers is None else self._headers

    @property
    def known_problems(self) -> tuple[Problem, ...]:
        """Everything wrong in the files: of the list, and of the runs that were loaded since."""
        loaded = (problem for _, run in self._loaded.values() for problem in run.problems)
        return tuple(dict.fromkeys((*self.problems, *loaded)))

    def groups(self) -> list[Group]:
        """Runs by configuration."""
        return group_runs(self.headers.values(), self.marks)

    def cancel(self) -> None:
        """Stop waiting for remote sources; what is at hand stays."""
        for remote in self.remotes:
            remote.cancel()

    def close(self) -> None:
        """Let connections and caches go."""
        for remote in self.remotes:
            remote.close()

    def stamp(self) -> Hashable:
        """Changes when any source changed."""
        return tuple(source.stamp() for source in self.sources)

    def settle(self, directions: Mapping[str, str]) -> None:
        """Take over a person's word on metrics whose direction nobody told: "up" or "down" by name."""
        self._directions = dict(directions)
        self._loaded.clear()

    def load(self, uid: str) -> LoadedRun:
        """A run's scores; kept while its source says nothing changed.

        Raises:
            RagtuiError: the run cannot be read.
        """
        header = self.headers.get(uid)
        if header is None:
            raise InputError(f"{uid.partition('|')[2] or uid}: this run is gone", "It was deleted, moved or renamed.")
        source = next(source for source in self.sources if source.key == header.source)
        stamp = source.stamp()
        kept = self._loaded.get(uid)
        if kept is not None and kept[0] == stamp:
            self._loaded.move_to_end(uid)
            return kept[1]
        run = source.load(header.id)
        run.scores = _settled(read_settings().of(run.scores), self._directions)
        if header.format in _RAW:
            run.scores, doubts = without_suspects(run.scores, source.missing_values)
            found = (Problem(header.location, doubt, _SCALE) for doubt in doubts)
            run.problems = tuple(dict.fromkeys((*run.problems, *found)))
        self._loaded[uid] = (stamp, run)
        while len(self._loaded) > KEPT_IN_MEMORY:
            self._loaded.popitem(last=False)
        return run

    def has_traces(self, uid: str) -> bool:
        """Whether what the pipeline did for each item of a run can be asked for."""
        header = self.headers.get(uid)
        return header is not None and header.format == "langfuse"

    def trace(self, uid: str, item: str, *, anew: bool = False) -> Trace:
        """What the pipeline did for an item of a hosted run. Read when asked for: call it from a worker.

        Args:
            anew: ask the server, whatever is known already.

        Raises:
            RagtuiError: the run is gone, its place keeps no traces, or the trace cannot be read.
        """
        header, remote = self._remote_of(uid)
        return remote.trace(header.id, item, anew=anew)

    def prompt(self, uid: str, reference: str) -> str:
        """The text of a managed prompt of a hosted run's project, such as "answer@3". Call it from a worker.

        Raises:
            RagtuiError: the run is gone, its place keeps no prompts, or there is no such prompt.
        """
        _, remote = self._remote_of(uid)
        return remote.prompt(reference)

    def _remote_of(self, uid: str) -> tuple[RunHeader, RemoteSource]:
        header = self.headers.get(uid)
        if header is None:
            raise InputError(f"{uid.partition('|')[2] or uid}: this run is gone", "It was deleted, moved or renamed.")
        remote = next((source for source in self.remotes if source.key == header.source), None)
        if remote is None:
            raise InputError(f"{header.location}: files hold no traces and prompts", "Runs on Langfuse have them.")
        return header, remote

    def told(self, headers: Iterable[RunHeader]) -> list[RunHeader]:
        """Headers, those of hosted runs of unknown configuration as they are once the run was read.

        Raises:
            RagtuiError: a run cannot be read.
        """
        remote = {source.key for source in self.remotes}
        return [
            self.load(header.uid).header if header.source in remote and not header.configuration.known else header
            for header in headers
        ]

    @property
    def loaded(self) -> list[RunHeader]:
        """Headers of the runs that were read, as they were then."""
        return [run.header for _, run in self._loaded.values()]

    def read_anew(self) -> None:
        """Read every hosted run, so that the list shows what is there now; what cannot be read becomes a problem."""
        remote = {source.key for source in self.remotes}
        headers = dict(self.headers)
        for uid, header in headers.items():
            if header.source not in remote:
                continue
            try:
                headers[uid] = self.load(uid).header
                before = set(header.problems)
                self.problems = [one for one in self.problems if one not in before] + [*headers[uid].problems]
            except RagtuiError as error:
                self.problems.append(Problem(header.location, error.message, error.hint))
        self.problems = list(dict.fromkeys(self.problems))
        self._headers = headers

    def find(self, ref: str) -> tuple[RunHeader, ...]:
        """Runs that a word means: a uid, a path, a run's name or id, or a group's label.

        Targeted and re-judged runs answer other questions: a word that means full runs as well means only those. A
        name means a run and not its published copy as well; the copy's own address still means the copy.

        Raises:
            UsageError: nothing matches; names the nearest run.
            InputError: a place was not searched to its end: a part of the repeats would be taken for all of them.
        """
        headers = self.headers
        if ref in headers:
            return (headers[ref],)
        if cut := next((problem for problem in self.problems if problem.partial), None):
            raise InputError(f"{cut.where}: {cut.message}", cut.hint)
        if by_path := self._under(ref):
            return _full_if_any(by_path)
        by_name = tuple(header for header in headers.values() if ref in (header.name, header.id))
        by_name = by_name or _repeats(header for header in headers.values() if ref == repeated_name(header.name))
        if by_name:
            return _full_if_any(tuple(distinct(by_name)))
        for group in self.groups():
            if group.label == ref:
                return group.headers
        if said := self._said_of(ref):
            raise UsageError(f"{ref}: {said.message}", said.hint)
        names = sorted({header.name for header in headers.values()})
        near = get_close_matches(ref, names, n=3) or names[:5]
        known = f"Known runs: {', '.join(near)}." if near else "No run was found."
        # A listing that was cut short may be why it is not there.
        told = " ".join(f"{problem}." for problem in self.problems[:1] if self.remotes)
        raise UsageError(f"no run is called {ref!r}", f"{known} {told}".strip())

    def _said_of(self, ref: str) -> Problem | None:
        """What was wrong with the very place that a word means: that is why no run of it was found."""
        if is_address(ref):
            return next((each for each in self.problems if each.where == ref.rstrip("/")), None)
        path = Path(ref)
        if not path.exists():
            return None
        wanted = real_path(path)
        return next((each for each in self.problems if real_path(Path(each.where)) == wanted), None)

    def _under(self, ref: str) -> tuple[RunHeader, ...]:
        if is_address(ref):
            ref = ref.rstrip("/")
            if is_langfuse(ref):
                # A slash in front says that the word behind it is no profile; where runs lie is written without it.
                ref = f"{LANGFUSE}{ref.removeprefix(LANGFUSE).lstrip('/')}"
            inside = ref if ref == LANGFUSE else f"{ref}/"
            named = tuple(header for header in self.headers.values() if header.location == ref)
            again = (header for header in self.headers.values() if repeated_name(header.location) == ref)
            named = named or _repeats(again)
            return named or tuple(header for header in self.headers.values() if header.location.startswith(inside))
        path = Path(ref)
        if not path.exists():
            return ()
        wanted = real_path(path)
        places = {
            header.uid: [real_path(place) for place in header.extra.get(FILES, (header.location,))]
            for header in self.headers.values()
        }
        within = tuple(
            header
            for header in self.headers.values()
            if any(place == wanted or wanted in place.parents for place in places[header.uid])
        )
        if within or not wanted.is_file():
            return within
        return tuple(header for header in self.headers.values() if wanted.parent in places[header.uid])


def _repeats(headers: Iterable[RunHeader]) -> tuple[RunHeader, ...]:
    """Repeats that one name means, in the order in which they were made."""
    return tuple(sorted(headers, key=age_order))


def _full_if_any(headers: tuple[RunHeader, ...]) -> tuple[RunHeader, ...]:
    return tuple(header for header in headers if poolable(header)) or headers


def _settled(scores: Scores, directions: Mapping[str, str]) -> Scores:
    """Scores with the directions a person settled, where no file, plan or setting states one."""

    def settled(metric: Metric) -> Metric:
        word = directions.get(metric.name)
        if word is None or metric.direction_known:
            return metric
        return replace(metric, higher_is_better=word == "up", direction_from=DirectionFrom.USER)

    return replace(scores, metrics=tuple(map(settled, scores.metrics))) if directions else scores


def open_library(
    places: Sequence[str],
    marks: Mapping[str, str] | None = None,
    columns: Mapping[str, ColumnMap] | None = None,
    overrules: Mapping[str, str] | None = None,
    listen: Callable[[str], None] | None = None,
    roles: Mapping[str, Any] | None = None,
    reading: Reading = Reading.CHECKED,
    days: int | None = None,
) -> Library:
    """A library over paths and `langfuse:` addresses.

    Args:
        places: files, folders, "langfuse:", "langfuse:DATASET", "s3://BUCKET/FOLDER".
        marks: hand grouping.
        columns: confirmed column maps of score tables, by file path.
        overrules: a person's word on which hosted rows are one run.
        roles: roles of columns that hold for every table, as fields of a `ColumnMap`.
        listen: told in words what a remote source is doing, from the reading thread.
        reading: how new the numbers of hosted runs must be.
        days: how far back hosted runs are listed; None for as far as usual.

    Raises:
        InputError: a path does not exist.
    """
    sources: list[RunSource] = []
    local = {place: user_path(place) for place in places if not is_address(place)}
    called = telling_names(list(dict.fromkeys(real_path(path).as_posix() for path in local.values())))
    for place in places:
        if is_langfuse(place):
            sources.append(_remote(place, overrules or {}, listen or _silent, reading, days))
            continue
        if is_address(place):
            from ragtui.sources.remote.source import ObjectStoreSource

            sources.append(ObjectStoreSource(place, cache_folder(), columns or {}, listen or _silent, roles or {}))
            continue
        path = local[place]
        if not path.exists():
            raise InputError(
                f"{place}: no such file or folder", "Give a run folder, a score table or a folder of runs."
            )
        name = called.get(real_path(path).as_posix(), "")
        sources.append(open_source(path, columns or {}, called=name, roles=roles or {}))
    unique = {source.key: source for source in sources}
    return Library(tuple(unique.values()), marks)


def _remote(
    place: str, overrules: Mapping[str, str], listen: Callable[[str], None], reading: Reading, days: int | None
) -> RunSource:
    from ragtui.langfuse.api.rates import Wait
    from ragtui.langfuse.read.reader import LoadProgress
    from ragtui.langfuse.read.source import open_langfuse

    def waits(wait: Wait) -> None:
        listen(f"{wait.why}: {round(wait.seconds)} s" if wait.seconds > 0 else "")

    def reads(progress: LoadProgress) -> None:
        listen(f"{progress.what} {progress.done}/{progress.total}" if progress.total else progress.what)

    return open_langfuse(place, reading=reading, overrides=overrules, days=days, on_wait=waits, report=reads)


def _silent(_text: str) -> None:
    pass
